// Does the law still give the decision that stands in this record? What an auditor's bundle and a replay both ask.
import { canonical } from '../audit/canonical.ts'
import { decisionInput, type LogRecord } from '../audit/log-record.ts'
import { decide } from '../policy/decide.ts'
import type { PolicySet } from '../policy/law.ts'
import type { Decision, Moment } from '../terms.ts'

/** What `decide` must have said for a record to say this. */
const outcomes: Readonly<Record<string, Readonly<Record<string, Decision['uitkomst']>>>> = {
  beslissing: { toegestaan: 'toegestaan', geweigerd: 'geweigerd' },
  aanvaarding: { aanvaard: 'toegestaan', 'wacht-op-goedkeuring': 'geweigerd' },
  goedkeuring: { goedgekeurd: 'toegestaan', afgewezen: 'toegestaan' },
}

export const decisionKinds = Object.keys(outcomes)

/** Absent for a record of something else, and where something else than `decide` may have refused. */
export function decided(record: LogRecord): Decision['uitkomst'] | undefined {
  return record.vraag && outcomes[record.soort]?.[record.uitkomst]
}

/** The same question and facts under this law, at the moment of then unless another is given. */
export function decideAgain(record: LogRecord, law: PolicySet, now?: Moment): Decision {
  const { vraag, feiten, tijd } = decisionInput(record)
  return decide(vraag, feiten, law, now ?? tijd)
}

/** The whole of it: outcome, reasons, the definition that decided, its rung and whether it is looked at afterwards. */
export function isSame(record: LogRecord, again: Decision): boolean {
  return (
    again.uitkomst === decided(record) &&
    canonical(again.redenen) === canonical(record.redenen) &&
    canonical(again.beleid) === canonical(record.beleid) &&
    (record.soort !== 'beslissing' ||
      (again.trede === record.trede && again.toetsing === record.toetsing))
  )
}
