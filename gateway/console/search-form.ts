// What may an officer fill in to search, and is it filled in well? Fields, and criteria made of them.
import type { Subject } from '../audit/seal.ts'
import type { Fragment } from '../html.ts'
import { texts } from '../policy/explain.ts'
import type { Arrangement, PolicySet } from '../policy/law.ts'
import { isDate } from '../policy/legal-time.ts'
import { visibleTo } from '../policy/visible.ts'
import type { Profile } from '../terms.ts'
import type { Officer } from './page.ts'
import { checkbox, choice, columns, fieldset, textField } from './parts.ts'
import { personKinds, readPerson, subjectOf } from './person.ts'
import { type Criteria, lineKinds, partyRoles, searchKinds } from './search.ts'
import { callKinds, codeText, outcomes } from './words.ts'

/** Why somebody looks for a person, case or employee. */
export const searchReasons = [
  ['inzageverzoek', 'Een burger vraagt inzage'],
  ['klacht', 'Een klacht'],
  ['toetsing', 'Toetsing van een verstrekking'],
  ['datalek', 'Een datalek'],
  ['controle', 'Een controle of audit'],
  ['anders', 'Iets anders, namelijk:'],
] as const

const objectKinds = [
  ['object/loonheffingennummer', 'Loonheffingennummer'],
  ['object/kvk', 'KVK-nummer'],
  ['object/adresseerbaarObject', 'Adresseerbaar object (BAG)'],
  ['object/lrk', 'Nummer in het LRK'],
] as const

type Options = readonly (readonly [value: string, text: string])[]

/** Criteria that may stand in a URL, by the name of their field; each a closed list or a date. */
const filters = [
  'partij',
  'rol',
  'uitwisseling',
  'doel',
  'grondslag',
  'veld',
  'uitkomst',
  'weigering',
  'soort',
  'regels',
  'afloop',
  'levering',
  'toetsing',
  'van',
  'totEnMet',
] as const
type Filter = (typeof filters)[number]

/** What can be chosen here and now: what exists for this organisation under the law of today. */
export function filterOptions(
  law: PolicySet,
  officer: Officer,
): Readonly<Partial<Record<Filter, Options>>> {
  const party = law.partijen.get(officer.oin)
  const visible = [...law.uitwisselingen.values()].filter(one => visibleTo(one, party))
  const own = visible.filter(
    ({ verstrekker, ontvangers, via }) =>
      verstrekker.oin === officer.oin ||
      ontvangers.soort === party?.soort ||
      via.includes(officer.oin),
  )
  const some = own.length > 0 ? own : visible
  const parties = [...law.partijen.values()].filter(
    ({ vertrouwelijk, oin }) =>
      !vertrouwelijk || oin === officer.oin || officer.rollen.includes('vertrouwelijk'),
  )
  return {
    partij: sorted(parties.map(({ oin, naam }) => [oin, naam])),
    rol: partyRoles.map(rol => [rol, `als ${roleTexts[rol]}`]),
    uitwisseling: sorted(some.map(({ id, titel }) => [id, titel])),
    doel: sorted(some.map(({ doel }) => [doel.id, doel.omschrijving])),
    grondslag: sorted(some.flatMap(({ bases }) => bases.map(basisOption))),
    veld: sorted(some.flatMap(fieldsOf).map(veld => [veld, veld])),
    uitkomst: Object.entries(outcomes)
      .filter(([code]) => !requestStates.includes(code))
      .map(([code, [, text]]) => [code, text]),
    weigering: sorted(Object.keys(texts).map(code => [code, codeText(code)])),
    soort: searchKinds.map(kind => [kind, callKinds[kind]]),
    toetsing: [['ontsnapping', 'Ja']],
    regels: [['apart', 'Elke regel apart']],
    afloop: sorted(some.flatMap(({ signaal }) => endings(law, signaal?.afloop))),
  }
}

const roleTexts: Readonly<Record<(typeof partyRoles)[number], string>> = {
  verstrekker: 'verstrekker',
  ontvanger: 'ontvanger',
  namens: 'opdrachtgever (namens)',
  via: 'tussenpersoon (via)',
}

function endings({ codelijsten }: PolicySet, list: string | undefined): Options {
  const { codes = [] } = codelijsten.get(list ?? '') ?? {}
  return codes.map(({ code, betekenis = code }) => [code, betekenis])
}

/** States of a request that are the outcome of no record. */
const requestStates = ['in-behandeling', 'gereed', 'afgeleverd']

function basisOption({ id, regeling, artikel }: Arrangement['bases'][number]) {
  if (/^\d/.test(artikel)) return [id, `${regeling}, artikel ${artikel}`] as const
  const part = /^(bijlage|hoofdstuk|paragraaf|titel) /.test(artikel)
  return [id, part ? `${regeling}, ${artikel}` : regeling] as const
}

function fieldsOf({ treden }: Arrangement): readonly string[] {
  return treden.flatMap(({ velden }) => velden)
}

/** Each value once. */
function sorted(options: Options): Options {
  return [...new Map(options)].sort(([, a], [, b]) => a.localeCompare(b, 'nl'))
}

export interface Asked {
  readonly criteria: Criteria
  /** Names of what was filled in; never what. */
  readonly filters: readonly string[]
  /** Of an ordinary search: what stands in its address. */
  readonly query: URLSearchParams
  readonly reden?: string
  readonly toelichting?: string
}

export type Faults = ReadonlyMap<string, string>

/** A value that was not offered is a fault, so that nothing typed can reach an address. */
export function readFilters(
  given: URLSearchParams | FormData,
  options: ReturnType<typeof filterOptions>,
): { readonly criteria: Criteria; readonly query: URLSearchParams; readonly faults: Faults } {
  const faults = new Map<string, string>()
  const query = new URLSearchParams()
  for (const name of filters) {
    const value = textOf(given, name)
    if (value === '') continue
    const fault = faultIn(name, value, options[name])
    if (fault === undefined) query.set(name, value)
    else faults.set(name, fault)
  }
  const [van = '', totEnMet = ''] = [query.get('van') ?? '', query.get('totEnMet') ?? '']
  if (van && totEnMet && totEnMet < van) {
    faults.set('totEnMet', 'Deze dag ligt vóór de eerste dag van de periode.')
  }
  const { weigering, regels, ...rest } = Object.fromEntries(query) as Criteria & {
    readonly weigering?: string
    readonly regels?: string
  }
  const apart =
    regels !== undefined ||
    rest.levering ||
    rest.afloop ||
    lineKinds.some(one => one === rest.soort)
  const criteria = {
    ...rest,
    ...(weigering && { reden: weigering }),
    ...(!apart && { zonderRegels: true as const }),
  }
  return { criteria, query, faults }
}

function faultIn(name: Filter, value: string, offered: Options | undefined): string | undefined {
  if (name === 'levering') {
    return uuid.test(value)
      ? undefined
      : 'Vul het nummer van het bestand in, zoals Sluis het geeft.'
  }
  if (offered) {
    return offered.some(([one]) => one === value) ? undefined : 'Kies iets uit de lijst.'
  }
  return isDate(value) ? undefined : 'Vul een datum in die bestaat.'
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Everything of the form: with a person, case or employee it needs a reason. */
export function readSearch(
  form: FormData,
  options: ReturnType<typeof filterOptions>,
  profile: Profile,
): { readonly asked: Asked } | { readonly faults: Faults } {
  const found = readFilters(form, options)
  const faults = new Map(found.faults)
  const subject = readSubject(form, profile, faults)
  const oin = textOf(form, 'organisatie')
  const [zaak, medewerker] = (['zaak', 'medewerker'] as const).map(name => {
    const value = textOf(form, name)
    if (value !== '' && !/^[A-Za-z0-9._/-]{1,64}$/.test(value)) {
      faults.set(name, 'Gebruik alleen letters, cijfers en . _ / -, ten hoogste 64 tekens.')
    }
    return value
  })
  if ((zaak || medewerker) && !options.partij?.some(([one]) => one === oin)) {
    faults.set('organisatie', 'Kies van welke organisatie de zaak of medewerker is.')
  }
  const sealed = {
    ...(subject && { betrokkene: subject }),
    ...(zaak && { zaak: [oin, zaak] as const }),
    ...(medewerker && { medewerker: [oin, medewerker] as const }),
  }
  const reden = textOf(form, 'reden')
  const toelichting = textOf(form, 'toelichting').slice(0, 1_000)
  const personal = ['nummer', 'zaak', 'medewerker'].some(name => textOf(form, name) !== '')
  if (personal && !searchReasons.some(([one]) => one === reden)) {
    faults.set('reden', 'Kies waarom u naar een persoon, zaak of medewerker zoekt.')
  }
  if (personal && reden === 'anders' && toelichting === '') {
    faults.set('toelichting', 'Schrijf op waarom u zoekt.')
  }
  if (faults.size > 0) return { faults }
  // About somebody every line counts.
  const { zonderRegels, ...rest } = found.criteria
  return {
    asked: {
      criteria: { ...rest, ...(!personal && zonderRegels && { zonderRegels }), ...sealed },
      filters: [...Object.keys(sealed), ...found.query.keys()],
      query: found.query,
      ...(personal && { reden, ...(toelichting && { toelichting }) }),
    },
  }
}

/** A number that is wrong is a fault at its field, without the number. */
function readSubject(
  form: FormData,
  profile: Profile,
  faults: Map<string, string>,
): Subject | undefined {
  const soort = textOf(form, 'persoonSoort')
  const nummer = textOf(form, 'nummer')
  if (nummer === '') return undefined
  const object = objectKinds.find(([kind]) => kind === soort)
  if (object) {
    const waarde = nummer.replace(/\s/g, '')
    if (!/^[0-9A-Za-z.]{1,32}$/.test(waarde)) {
      faults.set('nummer', 'Gebruik alleen letters, cijfers en punten.')
    }
    const kind = object[0].slice('object/'.length) as NonNullable<Subject['object']>['soort']
    return { object: { soort: kind, waarde } }
  }
  const read = readPerson(soort, nummer, profile)
  if ('person' in read) return subjectOf(read.person)
  faults.set(read.field === 'soort' ? 'persoonSoort' : read.field, read.fault)
  return undefined
}

export function textOf(given: URLSearchParams | FormData, name: string): string {
  const value = given.get(name)
  return typeof value === 'string' ? value.trim() : ''
}

/** The form again, with what was chosen from lists; what was typed about a person is typed again. */
export function searchFields(
  given: URLSearchParams | FormData,
  {
    options,
    faults,
    officer,
  }: {
    readonly options: ReturnType<typeof filterOptions>
    readonly faults: Faults
    readonly officer: Officer
  },
): readonly Fragment[] {
  const error = (name: string) => faults.get(name)
  const pick = (name: Filter, label: string, none = 'Alles') =>
    choice({
      name,
      label,
      options: [['', none], ...(options[name] ?? [])],
      value: textOf(given, name),
      error: error(name),
    })
  const date = (name: 'van' | 'totEnMet', label: string) =>
    textField({ name, label, type: 'date', value: dateOf(given, name), error: error(name) })
  return [
    fieldset(
      'Persoon, zaak of medewerker',
      choice({
        name: 'persoonSoort',
        label: 'Soort nummer',
        options: [...personKinds, ...objectKinds],
        value: textOf(given, 'persoonSoort') || personKinds[0][0],
        error: error('persoonSoort'),
      }),
      textField({
        name: 'nummer',
        label: 'Nummer',
        help: 'U ziet het nummer niet terug op de pagina. Het komt niet in het adres.',
        error: error('nummer'),
      }),
      textField({ name: 'zaak', label: 'Zaaknummer', error: error('zaak') }),
      textField({
        name: 'medewerker',
        label: 'Medewerker die de vraag stelde',
        help: 'Zoals de ontvanger de medewerker noemt.',
        error: error('medewerker'),
      }),
      choice({
        name: 'organisatie',
        label: 'Organisatie van de zaak of de medewerker',
        options: options.partij ?? [],
        value: textOf(given, 'organisatie') || officer.oin,
        error: error('organisatie'),
      }),
      choice({
        name: 'reden',
        label: 'Waarom u zoekt',
        help: 'Nodig als u naar een persoon, zaak of medewerker zoekt. De reden komt in het logboek.',
        options: [['', 'Maak een keuze'], ...searchReasons],
        value: textOf(given, 'reden'),
        error: error('reden'),
      }),
      textField({
        name: 'toelichting',
        label: 'Toelichting',
        lines: 2,
        error: error('toelichting'),
      }),
    ),
    fieldset(
      'Organisatie, doel en gegevens',
      columns(
        pick('partij', 'Organisatie', 'Alle organisaties'),
        pick('rol', 'Rol van deze organisatie', 'In elke rol'),
        pick('uitwisseling', 'Uitwisseling'),
        pick('doel', 'Doel'),
        pick('grondslag', 'Grondslag'),
        pick('veld', 'Gevraagd gegeven'),
      ),
    ),
    fieldset(
      'Wanneer en met welke uitkomst',
      columns(
        date('van', 'Vanaf'),
        date('totEnMet', 'Tot en met'),
        pick('uitkomst', 'Uitkomst'),
        pick('weigering', 'Reden van weigering'),
        pick('soort', 'Soort contact'),
        pick('afloop', 'Afloop van een signaal'),
        pick('regels', 'Regels uit bestanden', 'Alleen het bestand als geheel'),
        textField({
          name: 'levering',
          label: 'Nummer van een bestand',
          help: 'Dan ziet u de regels van dat bestand.',
          value: faults.has('levering') ? '' : textOf(given, 'levering'),
          error: error('levering'),
        }),
      ),
      checkbox({
        name: 'toetsing',
        label: 'Alleen waar de afspraak zelf vraagt om toetsing achteraf',
        value: 'ontsnapping',
        checked: textOf(given, 'toetsing') === 'ontsnapping',
      }),
    ),
  ]
}

/** Not what is no date: that may be anything. */
function dateOf(given: URLSearchParams | FormData, name: string): string {
  const value = textOf(given, name)
  return isDate(value) ? value : ''
}
