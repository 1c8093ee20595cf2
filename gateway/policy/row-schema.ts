// What may one row of a source's answer hold? A dataset as JSON Schema 2020-12; schema.ts compiles it.
import { compileDataset } from '../schema.ts'
import type {
  Dataset,
  DatasetText,
  DerivedField,
  Field,
  FieldType,
  MonthlyFieldText,
  PolicySet,
} from './law.ts'

type Schema = Readonly<Record<string, unknown>>

const amount = Number.MAX_SAFE_INTEGER
const month: Schema = { type: 'string', pattern: '^[0-9]{4}-(0[1-9]|1[0-2])$' }
const day: Schema = { type: 'string', format: 'date' }
const short = (maxLength: number): Schema => ({ type: 'string', minLength: 1, maxLength })

function closed(required: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema {
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(required),
    properties: { ...required, ...optional },
  }
}

const address = closed(
  {
    gebruik: { type: 'string', enum: ['feitelijk', 'correspondentie'] },
    van: { type: 'string', enum: ['persoon', 'eenheid'] },
    vorm: { type: 'string', enum: ['straat', 'postbus', 'straatBuitenland', 'postbusBuitenland'] },
  },
  {
    datumAanvang: day,
    datumEinde: day,
    ...Object.fromEntries(
      [
        'locatie',
        'postcode',
        'woonplaats',
        'gemeente',
        'straat',
        'huisnummer',
        'huisnummertoevoeging',
        'woonbootverwijzing',
        'woonwagenverwijzing',
        'postbusnummer',
        'regio',
        'landcode',
        'land',
      ].map(name => [name, short(80)]),
    ),
  },
)

/** One Dutch or foreign address as base registers give it. */
const adres = closed(
  {},
  {
    straat: short(80),
    huisnummer: { type: 'integer', minimum: 0, maximum: 99_999 },
    huisletter: short(1),
    toevoeging: short(4),
    postcode: short(10),
    woonplaats: short(80),
    landcode: short(4),
  },
)

const sector = closed(
  {},
  { risicogroep: short(8), datumAanvang: day, datumEinde: day, sector: short(8) },
)

/** A child of the person asked about: of nobody's business but the source's. */
const child = closed(
  {},
  {
    burgerservicenummer: short(9),
    voornamen: short(200),
    voorvoegsel: short(10),
    achternaam: short(200),
    geslacht: short(8),
    geboortedatum: day,
    kinderbijslag: { type: 'boolean' },
    woonsituatie: short(8),
    woonland: short(4),
  },
)

/** Whoever lives at the same address: counted, and of nobody's business but the source's. */
const housemate = closed(
  {},
  { burgerservicenummer: short(9), naam: short(200), geboortedatum: day, relatie: short(8) },
)

const list = (items: Schema): Schema => ({ type: 'array', maxItems: 50, uniqueItems: true, items })

const types: Record<FieldType, (field: Pick<Field, 'lengte'>) => Schema> = {
  int: () => ({ type: 'integer', minimum: 0, maximum: amount }),
  cent: () => ({ type: 'integer', minimum: -amount, maximum: amount }),
  uren: () => ({ type: 'number', multipleOf: 0.25, minimum: -100_000, maximum: 100_000 }),
  procent: () => ({ type: 'number', multipleOf: 0.01, minimum: 0, maximum: 100 }),
  bool: () => ({ type: 'boolean' }),
  code: ({ lengte }) =>
    lengte === undefined
      ? { type: 'string', pattern: '^[A-Za-z0-9]{1,8}$' }
      : { type: 'string', pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: lengte },
  date: () => day,
  tekst: field => short(field.lengte ?? 200),
  periode: () => closed({ van: day, tot: { anyOf: [day, { type: 'null' }] } }),
  adres: () => adres,
  adressen: () => ({ type: 'array', maxItems: 100, items: address }),
  sectoren: () => ({ type: 'array', maxItems: 100, items: sector }),
  codes: () => list({ type: 'string', pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 40 }),
  teksten: field => list(short(field.lengte ?? 200)),
  maand: () => month,
  bsn: () => ({ type: 'string', pattern: '^[0-9]{9}$' }),
  kinderen: () => ({ type: 'array', maxItems: 100, items: child }),
  medebewoners: () => ({ type: 'array', maxItems: 1_000, items: housemate }),
}

/** What the law asks before it may leave at all. */
const onlyYes: Schema = { type: 'boolean', const: true }

export function rowSchema(
  set: DatasetText,
  narrower: Readonly<Record<string, Schema>> = {},
): Schema {
  const fields = Object.entries(set.velden)
  return {
    type: 'object',
    additionalProperties: false,
    required: fields.filter(([, field]) => field.verplicht).map(([name]) => name),
    properties: {
      ...Object.fromEntries(fields.map(([name, field]) => [name, types[field.type](field)])),
      ...narrower,
    },
  }
}

/**
 * What the provider itself hands over may leave out fields: which it must give, the decision says.
 * Where only a yes may be said it is asked here: it is a value, and the decision sees none.
 */
export function handedCheck(dataset: Dataset): RowCheck {
  const known = compiledHanded.get(dataset)
  if (known) return known
  const yes = Object.entries(dataset.velden).filter(([, { alleenJa }]) => alleenJa)
  const made = compileDataset({
    ...rowSchema(dataset, Object.fromEntries(yes.map(([name]) => [name, onlyYes]))),
    required: [],
  })
  compiledHanded.set(dataset, made)
  return made
}

/** A code that is made here is a word, longer than those of a source. */
const madeCode: Schema = { type: 'string', pattern: '^[A-Za-z0-9-]{1,40}$' }
function valueSchema(field: Field | DerivedField | MonthlyFieldText): Schema {
  if (field.type === 'maand') return month
  if (!('uit' in field)) return types[field.type](field)
  return field.type === 'code' ? madeCode : types[field.type]({})
}

/** A check of `{waarde}` by the type of one field, whether it is a source's or made here. */
export function valueCheck(field: Field | DerivedField | MonthlyFieldText): RowCheck {
  const known = compiledValue.get(field)
  if (known) return known
  const made = compileDataset(closed({ waarde: valueSchema(field) }))
  compiledValue.set(field, made)
  return made
}

export type RowCheck = ReturnType<typeof compileDataset>

const compiled = new WeakMap<Dataset, RowCheck>()
const compiledHanded = new WeakMap<Dataset, RowCheck>()
const compiledValue = new WeakMap<object, RowCheck>()

/** Compiles what a source's answers are checked by, so that no first answer waits for it. */
export function withRowChecks(law: PolicySet): PolicySet {
  for (const dataset of law.gegevenssets.values()) rowCheck(dataset)
  return law
}

/** The compiled schema of a dataset: faults of one row, or an empty list. Compiled once per loaded set. */
export function rowCheck(dataset: Dataset): RowCheck {
  const known = compiled.get(dataset)
  if (known) return known
  const made = compileDataset(dataset.schema)
  compiled.set(dataset, made)
  return made
}
