// What does a partner do by hand about a request that takes time? Sign an approval, and open a sealed answer.
import { openAnswer } from '../delivery/seal.ts'
import { JwsFault, signJws } from '../message/jws.ts'
import type { Statement } from '../message/statement.ts'
import { type Command, type ExitCode, type Io, readArguments, UsageError } from './command.ts'
import { readPrivateKey } from './secret-key.ts'

export const commands: readonly Command[] = [
  {
    name: 'request sign-approval',
    usage:
      '--verzoek <id> --inhoud <hash> --goedkeurder <id> --functie <functie> --sleutel <jwk-bestand> [--besluit akkoord|afgewezen] [--dagen n] [--json]',
    run: signApproval,
  },
  { name: 'request open', usage: '--sleutel <jwk-bestand> [--json] < antwoord', run: open },
]

const daySeconds = 86_400

/** The whole body of POST …/goedkeuringen with --json, else its statement. */
async function signApproval(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values } = readArguments(args, {
    verzoek: { type: 'string' },
    inhoud: { type: 'string' },
    goedkeurder: { type: 'string' },
    functie: { type: 'string' },
    sleutel: { type: 'string' },
    besluit: { type: 'string', default: 'akkoord' },
    dagen: { type: 'string', default: '7' },
  })
  const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
  const word = /^[A-Za-z0-9._-]{1,64}$/
  const verzoek = shaped('verzoek', values.verzoek, id, 'het nummer van het verzoek')
  const inhoud = shaped(
    'inhoud',
    values.inhoud,
    /^[A-Za-z0-9_-]{43}$/,
    'inhoud.sha256, zoals die bij het verzoek staat',
  )
  const goedkeurder = shaped('goedkeurder', values.goedkeurder, word, 'uw kenmerk als goedkeurder')
  const functie = shaped('functie', values.functie, word, 'de functie die voor u is geregistreerd')
  const besluit = shaped('besluit', values.besluit, /^(akkoord|afgewezen)$/, 'akkoord of afgewezen')
  const dagen = Number(shaped('dagen', values.dagen, /^([1-9]\d?|100)$/, '1 tot en met 100'))
  const jwk = await readPrivateKey(given('sleutel', values.sleutel))
  const iat = Math.floor(io.clock() / 1_000)
  const statement: Record<keyof Statement, string | number> = {
    ...{ verzoek, inhoud, goedkeurder, functie, besluit, iat, exp: iat + dagen * daySeconds },
  }
  const verklaring = signed(statement, goedkeurder, jwk)
  io.out(values.json ? `${JSON.stringify({ verklaring })}\n` : `${verklaring}\n`)
  return 0
}

function signed(statement: object, id: string, jwk: Readonly<Record<string, unknown>>): string {
  try {
    return signJws(statement, { id, jwk })
  } catch (error) {
    if (error instanceof JwsFault) throw new UsageError(`--sleutel: ${error.message}`)
    // OpenSSL says in English what it makes of a key; the key itself is not repeated.
    throw new UsageError('--sleutel is geen sleutel om mee te ondertekenen')
  }
}

/** Prints what its receiver may read, and nothing else: it is evidence, byte for byte. */
async function open(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values } = readArguments(args, { sleutel: { type: 'string' } })
  const jwk = await readPrivateKey(given('sleutel', values.sleutel))
  const jwe = (await io.stdin()).toString('latin1').replace(/\r?\n$/, '')
  const text = await openAnswer(jwe, jwk).catch(() => undefined)
  if (text !== undefined) {
    io.out(`${text}\n`)
    return 0
  }
  const uitleg = 'Dit is geen antwoord dat met deze sleutel te openen is.'
  if (values.json) io.out(`${JSON.stringify({ geopend: false, uitleg })}\n`)
  else io.err(`${uitleg}\n`)
  return 1
}

function given(name: string, value: string | undefined): string {
  if (value !== undefined) return value
  throw new UsageError(`--${name} ontbreekt`)
}

function shaped(name: string, value: string | undefined, shape: RegExp, what: string): string {
  if (shape.test(given(name, value))) return given(name, value)
  throw new UsageError(`--${name} is ${what}`)
}
