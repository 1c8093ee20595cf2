// What does a partner, or whoever writes the law, plant where an officer will read it? Markup, formulas, turned-around text.
import assert from 'node:assert/strict'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { withDemoKeys } from '../../demo/keys.ts'
import { goodBody, type TestGateway } from '../support/gateway.ts'
import { transactionOf } from '../support/log.ts'

/** Each has its own word, so that a test can see that it was shown at all. */
const plant = (word: string) =>
  `=cmd|'/C calc'!A0 "'><script>alert('${word}')</script><img src=x onerror=alert('${word}')>\u202e${word}`

/** Words that must be somewhere on a page: what was planted was shown. */
export const planted = ['partijnaam', 'doeltekst', 'afspraaktitel']
/** What a party says and no law names is not even written down. */
export const dropped = ['functienaam', 'veldnaam']

const edits: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
  'partijen/demo.yaml': [[/naam: (SVB|Servicecentrum Delta)/g, plant('partijnaam')]],
  'uitwisselingen/uwv-uitkeringen-bijstand.yaml': [
    [/^titel: .*$/m, plant('afspraaktitel')],
    [/^ {2}omschrijving: .*$/m, plant('doeltekst')],
  ],
}

/** The shipped law with the demo's keys, and these texts in it. */
export async function hostileLaw(dir: string, pkiDir: string): Promise<string> {
  cpSync(resolve(import.meta.dirname, '../../policies'), dir, { recursive: true })
  await withDemoKeys(dir, pkiDir, dir)
  for (const [file, all] of Object.entries(edits)) {
    const path = join(dir, file)
    const before = readFileSync(path, 'utf8')
    const after = all.reduce(
      (text, [old, value]) =>
        text.replace(old, line => `${line.split(':')[0]}: ${JSON.stringify(value)}`),
      before,
    )
    assert.notEqual(after, before)
    writeFileSync(path, after)
  }
  return dir
}

/** Calls with the same in everything that a party may say freely. @returns their transactions */
export async function plantCalls(gateway: Pick<TestGateway, 'ask'>): Promise<readonly string[]> {
  const path = '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek'
  const made: string[] = []
  const headers = { 'User-Agent': '<script>alert(1)</script>', Referer: 'javascript:alert(2)' }
  for (const change of [
    { zaak: '-cmd/..//', medewerker: { id: '-u..', functie: plant('functienaam').slice(0, 64) } },
    { medewerker: { id: 'u-1', functie: '<svg/onload=alert(3)>functienaam' } },
    { velden: ['"><img src=x onerror=alert(4)>veldnaam', '=1+1', '\u202eveldnaam'] },
  ]) {
    const answer = await gateway.ask('gemeente-waterstad', {
      path,
      headers,
      body: { ...goodBody(), ...change },
    })
    assert.equal(answer.status, 403, answer.text)
    made.push(transactionOf(answer))
  }
  return made
}
