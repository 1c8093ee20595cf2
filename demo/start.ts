// What does `npm start` run? Development PKI, simulated sources, and the gateway, on embedded defaults.
import { readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { cwd, env, exit, stderr, stdout } from 'node:process'
import { startSimulator as startFiod } from '../adapters/fiod/simulator.ts'
import { startSimulator as startInlichtingenbureau } from '../adapters/inlichtingenbureau/simulator.ts'
import { startSimulator as startKsz } from '../adapters/ksz/simulator.ts'
import { startSimulator as startSvb } from '../adapters/svb/simulator.ts'
import { startSimulator as startUwv } from '../adapters/uwv/simulator.ts'
import { reissueCrls } from '../certs/issue.ts'
import { operator, partyHolder } from '../certs/names.ts'
import { ConfigFaults, readConfig } from '../gateway/config.ts'
import { deliver } from '../gateway/deliver.ts'
import { clock } from '../gateway/open.ts'
import { obeySignals, type Serving, serve } from '../gateway/serve.ts'
import type { RequestBody } from '../gateway/terms.ts'
import { type DemoIdentity, startIdentity } from './identity.ts'
import { demoOfficers } from './officers.ts'
import { prepare } from './prepare.ts'

/** CRLs are good for a while; they are made anew well before they end. */
const crlEveryMs = 6 * 3600 * 1000

export interface Demo extends AsyncDisposable {
  readonly serving: Serving
  readonly pkiDir: string
  /** What its gateway was started with; another one beside it takes the same. */
  readonly settings: NodeJS.ProcessEnv
  /** Control of the simulators, for tests: misbehaviour and counts. */
  readonly uwv: Uwv
  readonly svb: Svb
  readonly ksz: Ksz
  readonly fiod: Fiod
  readonly inlichtingenbureau: Inlichtingenbureau | undefined
  /** By whom officers log in, when the caller named nobody. */
  readonly identity: DemoIdentity | undefined
}

type Uwv = Awaited<ReturnType<typeof startUwv>>
type Svb = Awaited<ReturnType<typeof startSvb>>
type Fiod = Awaited<ReturnType<typeof startFiod>>
type Ksz = Awaited<ReturnType<typeof startKsz>>
type Inlichtingenbureau = Awaited<ReturnType<typeof startInlichtingenbureau>>
type MonthFiles = Parameters<typeof startInlichtingenbureau>[0]['files']

export interface DemoOptions {
  /**
   * What the Inlichtingenbureau has standing ready; `small` is a few lines. Absent: it is not connected, and
   * nothing happens in the log that nobody asked for.
   */
  readonly files?: 'small' | NonNullable<MonthFiles>
}

interface Simulators {
  uwv?: Uwv
  svb?: Svb
  ksz?: Ksz
  fiod?: Fiod
  inlichtingenbureau?: Inlichtingenbureau
}

/** Belgium takes weeks; here seconds, so that one can see it happen. */
const kszDelayMs = 3_000

/** Brings everything up on one data directory; started again on the same one it keeps log and keys. */
export async function startDemo(
  environment: NodeJS.ProcessEnv,
  { files }: DemoOptions = {},
): Promise<Demo> {
  await using stack = new AsyncDisposableStack()
  const simulators: Simulators = {}
  const prepared = await prepare(environment, async pki => {
    const uwv = stack.use(await startUwv(simulated('uwv', pki)))
    const svb = stack.use(await startSvb(simulated('svb', pki)))
    const ksz = stack.use(await startKsz({ ...simulated('ksz', pki), delayMs: kszDelayMs }))
    const fiod = stack.use(await startFiod({ ...simulated('fiod', pki), ...dossierKeys(pki) }))
    Object.assign(simulators, { uwv, svb, ksz, fiod })
    const ready = files && {
      ...simulated('inlichtingenbureau', pki),
      ...(files !== 'small' && { files }),
    }
    const ib = ready && stack.use(await startInlichtingenbureau(ready))
    if (ib) simulators.inlichtingenbureau = ib
    const sleutel = join(pki, 'sleutels', `${operator.name}-ondertekenen.jwk`)
    return (
      source('uwv', uwv.url) +
      source('svb', svb.url) +
      source('ksz', ksz.url) +
      source('fiod', fiod.url, `, sleutel: "${sleutel}"`) +
      (ib ? source('inlichtingenbureau', ib.url) : '')
    )
  })
  stack.use(prepared)
  const { pkiDir, dataDir } = prepared
  const identity = environment.SLUIS_OIDC_ISSUER
    ? undefined
    : stack.use(await startIdentity(dataDir))
  const settings: NodeJS.ProcessEnv = {
    ...prepared.settings,
    ...(identity && {
      SLUIS_OIDC_ISSUER: identity.issuer,
      SLUIS_OIDC_CLIENT_ID: identity.clientId,
      SLUIS_OIDC_CLIENT_SECRET_FILE: identity.secretFile,
    }),
  }
  const { uwv, svb, ksz, fiod, inlichtingenbureau } = simulators
  if (!uwv || !svb || !ksz || !fiod) throw new Error('a simulator did not start')
  const config = readConfig(settings)
  const serving = stack.use(await serve(config))
  if (serving.addresses.console) identity?.consoleAt(serving.addresses.console)
  // The health of the gateway stands for both: they are one process here.
  stack.use(await deliver(config, { house: serving.house }))
  const { rooms } = serving.house
  const reload = async () => {
    const failed = (error: Error) => rooms.alarm('beleid-niet-overgenomen', { fout: error.name })
    await prepared.renewLaw().catch(failed)
    await serving.reload()
  }
  const renew = () =>
    reissueCrls(pkiDir, clock)
      .then(() => rooms.revocation.reload())
      .catch(error => rooms.alarm('crl-niet-vernieuwd', { fout: (error as Error).name }))
  const crls = setInterval(() => void renew(), crlEveryMs).unref()
  stack.defer(() => clearInterval(crls))
  const running = stack.move()
  return {
    serving: { ...serving, reload },
    pkiDir,
    settings,
    uwv,
    svb,
    ksz,
    fiod,
    inlichtingenbureau,
    identity,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** What a simulated source needs: its certificate, and whom it hears. */
const simulated = (name: string, pki: string) => ({
  port: 0,
  certFile: join(pki, 'servers', `${name}.pem`),
  keyFile: join(pki, 'servers', `${name}.key`),
  trustDir: join(pki, 'trust'),
  clock,
})

/** Keys of the receiver of dossiers, and the public half of the gateway's own. */
function dossierKeys(pki: string) {
  const read = (name: string) =>
    JSON.parse(readFileSync(join(pki, 'sleutels', `${name}.jwk`), 'utf8'))
  const { d: _, ...afzender } = read(`${operator.name}-ondertekenen`)
  const sleutels = {
    ondertekenen: read('fiod-ondertekenen'),
    versleutelen: read('fiod-versleutelen'),
  }
  return { sleutels, afzender }
}

/** Its entry in SLUIS_SOURCES; source, adapter and party have one name here. */
const source = (name: string, url: string, more = '') =>
  `${name}:\n  adapter: ${name}\n  instellingen: { url: "${url}", oin: "${partyHolder(name).oin}"${more} }\n`

/** Three months that are complete at the source: it lacks the current and the last month. */
export function completeMonths(now: number): { van: string; totEnMet: string } {
  const today = new Date(now)
  const day = (monthsBack: number, date: number) =>
    new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - monthsBack, date))
      .toISOString()
      .slice(0, 10)
  return { van: day(4, 1), totEnMet: day(1, 0) }
}

/** A question that is allowed: two derived answers about one demo person. */
export function exampleQuestion(now: number): RequestBody {
  return {
    betrokkene: { soort: 'bsn', waarde: '999990019' },
    velden: ['heeftInkomstenverhouding', 'inkomenBovenBijstandsnorm'],
    periode: completeMonths(now),
    parameters: { leefvorm: 'alleenstaande' },
    zaak: '2026-000123',
    medewerker: { id: 'u-4711', functie: 'inkomensconsulent' },
  }
}

/** A command to paste: the same question as one that is allowed and one that is not. */
function curl(demo: Demo, velden: readonly string[]): string {
  const pki = relative(cwd(), demo.pkiDir) || '.'
  const body = { ...exampleQuestion(clock()), velden }
  const client = `${pki}/clients/gemeente-waterstad`
  return [
    `curl --silent --cacert ${pki}/ca.pem --cert ${client}.pem --key ${client}.key \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(body)}' \\`,
    `  ${demo.serving.addresses.exchange}/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek`,
  ].join('\n')
}

/** A command to paste: the signals that stand ready for Waterstad since the start, picked up with their proof. */
function pickUp(demo: Demo): string {
  const pki = relative(cwd(), demo.pkiDir) || '.'
  const client = `${pki}/clients/gemeente-waterstad`
  return [
    `curl --silent --cacert ${pki}/ca.pem --cert ${client}.pem --key ${client}.key \\`,
    `  -H 'Content-Type: application/json' -d '{"aantal": 10}' \\`,
    `  ${demo.serving.addresses.exchange}/v1/berichten/_ophalen`,
  ].join('\n')
}

/** Whoever brings a provider of their own knows whom it logs in. */
function officers({ identity }: Demo): string {
  if (!identity) return ''
  const lines = demoOfficers.map(({ id, naam }) => `  ${id.padEnd(14)}${naam}`)
  return `Inloggen op de console kan zonder wachtwoord, als:\n\n${lines.join('\n')}\n\n`
}

function welcome(demo: Demo): string {
  const { addresses, house } = demo.serving
  const database = house.store.embedded
    ? 'ingebouwde database: die overleeft een gestopt proces, maar geen stroomuitval'
    : 'database PostgreSQL'
  return `Sluis draait, profiel test, ${database}.

  uitwisseling  ${addresses.exchange}  voor partners, alleen met certificaat
  openbaar      ${addresses.public}  register, API-beschrijving, checkpoint
  beheer        ${addresses.ops}  livez, readyz, metrics
  console       ${addresses.console}  wie kreeg wat, en waarom
  bron          ${demo.uwv.url}  nagebootste UWV
  bron          ${demo.svb.url}  nagebootste SVB
  bron          ${demo.ksz.url}  nagebootste KSZ (België), antwoordt na enkele seconden
${
  demo.inlichtingenbureau
    ? `  bron          ${demo.inlichtingenbureau.url}  nagebootst Inlichtingenbureau, met een kleine maand klaar
`
    : ''
}
Een vraag die mag: gemeente Waterstad vraagt twee afgeleide gegevens.

${curl(demo, ['heeftInkomstenverhouding', 'inkomenBovenBijstandsnorm'])}

Een vraag die niet mag: dezelfde, met een veld dat de wet hier niet geeft.

${curl(demo, ['heeftInkomstenverhouding', 'nationaliteit'])}

Signalen van de afgelopen maand, voor gemeente Waterstad: ophalen met bewijs.

${pickUp(demo)}

${officers(demo)}Stoppen kan met Ctrl-C. Logboek en sleutels blijven staan.
`
}

if (import.meta.main) {
  try {
    const settings = { ...env, SLUIS_DATA_DIR: resolve(env.SLUIS_DATA_DIR || 'data') }
    const demo = await startDemo(settings, { files: 'small' })
    obeySignals({ ...demo.serving, [Symbol.asyncDispose]: () => demo[Symbol.asyncDispose]() })
    stdout.write(welcome(demo))
  } catch (error) {
    stderr.write(`${error instanceof ConfigFaults ? error.message : (error as Error).stack}\n`)
    exit(1)
  }
}
