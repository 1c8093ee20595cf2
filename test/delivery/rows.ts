// What does a queue ring for? Rows of delivery.verzoek as acceptance leaves them, and a step that ends them.
import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { type OpenQueue, openQueue, type QueueOptions } from '../../gateway/delivery/queue.ts'
import { openRelay, type Relay, type RelayPace, relayPace } from '../../gateway/delivery/relay.ts'
import { openRequests } from '../../gateway/delivery/requests.ts'
import { openRedis } from '../../gateway/open.ts'
import { openStore, type Store } from '../../gateway/store.ts'
import { type Kind, type Place, testPlace } from '../support/database.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'

export const epoch = 'e'

export async function plantRequests(
  store: Store,
  count: number,
  { wachtrij = '00000099000000004000', log = 'gewoon', staat = 'aanvaard', vanaf = 0 } = {},
): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID())
  await store.query(
    `insert into delivery.verzoek (verzoek, log, uitwisseling, partij, wachtrij, staat, stand, door, lease, vanaf,
       aangenomen, gewijzigd, uiterlijk, pogingen, herinnerd, epoch, aflevering, lichaam, inhoud, verzegeld)
     select id, $2, 'proef', '00000099000000001000', $3, $4, 1, 'x', 0, $5, 0, 0, 9999999999999, 0, 0, $6, id, 'x', 'x', 'x'
     from unnest($1::uuid[]) as id`,
    [ids, log, wachtrij, staat, vanaf, epoch],
  )
  return ids
}

export async function open(store: Store): Promise<number> {
  const [row] = await store.query<{ n: number }>(
    'select count(*)::int as n from delivery.verzoek where vanaf is not null',
  )
  return row?.n ?? -1
}

/** Claims and ends, as gateway/resume.ts does; tells how often each was ended. */
export function ending(store: Store): { done: Map<string, number>; work: QueueOptions['work'] } {
  const requests = openRequests(store)
  const done = new Map<string, number>()
  return {
    done,
    async work(verzoek) {
      const claimed = await requests.claim(verzoek, { now: Date.now(), epoch })
      if (!claimed) return
      if (await requests.change(claimed, { vanaf: null, staat: 'afgeleverd' }))
        done.set(verzoek, (done.get(verzoek) ?? 0) + 1)
    },
  }
}

export type Backing = 'redis' | Kind

export const backings: readonly Backing[] = ['redis', 'postgres', 'embedded']

export interface Ground {
  readonly place: Place
  readonly store: Store
  readonly redis?: RedisServer
  readonly alarms: string[]
  start(
    work: QueueOptions['work'],
    more?: Partial<QueueOptions>,
    pace?: Partial<RelayPace>,
  ): Promise<Running>
}

export interface Running extends AsyncDisposable {
  readonly queue: OpenQueue
  readonly relay: Relay
}

/** A database, Redis when it is asked for, and processes' worth of queue and relay on them. */
export async function ground(t: TestContext, backing: Backing, own?: RedisServer): Promise<Ground> {
  const stack = new AsyncDisposableStack()
  const place = await testPlace(t, backing === 'embedded' ? 'embedded' : 'postgres', () =>
    stack.disposeAsync(),
  )
  const redis = backing === 'redis' ? (own ?? (await startRedis(t))) : undefined
  const store = stack.use(await openStore(place))
  const alarms: string[] = []
  return {
    place,
    store,
    ...(redis && { redis }),
    alarms,
    async start(work, more = {}, pace = {}) {
      const own = stack.use(new AsyncDisposableStack())
      const backend = redis
        ? { kind: 'redis' as const, client: openRedis(redis.url, own) }
        : {
            kind: 'postgres' as const,
            store: own.use(await openStore({ ...place, schema: 'bullmq' })),
          }
      const onAlarm = (name: string) => void alarms.push(name)
      const queue = own.use(await openQueue({ backend, work, onAlarm, ...more }))
      const requests = openRequests(store)
      const relay = own.use(
        openRelay({
          due: perQueue => requests.due(Date.now(), epoch, perQueue),
          paused: async () => [],
          queue,
          pace: { ...relayPace, everyMs: 50, idleMs: 200, ...pace },
          onAlarm,
        }),
      )
      return { queue, relay, [Symbol.asyncDispose]: () => own.disposeAsync() }
    },
  }
}
