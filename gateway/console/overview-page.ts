// What does an officer see first? The numbers of the organisation, what must be looked at, and how the house is.

import { logIds } from '../audit/find.ts'
import { openFiles, openMessages, queueLines } from '../delivery/overview.ts'
import { type Html, html } from '../html.ts'
import { day } from '../policy/advise.ts'
import type { PolicySet } from '../policy/law.ts'
import { isDate, legalDate } from '../policy/legal-time.ts'
import type { LogName, Moment } from '../terms.ts'
import { bars, columns, counted as shown } from './chart.ts'
import { ahead, coming } from './coming.ts'
import type { Counted } from './days.ts'
import {
  approvalOf,
  byOutcome,
  type Chosen,
  choosePeriod,
  counterpart,
  counts,
  reasonsOver,
  stretches,
  tally,
  total,
} from './overview.ts'
import { type Desk, logsOf, type Page, type Visit } from './page.ts'
import {
  anchor,
  badge,
  choice,
  facts,
  figures,
  filterForm,
  heading,
  moment,
  notice,
  table,
  textField,
} from './parts.ts'
import { openItems } from './review.ts'
import { deliveryStates, exchangeName, messageKinds, messageStates, partyName } from './words.ts'

/** The longest list that still is a picture; the rest is under one name. */
const mostBars = 12

const show: NonNullable<Page['show']> = async (visit, desk) => {
  const now = desk.clock()
  const technical = visit.rol === 'beheerder'
  const body = [
    ...(technical ? [] : await numbers(visit, desk)),
    await state(desk, technical ? ['gewoon'] : logsOf(visit.officer)),
    ...(technical ? [] : [changes(desk.law(), visit.officer.oin, now)]),
  ]
  return { kind: 'page', title: 'Overzicht', body: html`${body}` }
}

async function numbers(visit: Visit, desk: Desk): Promise<readonly Html[]> {
  const { oin } = visit.officer
  const law = desk.law()
  await desk.catchUp()
  const logs = await logIds(desk.store.query, logsOf(visit.officer))
  const chosen = choosePeriod(visit.query, legalDate(desk.clock()))
  const all = await counts(desk.store.query, { logs, oin, ...chosen })
  const rows = all.filter(({ aard }) => aard === null)
  const open = await openItems(desk, { ...visit.officer, rol: visit.rol })
  return [
    period(chosen),
    headline(rows, open),
    await handedOver(visit, desk, all),
    overTime(rows, chosen),
    parted(rows, oin, law),
    sources(rows, law),
  ]
}

function period({ keuze, van, totEnMet, fout }: Chosen): Html {
  return filterForm({
    action: '/',
    submit: 'Toon deze periode',
    fields: [
      choice({
        name: 'periode',
        label: 'Periode',
        value: keuze,
        options: [
          ['7-dagen', 'De laatste 7 dagen'],
          ['30-dagen', 'De laatste 30 dagen'],
          ['12-maanden', 'De laatste 12 maanden'],
          ['eigen', 'Eigen periode'],
        ],
      }),
      textField({
        name: 'van',
        label: 'Van (bij een eigen periode)',
        type: 'date',
        value: van,
        error: fout,
      }),
      textField({ name: 'tot', label: 'Tot en met', type: 'date', value: totEnMet }),
    ],
  })
}

function headline(rows: readonly Counted[], open: number): Html {
  const asked = rows.filter(({ stap }) => !stap)
  const [given, refused, failed] = byOutcome([rows]).map(({ values }) => values[0] ?? 0)
  const later = total(asked.filter(({ asynchroon }) => asynchroon))
  return html`${heading(2, 'In deze periode')}
${figures([
  ['Gevraagd', shown(total(asked))],
  ['Verstrekt', shown(given ?? 0)],
  ['Geweigerd', shown(refused ?? 0)],
  ['Bron gaf geen antwoord', shown(failed ?? 0)],
  ['Meteen gevraagd', shown(total(asked) - later)],
  ['Als verzoek dat tijd kost', shown(later)],
  ['Nog te toetsen', anchor('/toetsing', shown(open))],
])}`
}

/** So long before its end a signal is nearly over. */
const soonDays = 7

/** What was handed over in this period, and what is not finished now. */
async function handedOver(
  { officer }: Visit,
  desk: Pick<Desk, 'store' | 'law' | 'clock'>,
  all: readonly Counted[],
): Promise<Html> {
  const { oin } = officer
  const law = desk.law()
  const now = desk.clock()
  const names = logsOf(officer)
  const own = [...law.uitwisselingen.values()].filter(({ verstrekker }) => verstrekker.oin === oin)
  const files = await openFiles(desk.store, names, { oin, uitwisselingen: own.map(({ id }) => id) })
  const open = await openMessages(desk.store, names, oin, now + soonDays * 86_400_000)
  const first = all.filter(({ aard, stap }) => aard !== null && !stap)
  if (first.length + files.length + open.length === 0) return html``
  const of = (aard: string, ...outcomes: readonly string[]) =>
    total(
      first.filter(
        row => row.aard === aard && (outcomes.length === 0 || outcomes.includes(row.uitkomst)),
      ),
    )
  const sum = (some: typeof open, what: (line: (typeof open)[number]) => number) =>
    some.reduce((whole, line) => whole + what(line), 0)
  const doubts = open.filter(({ soort }) => soort === 'terugmelding')
  return html`${heading(2, 'Bestanden en berichten')}
${figures([
  ['Bestanden', anchor('/zoeken?soort=bestand', shown(of('bestand')))],
  ['Regels uit bestanden', shown(of('regel'))],
  ['Daarvan geweigerd of onleesbaar', shown(of('regel', 'geweigerd'))],
  ['Verbeterde gegevens', anchor('/zoeken?soort=correctie', shown(of('correctie')))],
  ['Twijfel gemeld', anchor('/zoeken?soort=terugmelding', shown(of('terugmelding')))],
  ['Twijfel nog niet beoordeeld', shown(sum(doubts, ({ aantal }) => aantal))],
  [`Signalen die binnen ${soonDays} dagen verlopen`, shown(sum(open, ({ bijna }) => bijna))],
])}
${table({
  caption: 'Bestanden die nog niet helemaal zijn gelezen',
  head: ['Begonnen', 'Uitwisseling', 'Wie het bracht', 'Stand', 'Regels gelezen'],
  rows: files.map(file => [
    anchor(`/leveringen/${file.levering}`, moment(file.begonnen)),
    exchangeName(law, file.uitwisseling),
    partyName(law, file.partij),
    badge(...deliveryStates[file.staat]),
    file.totaal === null ? shown(file.gelezen) : `${shown(file.gelezen)} van ${shown(file.totaal)}`,
  ]),
  numbers: [4],
  empty: 'Er wordt nu geen bestand gelezen.',
})}
${table({
  caption: 'Berichten waar nog iets mee moet gebeuren',
  head: ['Uitwisseling', 'Soort', 'Met', 'Waar het is', 'Aantal', 'Oudste'],
  rows: open.map(line => [
    exchangeName(law, line.uitwisseling),
    messageKinds[line.soort],
    partyName(law, line.ontvanger === oin ? line.verstrekker : line.ontvanger),
    badge(...messageStates[line.staat]),
    shown(line.aantal),
    moment(line.oudste),
  ]),
  numbers: [4],
  empty: 'Er wacht geen bericht.',
})}`
}

function overTime(rows: readonly Counted[], chosen: Chosen): Html {
  const over = stretches(chosen)
  const labels = over.map(day => (chosen.per === 'day' ? dayText(day) : day.slice(0, 7)))
  const head = chosen.per === 'day' ? 'Dag' : 'Maand'
  const parts = over.map(day => rows.filter(({ vanaf }) => vanaf === day))
  const text = `${head === 'Dag' ? 'Per dag' : 'Per maand'}, van ${dayText(chosen.van)} tot en met ${dayText(chosen.totEnMet)}.`
  return html`${heading(2, 'Door de tijd')}
<div class="grafieken">${columns({ id: 'tijd', title: 'Verstrekt en geweigerd', text, head, labels, series: byOutcome(parts) })}
${columns({ id: 'redenen', title: 'Redenen van weigering', text: `${text} Een weigering kan meer redenen hebben.`, head, labels, series: reasonsOver(rows, over) })}</div>`
}

function parted(rows: readonly Counted[], oin: string, law: PolicySet): Html {
  const drawn = (
    id: string,
    head: string,
    text: string,
    found: ReadonlyMap<string, readonly Counted[]>,
    named: (key: string) => string,
    link?: (key: string) => `/${string}`,
  ) => {
    const most = [...found].slice(0, mostBars)
    const rest = [...found].slice(mostBars).flatMap(([, each]) => each)
    return bars({
      id,
      title: `Per ${head.toLowerCase()}`,
      head,
      text,
      labels: [...most.map(([key]) => named(key)), ...(rest.length > 0 ? ['De andere samen'] : [])],
      series: byOutcome([...most.map(([, each]) => each), ...(rest.length > 0 ? [rest] : [])]),
      ...(link && { links: most.map(([key]) => link(key)) }),
    })
  }
  const purposes = new Map(
    [...law.uitwisselingen.values()].map(({ doel }) => [doel.id, doel.omschrijving]),
  )
  return html`${heading(2, 'Met wie, waarvoor en met welke goedkeuring')}
<div class="grafieken">${drawn(
    'partij',
    'Partij',
    'De andere organisatie bij wat uw organisatie vroeg of verstrekte. In de tabel leidt elke naam naar de vraag of het gewoon is.',
    tally(rows, row => [counterpart(row, oin)]),
    who => partyName(law, who),
    who => `/partijen/${who}`,
  )}
${drawn(
  'doel',
  'Doel',
  'Het doel waarvoor is gevraagd.',
  tally(rows, ({ doel }) => [doel]),
  id => purposes.get(id) ?? id,
)}
${drawn(
  'goedkeuring',
  'Niveau van goedkeuring',
  'A0 vraagt geen goedkeuring vooraf, AX staat dicht. Volgens de wet van nu.',
  tally(rows, row => [
    row.trede === null ? undefined : (approvalOf(row, law) ?? 'niet meer in de wet'),
  ]),
  level => level,
)}
${drawn(
  'wijze',
  'Wijze',
  'Meteen beantwoord, of als verzoek dat tijd kost.',
  tally(rows, ({ asynchroon }) => [asynchroon ? 'als verzoek' : 'meteen']),
  way => way,
)}</div>`
}

function sources(rows: readonly Counted[], law: PolicySet): Html {
  const failing = tally(
    rows.filter(({ uitkomst }) => uitkomst === 'bronfout'),
    ({ verstrekker }) => [verstrekker],
  )
  return html`${heading(2, 'Bronnen met fouten')}
${table({
  caption: 'Bronnen die in deze periode geen goed antwoord gaven',
  head: ['Bron', 'Zonder antwoord', 'Van alle vragen'],
  rows: [...failing].map(([oin, failed]) => [
    partyName(law, oin),
    shown(total(failed)),
    shown(total(rows.filter(({ verstrekker }) => verstrekker === oin))),
  ]),
  numbers: [1, 2],
  empty: 'Geen: elke bron die is gevraagd, antwoordde.',
})}`
}

const checkNames: Readonly<Record<string, string>> = {
  database: 'Database',
  logboek: 'Logboek',
  certificaten: 'Certificaten en intrekkingslijsten',
  beleid: 'Beleid',
  wachtrij: 'Wachtrij',
}

async function state(desk: Desk, logs: readonly LogName[]): Promise<Html> {
  const checks = Object.entries(await desk.checks())
  const heads = logs.map(log => ({ log, head: desk.head(log) }))
  const lines = (await Promise.all(logs.map(log => queueLines(desk.store, log)))).flat()
  const brake = desk.law().noodrem
  const ends = await desk.certificateEnds()
  return html`${heading(2, 'De staat van Sluis')}
${brake.length > 0 ? notice('error', `De noodrem staat aan voor: ${brake.join(', ')}.`) : undefined}
${facts([
  ...checks.map(
    ([name, well]) =>
      [
        checkNames[name] ?? name,
        well ? badge('ok', 'in orde') : badge('error', 'niet in orde'),
      ] as const,
  ),
  ...heads.map(
    ({ log, head }) =>
      [
        `Log ${log}`,
        html`${shown(head.size)} regels; laatste checkpoint ${moment(head.tijd)}`,
      ] as const,
  ),
  ['Certificaat van Sluis', certificate(ends, desk.clock())],
  ['Noodrem', brake.length === 0 ? badge('ok', 'uit') : badge('error', 'aan')],
])}
${table({
  caption: 'Verzoeken in de wachtrij',
  head: ['Wachtrij', 'Staat', 'Aantal', 'Langst wachtend sinds'],
  rows: lines.map(({ wachtrij, staat, aantal, oudste, gepauzeerd }) => [
    gepauzeerd ? `${wachtrij} (staat stil)` : wachtrij,
    staat,
    shown(aantal),
    moment(oudste),
  ]),
  numbers: [2],
  empty: 'Er staat geen verzoek in de wachtrij.',
})}`
}

/** Who renews it needs some weeks. */
const renewDays = 30

function certificate(ends: Moment, now: Moment): Html {
  const days = Math.floor((ends - now) / 86_400_000)
  const tone = days < 0 ? 'error' : days < renewDays ? 'warning' : 'ok'
  const text = days < 0 ? 'verlopen' : `nog ${days} dagen`
  return html`${badge(tone, text)}, tot ${moment(ends)}`
}

function changes(law: PolicySet, oin: string, now: number): Html {
  return html`${heading(2, 'Wat in de wet verandert')}
${table({
  caption: `Wat binnen ${ahead} dagen begint, eindigt of moet worden herzien`,
  head: ['Dag', 'Wat', 'Gevolg'],
  rows: coming(law, oin, now).map(({ datum, wat, gevolg }) => [dayText(datum), wat, gevolg]),
  empty: `In de komende ${ahead} dagen begint, eindigt of verloopt er niets dat uw organisatie raakt.`,
})}`
}

/** 2026-01-31 → 31-1-2026. */
export function dayText(date: string): string {
  return isDate(date) ? day(date) : date
}

export const overviewPages: readonly Page[] = [
  {
    path: '/',
    menu: 'Overzicht',
    roles: ['privacy-officer', 'fg', 'beveiligingsfunctionaris', 'teamleider', 'beheerder'],
    show,
  },
]
