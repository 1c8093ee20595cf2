// What does an officer see of one person? Who received what and why, when, line by line, and apart what is deferred.
import { type Html, html } from '../html.ts'
import { columns } from './chart.ts'
import { localTime } from './local-time.ts'
import type { Desk, View, Visit } from './page.ts'
import {
  anchor,
  choice,
  form,
  heading,
  list,
  moment,
  pager,
  paragraph,
  table,
  unfold,
} from './parts.ts'
import { masked } from './person.ts'
import {
  type Found,
  findSubject,
  type Group,
  groupLines,
  type Kind,
  kindOf,
  type Line,
} from './subject.ts'
import {
  type Faults,
  faultsAbove,
  restrictionNotice,
  type Seat,
  withPerson,
} from './subject-desk.ts'
import {
  fieldsOf,
  fieldTitles,
  kindTexts,
  type Laws,
  lawsOf,
  partyIn,
  remarkOn,
  type Told,
  tell,
} from './subject-overview.ts'
import {
  addMonths,
  asked,
  dateText,
  forms,
  monthText,
  optionText,
  reasons,
  useGrounds,
} from './subject-terms.ts'

const linesPerPage = 50

export async function showPerson(visit: Visit, desk: Desk): Promise<View> {
  return await withPerson(visit, desk, seat => personPage(visit, desk, seat), { wat: 'betrokkene' })
}

export async function personPage(
  visit: Visit,
  desk: Desk,
  seat: Seat,
  faults: Faults = {},
): Promise<View> {
  const found = await findSubject(desk, visit.officer, seat.person, visit.signal)
  const laws = lawsOf(desk)
  const groups = groupLines(found.lines)
  const wrong = Object.keys(faults).length > 0
  return {
    kind: 'page',
    title: 'Betrokkene',
    ...(wrong && { status: 400 }),
    body: html`${faultsAbove(faults)}${seat.restriction && restrictionNotice(seat.restriction)}
${paragraph(html`Nummer <strong>${masked(seat.person)}</strong>. U zocht met als reden: ${optionText(reasons, seat.kept.reden)}.`)}
${list([
  anchor(`/betrokkene/${seat.id}/uitstel`, 'Uitstellen wat de betrokkene te zien krijgt'),
  anchor(`/betrokkene/${seat.id}/doorzending`, 'De vraag doorsturen naar een andere organisatie'),
  anchor(`/betrokkene/${seat.id}/beperking`, 'Het gebruik beperken, of een beperking opheffen'),
  anchor(
    `/betrokkene/${seat.id}/bezwaar`,
    'Vastleggen dat iemand hiervoor niet wil worden benaderd',
  ),
])}
${heading(2, 'Overzicht voor de betrokkene')}
${exportForm(visit, seat, faults)}
${heading(2, 'Wie kreeg wat, en waarvoor')}
${found.afgekapt ? paragraph('Er zijn meer regels dan hier passen. U ziet de nieuwste.') : undefined}
${await groupTable(seat, groups, laws)}
${heading(2, 'Wanneer')}
${timeline(found)}
${heading(2, 'Regels', 'regels')}
${await lineTable(visit, seat, found, laws)}
${await deferredTable(found, laws)}`,
  }
}

function exportForm(visit: Visit, seat: Seat, faults: Faults): Html {
  const { id, restriction } = seat
  return html`${paragraph('Dit overzicht kunt u aan de betrokkene geven (AVG, artikel 15). Het noemt de namen van de gegevens en niet de gegevens zelf. Wat is uitgesteld, staat er niet in.')}
${form({
  action: `/betrokkene/${id}`,
  csrf: visit.csrf,
  submit: 'Overzicht maken',
  fields: [
    choice({ name: 'vorm', label: 'Vorm', options: forms, value: 'pdf', error: faults.vorm }),
    restriction &&
      choice({
        name: 'gebruik',
        label: 'Waarvoor gebruikt u de beperkte gegevens? (AVG, artikel 18, tweede lid)',
        options: asked(useGrounds),
        error: faults.gebruik,
        required: true,
      }),
  ],
})}`
}

async function groupTable(seat: Seat, groups: readonly Group[], laws: Laws): Promise<Html> {
  const rows = await Promise.all(
    groups.map(async group => {
      const told = await tell(group, laws)
      const { ontvanger, doel } = group.lines[0]
      const query = new URLSearchParams({ ontvanger: ontvanger ?? '', doel: doel ?? '' })
      return [
        anchor(`/betrokkene/${seat.id}?${query}#regels`, receiver(told)),
        html`${told.uitwisseling}<br>${told.doel}`,
        told.gever.naam,
        unfold(lawTitle(told), list(told.grondslagen)),
        kindTexts[group.kind],
        String(group.lines.length),
        moment(group.lines[0].tijd),
      ]
    }),
  )
  return table({
    caption: 'Per ontvanger en doel',
    head: [
      'Wie kreeg of vroeg',
      'Waarvoor',
      'Van wie',
      'Wet',
      'Wat er gebeurde',
      'Aantal',
      'Laatste keer',
    ],
    rows,
    numbers: [5],
    empty: 'Er staat niets over deze persoon waar uw organisatie bij hoort.',
  })
}

function lawTitle({ grondslagen }: Told): string {
  return grondslagen.length === 1 ? '1 artikel' : `${grondslagen.length} artikelen`
}

function receiver({ ontvanger, namens }: Pick<Told, 'ontvanger' | 'namens'>): string {
  return namens ? `${ontvanger.naam}, namens ${namens.naam}` : ontvanger.naam
}

/** So many months fit in one picture. */
const shownMonths = 36
/** One column alone tells nothing of time. */
const leastMonths = 12

/** Every month to the last line, those without one too. */
function timeline({ lines }: Found): Html {
  const monthsOf = lines.map(({ tijd }) => localTime(tijd).dag.slice(0, 7))
  const newest = monthsOf[0]
  const oldest = monthsOf.at(-1)
  if (!newest || !oldest) return paragraph('Er zijn geen regels.')
  const months = Array.from({ length: shownMonths }, (_, back) =>
    addMonths(`${newest}-01`, -back).slice(0, 7),
  )
    .filter((month, back) => back < leastMonths || month >= oldest)
    .reverse()
  const count = (...wanted: readonly Kind[]) =>
    months.map(
      month =>
        lines.filter((line, at) => monthsOf[at] === month && wanted.includes(kindOf(line))).length,
    )
  return columns({
    id: 'maanden',
    title: 'Aantal regels per maand',
    text: `Van ${monthText(months[0] ?? newest)} tot en met ${monthText(newest)}.`,
    head: 'Maand',
    labels: months.map(monthText),
    series: [
      { name: 'Gegevens gegeven', values: count('gegeven') },
      { name: 'Geweigerd', values: count('geweigerd') },
      { name: 'Anders', values: count('mislukt', 'vastgelegd', 'lopend') },
    ],
  })
}

async function lineTable(visit: Visit, seat: Seat, found: Found, laws: Laws): Promise<Html> {
  const { query } = visit
  const only = (name: 'ontvanger' | 'doel') => (line: Line) =>
    !query.has(name) || (line[name] ?? '') === query.get(name)
  const chosen = found.lines.filter(only('ontvanger')).filter(only('doel'))
  const after = query.get('na')
  const start = after ? chosen.findIndex(({ transactie }) => transactie === after) + 1 : 0
  const shown = chosen.slice(start, start + linesPerPage)
  const path = (more: Readonly<Record<string, string>>): `/${string}` => {
    const kept = [...query].filter(([name]) => name === 'ontvanger' || name === 'doel')
    const params = new URLSearchParams([...kept, ...Object.entries(more)])
    return `/betrokkene/${seat.id}?${params}#regels`
  }
  const last = shown.at(-1)?.transactie
  const filtered = query.has('ontvanger') || query.has('doel')
  return html`${filtered ? paragraph(anchor(`/betrokkene/${seat.id}#regels`, 'Toon alle regels')) : undefined}
${table({
  caption: filtered ? 'Regels van deze ontvanger en dit doel' : 'Alle regels, de nieuwste eerst',
  head: ['Wanneer', 'Wie', 'Gegevens', 'Wat er gebeurde', 'Bewaard tot en met'],
  rows: await Promise.all(shown.map(line => lineCells(line, laws))),
  empty: 'Er zijn geen regels.',
})}
${pager({
  newer: start > 0 ? path({}) : undefined,
  older: last && start + linesPerPage < chosen.length ? path({ na: last }) : undefined,
})}`
}

async function lineCells(line: Line, laws: Laws): Promise<(Html | string)[]> {
  const law = await laws(line.digest)
  const namens = line.namens === null ? undefined : partyIn(law, line.namens)
  const who = receiver({ ontvanger: partyIn(law, line.ontvanger), namens })
  const remark = remarkOn(line, law)
  return [
    anchor(`/verstrekkingen/${line.transactie}`, moment(line.tijd)),
    html`${who}<br>van ${partyIn(law, line.verstrekker).naam}`,
    list(fieldTitles(line, fieldsOf(line), law)),
    html`${kindTexts[kindOf(line)]}${remark && html`<br>${remark}`}`,
    monthText(line.maand),
  ]
}

/** Apart, for the officer alone: nothing that is made for the person knows of it. */
async function deferredTable({ uitgesteld }: Found, laws: Laws): Promise<Html> {
  if (uitgesteld.length === 0) return html``
  const rows = uitgesteld.slice(0, 200).map(async ({ line, deferrals }) => {
    const law = await laws(line.digest)
    return [
      anchor(`/verstrekkingen/${line.transactie}`, moment(line.tijd)),
      partyIn(law, line.ontvanger).naam,
      list(
        deferrals.map(
          ({ oin, herzienOp }) => `${partyIn(law, oin).naam}, herzien op ${dateText(herzienOp)}`,
        ),
      ),
    ]
  })
  return html`${heading(2, 'Uitgesteld')}
${paragraph('Deze regels krijgt de betrokkene nu niet te zien (UAVG, artikel 41). Zij tellen hierboven niet mee en staan niet in het overzicht.')}
${table({
  caption: 'Uitgestelde regels',
  head: ['Wanneer', 'Wie kreeg of vroeg', 'Uitgesteld door'],
  rows: await Promise.all(rows),
})}`
}
