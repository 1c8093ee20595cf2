// In which state is the brake? Each state is kept by the digest of its text, which the epoch names.
import { hash, randomBytes } from 'node:crypto'
import type { Store } from '../store.ts'
import type { Moment } from '../terms.ts'
import { isScope } from './brake.ts'
import type { PolicySet } from './law.ts'

/** One scope under the brake: since when, and by which reason. */
export interface Braked {
  readonly bereik: string
  readonly reden: string
  readonly sinds: Moment
}

export interface BrakeState {
  /** Absent when the brake is off. */
  readonly id?: string
  readonly bereiken: readonly Braked[]
}

export const released: BrakeState = { bereiken: [] }

const separator = '+rem:'

/** A policy set under this state of the brake: what decides. */
export function underBrake(set: PolicySet, { id, bereiken }: BrakeState): PolicySet {
  const epoch = id === undefined ? set.digest : `${set.digest}${separator}${id}`
  return Object.freeze({ ...set, epoch, noodrem: bereiken.map(({ bereik }) => bereik) })
}

export function partsOf(epoch: string): { readonly digest: string; readonly rem?: string } {
  const [digest = '', rem] = epoch.split(separator, 2)
  return { digest, ...(rem !== undefined && { rem }) }
}

/** Keeps a state and gives it its name; random, so that a later one with the same scopes has another. */
export async function keepBrake(
  store: Store,
  bereiken: readonly Braked[],
  now: Moment,
): Promise<BrakeState> {
  if (bereiken.length === 0) return released
  const sorted = [...bereiken].sort((a, b) => (a.bereik < b.bereik ? -1 : 1))
  const staat = JSON.stringify({ zout: randomBytes(16).toString('hex'), bereiken: sorted })
  const id = idOf(staat)
  await store.query('insert into policy.brake_state (id, tijd, staat) values ($1, $2, $3)', [
    id,
    now,
    staat,
  ])
  return { id, bereiken: sorted }
}

/** @throws when there is no such state, when it is not that of its id, or when it cannot be understood */
export async function loadBrake(store: Store, epoch: string): Promise<BrakeState> {
  const { rem: id } = partsOf(epoch)
  if (id === undefined) return released
  const [row] = await store.query<{ staat: string }>(
    'select staat from policy.brake_state where id = $1',
    [id],
  )
  if (!row) throw new Error('deze stand van de noodrem is niet bewaard')
  if (idOf(row.staat) !== id) throw new Error('de bewaarde stand van de noodrem is een andere')
  const { bereiken }: BrakeState = JSON.parse(row.staat)
  if (bereiken.length === 0 || !bereiken.every(({ bereik }) => isScope(bereik))) {
    throw new Error('de noodrem staat aan voor iets dat dit programma niet kent')
  }
  return { id, bereiken }
}

function idOf(staat: string): string {
  return hash('sha256', staat).slice(0, 32)
}
