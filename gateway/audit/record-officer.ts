// What is written down of an officer in the console, and of what destroys keys? Each look and each act is a line.
import type { Call, LogName, Oin, Receipt, RoomRow } from '../terms.ts'
import type { Audit } from './commit.ts'
import type { Detail, LogRecord, OfficerKind } from './log-record.ts'
import { caseLogTerm, found, foundSubjects, heading, write } from './record.ts'
import type { Subject } from './seal.ts'

/** Who did it: `id` is sealed, so that only the officer's own organisation finds it back. */
export interface Actor {
  readonly oin: Oin
  readonly rol: string
  readonly id: string
}

export interface OfficerAct {
  readonly soort: OfficerKind
  readonly log: LogName
  readonly door: Actor
  readonly uitkomst: string
  /** The transaction it is about. */
  readonly over?: string
  /** What was done, without a person, case, employee or free text: codes, names of filters, dates, numbers. */
  readonly handeling?: Readonly<Record<string, Detail>>
  /** Free text of the officer; sealed. */
  readonly motivering?: string
  /** Whom it is about: sealed, and found back by a search for that person. */
  readonly gezocht?: {
    readonly subject?: Subject
    /** With the organisation whose case or employee it is. */
    readonly zaak?: readonly [oin: Oin, zaak: string]
    readonly medewerker?: readonly [oin: Oin, id: string]
  }
  /** Of another room: what the act changes, in its own commit. */
  readonly rijen?: readonly RoomRow[]
}

export async function recordOfficer(audit: Audit, call: Call, act: OfficerAct): Promise<Receipt> {
  const { soort, log, door, uitkomst, over, handeling, motivering, gezocht = {}, rijen } = act
  const { subject = {}, zaak, medewerker } = gezocht
  const record: LogRecord = {
    ...heading(call, soort, audit.clock()),
    ontvanger: door.oin,
    rol: door.rol,
    uitkomst,
    ...(over && { over }),
    ...(handeling && { handeling }),
  }
  // A number of this country is sealed as `betrokkene`; what has no member of its own goes here.
  const buitenlands = subject.betrokkene ? undefined : subject.buitenlands
  const searched = zaak ?? medewerker ?? buitenlands
  return await write(audit, log, record, {
    ...(rijen && { rijen }),
    personal: {
      log,
      logTermijn: caseLogTerm,
      subject,
      sealed: {
        medewerker: door.id,
        ...(motivering && { motivering }),
        ...(searched && { gezocht: JSON.stringify({ zaak, medewerker, buitenlands }) }),
      },
      found: [
        ...foundSubjects(subject),
        ...found('zaak', zaak),
        ...found('medewerker', medewerker),
        ...found('medewerker', [door.oin, `console/${door.id}`]),
      ],
    },
  })
}

/** Before the key is unlinked: a crash in between leaves a key that is still due, never one without its line. */
export async function recordDestruction(
  audit: Audit,
  call: Call,
  {
    log,
    maand,
    uitkomst,
  }: {
    readonly log: LogName
    readonly maand: string
    /** ontbrak: it was gone already, and no line told why. */
    readonly uitkomst: 'vernietigd' | 'ontbrak'
  },
): Promise<Receipt> {
  return await write(audit, log, {
    ...heading(call, 'sleutelvernietiging', audit.clock()),
    uitkomst,
    handeling: { maand },
  })
}
