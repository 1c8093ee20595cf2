// Whom may be asked about in a case? What the receiver registered or began with, and the escape from that.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openStore } from '../../gateway/store.ts'
import type { RequestBody } from '../../gateway/terms.ts'
import { asOwner, kinds } from '../support/database.ts'
import { type Answer, goodBody } from '../support/gateway.ts'
import { type HeldGateway, heldGateway } from '../support/held.ts'
import { alarms, leavesOf, transactionOf, until } from '../support/log.ts'
import { roomy } from '../support/policies.ts'

const waterstad = 'gemeente-waterstad'
const bsns = ['999990019', '999993653', '999992168', '999993549'] as const
const person = (n: number): Pick<RequestBody, 'betrokkene'> => ({
  betrokkene: { soort: 'bsn', waarde: bsns[n] ?? '' },
})
const codes = (answer: Answer) => answer.body.redenen?.map(({ code }) => code) ?? []
const urgent = { motivering: { noodzaak: 'spoedvoorschot', lichterMiddel: 'geen' } }

function register(
  gateway: HeldGateway,
  zaak: string,
  persons: readonly number[],
  more = {},
  client = waterstad,
) {
  const betrokkenen = persons.map(n => ({ ...person(n), rol: n === 0 ? 'aanvrager' : 'partner' }))
  return gateway.ask(client, { path: '/v1/zaken', body: { zaak, betrokkenen, ...more } })
}

async function relations(gateway: HeldGateway): Promise<number> {
  const [row] = await gateway.serving.house.store.query<{ n: number }>(
    'select count(*) as n from policy.case_person',
  )
  return row?.n ?? 0
}

const hands = (functie: 'onderzoeker' | 'inkomensconsulent', id = 'u-1') => ({
  medewerker: { id, functie },
})

/** Domain S39: the fact is kept once, over all exchanges that keep these functions apart. */
async function functionsApart(gateway: HeldGateway): Promise<void> {
  const { store } = gateway.serving.house
  const parts = async () =>
    (
      await store.query<{ fase: string }>('select fase from policy.case_phase order by vervalt')
    ).map(({ fase }) => fase)
  const before = (await parts()).length
  const zaak = 'f-1'
  const asked = (more: Partial<RequestBody>, client = waterstad) =>
    gateway.query(client, { zaak, ...person(0), ...more })
  const benefits = {
    path: '/v1/uitwisselingen/uwv-uitkeringen-bijstand/_zoek',
    body: {
      ...goodBody(),
      velden: ['heeftVoorliggendeUitkering'],
      zaak,
      ...person(0),
      ...hands('onderzoeker'),
    },
  }
  const refusedHere = await gateway.ask(waterstad, {
    ...benefits,
    body: { ...benefits.body, velden: ['diagnose'] },
  })
  assert.deepEqual(codes(refusedHere), ['VELD_NIET_TOEGESTAAN'])
  const begun = (await parts()).slice(before)
  assert.deepEqual(begun, ['functie onderzoeker'], 'who was refused was at it too')
  assert.equal((await gateway.ask(waterstad, benefits)).status, 502, 'allowed; the source errs')

  const decides = await asked(hands('inkomensconsulent'))
  assert.equal(decides.status, 403, decides.text)
  assert.deepEqual(codes(decides), ['FUNCTIESCHEIDING_GESCHONDEN'])
  assert.match(decides.body.detail, /in deze zaak al als onderzoeker/)
  const [leaf] = await leavesOf(store, transactionOf(decides))
  assert.deepEqual(leaf?.feiten?.functies, ['onderzoeker'])
  assert.ok(!JSON.stringify(leaf).includes('u-1'))
  assert.equal((await parts()).length, before + 1, 'no row for a repeat or a mistake')
  assert.equal((await asked(hands('onderzoeker'))).status, 200, 'the first function stays open')

  for (const [free, answer] of Object.entries({
    'another employee decides': await asked(hands('inkomensconsulent', 'u-2')),
    'of another receiver': await asked(hands('inkomensconsulent'), 'gemeente-dijkdorp'),
    'in another case': await asked({ ...hands('inkomensconsulent'), zaak: 'f-2' }),
  })) {
    assert.equal(answer.status, 200, `${free}: ${answer.text}`)
    const [found] = await leavesOf(store, transactionOf(answer))
    assert.deepEqual(found?.feiten?.functies, [], free)
  }
  const mandate = { ...hands('inkomensconsulent'), namens: '00000099000000001000' }
  assert.deepEqual(
    codes(await asked(mandate, 'servicecentrum-delta')),
    ['FUNCTIESCHEIDING_GESCHONDEN'],
    'the case is of the principal, whoever acts for it',
  )
}

for (const kind of kinds) {
  test(`${kind}: a case is of those who were registered, or of the person it began with`, async t => {
    const gateway = await heldGateway(t, kind, { settings: roomy(t) })
    const { store } = gateway.serving.house
    const relationOf = async (answer: Answer) =>
      (await leavesOf(store, transactionOf(answer)))[0]?.feiten?.zaakrelatie

    await t.test(
      'the first question in an unknown case registers its person, and no other is let in',
      async () => {
        const first = await gateway.query(waterstad, { zaak: 'a-1', ...person(0) })
        assert.equal(first.status, 200, first.text)
        assert.equal(await relationOf(first), 'nieuw')
        assert.equal(await relations(gateway), 1)
        const again = await gateway.query(waterstad, { zaak: 'a-1', ...person(0) })
        assert.equal(await relationOf(again), 'bekend')
        const other = await gateway.query(waterstad, { zaak: 'a-1', ...person(1) })
        assert.equal(other.status, 403, other.text)
        assert.deepEqual(codes(other), ['ZAAKRELATIE_ONTBREEKT'])
        assert.equal(await relationOf(other), 'anders')
        assert.match(other.body.bewijs.logregel, /ZAAKRELATIE_ONTBREEKT/)
        assert.equal(await relations(gateway), 1)
      },
    )

    await t.test(
      'who investigates a case does not decide it, in whichever exchange, and one mistake shuts nobody out',
      () => functionsApart(gateway),
    )

    await t.test('a refused question registers nobody', async () => {
      assert.equal(
        (await gateway.query(waterstad, { zaak: 'a-2', ...person(0), velden: ['nationaliteit'] }))
          .status,
        403,
      )
      assert.equal((await gateway.query(waterstad, { zaak: 'a-2', ...person(1) })).status, 200)
      assert.equal((await gateway.query(waterstad, { zaak: 'a-2', ...person(0) })).status, 403)
    })

    await t.test('a case of the same number of another receiver is another case', async () => {
      assert.equal(
        (await gateway.query('gemeente-dijkdorp', { zaak: 'a-1', ...person(1) })).status,
        200,
      )
    })

    await t.test(
      'who is registered may be asked about, with a record that hides and finds each person',
      async () => {
        const made = await register(gateway, 'zaak-b-1', [0, 1])
        assert.equal(made.status, 201, made.text)
        const [leaf, ...others] = await leavesOf(store, made.body.transactie)
        assert.equal(others.length, 0)
        assert.deepEqual(
          [leaf?.soort, leaf?.uitkomst, leaf?.aantal],
          ['zaakregistratie', 'geregistreerd', 2],
        )
        assert.deepEqual(
          leaf?.betrokkenen?.map(({ rol }) => rol),
          ['aanvrager', 'partner'],
        )
        for (const bsn of bsns) assert.ok(!JSON.stringify(leaf).includes(bsn))
        assert.ok(!JSON.stringify(leaf).includes('zaak-b-1'))
        const { log: _log, idx, ...text } = leaf ?? { log: '', idx: -1 }
        assert.equal(made.body.bewijs.logregel, JSON.stringify(text))
        const [index] = await store.query<{ n: number }>(
          'select count(*) as n from audit.persoon where idx = $1 and log = $2',
          [idx, 'gewoon'],
        )
        assert.equal(index?.n, 3, 'two persons and the case can be found back')
        for (const n of [0, 1]) {
          const answer = await gateway.query(waterstad, { zaak: 'zaak-b-1', ...person(n) })
          assert.equal(answer.status, 200, answer.text)
          assert.equal(await relationOf(answer), 'bekend')
        }
        assert.deepEqual(
          codes(await gateway.query(waterstad, { zaak: 'zaak-b-1', ...person(2) })),
          ['ZAAKRELATIE_ONTBREEKT'],
        )
      },
    )

    await t.test('registering again changes no relation; registering more adds', async () => {
      const before = await relations(gateway)
      assert.equal((await register(gateway, 'zaak-b-1', [0, 1])).status, 201)
      assert.equal(await relations(gateway), before)
      assert.equal((await register(gateway, 'a-1', [1])).status, 201)
      assert.equal(await relations(gateway), before + 1)
      assert.equal((await gateway.query(waterstad, { zaak: 'a-1', ...person(1) })).status, 200)
    })

    await t.test('a case that is not well said is 400 with every place and no value', async () => {
      const good = { zaak: 'c-1', betrokkenen: [{ ...person(0), rol: 'aanvrager' }] }
      const faulty: [unknown, string[]][] = [
        [{ ...good, betrokkenen: [] }, ['/betrokkenen']],
        [{ ...good, betrokkenen: [{ ...person(0), rol: 'verdachte' }] }, ['/betrokkenen/0/rol']],
        [{ ...good, meer: 1 }, ['/meer']],
        [{ betrokkenen: good.betrokkenen }, ['/zaak']],
        [{ ...good, zaak: '2026-999990019' }, ['/zaak']],
        [{ ...good, zaak: 'z/999.990.019' }, ['/zaak']],
        [
          {
            ...good,
            betrokkenen: [{ betrokkene: { soort: 'bsn', waarde: '999990001' }, rol: 'kind' }],
          },
          ['/betrokkenen/0/betrokkene/waarde'],
        ],
        ['[]', ['']],
      ]
      const before = await relations(gateway)
      for (const [body, pointers] of faulty) {
        const answer = await gateway.ask(waterstad, { path: '/v1/zaken', body })
        assert.equal(answer.status, 400, answer.text)
        assert.deepEqual(
          answer.body.fouten.map(({ pointer }) => pointer),
          pointers,
        )
        assert.doesNotMatch(answer.text, /99999|verdachte/)
      }
      const stranger = await gateway.ask('onbekend', { path: '/v1/zaken', body: good })
      assert.equal(stranger.status, 401)
      assert.equal(await relations(gateway), before)
    })

    await t.test(
      'L14: a burgerservicenummer in a case number or a free text is refused by the field it is in',
      async () => {
        for (const [change, pointer] of [
          [{ zaak: '999990019' }, '/zaak'],
          [{ zaak: 'x999990019x' }, '/zaak'],
          [{ zaak: '1999990019' }, '/zaak'],
          [{ medewerker: { id: 'u-999990019', functie: 'inkomensconsulent' } }, '/medewerker/id'],
          [
            { motivering: { noodzaak: 'a', lichterMiddel: 'b', toelichting: 'over 999990019.' } },
            '/motivering/toelichting',
          ],
        ] as const) {
          const answer = await gateway.query(waterstad, change)
          assert.equal(answer.status, 400, answer.text)
          assert.deepEqual(
            answer.body.fouten.map(fault => fault.pointer),
            [pointer],
          )
          assert.doesNotMatch(answer.text, /999990019/)
        }
      },
    )
  })
}

test('of two functions of one employee at one moment, in two processes, at most one is released', async t => {
  const settings = roomy(t)
  const first = await heldGateway(t, 'postgres', { settings })
  const second = await heldGateway(t, 'postgres', {
    url: first.place.url ?? '',
    settings: { ...settings, SLUIS_KEYS_DIR: join(first.dataDir, 'keys') },
  })
  for (let round = 0; round < 3; round++) {
    const zaak = `tegelijk-${round}`
    await register(first, zaak, [0])
    const answers = await bothBeforeEither(first, () => [
      first.query(waterstad, { zaak, ...person(0), ...hands('onderzoeker') }),
      second.query(waterstad, { zaak, ...person(0), ...hands('inkomensconsulent') }),
    ])
    const late = answers.filter(({ status }) => status === 503)
    assert.ok(late.length >= 1, answers.map(({ text }) => text).join('\n'))
    for (const answer of late) {
      const leaves = await leavesOf(first.serving.house.store, transactionOf(answer))
      assert.deepEqual(
        leaves.map(({ soort }) => soort),
        ['beslissing', 'afgebroken'],
      )
      assert.deepEqual(leaves[1]?.redenen, [{ code: 'FUNCTIESCHEIDING_GESCHONDEN' }])
    }
  }
})

test('L15: an escape works only for a reason the law names, once, is marked for review, and an unclosed one shuts the next', async t => {
  const gateway = await heldGateway(t, 'postgres', { settings: roomy(t) })
  const { store, log: _ } = gateway.serving.house
  const { ops } = gateway.serving.addresses
  await register(gateway, 'e-1', [0])
  await register(gateway, 'e-2', [0])
  const refused = await gateway.query(waterstad, {
    zaak: 'e-1',
    ...person(1),
    motivering: { noodzaak: 'aanvraag', lichterMiddel: 'geen' },
  })
  assert.deepEqual(codes(refused), ['ZAAKRELATIE_ONTBREEKT'])
  const through = await gateway.query(waterstad, { zaak: 'e-1', ...person(1), ...urgent })
  assert.equal(through.status, 200, through.text)
  const [decision] = await leavesOf(store, transactionOf(through))
  assert.equal(decision?.toetsing, 'ontsnapping')
  const known = await gateway.query(waterstad, { zaak: 'e-1', ...person(0), ...urgent })
  assert.equal(
    (await leavesOf(store, transactionOf(known)))[0]?.toetsing,
    undefined,
    'only who was not registered',
  )
  const twice = await gateway.query(waterstad, { zaak: 'e-1', ...person(1), ...urgent })
  assert.deepEqual(codes(twice), ['ZAAKRELATIE_ONTBREEKT'])
  assert.match(twice.body.detail, /al gebruikt/)
  assert.equal(
    (await gateway.query(waterstad, { zaak: 'e-2', ...person(2), ...urgent })).status,
    200,
    'another person still',
  )

  // Two weeks on, as the database tells it: nothing was registered.
  await using owner = await openStore({ ...asOwner(gateway.place), connections: 1 })
  await owner.query('update policy.case_escape set uiterlijk = uiterlijk - 15 * 86400000')
  const late = await gateway.query(waterstad, { zaak: 'e-1', ...person(3), ...urgent })
  assert.deepEqual(codes(late), ['ZAAKRELATIE_ONTBREEKT'])
  assert.match(late.body.detail, /niet op tijd afgesloten/)
  assert.equal(await alarms(ops, 'ontsnapping-niet-afgesloten'), 1)
  const kinds = (await leavesOf(store, transactionOf(late))).map(({ soort }) => soort)
  assert.deepEqual(kinds, ['beslissing', 'signaal'])
  await gateway.query(waterstad, { zaak: 'e-1', ...person(3), ...urgent })
  assert.equal(await alarms(ops, 'ontsnapping-niet-afgesloten'), 1, 'once a day')
  assert.equal(
    (await gateway.query(waterstad, { zaak: 'e-1', ...person(0) })).status,
    200,
    'the rest goes on',
  )

  assert.equal((await register(gateway, 'e-1', [1])).status, 201)
  assert.deepEqual(
    codes(await gateway.query(waterstad, { zaak: 'e-1', ...person(3), ...urgent })),
    ['ZAAKRELATIE_ONTBREEKT'],
    'one of two is closed',
  )
  assert.equal((await register(gateway, 'e-2', [2])).status, 201)
  assert.equal(
    (await gateway.query(waterstad, { zaak: 'e-1', ...person(3), ...urgent })).status,
    200,
  )
})

/** Both processes have read what is known before either can record: the log is held. */
async function bothBeforeEither(
  { place }: HeldGateway,
  ask: () => readonly Promise<Answer>[],
): Promise<readonly Answer[]> {
  await using other = await openStore({ ...place, connections: 1 })
  const calls = await other.transaction(async query => {
    await query(`SELECT pg_advisory_xact_lock(hashtextextended('audit.gewoon', 0))`)
    const asked = ask()
    await until('both wait for the log', async () => {
      const [row] = await query<{ n: number }>(
        `select count(*) as n from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`,
      )
      return (row?.n ?? 0) >= 2
    })
    return asked
  })
  return await Promise.all(calls)
}

test('of two persons that begin one case at once, in two processes, one is registered and the other is not released', async t => {
  const settings = roomy(t)
  const first = await heldGateway(t, 'postgres', { settings })
  const second = await heldGateway(t, 'postgres', {
    url: first.place.url ?? '',
    settings: { ...settings, SLUIS_KEYS_DIR: join(first.dataDir, 'keys') },
  })
  const { store } = first.serving.house
  for (let round = 0; round < 4; round++) {
    const zaak = `samen-${round}`
    const answers = await bothBeforeEither(first, () =>
      [first, second].flatMap((gateway, n) => [
        gateway.query(waterstad, { zaak, ...person(2 * n) }),
        gateway.query(waterstad, { zaak, ...person(2 * n + 1) }),
      ]),
    )
    const released = answers.filter(({ status }) => status === 200)
    assert.equal(released.length, 1, answers.map(({ text }) => text).join('\n'))
    for (const answer of answers) {
      const leaves = await leavesOf(store, transactionOf(answer))
      if (answer.status === 200) continue
      assert.equal(answer.status, 503, answer.text)
      assert.deepEqual(
        leaves.map(({ soort }) => soort),
        ['beslissing', 'afgebroken'],
      )
      assert.deepEqual(leaves[1]?.redenen, [{ code: 'ZAAKRELATIE_ONTBREEKT' }])
    }
    const again = await Promise.all(
      bsns.map((_, n) => first.query(waterstad, { zaak, ...person(n) })),
    )
    assert.deepEqual(
      again.map(({ status }) => status),
      answers.map(({ status }) => (status === 200 ? 200 : 403)),
    )
  }
})

test('a first question and a registration that meet: whoever is first in the log decides', async t => {
  const gateway = await heldGateway(t, 'postgres', { settings: roomy(t) })
  for (let round = 0; round < 6; round++) {
    const zaak = `ontmoeting-${round}`
    const [made, asked] = await Promise.all([
      register(gateway, zaak, [0]),
      gateway.query(waterstad, { zaak, ...person(1) }),
    ])
    assert.equal(made.status, 201)
    const after = await gateway.query(waterstad, { zaak, ...person(1) })
    assert.equal(after.status, asked.status === 200 ? 200 : 403, asked.text)
    assert.equal((await gateway.query(waterstad, { zaak, ...person(0) })).status, 200)
  }
})

test('case, ladder and limit are of the principal: Delta for Waterstad and Waterstad share them, Delta for Dijkdorp does not', async t => {
  const gateway = await heldGateway(t, 'postgres', { settings: roomy(t, { perZaakPerDag: 3 }) })
  const delta = 'servicecentrum-delta'
  const forWaterstad = { namens: '00000099000000001000' }
  const forDijkdorp = { namens: '00000099000000002000' }
  const zaak = 'm-1'
  const made = await register(gateway, zaak, [0, 1], forWaterstad, delta)
  assert.equal(made.status, 201, made.text)
  const light = { zaak, velden: ['heeftInkomstenverhouding'], ...person(1) }
  const amounts = { zaak, velden: ['loonSv'], ...person(1) }
  assert.equal((await gateway.query(delta, { ...light, ...forWaterstad })).status, 200)
  assert.equal((await gateway.query(waterstad, amounts)).status, 200, 'the rung stands open')
  assert.deepEqual(codes(await gateway.query(waterstad, { ...light, ...person(2) })), [
    'ZAAKRELATIE_ONTBREEKT',
  ])
  assert.equal((await gateway.query(waterstad, light)).status, 200)
  assert.equal(
    (await gateway.query(delta, { ...light, ...forWaterstad })).status,
    429,
    'three in all',
  )
  assert.deepEqual(codes(await gateway.query(delta, { ...amounts, ...forDijkdorp })), [
    'LICHTER_MIDDEL_BESCHIKBAAR',
  ])
  assert.equal(
    (await gateway.query(delta, { ...light, ...person(2), ...forDijkdorp })).status,
    200,
    'another case',
  )
  assert.equal((await gateway.query('gemeente-dijkdorp', { ...light, ...person(2) })).status, 200)
  assert.deepEqual(
    codes(await gateway.query(delta, light)),
    ['ONTVANGER_NIET_BEVOEGD'],
    'never in its own name',
  )
})

test('a case is registered in the name of another only under a mandate, and what is refused is recorded and registers nobody', async t => {
  const gateway = await heldGateway(t, 'postgres', { settings: roomy(t) })
  const { store } = gateway.serving.house
  const dijkdorp = { namens: '00000099000000002000' }
  for (const [client, more] of [
    ['regeling-de-dijk', dijkdorp],
    [waterstad, dijkdorp],
    ['servicecentrum-delta', { namens: '00000099000000404000' }],
  ] as const) {
    const answer = await register(gateway, 'n-1', [0], more, client)
    assert.equal(answer.status, 403, answer.text)
    assert.deepEqual(codes(answer), ['MANDAAT_ONTBREEKT'])
    const leaves = await leavesOf(store, transactionOf(answer))
    assert.deepEqual(
      leaves.map(({ soort, uitkomst }) => [soort, uitkomst]),
      [['zaakregistratie', 'geweigerd']],
    )
    assert.equal(answer.body.bewijs.logregel.includes('00000099000000404000'), false)
  }
  assert.equal(await relations(gateway), 0)
  const own = await gateway.query('regeling-de-dijk', { zaak: 'n-1', ...person(0) })
  assert.equal(own.status, 200, own.text)
  assert.deepEqual(codes(await gateway.query('regeling-de-dijk', { ...dijkdorp })), [
    'MANDAAT_ONTBREEKT',
  ])
})
