// What did this party ask in this month, and is that normal? Told in words, and drawn beside its past and its kind.
import { logIds } from '../audit/find.ts'
import { type Html, html } from '../html.ts'
import type { PolicySet } from '../policy/law.ts'
import { firstDay, isDate, legalDate, monthOf } from '../policy/legal-time.ts'
import type { LegalDate } from '../terms.ts'
import { bars, columns, counted as shown } from './chart.ts'
import { monthName } from './local-time.ts'
import { recordLook } from './look.ts'
import { byOutcome, type PartyMonth, partyMonth, tally, total, type Usual } from './overview.ts'
import { dayText } from './overview-page.ts'
import { logsOf, type Page } from './page.ts'
import { anchor, choice, filterForm, heading, list, paragraph, table } from './parts.ts'
import { codeText, partyName } from './words.ts'

const back = 24

const show: NonNullable<Page['show']> = async (visit, desk) => {
  const { officer, params, query } = visit
  const law = desk.law()
  const party = law.partijen.get(params.oin ?? '')
  // A confidential party does not exist for who may not see the second log (design §5).
  if (
    !party ||
    (party.vertrouwelijk && party.oin !== officer.oin && !logsOf(officer).includes('vertrouwelijk'))
  ) {
    return {
      kind: 'page',
      status: 404,
      title: 'Deze partij is er niet',
      body: html`${paragraph('Er is geen partij met dit nummer.')}${paragraph(anchor('/', 'Terug naar het overzicht'))}`,
    }
  }
  const today = legalDate(desk.clock())
  const maand = chosenMonth(query.get('maand'), today)
  await recordLook(visit, desk, { wat: 'partij', partij: party.oin, maand: maand.slice(0, 7) })
  await desk.catchUp()
  const logs = await logIds(desk.store.query, logsOf(officer))
  const found = await partyMonth(desk.store.query, { logs, oin: officer.oin }, party.oin, {
    maand,
    law,
  })
  const body = html`${filterForm({
    action: `/partijen/${party.oin}`,
    submit: 'Toon deze maand',
    fields: [
      choice({
        name: 'maand',
        label: 'Maand',
        value: maand.slice(0, 7),
        options: lastMonths(today),
      }),
    ],
  })}
${heading(2, 'Is dat gewoon?')}
${list(verdict(party.naam, found, today))}
${pictures(party.naam, found, law)}
${paragraph(anchor('/', 'Naar het overzicht'))}`
  return { kind: 'page', title: `${party.naam} in ${monthName(maand.slice(0, 7))}`, body }
}

/** The last whole month, unless another was asked for. */
function chosenMonth(asked: string | null, today: LegalDate): LegalDate {
  const day = `${asked}-01`
  if (isDate(day) && day <= today && monthOf(day) >= monthOf(today) - back) return day
  return firstDay(monthOf(today) - 1)
}

function lastMonths(today: LegalDate): readonly (readonly [string, string])[] {
  return Array.from({ length: back + 1 }, (_, ago) => firstDay(monthOf(today) - ago)).map(day => [
    day.slice(0, 7),
    monthName(day.slice(0, 7)),
  ])
}

/** The answer in sentences; a hint is a reason to look, never more. */
export function verdict(naam: string, found: PartyMonth, today: LegalDate): readonly string[] {
  const { maand, verloop, eigen, soort, anderen, rol } = found
  const aantal = verloop.at(-1)?.aantal ?? 0
  const past = verloop.length - 1
  const asked =
    rol === 'vrager'
      ? `${naam} vroeg in ${monthName(maand.slice(0, 7))} ${times(aantal)} iets bij of namens uw organisatie.`
      : `Aan ${naam} is in ${monthName(maand.slice(0, 7))} ${times(aantal)} iets gevraagd.`
  const running = maand.slice(0, 7) === today.slice(0, 7)
  return [
    asked,
    ...(running ? [`Deze maand loopt nog: dit is de stand tot en met ${dayText(today)}.`] : []),
    eigen
      ? `In de ${past} maanden ervoor was dat ${spread(eigen)}. ${placed(aantal, eigen, 'elk van die maanden')}`
      : `Er ${past === 1 ? 'is 1 eerdere maand' : `zijn ${past} eerdere maanden`} met gegevens. Dat is te weinig om te zeggen wat voor deze partij gewoon is.`,
    soort
      ? `Bij ${anderen.length} andere partijen van dezelfde soort was het in deze maand ${spread(soort)}. ${placed(aantal, soort, 'elk van hen')}`
      : `Uw organisatie ziet in deze maand ${anderen.length === 0 ? 'geen andere partijen' : `maar ${anderen.length} andere ${anderen.length === 1 ? 'partij' : 'partijen'}`} van deze soort. Daarmee kan niet worden vergeleken.`,
  ]
}

function times(aantal: number): string {
  return `${shown(aantal)} keer`
}

function spread({ laagste, midden, hoogste }: Usual): string {
  return `meestal rond ${shown(midden)} (de mediaan), met als laagste ${shown(laagste)} en als hoogste ${shown(hoogste)}`
}

function placed(aantal: number, { laagste, hoogste }: Usual, whom: string): string {
  if (aantal > hoogste) return `Dit is meer dan in ${whom}. Dat is een reden om te kijken.`
  if (aantal < laagste) return `Dit is minder dan in ${whom}.`
  return 'Dit valt daarbinnen.'
}

function pictures(naam: string, found: PartyMonth, law: PolicySet): Html {
  const { maand, verloop, eigen, anderen, rows, rol } = found
  const others = [...anderen].sort((a, b) => b.aantal - a.aantal).slice(0, 11)
  const exchanges = [...tally(rows, ({ uitwisseling }) => [uitwisseling])]
  const reasons = [
    ...tally(
      rows.filter(({ uitkomst }) => uitkomst === 'geweigerd'),
      ({ redenen }) => redenen,
    ),
  ]
  return html`<div class="grafieken">${columns({
    id: 'verloop',
    title: rol === 'vrager' ? `Gevraagd door ${naam}` : `Gevraagd aan ${naam}`,
    text: 'Vragen per maand; de laatste kolom is de gekozen maand.',
    head: 'Maand',
    labels: verloop.map(({ maand: each }) => each.slice(0, 7)),
    series: [{ name: 'vragen', values: verloop.map(({ aantal }) => aantal) }],
    ...(eigen && {
      band: {
        name: 'van laagste tot hoogste van de maanden ervoor',
        from: eigen.laagste,
        to: eigen.hoogste,
      },
    }),
  })}
${bars({
  id: 'soortgenoten',
  title: 'Naast partijen van dezelfde soort',
  text: `Vragen in ${monthName(maand.slice(0, 7))}, voor zover uw organisatie erbij betrokken is.`,
  head: 'Partij',
  labels: [naam, ...others.map(({ oin }) => partyName(law, oin))],
  series: [
    {
      name: 'vragen',
      values: [verloop.at(-1)?.aantal ?? 0, ...others.map(({ aantal }) => aantal)],
    },
  ],
  links: [undefined, ...others.map(({ oin }): `/${string}` => `/partijen/${oin}`)],
})}
${bars({
  id: 'uitwisselingen',
  title: 'Welke uitwisselingen',
  text: `In ${monthName(maand.slice(0, 7))}.`,
  head: 'Uitwisseling',
  labels: exchanges.map(([id]) => law.uitwisselingen.get(id)?.titel ?? id),
  series: byOutcome(exchanges.map(([, each]) => each)),
})}</div>
${table({
  caption: 'Waarom is geweigerd',
  head: ['Reden', 'Aantal'],
  rows: reasons.map(([code, each]) => [codeText(code), shown(total(each))]),
  numbers: [1],
  empty: 'In deze maand is niets geweigerd.',
})}`
}

export const partyPages: readonly Page[] = [
  {
    path: '/partijen/:oin',
    under: '/',
    roles: ['privacy-officer', 'fg', 'beveiligingsfunctionaris', 'teamleider'],
    show,
  },
]
