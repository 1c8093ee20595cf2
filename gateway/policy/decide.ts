// May this question be answered? Pure: the same question, facts, law and moment give the same decision (design P5).
import type { Decision, Facts, Moment, Question, Reason } from '../terms.ts'
import { judgedBy } from './conditions.ts'
import type { Arrangement, PolicySet, Rung } from './law.ts'

/** Never throws: what cannot be judged is refused. A refusal lists every failing condition. */
export function decide(question: Question, facts: Facts, law: PolicySet, now: Moment): Decision {
  try {
    const arrangement = law.uitwisselingen.get(question.uitwisseling)
    if (arrangement === undefined) {
      const beleid = { id: 'onbekend', versie: '0.0.0', digest: law.digest }
      const redenen: Reason[] = [{ code: 'DOEL_ONBEKEND' }]
      return {
        uitkomst: 'geweigerd',
        redenen,
        vraag: question,
        feiten: facts,
        tijd: now,
        beleid,
        epoch: law.epoch,
      }
    }
    const rungs = rungsOf(question, arrangement)
    const matter = { question, facts, law, now, arrangement, rungs }
    let redenen: readonly Reason[] = []
    for (const condition of judgedBy[question.stap ?? 'vraag']) {
      const failed = condition.check(matter)
      if (failed.length > 0) redenen = redenen.length === 0 ? failed : [...redenen, ...failed]
    }
    const highest = rungs.at(-1)
    return {
      uitkomst: redenen.length === 0 ? 'toegestaan' : 'geweigerd',
      redenen,
      vraag: question,
      feiten: facts,
      tijd: now,
      beleid: { digest: law.digest, id: arrangement.id, versie: arrangement.versie },
      epoch: law.epoch,
      ...(redenen.length === 0 && isEscape(facts, arrangement) && { toetsing: 'ontsnapping' }),
      ...(highest === undefined ? {} : { trede: highest.id }),
    }
  } catch {
    return undecidable(question, facts, law, now)
  }
}

/** Allowed although another person is registered: only the escape of the case relation does that. */
export function isEscape({ zaakrelatie }: Facts, { voorwaarden }: Arrangement): boolean {
  return zaakrelatie === 'anders' && voorwaarden.zaak !== undefined
}

/** Rungs the asked fields belong to, lightest first. */
export function rungsOf(question: Question, arrangement: Arrangement): readonly Rung[] {
  const { rungOf, treden } = arrangement
  let one: Rung | undefined
  for (const veld of question.velden) {
    const rung = rungOf.get(veld)
    if (one !== undefined && rung !== undefined && rung !== one) {
      return treden.filter(each => question.velden.some(asked => rungOf.get(asked) === each))
    }
    one ??= rung
  }
  return one === undefined ? [] : [one]
}

/** A cannot-decide is never an allow (design §3.5). */
function undecidable(vraag: Question, feiten: Facts, law: PolicySet, tijd: Moment): Decision {
  return {
    uitkomst: 'geweigerd',
    redenen: [{ code: 'NIET_VERSTREKT', bij: { oorzaak: 'niet te beoordelen' } }],
    vraag,
    feiten,
    tijd,
    beleid: { id: 'onbekend', versie: '0.0.0', digest: law.digest },
    epoch: law.epoch,
  }
}
