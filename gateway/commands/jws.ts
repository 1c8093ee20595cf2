// Would the listener believe this signature? `jws verify` asks the very same check.
import { readFile } from 'node:fs/promises'
import { JwsFault, verifyJws } from '../message/jws.ts'
import { keyFault } from '../policy/party-keys.ts'
import { type Command, type ExitCode, type Io, readArguments, UsageError } from './command.ts'

export const commands: readonly Command[] = [
  {
    name: 'jws verify',
    usage: '--jwk <bestand> [--alg <alg>] [--json] < token',
    run: verify,
  },
]

interface Verdict {
  readonly geldig: boolean
  readonly reden?: string
  readonly uitleg?: string
  readonly kop?: Readonly<Record<string, unknown>>
}

async function verify(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values } = readArguments(args, { jwk: { type: 'string' }, alg: { type: 'string' } })
  if (values.jwk === undefined) throw new UsageError('--jwk ontbreekt')
  const jwk = publicHalf(await readFile(values.jwk, 'utf8'))
  const alg = values.alg ?? jwk.alg
  if (alg === undefined) throw new UsageError('de sleutel noemt geen alg; geef --alg')
  if (jwk.alg !== undefined && jwk.alg !== alg) {
    throw new UsageError('--alg is een ander dan de sleutel noemt')
  }
  // One end of line is the shell's, not the token's.
  const token = (await io.stdin()).toString('latin1').replace(/\r?\n$/, '')
  const verdict = judge(token, { ...jwk, alg })
  io.out(values.json ? `${JSON.stringify(verdict)}\n` : asText(verdict))
  return verdict.geldig ? 0 : 1
}

function judge(token: string, jwk: Readonly<Record<string, unknown>>): Verdict {
  const unfit = keyFault(jwk, 'ondertekenen')
  if (unfit !== undefined) return { geldig: false, reden: 'sleutel', uitleg: unfit }
  const key = typeof jwk.kid === 'string' ? { id: jwk.kid, jwk } : { jwk }
  try {
    return { geldig: true, kop: verifyJws(token, [key]).header }
  } catch (error) {
    if (!(error instanceof JwsFault)) throw error
    return { geldig: false, reden: error.reden, uitleg: error.message }
  }
}

const publicMembers = ['kty', 'crv', 'x', 'y', 'n', 'e', 'alg', 'use', 'kid']

/** A file may hold more than the law takes: what is private, and what other tools add. */
function publicHalf(text: string): Readonly<Record<string, unknown>> {
  const members = Object.entries(parse(text))
  return Object.fromEntries(members.filter(([name]) => publicMembers.includes(name)))
}

function parse(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // V8 quotes the text in its message, and that may be a private key.
  }
  throw new Error('het bestand van --jwk is geen JWK')
}

function asText({ geldig, reden, uitleg }: Verdict): string {
  return geldig ? 'De handtekening klopt.\n' : `De handtekening klopt niet (${reden}): ${uitleg}.\n`
}
