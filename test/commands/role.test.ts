import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { openStore } from '../../gateway/store.ts'
import { removeTree } from '../support/directory.ts'
import { startPostgres } from '../support/postgres.ts'
import { ask } from './sluis.ts'

const [first, second] = ['eerste:wachtwoord\\1', 'tweede-wachtwoord+/=']

test('db role makes a role that may only log in, gives it another password, and never sends the password', async t => {
  await using server = await startPostgres()
  const { url } = server
  const dir = mkdtempSync(join(tmpdir(), 'sluis-role-'))
  t.after(() => removeTree(dir))
  const role = 'sluis_gateway'
  const env = { DATABASE_URL: url, SLUIS_DATA_DIR: dir }
  const file = join(dir, 'pgpass')
  /** As libpq reads it: colons and backslashes of a password are escaped. */
  const write = (user: string, password: string) =>
    writeFileSync(
      file,
      `*:*:*:ander:iets-anders\n*:*:*:${user}:${password.replaceAll(/[:\\]/g, '\\$&')}\n`,
    )
  const make = (...args: string[]) => ask(['db', 'role', role, '--pgpass', file, ...args], { env })
  const enters = async (password: string) => {
    const as = new URL(url)
    as.username = role
    as.password = encodeURIComponent(password)
    await using store = await openStore({ url: as.href, dir, connections: 1 })
    return await store.query('SELECT 1 AS ja')
  }
  await using owner = await openStore({ url, dir })
  write(role, first)
  const made = await make('--json')
  assert.equal(made.code, 0, made.err)
  assert.deepEqual(JSON.parse(made.out), { rol: role, gemaakt: true })
  assert.deepEqual(await enters(first), [{ ja: 1 }])
  write(role, second)
  assert.deepEqual(JSON.parse((await make('--json')).out), { rol: role, gemaakt: false })
  await assert.rejects(enters(first), { code: '28P01' })
  assert.deepEqual(await enters(second), [{ ja: 1 }])
  const [kept] = await owner.query(
    `SELECT rolpassword, rolsuper, rolcreaterole, rolcreatedb FROM pg_authid WHERE rolname = $1`,
    [role],
  )
  assert.match(String(kept?.rolpassword), /^SCRAM-SHA-256\$4096:/)
  assert.deepEqual([kept?.rolsuper, kept?.rolcreaterole, kept?.rolcreatedb], [false, false, false])

  write(role, 'kort')
  assert.equal((await make()).code, 2, 'a password of four characters')
  write('iemand', first)
  assert.equal((await make()).code, 2, 'no password of this role')
  write(role, first)
  const { username } = new URL(url)
  write(username, first)
  const self = await ask(['db', 'role', username, '--pgpass', file], { env })
  assert.deepEqual([self.code, /eigenaar/.test(self.err)], [2, true])
  for (const name of ['Rol', 'rol; DROP', 'rol"', '']) {
    assert.equal((await ask(['db', 'role', name, '--pgpass', file], { env })).code, 2, name)
  }
  assert.equal((await ask(['db', 'role', role], { env })).code, 2, 'without a file')
  const alone = await ask(['db', 'role', username, '--pgpass', file], {
    env: { SLUIS_DATA_DIR: dir },
  })
  assert.deepEqual([alone.code, /ingebouwde database/.test(alone.err)], [3, true])
})
