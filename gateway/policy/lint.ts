// Is this set fit to decide by? What the shape of one file cannot show: references, overlaps, ladders, cases.

import { alike } from './alike.ts'
import { type CasesText, categoriesOf, type Drafts } from './build.ts'
import { brokenPromise, promisable, runCase } from './cases.ts'
import { groundOf, judgedBy, occasionList } from './conditions.ts'
import { derivedAnswers } from './derive.ts'
import { monthlyFields } from './derive-monthly.ts'
import { handedFields } from './handed.ts'
import type {
  Arrangement,
  ArrangementText,
  Case,
  Category,
  Dataset,
  DatasetText,
  NormAmount,
  PolicySet,
  Rung,
} from './law.ts'
import { later } from './legal-time.ts'
import { keyFault, thumbprint } from './party-keys.ts'
import { markList, plausibilityRules } from './plausible.ts'
import { canProvide, earlierKinds, isSystematic } from './provider.ts'
import { fault, type Place, type Reading } from './shape.ts'

export interface Linting {
  readonly law: PolicySet
  readonly drafts: Drafts
  /** Kinds of file of which some could not be read: what refers to them is not judged. */
  readonly incomplete: ReadonlySet<string>
  readonly place: (of: object, member: string | number) => Place
  /** What is wrong at this place, and what would be right when that can be said. */
  readonly say: (place: Place, message: string, juist?: string) => void
}

/** Adds its faults to `reading`; total over any drafts. */
export function lint(
  law: PolicySet,
  drafts: Drafts,
  reading: Reading,
  incomplete: ReadonlySet<string>,
): void {
  lintCases(lintLaw(law, drafts, reading, incomplete))
}

/** The same without what the cases say of it. */
export function lintLaw(
  law: PolicySet,
  drafts: Drafts,
  reading: Reading,
  incomplete: ReadonlySet<string>,
): Linting {
  const linting: Linting = {
    law,
    drafts,
    incomplete,
    place: (of, member) => reading.places.get(of)?.get(member) ?? { file: '?', line: 1, column: 1 },
    say: (place, message, juist) => void fault(reading, place, message, juist),
  }
  lintBases(linting)
  lintNorms(linting)
  lintCodeLists(linting)
  lintParties(linting)
  lintDatasets(linting)
  for (const { content, place } of drafts.uitwisselingen) lintArrangement(content, place, linting)
  lintInstruments(linting)
  lintDoubles(linting)
  return linting
}

/** Each item of a kind once; the second place is told. */
function unique<T extends object>(
  items: readonly T[],
  key: (item: T) => string,
  member: string & keyof T,
  what: string,
  { place, say }: Linting,
): void {
  const seen = new Set<string>()
  for (const item of items) {
    if (seen.has(key(item))) say(place(item, member), `${what} bestaat al`)
    seen.add(key(item))
  }
}

function lintBases(linting: Linting): void {
  const { drafts, place, say } = linting
  const bases = drafts.grondslagen.flatMap(({ content }) => [...content.grondslagen])
  unique(bases, basis => basis.id, 'id', 'deze grondslag', linting)
  for (const basis of bases) {
    lintDays(basis, linting)
    if (basis.stand === 'voorstel' && basis.bevestigd) {
      say(place(basis, 'bevestigd'), 'een voorstel kan niet bevestigd zijn als geldend recht')
    }
    if (basis.stand === 'vastgesteld' && basis.bevestigd && !basis.geldigVan) {
      say(place(basis, 'bevestigd'), 'een bevestigde grondslag heeft een geldigVan')
    }
  }
}

interface Dated {
  readonly geldigVan?: string
  readonly geldigTot?: string
}

function lintDays(dated: Dated, { place, say }: Linting): void {
  const { geldigVan, geldigTot } = dated
  if (geldigVan === undefined || geldigTot === undefined || geldigTot >= geldigVan) return
  say(
    place(dated, 'geldigTot'),
    'geldigTot ligt voor geldigVan',
    'de laatste geldige dag, op of na geldigVan',
  )
}

function overlapping(one: Dated, other: Dated): boolean {
  const starts = (a: Dated, b: Dated) => (a.geldigVan ?? '') <= (b.geldigTot ?? '9999-12-31')
  return starts(one, other) && starts(other, one)
}

function lintNorms(linting: Linting): void {
  const { drafts, place, say } = linting
  const norms = drafts.normen.map(draft => draft.content)
  unique(norms, norm => norm.id, 'id', 'deze norm', linting)
  for (const { bedragen } of norms) {
    for (const [index, row] of bedragen.entries()) {
      lintDays(row, linting)
      if (row.geldigTot === undefined && row.status !== 'testwaarde') {
        say(place(bedragen, index), 'geldigTot ontbreekt: een bedrag geldt nooit onbeperkt verder')
      }
      const earlier = bedragen.slice(0, index)
      const sameFor = (one: NormAmount) =>
        [undefined, row.leefvorm].includes(one.leefvorm) || row.leefvorm === undefined
      if (earlier.some(one => sameFor(one) && overlapping(one, row))) {
        say(place(bedragen, index), 'dit bedrag overlapt met een eerder bedrag')
      }
    }
  }
}

function lintCodeLists(linting: Linting): void {
  const { drafts, place, say } = linting
  const lists = drafts.codelijsten.map(draft => draft.content)
  unique(lists, list => list.id, 'id', 'deze codelijst', linting)
  for (const { codes } of lists) {
    for (const [index, code] of codes.entries()) {
      lintDays(code, linting)
      if (codes.slice(0, index).some(one => one.code === code.code && overlapping(one, code))) {
        say(place(codes, index), `code ${code.code} staat er op dezelfde dag twee keer in`)
      }
    }
  }
}

/** OIN prefix free for tests; such parties live only in sets marked `profiel: test`. */
const testPrefix = '00000099'

/** What a samenwerkingsverband is called (WGS, Wet SUWI art. 64). */
const partnership =
  /samenwerkingsverband|interventieteam|veiligheidshuis|\b(LSI|FEC|iCOV|RIEC|LIEC)\b/i

function lintParties(linting: Linting): void {
  const { drafts, law, place, say, incomplete } = linting
  const parties = drafts.partijen.flatMap(({ content }) => [...content.partijen])
  unique(parties, party => party.oin, 'oin', 'een partij met dit OIN', linting)
  for (const { content } of drafts.partijen) {
    if (content.profiel === 'test' && law.profiel === 'productie') {
      say(place(content, 'profiel'), 'een testset wordt in productie niet geladen')
    }
    for (const party of content.partijen) {
      if (content.profiel !== 'test' && party.oin.startsWith(testPrefix)) {
        say(place(party, 'oin'), 'een test-OIN hoort in een set met profiel: test')
      }
      if (content.profiel !== 'test' && party.status === 'actief' && !party.contact) {
        say(
          place(party, 'oin'),
          'contact ontbreekt: waar zijn verantwoordelijke en FG te bereiken (AVG artikel 30)',
        )
      }
      if (party.soort !== 'samenwerkingsverband' && partnership.test(party.naam)) {
        say(
          place(party, 'soort'),
          'een samenwerkingsverband is geen gewone organisatie: het ontvangt niets',
          'soort: samenwerkingsverband',
        )
      }
      for (const tie of party.vertegenwoordigt ?? []) {
        if (!law.partijen.has(tie.oin) && !incomplete.has('partijen')) {
          say(place(tie, 'oin'), 'deze partij is niet bekend', 'leg haar eerst vast in partijen/')
        }
        if (tie.oin === party.oin) say(place(tie, 'oin'), 'niemand vertegenwoordigt zichzelf')
        lintTasks(tie, linting)
      }
    }
  }
  lintKeys(parties, linting)
}

type PartyText = Drafts['partijen'][number]['content']['partijen'][number]

/** One key, one owner, one use: who holds two seats with one key would be four eyes alone. */
function lintKeys(parties: readonly PartyText[], linting: Linting): void {
  const { place, say } = linting
  const owners = new Set<string>()
  for (const { sleutels = [], goedkeurders = [] } of parties) {
    unique(sleutels, one => one.id, 'id', 'deze sleutel', linting)
    unique(goedkeurders, one => one.id, 'id', 'deze goedkeurder', linting)
    const signers = goedkeurders.map(one => ({ one, gebruik: 'ondertekenen' as const }))
    for (const { one, gebruik } of [
      ...sleutels.map(one => ({ one, gebruik: one.gebruik })),
      ...signers,
    ]) {
      const fault = keyFault(one.jwk, gebruik)
      if (fault !== undefined) say(place(one, 'jwk'), fault)
      if (one.jwk.kid !== undefined && one.jwk.kid !== one.id) {
        say(place(one.jwk, 'kid'), 'kid is hier hetzelfde als id, of ontbreekt')
      }
      const print = thumbprint(one.jwk)
      if (owners.has(print)) say(place(one, 'jwk'), 'deze sleutel is al geregistreerd')
      owners.add(print)
      lintDays(one, linting)
    }
  }
}

function lintTasks(tie: { readonly taken: readonly string[] }, linting: Linting): void {
  const { law, place, say, incomplete } = linting
  if (incomplete.has('uitwisselingen')) return
  const known = new Set([...law.uitwisselingen.values()].map(one => one.doel.id))
  for (const [index, taak] of tie.taken.entries()) {
    if (!known.has(taak))
      say(
        place(tie.taken, index),
        'deze taak is van geen uitwisseling het doel',
        alike(taak, known),
      )
  }
}

function lintDatasets(linting: Linting): void {
  const { drafts, law, place, say, incomplete } = linting
  const sets = drafts.gegevenssets.map(draft => draft.content)
  unique(sets, set => set.id, 'id', 'deze gegevensset', linting)
  for (const { content: set } of drafts.gegevenssets) {
    if (!set.id.startsWith(`${set.bron}-`)) {
      say(place(set, 'id'), 'de naam van een gegevensset begint met zijn bron')
    }
    for (const role of [
      'relatie',
      'aanvang',
      'einde',
      'soort',
      'tijdvak',
      'betaler',
      'geheim',
    ] as const) {
      const name = set[role]
      if (name !== undefined && !Object.hasOwn(set.velden, name)) {
        say(place(set, role), 'dit veld staat niet in deze gegevensset')
      }
    }
    const secret = set.geheim === undefined ? undefined : set.velden[set.geheim]
    if (secret && (secret.type !== 'bool' || !secret.verplicht)) {
      say(place(set, 'geheim'), 'of een adres geheim is, is een verplicht ja-of-nee-gegeven')
    }
    for (const field of Object.values(set.velden)) {
      if (field.alleenJa && (field.type !== 'bool' || !field.verplicht)) {
        say(place(field, 'alleenJa'), 'alleen een verplicht ja-of-nee-gegeven kan alleen ja zijn')
      }
      if (field.codelijst === undefined) continue
      if (field.type !== 'code' && field.type !== 'codes')
        say(place(field, 'codelijst'), 'alleen een code heeft een codelijst')
      if (!law.codelijsten.has(field.codelijst) && !incomplete.has('codelijsten')) {
        say(
          place(field, 'codelijst'),
          'deze codelijst is niet bekend',
          alike(field.codelijst, law.codelijsten.keys()) ??
            `maak codelijsten/${field.codelijst}.yaml`,
        )
      }
    }
    lintDerived(set.afgeleid ?? {}, set.velden, linting)
    lintPlausible(set, linting)
    lintMonthly(set, linting)
  }
}

/** A rule that does not exist marks nothing, and a mark without words says nothing. */
function lintPlausible(
  { aannemelijk = [] }: DatasetText,
  { law, place, say, incomplete }: Linting,
): void {
  const words = new Set(law.codelijsten.get(markList)?.codes.map(({ code }) => code))
  for (const [index, name] of aannemelijk.entries()) {
    const rule = plausibilityRules.get(name)
    const at = place(aannemelijk, index)
    if (!rule) say(at, 'deze regel voor aannemelijkheid is er niet')
    const untold = rule?.codes.find(code => !words.has(code))
    if (untold !== undefined && !incomplete.has('codelijsten')) {
      say(at, `code ${untold} staat niet in de codelijst ${markList}`)
    }
  }
}

function lintDerived(
  afgeleid: Dataset['afgeleid'],
  velden: Dataset['velden'],
  { law, place, say, incomplete }: Linting,
): void {
  for (const [name, field] of Object.entries(afgeleid)) {
    const rule = Object.hasOwn(derivedAnswers, name) ? derivedAnswers[name] : undefined
    if (!rule) say(place(afgeleid, name), 'voor dit afgeleide gegeven is er geen regel')
    if (Object.hasOwn(velden, name)) say(place(afgeleid, name), 'zo heet ook een veld van de bron')
    for (const [index, input] of field.uit.entries()) {
      if (!Object.hasOwn(velden, input)) {
        say(place(field.uit, index), 'dit veld staat niet in deze gegevensset')
      }
    }
    for (const norm of rule?.normen ?? []) {
      if (!law.normen.has(norm) && !incomplete.has('normen')) {
        say(place(afgeleid, name), `de norm ${norm} ontbreekt`)
      }
    }
    if (field.parameter !== undefined && !law.codelijsten.has(field.parameter)) {
      if (!incomplete.has('codelijsten'))
        say(place(field, 'parameter'), 'deze codelijst is niet bekend')
    }
  }
}

function lintMonthly({ perMaand = {}, velden }: DatasetText, { place, say }: Linting): void {
  for (const [name, field] of Object.entries(perMaand)) {
    if (!Object.hasOwn(monthlyFields, name)) {
      say(place(perMaand, name), 'voor dit gegeven per maand is er geen regel')
    }
    for (const [index, input] of field.uit.entries()) {
      if (!Object.hasOwn(velden, input)) {
        say(place(field.uit, index), 'dit veld staat niet in deze gegevensset')
      }
    }
  }
}

/** Words that say nothing of a purpose, however many stand beside each other (design §4; domain S9, S57). */
const saysNothing = new Set(
  `de het een en of van voor op in te ter bij met om tot over door aan als via alle goede algemene algemeen effectieve
  integrale gezamenlijke wettelijke handhaving handhaven preventie preventief voorkomen opsporing opsporen toezicht
  houden controle controleren bestrijding bestrijden fraudebestrijding fraude misbruik oneigenlijk gebruik naleving
  onderzoek onderzoeken uitvoering uitvoeren taak taken samenwerking samenwerken keten data gestuurd datagestuurd
  gegevens uitwisselen delen dienstverlening rechtmatigheid landsgrenzen`.split(/\s+/),
)

function isGeneric(omschrijving: string): boolean {
  const words = omschrijving.toLowerCase().match(/\p{L}+/gu) ?? []
  const telling = new Set(words.filter(word => !saysNothing.has(word)))
  return words.length < 5 || telling.size < 2
}

/** uitwisselingen/x.yaml → x */
function baseName(file: string): string {
  return file.replace(/^.*\//, '').replace(/(\.cases)?\.yaml$/, '')
}

function lintArrangement(text: ArrangementText, file: Place, linting: Linting): void {
  const { law, place, say, incomplete } = linting
  if (file.file !== `uitwisselingen/${text.id}.yaml`) {
    say(place(text, 'id'), `dit bestand moet ${text.id}.yaml heten`, `id: ${baseName(file.file)}`)
  }
  lintDays(text, linting)
  const { omschrijving } = text.doel
  if (isGeneric(omschrijving)) {
    say(
      place(text.doel, 'omschrijving'),
      'dit doel is te algemeen',
      'zeg wat wordt vastgesteld, van wie en waarvoor',
    )
  }
  if (['samenwerkingsverband', 'beheerder'].includes(text.ontvangers.soort)) {
    say(place(text.ontvangers, 'soort'), `een ${text.ontvangers.soort} kan geen ontvanger zijn`)
  }
  if (!incomplete.has('partijen')) {
    const { oin: provider } = text.verstrekker
    if (provider !== undefined && !law.partijen.has(provider)) {
      say(
        place(text.verstrekker, 'oin'),
        'deze partij is niet bekend',
        'leg haar eerst vast in partijen/',
      )
    }
    for (const [index, oin] of text.via.entries()) {
      const party = law.partijen.get(oin)
      if (!party)
        say(
          place(text.via, index),
          'deze partij is niet bekend',
          'leg haar eerst vast in partijen/',
        )
      else if (party.soort === text.ontvangers.soort) {
        say(place(text.via, index), 'een tussenstation kan geen ontvanger zijn')
      }
    }
  }
  for (const [index, id] of text.grondslagen.entries()) {
    if (!law.grondslagen.has(id) && !incomplete.has('grondslagen')) {
      say(
        place(text.grondslagen, index),
        'deze grondslag is niet bekend',
        alike(id, law.grondslagen.keys()) ?? 'leg haar eerst vast in grondslagen/',
      )
    }
  }
  lintCompatible(text, linting)
  for (const [index, name] of (text.voorwaarden.parameters ?? []).entries()) {
    if (!law.codelijsten.has(name) && !incomplete.has('codelijsten')) {
      say(
        place(text.voorwaarden.parameters ?? [], index),
        'voor deze parameter is er geen codelijst',
      )
    }
  }
  lintLadder(text, linting)
  lintMotivation(text, linting)
  lintLater(text, linting)
  lintLimits(text, linting)
  lintRetention(text, linting)
  lintEscape(text, linting)
  lintProvider(text, linting)
  lintMachine(text, linting)
  lintSupply(text, linting)
  lintStages(text, linting)
  lintFunctions(text, linting)
  lintAge(text, linting)
  lintCodes(text, linting)
  const set = law.gegevenssets.get(text.gegevensset)
  if (set) {
    lintFields(text, set, linting)
    lintDelivery(text, set, linting)
  } else if (!incomplete.has('gegevenssets')) {
    say(
      place(text, 'gegevensset'),
      'deze gegevensset is niet bekend',
      alike(text.gegevensset, law.gegevenssets.keys()) ??
        `maak gegevenssets/${text.gegevensset}.yaml`,
    )
  }
}

/** Law or incompatible, never both: who reads the file must see at once that nothing opens it. */
function lintCompatible(text: ArrangementText, { law, place, say, incomplete }: Linting): void {
  const { onverenigbaar, grondslagen, treden } = text
  if (onverenigbaar === undefined) {
    if (grondslagen.length === 0)
      say(place(text, 'grondslagen'), 'deze lijst mag niet leeg zijn: zonder grondslag mag niets')
    return
  }
  if (!law.grondslagen.has(onverenigbaar.grondslag) && !incomplete.has('grondslagen')) {
    say(
      place(onverenigbaar, 'grondslag'),
      'deze grondslag is niet bekend',
      alike(onverenigbaar.grondslag, law.grondslagen.keys()),
    )
  }
  if (grondslagen.length > 0) {
    say(place(text, 'grondslagen'), 'een onverenigbaar doel heeft geen grondslag')
  }
  for (const rung of treden) {
    if (rung.goedkeuring !== 'AX') {
      say(place(rung, 'goedkeuring'), 'bij een onverenigbaar doel is elke trede AX')
    }
  }
}

/** A limit that counts nothing is a promise that nobody keeps. */
function lintLimits(text: ArrangementText, { place, say }: Linting): void {
  const { grenzen, voorwaarden } = text
  if (grenzen === undefined) return
  if (Object.keys(grenzen).length === 0) say(place(text, 'grenzen'), 'hier staat geen enkele grens')
  if (grenzen.perZaakPerDag !== undefined && voorwaarden.zaak !== 'verplicht') {
    say(
      place(grenzen, 'perZaakPerDag'),
      'perZaakPerDag heeft geen werking als een zaak niet verplicht is',
    )
  }
}

/** From A1 on a motivation is asked by itself, and A0 tolerates one: a word that adds nothing says too much. */
function lintMotivation(text: ArrangementText, { place, say }: Linting): void {
  const { voorwaarden, treden, onverenigbaar } = text
  if (voorwaarden.motivering === undefined) return
  const asksNone = onverenigbaar !== undefined || treden.some(one => one.goedkeuring === 'A0')
  if (voorwaarden.motivering === 'verplicht' && asksNone) return
  say(
    place(voorwaarden, 'motivering'),
    'motivering heeft geen werking: bij A0 mag zij altijd, en vanaf A1 moet zij',
  )
}

/** What is answered later, or only after somebody approved it, needs a term, a mailbox and approvers. */
function lintLater(text: ArrangementText, linting: Linting): void {
  const { place, say } = linting
  const { patroon, treden, termijn, goedkeurders, bewaren, voorwaarden } = text
  const approved = treden.find(({ goedkeuring }) => goedkeuring === 'A2' || goedkeuring === 'A3')
  if (patroon === 'asynchroon' || approved) {
    const why = patroon === 'asynchroon' ? 'dat later komt' : 'waarvoor goedkeuring nodig is'
    if (termijn === undefined) {
      say(
        place(text, 'patroon'),
        `termijn ontbreekt: hoe lang mag een antwoord ${why} duren`,
        'termijn: { antwoord: P28D }',
      )
    }
    if (bewaren.antwoord === 'PT0S') {
      say(place(bewaren, 'antwoord'), `een antwoord ${why} moet op de ontvanger kunnen wachten`)
    }
  }
  if (approved && goedkeurders === undefined) {
    say(
      place(approved, 'goedkeuring'),
      'goedkeurders ontbreekt: welke functie mag dit goedkeuren',
      'goedkeurders: [teamleider]',
    )
  }
  if (approved && termijn !== undefined && termijn.goedkeuring === undefined) {
    say(place(text, 'termijn'), 'goedkeuring ontbreekt: hoe lang telt een goedkeuring')
  }
  for (const [index, functie] of (goedkeurders ?? []).entries()) {
    const at = place(goedkeurders ?? [], index)
    if (!approved)
      say(at, 'goedkeurders heeft geen werking: geen trede is A2 of A3', 'laat dit weg')
    if (voorwaarden.functie.includes(functie)) say(at, 'wie mag vragen, mag niet zelf goedkeuren')
  }
  if (termijn !== undefined) lintTerm(termijn, linting)
}

/** Reminders one after the other, all before the end: one that comes after it reminds of nothing. */
function lintTerm(termijn: NonNullable<ArrangementText['termijn']>, { place, say }: Linting): void {
  const { antwoord, herinneringen = [] } = termijn
  for (const [index, herinnering] of herinneringen.entries()) {
    const before = herinneringen[index - 1]
    if (later(0, herinnering) >= later(0, antwoord)) {
      say(place(herinneringen, index), 'deze herinnering valt niet voor het einde van de termijn')
    } else if (before !== undefined && later(0, herinnering) <= later(0, before)) {
      say(place(herinneringen, index), 'deze herinnering valt niet na de vorige')
    }
  }
}

/** The longest that a month's key is made ahead for (audit/keys.ts); also what Wet BRP art. 3.11 asks. */
const twentyYears = 'P20Y'

/** Wet BRP art. 3.11: who got what out of that register is kept for twenty years. */
function lintRetention(
  { bewaren, gegevensset, verstrekker }: ArrangementText,
  { law, place, say }: Linting,
): void {
  const isBrp =
    law.gegevenssets.get(gegevensset)?.bron === 'brp' ||
    (verstrekker.soort ?? law.partijen.get(verstrekker.oin ?? '')?.soort) === 'rvig'
  const kept = later(0, bewaren.log)
  const at = place(bewaren, 'log')
  if (kept > later(0, twentyYears)) {
    say(at, 'langer dan twintig jaar kan niet: verder vooruit worden er geen sleutels gemaakt')
  } else if (isBrp && kept < later(0, twentyYears)) {
    say(at, 'van de BRP blijft het logboek twintig jaar (Wet BRP art. 3.11)')
  }
}

function lintEscape({ ontsnapping, voorwaarden }: ArrangementText, { place, say }: Linting): void {
  if (ontsnapping === undefined) return
  if (voorwaarden.zaak !== 'verplicht') {
    say(
      place(ontsnapping, 'redenen'),
      'ontsnapping heeft geen werking als een zaak niet verplicht is',
    )
  }
  if (!/^P([1-9]|[1-8]\d|90)D$/.test(ontsnapping.afsluitenBinnen)) {
    say(place(ontsnapping, 'afsluitenBinnen'), 'afsluiten moet binnen 90 dagen, als P14D')
  }
}

/** Stages are kept apart per case and by name: without these nothing would be remembered. */
function lintStages({ voorwaarden }: ArrangementText, { place, say }: Linting): void {
  const { gescheidenFasen, fase, zaak } = voorwaarden
  if (gescheidenFasen === undefined) return
  if (zaak !== 'verplicht') {
    say(
      place(voorwaarden, 'gescheidenFasen'),
      'gescheidenFasen heeft geen werking als een zaak niet verplicht is',
    )
  }
  if (!fase?.every(one => gescheidenFasen.includes(one))) {
    say(place(voorwaarden, 'gescheidenFasen'), 'elke fase van deze uitwisseling hoort hierbij')
  }
}

function lintFunctions({ voorwaarden }: ArrangementText, { place, say }: Linting): void {
  const { gescheidenFuncties: kept, functie, zaak } = voorwaarden
  if (kept === undefined) return
  const at = place(voorwaarden, 'gescheidenFuncties')
  if (zaak !== 'verplicht') {
    say(at, 'gescheidenFuncties heeft geen werking als een zaak niet verplicht is', 'laat dit weg')
  }
  if (kept.length < 2 || !kept.some(one => functie.includes(one))) {
    say(at, 'noem hier twee of meer functies, waarvan er een dit mag vragen')
  }
}

/** Every way in which somebody can have been chosen (domain S25). */
const grounds = ['regulier', 'signaal', ...Object.values(groundOf)]

/** A code that nobody can name opens nothing, and one letter off refuses whoever names the right one. */
function lintCodes(
  { voorwaarden }: ArrangementText,
  { law, place, say, incomplete }: Linting,
): void {
  const { aanleiding = [], selectiegrond = [] } = voorwaarden
  const occasions = law.codelijsten.get(occasionList)?.codes.map(({ code }) => code) ?? []
  const check = (codes: readonly string[], known: readonly string[], message: string) => {
    for (const [index, code] of codes.entries()) {
      if (known.includes(code)) continue
      say(place(codes, index), message, alike(code, known) ?? `een van ${known.join(', ')}`)
    }
  }
  if (!incomplete.has('codelijsten')) {
    check(aanleiding, occasions, `deze aanleiding staat niet in de codelijst ${occasionList}`)
  }
  check(selectiegrond, grounds, 'deze selectiegrond bestaat niet')
}

/** How old and how far back: of a day that is asked about. */
function lintAge({ voorwaarden, treden }: ArrangementText, { place, say }: Linting): void {
  if (voorwaarden.periode !== undefined || voorwaarden.peildatum !== undefined) return
  for (const rung of treden) {
    for (const member of ['versheid', 'terug'] as const) {
      if (rung[member] !== undefined) {
        say(
          place(rung, member),
          `${member} heeft geen werking zonder periode of peildatum`,
          'laat dit weg',
        )
      }
    }
  }
}

/** What stands for origin, faith, health or family though it does not say so, or may never count (domain §5). */
const proxy =
  /postcode|wijk|adres|naam|iban|taal|geslacht|geboorte|leeftijd|nationaliteit|land|lidsta|school|onderwijs|partner|kind|gezin|bewoner|huishoud|leefvorm|alleenstaand|burgerlijk|verblijf|remigr|wajong|geheim|bezwaar|herstel|optout|tip/i

/** Handed over to be looked into: until then nothing is established. */
function isHint({ patroon }: ArrangementText): boolean {
  return patroon === 'signaal' || patroon === 'notificatie'
}

function lintInstruments(linting: Linting): void {
  const { drafts, law, place, say, incomplete } = linting
  const all = drafts.instrumenten.map(draft => draft.content)
  unique(all, one => one.id, 'id', 'dit instrument', linting)
  const arrangements = [...law.uitwisselingen.values()]
  const purposes = new Set(arrangements.map(one => one.doel.id))
  const hints = new Set(arrangements.filter(isHint).map(one => one.gegevensset))
  for (const one of all) {
    if (!law.partijen.has(one.eigenaar) && !incomplete.has('partijen')) {
      say(place(one, 'eigenaar'), 'deze partij is niet bekend', 'leg haar eerst vast in partijen/')
    }
    lintDays(one, linting)
    for (const [index, doel] of one.doelen.entries()) {
      if (!purposes.has(doel) && !incomplete.has('uitwisselingen')) {
        say(place(one.doelen, index), 'dit doel is van geen uitwisseling', alike(doel, purposes))
      }
    }
    for (const [index, name] of one.kenmerken.entries()) {
      const [set = '', veld = ''] = name.split('.')
      const field = law.gegevenssets.get(set)?.velden[veld]
      const at = place(one.kenmerken, index)
      if (!field && !incomplete.has('gegevenssets')) {
        say(at, 'dit kenmerk is geen veld van een gegevensset')
      } else if (
        field &&
        (field.categorie !== 'gewoon' || field.regime !== 'avg' || proxy.test(veld))
      ) {
        say(
          at,
          'op dit kenmerk mag niet worden geselecteerd: het is beschermd of zegt er iets over',
        )
      } else if (hints.has(set)) {
        say(at, 'op een signaal mag niet worden geselecteerd: het is nog niet bewezen')
      }
    }
  }
}

/** One organisation, or a kind of which each hands over its own: nobody is asked for what a kind holds. */
function lintProvider(text: ArrangementText, { law, place, say, incomplete }: Linting): void {
  const { verstrekker, via } = text
  if ((verstrekker.oin === undefined) === (verstrekker.soort === undefined)) {
    say(place(text, 'verstrekker'), 'de verstrekker heeft precies één van oin en soort')
  }
  if (verstrekker.soort !== undefined && !isSystematic(text)) {
    say(place(verstrekker, 'soort'), 'een soort verstrekkers kan alleen zelf aanleveren')
  }
  // Only of a doubt does the log say who gave and who was given.
  for (const side of [verstrekker, text.ontvangers]) {
    if (earlierKinds.some(one => one === side.soort) && text.patroon !== 'notificatie') {
      say(place(side, 'soort'), 'wie dit is, is alleen bekend bij een terugmelding (notificatie)')
    }
  }
  if (incomplete.has('partijen')) return
  for (const [index, oin] of via.entries()) {
    if (canProvide(verstrekker, law.partijen.get(oin))) {
      say(place(via, index), 'een tussenstation kan niet de verstrekker zijn')
    }
  }
}

/** A machine has nobody behind it who weighs or approves. */
function lintMachine({ voorwaarden, treden }: ArrangementText, { place, say }: Linting): void {
  const { systeemproces, functie } = voorwaarden
  if (systeemproces === undefined) {
    if (functie.length === 0) say(place(voorwaarden, 'functie'), 'deze lijst mag niet leeg zijn')
    return
  }
  for (const rung of treden) {
    if (rung.goedkeuring !== 'A0') {
      say(
        place(rung, 'goedkeuring'),
        'een systeemproces mag alleen wat geen motivering vraagt (A0)',
      )
    }
  }
}

/** Besluit SUWI art. 5.11, 5.15: what only systematic supply has, and what it may never hold. */
function lintSupply(text: ArrangementText, linting: Linting): void {
  const { law, place, say, incomplete } = linting
  const { signaal, patroon } = text
  if (text.ritme !== undefined && text.via.length === 0) {
    say(
      place(text, 'ritme'),
      'ritme heeft geen werking zonder via: bij wie wordt opgehaald',
      'laat dit weg',
    )
  }
  if (!isSystematic(text)) {
    for (const member of ['leveringsafspraak', 'ritme', 'signaal'] as const) {
      if (text[member] !== undefined)
        say(
          place(text, member),
          `${member} heeft geen werking bij patroon ${patroon}`,
          'laat dit weg',
        )
    }
    return
  }
  if (text.vorm !== 'levering') {
    say(place(text, 'patroon'), `patroon ${patroon} is er alleen voor vorm levering`)
  }
  if (patroon === 'signaal' && signaal === undefined) {
    say(
      place(text, 'patroon'),
      'signaal ontbreekt: hoe lang geldt het, en hoe kan het aflopen',
      'signaal: { geldig: P6M, afloop: afloop-signaal }',
    )
  }
  if (patroon === 'bulk' && signaal !== undefined) {
    say(place(text, 'signaal'), 'signaal heeft geen werking bij patroon bulk', 'laat dit weg')
  }
  if (signaal && !law.codelijsten.has(signaal.afloop) && !incomplete.has('codelijsten')) {
    say(place(signaal, 'afloop'), 'deze codelijst is niet bekend')
  }
  if (text.bewaren.antwoord === 'PT0S') {
    say(place(text.bewaren, 'antwoord'), 'een bericht moet op de ontvanger kunnen wachten')
  }
  for (const rung of text.treden) {
    if (rung.goedkeuring > 'A1') {
      say(place(rung, 'goedkeuring'), 'een regel kan niet door een tweede worden goedgekeurd')
    }
    if (rung.sleutel === 'geen') {
      say(place(rung, 'sleutel'), 'een regel gaat altijd over iemand of iets')
    }
  }
}

/** What only a delivery has, whom it goes to, and what it is weighed by. */
function lintDelivery(text: ArrangementText, set: Dataset, linting: Linting): void {
  const { law, place, say, incomplete } = linting
  const { weging, treden, vorm } = text
  const anonymous = treden.filter(rung => rung.sleutel === 'geen')
  for (const rung of anonymous) {
    if (vorm !== 'levering' || !rung.velden.every(veld => Object.hasOwn(set.afgeleid, veld))) {
      say(
        place(rung, 'sleutel'),
        'zonder betrokkene kan alleen in een levering, en alleen met afgeleide gegevens',
      )
    }
  }
  if (vorm !== 'levering') {
    if (weging !== undefined)
      say(place(text, 'weging'), 'weging heeft alleen werking bij een levering')
    return
  }
  const named = isSystematic(text) // a line may say which of them
  const receivers = [...law.partijen.values()].filter(
    ({ soort }) => soort === text.ontvangers.soort,
  )
  const active = receivers.filter(({ status }) => status === 'actief')
  // One that is suspended is refused when something is handed over; the set stays the law.
  if (!named && !incomplete.has('partijen') && (receivers.length === 0 || active.length > 1)) {
    say(place(text.ontvangers, 'soort'), 'een levering heeft precies één ontvanger')
  }
  if (weging === undefined) return
  const weighs = treden.some(({ velden }) => velden.includes(weging.voldoet))
  if (!weighs || set.afgeleid[weging.voldoet]?.type !== 'bool') {
    say(place(weging, 'voldoet'), 'dit is geen ja-of-nee-gegeven van een trede')
  }
  for (const rung of treden) {
    const fine = handedFields(rung, set).includes(weging.boete)
      ? set.velden[weging.boete]
      : undefined
    if (fine?.type !== 'bool' || !fine.verplicht) {
      say(
        place(rung, 'id'),
        `deze trede vraagt niet of er een boete is (${weging.boete}, verplicht)`,
      )
    }
  }
}

function lintLadder(text: ArrangementText, linting: Linting): void {
  const { place, say } = linting
  const earlier = new Map<string, Rung>()
  const fields = new Set<string>()
  const periods = text.voorwaarden.periode !== undefined
  for (const rung of text.treden) {
    if (earlier.has(rung.id)) say(place(rung, 'id'), 'deze trede bestaat al')
    for (const [index, veld] of rung.velden.entries()) {
      if (fields.has(veld)) say(place(rung.velden, index), 'dit veld staat al in een trede')
      fields.add(veld)
    }
    if (periods && rung.periodeMaanden === undefined) {
      say(
        place(rung, 'id'),
        'deze trede heeft geen periodeMaanden, maar er wordt een periode gevraagd',
      )
    }
    if (!periods && rung.periodeMaanden !== undefined) {
      say(
        place(rung, 'periodeMaanden'),
        'periodeMaanden heeft geen werking zonder periode',
        'laat dit weg',
      )
    }
    lintStep(rung, earlier, text, linting)
    earlier.set(rung.id, rung)
  }
}

/** A rung that nothing can open is a promise that nobody can keep. */
function lintStep(
  rung: Rung,
  earlier: ReadonlyMap<string, Rung>,
  text: ArrangementText,
  { law, place, say }: Linting,
): void {
  if (rung.na === undefined) {
    for (const member of ['vervolgAls', 'openVoor'] as const) {
      if (rung[member] !== undefined)
        say(place(rung, member), `${member} heeft geen werking zonder na`, 'laat dit weg')
    }
    return
  }
  const lighter = earlier.get(rung.na)
  if (!lighter) {
    say(
      place(rung, 'na'),
      'deze trede is niet te bereiken: na noemt geen lichtere trede',
      [...earlier.keys()].join(' of ') || 'laat na weg: dit is de lichtste trede',
    )
    return
  }
  if (rung.openVoor === undefined)
    say(place(rung, 'na'), 'openVoor ontbreekt: hoe lang staat deze trede open', 'openVoor: P3M')
  if (rung.vervolgAls === undefined) {
    say(
      place(rung, 'na'),
      'deze trede is niet te bereiken: vervolgAls ontbreekt',
      `vervolgAls: { ${lighter.velden[0]}: true }`,
    )
  }
  if (text.voorwaarden.zaak !== 'verplicht') {
    say(place(rung, 'na'), 'deze trede is niet te bereiken: zonder zaak wordt niets onthouden')
  }
  if (lighter.goedkeuring === 'AX') {
    say(place(rung, 'na'), 'deze trede is niet te bereiken: de lichtere trede is gesloten')
  }
  const set = law.gegevenssets.get(text.gegevensset)
  for (const veld of Object.keys(rung.vervolgAls ?? {})) {
    const derived = set && Object.hasOwn(set.afgeleid, veld) ? set.afgeleid[veld] : undefined
    if (!lighter.velden.includes(veld) || (set && derived?.type !== 'bool')) {
      say(
        place(rung.vervolgAls ?? {}, veld),
        `deze trede is niet te bereiken: dit is geen ja-of-nee-gegeven van trede ${lighter.id}`,
      )
    }
  }
}

const sensitive: readonly Category[] = ['bijzonder', 'strafrechtelijk', 'beschermd-kenmerk', 'bsn']

function lintFields(text: ArrangementText, set: Dataset, linting: Linting): void {
  const { law, place, say } = linting
  const explicit = new Map((text.bijzonder ?? []).map(one => [one.veld, one.grondslag]))
  for (const rung of text.treden) {
    const regimes = new Set<string>()
    for (const [index, veld] of rung.velden.entries()) {
      const at = place(rung.velden, index)
      if (Object.hasOwn(set.afgeleid, veld)) {
        lintSupplied(veld, text, set, at, linting)
        lintSelectedFrom(veld, text, set, at, linting)
        const parameter = set.afgeleid[veld]?.parameter
        if (parameter && !text.voorwaarden.parameters?.includes(parameter)) {
          say(at, `dit gegeven heeft de parameter ${parameter} nodig`)
        }
        continue
      }
      if (text.rijen === 'maand') {
        if (!Object.hasOwn(set.perMaand, veld)) {
          say(at, 'dit veld staat niet bij perMaand in de gegevensset')
        }
        continue
      }
      const field = Object.hasOwn(set.velden, veld) ? set.velden[veld] : undefined
      if (!field) {
        say(
          at,
          'dit veld staat niet in de gegevensset',
          alike(veld, [...Object.keys(set.velden), ...Object.keys(set.afgeleid)]),
        )
        continue
      }
      regimes.add(field.regime)
      if (field.categorie === 'bsn' && field.type !== 'bsn') {
        say(
          at,
          'een nummer van een ander heeft type bsn: wie dat is, heeft een eigen regel in het log',
        )
      }
      lintSupplied(veld, text, set, at, linting)
      const categories = new Set(categoriesOf(field, text, law))
      const found = sensitive.find(one => categories.has(one))
      if (found === undefined || text.onverenigbaar !== undefined) continue
      if (text.voorwaarden.selectiegrond !== undefined) {
        say(at, `op een gegeven met categorie ${found} mag niet worden geselecteerd`)
      }
      if (!explicit.has(veld))
        say(at, `categorie ${found} vraagt een uitdrukkelijke grondslag (bijzonder)`)
      else if (rung.goedkeuring < 'A2' && !isSystematic(text))
        say(at, `categorie ${found} vraagt goedkeuring A2 of hoger`)
    }
    if (regimes.size > 1)
      say(place(rung, 'velden'), 'velden van verschillende regimes mogen niet samen in een trede')
  }
  lintAddresses(text, set, linting)
  lintExemption(text, set, linting)
  lintExplicit(text, linting)
  lintAfterDeath(text, linting)
}

/** Who hides must be known to hide: by the case that says so, and by the register that says so (domain S32). */
function lintAddresses(text: ArrangementText, set: Dataset, { place, say }: Linting): void {
  if (text.vorm === 'levering') return
  for (const { velden } of text.treden) {
    for (const [index, veld] of velden.entries()) {
      const { type } = set.velden[veld] ?? set.afgeleid[veld] ?? {}
      if (type !== 'adres' && type !== 'adressen') continue
      if (text.voorwaarden.zaak !== 'verplicht') {
        say(
          place(velden, index),
          'een adres vraagt een zaak: alleen die zegt wie is afgeschermd (zaak: verplicht)',
        )
      }
      if (set.geheim === undefined) {
        say(place(velden, index), 'bij een adres zegt de gegevensset of het geheim is (geheim)')
      }
    }
  }
}

const neverSupplied: readonly Category[] = ['bijzonder', 'beschermd-kenmerk']

/** Besluit SUWI art. 5.11, 5.15: also of what is handed over to make a field of. */
function lintSupplied(
  veld: string,
  text: ArrangementText,
  set: Dataset,
  at: Place,
  { law, say }: Linting,
): void {
  if (!isSystematic(text)) return
  const inputs = set.afgeleid[veld]?.uit ?? [veld]
  const categories = inputs.flatMap(name => {
    const field = set.velden[name]
    return field ? categoriesOf(field, text, law) : []
  })
  const found = neverSupplied.find(one => categories.includes(one))
  if (found) say(at, `categorie ${found} hoort niet in een systematische levering`)
  const isExplicit = text.bijzonder?.some(one => one.veld === veld)
  if (categories.includes('strafrechtelijk') && Object.hasOwn(set.afgeleid, veld) && !isExplicit) {
    say(at, 'categorie strafrechtelijk vraagt een uitdrukkelijke grondslag (bijzonder)')
  }
}

/** Nobody is chosen by a yes or no that is made of what nobody may be chosen by. */
function lintSelectedFrom(
  veld: string,
  { voorwaarden }: ArrangementText,
  { afgeleid, velden }: Dataset,
  at: Place,
  { say }: Linting,
): void {
  if (voorwaarden.selectiegrond === undefined) return
  const inputs = afgeleid[veld]?.uit.flatMap(name => velden[name] ?? []) ?? []
  const found = sensitive.find(one => inputs.some(({ categorie }) => categorie === one))
  if (found) say(at, `op een gegeven uit categorie ${found} mag niet worden geselecteerd`)
}

/** Whoever asks what is above an exemption says which; a norm that nothing uses promises too much. */
function lintExemption(text: ArrangementText, set: Dataset, linting: Linting): void {
  const { law, place, say, incomplete } = linting
  const { vrijlating, treden } = text
  const needed = treden.some(({ velden }) =>
    velden.some(veld => Object.hasOwn(set.afgeleid, veld) && derivedAnswers[veld]?.vrijlating),
  )
  if (vrijlating === undefined) {
    if (needed) say(place(text, 'treden'), 'vrijlating ontbreekt: welke norm geldt hier')
    return
  }
  if (!needed)
    say(place(text, 'vrijlating'), 'vrijlating heeft geen werking bij deze velden', 'laat dit weg')
  if (!law.normen.has(vrijlating) && !incomplete.has('normen')) {
    say(place(text, 'vrijlating'), `de norm ${vrijlating} ontbreekt`)
  }
}

function lintExplicit(text: ArrangementText, { law, place, say, incomplete }: Linting): void {
  const fields = new Set(text.treden.flatMap(rung => rung.velden))
  for (const one of text.bijzonder ?? []) {
    if (!law.grondslagen.has(one.grondslag) && !incomplete.has('grondslagen')) {
      say(
        place(one, 'grondslag'),
        'deze grondslag is niet bekend',
        alike(one.grondslag, law.grondslagen.keys()),
      )
    }
    if (!fields.has(one.veld))
      say(place(one, 'veld'), 'dit veld staat in geen enkele trede', alike(one.veld, fields))
  }
}

function lintAfterDeath({ naOverlijden = [], treden }: ArrangementText, linting: Linting): void {
  const fields = new Set(treden.flatMap(rung => rung.velden))
  for (const [index, veld] of naOverlijden.entries()) {
    if (fields.has(veld) && naOverlijden.indexOf(veld) === index) continue
    linting.say(
      linting.place(naOverlijden, index),
      'dit veld staat in geen enkele trede, of staat hier twee keer',
    )
  }
}

/** Two arrangements for the same provider, kind, purpose and days contradict each other. */
function lintDoubles(linting: Linting): void {
  const texts = linting.drafts.uitwisselingen.map(draft => draft.content)
  unique(texts, text => text.id, 'id', 'deze uitwisseling', linting)
  for (const [index, text] of texts.entries()) {
    const twin = texts
      .slice(0, index)
      .find(
        one =>
          one.id !== text.id &&
          one.verstrekker.oin === text.verstrekker.oin &&
          one.verstrekker.soort === text.verstrekker.soort &&
          one.ontvangers.soort === text.ontvangers.soort &&
          one.doel.id === text.doel.id &&
          overlapping(one, text),
      )
    if (twin)
      linting.say(
        linting.place(text, 'doel'),
        `overlapt met ${twin.id}: zelfde verstrekker, ontvangers en doel`,
      )
  }
}

function lintCases(linting: Linting): void {
  const { law, drafts, place, say, incomplete } = linting
  const texts = drafts.gevallen.map(draft => draft.content)
  unique(texts, text => text.uitwisseling, 'uitwisseling', 'een bestand met deze gevallen', linting)
  for (const { content, place: file } of drafts.gevallen) {
    if (!law.uitwisselingen.has(content.uitwisseling) && !incomplete.has('uitwisselingen')) {
      say(place(content, 'uitwisseling'), 'deze uitwisseling is niet bekend')
    }
    if (file.file !== `uitwisselingen/${content.uitwisseling}.cases.yaml`) {
      say(
        place(content, 'uitwisseling'),
        `dit bestand moet ${content.uitwisseling}.cases.yaml heten`,
      )
    }
    lintCaseText(content, linting)
    if (incomplete.size > 0) continue
    for (const [index, one] of (law.gevallen.get(content.uitwisseling) ?? []).entries()) {
      const shown = runCase(one, law)
      if (shown !== undefined) say(place(content.gevallen, index), `dit geval klopt niet: ${shown}`)
    }
  }
  if (incomplete.size > 0) return
  for (const { content: text } of drafts.uitwisselingen) {
    const arrangement = law.uitwisselingen.get(text.id)
    if (arrangement) lintCoverage(arrangement, place(text, 'id'), linting)
  }
  lintNamed(linting)
}

/** What stands in a case and shows nothing: a word that is not there, or an answer that opens nothing. */
function lintCaseText(content: CasesText, linting: Linting): void {
  const { law, drafts, place, say, incomplete } = linting
  const text = drafts.uitwisselingen.find(one => one.content.id === content.uitwisseling)?.content
  if (text === undefined) return
  const { afspraken = {} } = content
  const said = promisable(text, law)
  // Half a set promises nothing: what is not read would break a promise that holds.
  for (const [path, promised] of incomplete.size > 0 ? [] : Object.entries(afspraken)) {
    const broken = brokenPromise(path, promised, said)
    if (broken !== undefined) say(place(afspraken, path), broken)
  }
  const known = new Set(text.treden.flatMap(rung => rung.velden))
  for (const one of content.gevallen) {
    const { grondslagen = [], gegeven, op = content.op } = one
    for (const [index, id] of grondslagen.entries()) {
      if (!law.grondslagen.has(id) && !incomplete.has('grondslagen'))
        say(place(grondslagen, index), 'deze grondslag is niet bekend')
    }
    const eerder = gegeven?.eerder
    if (typeof eerder !== 'object') continue
    if (Date.parse(eerder.op) > Date.parse(op)) {
      say(place(eerder, 'op'), `wat eerder is geantwoord, ligt niet na het geval zelf (${op})`)
    }
    for (const [index, veld] of eerder.velden.entries()) {
      if (!known.has(veld)) say(place(eerder.velden, index), 'dit veld staat in geen enkele trede')
    }
    if (typeof eerder.antwoord !== 'object') continue
    for (const veld of Object.keys(eerder.antwoord)) {
      if (!eerder.velden.includes(veld))
        say(place(eerder.antwoord, veld), 'dit veld is eerder niet gevraagd (velden)')
    }
  }
}

/** One case allows (or shows why it never can), and one shows each refusal this arrangement can give. */
function lintCoverage(arrangement: Arrangement, at: Place, linting: Linting): void {
  const { law, say } = linting
  const cases = law.gevallen.get(arrangement.id)
  if (!cases) {
    say(
      at,
      `er is geen ${arrangement.id}.cases.yaml`,
      'begin bij de gevallen van een uitwisseling die erop lijkt',
    )
    return
  }
  const canOpen =
    arrangement.onverenigbaar === undefined &&
    arrangement.bases.every(basis => basis.stand === 'vastgesteld' && basis.bevestigd)
  if (canOpen && !cases.some(one => one.dan.uitkomst === 'toegestaan')) {
    say(at, 'geen enkel geval laat zien wat wél mag', 'een geval met dan: toegestaan')
  }
  for (const condition of judgedBy.vraag) {
    if (!condition.applies(arrangement)) continue
    const shown = cases.some(one => condition.codes.some(code => one.dan.redenen.includes(code)))
    if (!shown)
      say(
        at,
        `geen enkel geval laat de weigering van '${condition.name}' zien`,
        `een geval met dan: geweigerd en redenen: [${condition.codes[0]}]`,
      )
  }
  lintAsked(arrangement, cases, linting)
}

/** What a rung gives must be seen in a case; a field added in passing would be noticed by nobody. */
function lintAsked({ treden }: Arrangement, cases: readonly Case[], linting: Linting): void {
  const asked = new Set(cases.flatMap(({ als }) => als.velden))
  for (const { velden } of treden) {
    for (const [index, veld] of velden.entries()) {
      if (asked.has(veld)) continue
      linting.say(
        linting.place(velden, index),
        'geen enkel geval vraagt dit veld',
        `een geval met velden: [${veld}]`,
      )
    }
  }
}

/** Whom it chooses, and for what, is seen in a case as well. */
function lintNamed({ law, drafts, place, say }: Linting): void {
  const named = new Set([...law.gevallen.values()].flat().map(({ als }) => als.selectieInstrument))
  for (const { content: one } of drafts.instrumenten) {
    if (named.has(one.id)) continue
    say(
      place(one, 'id'),
      'geen enkel geval noemt dit instrument',
      `een geval met selectieInstrument: ${one.id}`,
    )
  }
}
