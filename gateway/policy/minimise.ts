// What may leave? Checks a source's answer and builds the release from the allowed fields (design P3).
import { type SourceAnswer, SourceError, type SourceOrigin } from '../adapter.ts'
import type {
  Answer,
  LegalDate,
  Moment,
  Oin,
  Origin,
  Period,
  PermittedExchange,
  Profile,
  Release,
  RoomRow,
} from '../terms.ts'
import { correctedRow } from './corrected.ts'
import { derivedAnswers } from './derive.ts'
import { monthlyFields } from './derive-monthly.ts'
import { rungsAfter } from './ladder.ts'
import type { Arrangement, Dataset, PolicySet } from './law.ts'
import { isDate, legalDate } from './legal-time.ts'
import { classOf, type Material, months, overlaps, type Row, statementOf } from './material.ts'
import { handedCheck, type RowCheck, rowCheck } from './row-schema.ts'
import { type Kept, keptBack, shielded, staleFields, type Withheld } from './withheld.ts'

export interface MinimiseOptions {
  readonly now: Moment
  readonly profile: Profile
  /** The ladder's key of this case and person (fact-keys.ts caseKey); undefined opens no rung. */
  readonly sleutel: string | undefined
  /** What a corrected value corrects, told with it. */
  readonly correctie?: Answer['correctie']
  /** correctie: whether the corrected address is secret, as its provider says. */
  readonly geheim?: boolean
}

const maxRows = 5_000
const maxSubjectLength = 64
const maxDrift = 20

function unusable(message: string, drift: readonly string[]): SourceError {
  return new SourceError('source-malformed', message, { drift })
}

/**
 * @throws SourceError source-malformed: the answer is not what was agreed and nothing of it leaves;
 * `drift` names fields, never values
 */
export function minimise(
  answer: SourceAnswer,
  permitted: PermittedExchange,
  law: PolicySet,
  options: MinimiseOptions,
): Release {
  const { request, decision, terms } = permitted
  const arrangement = law.uitwisselingen.get(terms.uitwisseling)
  const dataset = law.gegevenssets.get(terms.gegevensset)
  if (law.epoch !== decision.epoch || !arrangement || !dataset) {
    throw new Error('minimise needs the policy set that decided')
  }
  checkOrigin(answer.herkomst)
  const velden = decision.vraag.velden
  const made =
    answer.resultaat === 'gegevens'
      ? build(answer, permitted, arrangement, dataset, law, options)
      : unknown(answer, { velden, arrangement }, options)
  // In the order of names: so it is imprinted and sent (RFC 8785), without being sorted again.
  const antwoord: Answer = {
    antwoord: made.rijen,
    beleid: terms.beleid,
    bewaarregel: arrangement.bewaren.ontvanger,
    ...(options.correctie && { correctie: options.correctie }),
    doel: terms.doel,
    gebruiksbeperkingen: restrictions(arrangement, dataset, velden),
    grondslagen: terms.grondslagen,
    herkomst: {
      bron: terms.verstrekker,
      inOnderzoek: investigated(
        answer.herkomst,
        [...told(velden, made.verzwegen), ...made.mark.filter(veld => !velden.includes(veld))],
        arrangement,
        dataset,
      ),
      kwaliteit: answer.herkomst.kwaliteit,
      ontvangenOp: new Date(options.now).toISOString(),
      peildatum: answer.herkomst.peildatum,
      volledigTotEnMet: answer.herkomst.volledigTotEnMet,
    },
    nietGeleverd: made.nietGeleverd,
    ...(options.profile === 'test' && { omgeving: 'test' }),
    resultaat: answer.resultaat === 'gegevens' ? made.resultaat : answer.resultaat,
    transactie: request.transactie,
    uitwisseling: terms.uitwisseling,
    velden,
  }
  return {
    antwoord,
    verstrekt: [...velden, ...made.mark.filter(veld => !velden.includes(veld))].filter(veld =>
      made.geleverd.has(veld),
    ),
    weggelaten: velden.filter(veld => !made.geleverd.has(veld)),
    aantal: made.rijen.length > 0 && decision.vraag.sleutel !== undefined ? 1 : 0,
    rijen: ladderRows(antwoord, arrangement, options),
  }
}

interface Built {
  readonly resultaat: Answer['resultaat']
  readonly rijen: readonly Row[]
  readonly nietGeleverd: Answer['nietGeleverd']
  readonly geleverd: ReadonlySet<string>
  /** Fields of which nothing may be said about this person, doubt neither. */
  readonly verzwegen: readonly string[]
  /** What goes along with an address without being asked. */
  readonly mark: readonly string[]
}

const nothing: Built = {
  resultaat: 'geenGegevens',
  rijen: [],
  nietGeleverd: [],
  geleverd: new Set(),
  verzwegen: [],
  mark: [],
}

/** That the source knows nobody is told; that it says so from data that are too old, too. */
function unknown(
  { resultaat, herkomst }: SourceAnswer,
  asked: { readonly velden: readonly string[]; readonly arrangement: Arrangement },
  { now }: MinimiseOptions,
): Built {
  if (resultaat !== 'geenGegevens') return nothing
  return { ...nothing, nietGeleverd: staleFields(asked, herkomst, now) }
}

function build(
  answer: Extract<SourceAnswer, { resultaat: 'gegevens' }>,
  { request, decision }: PermittedExchange,
  arrangement: Arrangement,
  dataset: Dataset,
  law: PolicySet,
  { now, profile, geheim }: MinimiseOptions,
): Built {
  if (decision.vraag.stap === 'correctie') {
    const asked = { velden: decision.vraag.velden, arrangement, dataset }
    return setRight(asked, answer.rijen, geheim)
  }
  const isHanded = arrangement.vorm === 'levering'
  if (isHanded) checkRows(answer.rijen, handedCheck(dataset))
  else {
    checkSubject(answer, (request.body.object ?? request.body.betrokkene)?.waarde)
    checkRows(answer.rijen, rowCheck(dataset))
  }
  const { ontvanger, namens, parameters, periode, peildatum } = decision.vraag
  const vandaag = legalDate(now)
  checkDeath(answer.overleden, vandaag)
  if (answer.vervangt !== undefined) return silent(decision.vraag.velden, 'nummerVervangen')
  const asked = { velden: decision.vraag.velden, arrangement, dataset }
  const kept = keptBack(asked, answer, now)
  const verzwegen = kept.withheld.map(({ veld }) => veld)
  const velden = told(asked.velden, [...verzwegen, ...(kept.mark ? [kept.mark.veld] : [])])
  const day = peildatum ?? vandaag
  const days = periode ?? { van: day, totEnMet: day }
  // Who is handed over for is the provider: what it pays itself is what it tells.
  const rows = withoutOwnPayments(answer.rijen, dataset, [ontvanger, isHanded ? undefined : namens])
  const about = (uit: readonly string[]): Material => ({
    rows,
    dataset,
    law,
    profile,
    periode: days,
    volledigTotEnMet: answer.herkomst.volledigTotEnMet,
    vandaag,
    leefvorm: parameters?.leefvorm,
    parameters,
    vrijlating: arrangement.vrijlating,
    inOnderzoek: answer.herkomst.inOnderzoek.some(one => uit.includes(one.veld)),
  })
  const derived: Record<string, unknown> = {}
  for (const veld of velden) {
    const definition = dataset.afgeleid[veld]
    if (definition === undefined) continue
    const rule = derivedAnswers[veld]
    if (rule === undefined) throw new Error('a loaded policy names an unknown derived answer')
    derived[veld] = rule.compute(about(definition.uit))
  }
  const rowFields = velden.filter(veld => !Object.hasOwn(derived, veld))
  const hasDerived = rowFields.length < velden.length
  const chosen =
    arrangement.rijen === 'maand'
      ? perMonth(rowFields, dataset, about)
      : choose(rows, rowFields, {
          ...{ relaties: arrangement.relaties, dataset, law, vandaag, parameters },
          periode: isHanded ? undefined : days,
        })
  const projected = chosen.rows.map(row => project(row, velden, derived, chosen.present))
  const rijen = projected.length === 0 && hasDerived ? [{ ...derived }] : projected
  const reden = chosen.unknownKind ? 'soortOnbekend' : 'geenGegevens'
  const made = marked(rijen, kept)
  return {
    ...made,
    resultaat:
      made.rijen.length > 0 || chosen.unknownKind || verzwegen.length > 0
        ? 'gegevens'
        : 'geenGegevens',
    nietGeleverd: [
      ...kept.withheld,
      ...rowFields
        .filter(veld => !chosen.present.has(veld) || chosen.unknownKind)
        .map(veld => ({ veld, reden })),
      ...asked.velden
        .filter(veld => veld === kept.mark?.veld && made.mark.length === 0)
        .map(veld => ({ veld, reden })),
    ],
    geleverd: new Set([...Object.keys(derived), ...chosen.present, ...made.mark]),
    verzwegen,
  }
}

/** The mark of a secret address on every row; where all that was asked stays back, on one of its own. */
function marked(rijen: readonly Row[], { mark, withheld }: Kept): Pick<Built, 'rijen' | 'mark'> {
  const isHidden = withheld.some(({ reden }) => reden === 'afgeschermd')
  const rows = rijen.length === 0 && isHidden ? [{}] : rijen
  if (!mark || rows.length === 0) return { rijen: rows, mark: [] }
  return { rijen: rows.map(row => ({ ...row, [mark.veld]: mark.waarde })), mark: [mark.veld] }
}

/**
 * What is set right is given as it was handed over, derived answers too: nothing is computed from it.
 * An address of which nobody said whether it is secret is held to be.
 */
function setRight(
  asked: {
    readonly velden: readonly string[]
    readonly arrangement: Arrangement
    readonly dataset: Dataset
  },
  [gegevens = {}]: readonly Row[],
  geheim = true,
): Built {
  const { velden, arrangement, dataset } = asked
  const row = correctedRow(velden, gegevens, arrangement, dataset)
  if (!row) throw unusable('De verbeterde waarde past niet bij het gegeven.', velden)
  const kept = shielded(asked, [], geheim)
  const verzwegen = kept.withheld.map(({ veld }) => veld)
  const given = told(velden, verzwegen)
  const made = marked([Object.fromEntries(given.map(veld => [veld, row[veld]]))], kept)
  return {
    ...made,
    resultaat: 'gegevens',
    nietGeleverd: kept.withheld,
    geleverd: new Set([...given, ...made.mark]),
    verzwegen,
  }
}

/** Nothing is said but why; the number that came instead is for the base register to tell. */
function silent(velden: readonly string[], reden: Withheld['reden']): Built {
  return {
    ...nothing,
    nietGeleverd: velden.map(veld => ({ veld, reden })),
    verzwegen: velden,
  }
}

function told(velden: readonly string[], verzwegen: readonly string[]): readonly string[] {
  return verzwegen.length === 0 ? velden : velden.filter(veld => !verzwegen.includes(veld))
}

/** About whom was asked, or about the number that replaced it and says so; else no answer. */
function checkSubject(
  { betrokkene, vervangt }: Extract<SourceAnswer, { resultaat: 'gegevens' }>,
  asked: string | undefined,
): void {
  const about = vervangt ?? betrokkene
  const known = typeof about === 'string' && about.length <= maxSubjectLength && about === asked
  if (known && (vervangt === undefined || betrokkene !== vervangt)) return
  throw unusable('Het antwoord van de bron gaat niet over wie is gevraagd.', ['betrokkene'])
}

function checkDeath(overleden: LegalDate | undefined, vandaag: LegalDate): void {
  if (overleden === undefined || (isDate(overleden) && overleden <= vandaag)) return
  throw unusable('De dag van overlijden in het antwoord van de bron klopt niet.', ['overleden'])
}

function checkRows(rijen: readonly Row[], check: RowCheck): void {
  if (!Array.isArray(rijen) || rijen.length > maxRows) {
    throw unusable('Het antwoord van de bron is te groot of geen lijst.', ['rijen'])
  }
  const drift = new Set<string>()
  for (const row of rijen) for (const fault of check(row)) drift.add(nameOnly(fault.pointer))
  if (drift.size === 0) return
  throw unusable(
    'Het antwoord van de bron heeft andere velden dan is afgesproken.',
    [...drift].sort().slice(0, maxDrift),
  )
}

/** A field name the source made up may itself be personal data: only a plain name is told. */
function nameOnly(pointer: string): string {
  const name = pointer.slice(1).replaceAll('/', '.')
  return /^[A-Za-z][A-Za-z_.-]{0,63}(\d{1,3}[A-Za-z_.-]{0,63})*$/.test(name) ? name : '*'
}

function checkOrigin(origin: SourceOrigin): void {
  const faults = [
    !isDate(origin.peildatum) && 'peildatum',
    !isDate(origin.volledigTotEnMet) && 'volledigTotEnMet',
    !['A', 'B', 'C', 'D'].includes(origin.kwaliteit) && 'kwaliteit',
    !origin.inOnderzoek.every(one => isDate(one.sinds)) && 'inOnderzoek',
  ].filter(name => name !== false)
  if (faults.length === 0) return
  throw unusable('De herkomst bij het antwoord van de bron klopt niet.', faults)
}

/** A relation the asker or its principal pays itself is no news to it (positions 9-17 of its OIN). */
export function withoutOwnPayments(
  rows: readonly Row[],
  { betaler, relatie }: Dataset,
  parties: readonly (Oin | undefined)[],
): readonly Row[] {
  if (betaler === undefined) return rows
  const own = new Set<unknown>(parties.flatMap(oin => (oin === undefined ? [] : oin.slice(8, 17))))
  const relations = new Set(
    rows
      .filter(row => own.has(row[betaler]))
      .map(row => (relatie === undefined ? row : row[relatie])),
  )
  if (relations.size === 0) return rows
  return rows.filter(row => !relations.has(relatie === undefined ? row : row[relatie]))
}

interface Chosen {
  readonly rows: readonly Row[]
  /** Fields that at least one of these rows has. */
  readonly present: ReadonlySet<string>
  readonly unknownKind: boolean
}

/** A row for every month asked about, each field computed from all the rows of that month. */
function perMonth(
  rowFields: readonly string[],
  dataset: Dataset,
  about: (uit: readonly string[]) => Material,
): Chosen {
  const present = new Set<string>()
  const made = months(about([])).map((): Record<string, unknown> => ({}))
  for (const veld of rowFields) {
    const rule = monthlyFields[veld]
    const material = about(dataset.perMaand[veld]?.uit ?? [])
    if (rule === undefined) throw new Error('a loaded policy names an unknown field per month')
    for (const [index, month] of months(material).entries()) {
      const value = rule.compute(material, month)
      if (value === undefined) continue
      present.add(veld)
      Object.assign(made[index] ?? {}, { [veld]: value })
    }
  }
  return { rows: rowFields.length === 0 ? [] : made, present, unknownKind: false }
}

/** The rows whose fields may be given: of the allowed classes, with a statement in the asked period. */
function choose(
  rows: readonly Row[],
  rowFields: readonly string[],
  about: {
    readonly relaties: Arrangement['relaties']
    readonly dataset: Dataset
    readonly law: PolicySet
    readonly vandaag: LegalDate
    /** One with the name of a field asks for the rows of that value alone. */
    readonly parameters: Readonly<Record<string, string>> | undefined
    /** Absent when who handed over chose the rows. */
    readonly periode: Period | undefined
  },
): Chosen {
  const { relaties, dataset, law, vandaag, parameters = {}, periode } = about
  const present = new Set<string>()
  if (rowFields.length === 0) return { rows: [], present, unknownKind: false }
  let unknownKind = false
  const wanted = Object.entries(parameters).filter(([name]) => Object.hasOwn(dataset.velden, name))
  const chosen = rows.filter(row => {
    if (wanted.some(([name, value]) => row[name] !== value)) return false
    if (periode !== undefined && dataset.tijdvak !== undefined) {
      const statement = statementOf(row, dataset)
      if (!statement || !overlaps(statement, periode.van, periode.totEnMet)) return false
    }
    if (relaties === undefined) return true
    const klasse = classOf(row, dataset, law, (periode?.van ?? vandaag) as LegalDate)
    if (klasse === undefined) unknownKind = true
    return klasse !== undefined && relaties.includes(klasse)
  })
  for (const row of chosen) {
    for (const veld of rowFields) if (row[veld] !== undefined) present.add(veld)
  }
  return { rows: chosen, present, unknownKind }
}

/** A new object with the asked fields in the order asked; a field one row lacks is null there. */
function project(
  row: Row,
  velden: readonly string[],
  derived: Row,
  present: ReadonlySet<string>,
): Row {
  const made: Record<string, unknown> = {}
  for (const veld of velden) {
    if (Object.hasOwn(derived, veld)) made[veld] = derived[veld]
    else if (present.has(veld)) made[veld] = structuredClone(row[veld] ?? null)
  }
  return made
}

/** Doubt about an input of a derived answer is told as doubt about that answer, not about the input. */
function investigated(
  { inOnderzoek }: SourceOrigin,
  velden: readonly string[],
  { rijen }: Arrangement,
  { afgeleid, perMaand }: Dataset,
): Origin['inOnderzoek'] {
  const made = rijen === 'maand' ? { ...perMaand, ...afgeleid } : afgeleid
  return velden.flatMap(veld => {
    const inputs = made[veld]?.uit ?? [veld]
    const since = inOnderzoek.filter(one => inputs.includes(one.veld)).map(one => one.sinds)
    const sinds = since.sort()[0]
    return sinds === undefined ? [] : [{ veld, sinds }]
  })
}

function restrictions(
  { verboden }: Arrangement,
  dataset: Dataset,
  velden: readonly string[],
): readonly string[] {
  return [
    ...verboden.map(use => `Niet gebruiken voor ${use}.`),
    ...velden.flatMap(veld => {
      const label = dataset.afgeleid[veld]?.label
      return label === undefined ? [] : `${veld}: ${label}.`
    }),
  ]
}

/** Which rungs this disclosure opens or closes; the latest decides (design §4). */
function ladderRows(
  answer: Answer,
  arrangement: Arrangement,
  { now, sleutel }: MinimiseOptions,
): readonly RoomRow[] {
  if (sleutel === undefined) return []
  return rungsAfter(answer, arrangement, now).map(fact => ({
    tabel: 'policy.case_fact',
    waarden: { sleutel, uitwisseling: arrangement.id, ...fact, tijd: now },
  }))
}
