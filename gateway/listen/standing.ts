// May this exchange be used today, and when does that change? What the law and its dates alone decide.
import { ofTheLaw } from '../policy/advise.ts'
import { judgedBy } from '../policy/conditions.ts'
import { uitleg } from '../policy/explain.ts'
import type { Arrangement, Pattern, PolicySet } from '../policy/law.ts'
import { legalDate } from '../policy/legal-time.ts'
import type { LegalDate, Moment, Question, ReasonCode } from '../terms.ts'

export interface ToldReason {
  readonly code: string
  readonly uitleg: string
}

/** The next day on which an open exchange closes, or a closed one opens, if nobody changes the law before. */
export interface Change {
  readonly op: LegalDate
  readonly open: boolean
  readonly redenen: readonly ToldReason[]
}

/** What a caller asks can still be refused for more. */
const byLawAlone: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'GEEN_LEVERINGSAFSPRAAK',
  ...ofTheLaw,
])

/** How each pattern is asked or handed over, when it is done as was agreed. */
const road: Readonly<Record<Pattern, Partial<Question>>> = {
  synchroon: {},
  asynchroon: { asynchroon: true },
  signaal: { levering: true },
  bulk: { levering: true },
  notificatie: { stap: 'terugmelding' },
}

/** Empty: open. */
export function closedBy(
  arrangement: Arrangement,
  law: PolicySet,
  now: Moment,
): readonly ToldReason[] {
  const question: Question = {
    uitwisseling: arrangement.id,
    ontvanger: '',
    velden: [],
    zaak: false,
    systeemproces: false,
    ...road[arrangement.patroon],
  }
  const matter = { question, facts: { treden: [], noodrem: [] }, law, now, arrangement, rungs: [] }
  return judgedBy[question.stap ?? 'vraag']
    .filter(({ codes }) => codes.every(code => byLawAlone.has(code)))
    .flatMap(({ check }) => check(matter))
    .map(reason => ({ code: reason.code, uitleg: uitleg(reason, law) }))
}

export function nextChange(
  arrangement: Arrangement,
  law: PolicySet,
  now: Moment,
): Change | undefined {
  const { geldig, afspraakVan, dpiaTot, bases } = arrangement
  const open = closedBy(arrangement, law, now).length === 0
  const moments = [
    ...[geldig.van, geldig.tot, afspraakVan, dpiaTot],
    ...bases.flatMap(basis => [basis.geldig.van, basis.geldig.tot, basis.buitenVan]),
  ]
  const coming = [...new Set(moments)]
    .filter(moment => moment > now && Number.isFinite(moment))
    .sort((one, other) => one - other)
  for (const moment of coming) {
    const redenen = closedBy(arrangement, law, moment)
    if ((redenen.length === 0) !== open) {
      return { op: legalDate(moment), open: redenen.length === 0, redenen }
    }
  }
  return undefined
}
