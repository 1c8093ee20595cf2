// What does an officer come for? Five questions, each answered by what stands on the page after a few actions.
import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'

/** One click or one form that is sent; filling in a form is no action of its own. */
export type Act = (
  what: string | RegExp,
  how?: 'link' | 'button' | 'summary',
  /** A word of the row of a table that it stands in. */
  row?: string,
) => Promise<void>

interface Asked {
  readonly page: Page
  readonly person: string
  readonly act: Act
}

export const questions: readonly (readonly [string, (asked: Asked) => Promise<void>])[] = [
  [
    'who received what about this person, and on what grounds',
    async ({ page, person, act }) => {
      await act('Betrokkene', 'link')
      await fillPerson(page, person)
      await act('Zoeken', 'button')
      // Of what the SVB gave.
      await act('3 artikelen', 'summary', 'SVB')
      const told = await page.innerText('main')
      assert.match(told, /Gemeente Waterstad/)
      assert.match(told, /Participatiewet, artikel 64/)
      assert.match(told, /Gegevens gegeven/)
    },
  ],
  [
    'what did this party ask last month, and is that normal',
    async ({ page, act }) => {
      await act('Per partij: de getallen als tabel', 'summary')
      await act('UWV', 'link')
      assert.match(await page.innerText('h1'), /^UWV in /)
      assert.match(await page.innerText('main'), /Is dat gewoon\?[\s\S]*keer iets gevraagd/)
    },
  ],
  [
    'which disclosures must I review this week',
    async ({ page, act }) => {
      await act('Toetsing', 'link')
      assert.match(await page.innerText('main'), /Open \([1-9]\d*\)/)
      assert.ok((await page.getByRole('link', { name: 'Steekproef' }).count()) > 0)
    },
  ],
  [
    'what do I send the citizen who asks',
    async ({ page, person, act }) => {
      await act('Betrokkene', 'link')
      await fillPerson(page, person)
      await act('Zoeken', 'button')
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        act('Overzicht maken', 'button'),
      ])
      assert.match(download.suggestedFilename(), /^[\w.-]+\.pdf$/)
    },
  ],
  [
    'can the auditor trust this log',
    async ({ page, act }) => {
      await act('Logboek', 'link')
      await act('Controleer het hele logboek', 'button')
      await page.getByText(/Geldig\. Alle [\d.]+ regels/).waitFor()
    },
  ],
]

async function fillPerson(page: Page, person: string): Promise<void> {
  await page.getByLabel('Nummer van de persoon').fill(person)
  const reasons = page.getByLabel('Waarom zoekt u?')
  await reasons.selectOption('inzage')
}
