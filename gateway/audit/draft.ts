// What is handed to the log? A record with what must commit beside it, as plain values; sealed last.
import { Problem } from '../problem.ts'
import type { CaseBody, LogName, RoomRow } from '../terms.ts'
import type { Entry } from './append-statement.ts'
import { canonical } from './canonical.ts'
import { destructionMonth, type Keys } from './keys.ts'
import type { IndexKind, IndexRow, LogRecord } from './log-record.ts'
import { indexOf, pseudonymIn, type Subject, seal } from './seal.ts'

/** Of an event, as JSON can hold it: it may travel to another thread. */
export interface Draft {
  /** Without the members that only a month's key can make. */
  readonly record: LogRecord
  readonly personal?: Personal
  readonly rijen?: readonly RoomRow[]
  /** Only under this epoch; absent for what may be written under any. */
  readonly epoch?: string
  /** The epoch from here on. */
  readonly activeert?: string
  /** Ends the log. */
  readonly opvolger?: string
  /** Records of the same event about others: they commit with it, or none does. */
  readonly overige?: readonly Draft[]
}

/** Who and what of it is sealed in the record, and found beside it, until its month of destruction. */
export interface Personal {
  readonly log: LogName
  readonly logTermijn: string
  readonly subject: Subject
  /** The persons of a case, or whom a question names besides its subject, each with a place of its own. */
  readonly persons?: CaseBody['betrokkenen']
  readonly sealed: Readonly<Partial<Record<SealedName, string>>>
  readonly found: readonly (readonly [kind: IndexKind, value: readonly string[]])[]
}

const sealedNames = ['zaak', 'medewerker', 'motivering', 'verhindering', 'gezocht'] as const
type SealedName = (typeof sealedNames)[number]

const maxLeafBytes = 60 * 1024

/** @throws Problem when the record is no leaf: too large, or with a control character in it */
export function complete(keys: Keys, draft: Draft): Entry {
  const { record, personal, rijen = [], epoch, activeert, opvolger } = draft
  const hidden = personal && hide(keys, record, personal)
  const whole = ordered({ ...record, ...hidden?.members })
  const tekst = canonical(whole)
  const bytes = Buffer.byteLength(tekst)
  if (bytes > maxLeafBytes) {
    throw new Problem('te-groot', 'Dit verzoek past niet in een logregel.')
  }
  if (holdsControl(tekst, bytes)) {
    throw new Problem('ongeldig-verzoek', 'Een tekst bevat een stuurteken.')
  }
  return {
    record: whole,
    tekst,
    personen: hidden?.personen ?? [],
    rijen,
    ...(epoch !== undefined && { epoch }),
    ...(activeert !== undefined && { activeert }),
    ...(opvolger !== undefined && { opvolger }),
  }
}

function hide(
  keys: Keys,
  { transactie, soort, tijd }: LogRecord,
  { log, logTermijn, subject, persons, sealed, found }: Personal,
): { members: Partial<LogRecord>; personen: readonly IndexRow[] } {
  const maand = destructionMonth(tijd, logTermijn)
  const month = keys.month(log, maand)
  const close = (name: string, text: string) => ({
    verzegeld: seal(month.seal, [transactie, soort, name], text),
  })
  const named = (name: string, value: { soort: string; waarde: string }, text: string) => ({
    pseudoniem: pseudonymIn(month.pseudonym, [transactie, value.soort, value.waarde]),
    ...close(name, text),
  })
  const { betrokkene, object, buitenlands } = subject
  const whole = betrokkene && canonical({ ...betrokkene, ...(buitenlands && { buitenlands }) })
  return {
    members: {
      ...(betrokkene && whole && { betrokkene: named('betrokkene', betrokkene, whole) }),
      ...(object && { object: named('object', object, canonical(object)) }),
      ...(persons && {
        betrokkenen: persons.map(({ betrokkene, rol }, i) => ({
          ...named(`betrokkenen/${i}`, betrokkene, canonical(betrokkene)),
          rol,
        })),
      }),
      ...closeAll(sealed, close),
      sleutelmaand: maand,
    },
    personen: found.map(([kind, value]) => ({ maand, hmac: indexOf(month.index, kind, value) })),
  }
}

function closeAll(
  sealed: Personal['sealed'],
  close: (name: string, text: string) => { verzegeld: string },
): Partial<LogRecord> {
  const closed: Partial<Record<SealedName, { verzegeld: string }>> = {}
  for (const name of sealedNames) {
    const text = sealed[name]
    if (text) closed[name] = close(name, text)
  }
  return closed
}

/** In the order of its leaf: then nothing of it need be spelled by hand. */
function ordered(record: LogRecord): LogRecord {
  const names = Object.keys(record).sort() as (keyof LogRecord)[]
  return Object.fromEntries(names.map(name => [name, record[name]])) as unknown as LogRecord
}

/** JSON.stringify escapes C0; DEL and C1 it leaves bare. */
function holdsControl(tekst: string, bytes: number): boolean {
  if (tekst.includes('\\') && /(?<!\\)(?:\\\\)*\\[bfnrtu]/.test(tekst)) return true
  return tekst.includes('\x7f') || (bytes !== tekst.length && /[\x80-\x9f]/.test(tekst))
}
