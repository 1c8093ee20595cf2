// What leaves the console as a file? Every export, taken by its own form or link.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { type Fields, inDays, send } from './tour.ts'
import type { Watched } from './watched.ts'

export interface Taken {
  readonly name: string
  readonly text: string
}

type Addresses = ReadonlyMap<string, string>

/** By the page they are on: what is chosen in which form. */
const forms: readonly (readonly [path: string, action: string, where: string, Fields])[] = [
  ...['pdf', 'html', 'csv', 'json'].map(
    vorm => ['/betrokkene/:zoekvraag', '', '', { vorm }] as const,
  ),
  ['/datalek/:datalek', '', ':has([value=feiten])', { vorm: 'csv' }],
  ['/verstrekkingen/:transactie', '', ':has([value=bundel])', {}],
  ...['bundel', 'adl'].map(
    soort => ['/logboek', '/logboek/uitvoer', '', { soort, van: inDays(0) }] as const,
  ),
]

export async function takeAll(watched: Watched, addresses: Addresses): Promise<readonly Taken[]> {
  const { page } = watched
  const taken: Taken[] = []
  for (const [path, action, where, fields] of forms) {
    const address = addresses.get(path)
    assert.ok(address, path)
    await page.goto(address)
    const to = action || new URL(address).pathname
    taken.push(await file(page, () => send(page, to, fields, where)))
  }
  const report = [...addresses].find(([path]) => path.startsWith('/rapportage/:log'))?.[1] ?? ''
  for (const form of ['CSV', 'JSON']) {
    await page.goto(report)
    taken.push(await file(page, () => page.getByRole('link', { name: form, exact: true }).click()))
  }
  return taken
}

async function file(page: Page, act: () => Promise<void>): Promise<Taken> {
  const coming = page.waitForEvent('download')
  await Promise.all([coming, act()]).catch(error => {
    throw new Error(`no file came from ${page.url()}`, { cause: error })
  })
  const download = await coming
  const text = (await readFile(await download.path())).toString('latin1')
  return { name: download.suggestedFilename(), text }
}

/** The cells of a file as a spreadsheet reads them. */
export function cellsOf(csv: string): readonly string[] {
  return [...csv.matchAll(/(?:^|[;\n])(?:"((?:[^"]|"")*)"|([^;"\r\n]*))/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
  )
}
