// How do we reach the database? The pg pool, transactions and migrations; PostgreSQL or embedded.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { type Embedded, reachEmbedded } from './embedded.ts'

export type Query = <Row = Record<string, unknown>>(
  text: string,
  values?: readonly unknown[],
) => Promise<Row[]>

export interface Store extends AsyncDisposable {
  readonly embedded: boolean
  /**
   * One statement, never a named one: behind the embedded socket is one session for everybody.
   * Inside `transaction` use the query it hands out; this one would wait for that transaction.
   */
  readonly query: Query
  /** The same, for a text that never changes and comes often: a server reads and plans it once per connection. */
  readonly often: Query
  /** BEGIN … COMMIT on one connection, ROLLBACK on throw. `deadlineMs` holds per statement. */
  transaction<T>(work: (query: Query) => Promise<T>, deadlineMs?: number): Promise<T>
}

export interface StoreOptions {
  /** Absent: the embedded database in `dir`. */
  readonly url?: string
  readonly dir: string
  readonly connections?: number
  /** Where names without a schema are found; the embedded database finds those of the queue for everybody. */
  readonly schema?: string
  /** Longest wait for a connection, and for each statement. */
  readonly deadlineMs?: number
}

/** The database did not take the question or did not answer in time; it may have done the work. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable'
}

/** What SQL refused, without what pg adds of the values: a person's data stays out of every log. */
export class StatementError extends Error {
  override name = 'StatementError'
  /** SQLSTATE. */
  readonly code: string
  readonly constraint: string | undefined
  constructor({ code = '', message, constraint }: pg.DatabaseError) {
    // Data exceptions (22) and broken constraints (23) quote the value.
    const text = /^2[23]/.test(code) ? `the database refused a value (${code})` : message
    super(constraint === undefined ? text : `${text}, constraint ${constraint}`)
    this.code = code
    this.constraint = constraint
  }
}

const INT8 = 20
const OLDEST_SERVER = 150_000
const GOODBYE_MS = 1_000
const GRACE_MS = 250
const START_MS = 60_000
const MIGRATION_MS = 120_000
/** Any fixed number: whoever migrates takes this transaction-level advisory lock. */
export const MIGRATION_LOCK = 7_586_475

const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    return oid === INT8 ? readInt8 : pg.types.getTypeParser(oid, format as 'text')
  },
}

function readInt8(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError('a bigint is too large for a number')
  return value
}

export async function openStore(options: StoreOptions): Promise<Store> {
  const store = options.url === undefined ? await openEmbedded(options) : openPostgres(options)
  try {
    if (!store.embedded) await refuseUnsafeServer(store)
  } catch (error) {
    await store[Symbol.asyncDispose]()
    throw error
  }
  return store
}

function openPostgres(options: StoreOptions): Store {
  const { url = '', connections = 10, deadlineMs = 5_000 } = options
  // The driver's own error would show the URL, and the password in it.
  if (!URL.canParse(url)) throw new Error('the URL of the database cannot be read')
  const pool = openPool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: deadlineMs,
    // The server gives up first: then a slow statement is told from a server that is gone.
    statement_timeout: deadlineMs,
    query_timeout: deadlineMs + GRACE_MS,
    idle_in_transaction_session_timeout: 2 * deadlineMs,
    keepAlive: true,
    ...(options.schema && { options: `-c search_path=${options.schema}` }),
  })
  return {
    embedded: false,
    ...overPool(() => pool.connect(), nameOf),
    [Symbol.asyncDispose]: () => pool.close(),
  }
}

interface Reached {
  readonly database: Embedded
  readonly pool: Pool
  gone: boolean
}

async function openEmbedded(options: StoreOptions): Promise<Store> {
  const { dir, connections = 4, deadlineMs = 5_000 } = options
  const reach = async (waitMs: number): Promise<Reached> => {
    const database = await reachEmbedded(dir, waitMs)
    const pool = openPool({
      host: database.host,
      port: 5432,
      user: 'postgres',
      database: 'postgres',
      max: connections,
      connectionTimeoutMillis: deadlineMs,
      query_timeout: deadlineMs,
    })
    return { database, pool, gone: false }
  }
  let current = await reach(START_MS)
  let reaching: Promise<void> | undefined
  let closed = false
  /** The process that held it stopped: use the next one's, or become the next one. */
  const reachAgain = async () => {
    await current.pool.close()
    await stop(current.database)
    current = await reach(deadlineMs)
  }
  const connect = async () => {
    const tried = current
    try {
      return await tried.pool.connect()
    } catch (error) {
      if (closed || !(tried.gone || isGone(error))) throw error
      tried.gone = true
      if (tried === current) {
        reaching ??= reachAgain().finally(() => {
          reaching = undefined
        })
        await reaching
      }
      return await current.pool.connect()
    }
  }
  return {
    embedded: true,
    ...overPool(connect),
    async [Symbol.asyncDispose]() {
      closed = true
      await reaching?.catch(() => {})
      await current.pool.close()
      await stop(current.database)
    },
  }
}

async function stop(database: Embedded): Promise<void> {
  if (database.running()) await database[Symbol.asyncDispose]()
}

/** Nothing listens on the socket any more. */
function isGone(error: unknown): boolean {
  const code = error instanceof StoreUnavailable ? codeOf(error.cause) : undefined
  return code === 'ENOENT' || code === 'ECONNREFUSED'
}

interface Pool {
  connect(): Promise<Connection>
  close(): Promise<void>
}

interface Connection {
  readonly client: pg.PoolClient
  /** Lends it out again, unless it or its transaction is broken. */
  release(error?: unknown): void
}

function openPool(config: pg.PoolConfig): Pool {
  const sockets = new Set<Socket>()
  const born = new WeakMap<pg.PoolClient, number>()
  /** Those who wait for a connection: pg-pool forgets them when it ends. */
  const waiting = new Set<(reason: Error) => void>()
  let generation = 0
  let closing: Promise<void> | undefined
  const pool = new pg.Pool({
    ...config,
    types,
    stream() {
      const socket = new Socket()
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      return socket
    },
  })
  // A lost connection shows at its next use; without a listener it would end the process.
  pool.on('error', () => {})
  pool.on('connect', client => {
    client.on('error', () => {})
    born.set(client, generation)
  })
  const take = () =>
    new Promise<pg.PoolClient>((resolve, reject) => {
      waiting.add(reject)
      pool
        .connect()
        .then(client => (pool.ending ? client.release(true) : resolve(client)), reject)
        .finally(() => waiting.delete(reject))
    }).catch(translate)
  const end = async () => {
    for (const reject of waiting) reject(new StoreUnavailable('the store is closed'))
    // A stopped server never answers the goodbye.
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy()
    }, GOODBYE_MS)
    await pool.end()
    await Promise.all([...sockets].map(socket => once(socket, 'close')))
    clearTimeout(timer)
  }
  const stale = (client: pg.PoolClient) =>
    born.get(client) !== generation || client.getTransactionStatus() !== 'I'
  return {
    async connect() {
      let client = await take()
      while (stale(client)) {
        client.release(true)
        client = await take()
      }
      return {
        client,
        release(error) {
          // After one silence the idle connections are suspect too: make new ones.
          if (error instanceof StoreUnavailable) generation++
          client.release(stale(client))
        },
      }
    },
    close: () => {
      closing ??= end()
      return closing
    },
  }
}

/** Statements that come often, by their text; few, and constant. */
const names = new Map<string, string>()

function nameOf(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = `sluis_${names.size}`
  names.set(text, name)
  return name
}

/** `name`: what a statement that comes often is called on the server; absent: nothing is. */
function overPool(
  connect: () => Promise<Connection>,
  name: (text: string) => string | undefined = () => undefined,
): Pick<Store, 'query' | 'often' | 'transaction'> {
  const ask = async <Row>(question: pg.QueryConfig) =>
    await lend(connect, async client => (await run(client, question)).rows as Row[])
  return {
    query: async (text, values) => await ask({ text, ...(values && { values: [...values] }) }),
    often: async (text, values) => {
      const named = name(text)
      return await ask({
        text,
        ...(values && { values: [...values] }),
        ...(named !== undefined && { name: named }),
      })
    },
    transaction: async (work, deadlineMs) =>
      await lend(connect, client => transact(client, work, deadlineMs)),
  }
}

async function lend<T>(
  connect: () => Promise<Connection>,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const { client, release } = await connect()
  try {
    const result = await work(client)
    release()
    return result
  } catch (error) {
    release(error)
    throw error
  }
}

async function run(
  client: pg.PoolClient,
  question: pg.QueryConfig,
  deadlineMs?: number,
): Promise<pg.QueryResult> {
  const limit = deadlineMs === undefined ? {} : { query_timeout: deadlineMs }
  return await client.query({ ...question, ...limit }).catch(translate)
}

async function transact<T>(
  client: pg.PoolClient,
  work: (query: Query) => Promise<T>,
  deadlineMs: number | undefined,
): Promise<T> {
  const query: Query = async <Row>(text: string, values?: readonly unknown[]) =>
    (await run(client, { text, ...(values && { values: [...values] }) }, deadlineMs)).rows as Row[]
  await query('BEGIN')
  let result: T
  try {
    if (deadlineMs !== undefined) await query(`SET LOCAL statement_timeout = ${Number(deadlineMs)}`)
    result = await work(query)
  } catch (error) {
    await query('ROLLBACK')
    throw error
  }
  const { command } = await run(client, { text: 'COMMIT' }, deadlineMs)
  if (command !== 'COMMIT') throw new Error('the transaction had failed and was rolled back')
  return result
}

/** Messages of pg and pg-pool that carry no code (pg 8.23, pg-pool 3). */
const lost =
  /^(Connection terminated|Query read timeout|timeout e|Client (has|was)|Cannot use a pool)/

function translate(error: unknown): never {
  if (error instanceof pg.DatabaseError) throw new StatementError(error)
  if (error instanceof Error) {
    const code = codeOf(error)
    if (lost.test(error.message) || (code !== undefined && /^E[A-Z]+$/.test(code))) {
      throw new StoreUnavailable('the database does not answer', { cause: error })
    }
  }
  throw error
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
}

/**
 * SQLSTATE classes: 08 connection, 53 insufficient resources, 57 operator intervention (shut down,
 * starting up, statement timeout), 58 system error, XX the server itself fails (a write that its disk
 * refuses); 25006 a standby; 25P03 cut while idle.
 */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof StoreUnavailable) return true
  return error instanceof StatementError && /^(08|53|57|58|XX|25006|25P03)/.test(error.code)
}

async function refuseUnsafeServer(store: Store): Promise<void> {
  const faults = serverFaults(
    await store.query(
      `SELECT name, setting FROM pg_settings
       WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'server_version_num')`,
    ),
  )
  if (faults.length > 0) throw new Error(faults.join('; '))
}

/** What a durable commit rests on (design §3.2). The embedded database says so at start instead. */
export function serverFaults(
  settings: readonly { readonly name: string; readonly setting: string }[],
): readonly string[] {
  const faults = settings
    .filter(({ setting }) => setting === 'off')
    .map(({ name }) => `the PostgreSQL server has ${name} off`)
  const version = Number(settings.find(({ name }) => name === 'server_version_num')?.setting)
  if (!(version >= OLDEST_SERVER)) faults.push('the PostgreSQL server is older than 15')
  return faults.sort()
}

/** Runs `<room>-<nnn>.sql` by number, then room, once each; returns the names that ran now. */
export async function migrate(
  store: Store,
  dir = join(import.meta.dirname, 'migrations'),
): Promise<readonly string[]> {
  const ran: string[] = []
  for (const name of migrationNames(dir)) {
    const text = readFileSync(join(dir, name), 'utf8')
    const sha256 = createHash('sha256').update(text).digest('hex')
    if (await store.transaction(query => migrateOne(query, { name, text, sha256 }), MIGRATION_MS)) {
      ran.push(name)
    }
  }
  return ran
}

/** What `migrate` would still run; a newer program must not meet an older schema. */
export async function pendingMigrations(
  query: Query,
  dir = join(import.meta.dirname, 'migrations'),
): Promise<readonly string[]> {
  const [table] = await query(
    `SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tablename = 'migratie'`,
  )
  const rows = table ? await query<{ name: string }>('SELECT name FROM public.migratie') : []
  const ran = new Set(rows.map(({ name }) => name))
  return migrationNames(dir).filter(name => !ran.has(name))
}

function migrationNames(dir: string): string[] {
  const order = (name: string) => name.replace(/^(.*)-(\d{3})\.sql$/, '$2 $1')
  const names = readdirSync(dir).filter(name => name.endsWith('.sql'))
  const odd = names.find(name => !/^[a-z]+-\d{3}\.sql$/.test(name))
  if (odd) throw new Error(`a migration is named <room>-<nnn>.sql, not ${odd}`)
  return names.sort((a, b) => (order(a) < order(b) ? -1 : 1))
}

async function migrateOne(
  query: Query,
  { name, text, sha256 }: { name: string; text: string; sha256: string },
): Promise<boolean> {
  await query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
  const [table] = await query(
    `SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tablename = 'migratie'`,
  )
  if (!table) {
    await query(`CREATE TABLE public.migratie (name text PRIMARY KEY, sha256 text NOT NULL,
      tijd bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000)::bigint)`)
  }
  const [known] = await query<{ sha256: string }>(
    'SELECT sha256 FROM public.migratie WHERE name = $1',
    [name],
  )
  if (known && known.sha256 !== sha256) throw new Error(`${name} changed after it ran here`)
  if (known) return false
  await query(text)
  await query('INSERT INTO public.migratie (name, sha256) VALUES ($1, $2)', [name, sha256])
  return true
}
