// What does an operator read? Diagnostics, never evidence: constant messages, data in fields.
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino'

export type Log = Logger

/** Members that may hold personal data are cut wherever they turn up, one level deep and at the top. */
const personal = ['bsn', 'betrokkene', 'waarde', 'naam', 'zaak', 'medewerker', 'body', 'motivering']

/** Only what is safe of an error: name, code and our own stack lines; messages of others may quote data. */
function safeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { soort: typeof error }
  const code = (error as { code?: unknown }).code
  return {
    soort: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    waar: (error.stack ?? '')
      .split('\n')
      .filter(line => /^\s+at /.test(line))
      .slice(0, 8),
    ...(error.cause === undefined ? {} : { oorzaak: safeError(error.cause) }),
  }
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
