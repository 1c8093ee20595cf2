// How do numbers become a picture? SVG drawn here, with the same numbers as a table behind each; no script, no style.
import { scaleBand, scaleLinear } from 'd3-scale'
import { stack } from 'd3-shape'
import { type Fragment, type Html, html } from '../html.ts'
import { table, unfold } from './parts.ts'

export interface Series {
  readonly name: string
  /** One for each label. */
  readonly values: readonly number[]
}

interface Chart {
  /** Of this picture on its page. */
  readonly id: string
  readonly title: string
  /** What the picture shows, in words; read aloud and shown under the title. */
  readonly text: string
  /** What a label is: `Dag`, `Partij`. */
  readonly head: string
  readonly labels: readonly string[]
  readonly series: readonly Series[]
}

export interface Columns extends Chart {
  /** Grey behind the columns: what is usual. */
  readonly band?: { readonly name: string; readonly from: number; readonly to: number }
}

export interface Bars extends Chart {
  /** Where each label leads. */
  readonly links?: readonly (`/${string}` | undefined)[]
}

interface Look {
  readonly colour: string
  /** Drawn in white over the colour, on a tile of 6 by 6: nobody needs the colour. */
  readonly pattern?: string
}

/** Rijkshuisstijl: lintblauw, oranje, hemelblauw, violet, groen, grijs; each at least 3:1 on white (WCAG 1.4.11). */
export const looks: readonly [Look, ...Look[]] = [
  { colour: '#154273' },
  { colour: '#e17000', pattern: 'M-1 1l2-2M0 6l6-6M5 7l2-2' },
  { colour: '#007bc7', pattern: 'M2 3h2' },
  { colour: '#a90061', pattern: 'M0 3h6' },
  { colour: '#39870c', pattern: 'M3 0v6' },
  { colour: '#696969', pattern: 'M0 0l6 6M0 6l6-6' },
]

/** Drawn for a telephone: twice as wide it is still sharp, and half as wide it would be unreadable. */
const width = 380
const letter = 13
const line = 18
const ink = '#212121'
const faint = '#757575'

const number = new Intl.NumberFormat('nl-NL')
export const counted = (value: number): string => number.format(value)

/** Columns over time, a part of each for each series. */
export function columns(chart: Columns): Html {
  const { id, labels, series, head, band } = chart
  const top = line * series.length + (band ? line : 0) + 12
  const bottom = top + 180
  const layers = stack<number, number>()
    .keys(series.keys())
    .value((at, key) => series[key]?.values[at] ?? 0)([...labels.keys()])
  const sums = labels.map((_, at) => sum(series, at))
  const y = scaleLinear([0, Math.max(1, ...sums, band?.to ?? 0)], [bottom, top]).nice(4)
  const ticks = y.ticks(4).filter(Number.isInteger)
  const left = 12 + letter * 0.62 * Math.max(...ticks.map(tick => counted(tick).length))
  const x = scaleBand([...labels.keys()], [left, width - 4]).paddingInner(0.2)
  const broad = 8 + letter * 0.55 * Math.max(...labels.map(label => label.length))
  const step = Math.ceil(labels.length / Math.floor((width - left) / broad))
  const usual =
    band &&
    html`<rect x="${left}" y="${n(y(band.to))}" width="${n(width - 4 - left)}" height="${n(y(band.from) - y(band.to))}" fill="#e6e6e6"/>`
  const grid = ticks.map(
    tick => html`<line x1="${n(left)}" x2="${width - 4}" y1="${n(y(tick))}" y2="${n(y(tick))}" stroke="${tick === 0 ? ink : '#d3d3d3'}"/>
<text x="${n(left - 6)}" y="${n(y(tick) + 4)}" text-anchor="end" fill="${ink}">${counted(tick)}</text>`,
  )
  // A few columns stay columns.
  const wide = Math.min(x.bandwidth(), 64)
  const middle = (at: number) => (x(at) ?? 0) + x.bandwidth() / 2
  const parts = layers.map((layer, which) =>
    layer.map(([from, to], at) =>
      to > from
        ? html`<rect x="${n(middle(at) - wide / 2)}" y="${n(y(to))}" width="${n(wide)}" height="${n(y(from) - y(to))}" fill="${fill(id, which)}" stroke="#ffffff" stroke-width="0.5"><title>${labels[at]}: ${counted(to - from)} ${series[which]?.name}</title></rect>`
        : undefined,
    ),
  )
  const under = labels.map((label, at) =>
    at % step === 0
      ? html`<text x="${n(Math.max(middle(at), label.length * letter * 0.29))}" y="${bottom + line}" text-anchor="middle" fill="${ink}">${label}</text>`
      : undefined,
  )
  const rows = labels.map((label, at) => [
    label,
    ...series.map(({ values }) => counted(values[at] ?? 0)),
  ])
  return figure(
    chart,
    bottom + line + 8,
    [legend(id, series, band), usual, grid, parts, under],
    table({
      caption: chart.title,
      head: [head, ...series.map(({ name }) => name)],
      rows,
      numbers: series.map((_, at) => at + 1),
    }),
  )
}

/** A bar for each label, longest as its numbers say; the label and the total stand beside it. */
export function bars(chart: Bars): Html {
  const { id, labels, series, head, links = [] } = chart
  const top = series.length > 1 ? line * series.length + 12 : 4
  const row = 2 * line + 6
  const longest = Math.max(1, ...labels.map((_, at) => sum(series, at)))
  const room = width - 8 - letter * 0.62 * (counted(longest).length + 1)
  const x = scaleLinear([0, longest], [0, room])
  const drawn = labels.map((label, at) => {
    const y = top + at * row
    let from = 0
    const parts = series.map(({ name, values }, which) => {
      const value = values[at] ?? 0
      const start = from
      from += value
      return value === 0
        ? undefined
        : html`<rect x="${n(x(start))}" y="${y + line}" width="${n(x(value))}" height="14" fill="${fill(id, which)}" stroke="#ffffff" stroke-width="0.5"><title>${label}: ${counted(value)} ${name}</title></rect>`
    })
    return html`<text x="0" y="${y + letter}" fill="${ink}">${short(label)}</text>${parts}
<text x="${n(x(from) + 5)}" y="${y + line + 12}" fill="${ink}">${counted(from)}</text>`
  })
  const rows = labels.map((label, at) => [
    linked(label, links[at]),
    ...series.map(({ values }) => counted(values[at] ?? 0)),
  ])
  return figure(
    chart,
    top + labels.length * row,
    [series.length > 1 ? legend(id, series) : undefined, drawn],
    table({
      caption: chart.title,
      head: [head, ...series.map(({ name }) => name)],
      rows,
      numbers: series.map((_, at) => at + 1),
    }),
  )
}

function figure(
  { id, title, text, labels, series }: Chart,
  height: number,
  drawn: readonly Fragment[],
  behind: Html,
): Html {
  const heard = html`<h3 class="nl-heading nl-heading--level-3" id="${id}-kop">${title}</h3>
<p class="nl-paragraph">${text}</p>`
  if (labels.length === 0 || series.every(({ values }) => values.every(value => value === 0))) {
    return html`<figure class="grafiek" aria-labelledby="${id}-kop">${heard}
<p class="nl-paragraph">Er is in deze periode niets te tellen.</p></figure>
`
  }
  return html`<figure class="grafiek" aria-labelledby="${id}-kop">${heard}
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${Math.ceil(height)}" width="100%" role="img" aria-labelledby="${id}-titel ${id}-uitleg" font-size="${letter}" font-family="Fira Sans, sans-serif">
<title id="${id}-titel">${title}</title>
<desc id="${id}-uitleg">${text} De getallen staan in de tabel hieronder.</desc>
<defs>${series.map((_, which) => pattern(id, which))}</defs>
${drawn}
</svg>
${unfold(`${title}: de getallen als tabel`, behind)}</figure>
`
}

/** White lines over the colour of the series. */
function pattern(id: string, which: number): Html {
  const { colour, pattern: path } = look(which)
  if (path === undefined) return html``
  return html`<pattern id="${id}-p${which}" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="${colour}"/><path d="${path}" stroke="#ffffff" stroke-width="1.5" fill="none"/></pattern>`
}

function fill(id: string, which: number): string {
  const { colour, pattern: path } = look(which)
  return path === undefined ? colour : `url(#${id}-p${which})`
}

function look(which: number): Look {
  return looks[which % looks.length] ?? looks[0]
}

function legend(id: string, series: readonly Series[], band?: Columns['band']): Html {
  const rows = series.map(
    (
      { name },
      which,
    ) => html`<rect x="0" y="${which * line + 3}" width="12" height="12" fill="${fill(id, which)}"/>
<text x="18" y="${which * line + letter}" fill="${ink}">${name}</text>`,
  )
  const y = series.length * line
  const usual =
    band &&
    html`<rect x="0" y="${y + 3}" width="12" height="12" fill="#e6e6e6" stroke="${faint}"/>
<text x="18" y="${y + letter}" fill="${ink}">${band.name}</text>`
  return html`${rows}${usual}`
}

function linked(label: string, to: `/${string}` | undefined): Fragment {
  return to === undefined
    ? label
    : html`<a class="nl-link rhc-link--inline" href="${to}">${label}</a>`
}

/** The table has all of it. */
function short(label: string): string {
  return label.length <= 52 ? label : `${label.slice(0, 51)}…`
}

function sum(series: readonly Series[], at: number): number {
  return series.reduce((total, { values }) => total + (values[at] ?? 0), 0)
}

/** A tenth of a unit is nothing anybody sees. */
function n(value: number): string {
  return String(Math.round(value * 10) / 10)
}
