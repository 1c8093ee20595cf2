// What of a person keeps an address back? That the receiver shields them in this case, that it is secret, that it is old.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SourceAnswer } from '../../gateway/adapter.ts'
import { unsealMember } from '../../gateway/audit/find.ts'
import { verifyAnswer } from '../../gateway/audit/judge.ts'
import { openKeys } from '../../gateway/audit/keys.ts'
import type { Answer } from '../support/gateway.ts'
import { leavesOf, transactionOf } from '../support/log.ts'
import { type RequestGateway, requestGateway } from '../support/requests.ts'

const waterstad = 'gemeente-waterstad'
const exchange = 'uwv-adres-burgerzaken'
const open = '999990019'
const secret = '999993653'
const moving = '999992168'
const bewoning = { van: '2020-01-02', tot: null }
const person = (waarde: string) => ({ betrokkene: { soort: 'bsn', waarde } })
const home = { straat: 'Lindelaan', huisnummer: 4, postcode: '1234AB', woonplaats: 'Waterstad' }
const codes = ({ body }: Answer) => body.redenen?.map(({ code, veld }) => [code, veld]) ?? []

const address = (waarde: string, zaak: string, more = {}) => ({
  ...person(waarde),
  velden: ['adres'],
  zaak,
  medewerker: { id: 'u-1', functie: 'burgerzaken' },
  ...more,
})

function ask(gateway: RequestGateway, body: object, road = '_zoek'): Promise<Answer> {
  return gateway.ask(waterstad, { path: `/v1/uitwisselingen/${exchange}/${road}`, body })
}

async function register(
  gateway: RequestGateway,
  zaak: string,
  roles: readonly (readonly [string, string])[],
  more = {},
  client = waterstad,
): Promise<void> {
  const betrokkenen = roles.map(([waarde, rol]) => ({ ...person(waarde), rol }))
  const answer = await gateway.ask(client, {
    path: '/v1/zaken',
    body: { zaak, betrokkenen, ...more },
  })
  assert.equal(answer.status, 201, answer.text)
}

/** Everybody lives somewhere; of one it is secret. */
function living(
  rows: (waarde: string) => readonly Record<string, unknown>[],
  peildatum?: string,
): RequestGateway['source'] {
  return async ({ betrokkene, ...question }): Promise<SourceAnswer> => ({
    resultaat: 'gegevens',
    betrokkene: betrokkene?.waarde ?? '',
    rijen: rows(betrokkene?.waarde ?? ''),
    herkomst: {
      peildatum: peildatum ?? question.peildatum,
      volledigTotEnMet: peildatum ?? question.peildatum,
      inOnderzoek: [{ veld: 'adres', sinds: '2026-10-01' }],
      kwaliteit: 'A',
    },
  })
}

const homes = living(waarde => [
  { adres: home, datumAanvang: '2026-01-02', bewoning, indicatieGeheim: waarde === secret },
])

test('an address stays back by what its receiver, its source and its age say of the person', async t => {
  const gateway = await requestGateway(t, 'postgres')
  gateway.source = homes
  await gateway.law({
    [`uitwisselingen/${exchange}.yaml`]: text => text.replace('antwoord: PT0S', 'antwoord: P30D'),
    [`uitwisselingen/${exchange}.cases.yaml`]: text =>
      text.replace('bewaren.antwoord: PT0S', 'bewaren.antwoord: P30D'),
  })
  await t.test('of whom the receiver itself shields in a case no address is given in it', () =>
    shieldedInCase(gateway),
  )
  await t.test('a registration that comes while a request waits shuts it, and purges it', () =>
    shieldedWhileWaiting(gateway),
  )
  await t.test('a secret address stays back, and every address says whether it is secret', () =>
    secretAddress(gateway),
  )
  await t.test('a corrected address is given as an answer would give it', () =>
    correctedAddress(gateway),
  )
  await t.test('what the source says is too old is not given, nor that it knows nobody', () =>
    tooOld(gateway),
  )
})

/** Domain S32. */
async function shieldedInCase(gateway: RequestGateway): Promise<void> {
  const factsOf = async (answer: Answer) =>
    (await leavesOf(gateway.owner, transactionOf(answer)))[0]?.feiten
  for (const rol of ['slachtoffer', 'in-opvang']) {
    const zaak = `s-${rol}`
    await register(gateway, zaak, [[open, rol]])
    const before = gateway.asked.length
    const refused = await ask(gateway, address(open, zaak))
    assert.equal(refused.status, 403, refused.text)
    assert.deepEqual(codes(refused), [['AFGESCHERMD', 'adres']])
    assert.match(refused.body.detail, /vastgelegd als slachtoffer of als iemand in de opvang/)
    assert.equal((await factsOf(refused))?.afgeschermd, true)
    assert.match(refused.body.bewijs.logregel, /"afgeschermd":true/)
    assert.equal(gateway.asked.length, before, 'no source was asked')

    const besides = await ask(gateway, address(open, zaak, { velden: ['datumAanvang'] }))
    assert.equal(besides.status, 200, besides.text)
    assert.equal((await factsOf(besides))?.afgeschermd, undefined, 'of nobody’s concern there')
    assert.equal((await ask(gateway, address(open, `${zaak}-2`))).status, 200, 'another case')

    await register(gateway, zaak, [[open, 'partner']])
    assert.equal((await ask(gateway, address(open, zaak))).status, 200, 'lifted by another role')
  }
  for (const roles of [
    ['aanvrager', 'slachtoffer'],
    ['in-opvang', 'aanvrager'],
  ]) {
    const zaak = `s-${roles.join('-')}`
    await register(
      gateway,
      zaak,
      roles.map(rol => [open, rol]),
    )
    assert.deepEqual(codes(await ask(gateway, address(open, zaak))), [['AFGESCHERMD', 'adres']])
  }
  const principal = { namens: '00000099000000001000' }
  await register(gateway, 's-m', [[open, 'slachtoffer']], principal, 'servicecentrum-delta')
  const mandated = await ask(gateway, address(open, 's-m'))
  assert.deepEqual(codes(mandated), [['AFGESCHERMD', 'adres']], 'registered under a mandate')
  const wrong = await gateway.ask(waterstad, {
    path: '/v1/zaken',
    body: { zaak: 's-w', betrokkenen: [{ ...person(open), rol: 'Slachtoffer' }] },
  })
  assert.equal(wrong.status, 400)
}

async function shieldedWhileWaiting(gateway: RequestGateway): Promise<void> {
  for (const ready of [false, true]) {
    const zaak = `w-${ready}`
    const taken = await ask(gateway, address(open, zaak), 'verzoeken')
    assert.equal(taken.status, 202, taken.text)
    const verzoek = String(JSON.parse(taken.text).verzoek)
    if (ready) await gateway.work(verzoek)
    const before = gateway.asked.length
    await register(gateway, zaak, [[open, 'slachtoffer']])
    if (ready) {
      const answer = await gateway.pickUp(verzoek, waterstad)
      assert.deepEqual(codes(answer), [['AFGESCHERMD', 'adres']])
    } else await gateway.work(verzoek)
    assert.equal(gateway.asked.length, before)
    const { staat, reden, antwoord, verzegeld } = await gateway.row(verzoek)
    assert.deepEqual([staat, reden, antwoord, verzegeld], ['geweigerd', 'AFGESCHERMD', null, null])
    assert.equal((await gateway.leaves(verzoek)).at(-1)?.feiten?.afgeschermd, true)
  }
}

/** BRP 70.10. */
async function secretAddress(gateway: RequestGateway): Promise<void> {
  const { vkey } = gateway.serving.house.rooms.audit.head('gewoon')
  const disclosed = async (answer: Answer) => {
    assert.equal(answer.status, 200, answer.text)
    assert.equal(verifyAnswer(Buffer.from(answer.text), vkey).soort, 'antwoord')
    const leaf = (await leavesOf(gateway.owner, transactionOf(answer))).at(-1)
    return [leaf?.soort, leaf?.verstrekt, leaf?.weggelaten]
  }
  const both = { velden: ['adres', 'datumAanvang'] }
  const known = await ask(gateway, address(open, 'g-1', both))
  assert.deepEqual(known.body.antwoord, [
    { adres: home, datumAanvang: '2026-01-02', indicatieGeheim: false },
  ])
  assert.deepEqual(await disclosed(known), [
    'verstrekking',
    ['adres', 'datumAanvang', 'indicatieGeheim'],
    [],
  ])
  const hidden = await ask(gateway, address(secret, 'g-2', both))
  assert.deepEqual(hidden.body.antwoord, [{ datumAanvang: '2026-01-02', indicatieGeheim: true }])
  assert.match(hidden.text, /"nietGeleverd":\[\{"reden":"afgeschermd","veld":"adres"\}\]/)
  assert.match(hidden.text, /"inOnderzoek":\[\]/, 'nor is said that it is in doubt')
  assert.doesNotMatch(hidden.text, /Lindelaan|1234AB/)
  assert.deepEqual(await disclosed(hidden), [
    'verstrekking',
    ['datumAanvang', 'indicatieGeheim'],
    ['adres'],
  ])
  const only = await ask(gateway, address(secret, 'g-2'))
  assert.deepEqual(only.body.antwoord, [{ indicatieGeheim: true }])
  assert.equal(only.body.resultaat, 'gegevens')

  gateway.source = living(() => [{ adres: home, datumAanvang: '2026-01-02', bewoning }])
  const silent = await ask(gateway, address(open, 'g-3'))
  assert.equal(silent.status, 502, 'a source that does not say gives nothing')
  gateway.source = homes
}

async function correctedAddress(gateway: RequestGateway): Promise<void> {
  const moved = { ...home, straat: 'Kerkstraat' }
  assert.equal((await ask(gateway, address(moving, 'k-1'))).status, 200)
  const correct = (more: object) =>
    gateway.ask('uwv', {
      path: '/v1/correcties',
      body: {
        ...person(moving),
        ...{ uitwisseling: exchange, veld: 'adres', waarde: moved, reden: 'onjuist' },
        ...more,
      },
    })
  for (const [more, melding] of [
    [{}, 'is bij een adres nodig'],
    [{ veld: 'datumAanvang', waarde: '2026-02-03', geheim: true }, 'hoort alleen bij een adres'],
  ] as const) {
    const { status, body, text } = await correct(more)
    assert.equal(status, 400, text)
    assert.deepEqual(body.fouten, [{ pointer: '/geheim', melding }])
  }
  for (const geheim of [false, true]) {
    const sent = await correct({ geheim })
    assert.equal(sent.status, 202, sent.text)
    const [{ transactie }] = JSON.parse(sent.text).ontvangers
    const brought = await gateway.ask(waterstad, { path: `/v1/berichten/${transactie}/inhoud` })
    assert.equal(brought.status, 200, brought.text)
    assert.deepEqual(brought.body.antwoord, [
      geheim ? { indicatieGeheim: true } : { adres: moved, indicatieGeheim: false },
    ])
    assert.equal(/afgeschermd/.test(brought.text), geheim)
    assert.equal(/Kerkstraat/.test(brought.text), !geheim)
  }
  await shelteredSince(gateway, correct)
}

/** A correction is of no case: whoever the receiver hides in any case is not found by it. */
async function shelteredSince(
  gateway: RequestGateway,
  correct: (more: object) => Promise<Answer>,
): Promise<void> {
  const sent = async (more: object) => {
    const answer = await correct(more)
    assert.equal(answer.status, 202, answer.text)
    const [{ transactie, uitkomst, redenen }] = JSON.parse(answer.text).ontvangers
    return { transactie, uitkomst, redenen, text: answer.text }
  }
  const pickUp = (transactie: string) =>
    gateway.ask(waterstad, { path: `/v1/berichten/${transactie}/inhoud` })
  const waiting = await sent({ geheim: false })
  await register(gateway, 'c-1', [[moving, 'in-opvang']])
  await register(gateway, 'c-2', [[moving, 'aanvrager']])
  const late = await pickUp(waiting.transactie)
  assert.equal(late.status, 403, late.text)
  assert.doesNotMatch(late.text, /Kerkstraat/)

  const shut = await sent({ geheim: false })
  assert.equal(shut.uitkomst, 'geweigerd')
  assert.deepEqual(
    shut.redenen.map(({ code }: { code: string }) => code),
    ['NIET_VERSTREKT'],
  )
  assert.doesNotMatch(shut.text, /AFGESCHERMD|opvang|afgeschermd/, 'the provider is not told why')
  const place = { log: 'gewoon' as const, keysDir: gateway.keysDir }
  for (const transactie of [shut.transactie, transactionOf(late)]) {
    const [leaf] = await leavesOf(gateway.owner, transactie)
    assert.equal(leaf?.feiten?.verhinderd, true)
    assert.deepEqual(Object.keys(leaf?.verhindering ?? {}), ['verzegeld'])
    const why = leaf && unsealMember(openKeys(gateway.keysDir), place, leaf, 'verhindering')
    assert.equal(why, 'AFGESCHERMD')
  }
  const wrong = await sent({ waarde: null, geheim: false })
  assert.equal(wrong.uitkomst, 'aanvaard', 'that it was wrong says of no place')
  const told = await pickUp(wrong.transactie)
  assert.deepEqual(told.body.antwoord, [{ adres: null, indicatieGeheim: false }])
  await register(gateway, 'c-1', [[moving, 'partner']])
  assert.equal((await sent({ geheim: false })).uitkomst, 'geweigerd', 'not lifted by one case')
}

/** Domain S77. */
async function tooOld(gateway: RequestGateway): Promise<void> {
  await gateway.law({
    [`uitwisselingen/${exchange}.yaml`]: text =>
      text.replace('goedkeuring: A0 }', 'goedkeuring: A0, versheid: P13M }'),
    [`uitwisselingen/${exchange}.cases.yaml`]: text =>
      `${text.replace('peildatum: 2024-02-29 }', 'peildatum: 2026-02-28 }').replaceAll('2026-03-29', '2026-03-30')}
  - naam: een dag die te lang geleden is
    als: { peildatum: 2025-08-14 }
    dan: geweigerd
    redenen: [GEGEVEN_VEROUDERD]
  - naam: een dag die nog net kan
    als: { peildatum: 2025-08-16 }
    dan: toegestaan
`,
  })
  const years = 2 * 365 * 86_400_000
  const old = new Date(Date.now() - years).toISOString().slice(0, 10)
  gateway.source = living(
    () => [{ adres: home, datumAanvang: '2020-01-02', bewoning, indicatieGeheim: false }],
    old,
  )
  const stale = await ask(gateway, address(open, 'o-1', { velden: ['adres', 'datumAanvang'] }))
  assert.equal(stale.status, 200, stale.text)
  assert.deepEqual(stale.body.antwoord, [])
  const both = [
    { reden: 'verouderd', veld: 'adres' },
    { reden: 'verouderd', veld: 'datumAanvang' },
  ]
  assert.deepEqual(JSON.parse(stale.text).nietGeleverd, both)
  const [, leaf] = await leavesOf(gateway.owner, transactionOf(stale))
  assert.deepEqual(
    [leaf?.verstrekt, leaf?.weggelaten, leaf?.aantal],
    [[], ['adres', 'datumAanvang'], 0],
  )
  gateway.source = async () => ({
    resultaat: 'geenGegevens',
    herkomst: { peildatum: old, volledigTotEnMet: old, inOnderzoek: [], kwaliteit: 'A' },
  })
  const nobody = await ask(gateway, address(open, 'o-2', { velden: ['adres', 'datumAanvang'] }))
  assert.deepEqual(JSON.parse(nobody.text).nietGeleverd, both)
  gateway.source = homes
  assert.equal((await ask(gateway, address(open, 'o-3'))).body.antwoord.length, 1, 'today’s')
}
