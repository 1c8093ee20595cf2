// `sluis adapter …`: does an adapter keep its contract, and how does a new one begin?
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Check, conformance, type Shipped } from '../../adapters/conformance.ts'
import { shipped } from '../../adapters/registry.ts'
import { openOutbound } from '../outbound.ts'
import { type Command, type ExitCode, type Io, readArguments, UsageError } from './command.ts'

const adaptersDir = resolve(import.meta.dirname, '../../adapters')

/** The server certificate that every simulator shows here, and whose OIN stands in it. */
const simulated = { server: 'echo', party: 'uwv' }

const test: Command = {
  name: 'adapter test',
  usage: '<naam> [--json]',
  async run(args, io) {
    const { positionals, values } = readArguments(args, {}, 1)
    const chosen = shipped.filter(each => each.adapter.name === positionals[0])
    if (chosen.length === 0) {
      const names = new Set(shipped.map(each => each.adapter.name))
      throw new UsageError(`kies een adapter: ${[...names].join(', ')}`)
    }
    const pki = await mkdtemp(join(tmpdir(), 'sluis-adapter-'))
    try {
      const results: Result[] = []
      for (const each of chosen) {
        const checks = await runChecks(await checksOf(each, pki, io))
        results.push(...checks.map(check => named(check, each.gegevensset)))
      }
      report(results, values.json === true, io)
      return results.every(each => each.fout === undefined) ? 0 : 1
    } finally {
      await rm(pki, { recursive: true })
    }
  },
}

async function checksOf(adapter: Shipped, pki: string, { clock }: Io): Promise<Check[]> {
  const { issueDevelopmentPki } = await import('../../certs/issue.ts')
  const { partyHolder } = await import('../../certs/names.ts')
  await issueDevelopmentPki(pki, { clock })
  const trustDir = join(pki, 'trust')
  return await conformance(adapter, {
    certFile: join(pki, 'servers', `${simulated.server}.pem`),
    keyFile: join(pki, 'servers', `${simulated.server}.key`),
    trustDir,
    oin: partyHolder(simulated.party).oin,
    clock,
    openClient: () =>
      openOutbound({
        certFile: join(pki, 'clients', 'gateway.pem'),
        keyFile: join(pki, 'clients', 'gateway.key'),
        trustDir,
        profile: 'test',
      }),
  })
}

interface Result {
  readonly controle: string
  readonly fout?: string
}

async function runChecks(checks: readonly Check[]): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const { name, run } of checks) {
    try {
      await run()
      results.push({ controle: name })
    } catch (error) {
      results.push({ controle: name, fout: error instanceof Error ? error.message : 'onbekend' })
    }
  }
  return results
}

/** One adapter may hold several datasets, each with the same checks. */
function named({ controle, ...rest }: Result, gegevensset: string | undefined): Result {
  return { controle: gegevensset ? `${gegevensset}: ${controle}` : controle, ...rest }
}

function report(results: readonly Result[], json: boolean, io: Io): void {
  if (json) {
    io.out(`${JSON.stringify(results)}\n`)
    return
  }
  for (const { controle, fout } of results) {
    io.out(fout === undefined ? `goed  ${controle}\n` : `FOUT  ${controle}\n      ${fout}\n`)
  }
  const faults = results.filter(each => each.fout !== undefined).length
  io.out(`${results.length} controles, ${faults} fout\n`)
}

const scaffold: Command = {
  name: 'adapter new',
  usage: '<naam> [--in <map>] [--json]',
  async run(args, io): Promise<ExitCode> {
    const { positionals, values } = readArguments(args, { in: { type: 'string' } }, 1)
    const [name = ''] = positionals
    if (!/^[a-z][a-z0-9-]{1,30}$/.test(name)) {
      throw new UsageError('een naam is 2 tot 31 kleine letters, cijfers of streepjes')
    }
    const folder = join(values.in ?? adaptersDir, name)
    if (await exists(folder)) throw new UsageError(`de map ${name} bestaat al`)
    await cp(join(adaptersDir, 'echo'), folder, { recursive: true, errorOnExist: true })
    const files = await rename(folder, name)
    if (values.json === true) io.out(`${JSON.stringify({ map: folder, bestanden: files })}\n`)
    else io.out(`${folder}\n${files.map(file => `  ${file}\n`).join('')}${nextSteps}`)
    return 0
  },
}

const nextSteps =
  'Zet de adapter in adapters/registry.ts, pas mapping.ts en de cases aan uw bron aan,\n' +
  'en draai daarna: sluis adapter test <naam>\n'

/** The copy speaks of itself by its own name. */
async function rename(folder: string, name: string): Promise<readonly string[]> {
  const pascal = name.replaceAll(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = files.filter(file => file.isFile()).map(file => join(file.parentPath, file.name))
  for (const path of paths) {
    const text = await readFile(path, 'utf8')
    const renamed = text
      .replaceAll('EchoSettings', `${pascal}Settings`)
      .replaceAll("name: 'echo'", `name: '${name}'`)
      .replaceAll('# echo', `# ${name}`)
    if (renamed !== text) await writeFile(path, renamed)
  }
  return paths.map(path => path.slice(folder.length + 1)).sort()
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

export const commands: readonly Command[] = [test, scaffold]
