// Which law decides when processes have different folders? The one activated last, in all of them.
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { openAudit } from '../../gateway/audit/commit.ts'
import { recordActivation } from '../../gateway/audit/record.ts'
import { newCall } from '../../gateway/call.ts'
import { keepPolicySet, loadKept } from '../../gateway/policy/kept.ts'
import { loadPolicies } from '../../gateway/policy/load.ts'
import { openStore, type Store } from '../../gateway/store.ts'
import { asOwner, testPlace } from '../support/database.ts'
import { removeTree } from '../support/directory.ts'
import { type HeldGateway, heldGateway } from '../support/held.ts'
import { alarms, leavesAfter, leavesOf, transactionOf, until } from '../support/log.ts'
import { fewExchanges } from '../support/prepared.ts'

const waterstad = 'gemeente-waterstad'
const shipped = fewExchanges()
const arrangement = 'uitwisselingen/uwv-inkomsten-bijstand.yaml'

/** A copy of the shipped policies in which the arrangement has this version. */
function folder(t: TestContext, versie: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-beleid-'))
  t.after(() => removeTree(dir))
  cpSync(shipped, dir, { recursive: true })
  setVersion(dir, versie)
  return dir
}

function setVersion(dir: string, versie: string): void {
  const path = join(dir, arrangement)
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^versie: .*$/m, `versie: ${versie}`))
}

interface Shared {
  readonly url: string
  readonly store: Store
  start(dir: string): Promise<HeldGateway>
}

/** Gateways on one database and with the same keys, each with a policy folder of its own. */
async function sharing(t: TestContext): Promise<Shared> {
  const place = await testPlace(t, 'postgres')
  assert.ok(place.url)
  const { url } = place
  const store = await openStore(asOwner(place))
  let first: HeldGateway | undefined
  return {
    url,
    store,
    async start(dir) {
      const settings = {
        SLUIS_POLICY_DIR: dir,
        ...(first && { SLUIS_KEYS_DIR: join(first.dataDir, 'keys') }),
      }
      const gateway = await heldGateway(t, 'postgres', { url, settings })
      first ??= gateway
      return gateway
    },
  }
}

async function activations(store: Store, log = 'gewoon') {
  return (await leavesAfter(store, -1, log)).filter(({ soort }) => soort === 'beleidsactivering')
}

const lawOf = (gateway: HeldGateway) => gateway.serving.house.rooms.policies.current().digest

/** As anyone reads it. */
async function registered({ serving }: HeldGateway): Promise<string | undefined> {
  const address = `${serving.addresses.public}/register/uitwisselingen/uwv-inkomsten-bijstand`
  const text = await (await fetch(address, { headers: { Accept: 'application/json' } })).text()
  return /"versie":"([^"]+)"/.exec(text)?.[1]
}

interface Ready {
  readonly onderdelen: Readonly<Record<string, boolean>>
  readonly instantie: Readonly<Record<string, string>>
}

async function ready(gateway: HeldGateway): Promise<Ready & { readonly status: number }> {
  const answer = await fetch(`${gateway.serving.addresses.ops}/readyz`)
  const body = (await answer.json()) as Ready
  return { status: answer.status, ...body }
}

suite('one law in many processes', { concurrency: 3 }, () => {
  test('S5: two processes with different folders decide by the set activated last, show its digest and raise an alarm', async t => {
    const shared = await sharing(t)
    await using store = shared.store
    const older = await shared.start(folder(t, '1.0.0'))
    const first = lawOf(older)
    const newer = await shared.start(folder(t, '1.0.1'))
    const second = lawOf(newer)
    assert.notEqual(second, first)

    const answer = await older.query(waterstad)
    assert.equal(answer.status, 200, answer.text)
    const [decision] = await leavesOf(store, transactionOf(answer))
    assert.equal(decision?.beleid?.versie, '1.0.1')
    assert.equal(decision?.beleid?.digest, second)

    const { ops } = older.serving.addresses
    assert.equal(await alarms(ops, 'beleid-wijkt-af'), 1)
    assert.equal(await alarms(newer.serving.addresses.ops, 'beleid-wijkt-af'), 0)
    const { status, instantie } = await ready(older)
    assert.deepEqual([status, instantie.beleid, instantie.beleidInMap], [200, second, first])
    const metrics = await (await fetch(`${ops}/metrics`)).text()
    assert.ok(metrics.includes(`beleid="${second}",beleidInMap="${first}"`))

    for (const gateway of [older, newer, older]) {
      await gateway.serving.reload()
      await gateway.serving.house.rooms.policies.follow()
    }
    assert.deepEqual([lawOf(older), lawOf(newer)], [second, second], 'nobody goes back and forth')
    assert.equal(await alarms(ops, 'beleid-wijkt-af'), 1, 'told once')
    for (const log of ['gewoon', 'vertrouwelijk']) {
      assert.deepEqual(
        (await activations(store, log)).map(({ epoch, vorigeEpoch }) => [epoch, vorigeEpoch]),
        [
          [first, undefined],
          [second, first],
        ],
        log,
      )
    }
  })

  test('a process without calls takes over a new set by itself, and a folder that was changed since leads again', async t => {
    const shared = await sharing(t)
    await using store = shared.store
    const dir = folder(t, '1.0.0')
    const idle = await shared.start(dir)
    const newer = await shared.start(folder(t, '1.0.1'))
    await until('the idle one follows', () => lawOf(idle) === lawOf(newer))
    assert.equal(await registered(idle), '1.0.1')
    setVersion(dir, '1.0.2')
    await idle.serving.reload()
    assert.equal(await registered(idle), '1.0.2', 'the public register follows SIGHUP')
    assert.equal((await newer.query(waterstad)).status, 200)
    assert.equal(lawOf(newer), lawOf(idle))
    assert.equal((await activations(store)).length, 3)
  })

  test('L10: a restart with an older folder is an activation too, recorded by its digest, and raises an alarm', async t => {
    const shared = await sharing(t)
    await using store = shared.store
    const older = await shared.start(folder(t, '1.0.0'))
    const first = lawOf(older)
    const newer = await shared.start(folder(t, '1.0.1'))
    const second = lawOf(newer)
    assert.equal(await alarms(newer.serving.addresses.ops, 'beleid-teruggezet'), 0)
    const again = await shared.start(folder(t, '1.0.0'))
    assert.equal(await alarms(again.serving.addresses.ops, 'beleid-teruggezet'), 1)
    assert.equal(lawOf(again), first)
    assert.deepEqual(
      (await activations(store)).map(({ epoch }) => epoch),
      [first, second, first],
    )
    assert.equal((await newer.query(waterstad)).status, 200)
    assert.equal(lawOf(newer), first)
  })

  test('an activation whose process died halfway is finished by another, once', async t => {
    const shared = await sharing(t)
    await using store = shared.store
    const alive = await shared.start(folder(t, '1.0.0'))
    const first = lawOf(alive)
    const next = await loadPolicies(folder(t, '1.0.1'), 'test')
    await keepPolicySet(store, next, Date.now())
    {
      await using dying = await openAudit({
        store,
        keysDir: join(alive.dataDir, 'keys'),
        stateDir: mkdtempSync(join(tmpdir(), 'sluis-dood-')),
        clock: Date.now,
      })
      const call = newCall(Date.now())
      await recordActivation(dying, 'gewoon', { call, digest: next.digest, previous: first })
    }
    const answers = await Promise.all([alive.query(waterstad), alive.query(waterstad)])
    for (const answer of answers) assert.equal(answer.status, 200, answer.text)
    assert.equal(lawOf(alive), next.digest)
    for (const log of ['gewoon', 'vertrouwelijk']) {
      const found = (await activations(store, log)).map(({ epoch }) => epoch)
      assert.deepEqual(found, [first, next.digest], log)
    }
    assert.equal((await alive.query('fiod')).status, 403)
  })

  test('a set that only stands in the database, and that no signed record activates, is never the law', async t => {
    const shared = await sharing(t)
    await using store = shared.store
    const gateway = await shared.start(folder(t, '1.0.0'))
    const first = lawOf(gateway)
    const planted = await loadPolicies(folder(t, '9.9.9'), 'test')
    await keepPolicySet(store, planted, Date.now())
    await store.query(
      `UPDATE audit.checkpoint SET epoch = $1
       WHERE log = 'gewoon' AND grootte = (SELECT max(grootte) FROM audit.checkpoint WHERE log = 'gewoon')`,
      [planted.digest],
    )
    await assert.rejects(
      gateway.serving.house.rooms.policies.follow(),
      /geen ondertekende logregel/,
    )
    assert.equal(lawOf(gateway), first)
    const { ops } = gateway.serving.addresses
    assert.equal(await alarms(ops, 'beleid-niet-overgenomen'), 1)
    const { status, onderdelen } = await ready(gateway)
    assert.deepEqual([status, onderdelen.beleid], [503, false])
    assert.equal((await gateway.query(waterstad)).status, 503)
    assert.equal(gateway.questions(), 0)
  })

  test('a kept set loads as it was, and not when a file of it was changed', async t => {
    const place = await testPlace(t, 'postgres')
    await using store = await openStore(asOwner(place))
    const law = await loadPolicies(shipped, 'test')
    assert.equal(await keepPolicySet(store, law, 1), true)
    assert.equal(await keepPolicySet(store, law, 2), false)
    assert.deepEqual(await loadKept(store, law.digest, 'test'), law)
    await assert.rejects(loadKept(store, 'sha256:0', 'test'), /niet bewaard/)
    await store.query(
      `UPDATE policy.policy_set SET bestanden = replace(bestanden::text, '1.0.0', '1.0.9')::jsonb`,
    )
    await assert.rejects(loadKept(store, law.digest, 'test'), /niet dat van zijn digest/)
  })
})

test('S5: a folder that is being written is loaded whole, old or new, or not at all', async t => {
  const old = (await loadPolicies(folder(t, '1.0.0'), 'test')).digest
  const dir = folder(t, '1.0.1')
  const extra = join(dir, 'codelijsten/leefvorm.yaml')
  const text = readFileSync(extra, 'utf8')
  writeFileSync(extra, `# nieuw\n${text}`)
  const fresh = (await loadPolicies(dir, 'test')).digest
  const found = new Set<string>()
  // Two files change while others are read, after ever more turns of the event loop.
  for (let before = 0; before < 240; before += 8) {
    setVersion(dir, '1.0.0')
    writeFileSync(extra, text)
    const loading = loadPolicies(dir, 'test').then(
      ({ digest }) => digest,
      error => error.faults[0].message,
    )
    for (let turn = 0; turn < before; turn++) await new Promise(setImmediate)
    setVersion(dir, '1.0.1')
    writeFileSync(extra, `# nieuw\n${text}`)
    found.add(await loading)
  }
  const moved = 'de map veranderde terwijl zij werd gelezen; laad haar als zij klaar is'
  assert.ok(found.has(moved), 'a load met a folder under way')
  for (const one of found) assert.ok([old, fresh, moved].includes(one), one)
})
