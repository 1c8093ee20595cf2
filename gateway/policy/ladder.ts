// Which rungs does an answer open or close, and until when? What the next question of the same case stands on.
import type { Answer, Moment } from '../terms.ts'
import type { ArrangementText } from './law.ts'
import { later } from './legal-time.ts'

/** The latest decides, until it lapses (design §4). */
export interface RungFact {
  readonly trede: string
  readonly open: boolean
  /** First moment it counts no more. */
  readonly vervalt: Moment
}

export function rungsAfter(
  { velden, resultaat, antwoord }: Pick<Answer, 'velden' | 'resultaat' | 'antwoord'>,
  { treden }: Pick<ArrangementText, 'treden'>,
  now: Moment,
): readonly RungFact[] {
  if (resultaat === 'geweigerd') return []
  return treden.flatMap(rung => {
    const lighter = treden.find(one => one.id === rung.na)
    if (!lighter || rung.vervolgAls === undefined || rung.openVoor === undefined) return []
    const wanted = Object.entries(rung.vervolgAls)
    const open =
      resultaat === 'nietBeschikbaar'
        ? velden.some(veld => lighter.velden.includes(veld)) || undefined
        : outcome(wanted, velden, antwoord[0])
    return open === undefined ? [] : [{ trede: rung.id, open, vervalt: later(now, rung.openVoor) }]
  })
}

/** null opens too: it may be true; nothing known of the person does not. */
function outcome(
  wanted: readonly [string, boolean][],
  velden: readonly string[],
  row: Answer['antwoord'][number] | undefined,
): boolean | undefined {
  if (!wanted.every(([veld]) => velden.includes(veld))) return undefined
  return (
    row !== undefined && wanted.every(([veld, value]) => row[veld] === null || row[veld] === value)
  )
}
