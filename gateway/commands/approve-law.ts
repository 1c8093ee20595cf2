// `sluis policy approve`: one of the persons who decide about the law agrees to a change of it.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openAudit } from '../audit/commit.ts'
import { readStanding } from '../brake.ts'
import { readKeysDir, readPolicyDir, readProfile, readStorePlace } from '../config.ts'
import { agreedChange, lawKeepers, lawStatementOf } from '../law-approval.ts'
import { signJws } from '../message/jws.ts'
import { approvalFolder, loadPolicies } from '../policy/load.ts'
import { thumbprint } from '../policy/party-keys.ts'
import {
  type Command,
  type ExitCode,
  type Io,
  openOwnStore,
  readArguments,
  UsageError,
} from './command.ts'
import { readPrivateKey } from './secret-key.ts'

export const approveLaw: Command = {
  name: 'policy approve',
  usage: '[map] --sleutel <jwk-bestand> [--json]',
  run: approve,
}

async function approve(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, { sleutel: { type: 'string' } }, 1)
  if (values.sleutel === undefined) throw new UsageError('--sleutel ontbreekt')
  const dir = positionals[0] ?? readPolicyDir(io.env)
  const jwk = await readPrivateKey(values.sleutel)
  const profile = readProfile(io.env)
  const next = await loadPolicies(dir, profile)
  const { dataDir } = readStorePlace(io.env)
  await using store = await openOwnStore(io)
  const keysDir = readKeysDir(io.env)
  await using audit = await openAudit({ store, keysDir, stateDir: dataDir, clock: io.clock })
  const { law } = await readStanding({ audit, store, profile })
  const say = (code: ExitCode, uitkomst: string, tekst: string): ExitCode => {
    const members = { uitkomst, vervangt: law.digest, beleid: next.digest }
    if (values.json) io.out(`${JSON.stringify(members)}\n`)
    else (code === 0 ? io.out : io.err)(`${tekst}\n`)
    return code
  }
  if (law.digest === next.digest) {
    return say(1, 'gelijk', 'Dit beleid geldt al. Er is niets om mee in te stemmen.')
  }
  const now = io.clock()
  const keepers = lawKeepers(law, now)
  const keeper = keepers.find(one => thumbprint(one.jwk) === thumbprint(jwk))
  if (!keeper) {
    return say(
      1,
      'onbekende-sleutel',
      'Geweigerd: deze sleutel is niet van een beleidsbeheerder die in het beleid van nu is geregistreerd en nu geldig is.',
    )
  }
  const { id } = keeper
  const statement = lawStatementOf([law.digest, next.digest], id, now)
  await mkdir(join(dir, approvalFolder), { recursive: true })
  const file = join(approvalFolder, `${id}.jws`)
  await writeFile(join(dir, file), `${signJws(statement, { id, jwk })}\n`)
  const agreed = await agreedChange(dir, law, next, now)
  return agreed === undefined || agreed.length < 2
    ? say(0, 'eerste', `Uw verklaring staat in ${file}. Een tweede persoon moet hetzelfde doen.`)
    : say(
        0,
        'akkoord',
        `Uw verklaring staat in ${file}. Twee personen stemmen in: laat de gateway het beleid opnieuw lezen (SIGHUP).`,
      )
}
