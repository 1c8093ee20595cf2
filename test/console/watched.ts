// What does a browser notice of a page that a reader would not? Complaints, scripts, addresses, bodies.
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'

export interface Watched {
  readonly context: BrowserContext
  readonly page: Page
  /** What the console of the browser complained of, and every script, dialog or failure. */
  readonly complaints: readonly string[]
  /** Every address that was asked, and every page that came. */
  readonly addresses: readonly string[]
  readonly bodies: readonly Body[]
  readonly downloads: readonly string[]
  /** Bodies come after their page: all that were asked for. */
  settled(): Promise<void>
}

interface Body {
  readonly url: string
  readonly text: string
}

export async function watch(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({
    locale: 'nl-NL',
    timezoneId: 'Europe/Amsterdam',
    viewport: { width: 1280, height: 800 },
    ...options,
  })
  context.setDefaultTimeout(20_000)
  const page = await context.newPage()
  const complaints: string[] = []
  const addresses: string[] = []
  const bodies: Body[] = []
  const downloads: string[] = []
  const coming = new Set<Promise<void>>()
  page.on('console', message => {
    // A form that is sent back is a page too.
    if (!/server responded with a status of 4\d\d/.test(message.text()))
      complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(`script: ${error.message}`))
  page.on('dialog', dialog => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('download', download => downloads.push(download.suggestedFilename()))
  page.on('request', request => addresses.push(request.url()))
  page.on('response', response => {
    if (!/html|csv|json/.test(response.headers()['content-type'] ?? '')) return
    const reading = response.text().then(
      text => void bodies.push({ url: response.url(), text }),
      () => {},
    )
    coming.add(reading)
    void reading.finally(() => coming.delete(reading))
  })
  const settled = async () => void (await Promise.all(coming))
  return { context, page, complaints, addresses, bodies, downloads, settled }
}

/** As an officer of the demo, by the links and buttons a person would use. */
export async function logIn({ page }: Watched, console: string, officer: string): Promise<void> {
  await page.goto(console)
  await page.getByRole('link', { name: 'Inloggen', exact: true }).click()
  await page.locator(`button[value="${officer}"]`).click()
  await page.waitForURL(`${console}/**`)
}
