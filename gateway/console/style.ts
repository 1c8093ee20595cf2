// What gives the console its looks? Style sheets and fonts of the Rijkshuisstijl community, and a sheet of our own.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

interface StyleFile {
  readonly type: string
  readonly body: Buffer
}

const css = 'text/css; charset=utf-8'
const font = 'font/woff2'
const svg = 'image/svg+xml'
const cuts = ['latin-400-normal', 'latin-400-italic', 'latin-700-normal', 'latin-ext-400-normal']
const tokens = '@rijkshuisstijl-community/design-tokens/dist/uitvoerend-lintblauw/index.css'
const components = '@rijkshuisstijl-community/components-css/dist/index.css'

const files = new Map<string, StyleFile>(
  [
    ...([
      ['tokens.css', css, ofPackage(tokens)],
      ['componenten.css', css, ofPackage(components)],
      ['console.css', css, own('console.css')],
      ['pijl.svg', svg, own('pijl.svg')],
      ['merk.svg', svg, own('merk.svg')],
    ] as const),
    ...cuts.map(
      cut =>
        [
          `fira-sans-${cut}.woff2`,
          font,
          ofPackage(`@fontsource/fira-sans/files/fira-sans-${cut}.woff2`),
        ] as const,
    ),
  ].map(([name, type, file]) => [name, { type, body: readFileSync(file) }]),
)

/** Stands in every address, so that what a browser keeps for a year is never an older look. */
const digest = [...files.values()]
  .reduce((hash, { body }) => hash.update(body), createHash('sha256'))
  .digest('hex')
  .slice(0, 16)

export function stylePath(name: string): `/stijl/${string}` {
  return `/stijl/${digest}/${name}`
}

/** Takes in the other sheets. */
export const stylesheet = stylePath('console.css')

/** @returns undefined when there is no such file, or of an older look */
export function styleFile(path: string): StyleFile | undefined {
  const [, of, name, ...more] = path.split('/').slice(1)
  return of === digest && name && more.length === 0 ? files.get(name) : undefined
}

function ofPackage(path: string): URL {
  return new URL(import.meta.resolve(path))
}

function own(name: string): URL {
  return new URL(name, import.meta.url)
}
