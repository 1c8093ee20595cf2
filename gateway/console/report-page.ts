// Rapportage: which reports can be made, what does one show, and who may look behind its numbers?
import { type Html, html } from '../html.ts'
import type { PolicySet } from '../policy/law.ts'
import { firstDay, legalDate, monthOf } from '../policy/legal-time.ts'
import type { LogName } from '../terms.ts'
import { bars, columns, counted } from './chart.ts'
import { monthName } from './local-time.ts'
import { recordLook } from './look.ts'
import { type Desk, logsOf, type Page, type View, type Visit } from './page.ts'
import {
  anchor,
  choice,
  facts,
  filterForm,
  heading,
  list,
  notice,
  paragraph,
  table,
  unfold,
} from './parts.ts'
import { machineLines, makeReport, nameFor, type Report, totalsBy } from './report.ts'
import { periodText, type ReportName, readPeriod, reportPath } from './report-period.ts'
import { explanation, reportCsv, reportJson } from './report-text.ts'
import { closingCodes } from './review.ts'
import type { Sum } from './suppress.ts'
import { codeText, endingName, exchangeName, partyName, providerName } from './words.ts'

export const reportRoles = ['privacy-officer', 'fg', 'teamleider'] as const

/** So far back a list of periods goes; an older one can be named. */
const yearsBack = 5

const choose: NonNullable<Page['show']> = async (visit, desk) => {
  const asked = visit.query.get('periode')
  const log = logsOf(visit.officer).find(each => each === (visit.query.get('log') ?? 'gewoon'))
  if (asked !== null && log) {
    const eigen = `${visit.query.get('van')}_${visit.query.get('tot')}`
    const periode = readPeriod(asked === 'eigen' ? eigen : asked)
    const found = periode && (await named(visit, desk, log, periode))
    if (found) return { kind: 'redirect', to: reportPath(found.name) }
  }
  return {
    kind: 'page',
    title: 'Rapportage',
    ...(asked !== null && { status: 404 }),
    body: html`${asked === null ? undefined : notice('error', 'Over deze periode kan geen rapport worden gemaakt. Zij moet voorbij zijn, en het log moet er de hele tijd zijn geweest.')}
${paragraph('Een rapport telt wat uw organisatie vroeg, leverde, verstrekte en weigerde, en wat er met signalen is gedaan. Er staat niemand in.')}
${chooseForm(visit, desk)}
${heading(2, 'Achter de cijfers kijken')}
${paragraph('Wie van een getal naar de verstrekkingen zelf wil, heeft daarvoor een mandaat nodig: een opdracht met een reden en een einddag.')}
${visit.rol === 'teamleider' ? paragraph('De privacy officer of de FG legt dat vast.') : paragraph(anchor('/rapportage/mandaat', 'Leg een mandaat vast'))}`,
  }
}

function chooseForm({ officer }: Visit, desk: Desk): Html {
  const logs = logsOf(officer)
  const last = monthOf(legalDate(desk.clock())) - 1
  const month = (at: number) => firstDay(at).slice(0, 7)
  const year = Math.floor((last + 1) / 12)
  const parts = (letter: string, length: number, word: string) =>
    Array.from({ length: (12 / length) * 2 }, (_, ago) => {
      const at = Math.floor((last + 1) / length) - 1 - ago
      const of = Math.floor((at * length) / 12)
      const which = at - of * (12 / length) + 1
      return [`${of}-${letter}${which}`, `${word} ${which} van ${of}`] as const
    })
  const options = [
    ...Array.from(
      { length: 12 },
      (_, ago) => [month(last - ago), monthName(month(last - ago))] as const,
    ),
    ...parts('K', 3, 'Kwartaal'),
    ...parts('T', 4, 'Tertiaal'),
    ...Array.from(
      { length: yearsBack },
      (_, ago) => [`${year - 1 - ago}`, `Het jaar ${year - 1 - ago}`] as const,
    ),
    ['eigen', 'Beleidsperiode van hele maanden'] as const,
  ]
  return filterForm({
    action: '/rapportage',
    submit: 'Maak rapport',
    fields: [
      choice({ name: 'periode', label: 'Periode', options, value: month(last) }),
      choice({
        name: 'van',
        label: 'Beleidsperiode: eerste maand',
        options: monthsBack(last),
        value: month(last - 11),
      }),
      choice({
        name: 'tot',
        label: 'Beleidsperiode: laatste maand',
        options: monthsBack(last),
        value: month(last),
      }),
      ...(logs.length > 1
        ? [
            choice({
              name: 'log',
              label: 'Log',
              options: logs.map(log => [log, codeText(log)] as const),
            }),
          ]
        : []),
    ],
  })
}

export function monthsBack(last: number): readonly (readonly [string, string])[] {
  return Array.from({ length: yearsBack * 12 }, (_, ago) => firstDay(last - ago).slice(0, 7)).map(
    month => [month, monthName(month)],
  )
}

/** A quiet log has no checkpoint after the month yet: the record of this look makes one. */
async function named(
  visit: Visit,
  desk: Desk,
  log: LogName,
  periode: NonNullable<ReturnType<typeof readPeriod>>,
) {
  await desk.catchUp()
  const found = await nameFor(desk.store.query, log, periode)
  if (found) return found
  await desk.record(visit.call, {
    soort: 'raadpleging',
    log,
    door: { oin: visit.officer.oin, rol: visit.rol, id: visit.officer.id },
    uitkomst: 'gezocht',
    handeling: { wat: 'rapport', periode: periode.naam },
  })
  await desk.catchUp()
  return await nameFor(desk.store.query, log, periode)
}

const showReport: NonNullable<Page['show']> = async (visit, desk) => {
  const { params, officer, query } = visit
  const log = logsOf(officer).find(each => each === params.log)
  const periode = readPeriod(params.periode ?? '')
  const found = log && periode && (await named(visit, desk, log, periode))
  if (
    !found ||
    reportPath(found.name) !==
      `/rapportage/${params.log}/${params.periode}/${params.omvang}/${params.beleid}`
  ) {
    return missing()
  }
  const vorm = query.get('vorm') ?? 'pagina'
  await recordLook(visit, desk, {
    wat: vorm === 'pagina' ? 'rapport' : 'rapport-export',
    vorm,
    rapport: reportPath(found.name),
  })
  const report = await makeReport(desk, officer.oin, found)
  if (vorm === 'csv') return download(report, 'csv', 'text/csv; charset=utf-8', reportCsv(report))
  if (vorm === 'json') return download(report, 'json', 'application/json', reportJson(report))
  const law = (await desk.lawOf(found.name.digest)) ?? desk.law()
  const body = html`${reportBody(report, found.name, law)}
${visit.rol === 'teamleider' ? undefined : paragraph(anchor(`/rapportage/mandaat?log=${report.log}&periode=${report.periode}`, 'Met een mandaat naar de verstrekkingen achter deze cijfers'))}`
  return { kind: 'page', title: `Rapport over ${periodText(found.name.periode)}`, body }
}

function missing(): View {
  return {
    kind: 'page',
    status: 404,
    title: 'Dit rapport is er niet',
    body: paragraph(
      'Een rapport heet naar zijn periode, de omvang van het log en het beleid van toen. Onder deze naam is er geen. ',
      anchor('/rapportage', 'Kies een periode'),
      '.',
    ),
  }
}

function download(report: Report, extension: string, type: string, text: string): View {
  async function* body() {
    yield text
  }
  const name = `rapport-${report.organisatie.oin}-${report.log}-${report.periode}.${extension}`
  return { kind: 'download', name, type, body: body() }
}

export function reportBody(report: Report, name: ReportName, law: PolicySet): Html {
  const path = reportPath(name)
  const { beslissingen, berichten, vervolg, signalen, handelingen } = report.totaal
  const parts = report.maanden.length > 1 ? overMonths(report) : undefined
  return html`${facts([
    ['Organisatie', report.organisatie.naam],
    ['Periode', periodText(name.periode)],
    ['Log', html`${report.log}, ${counted(report.omvang)} regels toen de periode voorbij was`],
    ['Beleid van toen', report.beleid],
    [
      'Downloaden',
      html`<a class="nl-link rhc-link--inline" href="${path}?vorm=csv">CSV</a> of <a class="nl-link rhc-link--inline" href="${path}?vorm=json">JSON</a>`,
    ],
  ])}
${paragraph(explanation)}
${heading(2, 'Vragen en beslissingen')}
${paragraph('Elke beslissing telt. Een verzoek dat tijd kost telt bij elke stap waarin opnieuw is beslist.')}
${whole(beslissingen, 'beslissingen')}
${parts}
${exchanges(beslissingen, law)}
${paragraph('De tabellen hieronder tellen op wat getoond mag worden. Wat verborgen is, telt er niet in mee: elk aantal is dus ten minste zo groot.')}
${ways.map(([soort, kop, uitleg]) => wayTable(beslissingen, soort, kop, uitleg, law))}
${shares(beslissingen)}
${heading(2, 'Afgewezen voordat er iets te beslissen was')}
${rejections(report.totaal.afwijzingen, law)}
${heading(2, 'Vragen door machines')}
${machines(report, law)}
${heading(2, 'Bestanden, signalen en verbeterde gegevens')}
${messages(berichten, law)}
${heading(2, 'Wat ontvangers ermee deden')}
${followed(vervolg, law)}
${heading(2, 'Signalen van Sluis zelf')}
${signals(signalen, handelingen)}
${heading(2, 'Wat officers en eigen systemen deden')}
${acts(handelingen)}
${heading(2, 'Wat in de wet en de noodrem veranderde')}
${facts([
  ['Nieuw beleid in werking', counted(report.wijzigingen.beleidsactivering ?? 0)],
  ['Noodrem gezet', counted(report.wijzigingen.noodrem ?? 0)],
  ['Stappen om de noodrem los te laten', counted(report.wijzigingen['noodrem-vrijgave'] ?? 0)],
])}`
}

const ways: readonly (readonly [soort: string, kop: string, uitleg: string])[] = [
  ['ontvanger', 'Per ontvanger', ''],
  ['uitkomst', 'Per uitkomst', ''],
  ['reden', 'Redenen van weigering', 'De eerste reden van elke weigering.'],
  ['goedkeuring', 'Niveau van goedkeuring', 'Van wat is verstrekt, volgens de wet van toen.'],
  [
    'vrager',
    'Door een machine of voor een medewerker',
    'Medewerker en functie zijn door de ontvanger opgegeven.',
  ],
  ['functie', 'Opgegeven functie', ''],
  ['tijd', 'Binnen of buiten kantooruren', 'Kantooruren zijn op werkdagen van 7 tot 19 uur.'],
]

function many({ aantal, tenminste }: Pick<Sum, 'aantal' | 'tenminste'>): string {
  if (aantal === 0 && tenminste) return 'verborgen'
  return tenminste ? `ten minste ${counted(aantal)}` : counted(aantal)
}

function whole(sum: Sum, wat: string): Html {
  return paragraph(`Samen: ${many(sum)} ${wat}.`)
}

function overMonths({ maanden }: Report): Html {
  return columns({
    id: 'maanden',
    title: 'Beslissingen per maand',
    text: 'Maanden met minder dan 5 beslissingen staan op nul.',
    head: 'Maand',
    labels: maanden.map(({ maand }) => maand),
    series: [
      {
        name: 'beslissingen',
        values: maanden.map(({ beslissingen }) =>
          beslissingen === 'minder dan 5' ? 0 : beslissingen.aantal,
        ),
      },
    ],
  })
}

function exchanges(sum: Sum, law: PolicySet): Html {
  const rows = sum.delen.find(({ soort }) => soort === 'uitwisseling')?.rijen ?? []
  const purposes = new Map<string, number>()
  for (const { naam, aantal } of rows) {
    const doel =
      law.uitwisselingen.get(naam)?.doel.omschrijving ?? 'Zonder doel: niet gelezen of onbekend'
    purposes.set(doel, (purposes.get(doel) ?? 0) + aantal)
  }
  const most = [...purposes].filter(([, aantal]) => aantal > 0).sort(([, a], [, b]) => b - a)
  return html`${table({
    caption: 'Per uitwisseling',
    head: ['Uitwisseling', 'Verstrekker', 'Aantal'],
    rows: rows.map(row => [
      row.naam === 'geen' ? 'Geen: niet gelezen of onbekend' : exchangeName(law, row.naam),
      providerName(law, law.uitwisselingen.get(row.naam)),
      many(row),
    ]),
    numbers: [2],
    empty: 'Te weinig om te tonen.',
  })}
${bars({
  id: 'doelen',
  title: 'Per doel',
  text: 'Ten minste: wat bij een uitwisseling verborgen is, telt niet mee.',
  head: 'Doel',
  labels: most.map(([doel]) => doel),
  series: [{ name: 'beslissingen', values: most.map(([, aantal]) => aantal) }],
})}`
}

function wayTable(sum: Sum, soort: string, kop: string, uitleg: string, law: PolicySet): Html {
  return table({
    caption: uitleg === '' ? kop : `${kop}. ${uitleg}`,
    head: [kop, 'Aantal'],
    rows: totalsBy(sum, soort).map(({ naam, aantal }) => [
      soort === 'ontvanger' ? receiver(naam, law) : soort === 'reden' ? codeText(naam) : naam,
      counted(aantal),
    ]),
    numbers: [1],
    empty: `${kop}: te weinig om te tonen.`,
  })
}

/** A call that was malformed, too much, or of somebody who may not call at all. */
function rejections(sum: Sum, law: PolicySet): Html {
  const rows = (soort: string) => sum.delen.find(each => each.soort === soort)?.rijen ?? []
  return html`${whole(sum, 'afwijzingen')}
${table({
  caption: 'Reden van afwijzing',
  head: ['Reden', 'Aantal'],
  rows: rows('reden').map(row => [codeText(row.naam), many(row)]),
  numbers: [1],
  empty: 'Geen, of te weinig om te tonen.',
})}
${table({
  caption: 'Wie is afgewezen',
  head: ['Organisatie', 'Aantal'],
  rows: rows('ontvanger').map(row => [receiver(row.naam, law), many(row)]),
  numbers: [1],
  empty: 'Geen, of te weinig om te tonen.',
})}`
}

/** `<oin>` or `<oin> namens <oin>`. */
function receiver(naam: string, law: PolicySet): string {
  return naam
    .split(' namens ')
    .map(oin => partyName(law, oin))
    .join(' namens ')
}

/** Part of monitoring must be at random (S25). */
function shares(sum: Sum): Html {
  const found = totalsBy(sum, 'selectiegrond')
  const all = found.reduce((total, { aantal }) => total + aantal, 0)
  return table({
    caption:
      'Waarom deze personen: de opgegeven selectiegrond en zijn aandeel in wat hier te tonen is',
    head: ['Selectiegrond', 'Aantal', 'Aandeel'],
    rows: found.map(({ naam, aantal }) => [naam, counted(aantal), share(aantal, all)]),
    numbers: [1, 2],
    empty: 'Selectiegrond: te weinig om te tonen.',
  })
}

function machines(report: Report, law: PolicySet): Html {
  const shown = (count: number | undefined) => (count === undefined ? 'verborgen' : counted(count))
  return table({
    caption: 'Vragen zonder medewerker, per ontvanger, uitwisseling en maand',
    head: [
      'Maand',
      'Ontvanger',
      'Uitwisseling',
      'Vragen',
      'Verstrekt',
      'Geweigerd',
      'Buiten kantooruren',
      'Personen',
    ],
    rows: machineLines(report).map(line => [
      line.maand,
      receiver(line.ontvanger, law),
      exchangeName(law, line.uitwisseling),
      counted(line.vragen),
      shown(line.verstrekt),
      shown(line.geweigerd),
      shown(line.buitenKantooruren),
      'niet genoemd',
    ]),
    numbers: [3, 4, 5, 6],
    empty: 'Geen, of te weinig om te tonen.',
  })
}

function signals(signalen: Sum, handelingen: Sum): Html {
  const kinds = signalen.delen[0]?.rijen ?? []
  const of = (row: Sum, aard: string) => {
    const found = row.delen[0]?.rijen.find(({ naam }) => naam === aard)
    return found ? many(found) : row.delen.some(({ verborgen }) => verborgen) ? 'verborgen' : '0'
  }
  const closings =
    handelingen.delen[0]?.rijen.find(({ naam }) => naam === 'toetsing')?.delen[0]?.rijen ?? []
  return html`${whole(signalen, 'signalen')}
${paragraph('Preventief: bij de vraag van het signaal is niets verstrekt. Repressief: er is wel verstrekt.')}
${table({
  caption: 'Signalen naar soort',
  head: ['Signaal', 'Aantal', 'Preventief', 'Repressief'],
  rows: kinds.map(row => [
    codeText(row.naam),
    many(row),
    of(row, 'preventief'),
    of(row, 'repressief'),
  ]),
  numbers: [1, 2, 3],
  empty: 'Geen, of te weinig om te tonen.',
})}
${table({
  caption: 'Hoe toetsingen zijn afgesloten',
  head: ['Uitkomst', 'Aantal'],
  rows: closings.map(row => [closingNames[row.naam] ?? codeText(row.naam), many(row)]),
  numbers: [1],
  empty: 'Geen, of te weinig om te tonen.',
})}`
}

const messageNames: Readonly<Record<string, string>> = {
  bestand: 'Bestand',
  regel: 'Regel uit een bestand',
  signaal: 'Signaal: een reden om te kijken',
  correctie: 'Verbeterd gegeven',
  terugmelding: 'Twijfel over een gegeven',
}

/** Kind by kind and exchange by exchange: what was handed over, and how that was decided. */
function messages(sum: Sum, law: PolicySet): Html {
  const rows = partsOf(sum, 'bericht').flatMap(kind =>
    partsOf(kind, 'uitwisseling').map(exchange => ({ kind, exchange })),
  )
  return html`${whole(sum, 'bestanden en berichten')}
${table({
  caption: 'Wat is geleverd, en hoe daarover is beslist',
  head: [
    'Soort',
    'Uitwisseling',
    'Aantal',
    'Aanvaard',
    'Geweigerd',
    'Onleesbaar',
    'Door een machine',
  ],
  rows: rows.map(({ kind, exchange }) => [
    messageNames[kind.naam] ?? kind.naam,
    exchangeName(law, exchange.naam === 'geen' ? null : exchange.naam),
    many(exchange),
    cell(exchange, 'uitkomst', kind.naam === 'bestand' ? 'gelezen' : 'aanvaard'),
    cell(exchange, 'uitkomst', 'geweigerd'),
    cell(exchange, 'uitkomst', 'onleesbaar'),
    cell(exchange, 'indiener', 'machine'),
  ]),
  numbers: [2, 3, 4, 5, 6],
  empty: 'Geen, of te weinig om te tonen.',
})}
${shares(sum)}`
}

/** What of what was handed over: only what receivers did and said themselves. */
function followed(sum: Sum, law: PolicySet): Html {
  const rows = partsOf(sum, 'bericht').flatMap(kind =>
    partsOf(kind, 'uitwisseling').map(exchange => ({ kind, exchange })),
  )
  const endings = rows.flatMap(({ exchange }) =>
    partsOf(exchange, 'vervolg').flatMap(done =>
      partsOf(done, 'aard').flatMap(nature =>
        partsOf(nature, 'afloop').map(code => ({ exchange, nature, code })),
      ),
    ),
  )
  const natures = totalsBy(sum, 'aard')
  return html`${paragraph('Geteld in de maand waarin het gebeurde. Een bericht dat vaker is opgehaald, telt elke keer.')}
${whole(sum, 'stappen')}
${table({
  caption: 'Wat ontvangers deden',
  head: [
    'Soort',
    'Uitwisseling',
    'Opgehaald',
    'Geweigerd bij ophalen',
    'Beoordeeld',
    'Verlopen',
    'Zonder afloop',
  ],
  rows: rows.map(({ kind, exchange }) => [
    messageNames[kind.naam] ?? kind.naam,
    exchangeName(law, exchange.naam === 'geen' ? null : exchange.naam),
    cell(exchange, 'vervolg', 'opgehaald'),
    cell(exchange, 'vervolg', 'geweigerd bij ophalen'),
    cell(exchange, 'vervolg', 'beoordeeld'),
    cell(exchange, 'vervolg', 'verlopen'),
    withoutOutcome(exchange),
  ]),
  numbers: [2, 3, 4, 5, 6],
  empty: 'Geen, of te weinig om te tonen.',
})}
${paragraph('Preventief voorkomt dat te veel wordt betaald, repressief herstelt dat. Zonder afloop: het deel van wat is beoordeeld of verlopen, waarvan de ontvanger geen afloop meldde.')}
${table({
  caption: 'Afloop naar aard, zoals de codelijst die indeelt',
  head: ['Aard', 'Aantal', 'Aandeel'],
  rows: natures.map(({ naam, aantal }) => [
    natureName(naam),
    counted(aantal),
    share(
      aantal,
      natures.reduce((total, each) => total + each.aantal, 0),
    ),
  ]),
  numbers: [1, 2],
  empty: 'Nog geen afloop gemeld, of te weinig om te tonen.',
})}
${table({
  caption: 'Afloop, zoals de ontvangers die melden',
  head: ['Uitwisseling', 'Aard', 'Afloop', 'Aantal'],
  rows: endings.map(({ exchange, nature, code }) => [
    exchangeName(law, exchange.naam),
    natureName(nature.naam),
    endingName(law, exchange.naam, code.naam),
    many(code),
  ]),
  numbers: [3],
  empty: 'Nog geen afloop gemeld, of te weinig om te tonen.',
})}
${paragraph('Of een uitkering blijvend is beëindigd, weet alleen de ontvanger. Het staat hier alleen als die het meldt; Sluis leidt het nooit zelf af.')}`
}

/** The class of a code; `geen` is a class too. */
function natureName(klasse: string): string {
  return klasse === 'geen' ? 'Geen van beide' : codeText(klasse)
}

function partsOf({ delen }: Sum, soort: string): readonly Sum[] {
  return delen.find(each => each.soort === soort)?.rijen ?? []
}

/** Zero where it is plain that there is none. */
function cell(sum: Sum, soort: string, naam: string): string {
  const part = sum.delen.find(each => each.soort === soort)
  const row = part?.rijen.find(each => each.naam === naam)
  if (row) return many(row)
  return part?.verborgen ? 'verborgen' : '0'
}

/** Only of what may all be seen. */
function withoutOutcome(exchange: Sum): string {
  const part = exchange.delen.find(({ soort }) => soort === 'vervolg')
  const count = (naam: string) => part?.rijen.find(row => row.naam === naam)?.aantal ?? 0
  const [judged, expired] = [count('beoordeeld'), count('verlopen')]
  if (!part || judged + expired === 0) return '–'
  return part.verborgen || part.rijen.some(row => row.tenminste)
    ? 'verborgen'
    : share(expired, judged + expired)
}

function share(part: number, all: number): string {
  return `${Math.round((100 * part) / all)} %`
}

const closingNames: Readonly<Record<string, string>> = closingCodes

const actNames: Readonly<Record<string, string>> = {
  raadpleging: 'Gekeken, gezocht of geëxporteerd',
  aanmelding: 'Aan- of afgemeld',
  toetsing: 'Toetsing afgesloten',
  navraag: 'Navraag gedaan bij een ontvanger',
  onderdrukking: 'Aanwijzing tijdelijk opzij gezet',
  uitstel: 'Inzage uitgesteld (UAVG artikel 41)',
  doorzending: 'Verzoek doorgezonden',
  bezwaar: 'Bezwaar vastgelegd of ingetrokken',
  beperking: 'Verwerking beperkt (AVG artikel 18)',
  datalek: 'Datalek gemarkeerd',
  mandaat: 'Mandaat vastgelegd',
}

function acts(sum: Sum): Html {
  const rows = sum.delen[0]?.rijen ?? []
  const looks = rows.find(({ naam }) => naam === 'raadpleging')?.delen[0]?.rijen ?? []
  return html`${whole(sum, 'handelingen')}
${table({
  caption: 'Handelingen in de console en door eigen systemen van deze organisatie',
  head: ['Handeling', 'Aantal'],
  rows: rows.map(row => [actNames[row.naam] ?? row.naam, many(row)]),
  numbers: [1],
  empty: 'Geen, of te weinig om te tonen.',
})}
${looks.length === 0 ? undefined : unfold('Wat voor inzage', list(looks.map(row => `${codeText(row.naam)}: ${many(row)}`)))}`
}

export const reportPages: readonly Page[] = [
  { path: '/rapportage', menu: 'Rapportage', roles: reportRoles, show: choose },
  { path: '/rapportage/:log/:periode/:omvang/:beleid', roles: reportRoles, show: showReport },
]
