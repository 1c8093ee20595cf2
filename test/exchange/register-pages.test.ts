// Is everything that may flow to be found, on every page alike, and nothing that is nobody's business?
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { Html } from '../../gateway/html.ts'
import {
  controllers,
  publicContribution,
  publicProcessorRecord,
} from '../../gateway/listen/processing.ts'
import {
  contributionPage,
  controllersPage,
  processorPage,
  representative,
} from '../../gateway/listen/processing-page.ts'
import { publicApp, publicServer } from '../../gateway/listen/public.ts'
import { oneExchange, register } from '../../gateway/listen/register.ts'
import { bases, instruments, norms } from '../../gateway/listen/register-law.ts'
import { basesPage, instrumentsPage, normsPage } from '../../gateway/listen/register-law-page.ts'
import { exchangePage, registerPage } from '../../gateway/listen/register-page.ts'
import { openRegister, registerPages } from '../../gateway/listen/register-pages.ts'
import type { View } from '../../gateway/listen/registered.ts'
import type {
  ArrangementText,
  LegalBasis,
  PolicySet,
  SelectionInstrument,
} from '../../gateway/policy/law.ts'
import { shipped } from '../policy/law.ts'
import { startBrowser } from '../support/browser.ts'
import { arrangement, fiod, lawOf, noon, uwv, viewOf, waterstad } from './register-law.ts'

const model: SelectionInstrument = {
  id: 'proef-model',
  naam: 'Proefmodel',
  eigenaar: uwv,
  soort: 'risicomodel',
  doelen: ['bijstand-recht-en-hoogte', 'aanmelding-toeslagendelict'],
  kenmerken: ['uwv-inkomstenverhoudingen.loonSv'],
  dpia: 'DPIA-P',
  iama: 'IAMA-P',
  algoritmeregister: 'https://algoritmes.example/proef',
  geldigVan: '2026-01-01',
  geldigTot: '2027-12-31',
  evaluerenVoor: '2027-06-01',
  geldig: { van: Date.parse('2025-12-31T23:00:00Z'), tot: Date.parse('2027-05-31T22:00:00Z') },
}
const law: PolicySet = {
  ...shipped,
  instrumenten: new Map([...shipped.instrumenten, [model.id, model]]),
}

/** Of these pages every one there is: each exchange and each controller by its own name. */
function addressesOf({ uitwisselingen, partijen }: PolicySet): string[] {
  return registerPages.flatMap(({ path }) => {
    if (!path.endsWith('/:naam')) return [path]
    const names = path.includes('uitwisselingen') ? uitwisselingen.keys() : partijen.keys()
    return [...names].map(name => path.replace(':naam', name))
  })
}

async function serve(t: TestContext, view: () => View): Promise<string> {
  const server = publicServer(
    () => 'https://sluis.test',
    () => view().now,
  )
  const app = publicApp({
    clock: () => view().now,
    base: 'https://sluis.test',
    checkpoint: () => '',
    vkey: () => '',
    tile: async () => undefined,
    register: view,
  })
  server.on('request', app)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function read(address: string, accept: 'text/html' | 'application/json') {
  const answer = await fetch(address, { headers: { Accept: accept } })
  const text = await answer.text()
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', text, answer }
}

/** As `read`, of a page whose JSON is what this function makes. */
async function json<T>(address: string, _made: (...args: never[]) => T): Promise<NonNullable<T>> {
  return JSON.parse((await read(address, 'application/json')).text)
}

test('every exchange that is not confidential is in the register and has a page, as HTML and JSON', async t => {
  const base = await serve(t, () => viewOf(law))
  const open = [...law.uitwisselingen.values()].filter(one => !one.vertrouwelijk)
  assert.ok(open.length > 20 && open.length < law.uitwisselingen.size)
  const whole = await read(`${base}/register`, 'text/html')
  const { uitwisselingen, partijen } = await json(`${base}/register`, register)
  assert.deepEqual(uitwisselingen.map(({ id }) => id).sort(), open.map(({ id }) => id).sort())
  const indexed = partijen.flatMap(({ geeft, krijgt }) => [...geeft, ...krijgt])
  for (const { id } of open) {
    assert.ok(whole.text.includes(`<article id="${id}"`), id)
    assert.equal(indexed.filter(one => one === id).length, 2, `${id} per organisation`)
    const page = await read(`${base}/register/uitwisselingen/${id}`, 'text/html')
    assert.deepEqual([page.status, page.type], [200, 'text/html; charset=utf-8'])
    assert.equal(page.answer.headers.get('vary'), 'Accept')
    assert.match(page.answer.headers.get('content-security-policy') ?? '', /style-src 'self'/)
    const { uitwisseling } = await json(`${base}/register/uitwisselingen/${id}`, oneExchange)
    assert.deepEqual(
      uitwisseling,
      uitwisselingen.find(one => one.id === id),
    )
  }
})

test('no page tells of a confidential exchange, nor of a party, law, list, norm or data set that only such an exchange uses', async t => {
  const base = await serve(t, () => viewOf(law))
  const hidden = [...law.uitwisselingen.values()].filter(one => one.vertrouwelijk)
  const parties = [...law.partijen.values()].filter(one => one.vertrouwelijk)
  assert.ok(hidden.length >= 2 && parties.length >= 2)
  const words = [
    ...hidden.flatMap(({ id, titel, doel, gegevensset }) => [id, titel, doel.id, gegevensset]),
    ...parties.flatMap(({ oin, naam }) => [oin, naam]),
    ...['aafd-2023', 'aafd-2015', 'sv-162', 'om-sz-richtlijn', 'aafd-drempel', 'aanmeldcriteria'],
    'fiod',
  ]
  const own = new Set(hidden.flatMap(({ id }) => [`/register/uitwisselingen/${id}`]))
  for (const { oin } of parties) own.add(`/register/verwerkingen/${oin}`)
  for (const address of addressesOf(law)) {
    for (const accept of ['text/html', 'application/json'] as const) {
      const { status, text } = await read(base + address, accept)
      if (own.has(address)) assert.equal(status, 404, address)
      const told = words.filter(word => text.toLowerCase().includes(word.toLowerCase()))
      assert.deepEqual(told, [], address)
    }
  }
})

test('what is hidden and what does not exist are answered alike, and what was asked is never repeated', async t => {
  const base = await serve(t, () => viewOf(law))
  const unnamed = (text: string) => text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '')
  for (const [kind, secret] of [
    ['uitwisselingen', 'aanmelding-toeslagendelict-fiod'],
    ['verwerkingen', fiod],
  ]) {
    const asked = [secret, 'bestaat-niet', '999990019', '__proto__', '%3Cscript%3E']
    const answers = await Promise.all(
      asked.map(name => read(`${base}/register/${kind}/${name}`, 'text/html')),
    )
    for (const { status, text } of answers) {
      assert.equal(status, 404)
      assert.equal(unnamed(text), unnamed(answers[0]?.text ?? ''))
      assert.doesNotMatch(text, /bestaat-niet|999990019|proto|script|fiod/i)
    }
  }
  assert.equal((await read(`${base}/register/onbekend`, 'text/html')).status, 404)
})

test('a confidential party of a kind that is not is no controller that anyone may see', () => {
  const sample = lawOf()
  const other = sample.partijen.get(waterstad)
  assert.ok(other)
  const oin = '00000099000000002000'
  const quiet = { ...other, oin, naam: 'Stille gemeente', vertrouwelijk: true }
  const partijen = new Map([...sample.partijen, [oin, quiet]])
  const told = tellAll({ ...sample, partijen })
  assert.ok(told.includes(waterstad))
  assert.doesNotMatch(told, /Stille gemeente|00000099000000002000/)
})

/** Every page of this law, one after the other. */
function tellAll(set: PolicySet): string {
  const tell = openRegister(() => viewOf(set))
  return registerPages
    .flatMap(page => {
      const names = page.path.includes('uitwisselingen') ? set.uitwisselingen : set.partijen
      const asked = page.path.endsWith('/:naam') ? [...names.keys()] : ['']
      return asked.flatMap(name => [
        String(tell(page, name, 'text/html') ?? ''),
        String(tell(page, name, 'application/json') ?? ''),
      ])
    })
    .join('\n')
}

const secret: Partial<ArrangementText> = {
  id: 'stil',
  doel: { ...arrangement.doel, id: 'stil-doel' },
  verstrekker: { ...arrangement.verstrekker, oin: fiod },
}

test('a law that a confidential exchange shares is shown without it; its own law is not; law that nothing rests on is', () => {
  const shared = tellAll(lawOf([{}, { ...secret, grondslagen: ['suwi-62-1'] }]))
  assert.match(shared, /suwi-62-1/)
  assert.doesNotMatch(shared, /stil/)
  const own = tellAll(lawOf([{}, { ...secret, grondslagen: ['oud-1', 'suwi-62-1'] }]))
  assert.doesNotMatch(own, /oud-1/)
  assert.match(own, /straks-1/, 'nothing rests on it')
  const alone = tellAll(lawOf([{ ...secret, grondslagen: ['suwi-62-1'] }]))
  assert.doesNotMatch(alone, /Participatiewet|straks-1/, 'its regulation tells as much')
})

test('an instrument of a confidential owner is not shown, also when its purpose is public', () => {
  const quiet = { ...model, id: 'stil-model', naam: 'Stil model', eigenaar: fiod }
  const told = tellAll({ ...law, instrumenten: new Map([[quiet.id, quiet]]) })
  assert.doesNotMatch(told, /stil-model|Stil model/)
})

test('a note that names a confidential party is not shown', () => {
  const sample = lawOf()
  const basis = sample.grondslagen.get('straks-1')
  assert.ok(basis)
  const noted = { ...basis, toelichting: 'Voor de Opsporingsdienst Geheim.' }
  const grondslagen = new Map([...sample.grondslagen, ['straks-1', noted]])
  assert.doesNotMatch(tellAll({ ...sample, grondslagen }), /straks-1|Geheim/)
})

test('what would help to stay under the eye, or to steer a selection, is not public', () => {
  const told = tellAll(law)
  const { grenzen } = law.uitwisselingen.get('uwv-inkomsten-bijstand') ?? {}
  assert.equal(grenzen?.personenPer30Dagen, 5000)
  assert.doesNotMatch(told, /personenPer30Dagen|5\.?000 personen|"kenmerken"/)
  assert.match(told, /Proefmodel/)
  assert.doesNotMatch(told, /uwv-inkomstenverhoudingen\.loonSv/)
})

/** Told by another member beside it, or without a word of its own. */
const silent = [
  /^beleid$/, // told, but of a page without a colophon
  /^omgeving$/,
  /naOverlijden\.\*\.(naam|label|categorie|regime|uit\.\*)$/, // the fields of the steps
  /(ontvangers|partijen\.\*)\.soort$/, // its name
  /wijzigt\.redenen\.\*\.code$/, // its sentence
  /voorwaarden\.(aanleiding\.\*|systeemproces|optOut)$/, // their meaning, or that they are there
  /regelingen\.\*\.grondslagen\.\*\.geldigVan$/, // of a bill no date counts yet
  /grondslagen?\.(\*\.)?geldigVan$/,
]

/** Kinds of leaf that the page does not tell, and how many were looked at; each kind is changed once. */
function muteOf<T extends object>(
  contents: readonly T[],
  render: (content: T) => Html,
): { readonly mute: string[]; readonly looked: number } {
  const seen = new Set<string>()
  const mute: string[] = []
  for (const content of contents) {
    const copy = structuredClone(content)
    const before = render(copy).text
    const walk = (at: object, path: readonly string[]): void => {
      for (const [name, value] of Object.entries(at)) {
        const here = [...path, Array.isArray(at) ? '*' : name]
        const kind = here.join('.')
        if (typeof value === 'object' && value !== null) {
          walk(value, here)
        } else if (!seen.has(kind) && !silent.some(one => one.test(kind))) {
          seen.add(kind)
          Reflect.set(at, name, other(value))
          if (render(copy).text === before) mute.push(kind)
          Reflect.set(at, name, value)
        }
      }
    }
    walk(copy, [])
  }
  return { mute, looked: seen.size }
}

function other(value: unknown): unknown {
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') return value + 1
  if (/^[A-Z]{2}$/.test(String(value))) return 'FR'
  return /^\d{4}-\d\d-\d\d$/.test(String(value)) ? '2031-03-04' : `${value}x`
}

test('the page says everything that its JSON says: whatever is changed in one changes the other', () => {
  const view = { ...viewOf(law), connected: (bron: string) => bron === 'uwv' }
  const ids = [...law.uitwisselingen.keys()]
  const each = ids.flatMap(id => oneExchange(id, view) ?? [])
  const own = [...law.partijen.keys()].flatMap(oin => publicContribution(oin, view) ?? [])
  const pages = [
    muteOf([register({ ...view, law: { ...law, uitwisselingen: new Map() } })], registerPage),
    muteOf(each, exchangePage),
    muteOf([bases(view)], basesPage),
    muteOf([norms(view)], normsPage),
    muteOf([instruments(view)], instrumentsPage),
    muteOf([controllers(view)], controllersPage),
    muteOf(own, contributionPage),
    muteOf([publicProcessorRecord(view)], processorPage),
  ]
  assert.deepEqual(
    pages.map(({ mute }) => mute),
    pages.map(() => []),
  )
  assert.ok(pages.reduce((sum, { looked }) => sum + looked, 0) > 200)
})

const midnight = Date.parse('2026-12-31T23:00:00Z')

test('a law that begins at midnight in Amsterdam changes every page that tells of it at that moment', async t => {
  let now = midnight - 1
  const base = await serve(t, () => viewOf(law, now))
  const seen = async () => {
    const { uitwisselingen, peildatum } = await json(`${base}/register`, register)
    const { regelingen } = await json(`${base}/register/grondslagen`, bases)
    const one = uitwisselingen.find(({ id }) => id === 'toelating-uitlener')
    assert.ok(one)
    const own = one.grondslagen.map(({ id }) => id)
    const stands = regelingen
      .flatMap(({ grondslagen }) => grondslagen)
      .flatMap(({ id, stand }) => (own.includes(id) ? [stand] : []))
    const page = (await read(`${base}/register`, 'text/html')).text
    return { peildatum, open: one.open, wijzigt: one.wijzigt, stands: new Set(stands), page }
  }
  const before = await seen()
  assert.deepEqual([before.peildatum, before.open], ['2026-12-31', false])
  assert.deepEqual(before.wijzigt, { op: '2027-01-01', open: true, redenen: [] })
  assert.ok(before.stands.has('nog-niet-in-werking'))
  assert.match(before.page, /Gaat open op een bekende dag \(/)
  assert.match(before.page, /: open vanaf 1 januari 2027</)
  now = midnight
  const after = await seen()
  assert.deepEqual([after.peildatum, after.open], ['2027-01-01', true])
  assert.equal(after.wijzigt?.open, false)
  assert.deepEqual([...after.stands], ['in-werking'])
  assert.doesNotMatch(after.page, /: open vanaf 1 januari 2027</)
})

test('an exchange that nothing opens has no day; one that is open says on which day its privacy review or its law runs out', () => {
  const dated = lawOf([
    { id: 'a', geldigTot: '2027-03-31' },
    { id: 'b' },
    { id: 'c', grondslagen: ['wpd-1'] },
    { id: 'd', grondslagen: ['straks-1', 'wpd-1'] },
    { id: 'e', grondslagen: ['straks-1'], geldigVan: '2027-02-01' },
  ])
  const { uitwisselingen } = register(viewOf(dated))
  const told = new Map(uitwisselingen.map(({ id, wijzigt }) => [id, wijzigt]))
  assert.deepEqual([told.get('a')?.op, told.get('a')?.open], ['2027-04-01', false])
  assert.deepEqual(told.get('a')?.redenen[0]?.code, 'GEEN_LEVERINGSAFSPRAAK')
  assert.deepEqual([told.get('b')?.op, told.get('b')?.open], ['2027-12-02', false])
  assert.deepEqual([told.get('c'), told.get('d')], [undefined, undefined])
  assert.deepEqual([told.get('e')?.op, told.get('e')?.open], ['2027-02-01', true])
  assert.deepEqual(
    uitwisselingen.map(({ id }) => id),
    ['a', 'b', 'e', 'c', 'd'],
  )
})

test('a page is the same bytes for the same law and day, is made once, and anew with another law or day', () => {
  let made = 0
  const counted = (set: PolicySet): PolicySet => ({
    ...set,
    get uitwisselingen() {
      made += 1
      return set.uitwisselingen
    },
  })
  let view = viewOf(counted(lawOf()))
  const tell = openRegister(() => view)
  const [page] = registerPages
  assert.ok(page)
  const first = tell(page, '', 'text/html')
  const once = made
  assert.ok(once > 0)
  view = { ...view, now: noon + 60_000 }
  for (let n = 0; n < 100; n += 1) assert.equal(tell(page, '', 'text/html'), first)
  assert.equal(made, once)
  assert.notDeepEqual(tell(page, '', 'application/json'), first)
  assert.deepEqual(openRegister(() => view)(page, '', 'text/html'), first)
  view = { ...view, now: noon + 86_400_000 }
  const next = tell(page, '', 'text/html')
  assert.notDeepEqual(next, first)
  view = { ...view, law: counted(lawOf([{ titel: 'Andere naam' }])) }
  assert.match(String(tell(page, '', 'text/html')), /Andere naam/)
})

test('it is told what goes along unasked, what is never given, whether the source is connected and an instrument usable', () => {
  const view = { ...viewOf(law), connected: (bron: string) => bron === 'uwv' }
  const of = (id: string) => oneExchange(id, view)?.uitwisseling ?? assert.fail(id)
  const page = (id: string) => exchangePage(oneExchange(id, view) ?? assert.fail(id)).text
  const brp = of('brp-persoonsgegevens-bijstand')
  const secret = 'Is het adres geheim'
  assert.deepEqual(
    brp.gaatMee.map(({ titel }) => titel),
    [secret],
  )
  assert.match(page(brp.id), /Gaat altijd mee[\s\S]*Is het adres geheim/)
  const whole = law.uitwisselingen.get(brp.id) ?? assert.fail()
  const light = { ...whole, treden: whole.treden.slice(0, 1) }
  const fewer = { ...law, uitwisselingen: new Map([[light.id, light]]) }
  assert.deepEqual(oneExchange(light.id, viewOf(fewer))?.uitwisseling.gaatMee, [], 'no address')
  const never = (entry: typeof brp) => entry.nietGegeven.flatMap(({ velden }) => velden)
  assert.ok(never(brp).includes('Adressen van vroeger') && !never(brp).includes(secret))
  const own = publicContribution('00000099000000014000', view)?.verwerkingen ?? []
  const kept = own.find(({ uitwisseling }) => uitwisseling === brp.id)?.gegevens ?? []
  assert.ok(kept.some(({ velden }) => velden.includes(secret)))
  assert.ok(never(of('politiegegevens')).includes('Wat nodig is voor het onderzoek'), 'AX')
  assert.ok(
    !never(of('uwv-inkomsten-bijstand')).includes('Bruto loon voor de werknemersverzekeringen'),
  )
  assert.deepEqual(
    of('brp-persoonsgegevens-bijstand').nietGegeven.map(({ categorie, aantal }) => [
      categorie,
      aantal,
    ]),
    [
      ['gewoon', 4],
      ['bsn', 4],
      ['beschermd-kenmerk', 4],
    ],
  )
  const ids = ['uwv-inkomsten-bijstand', brp.id, 'uwv-signaal-nieuwe-inkomsten'] as const
  assert.deepEqual(
    ids.map(id => of(id).bronAangesloten),
    [true, false, undefined],
  )
  assert.match(page(ids[0]), /Deze bron is hier aangesloten/)
  assert.doesNotMatch(page(brp.id), /Deze bron is hier aangesloten/)
  const usable = (now: number) =>
    instruments({ ...view, now }).instrumenten.find(({ id }) => id === model.id)?.bruikbaar
  const { van, tot } = model.geldig
  assert.deepEqual([van - 1, van, tot - 1, tot].map(usable), [false, true, true, false])
})

type BasisMembers = Pick<
  LegalBasis,
  'artikel' | 'geldigVan' | 'geldigTot' | 'toelichting' | 'buitenToepassing' | 'data'
>

test('of each basis every member is told, and an operator that the law does not name is told by its number', () => {
  const first = law.grondslagen.get('pw-64-1-b') ?? assert.fail()
  const aside = { van: '2026-01-01', uitspraak: 'ECLI:NL:PROEF:2026:1' }
  const changed = { ...first, geldigTot: '2026-12-31', buitenToepassing: aside }
  const set = { ...law, grondslagen: new Map([...law.grondslagen, [first.id, changed]]) }
  const members = (one: BasisMembers) => [
    ...[one.artikel, one.geldigVan, one.geldigTot, one.toelichting],
    ...[one.buitenToepassing, one.data],
  ]
  const listed = bases(viewOf(set)).regelingen.flatMap(({ grondslagen }) => grondslagen)
  assert.ok(
    listed.some(({ data }) => data) && listed.some(({ buitenToepassing }) => buitenToepassing),
  )
  for (const one of listed) {
    assert.deepEqual(members(one), members(set.grondslagen.get(one.id) ?? assert.fail()), one.id)
  }
  const { verwerker } = publicProcessorRecord({ ...viewOf(law), operator: '0'.repeat(20) })
  assert.deepEqual([verwerker.naam, verwerker.inEer], ['0'.repeat(20), true])
})

test('what the law does not have is not remembered, whoever asks for it how often', () => {
  const tell = openRegister(() => viewOf(lawOf()))
  const [, each] = registerPages
  assert.ok(each)
  for (let n = 0; n < 1_000; n += 1) assert.equal(tell(each, `x${n}`, 'text/html'), undefined)
  assert.ok(tell(each, arrangement.id, 'text/html'))
})

test('fifty exchanges are told within a second, and a repeat costs next to nothing', async t => {
  const many = lawOf(Array.from({ length: 50 }, (_, n) => ({ id: `uitwisseling-${n}` })))
  const base = await serve(t, () => viewOf(many))
  const took = async () => {
    const begun = performance.now()
    const { text, status } = await read(`${base}/register`, 'text/html')
    assert.deepEqual([status, text.match(/<article /g)?.length], [200, 52])
    return performance.now() - begun
  }
  const first = await took()
  const later = Math.min(await took(), await took(), await took())
  t.diagnostic(`${first.toFixed(1)} ms, again ${later.toFixed(1)} ms`)
  assert.ok(first < 1_000 && later < 250, `${first} ms, again ${later} ms`)
})

test('a controller finds every member of AVG art. 30(1) for what it gives and what it receives', async t => {
  const base = await serve(t, () => viewOf(law))
  const own = await json(`${base}/register/verwerkingen/${uwv}`, publicContribution)
  assert.deepEqual(own.verantwoordelijke.contact, {
    verantwoordelijke: 'privacy@uwv.example',
    fg: 'fg@uwv.example',
  })
  const gives = own.verwerkingen.find(one => one.uitwisseling === 'uwv-inkomsten-bijstand')
  assert.equal(gives?.rol, 'verstrekker')
  assert.match(gives?.doel ?? '', /^Vaststellen of en in welke mate/)
  assert.match(gives?.betrokkenen ?? '', /bijstand/)
  assert.deepEqual(
    gives?.gegevens.map(({ categorie }) => categorie),
    ['bsn', 'gewoon'],
  )
  assert.deepEqual(own.gezamenlijk, [])
  assert.equal(own.verantwoordelijke.inEer, true)
  assert.deepEqual(gives?.ontvangers, [
    'College van burgemeester en wethouders',
    'Beheerder van Sluis (verwerker)',
  ])
  assert.deepEqual(gives?.doorgifte, { landen: [], derdeLanden: [] })
  assert.deepEqual([gives?.bewaren.log, gives?.bewaren.gegevens], ['P7Y', 'PT0S'])
  assert.equal(gives?.avg, '6-1-c')
  const gets = own.verwerkingen.find(one => one.uitwisseling === 'be-werkloosheid-uwv')
  assert.deepEqual(
    [gets?.rol, gets?.herkomst, gets?.ontvangers],
    ['ontvanger', 'KSZ (België)', ['Beheerder van Sluis (verwerker)']],
  )
  assert.deepEqual(gets?.doorgifte, { landen: ['BE'], derdeLanden: [] })
  const abroad = law.uitwisselingen.get('be-werkloosheid-uwv') ?? assert.fail()
  const { buitenlands: _none, ...voorwaarden } = abroad.voorwaarden
  const only = { ...law, uitwisselingen: new Map([[abroad.id, { ...abroad, voorwaarden }]]) }
  const [one] = publicContribution(uwv, viewOf(only))?.verwerkingen ?? []
  assert.deepEqual(one?.doorgifte.landen, ['BE'], 'a body there takes part')
  assert.ok(own.beveiliging.length > 5)
  for (const { betrokkenen, uitwisseling } of own.verwerkingen) assert.ok(betrokkenen, uitwisseling)
})

test('a country outside the EEA is told apart, and an answer made of special data counts as special', () => {
  const foreign = lawOf([
    {
      voorwaarden: {
        ...arrangement.voorwaarden,
        buitenlands: { landen: ['MA', 'NO'], vereist: true },
      },
    },
  ])
  const [one] = publicContribution(uwv, viewOf(foreign))?.verwerkingen ?? []
  assert.deepEqual(one?.doorgifte, { landen: ['MA', 'NO'], derdeLanden: ['MA'] })
  assert.match(
    contributionPage(publicContribution(uwv, viewOf(foreign)) ?? assert.fail()).text,
    /Marokko/,
  )
  const own = publicContribution(uwv, viewOf(foreign))?.verantwoordelijke ?? assert.fail()
  assert.equal(representative({ ...own, inEer: false }), 'niet vastgelegd')
  const set = foreign.gegevenssets.get('uwv-inkomstenverhoudingen')
  const loonSv = set?.velden.loonSv
  assert.ok(set && loonSv)
  const velden = { ...set.velden, loonSv: { ...loonSv, categorie: 'bijzonder' as const } }
  const gegevenssets = new Map([[set.id, { ...set, velden }]])
  const [other] = publicContribution(uwv, viewOf({ ...foreign, gegevenssets }))?.verwerkingen ?? []
  const special = other?.gegevens.find(({ categorie }) => categorie === 'bijzonder')
  assert.deepEqual(special?.velden, ['Waren er inkomsten', 'Loon, bruto'])
})

test('the processor tells for whom it does what, and that no other processor takes part', () => {
  const { verwerker, verantwoordelijken, subverwerkers, doorgifte } = publicProcessorRecord(
    viewOf(law),
  )
  assert.deepEqual(
    [verwerker.naam, verwerker.contact?.fg],
    ['Beheerder van Sluis', 'fg@beheerder.example'],
  )
  assert.deepEqual(subverwerkers, [])
  assert.ok(doorgifte.landen.includes('BE') && doorgifte.derdeLanden.length === 0)
  const named = verantwoordelijken.map(({ oin }) => oin)
  assert.deepEqual(
    named,
    controllers(viewOf(law)).verantwoordelijken.map(({ oin }) => oin),
  )
  assert.ok(!named.includes(fiod) && !named.includes('00000099000000003000'))
  for (const { naam, soorten } of verantwoordelijken) {
    assert.ok(soorten.length >= 2, naam)
  }
})

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Enough for every kind of part of a page: the browser judges each element. */
function sampled(): PolicySet {
  const ids = ['uwv-inkomsten-bijstand', 'toelating-uitlener', 'wmo-handhaving', 'detentiesignaal']
  const some = <T>(all: ReadonlyMap<string, T>, names: readonly string[]) =>
    new Map([...all].filter(([name]) => names.includes(name)))
  const uitwisselingen = some(law.uitwisselingen, ids)
  const used = [...uitwisselingen.values()].flatMap(({ grondslagen }) => grondslagen)
  return {
    ...law,
    uitwisselingen,
    grondslagen: some(law.grondslagen, [...used, 'avg-6-4', 'avg-15-1-c', 'uavg-41']),
    normen: some(law.normen, ['bijstandsnorm-netto']),
    codelijsten: some(law.codelijsten, ['aanleiding', 'leefvorm', 'uwv-uitkering-wet']),
  }
}

test('every kind of page can be read by everybody: contrast, names, headings and order by WCAG 2.2 AA, 320 px wide and in print', async t => {
  const few = sampled()
  const base = await serve(t, () => viewOf(few))
  const browser = await startBrowser()
  t.after(() => browser.close())
  const page = await browser.newPage({ bypassCSP: true, viewport: { width: 320, height: 600 } })
  const addresses = addressesOf(few).filter(
    address => !/\/(uitwisselingen|verwerkingen)\//.test(address),
  )
  for (const address of [
    ...addresses,
    '/register/uitwisselingen/toelating-uitlener',
    `/register/verwerkingen/${uwv}`,
  ]) {
    await page.goto(base + address)
    const width = await page.evaluate('document.documentElement.scrollWidth')
    assert.equal(width, 320, `${address} does not scroll sideways`)
    await page.evaluate(axe)
    const found = await page.evaluate(
      `axe.run({ runOnly: ${JSON.stringify(tags)} }).then(all => all.violations.map(one => one.id))`,
    )
    assert.deepEqual(found, [], address)
    // White on white is no violation to axe: it cannot tell.
    const unseen = await page.evaluate(
      "axe.run({ runOnly: ['color-contrast'] }).then(all => all.incomplete.flatMap(one => one.nodes).filter(one => one.any.some(each => each.data?.messageKey === 'equalRatio')).map(one => one.html))",
    )
    assert.deepEqual(unseen, [], address)
    await page.emulateMedia({ media: 'print' })
    assert.equal(
      await page.evaluate("getComputedStyle(document.querySelector('footer')).display"),
      'none',
    )
    assert.ok(await page.evaluate("document.querySelector('main').innerText.length > 200"), address)
    await page.emulateMedia({ media: null })
  }
})
