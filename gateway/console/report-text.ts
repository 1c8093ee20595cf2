// How does a report leave the console? The same counts as CSV and as JSON, the same bytes each time.
import { csv } from './csv.ts'
import { cellsOf, machineLines, type Report, subjects } from './report.ts'

export function reportJson(report: Report): string {
  return `${JSON.stringify(report, null, 1)}\n`
}

const hidden = 'verborgen'

export function reportCsv(report: Report): string {
  return csv([
    ['rapport', report.vorm],
    ['organisatie', report.organisatie.oin, report.organisatie.naam],
    ['periode', report.periode],
    ['log', report.log, 'regels', report.omvang],
    ['beleid', report.beleid],
    ['uitleg', explanation],
    ['onderwerp', 'waarvan', 'soort', 'naam', 'aantal', 'stand'],
    ...subjects.flatMap(subject =>
      cellsOf(report.totaal[subject]).map(({ pad, aantal, tenminste }) => {
        const [soort = '', naam = ''] = pad.at(-1) ?? []
        const waarvan = pad.slice(1, -1).map(([kind, name]) => `${kind}: ${name}`)
        const stand = aantal === undefined ? hidden : tenminste ? 'ten minste' : 'geheel'
        return [subject, waarvan.join(' > '), soort, naam, aantal ?? '', stand]
      }),
    ),
    [
      'machines',
      'maand',
      'ontvanger',
      'uitwisseling',
      'vragen',
      'verstrekt',
      'geweigerd',
      'buiten kantooruren',
      'personen',
    ],
    ...machineLines(report).map(line => [
      'machine',
      line.maand,
      line.ontvanger,
      line.uitwisseling,
      ...[line.vragen, line.verstrekt, line.geweigerd, line.buitenKantooruren].map(
        count => count ?? hidden,
      ),
      'niet genoemd',
    ]),
    ...Object.entries(report.wijzigingen).map(([soort, aantal]) => ['wijziging', soort, aantal]),
  ])
}

export const explanation =
  'Aantallen onder 5 zijn verborgen, ook nul als dat iets verraadt. Soms is een groter aantal mee verborgen, zodat een klein aantal niet is uit te rekenen. Een langere periode telt op wat de maanden tonen: dan staat er ten minste.'
