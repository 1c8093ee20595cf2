// Which cells has a policy file, and what can each become? One small change of law for every value that says something.

import { partyKinds } from '../gateway/policy/format.ts'
import type { ArrangementText, PolicySet } from '../gateway/policy/law.ts'
import { addDays } from '../gateway/policy/legal-time.ts'
import type { Tree } from '../gateway/policy/shape.ts'

/** Where a cell is, and what a change may look around at. */
export interface Cell {
  readonly tree: Tree
  readonly law: PolicySet
  /** The exchange that the file is; absent in any other file. */
  readonly exchange: ArrangementText | undefined
}

/** What a cell becomes; undefined takes it away. */
export type Next = Tree | undefined
type Change = (cell: Cell) => readonly Next[]

export type Path = readonly (string | number)[]

/** `afspraak`: no decision shows it, so `afspraken` says it; else a case does. */
export interface CellKind {
  readonly change: Change
  readonly shownBy: 'geval' | 'afspraak'
}

type Value = Exclude<Tree['value'], ReadonlyMap<string, unknown> | readonly Tree[]>

const as = (tree: Tree, value: Value): Tree => ({ place: tree.place, value })
const items = ({ value }: Tree): readonly Tree[] => (Array.isArray(value) ? value : [])
const words = (tree: Tree): readonly string[] => items(tree).map(item => String(item.value))

const gone: Change = () => [undefined]

function all(...changes: readonly Change[]): Change {
  return cell => changes.flatMap(change => change(cell))
}

const day: Change = ({ tree }) => [-1, 1].map(days => as(tree, addDays(String(tree.value), days)))

const duration: Change = ({ tree }) => {
  const [, count, unit] = /^P(\d+)([DMY])$/.exec(String(tree.value)) ?? []
  if (count === undefined) return [as(tree, 'P1D')]
  return [-1, 1].map(more => as(tree, `P${Number(count) + more}${unit}`))
}

const number: Change = ({ tree }) => [-1, 1].map(more => as(tree, Number(tree.value) + more))

const flipped: Change = ({ tree }) => [as(tree, tree.value !== true)]

function others(...values: readonly Value[]): Change {
  return ({ tree }) => values.filter(value => value !== tree.value).map(value => as(tree, value))
}

/** The name that follows it among those that could stand there. */
function another(choice: (cell: Cell) => readonly string[]): Change {
  return cell => {
    const names = choice(cell).filter(name => name !== cell.tree.value)
    const next = names.find(name => name > String(cell.tree.value)) ?? names[0]
    return next === undefined ? [] : [as(cell.tree, next)]
  }
}

/** One more in a list: the first that could stand there and does not. */
function oneMore(choice: (cell: Cell) => readonly string[]): Change {
  return cell => {
    const next = choice(cell).find(name => !words(cell.tree).includes(name))
    if (next === undefined) return []
    return [{ place: cell.tree.place, value: [...items(cell.tree), as(cell.tree, next)] }]
  }
}

const approvals = ['A0', 'A1', 'A2', 'A3', 'AX']
const oneStep: Change = ({ tree }) => {
  const at = approvals.indexOf(String(tree.value))
  return [approvals[at - 1], approvals[at + 1]].flatMap(next =>
    next === undefined ? [] : [as(tree, next)],
  )
}

/** In no exchange: who is nobody may not ask, and somebody's case says so. */
const stranger = () => ['baliemedewerker']
const otherWord = (word: string) => oneMore(() => [word])

const bases = ({ law, exchange }: Cell) =>
  [...law.grondslagen.keys()].sort().filter(id => !exchange?.grondslagen.includes(id))
const kinds = () => [...partyKinds].sort()
const purposes = ({ law }: Cell) => [...law.uitwisselingen.values()].map(one => one.doel.id).sort()
const parties = ({ law }: Cell) => [...law.partijen.keys()].sort()
const between = ({ law, exchange }: Cell) =>
  [...law.partijen.values()]
    .filter(({ oin, soort }) => {
      const { verstrekker, ontvangers } = exchange ?? {}
      return oin !== verstrekker?.oin && ![verstrekker?.soort, ontvangers?.soort].includes(soort)
    })
    .map(({ oin }) => oin)
    .sort()

/** What the source holds and this exchange gives to nobody. */
const held = ({ law, exchange }: Cell) => {
  const set = law.gegevenssets.get(exchange?.gegevensset ?? '')
  const given = new Set(exchange?.treden.flatMap(({ velden }) => velden))
  const own = exchange?.rijen === 'maand' ? set?.perMaand : set?.velden
  return [...Object.keys(set?.afgeleid ?? {}), ...Object.keys(own ?? {})].filter(
    name => !given.has(name),
  )
}
const asked = ({ exchange }: Cell) => exchange?.treden.flatMap(({ velden }) => velden) ?? []
const rungs = ({ exchange }: Cell) => exchange?.treden.map(({ id }) => id) ?? []
const classes = ({ law, exchange }: Cell) => {
  const set = law.gegevenssets.get(exchange?.gegevensset ?? '')
  const list = set?.velden[set.soort ?? '']?.codelijst
  return law.codelijsten.get(list ?? '')?.codes.flatMap(({ klasse }) => klasse ?? []) ?? []
}

const presence = all(others('verplicht', 'toegestaan'), gone)

const decided = (change: Change): CellKind => ({ change, shownBy: 'geval' })
const promised = (change: Change): CellKind => ({ change, shownBy: 'afspraak' })

type Cells = Readonly<Record<string, CellKind>>
export type Folder =
  | 'grondslagen'
  | 'normen'
  | 'codelijsten'
  | 'partijen'
  | 'gegevenssets'
  | 'instrumenten'
  | 'uitwisselingen'

/** By the path of the cell, in which `*` is an item of a list or a name of the file's own. */
export const cells: Readonly<Record<Folder, Cells>> = {
  uitwisselingen: {
    'doel.id': promised(another(purposes)),
    'verstrekker.avg': promised(others('6-1-c', '6-1-e')),
    'verstrekker.oin': promised(another(between)),
    'verstrekker.soort': promised(another(kinds)),
    'ontvangers.avg': promised(others('6-1-c', '6-1-e')),
    'ontvangers.soort': decided(another(kinds)),
    via: promised(oneMore(between)),
    'via.*': decided(gone),
    'grondslagen.*': decided(all(gone, another(bases))),
    patroon: decided(others('synchroon', 'asynchroon', 'signaal', 'bulk', 'notificatie')),
    vorm: decided(gone),
    gegevensset: promised(another(({ law }) => [...law.gegevenssets.keys()].sort())),
    sleutel: decided(others('bsn', 'kvk', 'loonheffingennummer', 'adresseerbaarObject', 'lrk')),
    relaties: promised(all(gone, oneMore(classes))),
    'relaties.*': promised(gone),
    rijen: promised(gone),
    vrijlating: promised(another(({ law }) => [...law.normen.keys()].sort())),
    leveringsafspraak: decided(gone),
    'leveringsafspraak.datum': decided(day),
    ritme: promised(all(others('maand', 'dag'), gone)),
    'signaal.geldig': promised(duration),
    'signaal.afloop': promised(another(({ law }) => [...law.codelijsten.keys()].sort())),
    'termijn.antwoord': promised(duration),
    'termijn.goedkeuring': promised(duration),
    'termijn.herinneringen': promised(gone),
    'termijn.herinneringen.*': promised(all(gone, duration)),
    goedkeurders: decided(oneMore(stranger)),
    'goedkeurders.*': decided(gone),
    'voorwaarden.functie': decided(oneMore(stranger)),
    'voorwaarden.functie.*': decided(gone),
    'voorwaarden.zaak': decided(presence),
    'voorwaarden.periode': decided(presence),
    'voorwaarden.peildatum': decided(presence),
    'voorwaarden.motivering': decided(presence),
    'voorwaarden.parameters': decided(
      all(
        gone,
        oneMore(({ law }) => [...law.codelijsten.keys()].sort()),
      ),
    ),
    'voorwaarden.parameters.*': decided(gone),
    'voorwaarden.fase': decided(all(gone, otherWord('opsporing'))),
    'voorwaarden.fase.*': decided(gone),
    'voorwaarden.aanleiding': decided(
      all(
        gone,
        oneMore(({ law }) => law.codelijsten.get('aanleiding')?.codes.map(c => c.code) ?? []),
      ),
    ),
    'voorwaarden.aanleiding.*': decided(gone),
    'voorwaarden.selectiegrond': decided(
      all(
        gone,
        oneMore(() => ['regulier', 'signaal', 'aselect', 'risicomodel', 'knock-out']),
      ),
    ),
    'voorwaarden.selectiegrond.*': decided(gone),
    'voorwaarden.buitenlands': decided(gone),
    'voorwaarden.buitenlands.landen': decided(oneMore(() => ['DE', 'FR', 'LU'])),
    'voorwaarden.buitenlands.landen.*': decided(gone),
    'voorwaarden.buitenlands.vereist': decided(flipped),
    'voorwaarden.handtekening': decided(gone),
    'voorwaarden.systeemproces': decided(gone),
    'voorwaarden.gescheidenFasen': decided(gone),
    'voorwaarden.gescheidenFasen.*': decided(gone),
    'voorwaarden.gescheidenFuncties': decided(all(gone, oneMore(stranger))),
    'voorwaarden.gescheidenFuncties.*': decided(gone),
    'voorwaarden.optOut': promised(gone),
    'treden.*': decided(gone),
    'treden.*.velden': decided(oneMore(held)),
    'treden.*.velden.*': decided(all(gone, another(held))),
    'treden.*.goedkeuring': decided(oneStep),
    'treden.*.na': decided(all(gone, another(rungs))),
    'treden.*.vervolgAls': decided(gone),
    'treden.*.vervolgAls.*': decided(all(gone, flipped)),
    'treden.*.openVoor': decided(duration),
    'treden.*.periodeMaanden': decided(all(gone, number)),
    'treden.*.versheid': decided(all(gone, duration)),
    'treden.*.terug': decided(all(gone, duration)),
    'treden.*.sleutel': decided(gone),
    weging: decided(gone),
    'weging.voldoet': promised(another(asked)),
    'weging.boete': promised(another(asked)),
    naOverlijden: promised(all(gone, oneMore(asked))),
    'naOverlijden.*': promised(gone),
    onverenigbaar: decided(gone),
    'onverenigbaar.grondslag': decided(another(bases)),
    bijzonder: decided(gone),
    'bijzonder.*': decided(gone),
    'bijzonder.*.veld': promised(another(asked)),
    'bijzonder.*.grondslag': promised(another(bases)),
    grenzen: decided(gone),
    'grenzen.perZaakPerDag': decided(all(gone, number)),
    'grenzen.perPartijPerUur': decided(all(gone, number)),
    'grenzen.personenPer30Dagen': promised(all(gone, number)),
    ontsnapping: decided(gone),
    'ontsnapping.redenen': decided(otherWord('gemak')),
    'ontsnapping.redenen.*': decided(gone),
    'ontsnapping.afsluitenBinnen': promised(duration),
    'verboden.*': promised(gone),
    'bewaren.log': promised(duration),
    'bewaren.antwoord': promised(duration),
    dpia: decided(gone),
    'dpia.herzienOp': promised(day),
    'dpia.uiterlijk': decided(day),
    geldigVan: decided(day),
    geldigTot: decided(all(gone, day)),
  },
  grondslagen: {
    'grondslagen.*.stand': decided(others('voorstel', 'vastgesteld')),
    'grondslagen.*.geldigVan': decided(all(gone, day)),
    'grondslagen.*.geldigTot': decided(all(gone, day)),
    'grondslagen.*.buitenToepassing': decided(gone),
    'grondslagen.*.buitenToepassing.van': decided(day),
    'grondslagen.*.bevestigd': decided(gone),
  },
  partijen: {
    'partijen.*': decided(gone),
    // the kind that may ask most; of those themselves, another
    'partijen.*.soort': decided(({ tree }) => [
      as(tree, tree.value === 'college' ? 'servicecentrum' : 'college'),
    ]),
    'partijen.*.status': decided(others('actief', 'geschorst', 'beeindigd')),
    'partijen.*.vertrouwelijk': promised(flipped),
    'partijen.*.vertegenwoordigt.*': decided(gone),
    'partijen.*.vertegenwoordigt.*.oin': decided(another(parties)),
    'partijen.*.vertegenwoordigt.*.soort': decided(others('mandaat', 'delegatie')),
    'partijen.*.vertegenwoordigt.*.taken.*': decided(all(gone, another(purposes))),
    'partijen.*.vertegenwoordigt.*.geldigVan': decided(day),
    'partijen.*.vertegenwoordigt.*.geldigTot': decided(all(gone, day)),
  },
  codelijsten: {
    'codes.*': decided(gone),
    'codes.*.klasse': decided(gone),
    'codes.*.categorie': decided(gone),
  },
  gegevenssets: {
    'velden.*.categorie': promised(({ tree }) => [
      as(tree, tree.value === 'gewoon' ? 'bijzonder' : 'gewoon'),
    ]),
    'velden.*.regime': promised(({ tree }) => [as(tree, tree.value === 'avg' ? 'wpg' : 'avg')]),
    'velden.*.alleenJa': promised(gone),
    geheim: decided(gone),
  },
  instrumenten: {
    eigenaar: decided(another(parties)),
    soort: decided(others('risicomodel', 'knock-out', 'steekproef')),
    'doelen.*': decided(all(gone, another(purposes))),
    'kenmerken.*': promised(gone),
    geldigVan: decided(day),
    geldigTot: decided(day),
    evaluerenVoor: decided(day),
  },
  normen: {},
}

interface Absent {
  readonly of: string
  readonly name: string
  readonly values: readonly Plain[]
  /** What to add to the cases, so that it is noticed. */
  readonly hint: string
}

/** What is not there and could be. */
export const absent: Readonly<Partial<Record<Folder, readonly Absent[]>>> = {
  uitwisselingen: [
    condition('zaak', ['verplicht', 'toegestaan'], 'met zaakrelatie: anders, dat hier mag'),
    condition('periode', ['verplicht', 'toegestaan'], 'met een periode, dat hier niet mag'),
    condition('peildatum', ['verplicht', 'toegestaan'], 'met een peildatum, dat hier niet mag'),
    condition('motivering', ['verplicht'], 'zonder motivering, dat mag'),
    condition('handtekening', ['verplicht'], 'zonder handtekening, dat mag'),
    condition('systeemproces', ['toegestaan'], 'met systeemproces: true en zonder functie'),
  ],
  grondslagen: [
    {
      of: 'grondslagen.*',
      name: 'bevestigd',
      values: [{ op: '2026-11-22', tekstversie: 'een tekst' }],
      hint: 'een geval waarin deze grondslag onbevestigd in de weg staat (grondslagen: […])',
    },
    {
      of: 'grondslagen.*',
      name: 'buitenToepassing',
      values: [{ van: '2020-01-01', uitspraak: 'een uitspraak' }],
      hint: 'een geval met grondslagen: [… die in de weg staan]',
    },
  ],
  partijen: [
    {
      of: 'partijen.*',
      name: 'vertrouwelijk',
      values: [true],
      hint: 'afspraken: { vertrouwelijk: false }',
    },
  ],
}

function condition(name: string, values: readonly Plain[], hint: string): Absent {
  return { of: 'voorwaarden', name, values, hint: `een geval ${hint}` }
}

export type Plain = Value | { readonly [name: string]: Plain }

const prose = 'tekst voor wie leest; niets beslist erop'
const reference = 'wijst naar wat buiten dit beleid staat'
const name = 'een naam: wat ernaar wijst, controleert de linter'
const computing = 'rekenregel: test/policy/derive*.test.ts, minimise.test.ts en plausible.test.ts'
const technical = 'hoe een bron het spelt: adapters/conformance.ts en test/policy/minimise.test.ts'
const keys = 'sleutels staan in de kopie van elke machine: test/policy/party-keys.test.ts'

/** What is not changed, and why. */
export const leftOut: Readonly<Record<Folder, Readonly<Record<string, string>>>> = {
  uitwisselingen: {
    id: name,
    versie: name,
    titel: prose,
    betrokkenen: prose,
    'doel.omschrijving': prose,
    'doel.functiegebied': prose,
    'verstrekker.verwerkingsactiviteit': reference,
    'ontvangers.verwerkingsactiviteit': reference,
    'leveringsafspraak.kenmerk': reference,
    'leveringsafspraak.publicatie': reference,
    'treden.*.id': name,
    'onverenigbaar.met': prose,
    'bewaren.logGrond': prose,
    'bewaren.ontvanger': prose,
    'dpia.referentie': reference,
  },
  grondslagen: {
    regeling: prose,
    bron: reference,
    'grondslagen.*.id': name,
    'grondslagen.*.artikel': prose,
    'grondslagen.*.toelichting': prose,
    'grondslagen.*.buitenToepassing.uitspraak': reference,
    'grondslagen.*.bevestigd.op': prose,
    'grondslagen.*.bevestigd.tekstversie': prose,
    'grondslagen.*.data.*.soort': prose,
    'grondslagen.*.data.*.onderdeel': prose,
    'grondslagen.*.data.*.van': prose,
  },
  partijen: {
    profiel: name,
    'partijen.*.oin': name,
    'partijen.*.naam': prose,
    'partijen.*.contact.verantwoordelijke': prose,
    'partijen.*.contact.fg': prose,
    'partijen.*.vertegenwoordigt.*.besluit': reference,
    'partijen.*.sleutels': keys,
    'partijen.*.goedkeurders': keys,
    'partijen.*.postadres': reference,
  },
  codelijsten: {
    id: name,
    titel: prose,
    bron: reference,
    'codes.*.code': name,
    'codes.*.betekenis': prose,
    'codes.*.geldigVan': computing,
    'codes.*.geldigTot': computing,
  },
  gegevenssets: {
    id: name,
    versie: name,
    bron: name,
    titel: prose,
    'velden.*.titel': prose,
    'velden.*.type': technical,
    'velden.*.lengte': technical,
    'velden.*.eenheid': technical,
    'velden.*.codelijst': technical,
    'velden.*.verplicht': technical,
    relatie: technical,
    aanvang: technical,
    einde: technical,
    soort: technical,
    tijdvak: technical,
    betaler: technical,
    afgeleid: computing,
    perMaand: computing,
    aannemelijk: computing,
  },
  instrumenten: {
    id: name,
    naam: prose,
    dpia: reference,
    iama: reference,
    algoritmeregister: reference,
  },
  normen: { '': 'een beslissing ziet geen bedragen: test/policy/derive*.test.ts en load.test.ts' },
}

/** Members whose names are the file's own. */
export const ownNames: readonly string[] = ['velden', 'afgeleid', 'perMaand', 'vervolgAls']
