// Zoeken: which disclosures answer this question? Looking for a person, case or employee needs a reason; each look is a record.
import type { Subject } from '../audit/seal.ts'
import { statesOf } from '../delivery/overview.ts'
import { type Fragment, type Html, html } from '../html.ts'
import type { PolicySet } from '../policy/law.ts'
import type { MessageState } from '../terms.ts'
import { breachMarks } from './breach.ts'
import { countsText, type LineCounts, lineCounts, noLines } from './delivery.ts'
import { looksIn } from './look.ts'
import { messageStates } from './message-state.ts'
import type { Desk, Officer, Page, View, Visit } from './page.ts'
import { anchor, badge, facts, faultList, form, moment, pager, paragraph, table } from './parts.ts'
import type { Nature } from './projection.ts'
import { type Criteria, type Cursor, searchTransactions, type TransactionRow } from './search.ts'
import {
  type Asked,
  type Faults,
  filterOptions,
  readFilters,
  readSearch,
  searchFields,
  searchReasons,
} from './search-form.ts'
import { type Restriction, restrictionsOf } from './subject-marks.ts'
import {
  callKinds,
  codeText,
  exchangeName,
  messageStates as messageStateNames,
  outcomeBadge,
  outcomes,
  partyName,
} from './words.ts'

const pageSize = 25

type SearchDesk = Pick<
  Desk,
  'store' | 'keys' | 'keysDir' | 'catchUp' | 'law' | 'profile' | 'record' | 'searches'
>

export const searchPages: readonly Page[] = [
  {
    path: '/zoeken',
    menu: 'Zoeken',
    roles: ['privacy-officer', 'fg', 'beveiligingsfunctionaris', 'teamleider'],
    show,
    act,
  },
]

/** What was typed goes no further than the record and the sealed store; the browser is sent on to an address without it. */
async function act(visit: Visit, desk: SearchDesk): Promise<View> {
  const options = filterOptions(desk.law(), visit.officer)
  const read = readSearch(visit.form, options, desk.profile)
  if ('faults' in read) return formPage(visit, desk, visit.form, read.faults)
  const { asked } = read
  if (asked.reden === undefined) {
    const query = asked.query.size > 0 ? asked.query : new URLSearchParams({ alles: 'ja' })
    return { kind: 'redirect', to: `/zoeken?${query}` }
  }
  const id = await desk.searches.keep(
    visit.officer,
    JSON.stringify({ ...asked, query: String(asked.query) }),
  )
  return { kind: 'redirect', to: `/zoeken?vraag=${encodeURIComponent(id)}` }
}

async function show(visit: Visit, desk: SearchDesk): Promise<View> {
  const { query, officer } = visit
  const vraag = query.get('vraag')
  if (vraag !== null) {
    const kept = await desk.searches.find(officer, vraag)
    if (kept === undefined) return expired(visit, desk)
    const asked = JSON.parse(kept)
    const address = `/zoeken?vraag=${encodeURIComponent(vraag)}` as const
    return await results(
      visit,
      desk,
      { ...asked, query: new URLSearchParams(asked.query) },
      address,
    )
  }
  const options = filterOptions(desk.law(), officer)
  const read = readFilters(query, options)
  const empty = read.query.size === 0 && !query.has('alles')
  if (read.faults.size > 0 || empty || query.has('wijzig')) {
    return formPage(visit, desk, read.query, read.faults)
  }
  const asked = { criteria: read.criteria, filters: [...read.query.keys()], query: read.query }
  const address = new URLSearchParams(read.query.size > 0 ? read.query : { alles: 'ja' })
  return await results(visit, desk, asked, `/zoeken?${address}`)
}

/** A search for a person is recorded page by page; another one when its first page is shown. */
async function results(
  visit: Visit,
  desk: SearchDesk,
  asked: Asked,
  address: `/${string}`,
): Promise<View> {
  const { officer, query } = visit
  const after = await cursorOf(visit, desk)
  const criteria = resolved(asked.criteria, desk.law())
  const found = await searchTransactions(desk, officer, criteria, { after, limit: pageSize })
  if (asked.reden !== undefined || !after) await record(visit, desk, asked, found)
  const older = found.next && (await desk.searches.keep(officer, JSON.stringify(found.next)))
  const beside = await besides(desk, officer, found.rows)
  const law = desk.law()
  const more = found.next ? ', en er zijn oudere' : ''
  return {
    kind: 'page',
    title: 'Gevonden verstrekkingen',
    body: html`${summary(asked, law)}
${paragraph(anchor(changeAddress(asked), 'Zoekvraag wijzigen'))}
${paragraph(found.rows.length === 0 ? '' : `Op deze pagina: ${found.rows.length}${more}. De nieuwste staan bovenaan.`)}
${resultTable(found.rows, law, beside)}
${pager({
  newer: query.has('na') ? address : undefined,
  older: older === undefined ? undefined : `${address}&na=${encodeURIComponent(older)}`,
})}`,
  }
}

/** Whether a line is a signal, its arrangement says; the log does not. */
function resolved(criteria: Criteria, { uitwisselingen }: PolicySet): Criteria {
  if (criteria.soort !== 'signaal') return criteria
  const signals = [...uitwisselingen.values()].filter(({ patroon }) => patroon === 'signaal')
  return { ...criteria, uitwisselingen: signals.map(({ id }) => id) }
}

/** Only a place that a page of this officer named: else the first page, which is recorded. */
async function cursorOf({ query, officer }: Visit, desk: SearchDesk): Promise<Cursor | undefined> {
  const na = query.get('na')
  const kept = na === null ? undefined : await desk.searches.find(officer, na)
  if (kept === undefined) return undefined
  const { tijd, idx, log } = JSON.parse(kept)
  return typeof tijd === 'number' ? { tijd, idx, log } : undefined
}

async function record(
  { officer, rol, call }: Visit,
  { record }: Pick<Desk, 'record'>,
  { criteria, filters, reden, toelichting }: Asked,
  { rows, next }: { readonly rows: readonly TransactionRow[]; readonly next?: Cursor },
): Promise<void> {
  const { betrokkene, zaak, medewerker } = criteria
  await record(call, {
    soort: 'raadpleging',
    log: looksIn(officer),
    door: { oin: officer.oin, rol, id: officer.id },
    uitkomst: 'gezocht',
    handeling: {
      wat: 'zoeken',
      filters,
      ...(reden && { reden }),
      aantal: rows.length,
      meer: next !== undefined,
    },
    ...(toelichting && { motivering: toelichting }),
    ...(reden && {
      gezocht: {
        ...(betrokkene && { subject: betrokkene }),
        ...(zaak && { zaak }),
        ...(medewerker && { medewerker }),
      },
    }),
  })
}

/** What stands beside a row: where its request is, and what officers of this organisation put on it. */
interface Beside {
  readonly states: ReadonlyMap<string, string>
  readonly messages: ReadonlyMap<string, MessageState>
  readonly files: ReadonlyMap<string, LineCounts>
  readonly restricted: ReadonlyMap<string, Restriction>
  readonly breaches: ReadonlyMap<string, unknown>
}

async function besides(
  desk: SearchDesk,
  officer: Officer,
  rows: readonly TransactionRow[],
): Promise<Beside> {
  const { query } = desk.store
  const ids = rows.map(({ transactie }) => transactie)
  const requests = rows.flatMap(row => (row.soort === 'aanvaarding' ? [row.transactie] : []))
  const messages = requests.filter(id => rows.find(row => row.transactie === id)?.aard !== null)
  return {
    states: await statesOf(desk.store, requests),
    messages: await messageStates(query, messages),
    files: await lineCounts(
      query,
      officer,
      rows.flatMap(({ aard, levering }) => (aard === 'bestand' && levering ? [levering] : [])),
    ),
    restricted: await restrictionsOf(desk, officer.oin, ids),
    breaches: await breachMarks(query, officer, ids),
  }
}

function resultTable(
  rows: readonly TransactionRow[],
  law: PolicySet,
  { states, messages, files, restricted, breaches }: Beside,
): Html {
  const outcome = ({ transactie, uitkomst }: TransactionRow) => {
    const message = messages.get(transactie)
    return message
      ? badge(...messageStateNames[message])
      : outcomeBadge(states.get(transactie) ?? uitkomst)
  }
  return table({
    caption: 'Gevonden verstrekkingen en weigeringen',
    head: ['Wanneer', 'Wie vroeg of leverde', 'Waarvoor', 'Uitkomst', 'Gegevens'],
    rows: rows.map(row => [
      row.aard === 'bestand' && row.levering
        ? anchor(`/leveringen/${row.levering}`, moment(row.tijd))
        : anchor(`/verstrekkingen/${row.transactie}`, moment(row.tijd)),
      whoAsked(row, law),
      exchangeName(law, row.uitwisseling),
      html`${outcome(row)}${
        row.toetsing ? html` ${badge('warning', 'Toetsen')}` : undefined
      }${restricted.has(row.transactie) ? html` ${badge('warning', 'Gebruik beperkt')}` : undefined}${
        breaches.has(row.transactie) ? html` ${badge('error', 'Datalek')}` : undefined
      }`,
      counted(row, files),
    ]),
    empty:
      'Er is niets gevonden. U ziet alleen waar uw eigen organisatie bij hoort, en alleen wat nog niet is vernietigd.',
  })
}

function whoAsked(row: TransactionRow, law: PolicySet): string {
  const { ontvanger, verstrekker, namens, soort, aard, verzoek, transactie } = row
  const asker = partyName(law, ontvanger)
  const step = verzoek !== null && verzoek !== transactie
  if (aard !== null && step) return `${asker}: ${stepTexts[aard]}`
  if (aard !== null && soort === 'afwijzing')
    return `${asker} leverde een regel die niet te lezen was`
  if (aard !== null) return handedTexts[aard](partyName(law, verstrekker), asker)
  if (soort === 'inzage') return `${asker} vroeg een bewijs op`
  if (soort === 'zaakregistratie') return `${asker} legde een zaak vast`
  const own = namens === null ? asker : `${asker}, namens ${partyName(law, namens)},`
  return verstrekker === null ? own : `${own} vroeg ${partyName(law, verstrekker)}`
}

/** What a provider did for a receiver. */
const handedTexts: Readonly<Record<Nature, (provider: string, receiver: string) => string>> = {
  bestand: (provider, receiver) => `${provider} leverde een bestand voor ${receiver}`,
  regel: (provider, receiver) => `${provider} leverde een regel voor ${receiver}`,
  correctie: (provider, receiver) => `${provider} verbeterde een gegeven dat ${receiver} kreeg`,
  terugmelding: (provider, receiver) =>
    `${provider} meldde twijfel over een gegeven aan ${receiver}`,
}

const stepTexts: Readonly<Record<Nature, string>> = {
  bestand: 'stap van een bestand',
  regel: 'stap van een geleverde regel',
  correctie: 'stap van een verbeterd gegeven',
  terugmelding: 'stap van een gemelde twijfel',
}

function counted(row: TransactionRow, files: Beside['files']): string {
  const { velden, verstrekt, uitkomst, aard, levering } = row
  if (aard === 'bestand') return countsText(files.get(levering ?? '') ?? noLines)
  if (velden.length === 0) return '–'
  if (aard !== null) return `${velden.length} geleverd`
  return uitkomst === 'verstrekt'
    ? `${velden.filter(veld => verstrekt.includes(veld)).length} van ${velden.length}`
    : `${velden.length} gevraagd`
}

const named: Readonly<Record<string, string>> = {
  betrokkene: 'Persoon',
  zaak: 'Zaak',
  medewerker: 'Medewerker',
  partij: 'Organisatie',
  rol: 'Rol',
  uitwisseling: 'Uitwisseling',
  doel: 'Doel',
  grondslag: 'Grondslag',
  veld: 'Gegeven',
  uitkomst: 'Uitkomst',
  weigering: 'Reden van weigering',
  soort: 'Soort contact',
  regels: 'Regels uit bestanden',
  afloop: 'Afloop',
  levering: 'Bestand',
  toetsing: 'Toetsing achteraf',
  van: 'Vanaf',
  totEnMet: 'Tot en met',
}

/** What was asked, without the person, case or employee. */
function summary({ criteria, filters, reden }: Asked, law: PolicySet): Html {
  const value = (name: string): string => {
    if (name === 'betrokkene') return maskedSubject(criteria.betrokkene)
    if (name === 'regels') return 'elke regel apart'
    if (name === 'zaak' || name === 'medewerker') return 'zoals u invulde'
    const text = String(criteria[(name === 'weigering' ? 'reden' : name) as keyof Criteria])
    if (name === 'partij') return partyName(law, text)
    if (name === 'uitwisseling') return exchangeName(law, text)
    if (name === 'uitkomst') return outcomes[text]?.[1] ?? text
    if (name === 'soort') return criteria.soort ? callKinds[criteria.soort] : text
    if (name === 'afloop') return codeText(text)
    return text
  }
  const rows: (readonly [string, Fragment])[] = filters.map(
    name => [named[name] ?? name, value(name)] as const,
  )
  const why = searchReasons.find(([one]) => one === reden)?.[1]
  return facts([
    ...(rows.length === 0 ? [['Gezocht', 'alles van uw organisatie'] as const] : rows),
    ...(why ? [['Waarom u zoekt', why.replace(', namelijk:', '')] as const] : []),
    ...(criteria.zonderRegels
      ? [['Bestanden', 'elk één keer; de regels ervan staan op de pagina van het bestand'] as const]
      : []),
    ...(criteria.levering
      ? [
          [
            'Alles van dit bestand',
            anchor(`/leveringen/${criteria.levering}`, 'Bekijk het bestand'),
          ] as const,
        ]
      : []),
  ])
}

function maskedSubject(subject: Subject = {}): string {
  const { waarde = '' } = subject.betrokkene ?? subject.buitenlands ?? subject.object ?? {}
  return `•••••• ${waarde.slice(-3)}`
}

/** What was typed about a person is typed again. */
function changeAddress({ query }: Pick<Asked, 'query'>): `/${string}` {
  const params = new URLSearchParams(query)
  return params.size > 0 ? `/zoeken?wijzig=ja&${params}` : '/zoeken'
}

function expired(visit: Visit, desk: SearchDesk): View {
  const faults = new Map([['nummer', 'Deze zoekvraag is verlopen. Vul hem opnieuw in.']])
  return formPage(visit, desk, new FormData(), faults)
}

function formPage(
  { officer, csrf }: Visit,
  desk: SearchDesk,
  given: URLSearchParams | FormData,
  faults: Faults,
): View {
  const options = filterOptions(desk.law(), officer)
  return {
    kind: 'page',
    title: faults.size > 0 ? 'Fout: zoeken' : 'Zoeken',
    ...(faults.size > 0 && { status: 400 }),
    body: html`${faultList(faults)}
${paragraph('Zoek in de verstrekkingen en weigeringen waar uw organisatie bij hoort. Wat u opent en zoekt, komt in het logboek.')}
${form({ action: '/zoeken', csrf, submit: 'Zoek', fields: searchFields(given, { options, faults, officer }) })}`,
  }
}
