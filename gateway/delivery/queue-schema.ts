// How does the queue get its tables? BullMQ's own migrations in its own schema, run by the owner, used by the gateway's role.
import { DEFAULT_SCHEMA, LATEST_SCHEMA_VERSION, runMigrations } from 'bullmq'
import type { Query, Store } from '../store.ts'

export const queueSchema = DEFAULT_SCHEMA

/** BullMQ's tables hold identifiers of requests and nothing else. */
export const queueTables = [
  'dedup',
  'dedup_next',
  'event',
  'job',
  'job_dependency',
  'job_log',
  'meta',
  'metrics',
  'rate_limit',
  'scheduler',
].map(table => `${queueSchema}.${table}`)

/** On these it needs no right: messages between processes of BullMQ, and what numbers its rows. */
export const idleTables = [
  'event_seq',
  'job_seq',
  'relay_inbox',
  'relay_inbox_id_seq',
  'relay_mid_seq',
  'relay_node',
  'relay_retained',
  'relay_subscription',
].map(table => `${queueSchema}.${table}`)

const MIGRATION_MS = 120_000

/**
 * Two functions of BullMQ make a sequence or a temporary table when they are called, which the role of the gateway may
 * not: they run as their owner. Their search path is fixed by BullMQ, and they take no names from their caller.
 */
const makers = `SELECT format('ALTER FUNCTION %s SECURITY DEFINER', p.oid::regprocedure) AS wijziging
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname = $1 AND NOT p.prosecdef AND p.prosrc ~ 'CREATE (TEMP|SEQUENCE)'`

/** Brings the schema of the queue up to date; returns what ran now, by name. */
export async function migrateQueue(owner: Store): Promise<readonly string[]> {
  const before = await queueVersion(owner.query)
  if (before >= LATEST_SCHEMA_VERSION) return []
  return await owner.transaction(async query => {
    await runMigrations(
      {
        async query<R>(text: string, params?: readonly unknown[]) {
          // The transaction is ours, also when it fails.
          if (/^(BEGIN|COMMIT|ROLLBACK)$/.test(text)) return { rows: [] }
          return { rows: await query<R>(text, params) }
        },
      },
      queueSchema,
    )
    for (const { wijziging } of await query<{ wijziging: string }>(makers, [queueSchema])) {
      await query(wijziging)
    }
    return [queueMigration]
  }, MIGRATION_MS)
}

/** What this program still has to run. */
export async function pendingQueue(query: Query): Promise<readonly string[]> {
  return (await queueVersion(query)) >= LATEST_SCHEMA_VERSION ? [] : [queueMigration]
}

/** Its name among the migrations. */
export const queueMigration = `${queueSchema}-${String(LATEST_SCHEMA_VERSION).padStart(3, '0')}`

async function queueVersion(query: Query): Promise<number> {
  const [table] = await query(
    `SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = 'migration'`,
    [queueSchema],
  )
  if (!table) return 0
  const [row] = await query<{ version: number }>(
    `SELECT coalesce(max(version), 0)::int AS version FROM ${queueSchema}.migration`,
  )
  return row?.version ?? 0
}
