// Does a corrected value reach everyone who was given the wrong one, nobody else, each by a decision of its own?
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { partyHolder } from '../../certs/names.ts'
import { completeMonths } from '../../demo/start.ts'
import type { Rooms } from '../../gateway/exchange.ts'
import type { Arrangement, PolicySet } from '../../gateway/policy/law.ts'
import { guard } from '../../gateway/schema.ts'
import type { RequestBody } from '../../gateway/terms.ts'
import { check } from '../support/description.ts'
import {
  type Answer,
  clientAgent,
  goodBody,
  send,
  type TestGateway,
  testGateway,
} from '../support/gateway.ts'
import { listenBeside } from '../support/listener.ts'
import { lastIndex, leavesAfter, leavesOf, transactionOf } from '../support/log.ts'

const path = '/v1/correcties'
const bijstand = 'uwv-inkomsten-bijstand'
const bsn = '999993653'
const other = '999990019'
const subject = (waarde: string) => ({ soort: 'bsn' as const, waarde })
const oin = (name: string) => partyHolder(name).oin

interface Reached {
  readonly uitwisseling: string
  readonly ontvanger: string
  readonly namens?: string
  readonly over: string
  readonly transactie: string
  readonly uitkomst: string
  readonly redenen?: readonly { readonly code: string }[]
  readonly bewijs?: { readonly logregel: string; readonly tlogProof: string }
}

interface Corrected {
  readonly transactie: string
  readonly correctie: string
  readonly ontvangers: readonly Reached[]
  readonly afgeleid: readonly {
    readonly uitwisseling: string
    readonly velden: readonly string[]
  }[]
}

const wage = (change: object = {}) => ({
  betrokkene: subject(bsn),
  veld: 'loonSv',
  waarde: 123_456,
  reden: 'onjuist',
  ...change,
})

const ask = (gateway: TestGateway, body: unknown, client = 'uwv', headers = {}) =>
  gateway.ask(client, { path, body, headers })

async function corrected(gateway: TestGateway, body: unknown, headers = {}): Promise<Corrected> {
  const answer = await ask(gateway, body, 'uwv', headers)
  assert.equal(answer.status, 202, answer.text)
  assert.deepEqual(check('Correctieverslag')(JSON.parse(answer.text)), [])
  return JSON.parse(answer.text)
}

const names = ({ ontvangers }: Corrected) =>
  ontvangers.map(({ uitwisseling, ontvanger, namens }) => [
    uitwisseling,
    ontvanger,
    ...(namens ? [namens] : []),
  ])

let cases = 0

/** Asks the light answers and then these fields, as a partner does; resolves to the last transaction. */
async function receive(
  gateway: TestGateway,
  client: string,
  change: Partial<RequestBody> = {},
  exchange = 'uwv-inkomsten-bijstand',
): Promise<string> {
  const svb = client === 'svb'
  const { velden = ['loonSv'], ...rest } = change
  const zaak = `correctie-${++cases}`
  const shared = {
    ...(svb
      ? { medewerker: { id: 'b-1', functie: 'beoordelaar' }, periode: completeMonths(Date.now()) }
      : goodBody()),
    ...{ betrokkene: subject(bsn), zaak, ...rest },
  }
  const light = svb ? ['inkomenBovenVrijlating'] : ['heeftInkomstenverhouding']
  let last = ''
  for (const asked of velden.length > 0 ? [light, velden] : [light]) {
    const answer = await gateway.ask(client, {
      path: `/v1/uitwisselingen/${exchange}/_zoek`,
      body: { ...shared, velden: asked },
    })
    assert.equal(answer.status, 200, answer.text)
    last = transactionOf(answer)
  }
  return last
}

/** The first and the last of the three months that everybody asks about. */
function monthsOf() {
  const { van, totEnMet } = completeMonths(Date.now())
  const first = new Date(`${van}T00:00:00Z`)
  const end = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0))
  return {
    first: { van, totEnMet: end.toISOString().slice(0, 10) },
    last: { van: `${totEnMet.slice(0, 8)}01`, totEnMet },
  }
}

test('corrections and doubts, in the order of one day', async t => {
  const gateway = await testGateway(t, 'postgres')
  await t.test(
    'R1: what is no correction, or not of who provides, is refused and recorded, and nobody is looked up for it',
    () => notOne(gateway),
  )
  await t.test(
    'a correction of one wage reaches exactly who got that field, none else, each decided apart',
    each => everyone(each, gateway),
  )
  await t.test(
    'R2: who got it lawfully and may not have it now, by a law that ended, a party that did or the brake, is refused and recorded, and others are told',
    each => notAnyMore(each, gateway),
  )
  await t.test(
    'R3: a process dies between two receivers, and the correction is repeated by its name: each is told once',
    each => halfWay(each, gateway),
  )
  await t.test(
    'R4: a confidential earlier receiver is told, and the provider is not: its answer and the ordinary log are those of nobody there',
    each => secretly(each, gateway),
  )
  await t.test(
    'R5: doubt goes to who gave the value, who says what became of it; who never got it reports nothing',
    () => doubted(gateway),
  )
})

async function notOne(gateway: TestGateway): Promise<void> {
  const { store } = gateway.demo.serving.house
  const refused = async (
    body: unknown,
    expected: readonly [status: number, pointer?: string],
    { client = 'uwv', headers = {} } = {},
  ) => {
    const before = await lastIndex(store)
    const answer = await ask(gateway, body, client, headers)
    const [status, pointer] = expected
    assert.equal(answer.status, status, answer.text)
    assert.equal(answer.body.fouten?.[0]?.pointer, pointer, answer.text)
    assert.ok(!answer.text.includes('123456') && !answer.text.includes(bsn), answer.text)
    const [leaf, ...more] = await leavesAfter(store, before)
    assert.deepEqual([leaf?.soort, leaf?.transactie], ['afwijzing', transactionOf(answer)])
    assert.equal(more.length, 0)
  }

  for (const [change, pointer] of [
    [{ waarde: '123456' }, '/waarde'],
    [{ waarde: 1.5 }, '/waarde'],
    [{ waarde: `loon van ${bsn}` }, '/waarde'],
    [{ waarde: { diep: [{ in: bsn }] } }, '/waarde'],
    [{ betrokkene: subject('123456789') }, '/betrokkene/waarde'],
    [{ veld: 'bestaatNiet' }, '/veld'],
    [{ veld: 'brutoTermijn' }, '/veld'],
    [{ veld: 'constructor' }, '/veld'],
    [{ reden: 'zomaar' }, '/reden'],
    [{ periode: { van: '2026-02-01', totEnMet: '2026-01-31' } }, '/periode/totEnMet'],
    [{ uitwisseling: 'uwv-inkomsten-anw' }, '/veld'],
    [{ ontvanger: oin('svb') }, '/ontvanger'],
    [{ betrokkene: undefined }, '/betrokkene'],
    [{ waarde: undefined }, '/waarde'],
  ] as const) {
    await refused(wage(change), [400, pointer])
  }
  await refused('{', [400, ''])
  await refused(wage({ uitwisseling: 'svb-uitkering-uwv' }), [404])
  await refused(wage({ uitwisseling: 'bestaat-niet' }), [404])
  // Its receivers give nothing: to them it is no field of theirs.
  await refused(wage(), [400, '/veld'], { client: 'gemeente-waterstad' })
  await refused(wage({ uitwisseling: 'uwv-inkomsten-bijstand' }), [404], { client: 'svb' })
  await refused(wage(), [401], { client: 'onbekend' })
  await refused(wage(), [400], { headers: { 'Idempotency-Key': 'met spatie' } })
  const method = await gateway.ask('uwv', { path, method: 'GET' })
  assert.deepEqual([method.status, method.headers.allow], [405, 'POST'])
}

async function everyone(t: TestContext, gateway: TestGateway): Promise<void> {
  const { store } = gateway.demo.serving.house
  const { first, last } = monthsOf()
  const twice = await receive(gateway, 'gemeente-waterstad')
  const waterstad = await receive(gateway, 'gemeente-waterstad', { velden: ['tijdvak', 'loonSv'] })
  assert.notEqual(twice, waterstad)
  const delta = await receive(gateway, 'servicecentrum-delta', { namens: oin('gemeente-dijkdorp') })
  const dijk = await receive(gateway, 'regeling-de-dijk', { periode: last })
  // Another month, another person, another field, what is made out of it, and what was refused.
  const early = await receive(gateway, 'servicecentrum-delta', {
    ...{ namens: oin('gemeente-waterstad'), periode: first },
  })
  await receive(gateway, 'gemeente-dijkdorp', { betrokkene: subject(other) })
  await receive(gateway, 'gemeente-dijkdorp', { velden: ['aantalVerloondeUren'] })
  const anw = ['maand', 'inkomenUitArbeid']
  const sums = await receive(gateway, 'svb', { velden: anw }, 'uwv-inkomsten-anw')
  await receive(gateway, 'svb', { velden: [] }, 'uwv-inkomsten-aio')
  const refused = await gateway.query('gemeente-dijkdorp', {
    ...{ betrokkene: subject(bsn), velden: ['loonSv'], zaak: 'te-vroeg' },
  })
  assert.equal(refused.status, 403)

  const earlier = await leavesAfter(store, -1)
  const expected = [
    [bijstand, oin('gemeente-waterstad')],
    [bijstand, oin('servicecentrum-delta'), oin('gemeente-dijkdorp')],
    [bijstand, oin('regeling-de-dijk')],
  ]

  await t.test('of the days that the value is about', async () => {
    const found = await corrected(gateway, wage({ periode: last }))
    assert.deepEqual(names(found), expected)
    assert.deepEqual(
      found.ontvangers.map(({ over, uitkomst }) => [over, uitkomst]),
      [waterstad, delta, dijk].map(over => [over, 'aanvaard']),
    )
    assert.deepEqual(found.afgeleid, [
      { uitwisseling: 'uwv-inkomsten-aio', velden: ['inkomenBovenVrijlating'] },
      { uitwisseling: 'uwv-inkomsten-anw', velden: ['inkomenBovenVrijlating', 'inkomenUitArbeid'] },
    ])
    const leaves = (await leavesAfter(store, earlier.length - 1)).filter(
      ({ soort }) => soort === 'inzage' || soort === 'aanvaarding' || soort === 'beslissing',
    )
    const [look, ...decisions] = leaves
    assert.deepEqual([look?.soort, look?.transactie], ['inzage', found.transactie])
    assert.deepEqual(look?.handeling, {
      ...{ wat: 'correctie', veld: 'loonSv', reden: 'onjuist', aantal: 3 },
    })
    assert.equal(decisions.length, 3, 'nothing but a decision for each')
    for (const reached of found.ontvangers) {
      const leaf = decisions.find(({ transactie }) => transactie === reached.transactie)
      assert.ok(leaf)
      const { log: _, idx: __, ...record } = leaf
      assert.deepEqual(guard('logregel')(record), [])
      assert.equal(reached.bewijs?.logregel, (await textOf(store, leaf.idx)) ?? '')
      assert.deepEqual(
        [leaf.soort, leaf.verstrekker, leaf.ontvanger, leaf.namens, leaf.over],
        ['aanvaarding', oin('uwv'), reached.ontvanger, reached.namens, reached.over],
      )
      assert.deepEqual(
        [leaf.vraag?.stap, leaf.vraag?.velden, leaf.vraag?.gegevens, leaf.feiten?.eerder],
        ['correctie', ['loonSv'], ['loonSv'], true],
      )
      assert.equal(leaf.traceId, look?.traceId)
      const [message] = await store.query<Record<string, unknown>>(
        'SELECT soort, staat, ontvanger, verstrekker, uitwisseling FROM delivery.bericht WHERE bericht = $1',
        [reached.transactie],
      )
      assert.deepEqual(message, {
        ...{ soort: 'correctie', staat: 'ontvangen', uitwisseling: bijstand },
        ...{ ontvanger: reached.ontvanger, verstrekker: oin('uwv') },
      })
    }
    assert.ok(!JSON.stringify(leaves).includes(bsn) && !JSON.stringify(leaves).includes('123456'))
  })

  await t.test(
    'without days everyone who got it, whenever; named by exchange, of that one',
    async () => {
      const found = await corrected(gateway, wage())
      assert.deepEqual(names(found), [
        expected[0],
        [bijstand, oin('servicecentrum-delta'), oin('gemeente-waterstad')],
        ...expected.slice(1),
      ])
      assert.equal(found.ontvangers[1]?.over, early)
      const one = await corrected(gateway, wage({ uitwisseling: bijstand, periode: first }))
      assert.deepEqual(names(one), [
        expected[0],
        [bijstand, oin('servicecentrum-delta'), oin('gemeente-waterstad')],
        expected[1],
      ])
    },
  )

  await t.test('what was made out of the field is corrected apart', async () => {
    const sum = { veld: 'inkomenUitArbeid', waarde: 200_000 }
    const found = await corrected(gateway, wage(sum))
    assert.deepEqual(names(found), [['uwv-inkomsten-anw', oin('svb')]])
    assert.equal(found.ontvangers[0]?.over, sums)
    assert.deepEqual(found.afgeleid, [])
    const light = await corrected(gateway, wage({ veld: 'inkomenBovenVrijlating', waarde: null }))
    assert.deepEqual(names(light), [
      ['uwv-inkomsten-aio', oin('svb')],
      ['uwv-inkomsten-anw', oin('svb')],
    ])
  })

  await t.test('who nobody got anything about is answered plainly, and recorded', async () => {
    const before = await lastIndex(store)
    const found = await corrected(gateway, wage({ betrokkene: subject('999992168') }))
    assert.deepEqual([found.ontvangers, found.afgeleid], [[], []])
    const [look, ...more] = await leavesAfter(store, before)
    assert.deepEqual([look?.soort, look?.handeling?.aantal, more.length], ['inzage', 0, 0])
  })

  await t.test('no earlier record changed', async () => {
    const now = await leavesAfter(store, -1)
    assert.deepEqual(now.slice(0, earlier.length), earlier)
  })
}

async function textOf(
  { query }: TestGateway['demo']['serving']['house']['store'],
  idx: number,
): Promise<string | undefined> {
  const [row] = await query<{ tekst: string }>(
    `SELECT tekst FROM audit.leaf WHERE log = 'gewoon' AND idx = $1`,
    [idx],
  )
  return row?.tekst
}

/** Asks `correcties` of this gateway under another law, or with a part that fails. */
async function beside(
  t: TestContext,
  gateway: TestGateway,
  change: Partial<Rooms>,
  client = 'uwv',
) {
  const agent = clientAgent(gateway.demo.pkiDir, client)
  t.after(() => agent.destroy())
  const { port } = await listenBeside(t, gateway, { rooms: change })
  return (body: unknown, headers = {}, to = path) => send(agent, port, { path: to, body, headers })
}

const underLaw = (law: PolicySet): Pick<Rooms, 'policies'> => ({
  policies: { current: () => law, follow: async () => law },
})

function read(answer: Answer): Corrected {
  assert.equal(answer.status, 202, answer.text)
  return JSON.parse(answer.text)
}

const keyed = (name: string) => ({ 'Idempotency-Key': name, 'Content-Type': 'application/json' })

async function messagesOf({ demo }: TestGateway, transacties: readonly string[]) {
  return await demo.serving.house.store.query<{ ontvanger: string; log: string }>(
    'SELECT ontvanger, log FROM delivery.bericht WHERE bericht = ANY($1) ORDER BY ontvanger, bericht',
    [transacties],
  )
}

async function notAnyMore(t: TestContext, gateway: TestGateway): Promise<void> {
  const { store, rooms } = gateway.demo.serving.house
  const law = rooms.policies.current()
  const outcomes = ({ ontvangers }: Corrected) =>
    ontvangers.map(({ ontvanger, redenen = [] }) => [ontvanger, ...redenen.map(({ code }) => code)])
  const without = (id: string) => new Map([...law.uitwisselingen].filter(([name]) => name !== id))
  const arrangement = law.uitwisselingen.get(bijstand)
  const dijk = law.partijen.get(oin('regeling-de-dijk'))
  assert.ok(arrangement && dijk)
  const [basis, ...bases] = arrangement.bases
  assert.ok(basis)
  const ended = { ...basis, geldig: { ...basis.geldig, tot: Date.now() - 1 } }
  const all = [
    'gemeente-waterstad',
    'servicecentrum-delta',
    'servicecentrum-delta',
    'regeling-de-dijk',
  ]
  const each = (code: string) => all.map(name => [oin(name), code])
  const lighter = new Map([...arrangement.rungOf].filter(([veld]) => veld !== 'loonSv'))
  const party = { ...dijk, status: 'beeindigd' as const }
  for (const [what, change, body, expected] of [
    [
      'the basis ended',
      {
        uitwisselingen: new Map([
          ...law.uitwisselingen,
          [bijstand, { ...arrangement, bases: [ended, ...bases] }],
        ]),
      },
      wage(),
      each('GRONDSLAG_VERVALLEN'),
    ],
    [
      'one party ended',
      { partijen: new Map([...law.partijen, [dijk.oin, party]]) },
      wage(),
      all.map(name =>
        name === 'regeling-de-dijk' ? [oin(name), 'ONTVANGER_NIET_BEVOEGD'] : [oin(name)],
      ),
    ],
    [
      'the field is not given any more',
      {
        uitwisselingen: new Map([
          ...law.uitwisselingen,
          [bijstand, { ...arrangement, rungOf: lighter }],
        ]),
      },
      wage({ uitwisseling: bijstand }),
      each('VELD_NIET_TOEGESTAAN'),
    ],
    ['the brake was set', { noodrem: ['alles'] }, wage(), each('NOODREM')],
    [
      'the exchange is no more',
      { uitwisselingen: without('uwv-inkomsten-anw') },
      wage({ veld: 'inkomenUitArbeid' }),
      [[oin('svb'), 'DOEL_ONBEKEND']],
    ],
  ] as const) {
    const correcting = await beside(t, gateway, underLaw({ ...law, ...change }))
    const found = read(await correcting(body))
    assert.deepEqual(outcomes(found), expected, what)
    for (const { transactie, ontvanger, uitkomst, over } of found.ontvangers) {
      const [leaf] = await leavesOf(store, transactie)
      assert.deepEqual(
        [leaf?.ontvanger, leaf?.over, leaf?.uitkomst, leaf?.verstrekker],
        [ontvanger, over, uitkomst, oin('uwv')],
        what,
      )
      const messages = await messagesOf(gateway, [transactie])
      assert.equal(messages.length, uitkomst === 'aanvaard' ? 1 : 0, what)
    }
  }
}

async function halfWay(t: TestContext, gateway: TestGateway): Promise<void> {
  const { store, rooms } = gateway.demo.serving.house
  let first: Promise<unknown> | undefined
  const dying = await beside(t, gateway, {
    audit: {
      ...rooms.audit,
      async append(log, draft) {
        if (draft.record.soort !== 'aanvaarding') return await rooms.audit.append(log, draft)
        if (first === undefined) {
          const receipt = rooms.audit.append(log, draft)
          first = receipt
          return await receipt
        }
        await first
        throw new Error('the process died here')
      },
    },
    corrections: { ...rooms.corrections, leave: async () => {} },
  })
  const died = await dying(wage(), keyed('loon-1'))
  assert.equal(died.status, 500, died.text)

  const held = await ask(gateway, wage(), 'uwv', keyed('loon-1'))
  assert.deepEqual([held.status, held.headers['retry-after']], [503, '5'], held.text)
  const differs = await ask(gateway, wage({ waarde: 1 }), 'uwv', keyed('loon-1'))
  assert.equal(differs.status, 409, differs.text)
  for (const refused of [held, differs]) {
    const last = (await leavesOf(store, transactionOf(refused))).at(-1)
    assert.deepEqual([last?.soort, last?.redenen?.[0]?.code], ['afwijzing', 'idempotentie'])
  }
  const lapse = 'UPDATE delivery.correctie SET lease = 0 WHERE lease > 0'
  await store.query(lapse)
  const second = await corrected(gateway, wage(), keyed('loon-1'))
  assert.equal(second.ontvangers.length, 4)
  assert.deepEqual(
    second.ontvangers.map(({ bewijs }) => bewijs === undefined).sort(),
    [false, false, false, true],
    'who was told before it died has no second record',
  )
  const again = await corrected(gateway, wage(), keyed('loon-1'))
  assert.notEqual(again.transactie, second.transactie)
  assert.equal(again.correctie, second.correctie)
  const untold = ({ ontvangers }: Corrected) => ontvangers.map(({ bewijs: _, ...told }) => told)
  assert.deepEqual(again.ontvangers, untold(second))
  for (const [call, over] of [
    [second.correctie, undefined],
    [again.transactie, second.correctie],
  ] as const) {
    const looks = await leavesOf(store, call)
    assert.deepEqual(
      looks.flatMap(({ soort, ...look }) => (soort === 'inzage' ? [look.over] : [])),
      [over],
    )
  }
  const told = second.ontvangers.map(({ transactie }) => transactie)
  assert.equal((await messagesOf(gateway, told)).length, 4)
  const [{ count } = { count: -1 }] = await store.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM audit.leaf WHERE soort = 'aanvaarding' AND tekst LIKE $1`,
    [`%"traceId":"${await traceOf(gateway, second.correctie)}"%`],
  )
  assert.equal(count, 1, 'the call that died reached one')

  // A refusal is remembered with its reasons.
  const braked = await beside(
    t,
    gateway,
    underLaw({ ...rooms.policies.current(), noodrem: ['alles'] }),
  )
  const refused = read(await braked(wage(), keyed('loon-2')))
  const later = await corrected(gateway, wage(), keyed('loon-2'))
  assert.deepEqual(later.ontvangers, untold(refused))
  assert.deepEqual(
    later.ontvangers[0]?.redenen?.map(({ code }) => code),
    ['NOODREM'],
  )

  // Another party's name is another's; two calls of one moment carry it out once; who got it since is none of them.
  const svb = wage({ veld: 'ontvangtSvbUitkering', waarde: true })
  assert.equal((await ask(gateway, svb, 'svb', keyed('loon-1'))).status, 202)
  const busy = `UPDATE delivery.correctie SET houder = 'ander', lease = 9e15 WHERE correctie = $1`
  await store.query(busy, [second.correctie])
  assert.equal((await ask(gateway, wage(), 'uwv', keyed('loon-1'))).status, 503)
  const both = await Promise.all([1, 2].map(() => ask(gateway, wage(), 'uwv', keyed('loon-3'))))
  assert.ok(both.every(({ status }) => status === 202 || status === 503))
  const settled = await corrected(gateway, wage(), keyed('loon-3'))
  const reached = both.flatMap(answer =>
    answer.status === 202 ? read(answer).ontvangers.filter(({ bewijs }) => bewijs) : [],
  )
  assert.deepEqual(reached.map(({ transactie }) => transactie).sort(), [
    ...settled.ontvangers.map(({ transactie }) => transactie).sort(),
  ])
  await store.query('UPDATE delivery.correctie SET aangenomen = 0 WHERE correctie = $1', [
    settled.correctie,
  ])
  assert.deepEqual((await corrected(gateway, wage(), keyed('loon-3'))).ontvangers, [])

  const [waterstad] = second.ontvangers
  assert.ok(waterstad)
  const got = await gateway.ask('gemeente-waterstad', {
    path: `/v1/berichten/${waterstad.transactie}/inhoud`,
  })
  assert.equal(got.status, 200, got.text)
  assert.deepEqual(got.body.antwoord, [{ loonSv: 123_456 }])
  const { correctie } = JSON.parse(got.text)
  assert.deepEqual(correctie, { over: waterstad.over, reden: 'onjuist' })
}

async function traceOf({ demo }: TestGateway, transactie: string): Promise<string> {
  const [leaf] = await leavesOf(demo.serving.house.store, transactie)
  return leaf?.traceId ?? ''
}

/** What two records or answers of the same thing may differ in. */
const unlike =
  /^(transactie|correctie|tijd|traceId|spanId|ouderSpanId|idx|bewijs|verzoek|verzegeld|pseudoniem)$/
const alike = (what: unknown): unknown =>
  JSON.parse(JSON.stringify(what, (name, value) => (unlike.test(name) ? undefined : value)))

async function secretly(t: TestContext, gateway: TestGateway): Promise<void> {
  const { store, rooms } = gateway.demo.serving.house
  const law = rooms.policies.current()
  const arrangement = law.uitwisselingen.get(bijstand)
  const anw = law.uitwisselingen.get('uwv-inkomsten-anw')
  const dijk = law.partijen.get(oin('regeling-de-dijk'))
  assert.ok(arrangement && anw && dijk)
  const partijen = new Map([...law.partijen, [dijk.oin, { ...dijk, vertrouwelijk: true }]])
  const hidden: PolicySet = { ...law, partijen }
  const exchanges = (...changed: readonly Arrangement[]) => ({
    uitwisselingen: new Map([...law.uitwisselingen, ...changed.map(one => [one.id, one] as const)]),
  })
  const body = wage({ betrokkene: subject(other) })
  const logs = async () =>
    [await lastIndex(store), await lastIndex(store, 'vertrouwelijk')] as const
  /** The answer, and what was recorded of it in either log. */
  const correcting = async (changed: PolicySet, asked: object = body, headers = {}) => {
    const [open, secret] = await logs()
    const found = read(await (await beside(t, gateway, underLaw(changed)))(asked, headers))
    return {
      ...{ found, ordinary: await leavesAfter(store, open) },
      confidential: await leavesAfter(store, secret, 'vertrouwelijk'),
    }
  }

  const before = await correcting(hidden)
  assert.deepEqual(names(before.found), [[bijstand, oin('gemeente-dijkdorp')]])
  assert.deepEqual(before.confidential, [])

  const asDijk = await beside(t, gateway, underLaw(hidden), 'regeling-de-dijk')
  let over = ''
  for (const velden of [['heeftInkomstenverhouding'], ['loonSv']]) {
    const answer = await asDijk(
      { ...goodBody(), betrokkene: subject(other), zaak: 'geheim-1', velden },
      {},
      `/v1/uitwisselingen/${bijstand}/_zoek`,
    )
    assert.equal(answer.status, 200, answer.text)
    over = transactionOf(answer)
  }
  assert.equal((await leavesOf(store, over))[0]?.log, 'vertrouwelijk')

  const after = await correcting(hidden)
  assert.deepEqual(alike(after.found), alike(before.found))
  assert.deepEqual(alike(after.ordinary), alike(before.ordinary))
  const [leaf, ...more] = after.confidential
  assert.equal(more.length, 0)
  assert.deepEqual(
    [leaf?.soort, leaf?.ontvanger, leaf?.over, leaf?.vraag?.stap],
    ['aanvaarding', dijk.oin, over, 'correctie'],
  )
  const messages = await messagesOf(gateway, [leaf?.transactie ?? ''])
  assert.deepEqual(messages, [{ ontvanger: dijk.oin, log: 'vertrouwelijk' }])
  const waiting = await asDijk(undefined, {}, `/v1/berichten/${leaf?.transactie}/inhoud`)
  assert.deepEqual(waiting.body.antwoord, [{ loonSv: 123_456 }], waiting.text)

  // By name: told once, and shown by no call.
  const first = await correcting(hidden, body, keyed('geheim'))
  const repeat = await correcting(hidden, body, keyed('geheim'))
  assert.deepEqual([first.confidential.length, repeat.confidential.length], [1, 0])
  assert.deepEqual(alike(repeat.found), alike(before.found))

  // Confidential once, or only now; and under an exchange that is no more.
  const then = await correcting(law)
  assert.deepEqual(names(then.found), names(before.found))
  const now = { ...law, partijen: new Map([...hidden.partijen]) }
  const dijkdorp = law.partijen.get(oin('gemeente-dijkdorp'))
  assert.ok(dijkdorp)
  now.partijen.set(dijkdorp.oin, { ...dijkdorp, vertrouwelijk: true })
  const since = await correcting(now)
  assert.deepEqual([since.found.ontvangers, since.ordinary[0]?.handeling?.aantal], [[], 0])
  assert.deepEqual([since.ordinary.length, since.confidential.length], [1, 2])
  const renamed = { ...arrangement, id: 'uwv-inkomsten-nieuw' }
  const uitwisselingen = new Map(exchanges(renamed).uitwisselingen)
  uitwisselingen.delete(bijstand)
  const gone = await correcting({ ...hidden, uitwisselingen })
  assert.deepEqual(names(gone.found), names(before.found))
  assert.deepEqual(
    gone.confidential.map(one => [one.soort, one.uitkomst, one.ontvanger]),
    [['beslissing', 'geweigerd', dijk.oin]],
  )

  // To the parties of a confidential exchange nobody of it is a secret, and all of it is of the second log.
  const giving = [...law.uitwisselingen.values()].filter(
    one => one.rungOf.has('loonSv') && one.verstrekker.oin === arrangement.verstrekker.oin,
  )
  const whole = {
    ...hidden,
    ...exchanges(...giving.map(one => ({ ...one, vertrouwelijk: true }))),
  }
  const party = await correcting(whole)
  assert.deepEqual(
    names(party.found).map(([, ontvanger]) => ontvanger),
    [oin('gemeente-dijkdorp'), dijk.oin],
  )
  assert.deepEqual(party.ordinary, [])
  assert.equal(party.confidential[0]?.handeling?.aantal, 2)
  const nobody = await correcting(whole, wage({ betrokkene: subject('999992168') }))
  assert.deepEqual([nobody.ordinary.length, nobody.confidential.length], [0, 1])
  // Another's now, and confidential: it does not exist for who provided in it.
  const others = {
    ...anw,
    vertrouwelijk: true,
    verstrekker: { ...anw.verstrekker, oin: oin('svb') },
  }
  const light = wage({ veld: 'inkomenBovenVrijlating', waarde: null })
  const moved = await correcting({ ...law, ...exchanges(others) }, light)
  assert.deepEqual(names(moved.found), [['uwv-inkomsten-aio', oin('svb')]])
  assert.equal(moved.ordinary[0]?.handeling?.aantal, 1)
  assert.deepEqual(
    moved.confidential.map(one => [one.uitkomst, one.uitwisseling]),
    [['geweigerd', 'uwv-inkomsten-anw']],
  )
  const rests = await correcting({ ...law, ...exchanges(others) }, wage())
  assert.deepEqual(
    rests.found.afgeleid.map(({ uitwisseling }) => uitwisseling),
    ['uwv-inkomsten-aio'],
  )
}

async function doubted(gateway: TestGateway): Promise<void> {
  const { store } = gateway.demo.serving.house
  const transactie = await receive(gateway, 'gemeente-waterstad')
  const report = (change: object = {}, client = 'gemeente-waterstad') =>
    gateway.ask(client, {
      path: '/v1/terugmeldingen',
      body: { transactie, veld: 'loonSv', reden: 'bewijsstuk', waarde: 240_000, ...change },
    })
  for (const [change, status, client] of [
    [{}, 404, 'gemeente-dijkdorp'],
    [{}, 404, 'uwv'],
    [{ transactie: '019a9f33-4e10-7a6b-8c2d-0f1e2d3c4b5a' }, 404],
    [{ veld: 'aantalVerloondeUren', waarde: 3 }, 403],
    [{ waarde: 'veel' }, 400],
    [{ reden: 'zomaar' }, 400],
    [{ toelichting: `zie ${bsn}` }, 400],
  ] as const) {
    const before = await lastIndex(store)
    const answer = await report(change, client)
    assert.equal(answer.status, status, answer.text)
    const [leaf, ...more] = await leavesAfter(store, before)
    assert.equal(more.length, 0)
    assert.deepEqual(
      [leaf?.transactie, leaf?.uitkomst, leaf?.feiten?.eerder],
      [transactionOf(answer), 'geweigerd', status === 403 ? false : undefined],
    )
  }
  const taken = await report({ toelichting: 'De loonstrook zegt iets anders.' })
  assert.equal(taken.status, 201, taken.text)
  const { terugmelding } = JSON.parse(taken.text)
  assert.equal(taken.headers.location, `/v1/terugmeldingen/${terugmelding}`)
  const content = await gateway.ask('uwv', { path: `/v1/berichten/${terugmelding}/inhoud` })
  assert.equal(content.status, 200, content.text)
  assert.deepEqual(content.body.antwoord, [
    {
      ...{ transactie, veld: 'loonSv', reden: 'bewijsstuk', waarde: '240000' },
      toelichting: 'De loonstrook zegt iets anders.',
    },
  ])
  assert.deepEqual(JSON.parse(content.text).betrokkene, subject(bsn), 'the log knew whom')
  for (const body of [{ staat: 'signaal' }, { staat: 'beoordeeld', afloop: 'verbeterd' }]) {
    const said = await gateway.ask('uwv', {
      path: `/v1/berichten/${terugmelding}/beoordeling`,
      body,
    })
    assert.ok(said.status < 300, said.text)
  }
  const stand = { path: `/v1/terugmeldingen/${terugmelding}` }
  const seen = await gateway.ask('gemeente-waterstad', stand)
  const { staat, afloop } = JSON.parse(seen.text)
  assert.deepEqual([staat, afloop], ['beoordeeld', 'verbeterd'])
  const [look] = await leavesOf(store, (await leavesAfter(store, -1)).at(-1)?.transactie ?? '')
  assert.deepEqual([look?.soort, look?.over], ['inzage', terugmelding])
  assert.equal((await gateway.ask('uwv', stand)).status, 404)
}
