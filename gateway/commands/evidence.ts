// How does a command read evidence and say what it judged? Malformed evidence is judged no; an unreadable file is not judged.
import { isUtf8 } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import { BadEvidence } from '../audit/checkpoint.ts'
import { type ExitCode, type Io, UsageError } from './command.ts'

/** Runs a judgement: what it returns is a yes, BadEvidence is a no. */
export async function judge(
  io: Io,
  json: boolean | undefined,
  judgement: () => Promise<{ readonly members: Record<string, unknown>; readonly tekst: string }>,
): Promise<ExitCode> {
  try {
    const { members, tekst } = await judgement()
    io.out(json ? `${JSON.stringify({ geldig: true, ...members })}\n` : `Geldig: ${tekst}.\n`)
    return 0
  } catch (error) {
    if (!(error instanceof BadEvidence)) throw error
    const { message } = error
    io.out(
      json ? `${JSON.stringify({ geldig: false, reden: message })}\n` : `Ongeldig: ${message}.\n`,
    )
    return 1
  }
}

export function readUtf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new BadEvidence('de tekst is geen UTF-8')
  return bytes.toString('utf8')
}

/** `--key`: the text of a verifier key, given itself or in a file. */
export async function readKey(value: string | undefined): Promise<string> {
  if (!value) throw new UsageError('--key ontbreekt')
  const inline = /^[^+\s]+\+[^+\s]*\+/.test(value)
  return inline ? value : readUtf8(await readFile(value)).trim()
}

/** A decimal of at most 2^53-1, for places in one of our own logs. */
export function readNumber(name: string, value: string | undefined): number {
  const number = /^(0|[1-9]\d{0,15})$/.test(value ?? '') ? Number(value) : Number.NaN
  if (!Number.isSafeInteger(number)) throw new UsageError(`--${name} is een geheel getal`)
  return number
}
