// Where is every page of the console? By its menu, what a form leads to, and the links of the pages before it.
import assert from 'node:assert/strict'
import type { Locator, Page } from 'playwright-core'
import type { Page as ConsolePage } from '../../gateway/console/page.ts'
import { pages } from '../../gateway/console/pages.ts'
import { addDays, legalDate } from '../../gateway/policy/legal-time.ts'
import type { Seeded } from '../support/seeded.ts'

/** What an officer of Waterstad with every page sees. */
export const toured: readonly ConsolePage[] = pages.filter(
  ({ show, roles }) => show && roles.includes('privacy-officer'),
)

export type Fields = Readonly<Record<string, string>>

/** Stands for the first choice there is. */
export const any = '*'

/** Fills in the form that is sent to this address, and sends it. */
export async function send(page: Page, action: string, fields: Fields, where = ''): Promise<void> {
  const form = page.locator(`form[action="${action}"]${where}`).first()
  for (const [name, value] of Object.entries(fields)) {
    const field = form.locator(`[name="${name}"]`).first()
    if (/checkbox|radio/.test((await field.getAttribute('type')) ?? '')) await field.check()
    else if ((await form.locator(`select[name="${name}"]`).count()) === 0) await field.fill(value)
    else await field.selectOption(value === any ? await firstOption(form, name) : value)
  }
  await form.locator('[type=submit]').first().click()
}

async function firstOption(form: Locator, name: string): Promise<string> {
  const option = form.locator(`select[name="${name}"] option:not([value=""])`).first()
  return (await option.getAttribute('value')) ?? ''
}

/** The real addresses of every page, one for each; fails on a page that nothing leads to. */
export async function tour(
  page: Page,
  console: string,
  { person, disclosed }: Seeded,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  const note = (address: string) => {
    const { origin, pathname } = new URL(address)
    const of = toured.find(({ path }) => pattern(path).test(pathname))
    if (of && origin === console && !found.has(of.path)) found.set(of.path, address)
  }
  note(`${console}/verstrekkingen/${disclosed}`)
  for (const [path, fields, action] of acts(person)) {
    // Of the page before it: what was made there goes on.
    await page.goto(path.startsWith('/') ? console + path : `${page.url()}/${path}`)
    await send(page, action ?? new URL(page.url()).pathname, fields)
    note(page.url())
  }
  // Of somebody else's file: one's own lines lead to it.
  await page.goto(`${console}/zoeken?soort=signaal`)
  await page.locator('main a[href^="/verstrekkingen/"]').first().click()
  await page.locator('main a[href^="/leveringen/"]').first().click()
  note(page.url())
  for (const { path, menu } of toured) if (menu !== undefined) note(`${console}${path}`)
  const seen = new Set<string>()
  const files = new Set<string>()
  for (const address of found.values()) {
    if (seen.has(address)) continue
    seen.add(address)
    if (!(await isPage(page, address))) files.add(address)
    // New pages are added to what this loop goes through.
    const links = '[...document.querySelectorAll("main a[href]")].map(({ href }) => href)'
    for (const link of await page.evaluate<string[]>(links)) note(link)
  }
  const missing = toured.filter(({ path }) => !found.has(path)).map(({ path }) => path)
  assert.deepEqual(missing, [], 'pages that nothing leads to')
  return new Map([...found].filter(([, address]) => !files.has(address)))
}

/** A file comes as a download, and the browser stays where it was. */
async function isPage(page: Page, address: string): Promise<boolean> {
  try {
    await page.goto(address)
    return true
  } catch (error) {
    assert.match(String(error), /Download is starting/)
    return false
  }
}

/** What must be done before there is something to see: forms on these pages, in this order. */
function acts(
  person: string,
): readonly (readonly [path: string, fields: Fields, action?: string])[] {
  const subject = ['/betrokkene', { nummer: person, reden: 'inzage' }] as const
  const deferral = { regel: '', grond: any, herzienOp: inDays(30), motivering: 'Een onderzoek.' }
  const words = { aard: 'Verkeerd gekoppeld.', gevolgen: 'Beperkt.', maatregelen: 'Hersteld.' }
  return [
    subject,
    ['uitstel', deferral],
    subject,
    ['doorzending', { aan: any, ontvangenOp: inDays(-1) }],
    ['/beleid', { van: any }, '/beleid/vergelijking'],
    ['/rapportage', {}],
    ['/rapportage/mandaat', { toelichting: 'Klopt dit aantal?' }],
    [`/datalek?wat=verstrekt&van=${inDays(0)}`, { kenmerk: 'DL-2026-01', uur: '00:01', ...words }],
  ]
}

export function inDays(days: number): string {
  return addDays(legalDate(Date.now()), days)
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`)
}
