// What may the gateway's role do in the database? What the table of grants says; one that may more does not start.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Config, ConfigFaults } from '../../gateway/config.ts'
import { openHouse } from '../../gateway/open.ts'
import { grants, readPrivileges, roleFaults } from '../../gateway/role.ts'
import { openStore, type Store } from '../../gateway/store.ts'
import { ask } from '../commands/sluis.ts'
import { asOwner, testPlace } from '../support/database.ts'
import { removeTree } from '../support/directory.ts'
import { testPki } from '../support/pki.ts'

interface Both {
  readonly owner: Store
  readonly gateway: Store
  readonly url: string
  readonly ownerUrl: string
}

async function both(t: TestContext): Promise<Both & AsyncDisposable> {
  const place = await testPlace(t, 'postgres')
  assert.ok(place.url && place.owner)
  const owner = await openStore(asOwner(place))
  const gateway = await openStore(place)
  return {
    owner,
    gateway,
    url: place.url,
    ownerUrl: place.owner,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await owner[Symbol.asyncDispose]()
    },
  }
}

/** A role of this test's own, with whatever `made` and `given` say; it goes with the test. */
async function another(
  { owner, ownerUrl }: Both,
  made: string,
  ...given: readonly string[]
): Promise<{ readonly url: string; readonly role: string } & AsyncDisposable> {
  const baas = new URL(ownerUrl).username
  const role = `proef_${randomBytes(6).toString('hex')}`
  await owner.query(`CREATE ROLE ${role} LOGIN ${made} PASSWORD '${new URL(ownerUrl).password}'`)
  for (const statement of given)
    await owner.query(statement.replaceAll('ROL', role).replaceAll('BAAS', baas))
  const url = new URL(ownerUrl)
  url.username = role
  return {
    url: url.href,
    role,
    async [Symbol.asyncDispose]() {
      await owner.query(`REASSIGN OWNED BY ${role} TO CURRENT_USER`)
      await owner.query(`DROP OWNED BY ${role}`)
      await owner.query(`DROP ROLE ${role}`)
    },
  }
}

async function faultsOf(url: string): Promise<readonly string[]> {
  await using store = await openStore({ url, dir: '' })
  return await roleFaults(store.query)
}

test('every table has a decision, and the role has exactly what it says', async t => {
  await using place = await both(t)
  const tables = await place.owner.query<{ tabel: string }>(
    `SELECT nspname || '.' || relname AS tabel FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
     WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND nspname !~ '^(pg_|information_schema$)' ORDER BY 1`,
  )
  assert.deepEqual(
    tables.map(({ tabel }) => tabel),
    Object.keys(grants).sort(),
    'a table without a line in gateway/role.ts, or a line without a table',
  )
  assert.deepEqual(Object.fromEntries(await readPrivileges(place.gateway.query)), grants)
  assert.deepEqual(await roleFaults(place.gateway.query), [])
  for (const [table, privileges] of Object.entries(grants)) {
    if (table === 'audit.vernietiging') assert.deepEqual(privileges, ['SELECT'])
    else if (table.startsWith('audit.')) assert.deepEqual(privileges, ['SELECT', 'INSERT'], table)
  }
})

test('the role cannot change, remove or replace what is in the log, nor make itself able to', async t => {
  await using place = await both(t)
  const { rolname = '' } =
    (await place.owner.query<{ rolname: string }>('SELECT current_user AS rolname'))[0] ?? {}
  for (const statement of [
    'UPDATE audit.leaf SET idx = idx',
    'UPDATE audit.checkpoint SET epoch = epoch',
    'DELETE FROM audit.leaf',
    'DELETE FROM audit.persoon',
    'TRUNCATE audit.tile',
    'UPDATE audit.vernietiging SET vergeten = 1',
    "INSERT INTO audit.vernietiging (naam, maand, beurt) VALUES ('gewoon', '2020-01', 0)",
    "SELECT audit.voorbij('2020-01')",
    'INSERT INTO audit.leaf SELECT * FROM audit.leaf ON CONFLICT (log, idx) DO UPDATE SET idx = 1',
    'ALTER TABLE audit.leaf ADD COLUMN x int',
    'DROP TABLE audit.leaf',
    'DROP SCHEMA audit CASCADE',
    'CREATE TRIGGER weg BEFORE INSERT ON audit.leaf EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    'CREATE RULE weg AS ON INSERT TO audit.leaf DO INSTEAD NOTHING',
    'CREATE TABLE audit.mijn (n int)',
    'CREATE TABLE public.mijn (n int)',
    'CREATE SCHEMA mijn',
    'UPDATE policy.policy_set SET digest = digest',
    'DELETE FROM policy.policy_set',
    'UPDATE policy.case_fact SET open = true',
    'UPDATE public.migratie SET sha256 = name',
    "INSERT INTO public.migratie (name, sha256) VALUES ('x', 'x')",
    `SET ROLE ${rolname}`,
    'ALTER ROLE CURRENT_USER SUPERUSER',
    "COPY audit.leaf TO PROGRAM 'true'",
    "SELECT pg_read_file('postgresql.conf')",
    "SET session_replication_role = 'replica'",
  ]) {
    await assert.rejects(
      place.gateway.query(statement),
      /permission denied|must be (owner|superuser)/,
      statement,
    )
  }
})

test('db migrate gives a fresh role what it needs, takes away what was more, and leaves others nothing', async t => {
  await using place = await both(t)
  await using fresh = await another(place, '', 'GRANT UPDATE, TRUNCATE ON audit.leaf TO ROL')
  await using stranger = await another(place, '')
  assert.ok((await faultsOf(fresh.url)).some(fault => fault.startsWith('heeft UPDATE, TRUNCATE')))
  const env = { DATABASE_MIGRATE_URL: place.ownerUrl, DATABASE_URL: fresh.url }
  assert.equal((await ask(['db', 'migrate'], { env })).code, 0)
  assert.deepEqual(await faultsOf(fresh.url), [])
  await using mine = await openStore({ url: fresh.url, dir: '' })
  await assert.rejects(mine.query('CREATE TEMPORARY TABLE mijn (n int)'), /permission denied/)
  await using other = await openStore({ url: stranger.url, dir: '' })
  for (const table of Object.keys(grants)) {
    await assert.rejects(other.query(`SELECT 1 FROM ${table}`), /permission denied/, table)
  }
  const missing = new URL(fresh.url)
  missing.username = 'niemand'
  const { code, err } = await ask(['db', 'migrate'], {
    env: { ...env, DATABASE_URL: missing.href },
  })
  assert.equal(code, 3)
  assert.match(err, /bestaat niet/)
  assert.ok(!err.includes(new URL(fresh.url).password))
})

test('each way to be more, or less, than the gateway needs is told', async t => {
  await using place = await both(t)
  const table: readonly (readonly [string, string, RegExp])[] = [
    ['SUPERUSER', '', /^is of kan een superuser worden$/],
    ['BYPASSRLS', '', /^heeft BYPASSRLS$/],
    ['CREATEROLE', '', /^mag rollen maken/],
    ['CREATEDB', '', /^mag databases maken/],
    ['REPLICATION', '', /^mag repliceren/],
    ['NOINHERIT', 'GRANT BAAS TO ROL', /^is of kan een superuser worden$/],
    ['', 'GRANT pg_write_all_data TO ROL', /^is lid van pg_write_all_data$/],
    ['', 'GRANT pg_execute_server_program TO ROL', /^is lid van pg_execute_server_program$/],
    ['', 'ALTER TABLE audit.leaf OWNER TO ROL', /eigenaar/],
    ['', 'ALTER SCHEMA audit OWNER TO ROL', /eigenaar/],
    ['', 'GRANT CREATE ON SCHEMA audit TO ROL', /^mag tabellen maken/],
    ['', 'GRANT UPDATE (uitkomst) ON audit.leaf TO ROL', /^heeft UPDATE op audit.leaf/],
    ['', 'GRANT TRUNCATE ON audit.leaf TO PUBLIC', /^heeft TRUNCATE op audit.leaf/],
    ['', 'ALTER FUNCTION audit.vergeet(text, text) OWNER TO ROL', /eigenaar/],
    ['', 'GRANT EXECUTE ON FUNCTION audit.voorbij(text) TO ROL', /^heeft EXECUTE op audit.voorbij/],
    ['', '', /^mist EXECUTE op audit.vergeet/],
    ['', '', /^mist SELECT, INSERT op audit.leaf/],
  ]
  for (const [made, given, expected] of table) {
    await place.owner.query('BEGIN; REVOKE ALL ON audit.leaf FROM PUBLIC; COMMIT')
    await using one = await another(place, made, ...(given ? [given] : []))
    const faults = await faultsOf(one.url)
    assert.ok(
      faults.some(fault => expected.test(fault)),
      `${made} ${given}: ${faults}`,
    )
    assert.ok(!faults.join().includes(one.role), 'no value is told')
  }
})

test('in productie a gateway with too strong a role, or an old schema, does not start; in test it warns', async t => {
  await using place = await both(t)
  const pki = await testPki()
  const dir = mkdtempSync(join(tmpdir(), 'sluis-rol-'))
  t.after(() => removeTree(dir))
  const open = (profile: Config['profile'], databaseUrl: string) =>
    openHouse(
      {
        profile,
        databaseUrl,
        oin: '00000099000000010000',
        dataDir: dir,
        keysDir: dir,
        bind: '127.0.0.1',
        ports: { exchange: 0, public: 0, console: 0, ops: 0 },
        policyDir: dir,
        sourcesFile: dir,
        tls: { cert: '', key: '', trustDir: join(pki, 'trust'), policies: [] },
        logLevel: 'silent',
      },
      new Map(),
    )
  const owner =
    /^ConfigFaults: de instellingen kloppen niet:\n- DATABASE_URL: de rol is of kan een superuser worden$/
  const goesOn = (error: unknown) => !(error instanceof ConfigFaults)
  await assert.rejects(open('productie', place.ownerUrl), owner)
  await assert.rejects(open('test', place.ownerUrl), goesOn, 'it goes on')
  await assert.rejects(open('productie', place.url), goesOn, 'it goes on')
  await place.owner.query("DELETE FROM public.migratie WHERE name = 'policy-001.sql'")
  await assert.rejects(open('test', place.url), /draai sluis db migrate/)
})
