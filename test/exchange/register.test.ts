import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { html, link } from '../../gateway/html.ts'
import { page } from '../../gateway/listen/page.ts'
import { register } from '../../gateway/listen/register.ts'
import { registerPage } from '../../gateway/listen/register-page.ts'
import type { ArrangementText, PolicySet } from '../../gateway/policy/law.ts'
import { loadPolicies } from '../../gateway/policy/load.ts'
import { variant } from '../policy/law.ts'
import { supplyEdits } from '../policy/supply-law.ts'
import { arrangement, fiod, lawOf, noon, viewOf, waterstad } from './register-law.ts'

function only(law: PolicySet, now = noon) {
  const { uitwisselingen } = register(viewOf(law, now))
  assert.equal(uitwisselingen.length, 1)
  return uitwisselingen[0] as (typeof uitwisselingen)[number]
}

function everything(law: PolicySet): string {
  const content = register(viewOf(law))
  return JSON.stringify(content) + page('Register', registerPage(content))
}

test('an arrangement whose bases hold is open, and says who, what for and on which article', () => {
  const one = only(lawOf())
  assert.equal(one.open, true)
  assert.deepEqual(one.redenen, [])
  assert.equal(one.verstrekker.naam, 'UWV')
  assert.equal(one.ontvangers.naam, 'College van burgemeester en wethouders')
  assert.equal(one.doel.id, 'bijstand-recht-en-hoogte')
  assert.deepEqual(
    one.grondslagen.map(({ artikel, stand }) => [artikel, stand]),
    [
      ['64, eerste lid, onder b', 'in-werking'],
      ['62, eerste lid', 'in-werking'],
    ],
  )
  assert.deepEqual(one.treden[0]?.velden, [
    {
      naam: 'heeftInkomsten',
      titel: 'Waren er inkomsten',
      label: 'indicatie, geen vaststelling',
      uit: ['Loon, bruto'],
    },
  ])
  assert.deepEqual(one.treden[1]?.velden, [
    { naam: 'loonSv', titel: 'Loon, bruto' },
    { naam: 'tijdvak', titel: 'Tijdvak van de opgave' },
  ])
  assert.equal(one.bewaren.log, 'P7Y')
})

const closedBy: readonly (readonly [string, Partial<ArrangementText>, string, string?])[] = [
  ['a bill', { grondslagen: ['wpd-1'] }, 'GRONDSLAG_NIET_IN_WERKING', 'wetsvoorstel'],
  [
    'a law of next year',
    { grondslagen: ['straks-1'] },
    'GRONDSLAG_NIET_IN_WERKING',
    'nog-niet-in-werking',
  ],
  ['an expired law', { grondslagen: ['oud-1'] }, 'GRONDSLAG_VERVALLEN', 'vervallen'],
  [
    'a law set aside',
    { grondslagen: ['buiten-1'] },
    'GRONDSLAG_BUITEN_TOEPASSING',
    'buiten-toepassing',
  ],
  ['an unconfirmed law', { grondslagen: ['onzeker-1'] }, 'GRONDSLAG_ONBEVESTIGD', 'onbevestigd'],
  ['no law at all', { grondslagen: [] }, 'GEEN_GRONDSLAG'],
  ['an agreement that ended', { geldigTot: '2026-11-21' }, 'GEEN_LEVERINGSAFSPRAAK', 'in-werking'],
  [
    'an agreement still to come',
    { geldigVan: '2026-11-23' },
    'GEEN_LEVERINGSAFSPRAAK',
    'in-werking',
  ],
]
for (const [what, part, code, stand] of closedBy) {
  test(`${what} closes the exchange, and the register says so in plain Dutch`, () => {
    const law = lawOf([part])
    const one = only(law)
    assert.equal(one.open, false)
    assert.deepEqual(
      one.redenen.map(reden => reden.code),
      [code],
    )
    assert.match(one.redenen[0]?.uitleg ?? '', /^[A-Z].*\.$/)
    assert.equal(one.grondslagen[0]?.stand, stand)
    const text = registerPage(register(viewOf(law))).text
    assert.match(text, /Gesloten/)
    assert.match(text, /Nu wordt elke vraag geweigerd/)
  })
}

test('an overdue or missing DPIA closes the exchange', () => {
  const dpia = { referentie: 'D', herzienOp: '2026-01-01', uiterlijk: '2026-11-21' }
  assert.deepEqual(
    only(lawOf([{ dpia }])).redenen.map(({ code }) => code),
    ['DPIA_ONTBREEKT_OF_VERLOPEN'],
  )
  const law = lawOf()
  const built = law.uitwisselingen.get(arrangement.id)
  assert.ok(built)
  const { dpia: _none, ...without } = { ...built, dpiaTot: Number.NEGATIVE_INFINITY }
  const one = only({ ...law, uitwisselingen: new Map([[built.id, without]]) })
  assert.deepEqual(
    one.redenen.map(({ code }) => code),
    ['DPIA_ONTBREEKT_OF_VERLOPEN'],
  )
})

test('the register reads the law at the moment it is asked, on both sides of legal midnight', () => {
  const law = lawOf([{ geldigTot: '2026-11-21' }])
  const midnight = Date.parse('2026-11-21T23:00:00Z')
  assert.equal(only(law, midnight - 1).open, true)
  assert.equal(only(law, midnight).open, false)
  assert.equal(register(viewOf(law, midnight - 1)).peildatum, '2026-11-21')
  assert.equal(register(viewOf(law, midnight)).peildatum, '2026-11-22')
})

test('the same set and moment give the same register', () => {
  const law = lawOf([{}, { id: 'tweede', grondslagen: ['wpd-1'] }])
  assert.deepEqual(register(viewOf(law)), register(viewOf(law)))
})

test('open exchanges come first, each group by name', () => {
  const law = lawOf([
    { id: 'b-dicht', grondslagen: ['wpd-1'] },
    { id: 'c-open' },
    { id: 'a-dicht', grondslagen: ['wpd-1'] },
    { id: 'b-open' },
  ])
  assert.deepEqual(
    register(viewOf(law)).uitwisselingen.map(({ id }) => id),
    ['b-open', 'c-open', 'a-dicht', 'b-dicht'],
  )
})

const confidential: readonly (readonly [string, Partial<ArrangementText>])[] = [
  ['provider', { verstrekker: { ...arrangement.verstrekker, oin: fiod } }],
  ['receiver', { ontvangers: { ...arrangement.ontvangers, soort: 'fiod' } }],
  ['intermediary', { via: [fiod] }],
]
for (const [role, part] of confidential) {
  test(`an exchange with a confidential ${role} leaves no trace in the register`, () => {
    const law = lawOf([{}, { ...part, id: 'stil', titel: 'Stille uitwisseling' }])
    assert.equal(only(law).id, 'uwv-inkomsten-bijstand')
    const text = everything(law)
    assert.doesNotMatch(text, /stil|Stille|fiod|geheim/i)
    assert.ok(!text.includes(fiod))
    assert.equal(register(viewOf(lawOf([{ ...part }]))).uitwisselingen.length, 0)
  })
}

test('one confidential party does not hide the exchanges of its whole kind', () => {
  const law = lawOf()
  const partijen = new Map(law.partijen)
  const other = law.partijen.get(waterstad)
  assert.ok(other)
  const hidden = {
    ...other,
    oin: '00000099000000002000',
    naam: 'Geheime gemeente',
    vertrouwelijk: true,
  }
  partijen.set(hidden.oin, hidden)
  const text = everything({ ...law, partijen })
  assert.equal(only({ ...law, partijen }).id, 'uwv-inkomsten-bijstand')
  assert.doesNotMatch(text, /Geheime gemeente|00000099000000002000/)
})

test('an exchange for a kind without any party is still shown', () => {
  const ontvangers = { ...arrangement.ontvangers, soort: 'svb' }
  assert.equal(only(lawOf([{ ontvangers }])).ontvangers.naam, 'Sociale Verzekeringsbank')
})

test('an unknown kind of receiver is shown by its own name, also when that is a word of the language', () => {
  for (const soort of ['waterschap', 'constructor', '__proto__']) {
    const ontvangers = { ...arrangement.ontvangers, soort }
    assert.equal(only(lawOf([{ ontvangers }])).ontvangers.naam, soort)
  }
})

test('the register says when it is of a test environment, and only then', () => {
  assert.equal(register(viewOf(lawOf())).omgeving, 'test')
  assert.match(registerPage(register(viewOf(lawOf()))).text, /testomgeving/)
  const real = register(viewOf(lawOf([{}], { profiel: 'productie' })))
  assert.equal('omgeving' in real, false)
  assert.doesNotMatch(registerPage(real).text, /testomgeving/)
})

test('the page reads as Dutch: dates, terms, approvals and the ladder', () => {
  const text = registerPage(register(viewOf(lawOf()))).text
  for (const part of [
    'Stand op 22 november 2026: 1 uitwisseling, waarvan 1 open.',
    '7 jaar in het logboek',
    'worden hier niet bewaard',
    'Over ten hoogste 12 maanden.',
    'Over ten hoogste één maand.',
    'Met een motivering en de goedkeuring van een tweede persoon.',
    'Pas na stap ‘licht’ met als antwoord heeftInkomsten: ja, of onbekend, tot 3 maanden daarna.',
    'vanaf 1 januari 2026',
    'opnieuw uiterlijk 1 december 2027',
    'selectie; onderzoek naar huisgenoten',
  ]) {
    assert.ok(text.includes(part), part)
  }
})

test('every table has column and row headings and every region a name (WCAG 1.3.1)', () => {
  const text = registerPage(register(viewOf(lawOf([{}, { id: 'tweede' }])))).text
  assert.equal(text.match(/<table>/g)?.length, 4)
  assert.equal(text.match(/<th scope="col">/g)?.length, 12)
  assert.equal(text.match(/<th scope="row">/g)?.length, 8)
  assert.equal(text.match(/role="region" tabindex="0" aria-label="[^"]+"/g)?.length, 4)
  const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
  assert.equal(new Set(ids).size, ids.length, 'ids are unique')
  for (const [, target = ''] of text.matchAll(/(?:href="#|aria-labelledby=")([^"]+)"/g)) {
    assert.ok(ids.includes(target), target)
  }
})

const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>' onclick='x' \u202egro.live`

/** The register with this text wherever a policy file may hold text. */
function pageWith(text: string): string {
  const law = lawOf(
    [
      {
        titel: text,
        doel: { ...arrangement.doel, omschrijving: text },
        verboden: [text],
        bewaren: { log: text, logGrond: text, antwoord: text, ontvanger: text },
        voorwaarden: { functie: [text] },
        dpia: { referentie: text, herzienOp: '2027-01-01', uiterlijk: '2027-12-01' },
        treden: [{ id: text, velden: [text], goedkeuring: 'A0', na: text, openVoor: text }],
        ontvangers: { ...arrangement.ontvangers, soort: text, avg: text },
        verstrekker: { ...arrangement.verstrekker, avg: text },
      },
      { id: 'dicht', titel: text, grondslagen: ['buiten-1'] },
    ],
    { bron: `javascript:alert(1)//${text}`, naam: text, veld: text },
  )
  return page(text, registerPage(register(viewOf(law))))
}

/** The markup alone: every tag in order, without the values of its attributes. */
function markup(text: string): string[] {
  return [...text.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replace(/"[^"]*"/g, '""'))
}

test('hostile text in a policy stays text: the markup is that of a page with plain text', () => {
  const text = pageWith(hostile)
  assert.deepEqual(markup(text), markup(pageWith('!tekst')))
  assert.ok(text.includes('&lt;script&gt;alert(1)&lt;/script&gt;'))
  assert.doesNotMatch(text, /\u202e|<script|href="javascript/)
})

test('the tag escapes every value, also in attributes and lists, and never twice', () => {
  const inner = html`<b>${'<&>"\''}</b>`
  assert.equal(inner.text, '<b>&lt;&amp;&gt;&quot;&#39;</b>')
  assert.equal(
    html`<p title="${'" x="'}">${[inner, 3, undefined, 'a']}</p>`.text,
    '<p title="&quot; x=&quot;"><b>&lt;&amp;&gt;&quot;&#39;</b>3a</p>',
  )
})

test('control and turning characters cannot deceive the eye', () => {
  assert.equal(html`${'a\u202eb\u2066c\u0000d\ne'}`.text, 'a\ufffdb\ufffdc\ufffdd e')
})

test('only an https address becomes a link', () => {
  assert.equal(
    link('https://wet.nl/"x', 'Wet').text,
    '<a href="https://wet.nl/&quot;x" rel="noreferrer">Wet</a>',
  )
  for (const url of [
    'javascript:alert(1)',
    'http://wet.nl',
    'data:text/html,x',
    ' https://x',
    'Kamerstuk 1',
  ]) {
    assert.doesNotMatch(link(url, 'Wet').text, /<a/)
  }
})

test('the register of the shipped policies: one exchange open, a bill and an unconfirmed treaty closed', async () => {
  const law = await loadPolicies(join(import.meta.dirname, '../../policies'), 'test')
  const { uitwisselingen } = register(viewOf(law))
  const told = new Map(uitwisselingen.map(one => [one.id, one]))
  assert.equal(told.get('uwv-inkomsten-bijstand')?.open, true)
  assert.deepEqual(
    told.get('proactieve-dienstverlening')?.redenen.map(({ code }) => code),
    ['GRONDSLAG_NIET_IN_WERKING'],
  )
  const luxembourg = told.get('lu-inkomsten-bijstand')?.redenen.map(({ code }) => code)
  assert.deepEqual([...new Set(luxembourg)], ['GRONDSLAG_ONBEVESTIGD'])
  const wmo = told.get('wmo-handhaving')
  assert.deepEqual(
    wmo?.redenen.map(({ code }) => code),
    ['DOEL_ONVERENIGBAAR'],
  )
  assert.equal(wmo?.onverenigbaar?.grondslag?.id, 'avg-6-4')
  assert.doesNotMatch(everything(law), /fiod/i)
})

test('an incompatible purpose is shown with the law against it, not as a law that allows it', async () => {
  const law = await loadPolicies(join(import.meta.dirname, '../../policies'), 'test')
  const { uitwisselingen, ...rest } = register(viewOf(law))
  const wmo = uitwisselingen.filter(({ id }) => id === 'wmo-handhaving')
  const text = registerPage({ ...rest, uitwisselingen: wmo }).text
  assert.match(text, /Elke vraag wordt geweigerd, ook later/)
  assert.match(text, /verzameld voor ondersteuning.*AVG.*artikel 6, vierde lid/)
  assert.match(text, /De wet die dit verbiedt/)
  assert.match(text, /Geblokkeerd/)
  assert.doesNotMatch(text, /Wettelijke grondslagen|Wie mag vragen|Krijgt gegevens|Na overlijden/)
})

test('an exchange that answers later says so, with its term, its reminders and who approves', () => {
  const law = lawOf([
    {
      patroon: 'asynchroon',
      termijn: { antwoord: 'P3M', herinneringen: ['P1M', 'P2M'], goedkeuring: 'P7D' },
      goedkeurders: ['teamleider'],
    },
  ])
  const one = only(law)
  assert.equal(one.open, true)
  assert.equal(one.patroon, 'asynchroon')
  assert.deepEqual(one.termijn?.herinneringen, ['P1M', 'P2M'])
  const { text } = registerPage(register(viewOf(law)))
  assert.match(text, /later, als verzoek, binnen 3 maanden/)
  assert.match(text, /Met een herinnering na 1 maand en 2 maanden\./)
  assert.match(text, /Wie mag goedkeuren<\/dt><dd>teamleider<small>Een goedkeuring telt 7 dagen\./)
})

test('the register says about whom an exchange is', () => {
  const law = lawOf([{ betrokkenen: 'mensen die bijstand krijgen' }, { id: 'a' }])
  assert.equal(register(viewOf(law)).uitwisselingen[1]?.betrokkenen, 'mensen die bijstand krijgen')
  const { text } = registerPage(register(viewOf(law)))
  assert.equal(text.match(/<dt>Over wie<\/dt><dd>mensen die bijstand krijgen<\/dd>/g)?.length, 1)
})

test('a synchronous exchange answers at once, and needs no term to say so', () => {
  const { text } = registerPage(register(viewOf(lawOf())))
  assert.match(text, /<dt>Antwoord<\/dt><dd>direct<\/dd>/)
  assert.doesNotMatch(text, /Wie mag goedkeuren/)
})

test('systematic supply is shown with who may hand in, what was agreed and published, and what a signal may become', async () => {
  const law = await variant(supplyEdits())
  const shown = register(viewOf(law))
  const entry = (id: string) => shown.uitwisselingen.find(one => one.id === id)
  const signal = entry('proef-signaal')
  assert.equal(signal?.open, true)
  assert.deepEqual([signal?.patroon, signal?.ritme], ['signaal', 'maand'])
  assert.equal(signal?.verstrekker.oin, undefined)
  assert.deepEqual(signal?.signaal, {
    geldig: 'P6M',
    afloop: [{ code: 'geen-gevolg', betekenis: 'Er was niets aan de hand' }],
  })
  const { text } = registerPage({ ...shown, uitwisselingen: signal ? [signal] : [] })
  assert.match(text, /Geeft gegevens<\/dt><dd>College van burgemeester en wethouders/)
  assert.match(text, /Wie mag aanleveren<\/dt><dd>een systeem, zonder medewerker</)
  assert.match(text, /zonder vraag, als signaal over één persoon<small>Elke maand\./)
  assert.match(
    text,
    /href="https:\/\/register\.example\/la-2026-1"[^>]*>LA-2026-1<.*geldt vanaf 1 maart 2026/,
  )
  assert.match(text, /geldt 6 maanden<small>Daarna vervalt het\. Er gebeurt niets vanzelf/)
  assert.match(text, /Er was niets aan de hand <code>geen-gevolg<\/code>/)
  assert.doesNotMatch(text, /Wie mag vragen|<dt>Antwoord/)
  assert.equal(entry('proef-twijfel')?.open, true)
  const before = register(viewOf(law, Date.parse('2026-02-01T12:00:00Z')))
  const closed = before.uitwisselingen.find(one => one.id === 'proef-signaal')
  assert.match(closed?.redenen[0]?.uitleg ?? '', /LA-2026-1 geldt pas vanaf 1-3-2026/)
})
