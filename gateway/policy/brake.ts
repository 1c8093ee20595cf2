// What does the emergency brake stop? Its scopes, and which of them touch a question.
import type { Question } from '../terms.ts'
import type { PolicySet } from './law.ts'

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
