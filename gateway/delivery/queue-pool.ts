// How does BullMQ use our database? Over our own store, one statement at a time, and without a session that listens.
import { EventEmitter } from 'node:events'
import { type Store, StoreUnavailable } from '../store.ts'

/** What BullMQ takes for a pool of pg: `query`, and `connect` for the session on which it would listen. */
interface Pool {
  query<R>(text: string, values?: readonly unknown[]): Promise<{ rows: R[] }>
  connect(): Promise<BellClient>
  end(): Promise<void>
  on(): this
  removeAllListeners(): this
  readonly options: { readonly keepAlive: true }
}

/** Statements about the session itself: there is none to name, and who rings tells it here. */
const ofSession = /^\s*(LISTEN|SELECT set_config\()/

/**
 * Behind the embedded socket is one session for everybody, and a listening one each is many on a server. The relay of
 * each process rings for everything that is due, and so it wakes its own workers: nobody needs to listen.
 */
export class BellClient extends EventEmitter {
  readonly connection = { stream: { setKeepAlive: () => {} } }
  readonly #pool: Pool
  readonly #clients: Set<BellClient>
  constructor(pool: Pool, clients: Set<BellClient>) {
    super()
    this.#pool = pool
    this.#clients = clients
    clients.add(this)
  }
  async query<R>(text: string, values?: readonly unknown[]): Promise<{ rows: R[] }> {
    return ofSession.test(text) ? { rows: [] } : await this.#pool.query<R>(text, values)
  }
  ring(queue: string): void {
    this.emit('notification', { channel: 'bullmq_jobs', payload: queue })
  }
  release(): void {
    this.#clients.delete(this)
  }
}

export function sharePool(store: Store, clients: Set<BellClient>): Pool {
  const pool: Pool = {
    async query<R>(text: string, values?: readonly unknown[]) {
      try {
        return { rows: await store.query<R>(text, values) }
      } catch (error) {
        // The one code at which BullMQ waits before it tries again.
        if (error instanceof StoreUnavailable) Object.assign(error, { code: 'ECONNREFUSED' })
        throw error
      }
    },
    connect: async () => new BellClient(pool, clients),
    end: async () => {},
    on: () => pool,
    removeAllListeners: () => pool,
    options: { keepAlive: true },
  }
  return pool
}
