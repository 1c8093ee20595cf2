// Which database does a test get? A fresh migrated one per call, PostgreSQL or embedded.
import { createHash, randomUUID } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { queueMigration } from '../../gateway/delivery/queue-schema.ts'
import { grants, prepareDatabase } from '../../gateway/role.ts'
import { openStore, type Store } from '../../gateway/store.ts'
import { removeTree } from './directory.ts'
import { type Postgres, startPostgres } from './postgres.ts'

export type Kind = 'postgres' | 'embedded'

export const kinds: readonly Kind[] = ['postgres', 'embedded']

const DEADLINE_MS = 60_000

/** A place `openStore` takes; use it twice for two processes on one database. */
export interface Place {
  /** As the gateway's own role, which may do what gateway/role.ts gives it and nothing more. */
  readonly url?: string
  /** The same database as its owner, for a test that takes away or rewrites. */
  readonly owner?: string
  readonly dir: string
}

/**
 * As the owner, who may also tamper. Closed and removed after the test. `t.after` runs in the order of registration: what uses the
 * store is better held by `await using` in the test, so that it ends first.
 */
export async function testStore(t: TestContext, kind: Kind): Promise<Store> {
  const place = await makePlace(kind)
  const store = await openStore(asOwner(place))
  t.after(async () => {
    await store[Symbol.asyncDispose]()
    await removePlace(place)
  })
  return store
}

/** A fresh migrated database that nobody has opened; `close` is awaited before it is removed. */
export async function testPlace(
  t: TestContext,
  kind: Kind,
  close = async () => {},
): Promise<Place> {
  const place = await makePlace(kind)
  t.after(async () => {
    await close()
    await removePlace(place)
  })
  return place
}

async function makePlace(kind: Kind): Promise<Place> {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-test-'))
  if (kind === 'embedded') {
    cpSync(join(await embeddedTemplate(), 'db'), join(dir, 'db'), { recursive: true })
    return { dir }
  }
  const admin = await adminUrl()
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await asAdmin(admin, async query => {
    await query(`CREATE DATABASE ${name} TEMPLATE ${await postgresTemplate(admin, query)}`)
  })
  return { url: asGateway(withDatabase(admin, name)), owner: withDatabase(admin, name), dir }
}

/** The place as its owner opens it. */
export function asOwner({ url, owner = url, dir }: Place): Place {
  return { ...(owner && { url: owner }), dir }
}

const gatewayRole = 'sluis_gateway'

/** The URL of the gateway's role on the database of this owner; it has the owner's password. */
function asGateway(owner: string): string {
  const changed = new URL(owner)
  changed.username = gatewayRole
  return changed.href
}

/** Migrates as the owner and grants the gateway's role, made when it is not there. */
export async function gatewayUrl(owner: string): Promise<string> {
  const url = asGateway(owner)
  await using store = await openStore({ url: owner, dir: '', deadlineMs: DEADLINE_MS })
  await store.query(`DO $$ BEGIN
    CREATE ROLE ${gatewayRole} LOGIN PASSWORD '${new URL(owner).password}';
  EXCEPTION WHEN duplicate_object THEN NULL; END $$`)
  await prepareDatabase(store, url)
  return url
}

async function removePlace({ url, dir }: Place): Promise<void> {
  removeTree(dir)
  if (url === undefined) return
  const name = new URL(url).pathname.slice(1)
  await asAdmin(await adminUrl(), async query => {
    await query(`DROP DATABASE ${name} WITH (FORCE)`)
  })
}

let ownServer: Promise<Postgres> | undefined
let ownEmbedded: Promise<string> | undefined

/** A test file run by hand starts a server itself; it ends with this process. */
async function adminUrl(): Promise<string> {
  if (process.env.SLUIS_TEST_DATABASE_URL) return process.env.SLUIS_TEST_DATABASE_URL
  ownServer ??= startPostgres()
  return (await ownServer).url
}

async function embeddedTemplate(): Promise<string> {
  if (process.env.SLUIS_TEST_EMBEDDED) return process.env.SLUIS_TEST_EMBEDDED
  ownEmbedded ??= (async () => {
    const dir = mkdtempSync(join(tmpdir(), 'sluis-embedded-'))
    process.once('exit', () => removeTree(dir))
    await prepareEmbedded(dir)
    return dir
  })()
  return await ownEmbedded
}

/** A new PGlite directory takes seconds to make and milliseconds to copy. */
export async function prepareEmbedded(dir: string): Promise<void> {
  mkdirSync(dir, { recursive: true })
  await using store = await openStore({ dir, deadlineMs: DEADLINE_MS })
  await prepareDatabase(store)
}

async function asAdmin(url: string, work: (query: Store['query']) => Promise<void>): Promise<void> {
  await using store = await openStore({ url, dir: '', connections: 1, deadlineMs: DEADLINE_MS })
  await work(store.query)
}

/** Made once per server and set of migrations, by whichever test process comes first. */
async function postgresTemplate(admin: string, query: Store['query']): Promise<string> {
  const name = `template_${migrationsDigest().slice(0, 16)}`
  const exists = async () =>
    (await query('SELECT 1 FROM pg_database WHERE datname = $1', [name])).length > 0
  if (await exists()) return name
  // CREATE DATABASE refuses a transaction: a session lock, on the one connection of this store.
  await query('SELECT pg_advisory_lock(1)')
  if (!(await exists())) {
    const draft = `${name}_${process.pid}`
    await query(`CREATE DATABASE ${draft}`)
    await gatewayUrl(withDatabase(admin, draft))
    await query(`ALTER DATABASE ${draft} RENAME TO ${name}`)
  }
  await query('SELECT pg_advisory_unlock(1)')
  return name
}

function migrationsDigest(): string {
  const dir = join(import.meta.dirname, '../../gateway/migrations')
  const hash = createHash('sha256').update(JSON.stringify(grants)).update(queueMigration)
  for (const name of readdirSync(dir).sort())
    hash.update(name).update(readFileSync(join(dir, name)))
  return hash.digest('hex')
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}
