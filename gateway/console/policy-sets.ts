// Which law decided from when, and what changed between two sets? Out of the log and the sets as they were kept.
import { logIds } from '../audit/find.ts'
import { basisStatus } from '../policy/basis-status.ts'
import { partsOf } from '../policy/brake-state.ts'
import type { Arrangement, PolicySet } from '../policy/law.ts'
import type { LogName, Moment } from '../terms.ts'
import { type DiffLine, lineDiff } from './line-diff.ts'
import type { Desk } from './page.ts'
import type { Tone } from './parts.ts'

export interface Activated {
  readonly digest: string
  readonly tijd: Moment
  readonly log: string
  readonly idx: number
}

/** Each time another set came to decide, the newest first; the brake changes no set. */
export async function activations(
  { store, catchUp }: Pick<Desk, 'store' | 'catchUp'>,
  log: LogName,
): Promise<readonly Activated[]> {
  await catchUp()
  const rows = await store.query<{ epoch: string; tijd: Moment; log: string; idx: number }>(
    `SELECT h.gegevens ->> 'epoch' AS epoch, h.tijd, h.log, h.idx FROM console.handeling h
     WHERE h.log = ANY($1) AND h.soort = 'beleidsactivering' ORDER BY h.tijd DESC, h.idx DESC LIMIT 500`,
    [await logIds(store.query, [log])],
  )
  return rows.map(({ epoch, ...row }) => ({ ...row, digest: partsOf(epoch).digest }))
}

export type Standing = readonly [tone: Tone, text: string]

/** What a question would meet today, before anything of the question itself is looked at. */
export function standingOf(arrangement: Arrangement, now: Moment): Standing {
  const { onverenigbaar, geldig, bases, dpiaTot, dpia, treden } = arrangement
  if (onverenigbaar) return ['error', 'Altijd geweigerd']
  if (now < geldig.van) return ['info', 'Begint nog']
  if (now >= geldig.tot) return ['error', 'Afgelopen']
  if (bases.length === 0) return ['error', 'Geen grondslag']
  if (bases.some(basis => basisStatus(basis, now) !== 'in-werking')) {
    return ['error', 'Gesloten: een grondslag geldt niet']
  }
  if (now >= dpiaTot) return ['error', dpia ? 'Gesloten: DPIA verlopen' : 'Gesloten: geen DPIA']
  if (treden.every(({ goedkeuring }) => goedkeuring === 'AX')) return ['error', 'Gesloten']
  return ['ok', 'Open']
}

export interface FileChange {
  readonly path: string
  readonly what: 'nieuw' | 'vervallen' | 'gewijzigd'
  /** Absent for a file of parties: those are told by name. */
  readonly lines?: readonly DiffLine[]
}

export interface Changes {
  readonly files: readonly FileChange[]
  /** In words, of what an officer knows by name. */
  readonly words: readonly string[]
}

/** What stays out for who may not see the second log: the arrangements, and the parties by name. */
export function changesBetween(before: PolicySet, after: PolicySet, all: boolean): Changes {
  const hidden = new Set(all ? [] : [...hiddenPaths(before), ...hiddenPaths(after)])
  const texts = ({ files }: PolicySet) =>
    new Map(files.filter(({ path }) => !hidden.has(path)).map(({ path, text }) => [path, text]))
  const [old, now] = [texts(before), texts(after)]
  const files = [...new Set([...old.keys(), ...now.keys()])].sort().flatMap(path => {
    const [from, to] = [old.get(path), now.get(path)]
    if (from === to) return []
    const what = from === undefined ? 'nieuw' : to === undefined ? 'vervallen' : 'gewijzigd'
    const named = !all && path.startsWith('partijen/')
    return [{ path, what, ...(!named && { lines: lineDiff(from ?? '', to ?? '') }) } as const]
  })
  return { files, words: wordsOf(before, after, all) }
}

/** Files of what a confidential party takes part in, and of datasets that only those use. */
function hiddenPaths({ uitwisselingen, gegevenssets }: PolicySet): readonly string[] {
  const arrangements = [...uitwisselingen.values()]
  const secret = arrangements.filter(({ vertrouwelijk }) => vertrouwelijk)
  const open = new Set(
    arrangements
      .filter(({ vertrouwelijk }) => !vertrouwelijk)
      .map(({ gegevensset }) => gegevensset),
  )
  return [
    ...secret.flatMap(({ id }) => [`uitwisselingen/${id}.yaml`, `uitwisselingen/${id}.cases.yaml`]),
    ...secret
      .filter(({ gegevensset }) => !open.has(gegevensset) && gegevenssets.has(gegevensset))
      .map(({ gegevensset }) => `gegevenssets/${gegevensset}.yaml`),
  ]
}

function wordsOf(before: PolicySet, after: PolicySet, all: boolean): readonly string[] {
  const shown = ({ vertrouwelijk }: { readonly vertrouwelijk: boolean }) => all || !vertrouwelijk
  return [
    ...compared(before.uitwisselingen, after.uitwisselingen, shown, {
      name: ({ titel }) => `De uitwisseling “${titel}”`,
      text: ({ id, versie, titel }) => `${id} ${versie} ${titel}`,
      changed: (old, now) => `gaat van versie ${old.versie} naar ${now.versie}`,
    }),
    ...compared(before.grondslagen, after.grondslagen, () => true, {
      name: ({ id }) => `De grondslag ${id}`,
      text: ({ geldig: _, ...basis }) => JSON.stringify(basis),
      changed: () => 'is gewijzigd',
    }),
    ...compared(before.partijen, after.partijen, shown, {
      name: ({ naam }) => `De organisatie ${naam}`,
      text: ({ vertegenwoordigt, ...party }) =>
        JSON.stringify([party, vertegenwoordigt.map(({ geldig: _, ...one }) => one)]),
      changed: () => 'is gewijzigd',
    }),
  ]
}

function compared<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  shown: (one: T) => boolean,
  say: {
    readonly name: (one: T) => string
    readonly text: (one: T) => string
    readonly changed: (old: T, now: T) => string
  },
): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap(key => {
    const [old, now] = [before.get(key), after.get(key)]
    if ((old && !shown(old)) || (now && !shown(now))) return []
    if (old && now) {
      return say.text(old) === say.text(now) ? [] : [`${say.name(now)} ${say.changed(old, now)}.`]
    }
    if (now) return [`${say.name(now)} is nieuw.`]
    return old ? [`${say.name(old)} is vervallen.`] : []
  })
}
