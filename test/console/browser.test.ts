// Can everybody use the console, whatever they see, type with or run? Every page, in a real browser.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { startBrowser } from '../support/browser.ts'
import { seed } from '../support/seeded.ts'
import { shownGateway } from './shown.ts'
import { tour } from './tour.ts'
import { logIn, watch } from './watched.ts'

const read = (file: string) => readFileSync(createRequire(import.meta.url).resolve(file), 'utf8')
const axe = read('axe-core/axe.min.js')
const inPage = read('./in-page.js')
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** 1280 wide at 200 % and at 400 %, and a phone. */
const narrow = [
  { width: 640, height: 400 },
  { width: 320, height: 256 },
  { width: 360, height: 740 },
]

test('C9: every page of the table in a real browser: keyboard, zoom, phone, names, contrast, errors and language keep to WCAG 2.2 AA, with and without JavaScript', async t => {
  const gateway = await shownGateway(t)
  const seeded = await seed(gateway)
  const browser = await startBrowser()
  t.after(() => browser.close())
  const strict = await watch(browser)
  await logIn(strict, gateway.console, 'po-waterstad')
  const addresses = await tour(strict.page, gateway.console, seeded)
  const storageState = await strict.context.storageState()
  const judged = await watch(browser, { bypassCSP: true, storageState })
  const plain = await watch(browser, { javaScriptEnabled: false, storageState })

  for (const [path, address] of addresses) {
    await t.test(`C9: ${path}`, async () => {
      const [, found, headings] = await Promise.all([
        assertUsable(strict.page, address),
        violations(judged.page, address),
        plain.page.goto(address).then(() => plain.page.locator('h1').count()),
      ])
      assert.deepEqual(found, [])
      assert.equal(headings, 1, 'without JavaScript')
    })
  }

  assert.deepEqual(strict.complaints, [], 'no page breaks its own policy')
  await t.test(
    'C9: a form that is wrong says so at its top and at each field, and Enter sends one that is right',
    async () => {
      const { page } = judged
      await page.goto(`${gateway.console}/zoeken`)
      await page.locator('#nummer').fill('123')
      await page.keyboard.press('Enter')
      await page.waitForSelector('[role=alert]')
      for (const field of ['nummer', 'reden']) {
        const control = page.locator(`#${field}[aria-invalid=true]`)
        const told = (await control.getAttribute('aria-describedby')) ?? ''
        assert.match(told, new RegExp(`\\b${field}-fout\\b`))
        await page.locator(`[role=alert] a[href="#${field}"]`).click()
        assert.equal(await page.evaluate('document.activeElement.id'), field)
      }
      await assertDocument(page)
      await page.evaluate(axe)
      assert.deepEqual(await ask(page, `axe(${JSON.stringify(tags)})`), [])
      await page.locator('#reden').selectOption('inzageverzoek')
      await page.locator('#nummer').fill(seeded.person)
      await page.keyboard.press('Enter')
      await page.waitForURL('**/zoeken?vraag=*')
      assert.match(await page.innerText('h1'), /^Gevonden/)
    },
  )
})

async function assertUsable(page: Page, address: string): Promise<void> {
  const answer = await page.goto(address)
  assert.equal(answer?.status(), 200)
  await assertDocument(page)
  await assertKeyboard(page)
  for (const size of narrow) {
    await page.setViewportSize(size)
    const wide = await ask<number>(page, 'width()')
    assert.ok(wide <= size.width, `${wide} wide at ${size.width}`)
  }
  await page.setViewportSize({ width: 1280, height: 800 })
}

async function violations(page: Page, address: string): Promise<readonly string[]> {
  await page.goto(address)
  await page.evaluate(axe)
  return await ask<readonly string[]>(page, `axe(${JSON.stringify(tags)})`)
}

async function ask<T>(page: Page, question: string): Promise<T> {
  return await page.evaluate(`${inPage}\nproef.${question}`)
}

/** Language, title, one heading of level 1, nothing that runs, and every wrong field tells why. */
async function assertDocument(page: Page): Promise<void> {
  const told = await ask<{ readonly headings: readonly string[] }>(page, 'told()')
  const [heading] = told.headings
  assert.deepEqual(told, {
    lang: 'nl',
    title: `${heading} - Sluis`,
    headings: [heading],
    scripts: 0,
    inline: 0,
    elsewhere: [],
    twice: [],
    untold: [],
    current: 1,
  })
}

interface Focus {
  readonly tab: number
  readonly name: string
  readonly visible: boolean
}

/** Tab goes through every control in the order of the page, and each shows that it has the focus. */
async function assertKeyboard(page: Page): Promise<void> {
  const expected = await ask<number>(page, 'number()')
  assert.ok(expected > 5)
  const order: number[] = []
  for (let presses = 0; presses < expected * 2 + 60 && order.length < expected; presses++) {
    await page.keyboard.press('Tab')
    const at = await ask<Focus>(page, 'focus()')
    // A date has a stop for its day, its month and its year.
    if (at.tab === order.at(-1)) continue
    assert.ok(at.visible, `no focus to see on ${at.name}`)
    order.push(at.tab)
  }
  assert.deepEqual(order, [...Array(expected).keys()])
}
