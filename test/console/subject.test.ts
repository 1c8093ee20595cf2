// What do officers and the person itself get to see of one person, and is it kept from everybody else?
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { partyHolder } from '../../certs/names.ts'
import { unsealMember } from '../../gateway/audit/find.ts'
import { foundSubjects, heading } from '../../gateway/audit/record.ts'
import { newCall } from '../../gateway/call.ts'
import type { Officer, View, Visit } from '../../gateway/console/page.ts'
import { pages } from '../../gateway/console/pages.ts'
import { restrictionsOf } from '../../gateway/console/subject-marks.ts'
import { addMonths, dateText } from '../../gateway/console/subject-terms.ts'
import { legalDate } from '../../gateway/policy/legal-time.ts'
import { type HeldOptions, heldGateway } from '../support/held.ts'
import { lastIndex, leavesAfter, transactionOf } from '../support/log.ts'
import { readPdf } from '../support/pdf.ts'
import { findPlanted } from '../support/planted.ts'
import { deskOf, officerOf, visitOf } from './desk.ts'

const oinOf = (name: string) => partyHolder(name).oin
const bsn = '999990019'
const other = '999993653'

/** An amount that can be looked for. */
const withAmount: NonNullable<HeldOptions['bend']> = answer => ({
  ...answer,
  rijen: answer.rijen.map(row => ({ ...row, loonSv: 73_911 })),
})

/** A whole path of the console, as its router would take it. */
function find(path: string) {
  for (const page of pages) {
    const pattern = new RegExp(`^${page.path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`)
    const found = pattern.exec(path)
    if (found) return { page, params: { ...found.groups } }
  }
  assert.fail(`no page has the path ${path}`)
}

function formOf(values: Readonly<Record<string, string | readonly string[]>>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(values)) {
    for (const one of [value].flat()) form.append(name, one)
  }
  return form
}

test('one person, as officers of both sides and a third organisation see it', async t => {
  const gateway = await heldGateway(t, 'postgres', { bend: withAmount })
  const { house } = gateway.serving
  let later = 0
  const desk = {
    ...deskOf(house, join(gateway.dataDir, 'keys')),
    clock: () => house.rooms.clock() + later,
  }
  const waterstad = officerOf(oinOf('gemeente-waterstad'), 'privacy-officer')
  const uwv = officerOf(oinOf('uwv'), 'privacy-officer')
  const dijkdorp = officerOf(oinOf('gemeente-dijkdorp'), 'privacy-officer')

  const visit = (officer: Officer, path: string, more: Partial<Visit>) => {
    const url = new URL(path, 'https://x')
    const { page, params } = find(url.pathname)
    return { page, visit: visitOf(officer, { params, query: url.searchParams, ...more }) }
  }
  const get = async (officer: Officer, path: string): Promise<View> => {
    const { page, visit: seen } = visit(officer, path, {})
    assert.ok(page.show, path)
    return await page.show(seen, desk)
  }
  const post = async (
    officer: Officer,
    path: string,
    values: Readonly<Record<string, string | readonly string[]>>,
  ): Promise<View> => {
    const call = newCall(desk.clock())
    const { page, visit: seen } = visit(officer, path, { form: formOf(values), call })
    assert.ok(page.act, path)
    return await page.act(seen, desk)
  }
  const text = (view: View) => {
    assert.ok(view.kind === 'page', view.kind)
    return `${view.title} ${view.body.text}`
  }
  /** Without numbers of requests and of forms, in which any digits may stand. */
  const read = (view: View) =>
    text(view)
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, '')
  const to = (view: View) => {
    if (view.kind !== 'redirect') assert.fail(text(view))
    return view.to
  }
  const search = (officer: Officer, nummer = bsn) =>
    post(officer, '/betrokkene', { soort: 'NL/bsn', nummer, reden: 'inzage' })

  const lookUp = async (officer: Officer, nummer = bsn) => to(await search(officer, nummer))
  const exported = async (officer: Officer, path: string, more = {}) => {
    const all: Buffer[] = []
    for (const vorm of ['pdf', 'html', 'csv', 'json']) {
      const view = await post(officer, path, { vorm, ...more })
      assert.ok(view.kind === 'download', vorm)
      assert.match(view.name, /^overzicht-verstrekkingen-\d{4}-\d\d-\d\d\.(pdf|html|csv|json)$/)
      const parts: Buffer[] = []
      for await (const part of view.body) parts.push(Buffer.from(part))
      all.push(Buffer.concat(parts))
    }
    const [pdf = Buffer.alloc(0), ...rest] = all
    const read = readPdf(pdf)
    return {
      json: JSON.parse(String(rest[2])),
      /** Everything in all four, the PDF inflated and decoded; in lines and in one. */
      text: [read.whole, read.words, read.words.replaceAll('\n', ' '), ...rest.map(String)].join(
        '\n',
      ),
    }
  }
  const since = async (idx: number, soort: string) =>
    (await leavesAfter(house.store, idx)).filter(leaf => leaf.soort === soort)
  const day = (days: number) => legalDate(desk.clock() + days * 86_400_000)
  const deferral = { grond: 'd', herzienOp: day(60), motivering: 'Onderzoek loopt, planted-4' }
  const restrictions = (officer: Officer, ids: readonly string[]) =>
    restrictionsOf(desk, officer.oin, ids)

  const secret = {
    medewerker: { id: 'm-planted-1', functie: 'inkomensconsulent' },
    zaak: 'z-planted-1',
  }
  const light = await gateway.query('gemeente-waterstad', secret)
  const mine = transactionOf(light)
  const rich = await gateway.query('gemeente-waterstad', {
    ...secret,
    velden: ['loonSv', 'tijdvak', 'aantalVerloondeUren'],
  })
  assert.equal(rich.status, 200, rich.text)
  assert.ok(rich.text.includes('73911'), 'the planted amount was given')
  const amounts = transactionOf(rich)
  const refused = transactionOf(
    await gateway.query('gemeente-waterstad', {
      velden: ['heeftInkomstenverhouding', 'x-planted-2'],
    }),
  )
  const theirs = transactionOf(await gateway.query('gemeente-dijkdorp'))
  transactionOf(
    await gateway.query('gemeente-waterstad', { betrokkene: { soort: 'bsn', waarde: other } }),
  )
  // The same person, and the same organisations, in the second log.
  const hidden = newCall(desk.clock())
  await house.rooms.audit.append('vertrouwelijk', {
    record: {
      ...heading(hidden, 'beslissing', desk.clock()),
      uitkomst: 'toegestaan',
      verstrekker: waterstad.oin,
      ontvanger: oinOf('fiod'),
      uitwisseling: 'vertrouwelijk-planted-3',
      doel: 'vertrouwelijk-planted-3',
    },
    personal: {
      log: 'vertrouwelijk',
      logTermijn: 'P7Y',
      subject: { betrokkene: { soort: 'bsn', waarde: bsn } },
      sealed: {},
      found: foundSubjects({ betrokkene: { soort: 'bsn', waarde: bsn } }),
    },
  })

  await t.test(
    'a number or reason that is wrong is a fault at its field, without the number, and nothing is looked up',
    async () => {
      const start = await lastIndex(house.store)
      for (const [values, field] of [
        [{ nummer: '' }, 'nummer'],
        [{ nummer: '999990018' }, 'nummer'],
        [{ nummer: '000000000' }, 'nummer'],
        [{ nummer: `${bsn}0` }, 'nummer'],
        [{ soort: 'BE/insz' }, 'nummer'],
        [{ soort: 'FR/nir' }, 'soort'],
        [{ reden: '' }, 'reden'],
        [{ reden: 'nieuwsgierig' }, 'reden'],
        [{ reden: 'anders' }, 'toelichting'],
        [{ toelichting: 'x'.repeat(2_001) }, 'toelichting'],
      ] as const) {
        const asked = { soort: 'NL/bsn', nummer: bsn, reden: 'inzage', ...values }
        const view = await post(waterstad, '/betrokkene', asked)
        assert.ok(view.kind === 'page' && view.status === 400, JSON.stringify(values))
        assert.match(text(view), new RegExp(`id="${field}-fout"`), JSON.stringify(values))
        for (const typed of [bsn, '999990018']) assert.ok(!text(view).includes(typed))
      }
      assert.deepEqual(await since(start, 'raadpleging'), [])
    },
  )

  await t.test(
    'A17: who looks up a person says why; it is recorded with the person sealed, and no address or page holds the number',
    async () => {
      const start = await lastIndex(house.store)
      const path = to(
        await post(waterstad, '/betrokkene', {
          soort: 'NL/bsn',
          nummer: '9999.90.019',
          reden: 'anders',
          toelichting: 'Vraag uit de raad',
        }),
      )
      const [look] = await since(start, 'raadpleging')
      assert.ok(look)
      assert.deepEqual(look.handeling, { wat: 'betrokkene', reden: 'anders', nummer: 'NL/bsn' })
      const place = { log: 'gewoon', keysDir: desk.keysDir } as const
      assert.match(unsealMember(desk.keys, place, look, 'betrokkene') ?? '', /999990019/)
      assert.equal(unsealMember(desk.keys, place, look, 'motivering'), 'Vraag uit de raad')
      const page = text(await get(waterstad, path))
      assert.match(page, /•••••• 019/)
      for (const one of [path, page, JSON.stringify(look)]) assert.ok(!one.includes(bsn))
      assert.equal((await since(look.idx, 'raadpleging'))[0]?.uitkomst, 'getoond')
    },
  )

  await t.test('each organisation sees what it took part in; a third sees nothing', async () => {
    const seen = async (officer: Officer) => text(await get(officer, await lookUp(officer)))
    const shows = (page: string) => [mine, amounts, refused, theirs].map(id => page.includes(id))
    assert.deepEqual(shows(await seen(waterstad)), [true, true, true, false])
    assert.deepEqual(shows(await seen(uwv)), [true, true, true, true])
    assert.deepEqual(shows(await seen(dijkdorp)), [false, false, false, true])
    const stranger = officerOf(oinOf('svb'), 'privacy-officer')
    const empty = await seen(stranger)
    assert.deepEqual(shows(empty), [false, false, false, false])
    assert.match(empty, /Er staat niets over deze persoon/)
    const { json } = await exported(stranger, await lookUp(stranger))
    assert.deepEqual(json.regels, [])
  })

  await t.test(
    'of a refusal and a disclosure it says who, why, which law and which fields, with their plain titles',
    async () => {
      const page = text(await get(waterstad, await lookUp(waterstad)))
      for (const part of [
        'Participatiewet, artikel 64, eerste lid, onder b',
        'Was er in de periode een inkomstenverhouding uit arbeid',
        'Verloonde uren in het tijdvak',
        'Gegevens gegeven',
        'Geweigerd',
        'Een gegeven dat deze bron niet kent',
        'van UWV',
      ]) {
        assert.ok(page.includes(part), part)
      }
      const path = await lookUp(waterstad)
      const filtered = text(await get(waterstad, `${path}?ontvanger=${uwv.oin}&doel=x`))
      assert.match(filtered, /Toon alle regels/)
      assert.ok(!filtered.includes(mine))
    },
  )

  await t.test(
    'an export holds names of fields, and no value, employee, case, number or text of a party; it is recorded first',
    async () => {
      const path = await lookUp(waterstad)
      const start = await lastIndex(house.store)
      const { text: all, json } = await exported(waterstad, path)
      for (const planted of [
        bsn,
        other,
        'm-planted-1',
        'z-planted-1',
        'x-planted-2',
        'planted-3',
        'FIOD',
        '73911',
        '739,11',
        '900000004',
        waterstad.id,
        waterstad.naam,
      ]) {
        assert.deepEqual(findPlanted([planted])(all), [], planted)
      }
      for (const part of [
        'Gemeente Waterstad',
        'UWV',
        'artikel 64',
        'Verloonde uren in het tijdvak',
      ]) {
        assert.ok(all.split(part).length >= 4, part)
      }
      assert.equal(json.regels.length, 3)
      assert.match(all, /Autoriteit Persoonsgegevens/)
      const exports = (await since(start, 'raadpleging')).map(({ handeling }) => handeling)
      assert.deepEqual(
        exports.map(one => [one?.wat, one?.vorm, one?.regels]),
        ['pdf', 'html', 'csv', 'json'].map(vorm => ['uitvoer', vorm, 3]),
      )
      const wrong = await post(waterstad, path, { vorm: 'docx' })
      assert.ok(wrong.kind === 'page' && wrong.status === 400)
    },
  )

  await t.test(
    'the second log is not shown and not counted, also for who may see it elsewhere; its party acts in its own log',
    async () => {
      const both = officerOf(waterstad.oin, 'privacy-officer', 'vertrouwelijk')
      const path = await lookUp(both)
      const page = text(await get(both, path))
      assert.ok(!page.includes(hidden.transactie) && !page.includes('planted-3'))
      assert.equal((await exported(both, path)).json.regels.length, 3)
      const fiod = officerOf(oinOf('fiod'), 'privacy-officer', 'vertrouwelijk')
      const start = await lastIndex(house.store)
      const secretStart = await lastIndex(house.store, 'vertrouwelijk')
      assert.ok(!text(await get(fiod, await lookUp(fiod))).includes(hidden.transactie))
      assert.deepEqual(await leavesAfter(house.store, start), [])
      const looks = await leavesAfter(house.store, secretStart, 'vertrouwelijk')
      assert.deepEqual(
        looks.map(({ uitkomst }) => uitkomst),
        ['gezocht', 'getoond'],
      )
    },
  )

  await t.test(
    'C4: what another organisation or nobody looked up, deferred or sent on is not found, and that is recorded',
    async () => {
      const start = await lastIndex(house.store)
      const paths = [
        '/betrokkene/onbekend',
        `/betrokkene/uitstel/${mine}`,
        `/betrokkene/doorzending/${mine}`,
      ]
      for (const path of paths) {
        const view = await get(dijkdorp, path)
        assert.ok(view.kind === 'page' && view.status === 404, path)
      }
      const tried = (await since(start, 'raadpleging')).map(({ uitkomst, ontvanger }) => [
        uitkomst,
        ontvanger,
      ])
      assert.deepEqual(
        tried,
        paths.map(() => ['niet-gevonden', dijkdorp.oin]),
      )
      // A transaction of others cannot be deferred, with the address of one's own person.
      const own = await lookUp(dijkdorp)
      const view = await post(dijkdorp, `${own}/uitstel`, {
        ...deferral,
        regel: [theirs, mine],
      })
      assert.ok(view.kind === 'page' && view.status === 404)
      assert.deepEqual(await since(start, 'uitstel'), [])
    },
  )

  await t.test(
    'a deferral needs a ground of UAVG 41, a reason and a date within a year',
    async () => {
      const path = await lookUp(waterstad)
      const start = await lastIndex(house.store)
      for (const [wrong, field] of [
        [{ grond: 'k' }, 'grond'],
        [{ grond: '' }, 'grond'],
        [{ motivering: ' ' }, 'motivering'],
        [{ herzienOp: '' }, 'herzienOp'],
        [{ herzienOp: day(0) }, 'herzienOp'],
        [{ herzienOp: day(367) }, 'herzienOp'],
        [{ herzienOp: '2027-02-30' }, 'herzienOp'],
        [{ regel: [] }, 'Kies welke regels'],
      ] as const) {
        const view = await post(waterstad, `${path}/uitstel`, {
          ...deferral,
          regel: [mine],
          ...wrong,
        })
        assert.ok(view.kind === 'page' && view.status === 400, JSON.stringify(wrong))
        assert.match(text(view), new RegExp(`id="${field}-fout"|${field}`))
      }
      assert.deepEqual(await since(start, 'uitstel'), [])
    },
  )

  await t.test(
    'what is deferred is gone from counts and exports of every organisation without a trace, listed apart for officers, and back when lifted',
    async () => {
      const path = await lookUp(waterstad)
      const start = await lastIndex(house.store)
      to(await post(waterstad, `${path}/uitstel`, { ...deferral, regel: [mine] }))
      const [record] = await since(start, 'uitstel')
      assert.equal(record?.over, mine)
      assert.deepEqual(record?.handeling, { grond: 'd', herzienOp: deferral.herzienOp })
      assert.ok(!JSON.stringify(record).includes('planted-4'))
      const place = { log: 'gewoon', keysDir: desk.keysDir } as const
      assert.ok(
        record && unsealMember(desk.keys, place, record, 'motivering')?.includes('planted-4'),
      )

      for (const [officer, lines] of [
        [waterstad, 2],
        [uwv, 3],
      ] as const) {
        const at = await lookUp(officer)
        const { text: all, json } = await exported(officer, at)
        assert.equal(json.regels.length, lines)
        assert.doesNotMatch(all, /uitstel|uitgesteld|planted-4/i)
        const page = text(await get(officer, at))
        const [before = '', after = ''] = page.split('>Uitgesteld</h2>')
        assert.ok(!before.includes(mine) && after.includes(mine))
        assert.ok(after.includes(`Gemeente Waterstad, herzien op ${dateText(deferral.herzienOp)}`))
        assert.ok(!page.includes('Onderzoek loopt'))
      }
      // Nobody but who deferred it may lift it.
      const foreign = await post(uwv, `/betrokkene/uitstel/${mine}`, {
        besluit: 'opheffen',
        motivering: 'x',
      })
      assert.ok(foreign.kind === 'page' && foreign.status === 404)

      assert.match(text(await get(waterstad, '/betrokkene')), /Loopt/)
      later = 61 * 86_400_000
      assert.match(text(await get(waterstad, '/betrokkene')), /Nu herzien/)
      const still = await exported(waterstad, await lookUp(waterstad))
      assert.equal(still.json.regels.length, 2, 'it is not lifted by itself')
      later = 0

      const review = `/betrokkene/uitstel/${mine}`
      const undecided = await post(waterstad, review, { besluit: '', motivering: '' })
      assert.ok(undecided.kind === 'page' && undecided.status === 400)
      to(
        await post(waterstad, review, {
          besluit: 'verlengen',
          herzienOp: day(90),
          motivering: 'x',
        }),
      )
      assert.match(text(await get(waterstad, review)), new RegExp(dateText(day(90))))
      to(await post(waterstad, review, { besluit: 'opheffen', motivering: 'klaar' }))
      const back = await exported(waterstad, await lookUp(waterstad))
      assert.equal(back.json.regels.length, 3)
    },
  )

  await t.test(
    'a question is sent on to who is responsible for a side of it, with its term of a month and a letter without the person',
    async () => {
      const path = await lookUp(waterstad)
      const start = await lastIndex(house.store)
      for (const [wrong, field] of [
        [{ aan: oinOf('svb') }, 'aan'],
        [{ aan: waterstad.oin }, 'aan'],
        [{ ontvangenOp: day(1) }, 'ontvangenOp'],
        [{ ontvangenOp: 'gisteren' }, 'ontvangenOp'],
      ] as const) {
        const view = await post(waterstad, `${path}/doorzending`, {
          aan: uwv.oin,
          ontvangenOp: day(0),
          ...wrong,
        })
        assert.match(text(view), new RegExp(`id="${field}-fout"`))
      }
      assert.deepEqual(await since(start, 'doorzending'), [])
      const ontvangenOp = day(-20)
      const letter = to(await post(waterstad, `${path}/doorzending`, { aan: uwv.oin, ontvangenOp }))
      const [record] = await since(start, 'doorzending')
      assert.deepEqual(record?.handeling, {
        aan: uwv.oin,
        ontvangenOp,
        uiterlijk: addMonths(ontvangenOp, 1),
      })
      const sent = await get(waterstad, letter)
      const page = text(sent)
      assert.match(page, /wij sturen uw vraag door[\s\S]*aan UWV/)
      assert.ok(!page.includes(bsn) && !read(sent).includes('019'))
      assert.match(text(await get(waterstad, '/betrokkene')), /Open/)
      assert.match(text(await get(waterstad, `${path}/doorzending`)), new RegExp(letter))
      const elsewhere = await get(uwv, letter)
      assert.ok(elsewhere.kind === 'page' && elsewhere.status === 404)
      later = 40 * 86_400_000
      assert.match(text(await get(waterstad, '/betrokkene')), /Termijn voorbij/)
      later = 0
      to(await post(waterstad, letter, {}))
      assert.match(text(await get(waterstad, letter)), /Beantwoord/)
      const twice = await post(waterstad, letter, {})
      assert.ok(twice.kind === 'page' && twice.status === 404)
    },
  )

  await t.test(
    'a restriction marks every line of the person, closes them until a ground of AVG 18(2) is named, and is lifted after the person was told',
    async () => {
      const all = [mine, amounts, refused]
      assert.equal((await restrictions(waterstad, all)).size, 0)
      const path = await lookUp(waterstad)
      const start = await lastIndex(house.store)
      for (const wrong of [{ grond: 'e' }, { motivering: '' }]) {
        const view = await post(waterstad, `${path}/beperking`, {
          grond: 'a',
          motivering: 'x',
          ...wrong,
        })
        assert.ok(view.kind === 'page' && view.status === 400)
      }
      assert.deepEqual(await since(start, 'beperking'), [])
      to(await post(waterstad, `${path}/beperking`, { grond: 'a', motivering: 'Betwist' }))
      await desk.catchUp()
      assert.deepEqual(
        [...(await restrictions(waterstad, [...all, theirs])).keys()].sort(),
        [...all].sort(),
      )
      assert.equal(
        (await restrictions(uwv, all)).size,
        0,
        'another organisation decides for itself',
      )

      // Of a later disclosure too, and of no other person.
      const newer = transactionOf(await gateway.query('gemeente-waterstad'))
      const elsewhere = transactionOf(
        await gateway.query('gemeente-waterstad', { betrokkene: { soort: 'bsn', waarde: other } }),
      )
      await desk.catchUp()
      assert.deepEqual([...(await restrictions(waterstad, [newer, elsewhere])).keys()], [newer])

      for (const shut of [
        await get(waterstad, path),
        await post(waterstad, path, { vorm: 'json' }),
      ]) {
        assert.match(text(shut), /Waarvoor gebruikt u de gegevens/)
        for (const id of all) assert.ok(!text(shut).includes(id))
      }
      const none = await post(waterstad, `${path}/opening`, { gebruik: 'gemak', motivering: 'x' })
      assert.ok(none.kind === 'page' && none.status === 400)
      const opened = to(
        await post(waterstad, `${path}/opening`, {
          gebruik: 'toestemming',
          motivering: 'Brief van 1 mei',
        }),
      )
      const opening = (await since(start, 'raadpleging')).find(
        ({ uitkomst }) => uitkomst === 'geopend',
      )
      assert.equal(opening?.handeling?.gebruik, 'toestemming')
      const page = text(await get(waterstad, opened))
      assert.ok(page.includes(mine) && page.includes('Beperkt sinds'))
      const unsaid = await post(waterstad, opened, { vorm: 'json' })
      assert.ok(unsaid.kind === 'page' && unsaid.status === 400)
      await exported(waterstad, opened, { gebruik: 'toestemming' })
      const last = (await since(start, 'raadpleging')).at(-1)
      assert.equal(last?.handeling?.gebruik, 'toestemming')

      // Zoeken shows the mark; the story of the disclosure is as closed, also to who asks its proof or what is sealed.
      assert.match(text(await get(waterstad, '/zoeken?alles=ja')), /Gebruik beperkt/)
      assert.doesNotMatch(text(await get(uwv, '/zoeken?alles=ja')), /Gebruik beperkt/)
      const story = `/verstrekkingen/${mine}`
      const sealed = { doe: 'toon', lid: 'betrokkene', reden: 'klacht' }
      for (const shut of [
        await get(waterstad, story),
        await post(waterstad, story, {}),
        await post(waterstad, story, { gebruik: 'gemak', motivering: 'x' }),
        await post(waterstad, story, { gebruik: 'toestemming' }),
        await post(waterstad, story, sealed),
        await post(waterstad, story, { doe: 'bundel' }),
      ]) {
        assert.match(text(shut), /Waarvoor gebruikt u de gegevens/)
        assert.doesNotMatch(read(shut), /Participatiewet|019/)
      }
      const use = { gebruik: 'rechtsvordering' }
      const told = text(await post(waterstad, story, { ...use, motivering: 'Zitting' }))
      assert.match(told, /Beperkt sinds[\s\S]*Participatiewet/)
      assert.equal(told.match(/name="gebruik" value="rechtsvordering"/g)?.length, 3)
      assert.match(text(await post(waterstad, story, { ...sealed, ...use })), /bsn 999990019/)
      assert.equal((await post(waterstad, story, { doe: 'bundel', ...use })).kind, 'download')
      const uses = (await since(start, 'raadpleging')).filter(({ over }) => over === mine)
      assert.deepEqual(
        uses.flatMap(({ uitkomst, handeling }) =>
          handeling?.wat === 'beperkt' ? [[uitkomst, handeling.gebruik, handeling.doe]] : [],
        ),
        [undefined, 'toon', 'bundel'].map(doe => ['geopend', 'rechtsvordering', doe]),
      )

      const untold = await post(waterstad, `${path}/beperking`, { motivering: 'x' })
      assert.ok(untold.kind === 'page' && untold.status === 400)
      to(await post(waterstad, `${path}/beperking`, { motivering: 'Uitgezocht', verteld: 'ja' }))
      await desk.catchUp()
      assert.equal((await restrictions(waterstad, all)).size, 0)
      assert.ok(text(await get(waterstad, path)).includes(mine))
    },
  )

  await t.test('a restriction over a foreign number holds for its lines', async () => {
    const insz = '93051822361'
    const start = await lastIndex(house.store)
    const found = await post(waterstad, '/betrokkene', {
      soort: 'BE/insz',
      nummer: insz,
      reden: 'beperking',
    })
    to(await post(waterstad, `${to(found)}/beperking`, { grond: 'c', motivering: 'x' }))
    const [act] = await since(start, 'beperking')
    assert.ok(act)
    assert.ok(!JSON.stringify(act).includes(insz))
    await desk.catchUp()
    // The line that set it is itself about this person.
    assert.equal((await restrictions(waterstad, [act.transactie])).size, 1)
  })

  await t.test('nothing typed or planted stands in the copy that is searched', async () => {
    const copy = JSON.stringify([
      await house.store.query('SELECT * FROM console.handeling'),
      await house.store.query('SELECT * FROM console.transactie'),
    ])
    for (const planted of [
      bsn,
      other,
      'm-planted-1',
      'z-planted-1',
      'planted-4',
      'Vraag uit de raad',
    ]) {
      assert.deepEqual(findPlanted([planted])(copy), [], planted)
    }
  })
})
