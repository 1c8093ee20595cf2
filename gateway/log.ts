// What does an operator read? Diagnostics, never evidence: constant messages, data in fields.
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino'

export type Log = Logger

/** Members that may hold personal data are cut wherever they turn up, one level deep and at the top. */
const personal = ['bsn', 'betrokkene', 'waarde', 'naam', 'zaak', 'medewerker', 'body', 'motivering']

/** Only what is safe of an error: name, code and our own stack lines; messages of others may quote data. */
function safeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { soort: typeof error }
  const { name, message, stack = '', cause } = error
  const code = (error as { code?: unknown }).code
  return {
    soort: isCode(name) ? name : 'Error',
    ...(isCode(code) && { code }),
    waar: stack
      .slice(stack.indexOf(message) + message.length)
      .split('\n')
      .filter(line => /^\s+at .*:\d+:\d+\)?$/.test(line))
      .slice(0, 8),
    ...(cause === undefined ? {} : { oorzaak: safeError(cause) }),
  }
}

/** A word of a programmer: an errno, an SQLSTATE, a class; never six digits in a row. */
function isCode(value: unknown): value is string {
  return typeof value === 'string' && /^\w{1,60}$/.test(value) && !/\d{6}/.test(value)
}

export function openLog(level = 'info', stream?: DestinationStream): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      redact: { paths: personal.flatMap(name => [name, `*.${name}`]), remove: true },
      serializers: { err: safeError },
    },
    // A write per line costs more than the line; a second later at most, and at exit, it is out.
    stream ?? destination({ dest: 2, sync: false, minLength: 4096, periodicFlush: 1_000 }),
  )
}
