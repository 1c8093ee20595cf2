import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { migrate, openStore } from '../../gateway/store.ts'
import { asOwner, kinds, testPlace, testStore } from '../support/database.ts'
import { removeTree } from '../support/directory.ts'

function files(t: TestContext, texts: Record<string, string>): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-migrations-'))
  t.after(() => removeTree(dir))
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(dir, name), text)
  return dir
}

const three = {
  'zaal-001.sql': 'CREATE SCHEMA zaal; CREATE TABLE zaal.a (n int); INSERT INTO zaal.a VALUES (1)',
  'zaal-002.sql': 'INSERT INTO zaal.a VALUES (2)',
  'kamer-001.sql': 'CREATE SCHEMA kamer',
}
const inOrder = ['kamer-001.sql', 'zaal-001.sql', 'zaal-002.sql']

for (const kind of kinds) {
  test(`${kind}: migrations run in order and once`, async t => {
    const store = await testStore(t, kind)
    const dir = files(t, three)
    assert.deepEqual(await migrate(store, dir), inOrder)
    assert.deepEqual(await migrate(store, dir), [])
    writeFileSync(join(dir, 'kamer-002.sql'), 'CREATE TABLE kamer.b (n int)')
    assert.deepEqual(await migrate(store, dir), ['kamer-002.sql'])
    assert.deepEqual(await store.query('SELECT n FROM zaal.a ORDER BY n'), [{ n: 1 }, { n: 2 }])
  })

  test(`${kind}: processes that migrate at once each find every migration run once`, async t => {
    const place = asOwner(await testPlace(t, kind))
    const dir = files(t, three)
    await using first = await openStore(place)
    await using second = await openStore(place)
    const ran = await Promise.all([first, second, first].map(store => migrate(store, dir)))
    assert.deepEqual(ran.flat().sort(), inOrder)
  })

  test(`${kind}: a migration that changed after it ran is refused`, async t => {
    const store = await testStore(t, kind)
    const dir = files(t, three)
    await migrate(store, dir)
    writeFileSync(join(dir, 'zaal-002.sql'), 'INSERT INTO zaal.a VALUES (3)')
    await assert.rejects(migrate(store, dir), { message: 'zaal-002.sql changed after it ran here' })
    assert.deepEqual(await store.query('SELECT n FROM zaal.a ORDER BY n'), [{ n: 1 }, { n: 2 }])
  })

  test(`${kind}: a migration that fails leaves nothing and runs again`, async t => {
    const store = await testStore(t, kind)
    const broken = files(t, { 'zaal-001.sql': 'CREATE SCHEMA zaal; SELECT nonsense' })
    await assert.rejects(migrate(store, broken), /nonsense/)
    assert.deepEqual(await store.query("SELECT 1 FROM pg_namespace WHERE nspname = 'zaal'"), [])
    assert.deepEqual(await migrate(store, files(t, three)), inOrder)
  })
}

test('a file of migrations with another name is refused before any runs', async t => {
  const store = await testStore(t, 'postgres')
  const dir = files(t, { ...three, 'zaal-3.sql': '' })
  await assert.rejects(migrate(store, dir), /zaal-3\.sql/)
  assert.deepEqual(await store.query("SELECT 1 FROM pg_namespace WHERE nspname = 'zaal'"), [])
})

test('a role that may not create tables finds the migrations already run', async t => {
  const { url, dir } = asOwner(await testPlace(t, 'postgres'))
  assert.ok(url)
  const migrations = files(t, three)
  await using owner = await openStore({ url, dir })
  await migrate(owner, migrations)
  const role = `lezer_${new URL(url).pathname.slice(-8)}`
  await owner.query(`CREATE ROLE ${role} LOGIN PASSWORD 'geheim'`)
  t.after(async () => {})
  await owner.query(`GRANT SELECT ON public.migratie TO ${role}`)
  const reading = new URL(url)
  reading.username = role
  reading.password = 'geheim'
  {
    await using reader = await openStore({ url: reading.href, dir })
    assert.deepEqual(await migrate(reader, migrations), [])
    writeFileSync(join(migrations, 'zaal-003.sql'), 'CREATE TABLE zaal.c (n int)')
    await assert.rejects(migrate(reader, migrations), /permission denied/)
  }
  await owner.query(`REVOKE ALL ON public.migratie FROM ${role}`)
  await owner.query(`DROP ROLE ${role}`)
})
