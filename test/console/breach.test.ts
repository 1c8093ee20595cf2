// Is a breach told in numbers, marked and exported, within the officer's own records, and found again after a restart?
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { partyHolder } from '../../certs/names.ts'
import { unsealMember } from '../../gateway/audit/find.ts'
import { breachMarks, markBreaches } from '../../gateway/console/breach.ts'
import { breachPages } from '../../gateway/console/breach-page.ts'
import type { Role, View, Visit } from '../../gateway/console/page.ts'
import { pages } from '../../gateway/console/pages.ts'
import { heldGateway } from '../support/held.ts'
import { lastIndex, leavesAfter, transactionOf } from '../support/log.ts'
import { findPlanted } from '../support/planted.ts'
import { deskOf, joined, officerOf, visitOf } from './desk.ts'

const oin = (name: string) => partyHolder(name).oin
const waterstad = oin('gemeente-waterstad')
const uwv = oin('uwv')
const [first, second, other] = ['999990019', '999993653', '999992168']
const planted = findPlanted([first, second, other, 'zaak-1', 'zaak-2', 'zaak-3', 'u-4711'])

function formOf(values: Readonly<Record<string, string>>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(values)) form.set(name, value)
  return form
}

function textOf(view: View): string {
  assert.ok(view.kind === 'page', view.kind)
  assert.deepEqual(planted(view.body.text), [])
  return view.body.text.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')
}

test('a breach is counted without persons, recorded, marked and exported, for who took part in it alone', async t => {
  let drifting = false
  const gateway = await heldGateway(t, 'postgres', {
    bend: answer =>
      drifting ? { ...answer, rijen: answer.rijen.map(row => ({ ...row, meer: 1 })) } : answer,
  })
  const { house } = gateway.serving
  const { query } = house.store
  const desk = deskOf(house, join(gateway.dataDir, 'keys'))
  const [start, one] = breachPages
  assert.ok(start?.show && start.act && one?.show && one.act)
  const [show, act, showOne, actOne] = [start.show, start.act, one.show, one.act]
  const visit = (role: Role, changes: Partial<Visit> = {}, of = waterstad) =>
    visitOf(officerOf(of, role), changes)
  const asked = async (client: string, zaak: string, waarde: string) =>
    transactionOf(await gateway.query(client, { zaak, betrokkene: { soort: 'bsn', waarde } }))
  const touched = await asked('gemeente-waterstad', 'zaak-1', first)
  await asked('gemeente-waterstad', 'zaak-1', first)
  await asked('gemeente-waterstad', 'zaak-2', second)
  await asked('gemeente-dijkdorp', 'zaak-3', other)
  const refused = transactionOf(
    await gateway.query('gemeente-waterstad', { zaak: 'zaak-1', velden: ['nationaliteit'] }),
  )
  drifting = true
  const drifted = transactionOf(await gateway.query('gemeente-waterstad', { zaak: 'zaak-1' }))
  drifting = false

  const count = async (params: Record<string, string>, of = waterstad) =>
    textOf(await show(visit('privacy-officer', { query: new URLSearchParams(params) }, of), desk))
  await t.test(
    'the numbers are those of the own organisation, and the choice decides them',
    async () => {
      const before = await lastIndex(house.store)
      assert.match(await count({ wat: 'verstrekt' }), /Verstrekkingen 3 Betrokkenen 2 /)
      assert.match(await count({ wat: 'verstrekt' }, uwv), /Verstrekkingen 4 Betrokkenen 3 /)
      assert.match(await count({ wat: 'drift' }), /Verstrekkingen 1 Betrokkenen 1 /)
      assert.match(await count({ wat: 'alles' }), /Verstrekkingen 5 Betrokkenen 2 /)
      assert.match(await count({ wat: 'alles', totEnMet: '2020-01-01' }), /Hier valt geen/)
      assert.match(await count({ wat: 'alles', digest: desk.law().digest }), /Verstrekkingen 5 /)
      const dijkdorp = oin('gemeente-dijkdorp')
      assert.match(await count({ wat: 'alles', partij: dijkdorp }), /Hier valt geen/)
      assert.match(await count({ wat: 'alles', partij: dijkdorp }, uwv), /Verstrekkingen 1 /)
      assert.match(await count({ wat: 'alles', partij: first }), /Kies iets uit de lijst/)
      assert.match(await count({ wat: 'alles', van: first }), /Vul een datum in/)
      const looks = (await leavesAfter(house.store, before)).filter(
        ({ handeling }) => handeling?.wat === 'datalek-telling',
      )
      assert.equal(looks.length, 8, 'each count is a record')
      assert.equal((await count({})).includes('Nog geen'), false)
    },
  )

  const good = {
    ...{ wat: 'verstrekt', kenmerk: 'DL-2026-03', dag: '2026-01-05', uur: '14:30' },
    ...{ aard: '=HYPERLINK("x") verkeerd adres', gevolgen: 'misbruik', maatregelen: 'gesloten' },
  }
  const send = (values: Record<string, string>, role: Role = 'privacy-officer', of = waterstad) =>
    act(visit(role, { form: formOf(values) }, of), desk)

  await t.test(
    'what is not filled in well is told at its field; who only reads may not record',
    async () => {
      const before = await lastIndex(house.store)
      for (const [values, field] of [
        [{ kenmerk: first }, 'kenmerk'],
        [{ kenmerk: 'a b' }, 'kenmerk'],
        [{ dag: 'morgen' }, 'dag'],
        [{ dag: '2999-01-01' }, 'dag'],
        [{ uur: '25:00' }, 'uur'],
        [{ aard: '' }, 'aard'],
        [{ gevolgen: 'x'.repeat(2_001) }, 'gevolgen'],
        [{ partij: 'x' }, 'partij'],
      ] as const) {
        const view = await send({ ...good, ...values })
        assert.ok(view.kind === 'page' && view.status === 400, field)
        assert.match(view.body.text, new RegExp(`id="${field}-fout"`))
        textOf(view)
      }
      const fg = await send(good, 'fg')
      assert.ok(fg.kind === 'page' && fg.status === 403)
      const made = (await leavesAfter(house.store, before)).filter(
        ({ soort }) => soort === 'datalek',
      )
      assert.deepEqual(made, [])
    },
  )

  let address = ''
  await t.test(
    'it is one record with its choice and numbers; the words in it are sealed',
    async () => {
      const sent = await send(good)
      assert.ok(sent.kind === 'redirect')
      address = sent.to
      const [leaf] = (await leavesAfter(house.store, 0)).filter(({ soort }) => soort === 'datalek')
      assert.ok(leaf)
      assert.equal(address, `/datalek/${leaf.transactie}`)
      const { tot, ontdekt, ...rest } = leaf.handeling ?? {}
      assert.deepEqual(rest, {
        wat: 'verstrekt',
        kenmerk: 'DL-2026-03',
        transacties: 3,
        personen: 2,
      })
      assert.equal(ontdekt, Date.parse('2026-01-05T13:30:00Z'))
      assert.match(String(tot), /^gewoon:\d+$/)
      assert.ok(!JSON.stringify(leaf).includes('misbruik'))
      const place = { log: 'gewoon', keysDir: desk.keysDir } as const
      assert.match(unsealMember(desk.keys, place, leaf, 'motivering') ?? '', /misbruik/)
    },
  )
  const datalek = address.split('/').at(-1) ?? ''
  const at = (role: Role, changes: Partial<Visit> = {}, of = waterstad) =>
    visit(role, { params: { datalek }, ...changes }, of)

  await t.test(
    'the touched transactions are marked, also when the marks are made anew after more exchanges',
    async () => {
      const marked = async () =>
        (
          await query<{ transactie: string }>(
            `SELECT t.transactie::text AS transactie FROM console.datalek d JOIN console.transactie t USING (log, idx) ORDER BY 1`,
          )
        ).map(({ transactie }) => transactie)
      const before = await marked()
      assert.equal(before.length, 3)
      assert.ok(before.includes(touched) && !before.includes(refused) && !before.includes(drifted))
      await asked('gemeente-waterstad', 'zaak-2', second)
      await desk.catchUp()
      await query('DELETE FROM console.datalek')
      await Promise.all([markBreaches(query), markBreaches(query)])
      assert.deepEqual(await marked(), before)
      const marks = await breachMarks(query, officerOf(waterstad, 'fg'), [touched, refused])
      assert.deepEqual(
        [...marks].map(([id, [mark]]) => [id, mark?.kenmerk, mark?.id]),
        [[touched, 'DL-2026-03', datalek]],
      )
      assert.equal((await breachMarks(query, officerOf(uwv, 'fg'), [touched])).size, 0)
    },
  )

  await t.test('it shows at the transaction and in a search', async () => {
    const open = (path: string, changes: Partial<Visit>, of = waterstad) => {
      const page = pages.find(one => one.path === path)
      assert.ok(page?.show)
      return page.show(visit('privacy-officer', changes, of), desk)
    }
    const story = (transactie: string, of = waterstad) =>
      open('/verstrekkingen/:transactie', { params: { transactie } }, of)
    assert.match(textOf(await story(touched)), /Geraakt door datalek DL-2026-03/)
    assert.doesNotMatch(textOf(await story(refused)), /Geraakt door datalek/)
    assert.doesNotMatch(textOf(await story(touched, uwv)), /Geraakt door datalek/)
    const query = new URLSearchParams({ alles: 'ja' })
    assert.equal(textOf(await open('/zoeken', { query })).match(/ Datalek /g)?.length, 3)
  })

  await t.test(
    'one that also covers the second log is known to who may look there alone',
    async () => {
      const officer = officerOf(waterstad, 'privacy-officer', 'vertrouwelijk')
      const form = formOf({ ...good, kenmerk: 'DL-GEHEIM' })
      assert.equal((await act(visitOf(officer, { form }), desk)).kind, 'redirect')
      assert.match(textOf(await show(visitOf(officer), desk)), /DL-GEHEIM/)
      assert.doesNotMatch(textOf(await show(visit('privacy-officer'), desk)), /DL-GEHEIM/)
      const marks = await breachMarks(query, officerOf(waterstad, 'fg'), [touched])
      assert.deepEqual(
        marks.get(touched)?.map(({ kenmerk }) => kenmerk),
        ['DL-2026-03'],
      )
      const leaves = await leavesAfter(house.store, 0)
      assert.ok(!JSON.stringify(leaves).includes('DL-GEHEIM'))
    },
  )

  await t.test(
    'the page counts the 72 hours from the discovery, until it was reported',
    async () => {
      assert.match(textOf(await showOne(at('fg'), desk)), /uur te laat: meld alsnog en motiveer/)
      const early = { ...desk, clock: () => Date.parse('2026-01-06T13:30:00Z') }
      assert.match(textOf(await showOne(at('fg'), early)), /Nog 48 uur/)
      const reader = await actOne(at('fg', { form: formOf({ actie: 'melden' }) }), desk)
      assert.ok(reader.kind === 'page' && reader.status === 403)
      const form = formOf({ actie: 'melden' })
      for (const role of ['beveiligingsfunctionaris', 'privacy-officer'] as const) {
        const done = await actOne(at(role, { form }), early)
        assert.ok(done.kind === 'redirect')
      }
      const told = (await leavesAfter(house.store, 0)).filter(
        ({ uitkomst }) => uitkomst === 'gemeld',
      )
      assert.deepEqual(
        told.map(({ over }) => over),
        [datalek],
        'once',
      )
      assert.match(textOf(await showOne(at('fg'), desk)), /Gemeld, op tijd/)
    },
  )

  await t.test('another organisation does not find it, and its attempt is recorded', async () => {
    const before = await lastIndex(house.store)
    for (const changes of [{}, { form: formOf({ actie: 'personen' }) }]) {
      const page = 'form' in changes ? actOne : showOne
      const view = await page(at('privacy-officer', changes, uwv), desk)
      assert.ok(view.kind === 'page' && view.status === 404)
    }
    const tried = (await leavesAfter(house.store, before)).map(({ handeling }) => handeling)
    assert.deepEqual(tried, [
      { wat: 'datalek', gevonden: false },
      { wat: 'datalek', gevonden: false },
    ])
  })

  await t.test(
    'the facts for the authority hold what the law asks, no person, and no formula',
    async () => {
      const get = async (vorm: string) => {
        const view = await actOne(at('fg', { form: formOf({ actie: 'feiten', vorm }) }), desk)
        assert.ok(view.kind === 'download')
        assert.equal(view.name, `sluis-datalek-DL-2026-03-melding.${vorm}`)
        const text = await joined(view.body)
        assert.deepEqual(planted(text), [])
        return text
      }
      const made = JSON.parse(await get('json'))
      assert.equal(made.aantalBetrokkenen, 2)
      assert.equal(made.aantalVerstrekkingen, 3)
      assert.deepEqual(
        made.verwerkingsverantwoordelijken.map((side: Record<string, unknown>) => [
          side.oin,
          side.kant,
          side.transacties,
          side.personen,
        ]),
        [
          [waterstad, 'ontvangst', 3, 2],
          [uwv, 'verstrekking', 3, 2],
        ],
      )
      for (const name of [
        'aardVanDeInbreuk',
        'waarschijnlijkeGevolgen',
        'maatregelen',
        'contactpunt',
      ])
        assert.ok(made[name], name)
      const csv = await get('csv')
      assert.match(csv, /"aardVanDeInbreuk";"'=HYPERLINK/)
      assert.match(csv, /"verwerkingsverantwoordelijken.0.personen";2\r\n/)
    },
  )

  await t.test(
    'persons leave only for a reason, after it was recorded, per controller, each once',
    async () => {
      const get = (values: Record<string, string>) =>
        actOne(at('privacy-officer', { form: formOf({ actie: 'personen', ...values }) }), desk)
      for (const values of [
        { verantwoordelijke: uwv },
        { reden: 'betrokkenen-informeren' },
        { reden: 'zomaar', verantwoordelijke: uwv },
      ]) {
        const view = await get(values)
        assert.ok(view.kind === 'page' && view.status === 400)
        textOf(view)
      }
      const before = await lastIndex(house.store)
      const view = await get({
        reden: 'betrokkenen-informeren',
        verantwoordelijke: uwv,
        vorm: 'csv',
      })
      assert.ok(view.kind === 'download')
      const [leaf] = await leavesAfter(house.store, before)
      assert.deepEqual(leaf?.handeling, {
        ...{ wat: 'datalek-personen', kenmerk: 'DL-2026-03', vorm: 'csv' },
        ...{ reden: 'betrokkenen-informeren', verantwoordelijke: uwv, personen: 2 },
      })
      assert.deepEqual(planted(JSON.stringify(leaf) + view.name), [])
      const text = await joined(view.body)
      const lines = text.trim().split('\r\n')
      assert.equal(lines.length, 3, 'a head and two persons, the one of Dijkdorp is not among them')
      assert.match(text, new RegExp(`"bsn";"${first}";"";"";2;`))
      assert.match(text, new RegExp(`"bsn";"${second}";"";"";1;`))
      const json = await get({ reden: 'onderzoek-ap', verantwoordelijke: waterstad, vorm: 'json' })
      assert.ok(json.kind === 'download')
      assert.equal(JSON.parse(await joined(json.body)).length, 2)
    },
  )

  await t.test(
    'a question asked after the record is not part of it, also when all questions are',
    async () => {
      const sent = await send({ ...good, wat: 'alles', kenmerk: 'DL-ALLES' })
      assert.ok(sent.kind === 'redirect')
      const id = sent.to.split('/').at(-1)
      const marked = () =>
        query('SELECT log, idx FROM console.datalek WHERE datalek = $1 ORDER BY 1, 2', [id])
      const before = await marked()
      await asked('gemeente-waterstad', 'zaak-2', second)
      await desk.catchUp()
      await query('DELETE FROM console.datalek')
      await markBreaches(query)
      assert.ok(before.length > 0)
      assert.deepEqual(await marked(), before)
    },
  )
})
