// Which laws and questions test a decision? Drawn at random around every edge: of dates, lists, parties and widths.
import { stringify } from 'yaml'
import type { PolicyText } from '../../gateway/policy/load.ts'
import type { Facts, Question } from '../../gateway/terms.ts'
import type { Dice } from '../../soak/random.ts'
import {
  type Book,
  dayOf,
  type Exchange,
  type RungText,
  readBook,
  type SetText,
} from './independent.ts'

const edges = [
  ...['2014-12-31', '2025-12-31', '2026-01-01', '2026-09-14', '2026-09-15', '2027-12-01'],
  ...['2026-03-29', '2026-03-30', '2026-10-25', '2026-10-26'], // the clock changes
  ...['2028-02-28', '2028-02-29', '2028-03-01', '2026-02-28'], // leap day
]
const kinds = ['bsn', 'kvk', 'lrk']
const presences = [undefined, 'verplicht', 'toegestaan'] as const
const lists = {
  fase: ['onderzoek'],
  aanleiding: ['anonieme-tip', 'waarneming', 'onbekend-in-de-lijst'],
  selectiegrond: ['aselect', 'risicomodel', 'knock-out', 'regulier'],
} as const
const sureness = ['bevestigd', 'aannemelijk', 'onbekend', 'zeker', 'constructor']
const terms = ['P1D', 'P30D', 'P1M', 'P3M', 'P13M', 'P1Y', 'P5Y', 'P999Y']
const categories = ['gewoon', 'bijzonder', 'strafrechtelijk', 'beschermd-kenmerk', 'bsn']
const listNames = ['fase', 'aanleiding', 'selectiegrond'] as const

/** A law as both readings take it. */
export interface DrawnLaw {
  readonly texts: readonly PolicyText[]
  readonly book: Book
}

/** These policies, changed at random places. */
export function drawLaw(base: readonly PolicyText[], dice: Dice): DrawnLaw {
  const book = readBook(base)
  const before = new Map([...book.files].map(([path, content]) => [path, JSON.stringify(content)]))
  change(book, dice)
  const texts = new Map(base.map(({ path, text }) => [path, text]))
  for (const [path, content] of book.files) {
    if (JSON.stringify(content) !== before.get(path)) texts.set(path, stringify(content))
  }
  return { texts: [...texts].map(([path, text]) => ({ path, text })), book }
}

function change(book: Book, dice: Dice): void {
  for (let n = 1 + dice.below(12); n > 0; n -= 1) dice.pick(changes)(book, dice)
  for (let n = dice.below(3); n > 0; n -= 1) supply(book, dice)
  for (let n = dice.below(4); n > 0; n -= 1) choose(book, dice)
  for (let n = dice.below(6); n > 0; n -= 1) retype(book, dice)
  // No shipped exchange has such lists: without these their reasons would hardly ever be seen.
  for (const { voorwaarden, treden } of book.exchanges) {
    if (dice.chance(0.3)) changeList(voorwaarden, dice)
    const aged = dice.pick(treden)
    if (dice.chance(0.2)) aged.versheid = dice.pick(terms)
    if (dice.chance(0.2)) aged.terug = dice.pick(terms)
  }
}

type Change = (book: Book, dice: Dice) => void

function put<T extends object, K extends keyof T>(on: T, member: K, value: T[K] | undefined): void {
  if (value === undefined) delete on[member]
  else on[member] = value
}

const maybe = <T>(dice: Dice, value: T) => (dice.chance(0.3) ? undefined : value)

function inExchange(change: (x: Exchange, dice: Dice, book: Book) => void): Change {
  return (book, dice) => change(dice.pick(book.exchanges), dice, book)
}

const inTerms = (change: (terms: Exchange['voorwaarden'], dice: Dice) => void) =>
  inExchange((x, dice) => change(x.voorwaarden, dice))

const inRung = (change: (rung: RungText, dice: Dice) => void) =>
  inExchange((x, dice) => change(dice.pick(x.treden), dice))

/** Each moves one thing that a decision may depend on. */
const changes: readonly Change[] = [
  (book, dice) => {
    // Of one that something rests on: of two hundred others no question hears.
    const used = new Set(book.exchanges.flatMap(({ grondslagen }) => grondslagen))
    const basis = dice.pick(book.bases.filter(({ id }) => used.has(id)))
    basis.stand = dice.pick(['voorstel', 'vastgesteld', 'vastgesteld'] as const)
    put(basis, 'geldigVan', maybe(dice, dice.pick(edges)))
    put(basis, 'geldigTot', maybe(dice, dice.pick(edges)))
    put(basis, 'bevestigd', maybe(dice, { op: '2026-11-22', tekstversie: 'tekst' }))
    const aside = { van: dice.pick(edges), uitspraak: 'ECLI:NL:XX:2026:1' }
    put(basis, 'buitenToepassing', dice.chance(0.4) ? aside : undefined)
  },
  heal,
  heal,
  setAside,
  (book, dice) => {
    dice.pick(book.parties).status = dice.pick(['actief', 'geschorst', 'beeindigd'])
  },
  represent,
  represent,
  represent,
  (book, dice) => {
    for (const { vertegenwoordigt = [] } of book.parties)
      for (const tie of vertegenwoordigt) if (dice.chance(0.3)) tie.geldigTot = dice.pick(edges)
  },
  inExchange((x, dice, book) => {
    x.grondslagen = [dice.chance(0.5) ? 'bestaat-niet' : dice.pick(book.bases).id]
  }),
  inExchange((x, dice) => {
    const against = { met: 'iets heel anders', grondslag: 'avg-6-4' }
    put(x, 'onverenigbaar', dice.chance(0.3) ? against : undefined)
  }),
  inExchange((x, dice) => {
    x.geldigVan = dice.pick(edges)
    put(x, 'geldigTot', dice.chance(0.5) ? dice.pick(edges) : undefined)
  }),
  inExchange((x, dice) => {
    const uiterlijk = dice.pick(edges)
    const dpia = { referentie: 'DPIA-2026-1', herzienOp: uiterlijk, uiterlijk }
    put(x, 'dpia', maybe(dice, dpia))
  }),
  inExchange((x, dice, book) => {
    const receivers = book.parties.filter(({ soort }) => soort === x.ontvangers.soort)
    // Of a kind that only the log knows there is no party by name.
    const some = dice.chance(0.3) || receivers.length === 0 ? book.parties : receivers
    x.via = dice.chance(0.3) ? [] : [dice.pick(some).oin]
  }),
  inExchange((x, dice) => {
    x.sleutel = dice.pick(kinds)
  }),
  inTerms((terms, dice) => {
    put(
      terms,
      dice.pick(['zaak', 'periode', 'peildatum', 'motivering'] as const),
      dice.pick(presences),
    )
  }),
  inTerms(changeList),
  inTerms(changeList),
  inTerms((terms, dice) => {
    const buitenlands = {
      landen: dice.pick([['BE'], ['LU'], ['BE', 'LU']]),
      vereist: dice.chance(0.5),
    }
    put(terms, 'buitenlands', maybe(dice, buitenlands))
  }),
  inTerms((terms, dice) => {
    put(terms, 'handtekening', maybe(dice, 'verplicht'))
  }),
  inTerms((terms, dice) => {
    put(terms, 'parameters', maybe(dice, ['leefvorm']))
  }),
  inExchange((x, dice) => {
    const one = () => dice.pick([1, 2, 5, 100])
    put(x, 'grenzen', maybe(dice, { perZaakPerDag: one(), perPartijPerUur: one() }))
  }),
  inExchange((x, dice) => {
    x.patroon = dice.pick([
      ...['synchroon', 'synchroon', 'asynchroon', 'asynchroon'],
      ...['signaal', 'bulk', 'notificatie'],
    ])
  }),
  inExchange((x, dice) => {
    put(
      x,
      'goedkeurders',
      maybe(dice, dice.pick([['teamleider'], ['jurist', ...x.voorwaarden.functie]])),
    )
  }),
  inTerms((terms, dice) => {
    put(terms, 'gescheidenFasen', maybe(dice, ['onderzoek', 'onderzoek-twee']))
  }),
  inTerms((terms, dice) => {
    const kept = ['onderzoeker', ...terms.functie].slice(0, 3)
    put(terms, 'gescheidenFuncties', maybe(dice, kept))
    put(terms, 'optOut', dice.chance(0.3) ? 'geldt' : undefined)
  }),
  inExchange((x, dice) => {
    put(x, 'vorm', dice.chance(0.2) ? 'levering' : undefined)
  }),
  inRung((rung, dice) => {
    put(rung, 'sleutel', dice.chance(0.2) ? 'geen' : undefined)
  }),
  inRung((rung, dice) => {
    rung.goedkeuring = dice.pick(['A0', 'A1', 'A2', 'A3', 'AX'])
  }),
  inRung((rung, dice) => {
    put(rung, 'periodeMaanden', maybe(dice, dice.pick([1, 2, 3, 12])))
  }),
]

function changeList(terms: Exchange['voorwaarden'], dice: Dice): void {
  const name = dice.pick(listNames)
  const codes: readonly string[] = lists[name]
  const list = [...codes, `${codes[0]}-twee`].filter(() => dice.chance(0.7))
  put(terms, name, maybe(dice, list.length > 0 ? list : [...codes]))
}

/** Somebody lets something choose; mostly who may ask, and mostly for what it asks. */
function choose(book: Book, dice: Dice): void {
  const x = dice.pick(book.exchanges)
  const users = book.parties.filter(({ soort }) => soort === x.ontvangers.soort)
  const soort = dice.pick(['risicomodel', 'knock-out', 'steekproef'])
  const id = `proef-${book.instruments.length}`
  const instrument = {
    ...{ id, naam: id, soort, kenmerken: ['x.y'], dpia: 'DPIA', iama: 'IAMA' },
    eigenaar: dice.pick(dice.chance(0.8) && users.length > 0 ? users : book.parties).oin,
    doelen: [dice.pick([x, x, x, dice.pick(book.exchanges)]).doel.id],
    algoritmeregister: 'https://register.example/x',
    geldigVan: dice.chance(0.7) ? '2020-01-01' : dice.pick(edges),
    geldigTot: dice.chance(0.7) ? '2029-01-01' : dice.pick(edges),
    evaluerenVoor: dice.chance(0.7) ? '2029-01-01' : dice.pick(edges),
  }
  book.instruments.push(instrument)
  book.files.set(`instrumenten/${id}.yaml`, instrument)
  if (dice.chance(0.8)) x.voorwaarden.selectiegrond = [...lists.selectiegrond]
}

/** A field that anybody gets here is of another kind, or of another law. */
function retype(book: Book, dice: Dice): void {
  const x = dice.pick(book.exchanges)
  const set = book.inputs.get(x.gegevensset)
  const rung = dice.pick(x.treden)
  const veld = dice.pick(rung.velden)
  const field = set?.velden[inputOf(set, veld, dice)]
  if (!field) return
  field.categorie = dice.pick(categories)
  field.regime = dice.pick(['avg', 'avg', 'wpg', 'schuldhulp'])
  if (dice.chance(0.3)) field.type = dice.pick(['adres', 'adressen'])
  const own = dice.chance(0.2) && x.grondslagen.length > 0
  const grondslag = dice.pick(own ? x.grondslagen : book.bases.map(({ id }) => id))
  const others = (x.bijzonder ?? []).filter(one => one.veld !== veld)
  if (dice.chance(0.7)) x.bijzonder = [...others, { veld, grondslag }]
}

function inputOf(set: SetText, veld: string, dice: Dice): string {
  const made = set.afgeleid?.[veld] ?? set.perMaand?.[veld]
  return made ? dice.pick(made.uit) : veld
}

/** An exchange becomes systematic supply, mostly as was agreed: by whom, through whom and to whom. */
function supply(book: Book, dice: Dice): void {
  const x = dice.pick(book.exchanges)
  const party = () => dice.pick(book.parties)
  x.patroon = dice.pick(['signaal', 'bulk', 'bulk', 'notificatie'])
  put(x, 'vorm', dice.chance(0.95) ? 'levering' : undefined)
  const datum = dice.chance(0.7) ? '2020-01-01' : dice.pick(edges)
  const agreed = { kenmerk: 'LA-1', datum, publicatie: 'https://register.example/la-1' }
  put(x, 'leveringsafspraak', dice.chance(0.9) ? agreed : undefined)
  const { oin: _, soort: __, ...rest } = x.verstrekker
  const { oin, soort } = party()
  x.verstrekker = dice.chance(0.5) ? { ...rest, soort } : { ...rest, oin }
  x.via = dice.chance(0.5) ? [party().oin] : []
  if (dice.chance(0.5)) x.ontvangers.soort = party().soort
  if (dice.chance(0.3)) put(x.voorwaarden, 'handtekening', 'verplicht')
  put(x.voorwaarden, 'systeemproces', dice.chance(0.7) ? 'toegestaan' : undefined)
  for (const rung of x.treden) rung.goedkeuring = dice.pick(['A0', 'A0', 'A0', 'A1', 'A2'])
}

/** A judge set aside one basis of an exchange, and nothing else is wrong with it. */
function setAside(book: Book, dice: Dice): void {
  const { grondslagen } = dice.pick(book.exchanges)
  const bases = book.bases.filter(({ id }) => grondslagen.includes(id))
  if (bases.length === 0) return
  const basis = dice.pick(bases)
  basis.stand = 'vastgesteld'
  put(basis, 'bevestigd', { op: '2026-11-22', tekstversie: 'tekst' })
  put(basis, 'geldigVan', '2001-01-01')
  put(basis, 'geldigTot', undefined)
  put(basis, 'buitenToepassing', { van: dice.pick(edges), uitspraak: 'ECLI:NL:XX:2026:1' })
}

/** Nothing is wrong with the bases of one exchange any more. */
function heal(book: Book, dice: Dice): void {
  const { grondslagen } = dice.pick(book.exchanges)
  for (const basis of book.bases.filter(({ id }) => grondslagen.includes(id))) {
    basis.stand = 'vastgesteld'
    put(basis, 'geldigTot', undefined)
    put(basis, 'buitenToepassing', undefined)
    put(basis, 'bevestigd', { op: '2026-11-22', tekstversie: 'tekst' })
    put(basis, 'geldigVan', '2015-01-01')
  }
}

function represent(book: Book, dice: Dice): void {
  const party = dice.pick(book.parties)
  const ties = Array.from({ length: 1 + dice.below(3) }, () => ({
    oin: dice.pick(book.parties.filter(one => one.oin !== party.oin)).oin,
    soort: dice.pick(['mandaat', 'delegatie'] as const),
    besluit: 'besluit 1',
    taken: [dice.pick(book.exchanges).doel.id],
    geldigVan: dice.pick(edges),
    ...(dice.chance(0.5) && { geldigTot: dice.pick(edges) }),
  }))
  put(party, 'vertegenwoordigt', maybe(dice, ties))
}

export interface Drawn {
  readonly question: Question
  readonly facts: Facts
  readonly now: number
}

/** What is drawn from, gathered once per law. */
export interface Deck {
  readonly book: Book
  readonly moments: readonly number[]
}

/** The first moment of a day in Amsterdam, found by looking at the calendar. */
export function startOf(date: string): number {
  const noon = Date.parse(`${date}T12:00:00Z`)
  let hour = Date.parse(`${date}T00:00:00Z`) - 3 * 3_600_000
  while (hour < noon && dayOf(hour) !== date) hour += 3_600_000
  return hour
}

/** Both sides of every midnight at which something of this law may change, and the odd hours. */
export function deckOf(book: Book): Deck {
  const dates = new Set<string>()
  JSON.stringify([...book.files.values()], (_, value) => {
    if (typeof value === 'string' && /^20\d\d-\d\d-\d\d$/.test(value)) dates.add(value)
    return value
  })
  const day = 86_400_000
  const moments = [...dates].flatMap(date => {
    const start = startOf(date)
    const next = startOf(new Date(Date.parse(`${date}T12:00:00Z`) + day).toISOString().slice(0, 10))
    return [start - 1, start, start + 1, next - 1, next, next + 1]
  })
  const clockChanges = ['2026-03-29', '2026-10-25', '2028-02-29'].flatMap(date =>
    [0, 1, 2, 3, 24].map(hours => startOf(date) + hours * 3_600_000),
  )
  return { book, moments: [...moments, ...clockChanges] }
}

const usual = Date.parse('2026-09-15T10:00:00Z')

/** Mostly a question that the exchange would answer, changed in up to three places. */
export function draw({ book, moments }: Deck, dice: Dice): Drawn {
  const supplied = book.exchanges.filter(({ patroon }) => systematic.includes(patroon))
  const x = dice.pick(supplied.length > 0 && dice.chance(0.3) ? supplied : book.exchanges)
  const question: Draft = goodQuestion(x, book, dice)
  handIn(question, x, book, dice)
  for (let n = dice.pick([0, 0, 1, 1, 1, 2, 3]); n > 0; n -= 1) {
    dice.pick(spoils)({ question, x, book, dice })
  }
  const treden = x.treden.filter(() => dice.chance(0.7)).map(({ id }) => id)
  const noodrem = dice.chance(0.03) ? ['alle uitwisselingen', x.id].slice(dice.below(2)) : []
  const now = dice.chance(0.6) ? usual : dice.pick(moments)
  const goedkeuringen = drawApprovals(x, now, dice)
  const told = {
    ...goedkeuringen,
    ...drawUse(dice),
    ...drawRelation(dice),
    ...drawStages(x, dice),
    ...drawPerson(x, dice),
    ...drawWeighing(dice),
    ...(dice.chance(0.8) && { eerder: dice.chance(0.9) }),
  }
  return { question, facts: { treden, noodrem, ...told }, now }
}

function drawRelation(dice: Dice): Pick<Facts, 'zaakrelatie' | 'ontsnapping'> {
  if (dice.chance(0.3)) return {}
  if (dice.chance(0.7)) return { zaakrelatie: dice.pick(['bekend', 'nieuw']) }
  const ontsnapping = dice.pick([undefined, undefined, 'gebruikt', 'te-laat'] as const)
  return { zaakrelatie: 'anders', ...(ontsnapping && { ontsnapping }) }
}

/** Good, over to the millisecond, or of somebody whose approval is none. */
function drawApprovals(x: Exchange, now: number, dice: Dice): Pick<Facts, 'goedkeuringen'> {
  if (dice.chance(0.4)) return {}
  const functions = [...(x.goedkeurders ?? []), ...(x.goedkeurders ?? []), 'teamleider', 'portier']
  const one = () => ({ functie: dice.pick(functions), tot: now + dice.pick([-1, 0, 1, 60_000]) })
  return { goedkeuringen: Array.from({ length: dice.below(3) }, one) }
}

function drawStages({ voorwaarden }: Exchange, dice: Dice): Pick<Facts, 'fasen'> {
  if (dice.chance(0.7)) return {}
  const { gescheidenFasen = [], fase = [] } = voorwaarden
  return {
    fasen: [...new Set([...gescheidenFasen, ...fase, 'elders'])].filter(() => dice.chance(0.3)),
  }
}

function drawPerson(
  { voorwaarden }: Exchange,
  dice: Dice,
): Pick<Facts, 'functies' | 'afgeschermd' | 'verhinderd'> {
  const { gescheidenFuncties = [], functie } = voorwaarden
  const functies = [...new Set([...gescheidenFuncties, ...functie, 'portier'])]
  return {
    ...(dice.chance(0.4) && { functies: functies.filter(() => dice.chance(0.3)) }),
    ...(dice.chance(0.3) && { afgeschermd: dice.chance(0.5) }),
    ...(dice.chance(0.3) && { verhinderd: dice.chance(0.1) }),
  }
}

function drawWeighing(dice: Dice): Pick<Facts, 'weging'> {
  if (dice.chance(0.1)) return {}
  const voldoet = dice.pick([true, true, true, false, null])
  return { weging: { voldoet, boete: dice.chance(0.1) } }
}

/** Around every limit that is drawn, mostly below it. */
function drawUse(dice: Dice): Pick<Facts, 'gebruik'> {
  const count = () => (dice.chance(0.8) ? dice.below(3) : dice.pick([4, 5, 6, 99, 100, 999, 1e15]))
  if (dice.chance(0.3)) return {}
  return {
    gebruik: {
      ...(dice.chance(0.8) && { zaakVandaag: count() }),
      ...(dice.chance(0.8) && { partijDitUur: count() }),
    },
  }
}

type Draft = { -readonly [K in keyof Question]: Question[K] }

function goodQuestion(x: Exchange, book: Book, dice: Dice): Draft {
  const terms = x.voorwaarden
  const asker = dice.chance(0.8)
    ? book.parties.filter(({ soort }) => soort === x.ontvangers.soort)
    : book.parties.filter(({ vertegenwoordigt }) => vertegenwoordigt)
  const party = dice.pick(asker.length > 0 ? asker : book.parties)
  const tie = party.vertegenwoordigt && dice.chance(0.6) && dice.pick(party.vertegenwoordigt)
  const rung = dice.pick(x.treden)
  const given = (presence: string | undefined) =>
    presence === 'verplicht' || (presence === 'toegestaan' && dice.chance(0.5))
  const question: Draft = {
    uitwisseling: x.id,
    ontvanger: party.oin,
    velden: rung.velden.filter(() => dice.chance(0.5)),
    sleutel: x.sleutel,
    zaak: given(terms.zaak),
    ...(terms.functie.length > 0 && { functie: dice.pick(terms.functie) }),
    systeemproces: terms.functie.length === 0,
  }
  if (question.velden.length === 0) question.velden = [dice.pick(rung.velden)]
  if (rung.sleutel === 'geen') delete question.sleutel
  if (x.vorm === 'levering') {
    const set = book.inputs.get(x.gegevensset)
    question.indiener = x.verstrekker.oin ?? dice.pick(book.parties).oin
    question.gegevens = rung.velden
      .flatMap(veld => set?.afgeleid?.[veld]?.uit ?? [veld])
      .filter(veld => set?.velden[veld]?.verplicht || dice.chance(0.7))
  }
  if (tie) question.namens = tie.oin
  if (x.patroon === 'asynchroon' || dice.chance(0.1)) question.asynchroon = true
  if (given(terms.periode)) question.periode = period(rung.periodeMaanden ?? 1, dice)
  if (given(terms.peildatum)) question.peildatum = dice.pick(edges)
  if (terms.parameters) {
    question.parameters = Object.fromEntries(
      terms.parameters.map(name => [name, dice.pick(book.codes.get(name) ?? [''])]),
    )
  }
  if (dice.chance(0.8)) {
    const noodzaak = dice.pick(['nodig', 'spoedvoorschot'])
    question.motivering = { noodzaak, lichterMiddel: 'geprobeerd' }
  }
  if (terms.fase) question.fase = dice.pick(terms.fase)
  if (terms.selectiegrond) question.selectiegrond = dice.pick(terms.selectiegrond)
  if (terms.aanleiding) {
    const betrouwbaarheid = dice.chance(0.6) ? 'bevestigd' : dice.pick(sureness)
    question.aanleiding = { soort: dice.pick(terms.aanleiding), betrouwbaarheid }
  }
  const fit = book.instruments.filter(one => one.doelen.includes(x.doel.id))
  if (terms.selectiegrond && fit.length > 0 && dice.chance(0.7)) {
    const one = dice.pick(fit)
    question.selectieInstrument = one.id
    question.selectiegrond = one.soort === 'steekproef' ? 'aselect' : one.soort
    if (question.namens === undefined && dice.chance(0.8)) question.ontvanger = one.eigenaar
  }
  if (terms.buitenlands) question.buitenlands = dice.pick(terms.buitenlands.landen)
  if (terms.handtekening && dice.chance(0.8)) question.handtekening = true
  return question
}

const systematic = ['signaal', 'bulk', 'notificatie']

/** Along the road of its exchange: a line, a file, a doubt, or a value that is set right. */
function handIn(question: Draft, x: Exchange, book: Book, dice: Dice): void {
  const isProvider = ({ oin, soort }: { oin: string; soort: string }) =>
    x.verstrekker.oin === undefined ? soort === x.verstrekker.soort : oin === x.verstrekker.oin
  const providers = book.parties.filter(isProvider)
  const provider = dice.pick(providers.length > 0 ? providers : book.parties).oin
  if (dice.chance(0.08)) {
    question.stap = 'correctie'
    question.indiener = provider
    question.gegevens = [...question.velden]
    delete question.asynchroon
    return
  }
  if (!systematic.includes(x.patroon)) return
  delete question.asynchroon
  delete question.namens
  question.indiener = provider
  const between = x.via[0]
  if (between !== undefined && dice.chance(0.6)) {
    question.indiener = between
    question.namens = provider
  }
  const able = book.parties.filter(({ soort }) => soort === x.ontvangers.soort)
  if (able.length > 0) question.ontvanger = dice.pick(able).oin
  if (x.voorwaarden.systeemproces && dice.chance(0.7)) {
    question.systeemproces = true
    delete question.functie
  }
  if (x.patroon === 'notificatie') question.stap = 'terugmelding'
  else if (dice.chance(0.75)) question.levering = true
  else {
    question.stap = 'bestand'
    question.velden = dice.chance(0.5) ? [] : question.velden
    if (dice.chance(0.5)) delete question.namens
  }
}

/** Touches about so many months: one fewer, just as many, or one more. */
function period(months: number, dice: Dice): { van: string; totEnMet: string } {
  const from = Date.UTC(dice.pick([2025, 2026, 2027]), dice.below(12), 1 + dice.below(28))
  const touched = Math.max(1, months + dice.pick([-1, 0, 0, 0, 1]))
  const start = new Date(from)
  const first = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + touched - 1, 1)
  const end = dice.chance(0.5)
    ? Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + touched, 0)
    : Math.max(first, from)
  const text = (moment: number) => new Date(moment).toISOString().slice(0, 10)
  return { van: text(from), totEnMet: text(end) }
}

interface Spoiling {
  readonly question: Draft
  readonly x: Exchange
  readonly book: Book
  readonly dice: Dice
}

const notDates = [
  '2026-02-29',
  '2026-13-01',
  '2026-00-10',
  '2026-04-31',
  '26-01-01',
  'gisteren',
  '',
]

const recased = (text: string) =>
  text === text.toLowerCase() ? text.toUpperCase() : text.toLowerCase()

/** One way each in which a question may be asked that nobody should have asked. */
const spoils: readonly ((spoiling: Spoiling) => void)[] = [
  ({ question, dice }) => {
    question.uitwisseling = dice.pick([
      'bestaat-niet',
      '',
      'constructor',
      `${question.uitwisseling} `,
    ])
  },
  ({ question, book, dice }) => {
    question.ontvanger = dice.pick([...book.parties.map(({ oin }) => oin), '0'.repeat(20)])
  },
  ({ question, book, dice }) => {
    question.namens = dice.pick([
      ...book.parties.map(({ oin }) => oin),
      question.ontvanger,
      '0'.repeat(20),
    ])
  },
  ({ question }) => void delete question.namens,
  ({ question, x, book, dice }) => {
    const others = [...(book.fields.get(x.gegevensset) ?? []), 'nationaliteit', '*', 'velden.*', '']
    question.velden = [...question.velden, dice.pick(others)]
  },
  ({ question, x, dice }) => {
    question.velden = dice.pick(x.treden).velden
  },
  ({ question, x }) => {
    question.velden = x.treden.flatMap(({ velden }) => velden)
  },
  ({ question }) => {
    question.velden = [...question.velden, ...question.velden.slice(0, 1)]
  },
  ({ question, dice }) => {
    question.velden = dice.pick([
      [],
      question.velden.map(recased),
      question.velden.map(veld => ` ${veld}`),
      ['constructor', '__proto__', 'toString'],
    ])
  },
  ({ question, dice }) => {
    question.sleutel = dice.pick(kinds)
  },
  ({ question }) => void delete question.sleutel,
  ({ question, dice }) => {
    const { functie = '' } = question
    question.functie = dice.pick([recased(functie), 'baliemedewerker', 'onderzoeker', ''])
  },
  ({ question }) => void delete question.functie,
  ({ question }) => {
    question.systeemproces = true
  },
  ({ question }) => {
    question.zaak = !question.zaak
  },
  ({ question, dice }) => {
    question.periode = period(dice.pick([1, 2, 3, 11, 12, 13, 14]), dice)
  },
  ({ question, dice }) => {
    const { van = '2026-01-01', totEnMet = '2026-01-31' } = question.periode ?? {}
    question.periode = dice.pick([
      { van: totEnMet, totEnMet: van },
      { van, totEnMet: dice.pick(notDates) },
      { van: dice.pick(notDates), totEnMet },
      { van, totEnMet: van },
    ])
  },
  ({ question }) => void delete question.periode,
  ({ question, dice }) => {
    question.peildatum = dice.pick([...edges, ...notDates])
  },
  ({ question }) => void delete question.peildatum,
  ({ question, dice }) => {
    question.parameters = dice.pick([
      {},
      { ...question.parameters, norm: '100000' },
      { leefvorm: 'eenling' },
      { leefvorm: 'Gehuwden' },
      { leefvorm: 'gehuwden' },
      JSON.parse('{"__proto__":"gehuwden"}'),
    ])
  },
  ({ question }) => void delete question.parameters,
  ({ question, dice }) => {
    question.motivering = dice.pick([
      { noodzaak: '', lichterMiddel: 'geprobeerd' },
      { noodzaak: 'nodig', lichterMiddel: '' },
      { noodzaak: 'nodig', lichterMiddel: 'geprobeerd' },
    ])
  },
  ({ question }) => void delete question.motivering,
  ({ question, dice }) => {
    question.buitenlands = dice.pick(['BE', 'LU', 'DE', 'be'])
  },
  ({ question }) => void delete question.buitenlands,
  ({ question }) => void delete question.asynchroon,
  ({ question }) => void delete question.levering,
  ({ question }) => void delete question.stap,
  ({ question, dice }) => {
    const stappen = ['bestand', 'correctie', 'terugmelding'] as const
    if (dice.chance(0.5)) question.levering = true
    else question.stap = dice.pick(stappen)
  },
  ({ question }) => void delete question.handtekening,
  ({ question, dice }) => {
    question.fase = dice.pick([...lists.fase, 'onbekend'])
  },
  ({ question }) => void delete question.fase,
  ({ question, x, dice }) => {
    question.fase = dice.pick(x.voorwaarden.gescheidenFasen ?? ['onbekend'])
  },
  ({ question, x, book, dice }) => {
    const { gegevens = [] } = question
    question.gegevens = dice.pick([
      [],
      gegevens.slice(1),
      [
        ...gegevens,
        dice.pick([...(book.fields.get(x.gegevensset) ?? []), 'nationaliteit', '__proto__']),
      ],
    ])
  },
  ({ question, book, dice }) => {
    question.indiener = dice.pick(book.parties).oin
  },
  ({ question }) => void delete question.indiener,
  ({ question }) => void delete question.gegevens,
  ({ question, dice }) => {
    question.aanleiding = {
      soort: dice.pick([...lists.aanleiding, 'onbekend']),
      betrouwbaarheid: dice.pick(sureness),
    }
  },
  ({ question }) => void delete question.aanleiding,
  ({ question, dice }) => {
    question.selectiegrond = dice.pick([...lists.selectiegrond, 'onbekend', 'constructor'])
  },
  ({ question, book, dice }) => {
    const names = book.instruments.map(({ id }) => id)
    question.selectieInstrument = dice.pick([...names, 'bestaat-niet', '__proto__', ''])
  },
  ({ question }) => void delete question.selectieInstrument,
  ({ question }) => void delete question.selectiegrond,
]
