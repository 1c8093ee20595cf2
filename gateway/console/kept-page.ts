// Bewaren: what is kept until when and on what grounds, what was destroyed, and what lags behind?
import { monthOf } from '../audit/keys.ts'
import { type Html, html } from '../html.ts'
import type { Arrangement } from '../policy/law.ts'
import type { LogName, Moment } from '../terms.ts'
import { isOverdue, type Kept, keptMonths, monthAfter } from './kept-months.ts'
import { monthName } from './local-time.ts'
import { recordLook } from './look.ts'
import { logsOf, type Page } from './page.ts'
import { badge, heading, moment, notice, paragraph, table } from './parts.ts'
import { termText } from './words.ts'

const logTexts: Readonly<Record<LogName, string>> = {
  gewoon: 'Gewoon logboek',
  vertrouwelijk: 'Vertrouwelijk logboek',
}

const show: NonNullable<Page['show']> = async (visit, desk) => {
  const names = logsOf(visit.officer)
  await recordLook(visit, desk, { wat: 'bewaren' })
  const kept = await keptMonths(desk, names)
  const now = desk.clock()
  const arrangements = [...desk.law().uitwisselingen.values()].filter(
    ({ vertrouwelijk }) => !vertrouwelijk || names.includes('vertrouwelijk'),
  )
  return {
    kind: 'page',
    title: 'Bewaren en vernietigen',
    body: html`${paragraph(
      'Elke logregel heeft een maand waarin de bewaartermijn afloopt. Alleen met de sleutel van die maand is terug te vinden over wie de regel gaat. Is de maand voorbij, dan wordt die sleutel vernietigd. De regel zelf blijft, zonder persoon, zodat het bewijs blijft kloppen.',
    )}
${lag(kept, now)}
${heading(2, 'Wat er bewaard wordt')}
${monthTable(kept, now)}
${heading(2, 'Wat er is vernietigd')}
${destroyedTable(kept)}
${heading(2, 'Bewaartermijnen en hun grond')}
${termTable(arrangements)}
${paragraph('Wat medewerkers in deze console doen en de zaken die organisaties vastleggen, blijft 7 jaar herleidbaar.')}`,
  }
}

/** Those that the worker will do today, and those that need a person. */
function lag({ open }: Kept, now: Moment): Html {
  const name = ({ log, maand }: Kept['open'][number]) =>
    `${logTexts[log].toLowerCase()}, ${monthName(maand)}`
  const late = open.filter(one => isOverdue(one, now))
  const today = open.filter(one => !isOverdue(one, now))
  const told = [
    ...(late.length > 0
      ? [
          notice(
            'error',
            `De vernietiging loopt achter: ${late.map(name).join('; ')}. Laat de beheerder nakijken of de uitvoerder (deliver) draait, en of hij bij de sleutels kan.`,
          ),
        ]
      : []),
    ...(today.length > 0
      ? [
          notice(
            'info',
            `Deze maanden zijn voorbij en worden vernietigd: ${today.map(name).join('; ')}.`,
          ),
        ]
      : []),
  ]
  return html`${told}`
}

function monthTable({ months }: Kept, now: Moment): Html {
  const current = monthOf(now)
  return table({
    caption: 'Regels waarin iemand is terug te vinden, per maand van vernietiging',
    head: ['Logboek', 'Termijn loopt af in', 'Sleutel verdwijnt vanaf', 'Regels', 'Stand'],
    numbers: [3],
    rows: months.map(({ log, maand, regels }) => [
      logTexts[log],
      monthName(maand),
      `1 ${monthName(monthAfter(maand))}`,
      regels,
      maand < current
        ? badge('warning', 'Wordt vernietigd')
        : maand === current
          ? badge('info', 'Aan de beurt na deze maand')
          : badge('ok', 'Wordt bewaard'),
    ]),
    empty: 'Er staat nog niemand in het logboek.',
  })
}

const outcomeTexts: Readonly<Record<string, string>> = {
  vernietigd: 'Sleutel vernietigd',
  ontbrak: 'Sleutel was er al niet meer',
}

function destroyedTable({ destroyed }: Kept): Html {
  return table({
    caption: 'Vernietigde maanden, de laatste bovenaan',
    head: ['Logboek', 'Maand', 'Vastgelegd op', 'Wat', 'Regels uit de zoekindex'],
    numbers: [4],
    rows: destroyed.map(({ log, maand, tijd, uitkomst, rijen }) => [
      logTexts[log],
      monthName(maand),
      moment(tijd),
      uitkomst === 'ontbrak'
        ? badge('warning', outcomeTexts.ontbrak ?? '')
        : (outcomeTexts[uitkomst] ?? uitkomst),
      rijen === undefined ? 'nog niet' : rijen,
    ]),
    empty: 'Er is nog geen maand vernietigd.',
  })
}

/** No source gave a statutory term for most: then the ground itself says that it is a proposal. */
function termTable(arrangements: readonly Arrangement[]): Html {
  return table({
    caption: 'Bewaartermijn per uitwisseling',
    head: [
      'Uitwisseling',
      'Logboek',
      'Grond van die termijn',
      'Antwoord wacht',
      'Bij de ontvanger',
    ],
    rows: arrangements.map(({ titel, bewaren }) => [
      titel,
      termText(bewaren.log),
      html`${bewaren.logGrond} ${
        /\bvoorstel\b/i.test(bewaren.logGrond)
          ? badge('warning', 'Voorstel')
          : badge('ok', 'Wettelijke termijn')
      }`,
      termText(bewaren.antwoord),
      bewaren.ontvanger,
    ]),
  })
}

export const keptPages: readonly Page[] = [
  {
    path: '/bewaren',
    menu: 'Bewaren',
    roles: ['privacy-officer', 'fg', 'beheerder'],
    show,
  },
]
