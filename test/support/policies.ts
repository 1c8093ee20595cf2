// Under which law does a load run? The shipped one, with every limit out of reach and still counted.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TestContext } from 'node:test'

const shipped = resolve(import.meta.dirname, '../../policies')
const many = '1000000000'

/** Writes it to `dir`, for SLUIS_POLICY_DIR. */
export function roomyPolicies(dir: string): string {
  cpSync(shipped, dir, { recursive: true })
  const folder = join(dir, 'uitwisselingen')
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    const text = readFileSync(file, 'utf8')
    writeFileSync(
      file,
      text
        .replace(/^grenzen: .*$/m, line =>
          line.replace(/\d+/g, (n, at) => (/\w/.test(line[at - 1] ?? '') ? n : many)),
        )
        .replace(/gebruik: \{[^}]*\} \}\n {4}dan: geweigerd/g, one => one.replace(/\d+/g, many)),
    )
  }
  return dir
}

/** The settings of a gateway under that law. */
export function roomy(t: TestContext): NodeJS.ProcessEnv {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-policies-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return { SLUIS_POLICY_DIR: roomyPolicies(dir) }
}
