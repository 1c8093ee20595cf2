// Under which law does a load run? The shipped one, with every limit out of reach and still counted.
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TestContext } from 'node:test'
import { parseDocument } from 'yaml'
import { removeTree } from './directory.ts'

const shipped = resolve(import.meta.dirname, '../../policies')
const many = '1000000000'

type Limits = Readonly<Record<string, number>>

/** Writes it to `dir`, for SLUIS_POLICY_DIR. Numbers given here are the limits of uwv-inkomsten-bijstand. */
export function roomyPolicies(dir: string, limits: Limits = {}): string {
  cpSync(shipped, dir, { recursive: true })
  const folder = join(dir, 'uitwisselingen')
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    const own = name.startsWith('uwv-inkomsten-bijstand.') ? limits : {}
    const text = readFileSync(file, 'utf8')
    writeFileSync(
      file,
      text
        .replace(
          /(\b(?:perZaakPerDag|perPartijPerUur|personenPer30Dagen)): \d+/g,
          (_, limit) => `${limit}: ${own[limit] ?? many}`,
        )
        // The cases that show a limit show it at any limit.
        .replace(
          /gebruik: (\{[^}]*\})((?:(?!\n {2}- )[\s\S])*)/g,
          (_, use: string, rest: string) =>
            `gebruik: ${use.replace(/\d+/g, rest.includes('LIMIET_BEREIKT') ? many : '0')}${rest}`,
        ),
    )
  }
  return dir
}

/** The settings of a gateway under that law. */
export function roomy(t: TestContext, limits: Limits = {}): NodeJS.ProcessEnv {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-policies-'))
  t.after(() => removeTree(dir))
  return { SLUIS_POLICY_DIR: roomyPolicies(dir, limits) }
}

/** Where a party has its answers brought, put in the law in this folder. */
export function registerAddress(
  dir: string,
  oin: string,
  postadres: { readonly antwoorden?: string; readonly meldingen?: string },
): void {
  const file = join(dir, 'partijen', 'demo.yaml')
  const document = parseDocument(readFileSync(file, 'utf8'))
  const parties = document.toJS().partijen as { oin: string }[]
  const index = parties.findIndex(party => party.oin === oin)
  document.setIn(['partijen', index, 'postadres'], postadres)
  writeFileSync(file, document.toString({ lineWidth: 0 }))
}
