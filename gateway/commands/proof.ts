// `sluis proof verify`: was this answer released by that log? Offline, for whoever received it.
import { readFile } from 'node:fs/promises'
import { verifyAnswer } from '../audit/judge.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { judge, readKey } from './evidence.ts'

const whole = {
  antwoord: 'dit antwoord is precies zo verstrekt',
  weigering: 'deze weigering staat in het logboek',
  zaakregistratie: 'deze zaak is precies zo vastgelegd',
  terugmelding: 'deze terugmelding is precies zo aangenomen',
  correctie: 'van iedere ontvanger met een bewijs staat de beslissing in het logboek',
  verzoek: 'deze stap van dit verzoek staat in het logboek',
  bericht: 'deze stap van dit bericht staat in het logboek',
  bewijzen: 'elke regel staat in het logboek',
} as const

/** Of these the line says which step it was. */
const steps: readonly string[] = ['verzoek', 'bericht']

export const commands: readonly Command[] = [
  {
    name: 'proof verify',
    usage: '<antwoord.json> --key <vkey> [--min-size n] [--json]',
    async run(args, io) {
      const { values, positionals } = readArguments(
        args,
        { key: { type: 'string' }, 'min-size': { type: 'string' } },
        1,
      )
      const [file] = positionals
      const least = values['min-size'] ?? '0'
      if (file === undefined) throw new UsageError('noem het bestand met het antwoord')
      if (!/^\d{1,20}$/.test(least)) throw new UsageError('--min-size is een geheel getal')
      const document = await readFile(file)
      return judge(io, values.json, async () => {
        const vkey = await readKey(values.key)
        const { soort, record, index, grootte } = verifyAnswer(document, vkey, BigInt(least))
        const { transactie, tijd } = record
        const members = { soort, transactie, tijd, index: String(index), grootte: String(grootte) }
        return {
          members,
          tekst: `${whole[soort]}${steps.includes(soort) ? `: ${record.uitkomst}` : ''} (regel ${index} van ${grootte})`,
        }
      })
    },
  },
]
