// Logboek: where does the log stand, is it whole, who looked in it, and what does an auditor take away?
import { type Fragment, type Html, html } from '../html.ts'
import { addDays, isDate, legalDate } from '../policy/legal-time.ts'
import type { LogName } from '../terms.ts'
import { makeBundle } from './bundle.ts'
import { type Exported, isFormat, makeExport } from './export.ts'
import {
  type Comparison,
  compareCheckpoint,
  type LookFilter,
  type LookPlace,
  looksOf,
  type Step,
  verifySteps,
} from './logbook.ts'
import { lookTable, roleNames } from './look-words.ts'
import { type Desk, logsOf, type Page, type Role, type View, type Visit } from './page.ts'
import {
  anchor,
  choice,
  facts,
  faultList,
  filterForm,
  form,
  heading,
  list,
  moment,
  notice,
  pager,
  paragraph,
  textField,
} from './parts.ts'
import { filterOptions, textOf } from './search-form.ts'

const readers: readonly Role[] = ['privacy-officer', 'fg', 'beveiligingsfunctionaris']
const all: readonly Role[] = [...readers, 'beheerder']

export const logbookPages: readonly Page[] = [
  { path: '/logboek', menu: 'Logboek', roles: all, show },
  { path: '/logboek/checkpoint/:log', roles: all, show: checkpoint },
  { path: '/logboek/controle', roles: all, act: verify },
  { path: '/logboek/vergelijking', roles: all, act: compare },
  { path: '/logboek/blikken', roles: readers, show: looks },
  { path: '/logboek/uitvoer', roles: readers, act: takeAway },
]

const logText: Readonly<Record<LogName, string>> = {
  gewoon: 'Gewoon logboek',
  vertrouwelijk: 'Vertrouwelijk logboek',
}

export function number(value: number): string {
  return value.toLocaleString('nl-NL')
}

async function show(visit: Visit, desk: Pick<Desk, 'head' | 'law' | 'clock'>): Promise<View> {
  return page(visit, desk)
}

/** With what came of a form above it. */
function page(
  visit: Visit,
  desk: Pick<Desk, 'head' | 'law' | 'clock'>,
  {
    above,
    faults,
    status,
  }: { above?: Html; faults?: ReadonlyMap<string, string>; status?: number } = {},
): View {
  const { officer, rol, csrf } = visit
  const names = logsOf(officer)
  const logChoice = (id: string) =>
    names.length > 1
      ? choice({
          name: 'log',
          id,
          label: 'Welk logboek',
          options: names.map(name => [name, logText[name]]),
        })
      : undefined
  return {
    kind: 'page',
    title: 'Logboek',
    ...(status && { status }),
    body: html`${above}
${faultList(faults ?? new Map())}
${paragraph('Van elke vraag, elke weigering en elke verstrekking staat een regel in het logboek. Ook wie in het logboek kijkt, staat erin. Een regel kan niet ongemerkt veranderen of verdwijnen.')}
${names.map(name => state(name, desk))}
${heading(2, 'Het hele logboek controleren')}
${paragraph('Sluis leest alle regels opnieuw en rekent na of zij nog zijn wat is ondertekend. Dat kan even duren. U ziet hoe ver de controle is.')}
${form({ action: '/logboek/controle', csrf, submit: 'Controleer het hele logboek', fields: [logChoice('controle-log')] })}
${heading(2, 'Vergelijken met een checkpoint dat u bewaarde')}
${paragraph('Hebt u eerder een checkpoint van dit logboek bewaard? Dan kunt u zien of het logboek van nu daar het vervolg op is.')}
${form({
  action: '/logboek/vergelijking',
  csrf,
  submit: 'Vergelijk',
  upload: true,
  fields: [
    textField({ name: 'bestand', label: 'Bestand met het checkpoint', type: 'file' }),
    textField({
      name: 'checkpoint',
      label: 'Of plak hier het checkpoint',
      lines: 6,
      error: faults?.get('checkpoint'),
    }),
  ],
})}
${readers.includes(rol) ? forReaders(visit, desk, faults ?? new Map(), logChoice('uitvoer-log')) : undefined}`,
  }
}

function state(name: LogName, { head }: Pick<Desk, 'head'>): Html {
  const { origin, vkey, size, tijd, note } = head(name)
  return html`${heading(2, logText[name])}
${facts([
  ['Aantal regels', number(size)],
  ['Laatste regel', moment(tijd)],
  ['Naam van het logboek (oorsprong)', html`<code>${origin}</code>`],
  ['Sleutel om mee te controleren (vkey)', html`<code>${vkey}</code>`],
  ['Nieuwste checkpoint', checkpointLines(note)],
])}
${paragraph(anchor(`/logboek/checkpoint/${name}`, `Checkpoint downloaden (${logText[name].toLowerCase()})`))}`
}

/** Line by line, each of which may be broken where the screen is narrow. */
function checkpointLines(note: string): Fragment {
  return note
    .trimEnd()
    .split('\n')
    .map(line => html`<code>${line}</code><br>`)
}

function forReaders(
  visit: Visit,
  desk: Pick<Desk, 'law' | 'clock'>,
  faults: ReadonlyMap<string, string>,
  logChoice: Fragment,
): Html {
  const { officer, csrf, form: given } = visit
  const today = legalDate(desk.clock())
  const exchanges = filterOptions(desk.law(), officer).uitwisseling ?? []
  return html`${heading(2, 'Wie keek er')}
${paragraph(anchor('/logboek/blikken', 'Bekijk wie in het logboek keek'), '. Dat u die lijst opent, komt ook in het logboek.')}
${heading(2, 'Meenemen voor een auditor of voor uw eigen logboek')}
${paragraph('U krijgt alleen regels van vragen waar uw organisatie bij hoort. Wat u meeneemt, staat in het logboek.')}
${list(takeAways.map(([, name, what]) => html`<strong>${name}</strong>: ${what}`))}
${form({
  action: '/logboek/uitvoer',
  csrf,
  submit: 'Download',
  fields: [
    choice({
      name: 'soort',
      label: 'Wat wilt u meenemen',
      options: takeAways.map(([key, name]) => [key, name]),
      value: textOf(given, 'soort'),
      error: faults.get('soort'),
    }),
    logChoice,
    textField({
      name: 'van',
      label: 'Vanaf',
      type: 'date',
      value: dateOf(given, 'van') || addDays(today, -30),
      error: faults.get('van'),
    }),
    textField({
      name: 'totEnMet',
      label: 'Tot en met',
      type: 'date',
      value: dateOf(given, 'totEnMet') || today,
      error: faults.get('totEnMet'),
    }),
    choice({
      name: 'uitwisseling',
      label: 'Uitwisseling',
      options: [['', 'Alle'], ...exchanges],
      value: textOf(given, 'uitwisseling'),
      error: faults.get('uitwisseling'),
    }),
  ],
})}`
}

const takeAways = [
  [
    'bundel',
    'Bundel voor een auditor',
    'de regels, hun bewijzen en het beleid van toen. Een auditor controleert hem zonder verbinding, met sluis bundle verify.',
  ],
  [
    'ldv',
    'Logboek Dataverwerkingen',
    'de eigen verwerkingen van uw organisatie, zonder medewerker, doel of grondslag.',
  ],
  [
    'adl',
    'Authorization Decision Log',
    'elke beslissing met wat is gevraagd, de uitkomst en het beleid.',
  ],
] as const

async function checkpoint({ params, officer }: Visit, { head }: Pick<Desk, 'head'>): Promise<View> {
  const log = logsOf(officer).find(name => name === params.log)
  if (!log) return notThere
  const { note } = head(log)
  return {
    kind: 'download',
    name: `checkpoint-${log}.txt`,
    type: 'text/plain; charset=utf-8',
    body: (async function* () {
      yield note
    })(),
  }
}

const notThere: View = {
  kind: 'page',
  title: 'Dit logboek is er niet',
  status: 404,
  body: paragraph(anchor('/logboek', 'Terug naar Logboek')),
}

type Recorder = Pick<Desk, 'record' | 'law'>

/** What a confidential party does never stands in the ordinary log. */
async function note(
  { officer, rol, call }: Visit,
  { record, law }: Recorder,
  log: LogName,
  handeling: Readonly<Record<string, string | number>>,
): Promise<void> {
  const hidden = law().partijen.get(officer.oin)?.vertrouwelijk
  await record(call, {
    soort: 'raadpleging',
    log: hidden ? 'vertrouwelijk' : log,
    door: { oin: officer.oin, rol, id: officer.id },
    uitkomst: 'uitgevoerd',
    handeling,
  })
}

/** Of those this officer may see; another one is taken for the first. */
function chosenLog({ form: given, officer }: Visit): LogName {
  return logsOf(officer).find(name => name === textOf(given, 'log')) ?? 'gewoon'
}

async function verify(visit: Visit, desk: Pick<Desk, 'store' | 'head'> & Recorder): Promise<View> {
  const log = chosenLog(visit)
  await note(visit, desk, log, { wat: 'controle', logboek: log })
  return {
    kind: 'page',
    title: 'Controle van het logboek',
    body: html`${paragraph(anchor('/logboek', 'Terug naar Logboek'))}
${paragraph('De controle is begonnen. Laat deze pagina open tot het oordeel er staat. Gaat u weg, dan stopt de controle.')}`,
    rest: verification(verifySteps(desk, log, visit.signal)),
  }
}

/** A line for each twentieth part, and a round number at least. */
async function* verification(steps: AsyncIterable<Step>): AsyncGenerator<Html> {
  let next = 0
  for await (const step of steps) {
    if (step.soort === 'bezet') {
      yield notice(
        'warning',
        'Er loopt al een controle van een logboek. Probeer het straks opnieuw.',
      )
    } else if (step.soort === 'begin') {
      next = 0
      yield heading(2, `Logboek ${step.log}`)
    } else if (step.soort === 'oordeel') yield verdict(step.oordeel)
    else if (step.gecontroleerd >= next) {
      const { gecontroleerd, van } = step
      next = gecontroleerd + Math.max(1_000, Math.ceil(van / 20_000) * 1_000)
      yield paragraph(`${number(gecontroleerd)} van ${number(van)} regels gecontroleerd`)
    }
  }
}

function verdict({
  geldig,
  grootte,
  index,
  groep,
  koppen,
  reden,
}: Extract<Step, { soort: 'oordeel' }>['oordeel']): Html {
  if (geldig) {
    return notice(
      'ok',
      `Geldig. Alle ${number(grootte)} regels zijn nog precies wat is ondertekend.`,
    )
  }
  const place =
    index === undefined
      ? `in de regels ${number(groep?.[0] ?? 0)} tot ${number(groep?.[1] ?? 0)}`
      : `bij regel ${number(index)}`
  return notice(
    'error',
    html`<strong>Niet geldig</strong>, ${place}: ${reden}.`,
    koppen &&
      html` Het bewaarde checkpoint heeft wortel <code>${koppen[0]}</code>, dit logboek <code>${koppen[1]}</code>.`,
    ' Verander niets aan de database en waarschuw de beheerder en de beveiligingsfunctionaris.',
  )
}

const longestNote = 1_000_000

async function compare(
  visit: Visit,
  desk: Pick<Desk, 'store' | 'head' | 'clock'> & Recorder,
): Promise<View> {
  const text = await givenNote(visit.form)
  if (text === '') {
    const faults = new Map([['checkpoint', 'Kies een bestand, of plak het checkpoint']])
    return page(visit, desk, { faults, status: 400 })
  }
  const compared = await compareCheckpoint(desk.store.query, logsOf(visit.officer), text)
  const { uitkomst, log = 'gewoon', grootte } = compared
  await note(visit, desk, log, {
    wat: 'vergelijking',
    uitkomst,
    ...(grootte !== undefined && { grootte }),
  })
  const [tone, told] = comparisons[uitkomst]
  return page(visit, desk, { above: notice(tone, told(compared)) })
}

/** A file, or what was pasted; a browser sends its line ends as CR LF, and may drop the last one. */
async function givenNote(given: FormData): Promise<string> {
  const file = given.get('bestand')
  const text =
    file instanceof File && file.size > 0
      ? await file.slice(0, longestNote + 1).text()
      : String(given.get('checkpoint') ?? '')
  const lines = text.replaceAll('\r\n', '\n').trim()
  return lines === '' ? '' : `${lines}\n`
}

type Told = readonly [tone: 'ok' | 'warning' | 'error', text: (compared: Comparison) => string]

const comparisons: Readonly<Record<Comparison['uitkomst'], Told>> = {
  gelijk: [
    'ok',
    ({ eigen = 0 }) =>
      `Gelijk. Uw checkpoint is dat van nu: ${number(eigen)} regels, dezelfde inhoud.`,
  ],
  ouder: [
    'ok',
    ({ grootte = 0, eigen = 0 }) =>
      `Ouder, en het klopt. De eerste ${number(grootte)} van ${number(eigen)} regels zijn nog precies die van uw checkpoint.`,
  ],
  nieuwer: [
    'error',
    ({ grootte = 0, eigen = 0 }) =>
      `Nieuwer dan dit logboek. Uw checkpoint is van ${number(grootte)} regels, hier staan er ${number(eigen)}. Er zijn regels verdwenen, of u kijkt in een oude kopie. Waarschuw de beheerder en de beveiligingsfunctionaris.`,
  ],
  'ander-verleden': [
    'error',
    ({ grootte = 0 }) =>
      `Een ander verleden. Uw checkpoint is echt, maar de eerste ${number(grootte)} regels zijn hier anders. Bewaar uw checkpoint en waarschuw de beheerder en de beveiligingsfunctionaris.`,
  ],
  leeg: [
    'warning',
    () => 'Dit checkpoint is van een leeg logboek. Daar is elk logboek het vervolg op.',
  ],
  'vreemde-sleutel': [
    'error',
    () =>
      'Een vreemde sleutel. Dit checkpoint noemt ons logboek, maar is niet met onze sleutel ondertekend.',
  ],
  'ander-log': ['warning', () => 'Dit checkpoint is van een ander logboek dan u hier kunt zien.'],
  vervalst: [
    'error',
    () => 'De handtekening klopt niet. Dit checkpoint is na het ondertekenen veranderd.',
  ],
  'geen-checkpoint': [
    'error',
    () => 'Dit is geen checkpoint. Geef de hele tekst, met de regel van de handtekening.',
  ],
  onvolledig: [
    'error',
    () =>
      'Dit is niet te vergelijken: er ontbreken delen van het logboek. Controleer het hele logboek.',
  ],
}

const pageSize = 50

async function looks(
  visit: Visit,
  desk: Pick<Desk, 'store' | 'keys' | 'keysDir' | 'catchUp'> & Recorder,
): Promise<View> {
  const { officer, query } = visit
  const names = logsOf(officer)
  const filter = filterOf(query)
  await note(visit, desk, names.at(-1) ?? 'gewoon', { wat: 'blikken', ...filter })
  await desk.catchUp()
  const withNames = readers.includes(visit.rol)
  const after = placeOf(query.get('na'))
  const found = await looksOf(desk, { oin: officer.oin, names, withNames }, filter, {
    after,
    limit: pageSize,
  })
  const address = new URLSearchParams({ ...filter })
  return {
    kind: 'page',
    title: 'Wie keek er',
    body: html`${paragraph(anchor('/logboek', 'Terug naar Logboek'))}
${paragraph('U ziet wie van uw organisatie keek, zocht, controleerde of iets meenam, en welke partij een bewijs opvroeg van een vraag waar uw organisatie bij hoort. De nieuwste staan bovenaan.')}
${filterForm({
  action: '/logboek/blikken',
  submit: 'Toon',
  fields: [
    textField({ name: 'van', label: 'Vanaf', type: 'date', value: filter.van }),
    textField({ name: 'totEnMet', label: 'Tot en met', type: 'date', value: filter.totEnMet }),
    choice({ name: 'rol', label: 'Rol', options: [['', 'Alle'], ...roleNames], value: filter.rol }),
  ],
})}
${lookTable(found.looks, desk.law())}
${pager({
  newer: after && `/logboek/blikken?${address}`,
  older:
    found.next &&
    `/logboek/blikken?${address}${address.size > 0 ? '&' : ''}na=${found.next.join('_')}`,
})}`,
  }
}

function filterOf(query: URLSearchParams): LookFilter & Readonly<Record<string, string>> {
  const date = (name: string) => {
    const value = query.get(name)
    return isDate(value) ? { [name]: value } : {}
  }
  const rol = roleNames.find(([key]) => key === query.get('rol'))?.[0]
  return { ...date('van'), ...date('totEnMet'), ...(rol && { rol }) }
}

function placeOf(na: string | null): LookPlace | undefined {
  const [, tijd, idx, log] = /^(\d{1,15})_(\d{1,15})_([a-z0-9-]{1,40})$/.exec(na ?? '') ?? []
  return log === undefined ? undefined : [Number(tijd), Number(idx), log]
}

async function takeAway(visit: Visit, desk: Desk): Promise<View> {
  const { form: given, officer } = visit
  const soort = textOf(given, 'soort')
  const van = textOf(given, 'van')
  const totEnMet = textOf(given, 'totEnMet')
  const uitwisseling = textOf(given, 'uitwisseling')
  const exchanges = filterOptions(desk.law(), officer).uitwisseling ?? []
  const faults = new Map<string, string>()
  if (!takeAways.some(([key]) => key === soort)) faults.set('soort', 'Kies wat u wilt meenemen')
  if (van && !isDate(van)) faults.set('van', 'Vanaf is geen datum')
  if (totEnMet && !isDate(totEnMet)) faults.set('totEnMet', 'Tot en met is geen datum')
  if (van && totEnMet && van > totEnMet) faults.set('van', 'Vanaf ligt na tot en met')
  if (uitwisseling && !exchanges.some(([id]) => id === uitwisseling)) {
    faults.set('uitwisseling', 'Kies een uitwisseling uit de lijst')
  }
  if (faults.size > 0) return page(visit, desk, { faults, status: 400 })
  const period = {
    ...(van && { van }),
    ...(totEnMet && { totEnMet }),
    ...(uitwisseling && { uitwisseling }),
  }
  const log = chosenLog(visit)
  const made: Exported | Awaited<ReturnType<typeof makeBundle>> = isFormat(soort)
    ? await makeExport(desk, visit, { formaat: soort, log, ...period })
    : await makeBundle(desk, visit, log, period)
  if (made.soort === 'leeg') {
    return page(visit, desk, {
      above: notice('info', 'In deze periode is er niets om mee te nemen.'),
    })
  }
  if (made.soort === 'te-veel') {
    const text = 'Dit is te veel voor één bestand. Kies een kortere periode of één uitwisseling.'
    return page(visit, desk, { above: notice('warning', text), status: 400 })
  }
  const type = made.soort === 'bundel' ? 'application/json' : 'application/x-ndjson'
  return { kind: 'download', name: made.name, type: `${type}; charset=utf-8`, body: made.body }
}

function dateOf(given: FormData, name: string): string {
  const value = textOf(given, name)
  return isDate(value) ? value : ''
}
