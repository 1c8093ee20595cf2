// Where is a message now? Told by its steps in the log: its row at the gateway is gone a year after its end.
import type { Query } from '../store.ts'
import type { MessageState } from '../terms.ts'
import type { TransactionRow } from './search.ts'

type Step = Pick<TransactionRow, 'soort' | 'uitkomst'>

/** What each kind of step makes of a message; other steps leave it as it is. */
const made: Readonly<Record<string, (step: Step) => MessageState | undefined>> = {
  beslissing: ({ uitkomst }) => {
    if (uitkomst === 'geweigerd') return 'geweigerd'
    return ['verstrekt', 'niet-afgeleverd'].includes(uitkomst) ? 'opgehaald' : undefined
  },
  beoordeling: ({ uitkomst }) => (uitkomst === 'signaal' ? 'signaal' : 'beoordeeld'),
  einde: ({ uitkomst }) => ends[uitkomst],
}
const ends: Readonly<Record<string, MessageState>> = {
  verlopen: 'verlopen',
  geweigerd: 'geweigerd',
}

/** A pick-up after the receiver said what it is takes nothing back. */
const order: readonly MessageState[] = [
  'ontvangen',
  'opgehaald',
  'signaal',
  'beoordeeld',
  'verlopen',
  'geweigerd',
]

export function stateOf(steps: readonly Step[]): MessageState {
  const reached = steps.map(step => order.indexOf(made[step.soort]?.(step) ?? 'ontvangen'))
  return order[Math.max(0, ...reached)] ?? 'ontvangen'
}

/** Of these messages, by their own transaction. */
export async function messageStates(
  query: Query,
  berichten: readonly string[],
): Promise<ReadonlyMap<string, MessageState>> {
  if (berichten.length === 0) return new Map()
  const rows = await query<Step & { verzoek: string }>(
    `SELECT verzoek, soort, uitkomst FROM console.transactie
     WHERE verzoek = ANY($1::uuid[]) AND transactie <> verzoek`,
    [berichten],
  )
  const steps = Map.groupBy(rows, ({ verzoek }) => verzoek)
  return new Map(berichten.map(bericht => [bericht, stateOf(steps.get(bericht) ?? [])]))
}
