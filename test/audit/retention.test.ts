// After a month's key was destroyed, is there anybody who can still be found in what was kept, or in an older copy?
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createSecretKey, hkdfSync } from 'node:crypto'
import {
  cpSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { readVkey } from '../../gateway/audit/checkpoint.ts'
import { indexValues, unsealMember } from '../../gateway/audit/find.ts'
import { hmac, hmacKey } from '../../gateway/audit/hmac.ts'
import { openKeys, waitingSealer } from '../../gateway/audit/keys.ts'
import type { LogRecord } from '../../gateway/audit/log-record.ts'
import { recordOfficer } from '../../gateway/audit/record-officer.ts'
import { indexOf, pseudonymIn, unseal } from '../../gateway/audit/seal.ts'
import { verifyLog } from '../../gateway/audit/verify.ts'
import { newCall } from '../../gateway/call.ts'
import { expireRequests } from '../../gateway/delivery/requests.ts'
import { openStore, type Store } from '../../gateway/store.ts'
import { ask } from '../commands/sluis.ts'
import { asOwner, kinds } from '../support/database.ts'
import { findPlanted } from '../support/planted.ts'
import { findPostgres } from '../support/postgres.ts'
import { type Aged, agedLog, begun, body, destroy, month, past } from './aged.ts'
import { waterstad } from './log.ts'

const officer = 'officier-geplant-83'
const words = 'motivering-geplant-84'
const planted = [body.betrokkene.waarde, body.zaak, body.medewerker.id, officer, words]

async function records(store: Store, soort: string): Promise<readonly LogRecord[]> {
  const rows = await store.query<{ tekst: string }>(
    'SELECT tekst FROM audit.leaf WHERE soort = $1 ORDER BY log, idx',
    [soort],
  )
  return rows.map(({ tekst }) => JSON.parse(tekst))
}

const destroyed = async (store: Store) =>
  (await records(store, 'sleutelvernietiging')).map(
    ({ uitkomst, handeling }) => `${uitkomst} ${handeling?.maand}`,
  )

async function indexed(store: Store, maand = month): Promise<number> {
  const [row] = await store.query<{ n: number }>(
    'SELECT count(*) AS n FROM audit.persoon WHERE maand = $1',
    [maand],
  )
  return row?.n ?? 0
}

/** What an attacker holds of that month: every text and every index value, as they were. */
interface Copy {
  readonly leaves: readonly LogRecord[]
  readonly index: ReadonlySet<string>
  readonly waiting: readonly { readonly verzoek: string; readonly tekst: string }[]
}

async function copyOf(store: Store): Promise<Copy> {
  const leaves = await store.query<{ tekst: string }>('SELECT tekst FROM audit.leaf')
  const index = await store.query<{ hmac: Buffer }>(
    'SELECT hmac FROM audit.persoon WHERE maand = $1',
    [month],
  )
  const waiting = await store.query<{ verzoek: string; tekst: string }>(
    'SELECT verzoek::text, verzegeld AS tekst FROM delivery.verzoek WHERE verzegeld IS NOT NULL',
  )
  return {
    leaves: leaves
      .map(({ tekst }): LogRecord => JSON.parse(tekst))
      .filter(({ sleutelmaand }) => sleutelmaand === month),
    index: new Set(index.map(({ hmac }) => hmac.toString('hex'))),
    waiting,
  }
}

/** Every key that a secret could be, under its own name and under that of the month. */
function keysFrom(dir: string): readonly Buffer[] {
  return readdirSync(dir).flatMap(file => {
    const name = file.replace(/\.key$/, '')
    const text = readFileSync(join(dir, file), 'utf8').trim()
    // A signing key is `PRIVATE+KEY+<name>+<hash>+<key>`; a secret is base64, which knows the plus sign too.
    const key = text.startsWith('PRIVATE') ? text.replace(/^(?:[^+]*\+){4}/, '') : text
    const secret = Buffer.from(key, 'base64').subarray(-32)
    const purposes = ['pseudoniem', 'index', 'verzegeling', 'verzoeken', 'feiten']
    const names = [name, `gewoon-${month}`, 'gewoon']
    const derived = names.flatMap(of =>
      purposes.map(purpose =>
        Buffer.from(hkdfSync('sha256', secret, '', `sluis/${of}/${purpose}`, 32)),
      ),
    )
    return [secret, ...derived]
  })
}

/** What all keys of this directory open, find or recognise in that copy, knowing whom to look for. */
function attack({ leaves, index, waiting }: Copy, keysDir: string): ReadonlySet<string> {
  const found = new Set<string>()
  const values: readonly (readonly ['betrokkene' | 'zaak' | 'medewerker', readonly string[]])[] = [
    ['betrokkene', ['bsn', body.betrokkene.waarde]],
    ['zaak', [waterstad, body.zaak]],
    ['medewerker', [waterstad, body.medewerker.id]],
  ]
  const open = (what: string, use: () => string) => {
    try {
      use()
      found.add(what)
    } catch {}
  }
  for (const bytes of keysFrom(keysDir)) {
    const keyed = hmacKey(bytes)
    const sealing = createSecretKey(bytes)
    for (const [kind, value] of values) {
      if (index.has(indexOf(keyed, kind, value))) found.add(`index ${kind}`)
    }
    for (const record of leaves) {
      const { transactie, soort, betrokkene } = record
      for (const member of ['betrokkene', 'zaak', 'medewerker', 'motivering', 'gezocht'] as const) {
        const verzegeld = record[member]?.verzegeld
        if (verzegeld)
          open(`zegel ${member}`, () => unseal(sealing, [transactie, soort, member], verzegeld))
      }
      const name = pseudonymIn(keyed, [transactie, 'bsn', body.betrokkene.waarde])
      if (betrokkene?.pseudoniem === name) found.add('pseudoniem')
      const plain = hmac(keyed, body.betrokkene.waarde, 'base64url')
      if (betrokkene?.pseudoniem === plain) found.add('pseudoniem')
    }
    for (const { verzoek, tekst } of waiting) {
      for (const text of [tekst, tekst.slice(7)])
        open('wachtend', () => unseal(sealing, [verzoek, 'verzoek', 'verzoek'], text))
    }
  }
  return found
}

/** Everything on disk of this database: its files, what was written ahead of them, and a dump of it. */
async function bytesOf({ place, store }: Aged, since: string): Promise<readonly Buffer[]> {
  if (!place.owner) return filesUnder(join(place.dir, 'db'))
  await using owner = await openStore(asOwner(place))
  await owner.query('CHECKPOINT')
  const [at] = await owner.query<{ map: string; oid: string; eerste: string; laatste: string }>(
    `SELECT current_setting('data_directory') AS map,
       (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS oid,
       pg_walfile_name($1::pg_lsn) AS eerste, pg_walfile_name(pg_current_wal_lsn()) AS laatste`,
    [since],
  )
  assert.ok(at && store)
  const wal = readdirSync(join(at.map, 'pg_wal'))
    .filter(name => name >= at.eerste && name <= at.laatste)
    .map(name => readFileSync(join(at.map, 'pg_wal', name)))
  assert.ok(wal.length > 0)
  const PATH = [findPostgres(), process.env.PATH].join(delimiter)
  const dump = execFileSync('pg_dump', [place.owner], { maxBuffer: 1e9, env: { PATH } })
  return [...filesUnder(join(at.map, 'base', at.oid)), ...wal, dump]
}

function filesUnder(dir: string): Buffer[] {
  return readdirSync(dir, { recursive: true })
    .map(name => join(dir, String(name)))
    .filter(path => statSync(path).isFile())
    .map(path => readFileSync(path))
}

for (const kind of kinds) {
  test(`${kind}: A11: of a month whose key was destroyed nothing leads to its persons, not in the files nor in a copy made before, and everything still verifies`, async t => {
    await using aged = await agedLog(t, kind)
    const { store, audit, keysDir } = aged
    const [lsn] =
      kind === 'postgres'
        ? await store.query<{ lsn: string }>('SELECT pg_current_wal_lsn()::text AS lsn')
        : []
    const request = newCall(begun).transactie
    const sealer = waitingSealer(audit)
    const sealed = sealer.seal({ log: 'gewoon', month }, [request, 'verzoek'], JSON.stringify(body))
    await store.query(
      `INSERT INTO delivery.verzoek (verzoek, log, uitwisseling, partij, wachtrij, staat, stand, door, lease,
         aangenomen, gewijzigd, uiterlijk, pogingen, herinnerd, epoch, aflevering, lichaam, inhoud, verzegeld)
       VALUES ($1::uuid, 'gewoon', 'x', 'x', 'x', 'aanvaard', 1, 'x', 0, 0, 0, 0, 0, 0, 'x', $1::uuid, 'x', 'x', $2)`,
      [request, sealed],
    )
    const call = newCall(begun)
    await recordOfficer(audit, call, {
      ...{ soort: 'raadpleging', log: 'gewoon', uitkomst: 'gevonden', motivering: words },
      door: { oin: waterstad, rol: 'privacy-officer', id: officer },
      gezocht: { subject: { betrokkene: body.betrokkene } },
    })
    const before = audit.head('gewoon')
    const copy = await copyOf(store)
    const all = ['index betrokkene', 'index medewerker', 'index zaak', 'pseudoniem', 'wachtend']
    const seals = ['zegel betrokkene', 'zegel medewerker', 'zegel zaak']
    const older = await bytesOf(aged, lsn?.lsn ?? '')
    assert.deepEqual([...attack(copy, keysDir)].sort(), [...all, ...seals])
    const officers = (await records(store, 'raadpleging')).map(({ sleutelmaand }) => sleutelmaand)
    assert.deepEqual(officers, ['2033-01'], 'what an officer did has a term of its own')

    aged.now = past
    assert.equal(await destroy(aged), 4, 'two months of two logs')
    assert.deepEqual([...attack(copy, keysDir)], [], 'no key that is left opens or recognises it')
    const looksFor = findPlanted(planted)
    assert.ok(
      older.some(bytes => bytes.includes('uwv-inkomsten-bijstand')),
      'they were read',
    )
    for (const bytes of older) assert.deepEqual(looksFor(bytes.toString('latin1')), [])

    assert.deepEqual(await destroyed(store), [
      ...['vernietigd 2026-01', 'vernietigd 2026-02'],
      ...['vernietigd 2026-01', 'vernietigd 2026-02'],
    ])
    assert.equal(await indexed(store), 0)
    const keys = openKeys(keysDir)
    const hmacs = indexValues(keys, { log: 'gewoon', keysDir }, [
      'betrokkene',
      ['bsn', body.betrokkene.waarde],
    ])
    const rows = await store.query<{ maand: string }>(
      'SELECT maand FROM audit.persoon WHERE hmac = ANY($1)',
      [hmacs],
    )
    assert.deepEqual(rows, [{ maand: '2033-01' }], 'a search finds the look, and no disclosure')
    const [decision] = await records(store, 'beslissing')
    assert.ok(decision)
    assert.equal(unsealMember(keys, { log: 'gewoon', keysDir }, decision, 'betrokkene'), undefined)
    assert.throws(() => sealer.open('gewoon', [request, 'verzoek'], sealed), /ontbreekt/)

    const { vkey, note } = before
    const known = readVkey(vkey)
    const judged = await verifyLog(store.query, { log: 'gewoon', known, held: [note] })
    assert.equal(judged.geldig, true, judged.reden)
    const file = join(keysDir, '..', 'antwoord.json')
    writeFileSync(file, aged.answer)
    assert.equal((await ask(['proof', 'verify', file, '--key', vkey], { env: {} })).code, 0)
    assert.deepEqual(aged.alarms, [])
    assert.equal(await destroy(aged), 0, 'nothing is left to do')
  })
}

test('a round that ends after any step is finished by the next, with one record', async t => {
  for (const step of ['beurt', 'vastgelegd', 'vernietigd', 'vergeten']) {
    await using aged = await agedLog(t, 'postgres')
    const { store, keysDir, place } = aged
    aged.now = past
    // January has no records: the second month is the one that matters.
    let passed = 0
    await assert.rejects(
      destroy(aged, at => {
        if (at === step && ++passed === 2) throw new Error('gestopt')
      }),
      /gestopt/,
    )
    const key = join(keysDir, `gewoon-${month}.key`)
    assert.equal(existsSync(key), ['beurt', 'vastgelegd'].includes(step), step)
    assert.equal((await indexed(store)) > 0, step !== 'vergeten', step)
    if (step === 'beurt') {
      assert.equal((await destroyed(store)).includes(`vernietigd ${month}`), false)
      await destroy(aged)
      assert.ok(existsSync(key), 'another may be recording it: not yet')
      await using owner = await openStore(asOwner(place))
      await owner.query('UPDATE audit.vernietiging SET beurt = 0') // a minute later
    }
    await destroy(aged)
    await destroy(aged)
    const lines = (await records(store, 'sleutelvernietiging')).filter(
      ({ handeling }) => handeling?.maand === month,
    )
    assert.equal(lines.length, 2, `${step}: once in each log`)
    assert.ok(!existsSync(key))
    assert.equal(await indexed(store), 0)
    assert.deepEqual(aged.alarms, [])
  }
})

test('of several workers one records; each machine destroys its own copy of the key', async t => {
  await using aged = await agedLog(t, 'postgres')
  aged.now = past
  const second = `${aged.keysDir}-2`
  cpSync(aged.keysDir, second, { recursive: true })
  await Promise.all([destroy(aged), destroy(aged), destroy({ ...aged, keysDir: second })])
  await destroy(aged)
  await destroy({ ...aged, keysDir: second })
  assert.equal((await destroyed(aged.store)).length, 4)
  for (const dir of [aged.keysDir, second]) {
    const months = readdirSync(dir).filter(name => name.startsWith('gewoon-2026'))
    assert.ok(!months.includes('gewoon-2026-01.key') && !months.includes(`gewoon-${month}.key`))
    assert.ok(months.includes('gewoon-2026-03.key'), 'the month of now stays')
  }
  assert.deepEqual(aged.alarms, [])
})

test('who saw a month that another recorded meanwhile records nothing, also when the turn is free again', async t => {
  await using aged = await agedLog(t, 'postgres')
  aged.now = past
  await using owner = await openStore(asOwner(aged.place))
  let seen = false
  await destroy(aged, async at => {
    if (at !== 'gezien' || seen) return
    seen = true
    await destroy(aged)
    await owner.query('UPDATE audit.vernietiging SET beurt = 0') // a minute later
  })
  assert.equal((await destroyed(aged.store)).length, 4)
})

test('what a key file held is not in its blocks any more, as far as a file system keeps its word', async t => {
  await using aged = await agedLog(t, 'postgres')
  const key = join(aged.keysDir, `gewoon-${month}.key`)
  const blocks = join(aged.keysDir, '..', 'blokken')
  linkSync(key, blocks)
  const secret = readFileSync(blocks, 'utf8').trim()
  aged.now = past
  await destroy(aged)
  assert.ok(!existsSync(key))
  assert.ok(!readFileSync(blocks, 'latin1').includes(secret.slice(0, 20)))
})

test('a month whose key is gone without a record is recorded as such, with an alarm, and forgotten', async t => {
  await using aged = await agedLog(t, 'postgres')
  const { store, keysDir } = aged
  rmSync(join(keysDir, `gewoon-${month}.key`))
  aged.now = past
  await destroy(aged)
  assert.deepEqual(aged.alarms, ['sleutel-weg-zonder-regel'])
  assert.deepEqual((await destroyed(store)).sort(), [
    `ontbrak ${month}`,
    ...['vernietigd 2026-01', 'vernietigd 2026-01', `vernietigd ${month}`],
  ])
  assert.equal(await indexed(store), 0)
})

test('no month goes before its end, by the clock of this machine nor by that of the database', async t => {
  await using aged = await agedLog(t, 'postgres')
  const { store } = aged
  aged.now = past - 1
  assert.equal(await destroy(aged), 2, 'only January')
  assert.ok((await indexed(store)) > 0)
  assert.ok(existsSync(join(aged.keysDir, `gewoon-${month}.key`)))
  // Years ahead: the database knows better.
  aged.now = Date.UTC(2200, 0, 1)
  const ahead = readdirSync(aged.keysDir).filter(name => name > 'gewoon-2030' && name < 'gewoon-3')
  await destroy(aged)
  for (const name of ahead) assert.ok(existsSync(join(aged.keysDir, name)), name)
  const [{ maand } = { maand: '' }] = await store.query<{ maand: string }>(
    `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM') AS maand`,
  )
  for (const month of [maand, '2999-01', '2026-13', '', "x'; --"]) {
    for (const name of ['beurt', 'vergeet']) {
      await assert.rejects(
        store.query(`SELECT audit.${name}('gewoon', $1)`, [month]),
        /month is not over/,
      )
    }
  }
  await assert.rejects(
    store.query(`SELECT audit.vergeet('gewoon', '2020-01')`),
    /destruction is not recorded/,
  )
})

test('a request that ended a year ago leaves no pseudonym behind; one that waits stays', async t => {
  await using aged = await agedLog(t, 'postgres')
  const { store } = aged
  const day = 86_400_000
  const row = async (
    gewijzigd: number,
    verzegeld: string | null,
    vanaf: number | null,
    antwoord: string | null = null,
  ) => {
    const { transactie } = newCall(begun)
    await store.query(
      `INSERT INTO delivery.verzoek (verzoek, log, uitwisseling, partij, wachtrij, staat, stand, door, lease, vanaf,
         aangenomen, gewijzigd, uiterlijk, pogingen, herinnerd, epoch, aflevering, lichaam, inhoud, verzegeld, antwoord)
       VALUES ($1::uuid, 'gewoon', 'x', 'x', 'x', 'x', 1, 'x', 0, $4, 0, $2, 0, 0, 0, 'x', $1::uuid, 'x', 'x', $3, $5)`,
      [transactie, gewijzigd, verzegeld, vanaf, antwoord],
    )
    await store.query(
      `INSERT INTO delivery.goedkeuring (verklaring, verzoek, goedkeurder, functie, tijd, tot)
       VALUES ($1::text, $2::uuid, 'x', 'x', 0, 0)`,
      [transactie, transactie],
    )
    return transactie
  }
  await row(begun, null, null)
  const kept = [
    await row(begun + 2 * day, null, null),
    await row(begun, 'x', null),
    await row(begun, null, begun),
    await row(begun, null, null, 'x'),
  ]
  assert.equal(await expireRequests(store, begun + 366 * day), 1)
  for (const table of ['verzoek', 'goedkeuring']) {
    const rows = await store.query<{ verzoek: string }>(
      `SELECT verzoek::text FROM delivery.${table} ORDER BY 1`,
    )
    assert.deepEqual(
      rows.map(({ verzoek }) => verzoek),
      kept.toSorted(),
    )
  }
})
