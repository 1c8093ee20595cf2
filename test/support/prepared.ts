// What does a test gateway find made already? The PKI and month keys of this run, and a law of a few exchanges.
import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { removeTree } from './directory.ts'
import { testPki } from './pki.ts'

/** As on a machine where it ran before: `prepare` looks it all over and keeps it. Making it takes hundreds of files. */
export async function giveKeys(dataDir: string): Promise<void> {
  const pki = await testPki()
  cpSync(pki, join(dataDir, 'pki'), { recursive: true })
  cpSync(join(dirname(pki), 'keys'), join(dataDir, 'keys'), { recursive: true })
}

const shipped = resolve(import.meta.dirname, '../../policies')
const few = [
  'uwv-inkomsten-bijstand',
  'uwv-inkomsten-anw',
  'uwv-uitkeringen-bijstand',
  'svb-uitkeringen-bijstand',
  'svb-uitkering-uwv',
  'be-inkomsten-bijstand',
  'aanmelding-toeslagendelict-fiod',
  'wmo-handhaving',
  'terugmelding',
]

let made: string | undefined

/** These exchanges exactly as they are shipped, without the others: most of what a load costs is those. */
export function fewExchanges(): string {
  if (made) return made
  const dir = mkdtempSync(join(tmpdir(), 'sluis-few-'))
  process.once('exit', () => removeTree(dir))
  // Each instrument is one of an exchange that is left out.
  const wanted = (path: string) => {
    const [folder = '', file] = relative(shipped, path).split(sep)
    if (folder === 'instrumenten') return false
    return folder !== 'uitwisselingen' || !file || few.includes(file.split('.')[0] ?? '')
  }
  cpSync(shipped, dir, { recursive: true, filter: wanted })
  made = dir
  return dir
}
