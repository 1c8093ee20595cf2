// What is written down of a file of lines, besides the decision about each? A line that nobody could read, and its end.
import type { Call, LinePlace, LogName, Moment, Oin, Receipt, RoomRow } from '../terms.ts'
import type { Audit } from './commit.ts'
import type { Draft } from './draft.ts'
import type { Detail } from './log-record.ts'
import { childSpan, heading } from './record.ts'

interface About {
  readonly log: LogName
  readonly uitwisseling: string
  /** Who handed it in. */
  readonly partij: Oin
  readonly rijen: readonly RoomRow[]
}

/** A line that never reached a decision (P4): each has its own record, for its sender must be able to name it. */
export async function recordUnreadable(
  audit: Audit,
  call: Call,
  line: About & { readonly plaats: LinePlace; readonly reden: string },
): Promise<Receipt> {
  return await audit.append(line.log, unreadableDraft(call, line))
}

export function unreadableDraft(
  call: Call,
  {
    plaats: { levering, regel },
    reden,
    partij,
    uitwisseling,
    rijen,
  }: About & { readonly plaats: LinePlace; readonly reden: string },
): Draft {
  const record = {
    ...heading(call, 'afwijzing', call.tijd),
    uitkomst: 'geweigerd',
    redenen: [{ code: reden }],
    ...{ ontvanger: partij, uitwisseling, levering, regel },
  }
  return { record, rijen }
}

/** Every line of the file has its outcome. */
export async function recordFileEnd(
  audit: Audit,
  call: Call,
  end: About & { readonly levering: string; readonly aantallen: Readonly<Record<string, Detail>> },
): Promise<Receipt> {
  return await audit.append(end.log, fileEndDraft(call, end, audit.clock()))
}

export function fileEndDraft(
  call: Call,
  {
    partij,
    uitwisseling,
    levering,
    aantallen,
    rijen,
  }: About & { readonly levering: string; readonly aantallen: Readonly<Record<string, Detail>> },
  tijd: Moment,
): Draft {
  const record = {
    ...heading(call, 'einde', tijd),
    ...childSpan(call),
    uitkomst: 'afgerond',
    ...{ ontvanger: partij, uitwisseling, levering, handeling: aantallen },
  }
  return { record, rijen }
}
