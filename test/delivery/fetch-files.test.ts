// What if a file cannot be fetched, may not, is wrong, changes, or is fetched twice? One house; each test has a month of its own.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Behaviour } from '../../adapters/inlichtingenbureau/behaviours.ts'
import {
  demoMonth,
  dijkdorp,
  filesOf,
  type Texts,
  waterstad,
} from '../../adapters/inlichtingenbureau/month.ts'
import { setBrake } from '../../gateway/brake.ts'
import { mostAttempts } from '../../gateway/delivery/retry.ts'
import { type FetchOptions, fetchDue } from '../../gateway/fetch-files.ts'
import { assertSpans, lastIndex, leavesAfter } from '../support/log.ts'
import { expireLeases, openFetching, recordKinds } from './fetching.ts'

interface Round {
  readonly staat: string
  readonly pogingen: number
  readonly wacht: number
}

/** What stands ready in each month; undefined = nothing yet. */
const ready = new Map<string, (texts: Texts) => Texts>()
const asIs = (texts: Texts) => texts
/** The files of Waterstad changed, those of Dijkdorp as they are. */
const changed = (change: (texts: Texts) => Texts) => (texts: Texts) =>
  texts.ontvanger === waterstad ? change(texts) : texts

/** Called with what was asked, before it is answered. */
let onAsked = () => {}

test('files that an intermediary holds ready are fetched', async t => {
  const fetchery = await openFetching(t, {
    files: (uitwisseling, periode) => {
      onAsked()
      const change = ready.get(periode)
      return change && filesOf(demoMonth(periode), uitwisseling)?.map(change)
    },
  })
  const { store, simulator, house } = fetchery
  let year = 2000
  /** A month that nobody fetched before, and what became of it. */
  async function month(change?: (texts: Texts) => Texts) {
    year += 1
    const periode = `${year}-10`
    if (change) ready.set(periode, change)
    simulator.misbehave('normaal')
    simulator.breakAfter(undefined)
    const since = await lastIndex(store)
    const own = async () =>
      (await fetchery.messages()).filter(({ body }) => body.gegevens?.signaalId === `${periode}-1`)
    return {
      periode,
      fetch: (options?: Partial<FetchOptions>) => fetchery.fetch(periode, options),
      messages: own,
      receivers: async () => (await own()).map(({ ontvanger }) => ontvanger).sort(),
      kinds: () => recordKinds(store, since),
      leaves: () => leavesAfter(store, since),
      round: async () =>
        (
          await store.query<Round>(
            'select staat, pogingen, vanaf - gewijzigd as wacht from delivery.ophaalronde where periode = $1',
            [periode],
          )
        )[0],
    }
  }
  const all = [waterstad, waterstad, dijkdorp, dijkdorp]

  await t.test(
    'a month is fetched once: each line has its record and its message, and a second look finds nothing to do',
    async () => {
      const { fetch, receivers, kinds } = await month(asIs)
      const seen: (readonly [string, number, number])[] = []
      const made = await fetch({
        onProgress: ({ ontvanger, regel, regels }) => seen.push([ontvanger, regel, regels]),
      })
      assert.equal(made.uitkomst, 'gereed')
      assert.deepEqual(await receivers(), all)
      // Of the three of Waterstad it knew the second.
      const mine = seen.filter(([ontvanger]) => ontvanger === waterstad)
      assert.deepEqual(
        mine.map(([, ...place]) => place),
        [
          [1, 3],
          [3, 3],
        ],
      )
      assert.deepEqual(await kinds(), {
        'aanvaarding aanvaard': 4,
        'beslissing toegestaan': 3,
        'einde afgerond': 3,
      })
      const asked = simulator.asked().length
      assert.equal((await fetch({ again: false })).uitkomst, 'bezet')
      assert.equal(simulator.asked().length, asked)
      // An operator may have it looked at again: the list is asked, and no file.
      const { bestanden } = await fetch()
      const ends = bestanden.map(({ uitkomst }) => uitkomst)
      assert.deepEqual(ends, ['eerder-afgerond', 'eerder-afgerond'])
      assert.equal(simulator.asked().length, asked + 1)
      assert.deepEqual(await receivers(), all)
    },
  )

  await t.test('each question of the source finds its decision in the log', async () => {
    const { fetch, kinds } = await month(asIs)
    const before: ReturnType<typeof kinds>[] = []
    onAsked = () => void before.push(kinds())
    await fetch()
    onAsked = () => {}
    // The list, and then for each receiver two texts, that are asked for together.
    const decided = (await Promise.all(before)).map(found => found['beslissing toegestaan'])
    // Counted just after it was asked: never fewer than there must be by then.
    assert.equal(decided.length, 5)
    const fewest = [1, 2, 2, 3, 3]
    assert.ok(
      decided.every((found = 0, at) => found >= (fewest[at] ?? 0)),
      decided.join(),
    )
  })

  const wrong: readonly (readonly [Behaviour, string, number])[] = [
    ['weigert-bestand', 'source-refused', 0],
    ['dubbel', 'source-malformed', 1],
    ['bekend-zonder-einde', 'source-malformed', 1],
    ['telt-niet', 'source-malformed', 2],
  ]
  await t.test(
    'a file that is wrong keeps no other from its receiver; it is told to the operator, tried again later, and finished once it is right',
    async () => {
      const { fetch, receivers, kinds, round } = await month(asIs)
      for (const [behaviour, reden, lines] of wrong) {
        simulator.misbehave(behaviour)
        const { uitkomst, bestanden } = await fetch()
        assert.equal(uitkomst, 'mislukt', behaviour)
        assert.deepEqual(bestanden[0], { ontvanger: waterstad, uitkomst: 'onderbroken', reden })
        const mine = (await receivers()).filter(one => one === waterstad)
        assert.equal(mine.length, lines, behaviour)
      }
      const row = await round()
      assert.deepEqual([row?.staat, row?.pogingen], ['open', wrong.length])
      assert.ok(Number(row?.wacht) >= 5_000, 'it is tried again at once')
      const before = simulator.asked().length
      assert.equal((await fetch({ again: false })).uitkomst, 'bezet')
      assert.equal(simulator.asked().length, before)
      simulator.misbehave('normaal')
      assert.equal((await fetch()).uitkomst, 'gereed')
      assert.deepEqual(await receivers(), all)
      const found = await kinds()
      assert.equal(found['aanvaarding aanvaard'], 4)
      assert.deepEqual(
        Object.entries(found)
          .filter(([soort]) => soort.startsWith('bronfout'))
          .map(([, many]) => many),
        // The source that refuses refused the file of Dijkdorp too.
        [wrong.length + 1],
      )
      const told = await fetchery.told()
      assert.match(told, /"alarm":"bestand-mislukt".*"velden":\["treffers.kenmerk"\]/)
      assert.match(told, /sluis_alarm_total\{alarm="bestand-mislukt"\} 5/)
      assert.match(told, /treffers, regel 2: kenmerk klopt niet/)
      assert.doesNotMatch(told, /(?<![\d.])9999\d{5}(?!\d)|Verzonnen/)
    },
  )

  await t.test(
    'a source that is away is left alone until it said it would be back, and one that was away too often is for an operator',
    async () => {
      const { fetch, round, periode } = await month(asIs)
      simulator.misbehave('druk-bestand')
      assert.equal((await fetch()).bestanden.length, 1, 'the next file was asked too')
      assert.ok(Number((await round())?.wacht) >= 7_000)
      await store.query('update delivery.ophaalronde set pogingen = $1 where periode = $2', [
        mostAttempts - 1,
        periode,
      ])
      await fetch()
      assert.equal((await round())?.staat, 'mislukt')
      simulator.misbehave('normaal')
      assert.equal((await fetch({ again: false })).uitkomst, 'bezet')
      assert.equal((await fetch()).uitkomst, 'gereed')
    },
  )

  await t.test(
    'what is not ready yet is no failure: it is looked at again some hours later',
    async () => {
      const { fetch, round, periode } = await month()
      assert.equal((await fetch()).uitkomst, 'nog-niet-klaar')
      const row = await round()
      assert.deepEqual([row?.staat, row?.pogingen], ['open', 0])
      assert.ok(Number(row?.wacht) > 3_600_000)
      ready.set(periode, asIs)
      assert.equal((await fetch()).uitkomst, 'gereed')
    },
  )

  await t.test(
    'a file that was changed is read from its beginning: lines that were read are passed over, and one that differs stops it',
    async () => {
      const { fetch, messages, receivers, periode } = await month(asIs)
      simulator.misbehave('zonder-einde')
      await fetch()
      simulator.misbehave('normaal')
      assert.equal((await receivers()).filter(one => one === waterstad).length, 2)
      // The line that Waterstad knows has no outcome, and holds up no place.
      const read = await store.query<{ gelezen: number }>(
        "select gelezen from delivery.levering where staat = 'onderbroken' order by gelezen",
      )
      assert.deepEqual(read, [{ gelezen: 2 }, { gelezen: 3 }])
      const renamed = (texts: Texts) => {
        return { ...texts, treffers: texts.treffers.replace('Bakkerij', 'Banketbakkerij') }
      }
      ready.set(periode, changed(renamed))
      assert.equal((await fetch()).bestanden[0]?.reden, 'regel-gewijzigd')
      // Another line behind the ones that were read: only that one is new.
      const longer = (texts: Texts) => {
        const [first, second, third, end] = texts.treffers.split('\n')
        const more = third?.replace('999993653', '999998493')
        const lines = [first, second, third, more, end?.replace('3', '4'), '']
        return { ...texts, treffers: lines.join('\n') }
      }
      ready.set(periode, changed(longer))
      assert.equal((await fetch()).uitkomst, 'gereed')
      const mine = (await messages()).filter(({ ontvanger }) => ontvanger === waterstad)
      const numbers = mine.map(({ body }) => body.betrokkene?.waarde)
      assert.deepEqual(numbers.sort(), ['999990019', '999993653', '999998493'])
    },
  )

  await t.test(
    'a double just behind the place where the connection broke is seen all the same',
    async () => {
      let length = 0
      const doubled = (texts: Texts) => {
        const [first = '', ...rest] = texts.treffers.split('\n')
        length = Buffer.byteLength(first) + 1
        const treffers = [first, first, ...rest].join('\n').replace('"regels":3', '"regels":4')
        return { ...texts, treffers }
      }
      const { fetch, receivers, periode } = await month(changed(doubled))
      filesOf(demoMonth(periode), 'uwv-signaal-nieuwe-inkomsten')?.map(changed(doubled)) // its length
      simulator.breakAfter(length)
      assert.equal((await fetch()).bestanden[0]?.reden, 'source-unavailable')
      assert.deepEqual(await receivers(), [waterstad])
      simulator.breakAfter(undefined)
      assert.equal((await fetch()).bestanden[0]?.reden, 'source-malformed')
      assert.deepEqual(await receivers(), [waterstad, dijkdorp, dijkdorp])
    },
  )

  await t.test(
    'a line for nobody is refused and recorded, a line without its person is none, and the rest goes on',
    async () => {
      const stranger = '00000099000000404000'
      const { fetch, receivers, kinds, leaves } = await month(({ ontvanger, treffers, bekend }) =>
        ontvanger === dijkdorp
          ? { ontvanger: stranger, bekend, treffers: treffers.replaceAll(dijkdorp, stranger) }
          : { ontvanger, bekend, treffers: treffers.replace('999990019', '999990018') },
      )
      assert.equal((await fetch()).uitkomst, 'gereed')
      assert.deepEqual(await receivers(), [waterstad])
      const found = await kinds()
      assert.deepEqual(
        [
          found['beslissing geweigerd'],
          found['afwijzing geweigerd'],
          found['aanvaarding aanvaard'],
        ],
        [2, 1, 1],
      )
      const refused = (await leaves()).filter(leaf => leaf.uitkomst === 'geweigerd')
      for (const { soort, redenen, levering, regel } of refused) {
        assert.ok(levering && regel, soort)
        if (soort === 'beslissing') assert.equal(redenen?.[0]?.code, 'ONTVANGER_NIET_BEVOEGD')
      }
    },
  )

  await t.test(
    'whoever stops in the middle is no failure, and what somebody else reads is left alone',
    async () => {
      const { fetch, receivers, kinds, leaves, round } = await month(asIs)
      const stop = new AbortController()
      simulator.misbehave('stil-halverwege')
      const stopped = await fetch({ signal: stop.signal, onProgress: () => stop.abort() })
      assert.equal(stopped.bestanden[0]?.reden, 'gestopt')
      assert.equal((await round())?.pogingen, 0)
      assert.equal(
        Object.keys(await kinds()).filter(soort => soort.startsWith('afgebroken')).length,
        1,
      )
      simulator.misbehave('normaal')
      await store.query(
        `update delivery.levering set lease = (extract(epoch from clock_timestamp()) * 1000)::bigint + 60000
       where staat <> 'afgerond'`,
      )
      const decided = async () =>
        (await leaves()).filter(
          ({ soort, ontvanger }) => soort === 'beslissing' && ontvanger === waterstad,
        ).length
      const before = await decided()
      assert.equal((await fetch()).bestanden[0]?.reden, 'levering-wordt-gelezen')
      assert.equal(await decided(), before, 'a file that somebody reads was decided about')
      await expireLeases(store)
      assert.equal((await fetch()).uitkomst, 'gereed')
      assert.deepEqual(await receivers(), all)
    },
  )

  await t.test(
    'a round that somebody else holds is left alone, until whoever holds it is silent for too long',
    async () => {
      const { fetch, receivers, periode } = await month(asIs)
      const { rounds } = house.rooms
      const round = { uitwisseling: 'uwv-signaal-nieuwe-inkomsten', periode }
      const held = await rounds.hold(round, Date.now(), false)
      assert.equal((await fetch()).uitkomst, 'bezet')
      await expireLeases(store)
      assert.equal((await fetch()).uitkomst, 'gereed')
      assert.deepEqual(await receivers(), all)
      // Who lost it changes nothing any more.
      assert.equal(held && (await rounds.renew(held)), false)
      if (held) await rounds.end(held, Date.now(), { staat: 'mislukt', vanaf: 0, pogingen: 9 })
      assert.equal((await fetch({ again: false })).uitkomst, 'bezet')
    },
  )

  await t.test(
    'by itself every exchange is fetched for the last month or day, and what was left over from before',
    async () => {
      const { periode, receivers } = await month(asIs)
      const round = { uitwisseling: 'uwv-signaal-nieuwe-inkomsten', periode }
      const held = await house.rooms.rounds.hold(round, Date.now(), false)
      if (held)
        await house.rooms.rounds.end(held, Date.now(), { staat: 'open', vanaf: 0, pogingen: 1 })
      const before = simulator.asked().length
      const done = await fetchDue(house.rooms, AbortSignal.timeout(30_000))
      assert.equal(done, 2)
      assert.deepEqual(await receivers(), all)
      const lists = simulator
        .asked()
        .slice(before)
        .filter(({ path }) => path.split('/').length === 5)
      assert.deepEqual(lists.map(({ path }) => path.split('/')[3]).sort(), [
        'brp-signaal-kostendelers',
        'detentiesignaal',
        'doelgroep-kinderopvangtoeslag',
        'gemeente-dubbele-uitkering',
        'uwv-signaal-nieuwe-inkomsten',
        'uwv-signaal-nieuwe-inkomsten',
      ])
    },
  )

  await t.test(
    'what the law does not allow is refused and recorded, and nothing is asked of the source',
    async () => {
      const { fetch, messages, leaves } = await month(asIs)
      const { audit, policies } = house.rooms
      const bereiken = ['uitwisseling:uwv-signaal-nieuwe-inkomsten']
      await setBrake({ audit, store, profile: 'test' }, { bereiken, reden: 'oefening' })
      await policies.follow()
      const before = simulator.asked().length
      const made = await fetch()
      assert.deepEqual([made.uitkomst, made.reden], ['mislukt', 'NOODREM'])
      assert.deepEqual([simulator.asked().length, await messages()], [before, []])
      const refused = (await leaves()).filter(leaf => leaf.soort === 'beslissing')
      assert.deepEqual(
        refused.map(({ uitkomst, redenen, vraag }) => [uitkomst, redenen?.[0]?.code, vraag?.stap]),
        [['geweigerd', 'NOODREM', 'bestand']],
      )
    },
  )

  await t.test('each record is an action of its own in the trace of its file (LDV)', async () => {
    assertSpans(await leavesAfter(store, -1))
  })
})
