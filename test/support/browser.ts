// In which browser are pages tried? A Chromium of this machine, without a screen; one for a test file.
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** The program: the one of the environment, else on PATH or where Debian puts it. */
export function findChromium(env = process.env): string | undefined {
  const own = env.SLUIS_TEST_CHROMIUM
  const dirs = own ? [own] : [...(env.PATH ?? '').split(delimiter), '/usr/bin']
  const places = dirs.flatMap(dir => names.map(name => join(dir, name)))
  return [...(own ? [own] : []), ...places].find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** As root its sandbox cannot start; tests show it only pages of our own. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = findChromium()
  if (!executablePath) throw new Error('no Chromium on PATH or in SLUIS_TEST_CHROMIUM')
  const root = process.getuid?.() === 0
  return await chromium.launch({
    executablePath,
    args: ['--lang=nl-NL', '--disable-dev-shm-usage', ...(root ? ['--no-sandbox'] : [])],
  })
}
