// Who sets the brake, and who releases it? One person; two registered ones, each with a key of their own.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openAudit } from '../../gateway/audit/commit.ts'
import type { BrakeRoom } from '../../gateway/brake.ts'
import { pending, readStanding, releaseBrake } from '../../gateway/brake.ts'
import { statementOf, whoHolds } from '../../gateway/brake-statement.ts'
import { signJws } from '../../gateway/message/jws.ts'
import { keepBrake, loadBrake } from '../../gateway/policy/brake-state.ts'
import { guard } from '../../gateway/schema.ts'
import { openStore } from '../../gateway/store.ts'
import { asOwner, type Kind, kinds, testStore } from '../support/database.ts'
import { type HeldGateway, heldGateway } from '../support/held.ts'
import { alarms, leavesAfter, metric, transactionOf, until } from '../support/log.ts'
import { ask, type Said } from './sluis.ts'

const waterstad = 'gemeente-waterstad'
const recordFaults = guard('logregel')
const uwv = 'partij:00000099000000004000'

interface Braking {
  readonly gateway: HeldGateway
  readonly env: NodeJS.ProcessEnv
  run(...args: string[]): Promise<Said>
  /** `brake off` by the holder of this development key. */
  off(person: string, ...bereik: string[]): Promise<Said>
  show(): Promise<{ bereiken: Record<string, string>[]; wacht: Record<string, unknown>[] }>
  /** The same later: the clock of the command alone. */
  at(ms: number): Braking
}

async function braking(t: TestContext, kind: Kind = 'postgres'): Promise<Braking> {
  const gateway = await heldGateway(t, kind)
  const { dataDir, place, pkiDir } = gateway
  const env = { SLUIS_DATA_DIR: dataDir, ...(place.url && { DATABASE_URL: place.url }) }
  const at = (ms: number): Braking => {
    const run = (...args: string[]) =>
      ask(['brake', ...args], { env, clock: () => Date.now() + ms })
    return {
      gateway,
      env,
      run,
      off: (person, ...bereik) =>
        run('off', ...bereik, '--sleutel', join(pkiDir, 'goedkeurders', `${person}.jwk`)),
      async show() {
        const { code, out, err } = await run('show', '--json')
        assert.deepEqual([code, err], [0, ''])
        return JSON.parse(out)
      },
      at,
    }
  }
  return at(0)
}

function yes({ code, err }: Said): void {
  assert.equal(code, 0, err)
}

function no({ code, err }: Said, why: RegExp): void {
  assert.equal(code, 1, err)
  assert.match(err, why)
}

for (const kind of kinds) {
  test(`${kind}: one person sets the brake beside a running gateway, two release it, and both logs say so`, async t => {
    const b = await braking(t, kind)
    await using store = await openStore(asOwner(b.gateway.place))
    const { ops } = b.gateway.serving.addresses
    assert.equal((await b.gateway.query(waterstad)).status, 200)
    yes(await b.run('on', uwv, 'veld:loonSv', '--reden', 'datalek', '--door', 'u-0815'))
    const refused = await b.gateway.query(waterstad)
    assert.equal(refused.status, 403)
    assert.deepEqual(
      refused.body.redenen.map(({ code }) => code),
      ['NOODREM'],
    )
    assert.match(refused.body.detail, /De noodrem staat aan voor een organisatie/)
    await until('the process tells', async () => (await metric(ops, 'sluis_noodrem')) === 2)
    assert.equal(await alarms(ops, 'noodrem'), 1)
    const ready = await fetch(`${ops}/readyz`)
    const body = (await ready.json()) as { noodrem: string[] }
    assert.deepEqual([ready.status, body.noodrem], [200, [uwv, 'veld:loonSv']])

    const { bereiken, wacht } = await b.show()
    assert.deepEqual(
      bereiken.map(({ bereik, reden }) => [bereik, reden]),
      [
        [uwv, 'datalek'],
        ['veld:loonSv', 'datalek'],
      ],
    )
    assert.deepEqual(wacht, [])

    const first = await b.off('g-beheer-1', uwv)
    yes(first)
    assert.match(first.out, /een tweede persoon moet/)
    assert.equal((await b.gateway.query(waterstad)).status, 403, 'one person is not enough')
    assert.deepEqual(
      (await b.show()).wacht.map(({ bereik, goedkeurder }) => [bereik, goedkeurder]),
      [[[uwv], 'g-beheer-1']],
    )
    yes(await b.off('g-beheer-2', uwv))
    await until('answers flow', async () => (await b.gateway.query(waterstad)).status === 200)
    assert.deepEqual(
      (await b.show()).bereiken.map(({ bereik }) => bereik),
      ['veld:loonSv'],
    )
    yes(await b.off('g-beheer-2', 'veld:loonSv'))
    yes(await b.off('g-beheer-1', 'veld:loonSv'))
    assert.deepEqual((await b.show()).bereiken, [])
    await until('the process tells', async () => (await metric(ops, 'sluis_noodrem')) === 0)
    assert.equal(await alarms(ops, 'noodrem-vrijgegeven'), 1)

    for (const log of ['gewoon', 'vertrouwelijk']) {
      const changes = (await leavesAfter(store, -1, log)).filter(
        ({ soort, epoch }) => soort.startsWith('noodrem') && epoch,
      )
      assert.deepEqual(
        changes.map(({ soort, uitkomst, noodrem }) => [soort, uitkomst, noodrem]),
        [
          ['noodrem', 'gezet', [uwv, 'veld:loonSv']],
          ['noodrem-vrijgave', 'vrijgegeven', ['veld:loonSv']],
          ['noodrem-vrijgave', 'vrijgegeven', []],
        ],
        log,
      )
      assert.equal(changes[0]?.redenen?.[0]?.code, 'datalek')
      assert.equal(changes[1]?.verklaringen?.length, 2)
      assert.equal(changes[2]?.epoch, changes[2]?.beleid?.digest)
      assert.ok(!JSON.stringify(changes).includes('u-0815'), 'who did it is sealed')
    }
    for (const leaf of await leavesAfter(store, -1)) {
      const { log: _log, idx: _idx, ...record } = leaf
      assert.deepEqual(recordFaults(record), [], record.soort)
    }
    const verdict = await ask(['log', 'verify', '--json'], { env: b.env })
    assert.equal(verdict.code, 0, verdict.out)
  })
}

test('who may release the brake', async t => {
  const b = await braking(t)
  await using store = await openStore(asOwner(b.gateway.place))
  /** On for this alone. */
  const only = async (bereik: string) => {
    for (const one of (await b.show()).bereiken) {
      await b.off('g-beheer-1', one.bereik ?? '')
      await b.off('g-beheer-2', one.bereik ?? '')
    }
    assert.deepEqual((await b.show()).bereiken, [])
    yes(await b.run('on', bereik, '--reden', 'oefening'))
  }

  await t.test(
    'the same person twice does not release the brake, and that is recorded',
    async () => {
      await only('alles')
      yes(await b.off('g-beheer-1', 'alles'))
      no(await b.off('g-beheer-1', 'alles'), /dezelfde persoon/)
      assert.equal((await b.show()).bereiken.length, 1)
      const [refusal] = (await leavesAfter(store, -1)).filter(
        ({ soort, uitkomst }) => soort === 'noodrem-vrijgave' && uitkomst === 'geweigerd',
      )
      assert.deepEqual(refusal?.redenen, [{ code: 'zelfde-persoon' }])
      assert.deepEqual(refusal?.noodrem, ['alles'])
      yes(await b.off('g-beheer-2', 'alles'))
      assert.equal((await b.show()).bereiken.length, 0)
    },
  )

  await t.test('a brake that changed between the two statements stays on', async () => {
    await only('alles')
    yes(await b.off('g-beheer-1', 'alles'))
    yes(await b.run('on', 'bron:uwv', '--reden', 'datalek'))
    no(await b.off('g-beheer-2', 'alles'), /gewijzigd na de eerste/)
    assert.equal((await b.show()).bereiken.length, 2)
    yes(await b.off('g-beheer-1', 'alles'))
    assert.deepEqual(
      (await b.show()).bereiken.map(({ bereik }) => bereik),
      ['bron:uwv'],
    )
  })

  await t.test(
    'a released brake that is set again is not released by the statements of before',
    async () => {
      await only('alles')
      yes(await b.off('g-beheer-1', 'alles'))
      yes(await b.off('g-beheer-2', 'alles'))
      yes(await b.run('on', 'alles', '--reden', 'datalek'))
      yes(await b.off('g-beheer-2', 'alles'))
      assert.equal((await b.show()).bereiken.length, 1)
    },
  )

  await t.test(
    'a key of nobody, of an approver of another function, or readable for others releases nothing',
    async () => {
      await only('alles')
      no(await b.off('g-waterstad-1', 'alles'), /niet van een beheerder/)
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const file = join(b.gateway.dataDir, 'vreemd.jwk')
      const jwk = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256' }
      writeFileSync(file, JSON.stringify(jwk), { mode: 0o600 })
      no(await b.run('off', 'alles', '--sleutel', file), /niet van een beheerder/)
      chmodSync(file, 0o644)
      const open = await b.run('off', 'alles', '--sleutel', file)
      assert.deepEqual([open.code, /chmod 600/.test(open.err)], [2, true])
      writeFileSync(file, '{}')
      chmodSync(file, 0o600)
      assert.equal((await b.run('off', 'alles', '--sleutel', file)).code, 2)
      assert.equal((await b.show()).bereiken.length, 1)
      assert.deepEqual((await b.show()).wacht, [])
    },
  )

  await t.test(
    'a scope that is no scope, that the law does not know, or that is not on is told at once',
    async () => {
      await only('veld:loonSv')
      for (const word of ['uwv', 'partij:123', 'alles:x', 'veld:*']) {
        assert.equal((await b.run('on', word, '--reden', 'x')).code, 2, word)
      }
      assert.equal((await b.run('on', '--reden', 'x')).code, 2)
      assert.equal((await b.run('on', 'alles')).code, 2)
      assert.equal((await b.run('on', 'alles', '--reden', 'Jan de Boer')).code, 2)
      for (const word of [
        'partij:00000099000000099000',
        'uitwisseling:uwv',
        'veld:loonSW',
        'bron:x',
        'doel:x',
      ]) {
        no(await b.run('on', word, '--reden', 'x'), /dit kent het beleid niet/)
      }
      no(await b.off('g-beheer-1', 'alles'), /staat niet aan/)
      yes(await b.run('on', 'bron:uwv', '--reden', 'x'))
      no(await b.off('g-beheer-1', 'bron:uwv', 'alles'), /staat niet aan voor alles/)
      const again = await b.run('on', 'bron:uwv', '--reden', 'y')
      assert.deepEqual([again.code, /stond hiervoor al aan/.test(again.out)], [0, true])
      assert.deepEqual(
        (await b.show()).bereiken.map(({ reden }) => reden),
        ['x', 'oefening'],
      )
    },
  )

  await t.test(
    'who was registered for another function, is over, not begun, or of a party that is not active releases nothing',
    () => {
      const law = b.gateway.serving.house.rooms.policies.current()
      const operator = law.partijen.get('00000099000000010000')
      const [person] = operator?.goedkeurders ?? []
      assert.ok(operator && person)
      const holds = (party: object, approver: object) => {
        const goedkeurders = [{ ...person, ...approver }]
        const partijen = new Map(law.partijen)
        partijen.set(operator.oin, { ...operator, ...party, goedkeurders })
        const standing = { law: { ...law, partijen }, state: { bereiken: [] } }
        return () => whoHolds(person.jwk, standing, Date.now())
      }
      assert.equal(holds({}, {})().id, person.id)
      assert.throws(holds({}, { functie: 'teamleider' }), /niet van een beheerder/)
      assert.throws(holds({}, { geldigTot: '2026-01-01' }), /niet van een beheerder/)
      assert.throws(holds({}, { geldigVan: '2099-01-01' }), /niet van een beheerder/)
      assert.throws(holds({ status: 'geschorst' }, {}), /niet van een beheerder/)
      assert.throws(holds({ soort: 'college' }, {}), /niet van een beheerder/)
    },
  )

  await t.test(
    'a statement counts only as it was meant: by its own key, about this state, for fifteen minutes',
    async () => {
      await only('alles')
      const { dataDir, pkiDir } = b.gateway
      const keysDir = join(dataDir, 'keys')
      await using audit = await openAudit({ store, keysDir, stateDir: dataDir, clock: Date.now })
      const room: BrakeRoom = { audit, store, profile: 'test' }
      const at = await readStanding(room)
      const person = (id: string) => ({
        id,
        jwk: JSON.parse(readFileSync(join(pkiDir, 'goedkeurders', `${id}.jwk`), 'utf8')),
      })
      const good = statementOf(['alles'], at, 'g-beheer-1', Date.now())
      const { iat } = good
      const bent: Record<string, object> = {
        'another act': { ...good, handeling: 'goedkeuring' },
        'another person': { ...good, goedkeurder: 'g-beheer-2' },
        'another state': { ...good, noodrem: 'f'.repeat(32) },
        'no scope': { ...good, bereik: [] },
        'too long': { ...good, exp: iat + 901 },
        'no end': { ...good, exp: undefined },
        'ends before it begins': { ...good, exp: iat },
        'from the future': { ...good, iat: iat + 120, exp: iat + 600 },
        expired: { ...good, iat: iat - 800, exp: iat - 1 },
        'a list': [],
      }
      for (const [name, statement] of Object.entries(bent)) {
        const verklaring = signJws(statement, person('g-beheer-1'))
        await assert.rejects(releaseBrake(room, verklaring), { name: 'BrakeRefused' }, name)
      }
      const other = signJws(good, { ...person('g-beheer-2'), id: 'g-beheer-1' })
      await assert.rejects(releaseBrake(room, other), /handtekening klopt niet/)
      const whole = signJws(good, person('g-beheer-1'))
      await assert.rejects(releaseBrake(room, `${whole.slice(0, -4)}AAAA`), /handtekening/)
      assert.deepEqual(await pending(room, await readStanding(room)), [])
      assert.equal((await releaseBrake(room, whole)).uitkomst, 'voorgesteld')
      await assert.rejects(releaseBrake(room, whole), /dezelfde persoon/)
    },
  )

  await t.test(
    'a proposal that only stands in the database, and that nobody signed, counts for nothing',
    async () => {
      await only('alles')
      yes(await b.off('g-beheer-1', 'alles'))
      await store.query(
        `UPDATE audit.leaf SET tekst = regexp_replace(tekst, '("verklaringen":\\["[^.]+\\.)[^.]', '\\1B')
       WHERE soort = 'noodrem-vrijgave'`,
      )
      no(await b.off('g-beheer-2', 'alles'), /telt niet meer/)
      assert.equal((await b.show()).bereiken.length, 1)
    },
  )
})

test('a first statement that expired releases nothing; the second person then is the first', async t => {
  const b = await braking(t)
  yes(await b.run('on', 'alles', '--reden', 'oefening'))
  yes(await b.off('g-beheer-1', 'alles'))
  const later = b.at(15 * 60_000 + 1_000)
  assert.deepEqual((await later.show()).wacht, [])
  no(await later.off('g-beheer-2', 'alles'), /verlopen.*geldt nu als de eerste/)
  assert.equal((await later.show()).bereiken.length, 1)
  yes(await later.off('g-beheer-1', 'alles'))
  assert.equal((await later.show()).bereiken.length, 0)
})

test('a state of the brake that this program does not understand is not read', async t => {
  const store = await testStore(t, 'postgres')
  const known = await keepBrake(store, [{ bereik: 'alles', reden: 'x', sinds: 1 }], 1)
  assert.deepEqual(await loadBrake(store, `sha256:a+rem:${known.id}`), known)
  const later = await keepBrake(store, [{ bereik: 'land:be', reden: 'x', sinds: 1 }], 1)
  await assert.rejects(loadBrake(store, `sha256:a+rem:${later.id}`), /niet kent/)
  await assert.rejects(loadBrake(store, 'sha256:a+rem:00'), /niet bewaard/)
  assert.deepEqual(await loadBrake(store, 'sha256:a'), { bereiken: [] })
})

test('what is braked for a confidential party only the confidential log names, and no metric counts', async t => {
  const b = await braking(t)
  await using store = await openStore(asOwner(b.gateway.place))
  const fiod = 'partij:00000099000000008000'
  yes(await b.run('on', fiod, 'bron:svb', '--reden', 'oefening'))
  const { ops } = b.gateway.serving.addresses
  await until('the process tells', async () => (await metric(ops, 'sluis_noodrem')) === 1)
  assert.ok(!(await (await fetch(`${ops}/readyz`)).text()).includes('00000099000000008000'))
  yes(await b.off('g-beheer-1', fiod))
  yes(await b.off('g-beheer-2', fiod))
  const text = async (log: string) => JSON.stringify(await leavesAfter(store, -1, log))
  assert.ok(!(await text('gewoon')).includes('00000099000000008000'))
  assert.ok(!(await text('gewoon')).includes('verklaringen'), 'what was signed names it too')
  const secret = (await leavesAfter(store, -1, 'vertrouwelijk')).filter(({ soort }) =>
    soort.startsWith('noodrem'),
  )
  assert.deepEqual(
    secret.map(({ uitkomst, noodrem }) => [uitkomst, noodrem]),
    [
      ['gezet', ['bron:svb', fiod]],
      ['voorgesteld', [fiod]],
      ['voorgesteld', [fiod]],
      ['vrijgegeven', ['bron:svb']],
    ],
  )
  assert.equal(transactionOf(await b.gateway.query(waterstad)).length, 36)
})
