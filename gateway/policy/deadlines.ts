// How long may a request take? Its last moment, its reminders, and how long its answer waits.
import type { Moment, Step } from '../terms.ts'
import type { Arrangement } from './law.ts'
import { addDays, later, legalDate } from './legal-time.ts'

/** Pw art. 64 lid 6: an answer within four weeks, where the arrangement says nothing else. */
const answerTerm = 'P28D'
const approvalTerm = 'P7D'
/** An answer that nobody has to keep still waits a day for its asker. */
const shortestWait = 'P1D'

export interface Deadlines {
  readonly uiterlijk: Moment
  readonly herinneringen: readonly Moment[]
}

export function deadlines({ termijn }: Arrangement, aangenomen: Moment): Deadlines {
  return {
    uiterlijk: later(aangenomen, termijn?.antwoord ?? answerTerm),
    herinneringen: (termijn?.herinneringen ?? []).map(term => later(aangenomen, term)),
  }
}

/** Until when an approval given now counts; the statement itself may say sooner. */
export function approvedUntil({ termijn }: Arrangement, now: Moment): Moment {
  return later(now, termijn?.goedkeuring ?? approvalTerm)
}

/** A corrected value waits as long as a message may (domain §3: 30 days, proposed). */
const correctionWait = 'P30D'

/** Until when a message may be picked up, and until when a signaal may be judged. */
export function messageTerms(
  arrangement: Arrangement,
  stap: Step | undefined,
  now: Moment,
): { readonly bewarenTot: Moment; readonly geldigTot?: Moment } {
  if (stap === 'correctie') return { bewarenTot: later(now, correctionWait) }
  const { signaal } = arrangement
  return {
    bewarenTot: waitsUntil(arrangement, now),
    ...(signaal && { geldigTot: later(now, signaal.geldig) }),
  }
}

/** Until when an answer that is ready now may be picked up (design §6: the term starts at `gereed`). */
export function waitsUntil({ bewaren }: Arrangement, now: Moment): Moment {
  return later(now, bewaren.antwoord === 'PT0S' ? shortestWait : bewaren.antwoord)
}

/** The last month, or day, that is over by legal time: of that one files may stand ready. */
export function lastPeriod(ritme: NonNullable<Arrangement['ritme']>, now: Moment): string {
  const vandaag = legalDate(now)
  if (ritme === 'dag') return addDays(vandaag, -1)
  return addDays(`${vandaag.slice(0, 7)}-01`, -1).slice(0, 7)
}
