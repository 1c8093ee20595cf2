// What may the gateway's role do in the database? Exactly what this table says, and nothing that could rewrite the log.
import {
  idleTables,
  migrateQueue,
  pendingQueue,
  queueSchema,
  queueTables,
} from './delivery/queue-schema.ts'
import { MIGRATION_LOCK, migrate, pendingMigrations, type Query, type Store } from './store.ts'

export type Privilege = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE'

const read: readonly Privilege[] = ['SELECT']
const append: readonly Privilege[] = ['SELECT', 'INSERT']
/** Only for what may be forgotten: never for a table of the log. */
const forget: readonly Privilege[] = ['SELECT', 'INSERT', 'DELETE']
const count: readonly Privilege[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE']

/** Every table of ours: a new one needs a line here, or a test fails. */
export const grants: Readonly<Record<string, readonly Privilege[]>> = {
  'audit.checkpoint': append,
  'audit.leaf': append,
  'audit.log': append,
  'audit.persoon': append,
  'audit.tile': append,
  // Written by the functions below alone.
  'audit.vernietiging': read,
  'console.dagtelling': count,
  'console.datalek': count,
  'console.handeling': count,
  'console.regeltelling': count,
  'console.hint': count,
  'console.hint_stand': count,
  'console.sessie': count,
  'console.stand': count,
  'console.telstand': count,
  'console.transactie': count,
  'console.zoekvraag': forget,
  'delivery.bericht': count,
  'delivery.berichtmelding': count,
  'delivery.correctie': count,
  'delivery.correctiedeel': forget,
  'delivery.goedkeuring': forget,
  'delivery.levering': count,
  'delivery.ophaalronde': count,
  'delivery.pauze': forget,
  'delivery.regel': forget,
  'delivery.verzoek': count,
  'message.handtekening': forget,
  'policy.brake_state': append,
  'policy.case_escape': forget,
  'policy.case_fact': forget,
  'policy.case_person': count,
  'policy.case_phase': count,
  'policy.opt_out': count,
  'policy.person_day': count,
  'policy.person_seen': count,
  'policy.policy_set': append,
  'policy.quota_use': count,
  'public.migratie': read,
  ...Object.fromEntries(queueTables.map(table => [table, count])),
  ...Object.fromEntries(idleTables.map(table => [table, []])),
  [`${queueSchema}.migration`]: read,
}

/** What it may ask of the owner: to forget a month that is over. Of the queue's schema it may run everything. */
export const executes: readonly string[] = ['audit.beurt(text,text)', 'audit.vergeet(text,text)']

const schemas = [...new Set(Object.keys(grants).map(table => table.split('.')[0] ?? ''))]
const ownSchemas = schemas.filter(schema => schema !== 'public')

/** Runs the migrations as the owner, and gives the role of `gatewayUrl` what it needs, when it is another. */
export async function prepareDatabase(
  owner: Store,
  gatewayUrl?: string,
): Promise<readonly string[]> {
  const ran = [...(await migrate(owner)), ...(await migrateQueue(owner))]
  if (gatewayUrl !== undefined) await grantTo(owner, roleOf(gatewayUrl))
  return ran
}

/** What `prepareDatabase` would still run; a newer program must not meet an older schema. */
export async function pendingPreparations(query: Query): Promise<readonly string[]> {
  return [...(await pendingMigrations(query)), ...(await pendingQueue(query))]
}

function roleOf(url: string): string {
  const role = URL.canParse(url) ? decodeURIComponent(new URL(url).username) : ''
  if (role === '') throw new Error('DATABASE_URL noemt geen rol')
  return role
}

async function grantTo(owner: Store, role: string): Promise<void> {
  const [known] = await owner.query<{ eigen: boolean; database: string; baas: boolean }>(
    `SELECT rolname = current_user AS eigen, quote_ident(current_database()) AS database,
       (SELECT pg_has_role(current_user, datdba, 'USAGE') FROM pg_database
        WHERE datname = current_database()) AS baas
     FROM pg_roles WHERE rolname = $1`,
    [role],
  )
  if (!known) {
    throw new Error(
      'de rol in DATABASE_URL bestaat niet: maak hem met CREATE ROLE … LOGIN PASSWORD …',
    )
  }
  if (known.eigen) return
  const to = `"${role.replaceAll('"', '""')}"`
  await owner.transaction(async query => {
    await query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
    for (const statement of [
      // What PostgreSQL gives to everybody by itself (its manual, §5.8).
      'ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC',
      ...(known.baas
        ? [
            `REVOKE TEMPORARY ON DATABASE ${known.database} FROM PUBLIC`,
            'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
          ]
        : []),
      ...ownSchemas.flatMap(schema => [
        `REVOKE ALL ON SCHEMA ${schema} FROM PUBLIC, ${to}`,
        `REVOKE ALL ON ALL TABLES IN SCHEMA ${schema} FROM PUBLIC, ${to}`,
        `REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ${schema} FROM PUBLIC, ${to}`,
        `GRANT USAGE ON SCHEMA ${schema} TO ${to}`,
      ]),
      'REVOKE ALL ON public.migratie FROM PUBLIC',
      ...Object.entries(grants)
        .filter(([, privileges]) => privileges.length > 0)
        .map(([table, privileges]) => `GRANT ${privileges.join(', ')} ON ${table} TO ${to}`),
      ...executes.map(name => `GRANT EXECUTE ON FUNCTION ${name} TO ${to}`),
      // BullMQ numbers its jobs and events, and does its work in functions.
      `GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${queueSchema} TO ${to}`,
      `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${queueSchema} TO ${to}`,
    ]) {
      await query(statement)
    }
  })
}

/** What a role can be by itself, or by taking on a role it is a member of. */
interface Powers {
  readonly rollen: readonly string[]
  readonly superuser: boolean
  readonly bypassrls: boolean
  readonly createrole: boolean
  readonly createdb: boolean
  readonly replication: boolean
  readonly eigenaar: boolean
  readonly maakt: boolean
}

const powers = `
WITH rol AS (SELECT * FROM pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER'))
SELECT coalesce(array_agg(rolname::text) FILTER (WHERE rolname LIKE 'pg\\_%'), '{}') AS rollen,
  bool_or(rolsuper) AS superuser, bool_or(rolbypassrls) AS bypassrls,
  bool_or(rolcreaterole) AS createrole, bool_or(rolcreatedb) AS createdb,
  bool_or(rolreplication) AS replication,
  EXISTS (SELECT 1 FROM pg_database WHERE datname = current_database() AND datdba IN (SELECT oid FROM rol))
    OR EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = ANY($1) AND nspowner IN (SELECT oid FROM rol))
    OR EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
               WHERE nspname || '.' || relname = ANY($2) AND relowner IN (SELECT oid FROM rol))
    OR EXISTS (SELECT 1 FROM pg_proc WHERE pronamespace::regnamespace::text = ANY($1)
               AND proowner IN (SELECT oid FROM rol)) AS eigenaar,
  EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = ANY($3)
          AND has_schema_privilege(oid, 'CREATE')) AS maakt
FROM rol`

const tooMuch: readonly (readonly [Exclude<keyof Powers, 'rollen'>, string])[] = [
  ['superuser', 'is of kan een superuser worden'],
  [
    'eigenaar',
    'is of kan eigenaar worden van de database, een schema, een tabel of een functie van Sluis',
  ],
  ['bypassrls', 'heeft BYPASSRLS'],
  ['createrole', 'mag rollen maken (CREATEROLE)'],
  ['createdb', 'mag databases maken (CREATEDB)'],
  ['replication', 'mag repliceren (REPLICATION)'],
  ['maakt', 'mag tabellen maken in een schema'],
]

const everyPrivilege = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']

/** What the role of this connection can do on each table, view and sequence of our schemas. */
export async function readPrivileges(
  query: Query,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await query<{ tabel: string; rechten: readonly string[] }>(
    `SELECT nspname || '.' || relname AS tabel, ARRAY(
       SELECT recht FROM unnest($2::text[]) WITH ORDINALITY AS r (recht, nr)
       WHERE relkind <> 'S' AND (has_table_privilege(c.oid, recht)
         OR (recht IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') AND has_any_column_privilege(c.oid, recht)))
       ORDER BY nr) AS rechten
     FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
     WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
       AND (nspname = ANY($1) OR nspname || '.' || relname = ANY($3)) ORDER BY 1`,
    [ownSchemas, everyPrivilege, Object.keys(grants)],
  )
  return new Map(rows.map(({ tabel, rechten }) => [tabel, rechten]))
}

/** Which functions of our schemas, but those of the queue, the role of this connection can run. */
async function readExecutable(query: Query): Promise<readonly string[]> {
  const rows = await query<{ functie: string }>(
    `SELECT nspname || '.' || proname || '(' || replace(oidvectortypes(proargtypes), ', ', ',') || ')' AS functie
     FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
     WHERE nspname = ANY($1) AND has_function_privilege(p.oid, 'EXECUTE') ORDER BY 1`,
    [ownSchemas.filter(schema => schema !== queueSchema)],
  )
  return rows.map(({ functie }) => functie)
}

/** Everything in which this connection's role differs from what the table above gives it, in Dutch. */
export async function roleFaults(query: Query): Promise<readonly string[]> {
  const [found] = await query<Powers>(powers, [ownSchemas, Object.keys(grants), schemas])
  if (!found) return ['is niet bekend']
  const faults = tooMuch.filter(([power]) => found[power]).map(([, text]) => text)
  // Of a superuser every other answer is yes.
  if (found.superuser) return faults.slice(0, 1)
  faults.push(...found.rollen.map(role => `is lid van ${role}`))
  const has = await readPrivileges(query)
  for (const [table, needs] of Object.entries(grants)) {
    const lacks = needs.filter(one => !has.get(table)?.includes(one))
    if (lacks.length > 0)
      faults.push(`mist ${lacks.join(', ')} op ${table}: draai sluis db migrate`)
  }
  for (const [table, privileges] of has) {
    const beyond = privileges.filter(one => !grants[table]?.some(need => need === one))
    if (beyond.length > 0) faults.push(`heeft ${beyond.join(', ')} op ${table}, dat is te veel`)
  }
  const runs = await readExecutable(query)
  for (const name of executes.filter(one => !runs.includes(one)))
    faults.push(`mist EXECUTE op ${name}: draai sluis db migrate`)
  for (const name of runs.filter(one => !executes.includes(one)))
    faults.push(`heeft EXECUTE op ${name}, dat is te veel`)
  return faults
}
