// `sluis bundle verify`: is this auditor's bundle whole, and was it decided rightly? Offline.
import { readFile } from 'node:fs/promises'
import { verifyBundle } from '../console/judge-bundle.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { judge, readKey } from './evidence.ts'

export const commands: readonly Command[] = [
  {
    name: 'bundle verify',
    usage: '<bundel.json> --key <vkey> [--key <vkey> …] [--json]',
    async run(args, io) {
      const { values, positionals } = readArguments(
        args,
        { key: { type: 'string', multiple: true } },
        1,
      )
      const [file] = positionals
      if (file === undefined) throw new UsageError('noem het bestand met de bundel')
      const given = values.key ?? []
      if (given.length === 0) throw new UsageError('--key ontbreekt')
      const document = await readFile(file)
      return judge(io, values.json, async () => {
        const vkeys: string[] = []
        for (const one of given) vkeys.push(await readKey(one))
        const { gemaakt, door, regels, beslissingen, beleid } = verifyBundle(document, vkeys)
        const counts = `${regels} regels, ${beslissingen} beslissingen nagerekend`
        return {
          members: { gemaakt, door, regels, beslissingen, beleid },
          tekst: `${counts}, gemaakt op ${gemaakt} door ${door}`,
        }
      })
    },
  },
]
