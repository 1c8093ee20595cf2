// What does `decide` need at hand? Turns read files into the frozen PolicySet, with every bound and set made once.
import type { ExchangeTerms, Facts, Moment, Oin, Profile, Question } from '../terms.ts'
import type { basesFile, casesFile, partiesFile } from './format.ts'
import { rungsAfter } from './ladder.ts'
import {
  type Arrangement,
  type ArrangementText,
  type BasisText,
  type Case,
  type Category,
  type CodeList,
  type Dataset,
  type DatasetText,
  type Field,
  type InstrumentText,
  isAddress,
  type LegalBasis,
  type Norm,
  type PolicyFile,
  type PolicySet,
  type RegisteredParty,
  regimesOf,
  type SelectionInstrument,
  type Sensitive,
} from './law.ts'
import { midnight, span } from './legal-time.ts'
import { rowSchema } from './row-schema.ts'
import type { Place, Read } from './shape.ts'
import { isConfidential } from './visible.ts'

type Content<R> = R extends Read<infer T> ? T : never
export interface Draft<T> {
  readonly place: Place
  readonly content: T
}

/** What was read of each file, before anything is known of the others. */
export interface Drafts {
  readonly grondslagen: Draft<Content<typeof basesFile>>[]
  readonly normen: Draft<Norm>[]
  readonly codelijsten: Draft<CodeList>[]
  readonly partijen: Draft<Content<typeof partiesFile>>[]
  readonly gegevenssets: Draft<DatasetText>[]
  readonly instrumenten: Draft<InstrumentText>[]
  readonly uitwisselingen: Draft<ArrangementText>[]
  readonly gevallen: Draft<CasesText>[]
}
export type CasesText = Content<typeof casesFile>

/** Total over any drafts: what refers to nothing is left out here and told by lint.ts. */
export function buildLaw(
  drafts: Drafts,
  files: readonly PolicyFile[],
  digest: string,
  profiel: Profile,
): PolicySet {
  const grondslagen = byKey(
    drafts.grondslagen.flatMap(({ content }) =>
      content.grondslagen.map(basis => buildBasis(basis, content.regeling, content.bron)),
    ),
    basis => basis.id,
  )
  const codelijsten = byKey(drafts.codelijsten.map(contentOf), list => list.id)
  const partijen = byKey(drafts.partijen.flatMap(buildParties), party => party.oin)
  const parts = { grondslagen, codelijsten, partijen }
  const uitwisselingen = byKey(
    drafts.uitwisselingen.map(({ content }) =>
      buildArrangement(
        content,
        parts,
        drafts.gegevenssets.find(set => set.content.id === content.gegevensset)?.content,
      ),
    ),
    arrangement => arrangement.id,
  )
  return freezeDeep({
    digest,
    epoch: digest,
    noodrem: [],
    profiel,
    files: [...files],
    normen: byKey(drafts.normen.map(contentOf), norm => norm.id),
    gegevenssets: byKey(
      drafts.gegevenssets.map(({ content }) => buildDataset(content)),
      set => set.id,
    ),
    instrumenten: byKey(drafts.instrumenten.map(buildInstrument), one => one.id),
    uitwisselingen,
    gevallen: new Map(
      drafts.gevallen.map(({ content }) => [
        content.uitwisseling,
        buildCases(content, uitwisselingen.get(content.uitwisseling)),
      ]),
    ),
    ...parts,
  })
}

function contentOf<T>(draft: Draft<T>): T {
  return draft.content
}

function byKey<T>(items: readonly T[], key: (item: T) => string): Map<string, T> {
  return new Map(items.map(item => [key(item), item]))
}

function buildBasis(basis: BasisText, regeling: string, bron: string): LegalBasis {
  const buiten = basis.buitenToepassing
  return {
    ...basis,
    regeling,
    bron,
    geldig: span(basis.geldigVan, basis.geldigTot),
    buitenVan: buiten ? midnight(buiten.van) : Number.POSITIVE_INFINITY,
  }
}

function buildParties({ content }: Drafts['partijen'][number]): RegisteredParty[] {
  return content.partijen.map(party => ({
    ...party,
    vertrouwelijk: party.vertrouwelijk ?? false,
    vertegenwoordigt: (party.vertegenwoordigt ?? []).map(({ geldigTot, ...one }) => ({
      ...one,
      ...(geldigTot === undefined ? {} : { geldigTot }),
      geldig: span(one.geldigVan, geldigTot),
    })),
  }))
}

function buildInstrument({ content }: Draft<InstrumentText>): SelectionInstrument {
  const { geldigVan, geldigTot, evaluerenVoor } = content
  const geldig = span(geldigVan, geldigTot)
  return { ...content, geldig: { ...geldig, tot: Math.min(geldig.tot, midnight(evaluerenVoor)) } }
}

function buildDataset(set: DatasetText): Dataset {
  return {
    ...set,
    afgeleid: set.afgeleid ?? {},
    perMaand: set.perMaand ?? {},
    schema: rowSchema(set),
  }
}

function buildArrangement(
  text: ArrangementText,
  law: Pick<PolicySet, 'grondslagen' | 'codelijsten' | 'partijen'>,
  set: DatasetText | undefined,
): Arrangement {
  const bases = text.grondslagen.flatMap(id => law.grondslagen.get(id) ?? [])
  const rungOf = new Map(text.treden.flatMap(rung => rung.velden.map(veld => [veld, rung])))
  const gevoelig = sensitive(text, law, set)
  return {
    ...text,
    vertrouwelijk: isConfidential(text, law.partijen),
    levertAan: text.vorm === 'levering' ? onlyReceiver(text, law.partijen) : undefined,
    geldig: span(text.geldigVan, text.geldigTot),
    dpiaTot: text.dpia ? span(undefined, text.dpia.uiterlijk).tot : Number.NEGATIVE_INFINITY,
    afspraakVan: text.leveringsafspraak
      ? midnight(text.leveringsafspraak.datum)
      : Number.POSITIVE_INFINITY,
    bases,
    rungOf,
    functies: new Set(text.voorwaarden.functie),
    parameters: new Map(
      (text.voorwaarden.parameters ?? []).map(name => [
        name,
        new Set((law.codelijsten.get(name)?.codes ?? []).map(code => code.code)),
      ]),
    ),
    gevoelig,
    isApart: [...gevoelig.values()].some(({ apart }) => apart),
    isGemengd: regimesOf(rungOf.keys(), gevoelig).size > 1,
    terms: {
      uitwisseling: text.id,
      doel: { id: text.doel.id, omschrijving: text.doel.omschrijving },
      grondslagen: bases.map(({ artikel, id, regeling }) => ({ artikel, id, regeling })),
      via: text.via,
      verwerkingsactiviteit: {
        ontvangst: text.ontvangers.verwerkingsactiviteit,
        verstrekking: text.verstrekker.verwerkingsactiviteit,
      },
      gegevensset: text.gegevensset,
      bron: set?.bron ?? '',
      ...persons(text, set),
      logTermijn: text.bewaren.log,
    },
  }
}

/** Fields of an ordinary category and regime that are no address ask nothing of a decision. */
function sensitive(
  text: ArrangementText,
  law: Pick<PolicySet, 'grondslagen' | 'codelijsten'>,
  set: DatasetText | undefined,
): ReadonlyMap<string, Sensitive> {
  const { treden, bijzonder = [], grondslagen: whole } = text
  const found = new Map<string, Sensitive>()
  for (const veld of treden.flatMap(({ velden }) => velden)) {
    const explicit = bijzonder.find(one => one.veld === veld)
    const made = set?.velden[veld] ? undefined : (set?.afgeleid?.[veld] ?? set?.perMaand?.[veld])
    const inputs = (made?.uit ?? [veld]).flatMap(name => set?.velden[name] ?? [])
    const grondslag = explicit && law.grondslagen.get(explicit.grondslag)
    // What is made of special data hides it, unless the arrangement itself says that it is special.
    const own = made && !explicit ? [] : inputs
    const categories = own.flatMap(field => categoriesOf(field, text, law))
    const special = categories.find(one => one !== 'gewoon') ?? 'gewoon'
    const categorie = categories.includes('strafrechtelijk') ? 'strafrechtelijk' : special
    const regimes = [...new Set(inputs.map(field => field.regime))]
    const isAdres = isAddress(made ?? set?.velden[veld])
    const isPlain = categorie === 'gewoon' && regimes.every(one => one === 'avg')
    if (isPlain && !isAdres && !explicit) continue
    const needs = categorie !== 'gewoon' || explicit !== undefined
    const apart = needs && !whole.includes(explicit?.grondslag ?? '')
    found.set(veld, { categorie, regimes, isAdres, apart, ...(grondslag && { grondslag }) })
  }
  return found
}

/** Its own, and those of the codes it may hold in this arrangement. */
export function categoriesOf(
  { categorie, codelijst = '' }: Field,
  { relaties }: ArrangementText,
  { codelijsten }: Pick<PolicySet, 'codelijsten'>,
): Category[] {
  const codes = codelijsten.get(codelijst)?.codes ?? []
  return [
    categorie,
    ...codes
      .filter(code => relaties === undefined || relaties.includes(code.klasse ?? ''))
      .flatMap(code => code.categorie ?? []),
  ]
}

/** Absent in most: what is not there costs a question nothing. */
function persons(
  { treden }: ArrangementText,
  set: DatasetText | undefined,
): Pick<ExchangeTerms, 'persoonsvelden'> {
  const persoonsvelden = treden
    .flatMap(({ velden }) => velden)
    .filter(veld => set?.velden[veld]?.type === 'bsn')
  return persoonsvelden.length > 0 ? { persoonsvelden } : {}
}

/** Who receives when nobody is named: there is one that may, or none does. */
function onlyReceiver(
  { ontvangers }: ArrangementText,
  partijen: PolicySet['partijen'],
): Oin | undefined {
  const active = [...partijen.values()].filter(
    ({ soort, status }) => soort === ontvangers.soort && status === 'actief',
  )
  return active.length === 1 ? active[0]?.oin : undefined
}

function buildCases(text: CasesText, arrangement: Arrangement | undefined): Case[] {
  return text.gevallen.map(one => {
    const merged: Partial<Question> = { ...text.vraag, ...one.als }
    for (const member of one.zonder ?? []) delete (merged as Record<string, unknown>)[member]
    const als: Question = {
      ontvanger: '',
      velden: [],
      zaak: false,
      systeemproces: false,
      ...merged,
      uitwisseling: text.uitwisseling,
    }
    const { grondslagen, redenen = [] } = one
    const op = one.op ?? text.op
    return {
      naam: one.naam,
      op,
      gegeven: factsOf(one.gegeven ?? {}, arrangement, Date.parse(op)),
      als,
      dan: { uitkomst: one.dan, redenen, ...(grondslagen && { grondslagen }) },
    }
  })
}

/** What an earlier answer in the case opened stands open, if it did not lapse: as it does for a real one. */
function factsOf(
  { eerder, ...given }: NonNullable<CasesText['gevallen'][number]['gegeven']>,
  arrangement: Arrangement | undefined,
  now: Moment,
): Facts {
  const facts = { treden: [], noodrem: [], ...given }
  if (typeof eerder !== 'object') return { ...facts, ...(eerder !== undefined && { eerder }) }
  const { velden, antwoord } = eerder
  const answer =
    typeof antwoord === 'string'
      ? { velden, resultaat: antwoord, antwoord: [] }
      : { velden, resultaat: 'gegevens' as const, antwoord: [antwoord] }
  const opened = arrangement ? rungsAfter(answer, arrangement, Date.parse(eerder.op)) : []
  const open = opened.filter(fact => fact.open && now < fact.vervalt).map(({ trede }) => trede)
  return { ...facts, treden: [...facts.treden, ...open] }
}

/** Freezes objects, arrays, and maps and sets (whose changing methods are closed off). */
function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (value instanceof Map || value instanceof Set) {
    const closed = () => {
      throw new TypeError('the policy set is frozen')
    }
    for (const method of ['set', 'add', 'delete', 'clear']) {
      Object.defineProperty(value, method, { value: closed })
    }
    for (const item of value.values()) freezeDeep(item)
  }
  Object.freeze(value)
  for (const member of Object.values(value)) freezeDeep(member)
  return value
}
