// What does the emergency brake stop? Its scopes, and which of them touch a question.
import type { Question } from '../terms.ts'
import type { Arrangement, PolicySet } from './law.ts'

const none: readonly string[] = []

/** The scopes under the brake that touch this question: its asker, provider, purpose, fields or source. */
export function braked(question: Question, law: PolicySet): readonly string[] {
  if (law.noodrem.length === 0) return none
  const touched = new Set(scopesOf(question, law))
  return law.noodrem.filter(bereik => touched.has(bereik))
}

/** Every scope a question can be stopped by; one of an unknown exchange only by what it says itself. */
function scopesOf(question: Question, law: PolicySet): readonly string[] {
  const { ontvanger, indiener, namens, uitwisseling, velden } = question
  const arrangement = law.uitwisselingen.get(uitwisseling)
  const parties = [
    ontvanger,
    indiener,
    namens,
    arrangement?.verstrekker.oin,
    ...(arrangement?.via ?? []),
  ]
  return [
    'alles',
    `uitwisseling:${uitwisseling}`,
    ...parties.map(oin => `partij:${oin}`),
    ...velden.map(veld => `veld:${veld}`),
    ...(arrangement ? [`doel:${arrangement.doel.id}`, `bron:${arrangement.terms.bron}`] : []),
  ]
}

const scope = /^(alles|partij:\d{20}|(doel|uitwisseling|veld|bron):[A-Za-z0-9-]{1,64})$/

/** A text this program knows how to stop something by. */
export function isScope(bereik: string): boolean {
  return scope.test(bereik)
}

/** Whether there is anything in this law that the scope could ever stop. */
export function isKnown(bereik: string, law: PolicySet): boolean {
  const oin = partyOf(bereik)
  return oin === undefined
    ? bereik === 'alles' || under(bereik, law).length > 0
    : law.partijen.has(oin)
}

/** The scopes that everybody may know of: what only concerns confidential parties stays in their log. */
export function openly(law: PolicySet): readonly string[] {
  return law.noodrem.filter(bereik => !isConfidential(bereik, law))
}

function isConfidential(bereik: string, law: PolicySet): boolean {
  const oin = partyOf(bereik)
  if (oin !== undefined) return law.partijen.get(oin)?.vertrouwelijk ?? false
  const stopped = bereik === 'alles' ? [] : under(bereik, law)
  return stopped.length > 0 && stopped.every(({ vertrouwelijk }) => vertrouwelijk)
}

function partyOf(bereik: string): string | undefined {
  return bereik.startsWith('partij:') ? bereik.slice('partij:'.length) : undefined
}

/** The arrangements that a scope of another kind can stop. */
function under(bereik: string, law: PolicySet): readonly Arrangement[] {
  return [...law.uitwisselingen.values()].filter(({ id, doel, terms, rungOf }) =>
    [
      `uitwisseling:${id}`,
      `doel:${doel.id}`,
      `bron:${terms.bron}`,
      ...[...rungOf.keys()].map(veld => `veld:${veld}`),
    ].includes(bereik),
  )
}
