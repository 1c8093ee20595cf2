import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { compactDecrypt, importJWK } from 'jose'
import { inszOf } from '../../adapters/ksz/persons.ts'
import { completeMonths } from '../../demo/start.ts'
import { verifyAnswer } from '../../gateway/audit/judge.ts'
import { resume } from '../../gateway/resume.ts'
import { kinds } from '../support/database.ts'
import { type Answer, type TestGateway, testGateway } from '../support/gateway.ts'
import { type Leaf, lastIndex, leavesAfter, until } from '../support/log.ts'

const worker = '999990019'
const day = 86_400_000
const motivering = { noodzaak: 'aanvraag', lichterMiddel: 'geen' }
let cases = 0

/** A good question about one of the persons of the simulated KSZ, in a case of its own. */
function about(bsn: string, change: object = {}) {
  return {
    betrokkene: { soort: 'bsn', waarde: bsn },
    buitenlands: { land: 'BE', soort: 'insz', waarde: inszOf[bsn] ?? '01410199885' },
    velden: ['heeftInkomstenInPeriode', 'periodeOverlap'],
    periode: completeMonths(Date.now()),
    zaak: `be-${++cases}`,
    medewerker: { id: 'u-4711', functie: 'inkomensconsulent' },
    motivering,
    ...change,
  }
}

interface Asked {
  readonly client: string
  readonly verzoek: string
  readonly place: string
}

const incomes = { client: 'gemeente-waterstad', exchange: 'be-inkomsten-bijstand' }

async function request(gateway: TestGateway, body: object, road = incomes): Promise<Asked> {
  const path = `/v1/uitwisselingen/${road.exchange}/verzoeken`
  const accepted = await gateway.ask(road.client, { path, body })
  assert.equal(accepted.status, 202, accepted.text)
  const { verzoek } = JSON.parse(accepted.text)
  return { client: road.client, verzoek, place: `/v1/verzoeken/${verzoek}` }
}

async function stand(gateway: TestGateway, { client, place }: Asked) {
  return JSON.parse((await gateway.ask(client, { path: place })).text)
}

/** Does what is due, beside whatever worker runs, until it stands as it should. */
async function reach(
  gateway: TestGateway,
  asked: Asked,
  what: string,
  holds: (stand: Record<string, unknown>) => boolean,
): Promise<void> {
  const { rooms } = gateway.demo.serving.house
  await until(what, async () => {
    await resume(asked.verzoek, rooms, new AbortController().signal)
    return holds(await stand(gateway, asked))
  })
}

const standsAt = (staat: string) => (one: Record<string, unknown>) => one.staat === staat

/** So much time passed since it was accepted: every moment in its row lies so much earlier. */
async function age({ demo }: TestGateway, { verzoek }: Asked, ms: number): Promise<void> {
  await demo.serving.house.store.query(
    `update delivery.verzoek set aangenomen = aangenomen - $2::bigint, uiterlijk = uiterlijk - $2::bigint,
       vanaf = vanaf - $2::bigint, opnieuw = opnieuw - $2::bigint, bewaren_tot = bewaren_tot - $2::bigint where verzoek = $1::uuid`,
    [verzoek, ms],
  )
}

async function kept({ demo }: TestGateway, { verzoek }: Asked) {
  const [row] = await demo.serving.house.store.query<Record<string, unknown>>(
    'select verzegeld, antwoord, kenmerk, vanaf, pogingen from delivery.verzoek where verzoek = $1::uuid',
    [verzoek],
  )
  return row ?? {}
}

async function opened({ demo }: TestGateway, { client }: Asked, jwe: string) {
  const file = join(demo.pkiDir, 'sleutels', `${client}-versleutelen.jwk`)
  const key = await importJWK(JSON.parse(readFileSync(file, 'utf8')))
  return Buffer.from((await compactDecrypt(jwe, key)).plaintext)
}

async function answerOf(gateway: TestGateway, asked: Asked) {
  const { client, place } = asked
  const answer = await gateway.ask(client, { path: `${place}/antwoord` })
  assert.equal(answer.status, 200, answer.text)
  assert.doesNotMatch(answer.text, /\{/, 'only JWE leaves')
  const text = await opened(gateway, asked, answer.text)
  // What waited sealed carries its proof as any answer does.
  const vkey = await (await fetch(`${gateway.demo.serving.addresses.public}/log-sleutel`)).text()
  verifyAnswer(text, vkey.trim())
  return JSON.parse(text.toString())
}

/** Every record of this request, in order. */
async function recordsOf({ demo }: TestGateway, { verzoek }: Asked, after = -1): Promise<Leaf[]> {
  const leaves = await leavesAfter(demo.serving.house.store, after)
  return leaves.filter(leaf => leaf.transactie === verzoek || leaf.verzoek === verzoek)
}

const count = (leaves: readonly Leaf[], soort: string) =>
  leaves.filter(leaf => leaf.soort === soort).length

const codesOf = ({ body: { redenen } }: Answer) => redenen.map(({ code }) => code)

for (const kind of kinds) {
  test(`${kind}: a municipality asks Belgium, is reminded while it is busy, gets the answer sealed and confirms it`, async t => {
    const gateway = await testGateway(t, kind)
    const { ksz } = gateway.demo
    ksz.delay(Number.POSITIVE_INFINITY)
    const asked = await request(gateway, about(worker))
    await reach(gateway, asked, 'Belgium takes it', one => one.staat === 'in-behandeling')
    await until('the ticket is kept', async () => (await kept(gateway, asked)).kenmerk)
    assert.deepEqual([...ksz.questions().values()], [1])

    for (const herinneringen of [1, 2]) {
      await age(gateway, asked, 32 * day)
      await reach(gateway, asked, 'a reminder', one => one.herinneringen === herinneringen)
      assert.equal((await stand(gateway, asked)).staat, 'in-behandeling')
    }

    ksz.release()
    await age(gateway, asked, day)
    await reach(gateway, asked, 'the answer', standsAt('gereed'))
    const answer = await answerOf(gateway, asked)
    assert.equal(answer.resultaat, 'gegevens')
    const { van, totEnMet: tot } = completeMonths(Date.now())
    assert.deepEqual(answer.antwoord, [
      { heeftInkomstenInPeriode: true, periodeOverlap: { van, tot } },
    ])
    assert.deepEqual(
      answer.grondslagen.map(({ id }: { id: string }) => id),
      ['verdrag-nl-be-2010', 'pw-53a-1'],
    )
    const place = `${asked.place}/ontvangstbevestiging`
    const receipt = await gateway.ask(asked.client, { method: 'POST', path: place })
    assert.equal(receipt.status, 200, receipt.text)
    const { verzegeld, antwoord } = await kept(gateway, asked)
    assert.deepEqual([verzegeld, antwoord], [null, null])

    assert.deepEqual([...ksz.questions().values()], [1], 'asked once, whatever came after')
    const leaves = await recordsOf(gateway, asked)
    const once = ['aanvaarding', 'verstrekking', 'ophaling', 'ontvangst']
    assert.deepEqual(
      once.map(soort => count(leaves, soort)),
      [1, 1, 1, 1],
    )
    assert.equal(count(leaves, 'herinnering'), 2)
    assert.ok(count(leaves, 'uitgesteld') >= 1)
    const transactions = leaves.filter(one => one.soort === 'beslissing').map(one => one.transactie)
    assert.equal(new Set(transactions).size, transactions.length, 'each attempt is its own')
    assert.doesNotMatch(JSON.stringify(leaves), /999990019|85073003328/)
  })
}

test('what Belgium may answer, and what it may do wrong', async t => {
  const gateway = await testGateway(t, 'postgres')

  await t.test(
    'what Belgium does not know, does not hold, refuses or tells of no work stays apart',
    async () => {
      gateway.demo.ksz.delay(0)
      const outcomes = [
        ['999993549', 'gegevens', false],
        ['111222333', 'geenGegevens', undefined],
        ['999990238', 'nietBeschikbaar', undefined],
        ['999990342', 'geweigerd', undefined],
      ] as const
      await Promise.all(
        outcomes.map(async ([bsn, resultaat, works]) => {
          const asked = await request(gateway, about(bsn))
          await age(gateway, asked, 60_000)
          await reach(gateway, asked, `the ticket for ${resultaat}`, () => true)
          await age(gateway, asked, 60_000)
          await reach(gateway, asked, resultaat, standsAt('gereed'))
          const answer = await answerOf(gateway, asked)
          assert.equal(answer.resultaat, resultaat)
          assert.equal(answer.antwoord[0]?.heeftInkomstenInPeriode, works)
          const [given] = (await recordsOf(gateway, asked)).filter(
            one => one.soort === 'verstrekking',
          )
          assert.equal(given?.aantal, resultaat === 'gegevens' ? 1 : 0)
        }),
      )
    },
  )

  await t.test(
    'UWV gets yes or no and the days, the SVB whether somebody lives and where; nobody amounts or family',
    async () => {
      gateway.demo.ksz.delay(0)
      const uwv = { client: 'uwv', exchange: 'be-werkloosheid-uwv' }
      const svb = { client: 'svb', exchange: 'be-woonplaats-svb' }
      const living = ['inLeven', 'datumOverlijden', 'woonland', 'datumVan', 'woonlandGewijzigd']
      const bySvb = (bsn: string) =>
        about(bsn, { velden: living, medewerker: { id: 'u-1', functie: 'beoordelaar' } })
      const work = about(worker, {
        velden: ['ontvangtWerkloosheidsuitkering', 'aangemeldAlsWerknemer'],
        medewerker: { id: 'u-2', functie: 'claimbeoordelaar' },
      })
      const rows = [
        [uwv, work, { ontvangtWerkloosheidsuitkering: false, aangemeldAlsWerknemer: true }],
        [
          svb,
          bySvb('999993549'),
          {
            inLeven: true,
            datumOverlijden: null,
            woonland: 'BE',
            datumVan: '1993-05-18',
            woonlandGewijzigd: false,
          },
        ],
        [svb, bySvb('999990160'), { inLeven: false, datumOverlijden: '2026-08-14' }],
      ] as const
      for (const [road, body, wanted] of rows) {
        const asked = await request(gateway, body, road)
        await reach(gateway, asked, 'the ticket', one => one.staat === 'in-behandeling')
        await age(gateway, asked, 60_000)
        await reach(gateway, asked, 'the answer', standsAt('gereed'))
        const answer = await answerOf(gateway, asked)
        assert.deepEqual(answer.antwoord, [wanted])
        const { bewijs: _, transactie: __, ...rest } = answer
        assert.doesNotMatch(JSON.stringify(rest), /6543|0999999922|gezin[A-Z]/i)
      }
    },
  )

  await t.test(
    'three months pass without an answer: the request ends, recorded, and nothing of it is kept',
    async () => {
      const { ksz } = gateway.demo
      ksz.delay(Number.POSITIVE_INFINITY)
      const asked = await request(gateway, about(worker))
      await reach(gateway, asked, 'Belgium takes it', one => one.staat === 'in-behandeling')
      await age(gateway, asked, 85 * day)
      await reach(gateway, asked, 'both reminders', one => one.herinneringen === 2)
      assert.equal((await stand(gateway, asked)).staat, 'in-behandeling', 'not a day early')
      await age(gateway, asked, 8 * day)
      await reach(gateway, asked, 'the end', standsAt('verlopen'))
      assert.equal((await stand(gateway, asked)).reden, 'TERMIJN_VERSTREKEN')
      const { verzegeld, antwoord, kenmerk } = await kept(gateway, asked)
      assert.deepEqual([verzegeld, antwoord, kenmerk], [null, null, null])
      const leaves = await recordsOf(gateway, asked)
      assert.equal(leaves.at(-1)?.soort, 'einde')
      assert.equal(count(leaves, 'einde'), 1)
      const late = await gateway.ask(asked.client, { path: `${asked.place}/antwoord` })
      assert.equal(late.status, 409, late.text)
      // An answer that comes after that finds nobody.
      ksz.release()
      const before = ksz.requests()
      await resume(asked.verzoek, gateway.demo.serving.house.rooms, new AbortController().signal)
      assert.equal(ksz.requests(), before)
      assert.equal((await stand(gateway, asked)).staat, 'verlopen')
    },
  )

  await t.test(
    'a Belgium that is too busy is left alone for as long as it asks, and one that forgot is asked again',
    async () => {
      const { ksz } = gateway.demo
      const before = ksz.questions().size
      const questions = () => ksz.questions().size - before
      ksz.delay(Number.POSITIVE_INFINITY)
      ksz.misbehave('te-druk')
      const asked = await request(gateway, about(worker))
      await reach(gateway, asked, 'an attempt', one => Number(one.pogingen) > 0)
      const vanaf = await until('its next moment', async () => {
        const row = await kept(gateway, asked)
        return Number(row.vanaf) > Date.now() + 60_000 ? Number(row.vanaf) : 0
      })
      assert.ok(vanaf >= Date.now() + 100_000, 'Retry-After is heeded')
      ksz.misbehave('normaal')
      await age(gateway, asked, day)
      await reach(gateway, asked, 'the ticket', () => questions() === 1)
      await until('the ticket is kept', async () => (await kept(gateway, asked)).kenmerk)
      ksz.forget()
      await age(gateway, asked, day)
      await reach(gateway, asked, 'it is asked again', () => questions() === 2)
      ksz.release()
      await age(gateway, asked, day)
      await reach(gateway, asked, 'the answer', standsAt('gereed'))
      assert.equal((await answerOf(gateway, asked)).resultaat, 'gegevens')
    },
  )

  await t.test(
    'an answer about another person, or with a field too many, is no answer: a record, and nothing leaves',
    async () => {
      const { ksz, serving } = gateway.demo
      for (const [behaviour, drift] of [
        ['andere-persoon', undefined],
        ['extra-velden', 'Nationaliteit'],
      ] as const) {
        ksz.delay(Number.POSITIVE_INFINITY)
        const after = await lastIndex(serving.house.store)
        const asked = await request(gateway, about(worker))
        await reach(gateway, asked, 'the ticket', one => one.staat === 'in-behandeling')
        await until('the ticket is kept', async () => (await kept(gateway, asked)).kenmerk)
        ksz.misbehave(behaviour)
        ksz.release()
        await age(gateway, asked, day)
        await reach(gateway, asked, 'the failure', () => true)
        const failure = await until('its record', async () =>
          (await recordsOf(gateway, asked, after)).find(one => one.soort === 'bronfout'),
        )
        assert.deepEqual(
          failure.redenen?.map(({ code, veld }) => [code, veld]),
          [['source-malformed', drift]],
        )
        assert.equal(count(await recordsOf(gateway, asked, after), 'verstrekking'), 0)
        assert.equal((await kept(gateway, asked)).antwoord, null)
        ksz.misbehave('normaal')
        await age(gateway, asked, day)
        await reach(gateway, asked, 'the right answer', standsAt('gereed'))
      }
    },
  )

  await t.test(
    'amounts wait for a team leader, and only after the lighter answer was yes',
    async () => {
      gateway.demo.ksz.delay(0)
      const amounts = (zaak: string, bsn = worker) =>
        about(bsn, { zaak, velden: ['tewerkstelling', 'brutoLoonPerKwartaal'] })
      const path = '/v1/uitwisselingen/be-inkomsten-bijstand/verzoeken'
      const early = await gateway.ask(incomes.client, { path, body: amounts('be-bedragen') })
      assert.equal(early.status, 403, early.text)
      assert.deepEqual(codesOf(early), ['GOEDKEURING_VEREIST', 'LICHTER_MIDDEL_BESCHIKBAAR'])
      for (const [bsn, zaak, opens] of [
        [worker, 'be-bedragen', true],
        ['999993549', 'be-geen-werk', false],
      ] as const) {
        const light = await request(gateway, about(bsn, { zaak }))
        await reach(gateway, light, 'the ticket', one => one.staat === 'in-behandeling')
        await age(gateway, light, 60_000)
        await reach(gateway, light, 'the lighter answer', standsAt('gereed'))
        const body = amounts(zaak, bsn)
        const asked = await gateway.ask(incomes.client, { path, body })
        if (opens) {
          assert.equal(asked.status, 202, asked.text)
          assert.equal(JSON.parse(asked.text).staat, 'wacht-op-goedkeuring')
        } else {
          assert.equal(asked.status, 403, asked.text)
          assert.ok(codesOf(asked).includes('LICHTER_MIDDEL_BESCHIKBAAR'))
        }
      }
    },
  )

  await t.test(
    'asked at once Belgium is refused with the road to take; a wrong Belgian number is 400, and none of it asks Belgium',
    async () => {
      const before = gateway.demo.ksz.requests()
      const at = (road: string) => `/v1/uitwisselingen/be-inkomsten-bijstand/${road}`
      const direct = await gateway.ask(incomes.client, { path: at('_zoek'), body: about(worker) })
      assert.equal(direct.status, 403, direct.text)
      assert.deepEqual(codesOf(direct), ['GEEN_LEVERINGSAFSPRAAK'])
      assert.match(direct.body.redenen[0]?.uitleg ?? '', /Dien de vraag in als verzoek/)
      assert.equal(direct.body.vervolg, at('verzoeken'))
      for (const road of ['_zoek', 'verzoeken']) {
        const buitenlands = { land: 'BE', soort: 'insz', waarde: '85073003329' }
        const body = about(worker, { buitenlands })
        const wrong = await gateway.ask(incomes.client, { path: at(road), body })
        assert.equal(wrong.status, 400, wrong.text)
        assert.deepEqual(
          wrong.body.fouten.map(({ pointer }) => pointer),
          ['/buitenlands/waarde'],
        )
        assert.doesNotMatch(wrong.text, /85073003329/)
        const { buitenlands: _, ...without } = about(worker)
        const lacking = await gateway.ask(incomes.client, { path: at(road), body: without })
        assert.ok(codesOf(lacking).includes('PARAMETER_ONTBREEKT'), lacking.text)
      }
      assert.equal(gateway.demo.ksz.requests(), before)
    },
  )
})
