// How does a table leave as CSV, so that no spreadsheet takes a cell for a formula? (RFC 4180; OWASP: CSV injection)
import { legible } from '../html.ts'

/** With the mark by which a spreadsheet knows UTF-8, and `;`, as it expects in the Netherlands. */
export function csv(rows: Iterable<readonly (string | number)[]>): string {
  let text = '\ufeff'
  for (const row of rows) text += csvLine(row)
  return text
}

export function csvLine(row: readonly (string | number)[]): string {
  return `${row.map(cell).join(';')}\r\n`
}

/** A text that a spreadsheet could compute gets an apostrophe before it; a number of ours stays one. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value)
  const inert = /^[\s"']*[=+\-@\t\r\n|%\uff0b\uff0d\uff1d\uff20]/.test(value) ? `'${value}` : value
  const lines = inert
    .split(/\r\n?|\n/)
    .map(legible)
    .join('\n')
  return `"${lines.replaceAll('"', '""')}"`
}
