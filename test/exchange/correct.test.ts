// Does a corrected value reach everyone who was given the wrong one, nobody else, each by a decision of its own?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partyHolder } from '../../certs/names.ts'
import { completeMonths } from '../../demo/start.ts'
import type { PolicySet } from '../../gateway/policy/law.ts'
import { guard } from '../../gateway/schema.ts'
import type { RequestBody } from '../../gateway/terms.ts'
import { check } from '../support/description.ts'
import { clientAgent, goodBody, send, type TestGateway, testGateway } from '../support/gateway.ts'
import { listenBeside } from '../support/listener.ts'
import { lastIndex, leavesAfter, leavesOf, transactionOf } from '../support/log.ts'

const path = '/v1/correcties'
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

test('what is no correction is refused and recorded, and nobody is looked up for it', async t => {
  const gateway = await testGateway(t, 'postgres')
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
})

test('a correction of one wage reaches exactly who got that field, none else, each decided apart', async t => {
  const gateway = await testGateway(t, 'postgres')
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
  const bijstand = 'uwv-inkomsten-bijstand'
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
})

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

test('who got it lawfully and may not have it any more is refused and recorded; others are told once, and pick it up', async t => {
  const gateway = await testGateway(t, 'postgres')
  const { store, rooms } = gateway.demo.serving.house
  const law = rooms.policies.current()
  const waterstad = await receive(gateway, 'gemeente-waterstad')
  await receive(gateway, 'regeling-de-dijk')
  await receive(gateway, 'svb', { velden: ['maand', 'inkomenUitArbeid'] }, 'uwv-inkomsten-anw')
  const agent = clientAgent(gateway.demo.pkiDir, 'uwv')
  t.after(() => agent.destroy())
  const under = async (change: Partial<PolicySet>, body: object): Promise<Corrected> => {
    const changed = { ...law, ...change }
    const policies = { current: () => changed, follow: async () => changed }
    const { port } = await listenBeside(t, gateway, { rooms: { policies } })
    const answer = await send(agent, port, { path, body })
    assert.equal(answer.status, 202, answer.text)
    return JSON.parse(answer.text)
  }
  const outcomes = ({ ontvangers }: Corrected) =>
    ontvangers.map(({ ontvanger, redenen = [] }) => [ontvanger, ...redenen.map(({ code }) => code)])
  const without = (id: string) => new Map([...law.uitwisselingen].filter(([name]) => name !== id))
  const bijstand = law.uitwisselingen.get('uwv-inkomsten-bijstand')
  const dijk = law.partijen.get(oin('regeling-de-dijk'))
  assert.ok(bijstand && dijk)
  const [basis, ...bases] = bijstand.bases
  assert.ok(basis)
  const ended = { ...basis, geldig: { ...basis.geldig, tot: Date.now() - 1 } }
  for (const [what, change, body, expected] of [
    [
      'the basis ended',
      {
        uitwisselingen: new Map([
          ...law.uitwisselingen,
          [bijstand.id, { ...bijstand, bases: [ended, ...bases] }],
        ]),
      },
      wage(),
      [
        [oin('gemeente-waterstad'), 'GRONDSLAG_VERVALLEN'],
        [dijk.oin, 'GRONDSLAG_VERVALLEN'],
      ],
    ],
    [
      'one party ended',
      {
        partijen: new Map([...law.partijen, [dijk.oin, { ...dijk, status: 'beeindigd' as const }]]),
      },
      wage(),
      [[oin('gemeente-waterstad')], [dijk.oin, 'ONTVANGER_NIET_BEVOEGD']],
    ],
    [
      'the exchange is no more',
      { uitwisselingen: without('uwv-inkomsten-anw') },
      wage({ veld: 'inkomenUitArbeid' }),
      [[oin('svb'), 'DOEL_ONBEKEND']],
    ],
  ] as const) {
    const found = await under(change, body)
    assert.deepEqual(outcomes(found), expected, what)
    for (const { transactie, ontvanger, uitkomst, over } of found.ontvangers) {
      const [leaf] = await leavesOf(store, transactie)
      assert.deepEqual(
        [leaf?.ontvanger, leaf?.over, leaf?.uitkomst, leaf?.verstrekker],
        [ontvanger, over, uitkomst, oin('uwv')],
        what,
      )
      const messages = await store.query('SELECT 1 FROM delivery.bericht WHERE bericht = $1', [
        transactie,
      ])
      assert.equal(messages.length, uitkomst === 'aanvaard' ? 1 : 0, what)
    }
  }

  const named = { 'Idempotency-Key': 'loon-1', 'Content-Type': 'application/json' }
  const first = await corrected(gateway, wage(), named)
  const again = await corrected(gateway, wage(), named)
  assert.notEqual(again.transactie, first.transactie)
  assert.equal(again.correctie, first.correctie)
  assert.deepEqual(
    again.ontvangers,
    first.ontvangers.map(({ bewijs: _, ...told }) => told),
  )
  const [told] = first.ontvangers
  assert.ok(told)
  const got = await gateway.ask('gemeente-waterstad', {
    path: `/v1/berichten/${told.transactie}/inhoud`,
  })
  assert.equal(got.status, 200, got.text)
  assert.deepEqual(got.body.antwoord, [{ loonSv: 123_456 }])
  const { correctie } = JSON.parse(got.text)
  assert.deepEqual(correctie, { over: waterstad, reden: 'onjuist' })
})

test('doubt goes to who gave the value, who says what became of it; who never got it reports nothing', async t => {
  const gateway = await testGateway(t, 'postgres')
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
})
