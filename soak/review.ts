// Is planted misuse among the first of the review queue, and how often is a hint about it? One generated month per seed.
import { type Keys, openKeys } from '../gateway/audit/keys.ts'
import { computeHints } from '../gateway/console/hints.ts'
import { project } from '../gateway/console/projection.ts'
import { readQueue } from '../gateway/console/review.ts'
import type { PolicySet } from '../gateway/policy/law.ts'
import { midnight } from '../gateway/policy/legal-time.ts'
import type { Store } from '../gateway/store.ts'
import type { LegalDate, Oin } from '../gateway/terms.ts'
import { uwv, waterstad } from './country.ts'
import type { Planted, PlantedKind } from './planted.ts'

/** What was planted, the kind of hint that is for it, and whose officer must see it. */
export const mustFind: readonly (readonly [planted: PlantedKind, kind: string, oin: Oin])[] = [
  ['ex-partner', 'vaak-dezelfde-persoon', waterstad],
  ['ex-partner', 'buiten-kantoortijd', waterstad],
  ['bekende-personen', 'veel-personen', waterstad],
  ['in-het-nieuws', 'een-persoon-velen', uwv],
  ['verzamelen', 'traag-verzamelen', uwv],
  ['zaak-hergebruikt', 'zaak-hergebruikt', uwv],
  ['ladder', 'ladder-overgeslagen', uwv],
  ['ontsnapping', 'ontsnapping-open', uwv],
  ['piek', 'volume-verleden', uwv],
  ['breed', 'volume-soortgenoten', uwv],
  ['signaal', 'signaal', uwv],
]

export interface Month {
  readonly store: Store
  readonly keysDir: string
  readonly law: PolicySet
  readonly planted: Planted
}

export interface Reviewed {
  /** Place in the queue of the hint that had to find it, from 1; 0 when none did. */
  readonly places: readonly (readonly [planted: PlantedKind, kind: string, place: number])[]
  /** Hints among the first fifty of UWV, and how many of them are about something planted. */
  readonly hints: number
  readonly right: number
  /** All hints of that organisation. */
  readonly all: number
}

const first = 50

/** @param until the day after the month, as the traffic was made */
export async function review(month: Month, until: LegalDate): Promise<Reviewed> {
  const { store, keysDir, law, planted } = month
  const keys: Keys = openKeys(keysDir)
  const now = midnight(until) + 7_200_000
  await computeHints({ query: store.query, keys, keysDir, law }, 'gewoon', now)
  const desk = { store, clock: () => now, catchUp: async () => void (await project(store.query)) }
  const queueOf = async (oin: Oin) =>
    (await readQueue(desk, { oin, rollen: ['privacy-officer'], rol: 'privacy-officer' })).open
  const queues = new Map([
    [uwv, await queueOf(uwv)],
    [waterstad, await queueOf(waterstad)],
  ])
  const known = new Set([...planted.values()].flat())
  const hints = (queues.get(uwv) ?? []).filter(({ id, transacties }) => id !== transacties[0])
  const top = (queues.get(uwv) ?? []).slice(0, first).filter(item => hints.includes(item))
  return {
    places: mustFind.map(([what, kind, oin]) => {
      const wanted = new Set(planted.get(what))
      const at = (queues.get(oin) ?? []).findIndex(
        ({ soort, transacties }) => soort === kind && transacties.some(one => wanted.has(one)),
      )
      return [what, kind, at + 1]
    }),
    hints: top.length,
    right: top.filter(({ transacties }) => transacties.some(one => known.has(one))).length,
    all: hints.length,
  }
}

/** Everything planted was among the first fifty. */
export function isFound({ places }: Reviewed): boolean {
  return places.every(([, , place]) => place > 0 && place <= first)
}
