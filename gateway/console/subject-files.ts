// In which forms does a person get the overview? A web page, a table and JSON; each is sent as it is made.
import { type Html, html } from '../html.ts'
import { csv, csvLine } from './csv.ts'
import type { Entry, Overview, OverviewGroup, Party } from './subject-overview.ts'
import { kindTexts } from './subject-overview.ts'
import { timeText } from './subject-terms.ts'

const csvHead = [
  'Datum en tijd',
  'Wat er gebeurde',
  'Gegeven door',
  'Gekregen door',
  'Namens',
  'Uitwisseling',
  'Waarvoor',
  'Wet',
  'Namen van de gegevens',
  'Opmerking',
  'Bewaard tot en met',
]

export async function* csvOverview({ gegeven, overig }: Overview): AsyncIterable<string> {
  yield csv([csvHead])
  for (const group of [...gegeven, ...overig]) {
    const { kind, gever, ontvanger, namens, uitwisseling, doel, grondslagen } = group
    for await (const { tijd, gegevens, opmerking, bewaardTotEnMet } of group.entries()) {
      yield csvLine([
        timeText(tijd),
        kindTexts[kind],
        gever.naam,
        ontvanger.naam,
        namens?.naam ?? '',
        uitwisseling,
        doel,
        grondslagen.join('\n'),
        gegevens.join('\n'),
        opmerking,
        bewaardTotEnMet,
      ])
    }
  }
}

/** Members: schemas/overzicht.schema.json. */
export async function* jsonOverview(overview: Overview): AsyncIterable<string> {
  const { titel, organisatie, gemaaktOp, eindigtOp, inleiding, toelichting } = overview
  const head = {
    soort: 'overzicht-verstrekkingen',
    versie: 1,
    titel,
    organisatie,
    gemaaktOp: new Date(gemaaktOp).toISOString(),
    eindigtOp,
    inleiding,
    toelichting,
  }
  yield `${JSON.stringify(head).slice(0, -1)},"regels":[`
  let between = ''
  for (const group of [...overview.gegeven, ...overview.overig]) {
    for await (const entry of group.entries()) {
      yield between + JSON.stringify(jsonLine(group, entry))
      between = ',\n'
    }
  }
  yield ']}\n'
}

function jsonLine(group: OverviewGroup, entry: Entry): Readonly<Record<string, unknown>> {
  const { kind, gever, ontvanger, namens, uitwisseling, doel, grondslagen } = group
  const { tijd, gegevens, opmerking, bewaardTotEnMet } = entry
  return {
    tijd: new Date(tijd).toISOString(),
    uitkomst: kind,
    gever,
    ontvanger,
    ...(namens && { namens }),
    uitwisseling,
    doel,
    grondslagen,
    gegevens,
    ...(opmerking && { opmerking }),
    bewaardTotEnMet,
  }
}

/** Of the file alone: it is opened without us, and asks nothing of anybody. */
const style = `body{font:1.0625rem/1.6 "Fira Sans",Calibri,Verdana,sans-serif;color:#1a1a1a;background:#fff;max-width:50rem;margin:0 auto;padding:1.5rem}
h1,h2,h3{color:#154273;line-height:1.25}h2{margin-top:2.5rem;border-top:2px solid #154273;padding-top:1rem}
a{color:#01689b}dl{margin:0}dt{font-weight:700;margin-top:.6rem}dd{margin:0}
table{border-collapse:collapse;width:100%;margin:1rem 0}caption{text-align:left;font-weight:700;padding:.3rem 0}
th,td{text-align:left;vertical-align:top;border-bottom:1px solid #767676;padding:.4rem .6rem .4rem 0}
.breed{overflow-x:auto}ul{padding-left:1.2rem}td ul{margin:0}
@media print{body{max-width:none;padding:0}tr{break-inside:avoid}h2,h3,caption{break-after:avoid}}`

export async function* htmlOverview(overview: Overview): AsyncIterable<string> {
  const { titel, organisatie, gemaaktOp, eindigtOp, inleiding, gegeven, overig } = overview
  yield `<!doctype html>
<html lang="nl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>${style}</style>
`
  yield html`<title>${titel}</title>
</head>
<body>
<header>
<h1>${titel}</h1>
<p>Gemaakt door ${organisatie.naam}, op ${timeText(gemaaktOp)}. Het gaat over het nummer dat eindigt op ${eindigtOp}.</p>
</header>
<main>
${inleiding.map(text => html`<p>${text}</p>\n`)}
<h2 id="kort">In het kort</h2>
${summary('Wie kreeg gegevens', gegeven, 'Er zijn in deze periode geen gegevens over u gegeven.')}
${overig.length > 0 ? summary('Vragen waarop geen gegevens zijn gegeven', overig, '') : undefined}
`.text
  for (const [number, group] of [...gegeven, ...overig].entries()) {
    yield groupHead(group, number + 1).text
    for await (const { tijd, gegevens, opmerking, bewaardTotEnMet } of group.entries()) {
      yield html`<tr><th scope="row"><time datetime="${new Date(tijd).toISOString()}">${timeText(tijd)}</time></th><td>${
        opmerking && html`<p>${opmerking}</p>`
      }<ul>${gegevens.map(name => html`<li>${name}</li>`)}</ul></td><td>${bewaardTotEnMet}</td></tr>\n`
        .text
    }
    yield '</tbody>\n</table></div>\n'
  }
  yield html`${overview.toelichting.map(
    ({ kop, punten }) => html`<h2>${kop}</h2>
<ul>${punten.map(text => html`<li>${text}</li>`)}</ul>
`,
  )}</main>
</body>
</html>
`.text
}

function summary(caption: string, groups: readonly OverviewGroup[], empty: string): Html {
  if (groups.length === 0) return html`<p>${empty}</p>`
  return html`<div class="breed" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption>
<thead><tr><th scope="col">Organisatie</th><th scope="col">Uitwisseling</th><th scope="col">Hoe vaak</th><th scope="col">Laatste keer</th></tr></thead>
<tbody>${groups.map(
    ({ ontvanger, namens, uitwisseling, aantal, tot }) =>
      html`<tr><th scope="row">${receiver(ontvanger, namens)}</th><td>${uitwisseling}</td><td>${aantal}</td><td>${timeText(tot)}</td></tr>\n`,
  )}</tbody></table></div>`
}

export function receiver(ontvanger: Party, namens: Party | undefined): string {
  return namens ? `${ontvanger.naam}, namens ${namens.naam}` : ontvanger.naam
}

/** What holds for all lines of a group, as term and words. */
export function groupFacts(group: OverviewGroup): readonly (readonly [string, string])[] {
  const { kind, gever, ontvanger, namens, doel, grondslagen } = group
  const given = kind === 'gegeven'
  return [
    ['Wat er gebeurde', kindTexts[kind]],
    [given ? 'Wie gaf de gegevens' : 'Aan wie is het gevraagd', gever.naam],
    [given ? 'Wie kreeg de gegevens' : 'Wie vroeg het', receiver(ontvanger, namens)],
    ['Waarvoor', doel],
    ...grondslagen.map(text => ['Wet', text] as const),
  ]
}

function groupHead(group: OverviewGroup, number: number): Html {
  const { ontvanger, namens, uitwisseling } = group
  return html`<h2 id="deel-${number}">${receiver(ontvanger, namens)}: ${uitwisseling}</h2>
<dl>${groupFacts(group).map(([term, text]) => html`<dt>${term}</dt><dd>${text}</dd>\n`)}</dl>
<div class="breed" role="region" aria-label="${tableTitle(group)}" tabindex="0"><table><caption>${tableTitle(group)}</caption>
<thead><tr><th scope="col">Wanneer</th><th scope="col">${fieldsTitle(group)}</th><th scope="col">Bewaard tot en met</th></tr></thead>
<tbody>
`
}

export function fieldsTitle({ kind }: OverviewGroup): string {
  return kind === 'gegeven' ? 'Namen van de gegevens' : 'Wat er gevraagd is'
}

export function tableTitle({ kind, aantal }: OverviewGroup): string {
  const times = aantal === 1 ? '1 keer' : `${aantal} keer`
  return kind === 'gegeven' ? `Gegevens gegeven: ${times}` : `${kindTexts[kind]}: ${times}`
}
