// What does the law say, read a second time? Slow and plain, from the YAML alone, to judge `decide` by.
import { parse } from 'yaml'
import type { PolicyText } from '../../gateway/policy/load.ts'
import type { Facts, Question } from '../../gateway/terms.ts'

/** The files as they are written; only the members that a decision may depend on. */
export interface Basis {
  id: string
  stand: 'voorstel' | 'vastgesteld'
  geldigVan?: string
  geldigTot?: string
  buitenToepassing?: { van: string; uitspraak: string }
  bevestigd?: { op: string; tekstversie: string }
}

export interface Tie {
  oin: string
  soort: 'mandaat' | 'delegatie'
  besluit: string
  taken: string[]
  geldigVan: string
  geldigTot?: string
}

export interface PartyText {
  oin: string
  soort: string
  status: string
  vertegenwoordigt?: Tie[]
}

export interface RungText {
  id: string
  velden: string[]
  goedkeuring: string
  na?: string
  periodeMaanden?: number
  versheid?: string
  terug?: string
  sleutel?: 'geen'
}

export interface Exchange {
  id: string
  doel: { id: string }
  verstrekker: { oin?: string; soort?: string }
  ontvangers: { soort: string }
  via: string[]
  grondslagen: string[]
  patroon: string
  goedkeurders?: string[]
  vorm?: 'levering'
  leveringsafspraak?: { kenmerk: string; datum: string; publicatie: string }
  weging?: { voldoet: string; boete: string }
  gegevensset: string
  sleutel: string
  voorwaarden: {
    functie: string[]
    zaak?: string
    periode?: string
    peildatum?: string
    motivering?: string
    parameters?: string[]
    fase?: string[]
    gescheidenFasen?: string[]
    gescheidenFuncties?: string[]
    optOut?: 'geldt'
    aanleiding?: string[]
    selectiegrond?: string[]
    buitenlands?: { landen: string[]; vereist: boolean }
    handtekening?: string
    systeemproces?: 'toegestaan'
  }
  treden: RungText[]
  onverenigbaar?: { met: string; grondslag: string }
  ontsnapping?: { redenen: string[] }
  relaties?: string[]
  bijzonder?: { veld: string; grondslag: string }[]
  grenzen?: { perZaakPerDag?: number; perPartijPerUur?: number }
  dpia?: { uiterlijk: string }
  geldigVan: string
  geldigTot?: string
}

export interface Instrument {
  id: string
  naam: string
  eigenaar: string
  soort: string
  doelen: string[]
  kenmerken: string[]
  dpia: string
  iama: string
  algoritmeregister: string
  geldigVan: string
  geldigTot: string
  evaluerenVoor: string
}

interface FieldText {
  type: string
  verplicht?: boolean
  categorie: string
  codelijst?: string
  regime: string
}

interface DerivedText {
  type: string
  uit: string[]
}

export interface SetText {
  geheim?: string
  velden: Record<string, FieldText>
  afgeleid?: Record<string, DerivedText>
  perMaand?: Record<string, DerivedText>
}

export interface CodeText {
  code: string
  klasse?: string
  categorie?: string
  geldigVan?: string
  geldigTot?: string
}

export interface Book {
  /** Path → the parsed file, for whoever writes a changed one. */
  readonly files: Map<string, object>
  readonly bases: readonly Basis[]
  readonly parties: readonly PartyText[]
  readonly exchanges: readonly Exchange[]
  readonly instruments: Instrument[]
  /** Code list → its codes. */
  readonly codes: ReadonlyMap<string, readonly string[]>
  /** Code list → what it says of each code. */
  readonly lists: ReadonlyMap<string, readonly CodeText[]>
  /** Dataset → what each derived answer is made of, and which fields nobody may leave out. */
  readonly inputs: ReadonlyMap<string, SetText>
  /** Dataset → every field it names, also what nobody may get. */
  readonly fields: ReadonlyMap<string, readonly string[]>
}

const parsedBefore = new Map<string, ReturnType<typeof parse>>()

/** Most files of most laws are those of the shipped one. */
function parsed(yaml: string): ReturnType<typeof parse> {
  const found = parsedBefore.get(yaml) ?? parse(yaml)
  parsedBefore.set(yaml, found)
  return found
}

export function readBook(texts: readonly PolicyText[]): Book {
  const files = new Map<string, object>()
  const bases: Basis[] = []
  const parties: PartyText[] = []
  const exchanges: Exchange[] = []
  const instruments: Instrument[] = []
  const codes = new Map<string, readonly string[]>()
  const lists = new Map<string, readonly CodeText[]>()
  const fields = new Map<string, readonly string[]>()
  const inputs = new Map<string, SetText>()
  for (const { path, text: yaml } of texts) {
    if (path.endsWith('.cases.yaml')) continue
    const text = structuredClone(parsed(yaml))
    files.set(path, text)
    if (path.startsWith('grondslagen/')) bases.push(...text.grondslagen)
    if (path.startsWith('partijen/')) parties.push(...text.partijen)
    if (path.startsWith('uitwisselingen/')) exchanges.push(text)
    if (path.startsWith('instrumenten/')) instruments.push(text)
    if (path.startsWith('codelijsten/')) {
      const list: CodeText[] = text.codes
      codes.set(
        text.id,
        list.map(({ code }) => code),
      )
      lists.set(text.id, list)
    }
    if (path.startsWith('gegevenssets/')) {
      const held = { ...text.velden, ...text.afgeleid, ...text.perMaand }
      fields.set(text.id, Object.keys(held))
      inputs.set(text.id, text)
    }
  }
  return { files, bases, parties, exchanges, instruments, codes, lists, fields, inputs }
}

const calendar = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/Amsterdam',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
})

/** The date on a calendar in Amsterdam: dates of the law are compared as dates, never as moments. */
export function dayOf(moment: number): string {
  return calendar.format(moment)
}

function holds(day: string, from: string | undefined, lastDay: string | undefined): boolean {
  if (from !== undefined && day < from) return false
  return lastDay === undefined || day <= lastDay
}

function exists(date: string): boolean {
  const [year, month, day] = date.split('-').map(Number)
  if (!/^\d\d\d\d-\d\d-\d\d$/.test(date) || year === undefined || !month || !day) return false
  const made = new Date(0)
  made.setUTCFullYear(year, month - 1, day)
  return made.getUTCMonth() === month - 1 && made.getUTCDate() === day
}

/** A reason as it is compared: code, field and basis. */
export type Why = readonly [code: string, veld?: string | undefined, grondslag?: string | undefined]

interface Matter {
  readonly q: Question
  readonly facts: Facts
  readonly book: Book
  readonly day: string
  readonly now: number
  readonly x: Exchange
  /** The rungs that hold an asked field. */
  readonly rungs: readonly RungText[]
}

/** Every reason why not; none at all means that it is allowed. */
export function judge(q: Question, facts: Facts, book: Book, now: number): readonly Why[] {
  const x = book.exchanges.find(one => one.id === q.uitwisseling)
  if (x === undefined) return [['DOEL_ONBEKEND']]
  const rungs = x.treden.filter(rung => rung.velden.some(veld => q.velden.includes(veld)))
  const matter = { q, facts, book, day: dayOf(now), now, x, rungs }
  return rulesOf[q.stap ?? 'vraag'].flatMap(rule => rule(matter))
}

type Rule = (matter: Matter) => Why[]

/** What must stand before anybody hands over, asks or sets right anything. */
const standing: readonly Rule[] = [
  ({ facts }) => when(facts.noodrem.length > 0, 'NOODREM'),
  ({ x, day }) => when(!holds(day, x.geldigVan, x.geldigTot), 'GEEN_LEVERINGSAFSPRAAK'),
  ({ x, book }) =>
    when(
      x.verstrekker.oin !== undefined && !isActive(book, x.verstrekker.oin),
      'GEEN_LEVERINGSAFSPRAAK',
    ),
  ({ x, day }) => when(!x.dpia || day > x.dpia.uiterlijk, 'DPIA_ONTBREEKT_OF_VERLOPEN'),
  basesHold,
  ({ x }) =>
    x.onverenigbaar ? [['DOEL_ONVERENIGBAAR', undefined, x.onverenigbaar.grondslag]] : [],
]

const published: Rule = ({ x, day }) =>
  when(
    isSupply(x) && (!x.leveringsafspraak || day < x.leveringsafspraak.datum),
    'GEEN_LEVERINGSAFSPRAAK',
  )
const onItsRoad: Rule = matter => when(!cameRight(matter), 'GEEN_LEVERINGSAFSPRAAK')
const signedFor: Rule = ({ q, x }) =>
  when(x.voorwaarden.handtekening === 'verplicht' && !q.handtekening, 'HANDTEKENING_ONTBREEKT')
const barred: Rule = ({ facts }) => when(facts.verhinderd === true, 'NIET_VERSTREKT')
const oneRegime: Rule = ({ q, x, book }) => {
  const asked = x.treden.flatMap(({ velden }) => velden).filter(veld => q.velden.includes(veld))
  const regimes = asked.flatMap(veld => madeOf(x, veld, book).map(({ regime }) => regime))
  return when(new Set(regimes).size > 1, 'REGIME_VERMENGING')
}
const known: Rule = ({ facts }) => when(!facts.eerder, 'ONTVANGER_NIET_BEVOEGD')

/** One question of the law each; a new condition is a new row. */
const ofQuestion: readonly Rule[] = [
  ...standing,
  published,
  onItsRoad,
  mayReceive,
  mayRepresent,
  signedFor,
  rightSubject,
  rightlyHanded,
  rightHand,
  ({ q, x }) => when(x.voorwaarden.zaak === 'verplicht' && !q.zaak, 'ZAAK_ONTBREEKT'),
  ({ q, facts, x }) =>
    when(
      x.voorwaarden.zaak !== undefined &&
        facts.zaakrelatie === 'anders' &&
        (facts.ontsnapping !== undefined ||
          !(x.ontsnapping?.redenen ?? []).some(reden => reden === q.motivering?.noodzaak)),
      'ZAAKRELATIE_ONTBREEKT',
    ),
  onlyKnownFields,
  rightParameters,
  ({ q, x }) =>
    optional('periode', x.voorwaarden.periode, q.periode && (isPeriod(q.periode) || 'wrong')),
  notTooWide,
  ({ q, x }) =>
    optional(
      'peildatum',
      x.voorwaarden.peildatum,
      q.peildatum === undefined ? undefined : exists(q.peildatum) || 'wrong',
    ),
  rightCountry,
  ({ q, x }) => oneOf('fase', 'FASE_NIET_TOEGESTAAN', x.voorwaarden.fase, q.fase),
  apart,
  ({ x, facts }) => when(x.weging !== undefined && facts.weging?.boete !== false, 'UNA_VIA'),
  notBoth,
  ({ q, x }) =>
    oneOf('aanleiding', 'AANLEIDING_ONVOLDOENDE', x.voorwaarden.aanleiding, q.aanleiding?.soort),
  reliable,
  ({ q, x }) =>
    oneOf('selectiegrond', 'SELECTIEGROND_ONTBREEKT', x.voorwaarden.selectiegrond, q.selectiegrond),
  chosenBy,
  specialFields,
  oneRegime,
  hidden,
  barred,
  tooOld,
  ({ q, x, rungs }) =>
    when(
      (x.voorwaarden.motivering === 'verplicht' ||
        (!x.onverenigbaar && rungs.some(({ goedkeuring }) => goedkeuring !== 'A0'))) &&
        !(q.motivering?.noodzaak && q.motivering.lichterMiddel),
      'PROPORTIONALITEIT_ONTBREEKT',
    ),
  approvedBySomeoneElse,
  ({ facts, rungs, x }) =>
    when(
      rungs.some(
        ({ id, na }) =>
          na !== undefined &&
          (!facts.treden.includes(id) ||
            (x.weging !== undefined && facts.weging?.voldoet !== true)),
      ),
      'LICHTER_MIDDEL_BESCHIKBAAR',
    ),
  ({ facts, x }) => usedUp(x.grenzen?.perZaakPerDag, facts.gebruik?.zaakVandaag),
  ({ facts, x }) => usedUp(x.grenzen?.perPartijPerUur, facts.gebruik?.partijDitUur),
]

const rulesOf: Record<'vraag' | 'bestand' | 'correctie' | 'terugmelding', readonly Rule[]> = {
  vraag: ofQuestion,
  terugmelding: [...ofQuestion, known],
  bestand: [
    ...standing,
    published,
    onItsRoad,
    matter => when(isSupply(matter.x) && !mayBring(matter), 'ONTVANGER_NIET_BEVOEGD'),
    signedFor,
    matter => (matter.q.velden.length === 0 ? [] : onlyKnownFields(matter)),
  ],
  correctie: [
    ...standing,
    matter =>
      when(!provides(matter, matter.q.indiener) || !entitled(matter), 'ONTVANGER_NIET_BEVOEGD'),
    mayRepresent,
    known,
    rightSubject,
    exactlyTheFields,
    onlyKnownFields,
    specialFields,
    oneRegime,
    hidden,
    barred,
  ],
}

/** Supply that nobody asks for each time. */
function isSupply({ patroon }: Exchange): boolean {
  return ['signaal', 'bulk', 'notificatie'].includes(patroon)
}

/** What is supplied comes in a file or as a doubt; what is asked comes at once, or waits. */
function cameRight({ q, x, rungs }: Matter): boolean {
  const byFile = q.stap === 'bestand' || q.levering === true
  if (x.patroon === 'notificatie') return q.stap === 'terugmelding'
  if (isSupply(x)) return byFile && q.stap !== 'terugmelding'
  if (byFile || q.stap !== undefined) return false
  const later = q.asynchroon === true
  if (aboutNobody(rungs)) return !later
  return x.patroon !== 'asynchroon' || later
}

/** An employee of the right kind, or a machine that is welcome; one of them, not both. */
function rightHand({ q, x }: Matter): Why[] {
  const { functie, systeemproces } = x.voorwaarden
  const person = q.functie !== undefined && functie.some(one => one === q.functie)
  const machine = systeemproces === 'toegestaan' && q.functie === undefined
  return when(q.systeemproces ? !machine : !person, 'FUNCTIE_NIET_BEVOEGD')
}

/** A kind of body, or whoever it was that gave or got what is doubted. */
function meant(soort: string | undefined, party: PartyText | undefined): boolean {
  if (party === undefined) return false
  return soort === party.soort || soort === 'eerdere-ontvanger' || soort === 'eerdere-verstrekker'
}

/** This party can be the provider, and is there. */
function provides({ x, book }: Matter, oin: string | undefined): boolean {
  if (oin === undefined || !isActive(book, oin)) return false
  const { oin: named, soort } = x.verstrekker
  return named === undefined ? meant(soort, partyOf(book, oin)) : named === oin
}

/** The provider under its own name, or somebody in between who says whose it is. */
function mayBring(matter: Matter): boolean {
  const { q, x, book } = matter
  if (q.indiener !== undefined && x.via.includes(q.indiener)) {
    if (!isActive(book, q.indiener)) return false
    return q.namens === undefined ? q.stap === 'bestand' : provides(matter, q.namens)
  }
  return provides(matter, q.indiener) && q.namens === undefined
}

/** A correction brings one value for each field it names. */
function exactlyTheFields({ q }: Matter): Why[] {
  const given = new Set(q.gegevens)
  const named = new Set(q.velden)
  return [
    ...[...given]
      .filter(veld => !named.has(veld))
      .map((veld): Why => ['VELD_NIET_TOEGESTAAN', `gegevens.${veld}`]),
    ...[...named]
      .filter(veld => !given.has(veld))
      .map((veld): Why => ['PARAMETER_ONTBREEKT', `gegevens.${veld}`]),
  ]
}

function when(fails: boolean, code: string, veld?: string): Why[] {
  if (!fails) return []
  return [veld === undefined ? [code] : [code, veld]]
}

function usedUp(limit: number | undefined, used: number | undefined): Why[] {
  return when(limit !== undefined && used !== undefined && used >= limit, 'LIMIET_BEREIKT')
}

function partyOf(book: Book, oin: string | undefined): PartyText | undefined {
  return book.parties.find(party => party.oin === oin)
}

function isActive(book: Book, oin: string | undefined): boolean {
  return partyOf(book, oin)?.status === 'actief'
}

function basesHold({ x, book, day }: Matter): Why[] {
  if (x.onverenigbaar) return []
  const bases = book.bases.filter(({ id }) => x.grondslagen.includes(id))
  if (bases.length === 0) return [['GEEN_GRONDSLAG']]
  return bases.flatMap((basis): Why[] => {
    const code = whyNot(basis, day)
    return code === undefined ? [] : [[code, undefined, basis.id]]
  })
}

function whyNot(basis: Basis, day: string): string | undefined {
  if (basis.stand === 'voorstel') return 'GRONDSLAG_NIET_IN_WERKING'
  if (basis.geldigTot !== undefined && day > basis.geldigTot) return 'GRONDSLAG_VERVALLEN'
  if (basis.buitenToepassing && day >= basis.buitenToepassing.van) {
    return 'GRONDSLAG_BUITEN_TOEPASSING'
  }
  if (!basis.bevestigd) return 'GRONDSLAG_ONBEVESTIGD'
  return basis.geldigVan !== undefined && day < basis.geldigVan
    ? 'GRONDSLAG_NIET_IN_WERKING'
    : undefined
}

/** Who acts for another, if anybody does: who asks or brings, and of a correction who gets it. */
function actor({ q }: Matter): string {
  return q.stap === 'correctie' ? q.ontvanger : (q.indiener ?? q.ontvanger)
}

/** The ties of this party that cover this purpose today. */
function tiesOf(matter: Matter, soort: Tie['soort']): readonly Tie[] {
  const { x, book, day } = matter
  return (partyOf(book, actor(matter))?.vertegenwoordigt ?? []).filter(
    tie =>
      tie.soort === soort &&
      tie.taken.includes(x.doel.id) &&
      holds(day, tie.geldigVan, tie.geldigTot),
  )
}

/** Who receives in the eyes of the law: the principal, the party itself, or who delegated to it. */
function entitled(matter: Matter): boolean {
  const { q, x, book } = matter
  const isRight = (oin: string | undefined) => partyOf(book, oin)?.soort === x.ontvangers.soort
  const right =
    q.namens === undefined
      ? isRight(q.ontvanger) || tiesOf(matter, 'delegatie').some(tie => isRight(tie.oin))
      : isRight(q.namens) && isActive(book, q.namens)
  return right && isActive(book, q.ontvanger) && !x.via.includes(q.ontvanger)
}

function mayReceive(matter: Matter): Why[] {
  const { q, x, book } = matter
  const able = book.parties.filter(
    party =>
      party.status === 'actief' &&
      (isSupply(x) ? meant(x.ontvangers.soort, party) : party.soort === x.ontvangers.soort),
  )
  const isAble = able.some(({ oin }) => oin === q.ontvanger)
  if (isSupply(x)) {
    const itself = q.ontvanger === (q.namens ?? q.indiener)
    const right = isAble && !itself && !x.via.includes(q.ontvanger)
    return when(!mayBring(matter) || !right, 'ONTVANGER_NIET_BEVOEGD')
  }
  if (x.vorm === 'levering') {
    const right = provides(matter, q.indiener) && q.namens === undefined
    return when(!right || able.length !== 1 || !isAble, 'ONTVANGER_NIET_BEVOEGD')
  }
  return when(q.indiener !== undefined || !entitled(matter), 'ONTVANGER_NIET_BEVOEGD')
}

/** Who passes on in systematic supply acts for nobody: it needs no mandate. */
function mayRepresent(matter: Matter): Why[] {
  const { q, x, book } = matter
  if (q.namens === undefined || (isSupply(x) && q.stap !== 'correctie')) return []
  if (tiesOf(matter, 'mandaat').some(({ oin }) => oin === q.namens)) return []
  const ever = (partyOf(book, actor(matter))?.vertegenwoordigt ?? []).some(
    tie => tie.soort === 'mandaat' && tie.oin === q.namens && tie.taken.includes(x.doel.id),
  )
  return [[ever ? 'MANDAAT_VERLOPEN' : 'MANDAAT_ONTBREEKT']]
}

function aboutNobody(rungs: readonly RungText[]): boolean {
  return rungs.length > 0 && !rungs.some(({ sleutel }) => sleutel !== 'geen')
}

function rightSubject({ q, x, rungs }: Matter): Why[] {
  if (aboutNobody(rungs)) {
    return when(
      q.sleutel !== undefined,
      'VELD_NIET_TOEGESTAAN',
      q.sleutel === 'bsn' ? 'betrokkene' : 'object',
    )
  }
  if (q.sleutel === x.sleutel) return []
  const member = (soort: string) => (soort === 'bsn' ? 'betrokkene' : 'object')
  return q.sleutel === undefined
    ? [['PARAMETER_ONTBREEKT', member(x.sleutel)]]
    : [['VELD_NIET_TOEGESTAAN', member(q.sleutel)]]
}

/** A delivery brings what its rungs are made of, all that is obliged and nothing else. */
function rightlyHanded({ q, x, book, rungs }: Matter): Why[] {
  if (x.vorm !== 'levering')
    return when(q.gegevens !== undefined, 'VELD_NIET_TOEGESTAAN', 'gegevens')
  const set = book.inputs.get(x.gegevensset)
  const belongs = new Set<string>()
  for (const { velden } of rungs) {
    for (const veld of velden)
      for (const one of set?.afgeleid?.[veld]?.uit ?? [veld]) belongs.add(one)
    const kinds = velden.map(veld => (set?.afgeleid?.[veld] ?? set?.velden[veld])?.type ?? '')
    if (set?.geheim && kinds.some(kind => kind.startsWith('adres'))) belongs.add(set.geheim)
  }
  const given = q.gegevens ?? []
  return [
    ...given
      .filter(veld => !belongs.has(veld))
      .map((veld): Why => ['VELD_NIET_TOEGESTAAN', `gegevens.${veld}`]),
    ...[...belongs]
      .filter(veld => set?.velden[veld]?.verplicht === true && !given.includes(veld))
      .map((veld): Why => ['PARAMETER_ONTBREEKT', `gegevens.${veld}`]),
  ]
}

/** Once for a stage that may not do this, and once for each other stage the same employee was in. */
function apart({ q, x, facts }: Matter): Why[] {
  const { gescheidenFasen: kept, fase = [] } = x.voorwaarden
  if (!kept) return []
  const others = kept.filter(one => one !== q.fase && facts.fasen?.includes(one))
  const wrong = kept.some(one => one === q.fase) && !fase.includes(q.fase ?? '')
  return [...(wrong ? [''] : []), ...others].map((): Why => ['FUNCTIESCHEIDING_GESCHONDEN'])
}

/** Who has one of these functions in a case never has another of them in it. */
function notBoth({ q, x, facts }: Matter): Why[] {
  const kept = x.voorwaarden.gescheidenFuncties ?? []
  const others = (facts.functies ?? []).filter(one => one !== q.functie && kept.includes(one))
  return when(
    kept.some(one => one === q.functie) && others.length > 0,
    'FUNCTIESCHEIDING_GESCHONDEN',
  )
}

/** What nobody put a name to opens nothing heavy until it is confirmed; nothing does that was not looked at. */
function reliable({ q, x, book, day, rungs }: Matter): Why[] {
  const { aanleiding } = q
  if (!x.voorwaarden.aanleiding?.includes(aanleiding?.soort ?? '') || !aanleiding) return []
  const { soort, betrouwbaarheid } = aanleiding
  const listed = (list: string, asked: string) =>
    book.lists
      .get(list)
      ?.find(
        ({ code, geldigVan, geldigTot }) =>
          code === asked && !(geldigVan && day < geldigVan) && !(geldigTot && day > geldigTot),
      )
  const found = listed('aanleiding', soort)
  if (!found || !listed('betrouwbaarheid', betrouwbaarheid)) return [['AANLEIDING_ONVOLDOENDE']]
  const heavy = rungs.some(({ goedkeuring }) => goedkeuring > 'A1')
  const anonymous = (found.klasse ?? 'anoniem') === 'anoniem'
  const enough = anonymous ? betrouwbaarheid === 'bevestigd' : betrouwbaarheid !== 'onbekend'
  return when(heavy && !enough, 'AANLEIDING_ONVOLDOENDE')
}

/** Which kind of instrument chooses on this ground; the last two never without one. */
const chooses: Readonly<Record<string, string>> = {
  aselect: 'steekproef',
  risicomodel: 'risicomodel',
  'knock-out': 'knock-out',
}

/** Registered by whom it serves, for this purpose and this ground, and neither ended nor overdue. */
function chosenBy({ q, x, book, day }: Matter): Why[] {
  const { selectiegrond: ground = '', selectieInstrument: named } = q
  if (x.voorwaarden.selectiegrond === undefined) {
    return when(named !== undefined, 'VELD_NIET_TOEGESTAAN', 'selectieInstrument')
  }
  if (named === undefined) {
    return when(ground === 'risicomodel' || ground === 'knock-out', 'SELECTIEGROND_ONTBREEKT')
  }
  const one = book.instruments.find(({ id }) => id === named)
  const user = q.namens ?? q.indiener ?? q.ontvanger
  const right =
    one !== undefined &&
    one.eigenaar === user &&
    one.soort === chooses[ground] &&
    one.doelen.includes(x.doel.id)
  if (!right) return [['SELECTIEGROND_ONTBREEKT']]
  return when(
    !holds(day, one.geldigVan, one.geldigTot) || day >= one.evaluerenVoor,
    'INSTRUMENT_VERLOPEN',
  )
}

/** The fields of the source behind an asked one: itself, or what it is made of. */
function madeOf(x: Exchange, veld: string, book: Book): readonly FieldText[] {
  const set = book.inputs.get(x.gegevensset)
  const own = ownOf(set?.velden, veld)
  const made = ownOf(set?.afgeleid, veld) ?? ownOf(set?.perMaand, veld)
  const names = own ? [veld] : (made?.uit ?? [])
  return names.flatMap(name => ownOf(set?.velden, name) ?? [])
}

function ownOf<T>(record: Record<string, T> | undefined, name: string): T | undefined {
  return record && Object.hasOwn(record, name) ? record[name] : undefined
}

/** What a field is by itself and by the codes it may hold here. */
function kindsOf({ categorie, codelijst = '' }: FieldText, x: Exchange, book: Book): string[] {
  const codes = (book.lists.get(codelijst) ?? []).filter(
    ({ klasse = '' }) => x.relaties === undefined || x.relaties.includes(klasse),
  )
  return [categorie, ...codes.flatMap(one => one.categorie ?? [])].filter(one => one !== 'gewoon')
}

/** Of a special category or about crime: on a basis of the exchange, or on one of its own that holds today. */
function specialFields({ q, x, book, day }: Matter): Why[] {
  if (x.onverenigbaar) return []
  const rungFields = x.treden.flatMap(({ velden }) => velden)
  return q.velden
    .filter(veld => rungFields.includes(veld))
    .flatMap((veld): Why[] => {
      const named = x.bijzonder?.find(one => one.veld === veld)?.grondslag
      const isOwn = ownOf(book.inputs.get(x.gegevensset)?.velden, veld) !== undefined
      const kinds = madeOf(x, veld, book).flatMap(field => kindsOf(field, x, book))
      // An answer that is made of such data is not such a datum, unless the exchange says it is.
      if (named === undefined && (!isOwn || kinds.length === 0)) return []
      if (named !== undefined && x.grondslagen.includes(named)) return []
      const criminal = kinds.includes('strafrechtelijk')
      const code = criminal ? 'STRAFRECHTELIJK_GEGEVEN' : 'BIJZONDERE_CATEGORIE'
      const basis = book.bases.find(({ id }) => id === named)
      if (basis === undefined) return [[code, veld]]
      return whyNot(basis, day) === undefined ? [] : [[code, veld, basis.id]]
    })
}

/** Where somebody lives who hides is not told in the case that says so. */
function hidden({ q, x, facts, book }: Matter): Why[] {
  if (!facts.afgeschermd) return []
  const set = book.inputs.get(x.gegevensset)
  return [...new Set(q.velden)]
    .filter(veld => x.treden.some(({ velden }) => velden.includes(veld)))
    .filter(veld => {
      const type = ownOf(set?.velden, veld)?.type ?? ownOf(set?.afgeleid, veld)?.type
      return type === 'adres' || type === 'adressen'
    })
    .map(veld => ['AFGESCHERMD', veld])
}

/** The days so much later, counted from an early one; the last of a month that has fewer. */
function later(date: string, term: string): number {
  const count = Number(term.slice(1, -1))
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number)
  const months = { D: 0, M: count, Y: 12 * count }[term.slice(-1)] ?? 0
  const made = new Date(0)
  made.setUTCFullYear(year, month - 1 + months + 1, 0)
  if (!term.endsWith('D')) return made.setUTCDate(Math.min(day, made.getUTCDate()))
  return made.setUTCFullYear(year, month - 1, day + count)
}

/** The last day asked about is not too long ago, and the first not before what may still be used. */
function tooOld({ q, rungs, day }: Matter): Why[] {
  const asked = [q.periode?.van, q.periode?.totEnMet, q.peildatum]
  const days = asked.filter(one => one !== undefined && exists(one)).sort()
  const past = (from: string | undefined, term: string | undefined) =>
    from !== undefined && term !== undefined && later(from, term) < Date.parse(day)
  return rungs.flatMap(({ versheid, terug }) => [
    ...when(past(days.at(-1), versheid), 'GEGEVEN_VEROUDERD'),
    ...when(past(days[0], terug), 'BEWAARTERMIJN_VERLOPEN'),
  ])
}

function onlyKnownFields({ q, x }: Matter): Why[] {
  if (q.velden.length === 0) return [['VELD_NIET_TOEGESTAAN']]
  const known = x.treden.flatMap(({ velden }) => velden)
  const wrong = q.velden.filter(
    (veld, place) => !known.includes(veld) || q.velden.slice(0, place).includes(veld),
  )
  return wrong.map(veld => ['VELD_NIET_TOEGESTAAN', veld])
}

function rightParameters({ q, x, book }: Matter): Why[] {
  const given = new Map(Object.entries(q.parameters ?? {}))
  const wanted = x.voorwaarden.parameters ?? []
  return [
    ...wanted
      .filter(name => !(book.codes.get(name) ?? []).some(code => code === given.get(name)))
      .map((name): Why => ['PARAMETER_ONTBREEKT', `parameters.${name}`]),
    ...[...given.keys()]
      .filter(name => !wanted.includes(name))
      .map((name): Why => ['VELD_NIET_TOEGESTAAN', `parameters.${name}`]),
  ]
}

function isPeriod({ van, totEnMet }: NonNullable<Question['periode']>): boolean {
  return exists(van) && exists(totEnMet) && van <= totEnMet
}

/** A member that may be obliged, tolerated or unknown; `wrong` is given but no good. */
function optional(
  veld: string,
  presence: string | undefined,
  given: true | 'wrong' | false | undefined,
): Why[] {
  if (given === undefined) return when(presence === 'verplicht', 'PARAMETER_ONTBREEKT', veld)
  if (presence === undefined) return [['VELD_NIET_TOEGESTAAN', veld]]
  return when(given !== true, 'PARAMETER_ONTBREEKT', veld)
}

/** Walks from month to month and counts. */
function notTooWide({ q, rungs }: Matter): Why[] {
  if (!q.periode || !isPeriod(q.periode)) return []
  const last = q.periode.totEnMet.slice(0, 7)
  let months = 1
  for (let month = q.periode.van.slice(0, 7); month < last; months += 1) {
    const [year = 0, index = 0] = month.split('-').map(Number)
    const next = index === 12 ? [year + 1, 1] : [year, index + 1]
    month = `${String(next[0]).padStart(4, '0')}-${String(next[1]).padStart(2, '0')}`
  }
  return when(
    rungs.some(({ periodeMaanden }) => periodeMaanden !== undefined && months > periodeMaanden),
    'PERIODE_TE_RUIM',
  )
}

function rightCountry({ q, x }: Matter): Why[] {
  const { buitenlands } = x.voorwaarden
  if (q.buitenlands === undefined) {
    return when(buitenlands?.vereist === true, 'PARAMETER_ONTBREEKT', 'buitenlands')
  }
  if (!buitenlands) return [['VELD_NIET_TOEGESTAAN', 'buitenlands']]
  return when(!buitenlands.landen.includes(q.buitenlands), 'LAND_NIET_ONDERSTEUND')
}

/** AX nobody approves; the others somebody whom the exchange names, in another function than who asks. */
function approvedBySomeoneElse({ q, facts, x, rungs, now }: Matter): Why[] {
  if (x.onverenigbaar) return []
  const levels = rungs.map(({ goedkeuring }) => goedkeuring)
  if (levels.includes('AX')) return [['GOEDKEURING_VEREIST']]
  if (!levels.includes('A2') && !levels.includes('A3')) return []
  const approvers = (x.goedkeurders ?? []).filter(functie => functie !== q.functie)
  const ends = (facts.goedkeuringen ?? [])
    .filter(({ functie }) => approvers.includes(functie))
    .map(({ tot }) => tot)
  if (ends.length === 0) return [['GOEDKEURING_VEREIST']]
  return when(Math.max(...ends) <= now, 'GOEDKEURING_VERLOPEN')
}

/** A closed list that must be answered from; without a list there is nothing to say. */
function oneOf(
  member: string,
  code: string,
  list: readonly string[] | undefined,
  given: string | undefined,
): Why[] {
  if (list === undefined) return when(given !== undefined, 'VELD_NIET_TOEGESTAAN', member)
  return when(given === undefined || !list.includes(given), code)
}
