// Does doctor find what is wrong with a house, say what to do, and go on when a part cannot be judged?
import assert from 'node:assert/strict'
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  exitOf,
  type Judgement,
  judgeCertificate,
  judgeDisk,
  judgeKeyFiles,
  judgeLogin,
  judgeMigrations,
  judgeMonths,
  judgePolicy,
  judgeQueue,
  judgeRevocation,
  judgeRole,
  judgeSettings,
  judgeSkew,
  type Verdict,
} from '../../gateway/commands/judgements.ts'
import { sluis } from '../../gateway/sluis.ts'
import { openStore } from '../../gateway/store.ts'
import { asOwner, kinds } from '../support/database.ts'
import { heldGateway } from '../support/held.ts'
import { startRedis } from '../support/redis.ts'

const day = 86_400_000

const judged: readonly (readonly [string, Judgement, Verdict])[] = [
  ['settings without a fault', judgeSettings([]), 'ok'],
  ['settings with a fault', judgeSettings(['SLUIS_OIN ontbreekt']), 'fout'],
  ['no console', judgeLogin(undefined), 'ok'],
  ['a provider that can all', judgeLogin('https://x.example', []), 'ok'],
  ['a provider that lacks something', judgeLogin('https://x.example', ['x']), 'let op'],
  ['a provider that is away', judgeLogin('https://x.example'), 'fout'],
  ['keys of the owner alone', judgeKeyFiles(3, []), 'ok'],
  ['no keys', judgeKeyFiles(0, []), 'fout'],
  ['a key that others read', judgeKeyFiles(3, ['a.key']), 'fout'],
  ['keys for a year', judgeMonths(11), 'ok'],
  ['keys for two months', judgeMonths(2), 'let op'],
  ['no key for this month', judgeMonths(-1), 'fout'],
  ['a certificate for two months', judgeCertificate(0, 61 * day, day), 'ok'],
  ['a certificate for twenty days', judgeCertificate(0, 21 * day, day), 'let op'],
  ['a certificate past its end', judgeCertificate(0, day, 2 * day), 'fout'],
  ['a certificate before its begin', judgeCertificate(2 * day, 90 * day, day), 'fout'],
  ['fresh lists', judgeRevocation(true, []), 'ok'],
  ['a broken list', judgeRevocation(false, ['a.crl']), 'fout'],
  ['the right role', judgeRole([], true), 'ok'],
  ['a superuser in test', judgeRole(['is superuser'], false), 'let op'],
  ['a superuser in productie', judgeRole(['is superuser'], true), 'fout'],
  ['tables that are there', judgeMigrations([]), 'ok'],
  ['tables that lack', judgeMigrations(['policy-002.sql']), 'fout'],
  ['clocks that agree', judgeSkew(-900), 'ok'],
  ['clocks two seconds apart', judgeSkew(-2_000), 'let op'],
  ['clocks six seconds apart', judgeSkew(6_000), 'fout'],
  ['the active policy', judgePolicy('sha256:a', 'sha256:a'), 'ok'],
  ['another policy', judgePolicy('sha256:a', 'sha256:b'), 'let op'],
  ['no policy active', judgePolicy('sha256:a', ''), 'let op'],
  ['room on the disk', judgeDisk(5e9), 'ok'],
  ['little room', judgeDisk(5e8), 'let op'],
  ['no room', judgeDisk(5e7), 'fout'],
  ['a queue without work', judgeQueue({ due: 0, sinceMs: 0, dead: 0 }, 'geen'), 'ok'],
  ['work of a moment ago', judgeQueue({ due: 9, sinceMs: 900, dead: 0 }, 'goed'), 'ok'],
  ['a dead letter', judgeQueue({ due: 0, sinceMs: 0, dead: 1 }, 'goed'), 'let op'],
  ['work that nobody does', judgeQueue({ due: 1, sinceMs: 90_000, dead: 0 }, 'geen'), 'fout'],
  ['a Redis that is away', judgeQueue({ due: 0, sinceMs: 0, dead: 0 }, 'weg'), 'fout'],
  ['a Redis that forgets', judgeQueue({ due: 0, sinceMs: 0, dead: 0 }, 'verdringt'), 'fout'],
]

for (const [what, { oordeel, melding }, expected] of judged) {
  test(`doctor calls ${what}: ${expected}`, () => {
    assert.equal(oordeel, expected, melding)
  })
}

test('wrong is exit 1, else what could not be judged 3, else 0', () => {
  assert.equal(exitOf(['ok', 'let op']), 0)
  assert.equal(exitOf(['ok', 'onbekend']), 3)
  assert.equal(exitOf(['onbekend', 'fout']), 1)
})

interface Told {
  readonly code: number
  readonly of: (onderdeel: string) => string
  readonly text: string
}

async function doctor(env: NodeJS.ProcessEnv): Promise<Told> {
  let text = ''
  const io = {
    env,
    out: (part: string) => {
      text += part
    },
    err: (part: string) => assert.fail(part),
    stdin: async () => Buffer.alloc(0),
    clock: Date.now,
  }
  const code = await sluis(['doctor', '--json'], io)
  const { onderdelen } = JSON.parse(text) as { onderdelen: (Judgement & { onderdeel: string })[] }
  const of = (name: string) => onderdelen.find(({ onderdeel }) => onderdeel === name)?.oordeel ?? ''
  return { code, of, text }
}

for (const kind of kinds) {
  test(`${kind}: doctor beside a running gateway finds it well, and each thing that is broken`, async t => {
    const { place, dataDir } = await heldGateway(t, kind)
    const env = { SLUIS_DATA_DIR: dataDir, ...(place.url && { DATABASE_URL: place.url }) }
    const well = await doctor(env)
    assert.equal(well.code, 0, well.text)
    assert.equal(well.of('database'), kind === 'postgres' ? 'ok' : 'let op')
    for (const part of ['sleutelbestanden', 'maandsleutels', 'certificaat', 'beleid', 'klok']) {
      assert.equal(well.of(part), 'ok', well.text)
    }
    for (const part of ['intrekkingslijsten', 'databaserol', 'tabellen', 'log gewoon']) {
      assert.equal(well.of(part), 'ok', well.text)
    }
    assert.equal(well.of('wachtrij'), 'ok', well.text)
    const key = join(dataDir, 'keys', 'gewoon-feiten.key')
    chmodSync(key, 0o644)
    const open = await doctor(env)
    assert.deepEqual([open.code, open.of('sleutelbestanden')], [1, 'fout'], open.text)
    chmodSync(key, 0o600)

    const list = join(dataDir, 'pki', 'trust', 'kapot.crl')
    writeFileSync(list, 'geen lijst')
    assert.equal((await doctor(env)).of('intrekkingslijsten'), 'fout')
    rmSync(list)

    const cert = join(dataDir, 'pki', 'servers', 'gateway.pem')
    renameSync(cert, `${cert}.weg`)
    const without = await doctor(env)
    assert.deepEqual([without.code, without.of('certificaat')], [3, 'onbekend'], without.text)
    renameSync(`${cert}.weg`, cert)

    const bare = await doctor({ ...env, SLUIS_PROFIEL: 'test' })
    assert.deepEqual([bare.code, bare.of('instellingen')], [1, 'fout'], bare.text)
    if (kind === 'embedded') return
    assert.ok(place.owner)
    const strong = { ...env, DATABASE_URL: place.owner }
    assert.equal((await doctor(strong)).of('databaserol'), 'let op')
    assert.equal(
      (await doctor({ ...strong, SLUIS_PROFIEL: 'productie' })).of('databaserol'),
      'fout',
    )
    await using owner = await openStore(asOwner(place))
    await owner.query(
      `UPDATE audit.checkpoint SET wortel = sha256('x') WHERE log = 'vertrouwelijk'`,
    )
    const damaged = await doctor(env)
    assert.deepEqual([damaged.code, damaged.of('log vertrouwelijk')], [1, 'fout'], damaged.text)
    assert.equal(damaged.of('log gewoon'), 'ok')
  })
}

test('without its database doctor judges the rest, says what it could not judge, and exits 3', async t => {
  const { dataDir } = await heldGateway(t, 'postgres')
  const url = 'postgresql://sluis:geheim@127.0.0.1:1/x'
  const { code, of, text } = await doctor({ SLUIS_DATA_DIR: dataDir, DATABASE_URL: url })
  assert.equal(code, 3, text)
  for (const part of ['database', 'databaserol', 'tabellen', 'klok', 'log gewoon']) {
    assert.equal(of(part), 'onbekend', part)
  }
  for (const part of ['sleutelbestanden', 'certificaat', 'intrekkingslijsten', 'schijf']) {
    assert.equal(of(part), 'ok', part)
  }
  assert.ok(!text.includes('geheim'))
})

test('doctor asks Redis whether it may drive out keys, and says when it is away', async t => {
  const { place, dataDir } = await heldGateway(t, 'postgres')
  const env = { SLUIS_DATA_DIR: dataDir, ...(place.url && { DATABASE_URL: place.url }) }
  const redis = await startRedis(t)
  const at = async () => (await doctor({ ...env, REDIS_URL: redis.url })).of('wachtrij')
  await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
  assert.equal(await at(), 'ok')
  await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
  assert.equal(await at(), 'fout')
  await redis.stop()
  assert.equal(await at(), 'fout')
})
