import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { registerPages as pagesOfRegister } from '../../gateway/listen/register-pages.ts'
import { signJws } from '../../gateway/message/jws.ts'
import { untilState } from '../support/approval.ts'
import { type Answer, type TestGateway, testGateway } from '../support/gateway.ts'
import { lastIndex, leavesAfter, leavesOf, transactionOf } from '../support/log.ts'

const toeslagen = 'toeslagen'
const registerPages = pagesOfRegister.map(({ path }) => path)
const exchange = 'aanmelding-toeslagendelict-fiod'
const zoek = `/v1/uitwisselingen/${exchange}/_zoek`
const verzoeken = `/v1/uitwisselingen/${exchange}/verzoeken`
const bsn = '999993653'
const omschrijving = 'Drie jaar lang een opvang opgegeven die er niet was'

const criteria = {
  nadeelbedrag: 10_000_000,
  vermoedenOpzet: true,
  toelichtingOpzet: 'De facturen zijn van een adres zonder opvang',
  boeteOpgelegd: false,
}

let cases = 0
const newCase = () => `fiod-${++cases}`

function weging(zaak: string, gegevens: Record<string, unknown> = criteria, more: object = {}) {
  return {
    velden: ['voldoetAanAanmeldcriteria', 'uitkomstAanmeldcriteria'],
    gegevens,
    zaak,
    medewerker: { id: 'u-1', functie: 'beoordelaar-verwijtbaarheid' },
    fase: 'verwijtbaarheidsbeoordeling',
    ...more,
  }
}

function dossier(zaak: string, more: object = {}) {
  return {
    ...weging(zaak, { ...criteria, feitomschrijving: omschrijving, bewijsstukken: ['factuur 1'] }),
    velden: [...Object.keys(criteria), 'feitomschrijving', 'bewijsstukken'],
    betrokkene: { soort: 'bsn', waarde: bsn },
    motivering: { noodzaak: 'vermoeden-van-opzet', lichterMiddel: 'weging' },
    ...more,
  }
}

const codes = ({ body }: Answer) => [...new Set((body.redenen ?? []).map(({ code }) => code))]

const weigh = (gateway: TestGateway, body: object, client = toeslagen) =>
  gateway.ask(client, { path: zoek, body })

function statement({ demo }: TestGateway, verzoek: string, inhoud: string): string {
  const file = join(demo.pkiDir, 'goedkeurders', 'g-toeslagen-1.jwk')
  const iat = Math.floor(Date.now() / 1000)
  const said = { goedkeurder: 'g-toeslagen-1', functie: 'contactambtenaar', besluit: 'akkoord' }
  return signJws(
    { ...said, verzoek, inhoud, iat, exp: iat + 3_600 },
    { jwk: JSON.parse(readFileSync(file, 'utf8')) },
  )
}

test('a case is weighed without identity, and nothing is brought to the receiver or into the ordinary log', async t => {
  const gateway = await testGateway(t, 'postgres')
  const { store } = gateway.demo.serving.house
  const before = await lastIndex(store)
  const outcomes: readonly (readonly [object, boolean | null, string])[] = [
    [criteria, true, 'bovenDrempel'],
    [{ ...criteria, nadeelbedrag: 9_999_999 }, false, 'onderDrempel'],
    [
      { ...criteria, nadeelbedrag: 1, aanvullendeCriteria: ['recidive'] },
      true,
      'aanvullendCriterium',
    ],
    [{ ...criteria, aanvullendeCriteria: ['pif'] }, false, 'eerstNaarEom'],
    [{ ...criteria, aanvullendeCriteria: ['pif', 'eom-ziet-af'] }, true, 'bovenDrempel'],
    [{ ...criteria, vermoedenOpzet: false }, false, 'geenVermoedenVanOpzet'],
  ]
  for (const [gegevens, meets, why] of outcomes) {
    const answer = await weigh(gateway, weging(newCase(), { ...gegevens }))
    assert.equal(answer.status, 200, answer.text)
    assert.deepEqual(answer.body.antwoord, [
      { voldoetAanAanmeldcriteria: meets, uitkomstAanmeldcriteria: why },
    ])
    const leaves = await leavesOf(store, transactionOf(answer))
    assert.deepEqual(
      leaves.map(({ soort, log, betrokkene }) => [soort, log, betrokkene]),
      [
        ['beslissing', 'vertrouwelijk', undefined],
        ['verstrekking', 'vertrouwelijk', undefined],
      ],
    )
    assert.ok(!JSON.stringify(leaves).includes('facturen'))
  }
  assert.equal(gateway.demo.fiod.requests(), 0)
  assert.equal(await lastIndex(store), before)
})

test('what may not be handed over, by whom, and from which stage, is refused in the confidential log', async t => {
  const gateway = await testGateway(t, 'postgres')
  const { store } = gateway.demo.serving.house
  const before = await lastIndex(store)
  const refused: readonly (readonly [string, object, readonly string[]])[] = [
    [
      'a person',
      weging('z', criteria, { betrokkene: { soort: 'bsn', waarde: bsn } }),
      ['VELD_NIET_TOEGESTAAN'],
    ],
    [
      'another field',
      weging('z', { ...criteria, feitomschrijving: 'x' }),
      ['VELD_NIET_TOEGESTAAN'],
    ],
    ['no case', weging('z', criteria, { zaak: undefined }), ['ZAAK_ONTBREEKT']],
    [
      'signals',
      weging('z', criteria, { fase: 'signalenregistratie' }),
      ['FASE_NIET_TOEGESTAAN', 'FUNCTIESCHEIDING_GESCHONDEN'],
    ],
    [
      'a dossier at once',
      dossier('z2'),
      ['GEEN_LEVERINGSAFSPRAAK', 'GOEDKEURING_VEREIST', 'LICHTER_MIDDEL_BESCHIKBAAR'],
    ],
  ]
  for (const [what, body, expected] of refused) {
    const answer = await weigh(gateway, body)
    assert.deepEqual([answer.status, codes(answer)], [403, expected], `${what}: ${answer.text}`)
    const [leaf] = await leavesOf(store, transactionOf(answer))
    assert.equal(leaf?.log, 'vertrouwelijk', what)
  }
  const malformed = await weigh(gateway, weging('z', { ...criteria, nadeelbedrag: 'veel' }))
  assert.equal(malformed.status, 400)
  assert.equal(malformed.body.fouten[0]?.pointer, '/gegevens/nadeelbedrag')
  const hidden = await weigh(gateway, weging('z', { ...criteria, toelichtingOpzet: `zie ${bsn}` }))
  assert.equal(hidden.body.fouten[0]?.pointer, '/gegevens/toelichtingOpzet')
  const turnedAway = [
    malformed,
    hidden,
    await gateway.ask(toeslagen, { path: zoek, body: 'x'.repeat(70_000) }),
    await gateway.ask(toeslagen, { path: zoek, method: 'PUT', body: {} }),
    await gateway.ask(toeslagen, { path: `${zoek}?x` }),
    await gateway.ask(toeslagen, { path: zoek, body: {}, headers: { Accept: 'text/html' } }),
  ]
  for (const answer of turnedAway) {
    const [leaf] = await leavesOf(store, transactionOf(answer))
    assert.deepEqual([leaf?.log, leaf?.soort], ['vertrouwelijk', 'afwijzing'], answer.text)
  }
  assert.equal(await lastIndex(store), before)
})

test('a fine, and work in another stage, are remembered for the case although the next request says otherwise', async t => {
  const gateway = await testGateway(t, 'postgres')
  const fined = newCase()
  assert.deepEqual(
    codes(await weigh(gateway, weging(fined, { ...criteria, boeteOpgelegd: true }))),
    ['UNA_VIA'],
  )
  assert.deepEqual(codes(await weigh(gateway, weging(fined))), ['UNA_VIA'])
  assert.equal((await weigh(gateway, weging(newCase()))).status, 200)

  const staged = newCase()
  const early = await weigh(gateway, weging(staged, criteria, { fase: 'rechtmatigheidsonderzoek' }))
  assert.equal(early.status, 403)
  assert.deepEqual(codes(await weigh(gateway, weging(staged))), ['FUNCTIESCHEIDING_GESCHONDEN'])
  const other = { medewerker: { id: 'u-2', functie: 'beoordelaar-verwijtbaarheid' } }
  assert.equal((await weigh(gateway, weging(staged, criteria, other))).status, 200)
  assert.equal((await weigh(gateway, weging(newCase()))).status, 200)
})

test('a dossier is approved by the contactambtenaar, arrives once, and its receipt and proofs are there', async t => {
  const gateway = await testGateway(t, 'postgres')
  const { store } = gateway.demo.serving.house
  const before = await lastIndex(store)
  const zaak = newCase()
  const tooEarly = await gateway.ask(toeslagen, { path: verzoeken, body: dossier(zaak) })
  assert.deepEqual(
    codes(tooEarly),
    ['GOEDKEURING_VEREIST', 'LICHTER_MIDDEL_BESCHIKBAAR'],
    tooEarly.text,
  )
  assert.equal((await weigh(gateway, weging(zaak))).status, 200)
  const accepted = await gateway.ask(toeslagen, { path: verzoeken, body: dossier(zaak) })
  assert.equal(accepted.status, 202, accepted.text)
  const { verzoek, staat, inhoud, aflevering } = JSON.parse(accepted.text)
  assert.equal(staat, 'wacht-op-goedkeuring')
  assert.equal(gateway.demo.fiod.requests(), 0)
  const place = `/v1/verzoeken/${verzoek}`
  gateway.demo.fiod.misbehave('antwoord-kwijt')
  const verklaring = statement(gateway, verzoek, inhoud.sha256)
  const approved = await gateway.ask(toeslagen, {
    path: `${place}/goedkeuringen`,
    body: { verklaring },
  })
  assert.ok(approved.status < 300, approved.text)
  while (gateway.demo.fiod.requests() === 0) await wait(50)
  gateway.demo.fiod.misbehave('normaal')
  await untilState(gateway, place, 'afgeleverd', toeslagen)
  const [one, ...more] = gateway.demo.fiod.applied()
  assert.deepEqual([one?.aflevering, more.length], [aflevering, 0])
  assert.ok((one?.keren ?? 0) > 1, 'it came again after the lost answer')
  const content = JSON.parse(one?.inhoud ?? '{}')
  assert.equal(content.betrokkene.waarde, bsn)
  assert.equal(content.dossier[0].feitomschrijving, omschrijving)
  const leaves = await leavesAfter(store, -1, 'vertrouwelijk')
  const received = leaves.find(({ soort }) => soort === 'ontvangst')
  assert.ok(received)
  const proofs = await gateway.ask(toeslagen, { path: `/v1/bewijzen/${received.transactie}` })
  assert.equal(proofs.body.verstrekkingen.length, 1, proofs.text)
  const others = await gateway.ask('uwv', { path: `/v1/bewijzen/${received.transactie}` })
  assert.equal(others.status, 404)
  assert.ok(!JSON.stringify(leaves).includes(omschrijving))
  const ordinary = await leavesAfter(store, before)
  assert.deepEqual(
    ordinary.map(({ soort, ontvanger }) => [soort, ontvanger]),
    [['afwijzing', '00000099000000004000']],
  )
})

const unnamed = ({ text }: Answer) => text.replace(/urn:uuid:[0-9a-f-]{36}/, '')

test('to whoever is no party of it a confidential exchange does not exist, byte for byte', async t => {
  const gateway = await testGateway(t, 'postgres')
  for (const client of ['gemeente-waterstad', 'uwv']) {
    for (const [method, road] of [
      ['POST', '_zoek'],
      ['POST', 'verzoeken'],
      ['PUT', '_zoek'],
    ] as const) {
      const call = (id: string, body: unknown) =>
        gateway.ask(client, { path: `/v1/uitwisselingen/${id}/${road}`, method, body })
      for (const body of [weging('z'), '{', 'x'.repeat(70_000)]) {
        const hidden = await call(exchange, body)
        const absent = await call('bestaat-echt-niet-dus', body)
        assert.equal(unnamed(hidden), unnamed(absent))
        const named = ({ headers: { date: _, ...rest } }: Answer) => rest
        assert.deepEqual([hidden.status, named(hidden)], [absent.status, named(absent)])
        const [leaf] = await leavesOf(gateway.demo.serving.house.store, transactionOf(hidden))
        assert.deepEqual([leaf?.log, leaf?.uitwisseling], ['gewoon', undefined])
      }
    }
    const told = await gateway.ask(client, { path: '/v1/bevoegdheden' })
    assert.ok(!told.text.includes('fiod') && !/FIOD/.test(told.text), client)
  }
  const own = await gateway.ask(toeslagen, { path: '/v1/bevoegdheden' })
  assert.ok(own.text.includes(exchange))
  for (const page of registerPages.filter(each => !each.includes(':'))) {
    const answer = await fetch(`${gateway.demo.serving.addresses.public}${page}`)
    const text = (await answer.text()).replace(/sha256:[0-9a-f]+/g, '')
    assert.equal(answer.status, 200, page)
    assert.deepEqual(text.match(/.{0,80}(fiod|\baafd).{0,20}/gi), null, page)
  }
})

/** What anybody but its parties can see of a house that did these calls. */
async function seen(gateway: TestGateway, referral: () => Promise<void>) {
  const { serving } = gateway.demo
  const { store } = serving.house
  await gateway.query('gemeente-waterstad', { zaak: 'a' })
  await referral()
  await gateway.query('gemeente-waterstad', { velden: ['nationaliteit'], zaak: 'a' })
  const notFound = await gateway.ask('uwv', { path: zoek, body: {} })
  const leaves = await leavesAfter(store, -1)
  const text = await (await fetch(`${serving.addresses.ops}/metrics`)).text()
  const counted = text
    .split('\n')
    .filter(line =>
      /^sluis_(antwoorden_total|antwoord_seconden_count|alarm_total|handshake)/.test(line),
    )
  const pages = registerPages.map(page => page.replace(':naam', '00000099000000007000'))
  const register = await Promise.all(
    pages.map(async page => await (await fetch(`${serving.addresses.public}${page}`)).text()),
  )
  const checkpoint = await (await fetch(`${serving.addresses.public}/checkpoint`)).text()
  return {
    leaves: leaves.map(({ soort, uitkomst, uitwisseling, ontvanger }) => [
      soort,
      uitkomst,
      uitwisseling,
      ontvanger,
    ]),
    counted,
    notFound: unnamed(notFound).replace(/localhost:\d+/, ''),
    // The keys of this run are in its law.
    register: register.map(page => page.replace(/localhost:\d+|sha256:[0-9a-f]+|uuid:\S+/g, '')),
    size: checkpoint.split('\n')[1],
  }
}

test('with and without a referral and a refused attempt everything others can see is the same', async t => {
  const without = await seen(await testGateway(t, 'postgres'), async () => {})
  const gateway = await testGateway(t, 'postgres')
  const withOne = await seen(gateway, async () => {
    const zaak = newCase()
    assert.equal((await weigh(gateway, weging(zaak))).status, 200)
    const accepted = await gateway.ask(toeslagen, { path: verzoeken, body: dossier(zaak) })
    assert.equal(accepted.status, 202, accepted.text)
    const { verzoek, inhoud } = JSON.parse(accepted.text)
    const place = `/v1/verzoeken/${verzoek}`
    const verklaring = statement(gateway, verzoek, inhoud.sha256)
    await gateway.ask(toeslagen, { path: `${place}/goedkeuringen`, body: { verklaring } })
    await untilState(gateway, place, 'afgeleverd', toeslagen)
    assert.equal(
      (await weigh(gateway, weging(zaak, criteria, { fase: 'signalenregistratie' }))).status,
      403,
    )
    assert.equal((await gateway.ask(toeslagen, { path: zoek, body: '{' })).status, 400)
  })
  assert.deepEqual(withOne, without)
})
