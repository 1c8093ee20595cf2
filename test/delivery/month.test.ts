// Do 44 municipalities get their difference of a month, and nobody anything else? Compared with sets that are made from the raw draw.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execPath } from 'node:process'
import { type TestContext, test } from 'node:test'
import {
  type Drawn,
  drawMonth,
  filesOf,
  type Month,
  quietNumbers,
} from '../../adapters/inlichtingenbureau/month.ts'
import { fetchPeriod } from '../../gateway/fetch-files.ts'
import { lastPeriod } from '../../gateway/policy/deadlines.ts'
import { removeTree } from '../support/directory.ts'
import { until } from '../support/log.ts'
import { findPlanted } from '../support/planted.ts'
import { expireLeases, type Fetchery, openFetching, recordKinds } from './fetching.ts'

const uwv = '00000099000000004000'
const rvig = '00000099000000014000'
/** An OIN of no party, for whom there is a file all the same. */
const stranger = '00000099000000404000'
const municipalities = Array.from(
  { length: 44 },
  (_, at) => `00000099${String(100_001 + at).padStart(9, '0')}000`,
)
const other = (ontvanger: string) =>
  municipalities[(municipalities.indexOf(ontvanger) + 1) % 44] ?? ontvanger

const income: Drawn = {
  uitwisseling: 'uwv-signaal-nieuwe-inkomsten',
  ontvangers: [...municipalities, stranger],
  verstrekker: () => uwv,
  gegevens: (_, day) => ({ datumAanvang: day, naamInhoudingsplichtige: 'Verzonnen B.V.' }),
  betaler: 'fiNummer',
}
const double: Drawn = {
  uitwisseling: 'gemeente-dubbele-uitkering',
  ontvangers: municipalities,
  verstrekker: other,
  gegevens: (_, day) => ({ periodeOverlap: { van: day, tot: null }, regeling: 'PW' }),
}
const household: Drawn = {
  uitwisseling: 'brp-signaal-kostendelers',
  ontvangers: municipalities,
  verstrekker: () => rvig,
  gegevens: (random, day) => {
    return { aantalWas: 1, aantalWordt: 2 + Math.floor(random() * 3), datumWijziging: day }
  },
}
const childcare: Drawn = {
  uitwisseling: 'doelgroep-kinderopvangtoeslag',
  ontvangers: ['00000099000000007000'],
  verstrekker: (_, random) => municipalities[Math.floor(random() * 44)] ?? uwv,
  gegevens: (_, day) => ({ volgdeVoorziening: true, periode: { van: day, tot: day } }),
}

/** The shipped law, with 44 colleges more. */
function withMunicipalities(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-gemeenten-'))
  t.after(() => removeTree(dir))
  cpSync(resolve(import.meta.dirname, '../../policies'), dir, { recursive: true })
  const parties = municipalities.map(
    (oin, at) =>
      `  - { oin: '${oin}', naam: Proefgemeente ${at + 1}, soort: college, status: actief }`,
  )
  writeFileSync(
    join(dir, 'partijen', 'proefgemeenten.yaml'),
    `profiel: test\npartijen:\n${parties.join('\n')}\n`,
  )
  return dir
}

type Sets = Readonly<Record<string, readonly string[]>>

/** What each receiver should get, by sets of what was drawn: no file, no order and no line comes into it. */
function independently({ treffers, bekend }: Month): Sets {
  const place = (uitwisseling: string, ontvanger: string) => `${uitwisseling} ${ontvanger}`
  const known = new Set(
    bekend.map(one => `${one.uitwisseling}/${one.ontvanger}/${one.nummer}/${one.kenmerk}`),
  )
  const sets = new Map<string, Set<string>>()
  for (const one of treffers) {
    const { fiNummer, ...told } = one.gegevens
    if (one.ontvanger === stranger) continue
    if (known.has(`${one.uitwisseling}/${one.ontvanger}/${one.nummer}/${one.kenmerk}`)) continue
    if (typeof fiNummer === 'string' && one.ontvanger.includes(`${fiNummer}000`)) continue
    const key = place(one.uitwisseling, one.ontvanger)
    const set = sets.get(key) ?? new Set()
    sets.set(key, set.add(`${one.nummer} ${one.verstrekker} ${JSON.stringify(told)}`))
  }
  return Object.fromEntries([...sets].sort().map(([key, set]) => [key, [...set].sort()]))
}

/** What waits sealed for each of them; one that waits twice stands here twice. */
async function waiting({ messages }: Fetchery): Promise<Sets> {
  const found: Record<string, string[]> = {}
  for (const { uitwisseling, ontvanger, verstrekker, body } of await messages()) {
    const key = `${uitwisseling} ${ontvanger}`
    const text = `${body.betrokkene?.waarde} ${verstrekker} ${JSON.stringify(body.gegevens)}`
    found[key] = [...(found[key] ?? []), text]
  }
  return Object.fromEntries(
    Object.entries(found)
      .sort()
      .map(([key, texts]) => [key, texts.sort()]),
  )
}

test('44 municipalities get exactly their difference of a month, after a cut connection and a kill -9, and of whom is not told there is no trace', async t => {
  const seed = Math.floor(Math.random() * 2 ** 32)
  t.diagnostic(`seed ${seed}`)
  const now = Date.now()
  const periode = lastPeriod('maand', now)
  const exchanges = [income, double, household, childcare]
  const many = drawMonth({ seed, periode, exchanges: [income], most: 45 })
  const few = drawMonth({ seed: seed + 1, periode, exchanges: exchanges.slice(1), most: 5 })
  const months = new Map(exchanges.map(each => [each.uitwisseling, each === income ? many : few]))
  const texts = new Map(
    [...months].map(([uitwisseling, month]) => [uitwisseling, filesOf(month, uitwisseling)]),
  )
  const wish = {
    policyDir: withMunicipalities(t),
    files: (uitwisseling: string, asked: string) =>
      asked === periode ? texts.get(uitwisseling) : undefined,
  }
  const fetchery = await openFetching(t, wish)
  const { simulator, store, fetch } = fetchery
  const taken = async () =>
    (await store.query<{ aantal: number }>('select count(*) as aantal from delivery.regel'))[0]
      ?.aantal ?? 0

  // Every connection breaks after a few lines, and each next one goes on where it was.
  simulator.breakAfter(4_000)
  for (let times = 0; times < 6; times += 1) {
    assert.equal((await fetch(periode)).uitkomst, 'mislukt')
  }
  const cut = await taken()
  assert.ok(cut > 0, 'nothing was read before the connection broke')
  assert.ok(simulator.asked().some(({ headers }) => headers.range !== undefined))
  simulator.breakAfter(undefined)

  // A worker of its own is killed half way.
  await expireLeases(store)
  const half = independently(many)
  const enough = Object.values(half).flat().length / 2
  await store.query('update delivery.ophaalronde set vanaf = 0, pogingen = 0')
  const worker = spawn(execPath, [resolve(import.meta.dirname, '../../gateway/deliver.ts')], {
    env: { PATH: process.env.PATH, ...fetchery.settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written: Buffer[] = []
  for (const stream of [worker.stdout, worker.stderr]) stream.on('data', one => written.push(one))
  await until('half of the lines', async () => (await taken()) > enough)
  worker.kill('SIGKILL')
  await once(worker, 'exit')
  await expireLeases(store)

  // The rest by two workers at once.
  for (const uitwisseling of months.keys()) {
    const options = { signal: AbortSignal.timeout(60_000), again: true }
    const both = await Promise.all(
      [0, 1].map(() => fetchPeriod({ uitwisseling, periode }, fetchery.house.rooms, options)),
    )
    const ends = both.map(({ uitkomst: end }) => end)
    assert.ok(ends.includes('gereed') && !ends.includes('mislukt'), ends.join())
  }

  const wanted = { ...independently(many), ...independently(few) }
  const found = await waiting(fetchery)
  assert.equal(Object.keys(found).length, 44 * 3 + 1)
  assert.deepEqual(found, Object.fromEntries(Object.entries(wanted).sort()))

  // Each line that was decided has one record, each of nobody else has none.
  const accepted = Object.values(wanted).flat().length
  const refused = strangers(many).length
  const kinds = await recordKinds(store)
  assert.equal(kinds['aanvaarding aanvaard'], accepted)
  assert.equal(kinds['beslissing geweigerd'], refused)
  assert.equal(await taken(), accepted + refused)
  const [{ aantal } = { aantal: -1 }] = await store.query<{ aantal: number }>(
    'select count(*) as aantal from audit.persoon',
  )
  assert.equal(aantal, accepted + refused)

  // The numbers of whom is not told, in every table, log line, metric and file; and those of the others in clear neither.
  // All of them as they are written, and some of each kind in every other form too.
  const quiet = new Set(quietNumbers)
  const inForms = findPlanted(quietNumbers.filter((_, at) => at % 15 === 0))
  const planted = (text: string) => [
    ...(text.match(/9999\d{5}/g) ?? []).filter(each => quiet.has(each)),
    ...inForms(text),
  ]
  const told = `${await fetchery.told()}${Buffer.concat(written).toString('latin1')}`
  assert.deepEqual(planted(told), [], 'log or metrics')
  for (const { schema, table } of await tables(fetchery)) {
    const rows = await store.query<{ text: string }>(
      `select string_agg(r::text, ' ') as text from ${schema}.${table} as r`,
    )
    assert.deepEqual(planted(rows[0]?.text ?? ''), [], `${schema}.${table}`)
  }
  for (const name of readdirSync(fetchery.dataDir, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue
    const text = readFileSync(join(name.parentPath, name.name), 'latin1')
    assert.deepEqual(planted(text), [], name.name)
  }
  for (const { path, headers } of simulator.asked()) {
    assert.deepEqual(planted(`${path} ${JSON.stringify(headers)}`), [], 'an address or header')
  }
})

/** Lines for nobody, that are not known and not paid by nobody. */
function strangers({ treffers, bekend }: Month): readonly unknown[] {
  const known = new Set(bekend.map(({ ontvanger, nummer }) => `${ontvanger}${nummer}`))
  const own = stranger.slice(8, 17)
  return treffers.filter(
    ({ ontvanger, nummer, gegevens }) =>
      ontvanger === stranger && !known.has(`${ontvanger}${nummer}`) && gegevens.fiNummer !== own,
  )
}

async function tables({ store }: Fetchery) {
  return await store.query<{ schema: string; table: string }>(
    `select table_schema as schema, table_name as table from information_schema.tables
     where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
  )
}
