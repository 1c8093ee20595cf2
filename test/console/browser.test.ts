// Can everybody use the console, whatever they see, type with or run? Every page, in a real browser.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { startBrowser } from '../support/browser.ts'
import { readPdf } from '../support/pdf.ts'
import { numbers, seed } from '../support/seeded.ts'
import { dropped, plantCalls, planted } from './hostile.ts'
import { type Act, questions } from './questions.ts'
import { shownGateway } from './shown.ts'
import { cellsOf, takeAll } from './taken.ts'
import { any, send, tour } from './tour.ts'
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
  const plants = await plantCalls(gateway)
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

  await t.test('no page breaks its own policy or runs anything', () => {
    assert.deepEqual(strict.complaints, [])
  })
  for (const [question, play] of questions) {
    await t.test(`within three actions after login, without JavaScript: ${question}`, async () => {
      const { page } = plain
      let actions = 0
      const act: Act = async (name, how = 'link', row) => {
        actions += 1
        const scope = row === undefined ? page : page.locator('tr', { hasText: row })
        const summary = scope.locator('summary', { hasText: name })
        const target = how === 'summary' ? summary : page.getByRole(how, { name, exact: true })
        await target.first().click()
      }
      await page.goto(gateway.console)
      await play({ page, person: seeded.person, act })
      assert.ok(actions <= 3, `${actions} actions`)
    })
  }
  await t.test(
    'C1: markup, handlers and turned-around text of partners and of the law are shown as text, and run nowhere',
    async () => {
      for (const one of plants) {
        await strict.page.goto(`${gateway.console}/verstrekkingen/${one}`)
        await assertDocument(strict.page)
      }
      await strict.settled()
      const all = strict.bodies.map(({ text }) => text).join('\n')
      for (const word of planted) assert.ok(all.includes(word), `${word} was shown`)
      for (const word of dropped) assert.ok(!all.includes(word), `${word} was kept`)
      assert.match(all, /&lt;script&gt;alert\(/)
      assert.doesNotMatch(all, /<script|<img|<svg\/|javascript:|\u202e/i)
      assert.deepEqual(strict.complaints, [])
      const { headers } = await fetch(`${gateway.console}/inloggen`)
      const policy = headers.get('content-security-policy') ?? ''
      assert.match(policy, /^default-src 'none';/)
      assert.doesNotMatch(policy, /unsafe|\*|https?:|data:/)
    },
  )
  const taken = await takeAll(strict, addresses)
  await t.test(
    'C5: what is exported computes nothing, runs nothing and can still be read',
    async () => {
      for (const { name, text } of taken) {
        if (name.endsWith('.csv')) {
          const cells = cellsOf(text)
          assert.ok(cells.length > 10, name)
          for (const cell of cells)
            assert.doesNotMatch(cell, /^\s*[=+\-@\t\r|%]./, `${name}: ${cell}`)
        }
        if (name.endsWith('.pdf'))
          assert.doesNotMatch(
            readPdf(Buffer.from(text, 'latin1')).whole,
            /\/(JavaScript|JS|OpenAction|AA|Launch)\b/,
          )
        if (!name.endsWith('.html')) continue
        const opened = await watch(browser)
        await opened.page.setContent(Buffer.from(text, 'latin1').toString())
        assert.deepEqual(opened.complaints, [])
        assert.equal(await opened.page.locator('script, img, [onerror]').count(), 0)
        assert.match(await opened.page.innerText('body'), /<script>alert\(/)
      }
    },
  )
  await t.test(
    'V8: a number of a person is in no page, title, address, history, storage, file name, file or server log before it is opened for a reason, and then on that page only',
    async () => {
      for (const { settled } of [strict, judged, plain]) await settled()
      const addressesAsked = [strict, judged, plain].flatMap(one => one.addresses)
      const bodies = [strict, judged, plain].flatMap(one => one.bodies.map(({ text }) => text))
      assert.ok(bodies.length > 2 * addresses.size && addressesAsked.length > bodies.length)
      assert.match(gateway.written(), /"level":(10|20|30)/, 'it was talkative')
      for (const number of numbers) {
        const where = { pages: bodies, addresses: addressesAsked, log: [gateway.written()] }
        for (const [place, texts] of Object.entries(where)) {
          assert.ok(!texts.some(text => text.includes(number)), `${number} in ${place}`)
        }
        assert.ok(!taken.some(({ name, text }) => `${name} ${text}`.includes(number)), 'a file')
        assert.ok(!JSON.stringify(await strict.context.storageState()).includes(number))
      }
      const { page } = strict
      const story = `/verstrekkingen/${seeded.disclosed}`
      await page.goto(gateway.console + story)
      const why = { lid: any, reden: 'inzageverzoek' }
      await send(page, story, why, ':has([value=toon])')
      await page.getByText(seeded.person).waitFor()
      assert.doesNotMatch(page.url() + (await page.title()), new RegExp(seeded.person))
      await page.goto(gateway.console + story)
      assert.equal(await page.getByText(seeded.person).count(), 0)
      assert.match(await page.innerText('main'), /inzage/i, 'the reason stands in the log')
    },
  )
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
