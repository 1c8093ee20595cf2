// Which settings does this process run with? The only reader of the environment.
import { X509Certificate } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Oin, Profile } from './terms.ts'

type Env = NodeJS.ProcessEnv

const packageDir = resolve(import.meta.dirname, '..')

/** Everything the gateway needs, frozen; secrets are paths here and values nowhere. */
export interface Config {
  readonly profile: Profile
  readonly oin: Oin
  readonly dataDir: string
  readonly databaseUrl?: string
  readonly migrateUrl?: string
  /** Absent: the queue lives in the database too. */
  readonly redisUrl?: string
  readonly bind: string
  readonly ports: { exchange: number; public: number; console: number; ops: number }
  /** Public address, e.g. https://sluis.example; absent = http://localhost:<public port>. */
  readonly baseUrl?: string
  readonly policyDir: string
  readonly sourcesFile: string
  readonly tls: { cert: string; key: string; trustDir: string; policies: readonly string[] }
  readonly keysDir: string
  /** Absent: no console. */
  readonly console?: ConsoleConfig
  readonly logLevel: string
}

export interface ConsoleConfig {
  readonly issuer: string
  readonly clientId: string
  readonly secretFile: string
  /** Public address, e.g. https://inzage.sluis.example; absent = http://localhost:<console port>. */
  readonly url?: string
}

/** Every name we know; another `SLUIS_…` is a typing error that would otherwise pass in silence. */
const names = [
  'PROFIEL',
  'OIN',
  'DATA_DIR',
  'EXCHANGE_PORT',
  'PUBLIC_PORT',
  'CONSOLE_PORT',
  'OPS_PORT',
  'BIND',
  'BASE_URL',
  'POLICY_DIR',
  'SOURCES',
  'TLS_CERT',
  'TLS_KEY',
  'TRUST_DIR',
  'CERT_POLICIES',
  'KEYS_DIR',
  'OIDC_ISSUER',
  'OIDC_CLIENT_ID',
  'OIDC_CLIENT_SECRET_FILE',
  'CONSOLE_URL',
  'LOG_LEVEL',
].map(name => `SLUIS_${name}`)

/** All faults at once, by name and never by value. */
export class ConfigFaults extends Error {
  override name = 'ConfigFaults'
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(`de instellingen kloppen niet:\n${faults.map(fault => `- ${fault}`).join('\n')}`)
    this.faults = faults
  }
}

/**
 * The whole configuration of `serve`, and of `deliver`.
 * @throws ConfigFaults
 */
export function readConfig(env: Env, runtime = thisRuntime()): Config {
  const { faults, must, port } = settings(env)
  const profile = profileOf(must('SLUIS_PROFIEL'), faults)
  const oin = must('SLUIS_OIN')
  if (oin && !/^[0-9A-Z]{20}$/.test(oin)) faults.push('SLUIS_OIN is geen OIN van 20 tekens')
  const place = readStorePlace(env)
  const tls = {
    cert: readable(must('SLUIS_TLS_CERT'), 'SLUIS_TLS_CERT', faults),
    key: secret(must('SLUIS_TLS_KEY'), 'SLUIS_TLS_KEY', faults),
    trustDir: readable(readTrustDir(env), 'SLUIS_TRUST_DIR', faults),
    policies: readCertPolicies(env),
  }
  if (!tls.policies.every(policy => /^\d+(\.\d+)+$/.test(policy)))
    faults.push('SLUIS_CERT_POLICIES is geen lijst van OIDs met komma ertussen')
  const baseUrl = readBaseUrl(env)
  if (baseUrl && !/^https?:\/\/[^\s/]+/.test(baseUrl))
    faults.push('SLUIS_BASE_URL is geen http(s)-adres')
  if (env.REDIS_URL && !(URL.canParse(env.REDIS_URL) && /^rediss?:/.test(env.REDIS_URL)))
    faults.push('REDIS_URL is geen adres van Redis (redis:// of rediss://)')
  const officers = readConsole(env, faults)
  const config: Config = {
    profile,
    oin,
    dataDir: place.dataDir,
    ...(place.url && { databaseUrl: place.url }),
    ...(env.DATABASE_MIGRATE_URL && { migrateUrl: env.DATABASE_MIGRATE_URL }),
    ...(env.REDIS_URL && { redisUrl: env.REDIS_URL }),
    bind: env.SLUIS_BIND || '127.0.0.1',
    ports: {
      exchange: port('SLUIS_EXCHANGE_PORT', 8443),
      public: port('SLUIS_PUBLIC_PORT', 8080),
      console: port('SLUIS_CONSOLE_PORT', 8081),
      ops: port('SLUIS_OPS_PORT', defaultOpsPort),
    },
    ...(baseUrl && { baseUrl }),
    policyDir: readable(readPolicyDir(env), 'SLUIS_POLICY_DIR', faults),
    sourcesFile: readable(must('SLUIS_SOURCES'), 'SLUIS_SOURCES', faults),
    tls,
    keysDir: secrets(readKeysDir(env), 'SLUIS_KEYS_DIR', faults),
    ...(officers && { console: officers }),
    logLevel: env.SLUIS_LOG_LEVEL || 'info',
  }
  if (profile === 'productie')
    faults.push(...productionFaults(config), ...passwordFaults(env), ...dumpFaults(env, runtime))
  if (faults.length > 0) throw new ConfigFaults(faults)
  return Object.freeze(config)
}

/** All three of the identity provider, or none and then no console. */
export function readConsole(env: Env, faults: string[] = []): ConsoleConfig | undefined {
  const [issuer, clientId, file] = oidcNames.map(name => env[name] ?? '')
  const url = env.SLUIS_CONSOLE_URL?.replace(/(?<!\/)\/+$/, '')
  if (url && !isOrigin(url)) {
    faults.push('SLUIS_CONSOLE_URL is geen http(s)-adres zonder pad')
  }
  if (!issuer && !clientId && !file) return undefined
  for (const name of oidcNames) {
    if (!env[name]) faults.push(`${name} ontbreekt, terwijl de andere van SLUIS_OIDC_ er zijn`)
  }
  if (!issuer || !clientId || !file) return undefined
  if (!isWeb(issuer)) faults.push('SLUIS_OIDC_ISSUER is geen http(s)-adres')
  const secretFile = secret(file, 'SLUIS_OIDC_CLIENT_SECRET_FILE', faults)
  return { issuer, clientId, secretFile, ...(url && { url }) }
}

const oidcNames = ['SLUIS_OIDC_ISSUER', 'SLUIS_OIDC_CLIENT_ID', 'SLUIS_OIDC_CLIENT_SECRET_FILE']

function isWeb(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

function isOrigin(text: string): boolean {
  return isWeb(text) && new URL(text).origin === text
}

const defaultOpsPort = 9090

function settings(env: Env) {
  const faults = [...unknownNames(env), ...unsafeRuntime(env)]
  return {
    faults,
    must(name: string): string {
      if (!env[name]) faults.push(`${name} ontbreekt`)
      return env[name] ?? ''
    },
    port(name: string, fallback: number): number {
      const value = env[name] ?? String(fallback)
      if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535)
        faults.push(`${name} is geen poort (0-65535)`)
      return Number(value)
    },
  }
}

/** What is missing or wrong reads as test here, and is a fault. */
function profileOf(value: string, faults: string[]): Profile {
  if (value && value !== 'test' && value !== 'productie') {
    faults.push('SLUIS_PROFIEL is niet test of productie')
  }
  return value === 'productie' ? 'productie' : 'test'
}

function unknownNames(env: Env): string[] {
  return Object.keys(env)
    .filter(
      name => name.startsWith('SLUIS_') && !name.startsWith('SLUIS_TEST_') && !names.includes(name),
    )
    .map(name => `${name} is onbekend`)
}

function unsafeRuntime(env: Env): string[] {
  return env.NODE_TLS_REJECT_UNAUTHORIZED === undefined
    ? []
    : [
        'NODE_TLS_REJECT_UNAUTHORIZED mag niet gezet zijn: het schakelt de controle van certificaten uit',
      ]
}

/** What a process was started with, besides its environment. */
export interface Runtime {
  readonly flags: readonly string[]
  /** Largest core dump in bytes, or `unlimited`; absent where nothing tells. */
  readonly coreLimit?: string
}

function thisRuntime(): Runtime {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8')
    const coreLimit = /^Max core file size +(\S+)/m.exec(limits)?.[1]
    return { flags: process.execArgv, ...(coreLimit && { coreLimit }) }
  } catch {
    return { flags: process.execArgv } // no Linux
  }
}

/** Flags that write memory to a disk, or open it to a debugger. */
const revealing =
  /^--(heapsnapshot|heap-prof|cpu-prof|inspect|abort-on-uncaught|report-(on|uncaught)|tls-keylog|trace-tls)/

/** Memory holds answers and keys: nothing may make a file of it (P11). */
function dumpFaults(env: Env, { flags, coreLimit = '0' }: Runtime): string[] {
  const words = [...flags, ...(env.NODE_OPTIONS ?? '').split(/\s+/)]
  const names = words.map(word => word.replace(/=.*/s, '').replaceAll('_', '-'))
  const found = new Set(names.filter(name => revealing.test(name)))
  return [
    ...[...found].map(flag => `Node draait met ${flag}: dat legt het geheugen open`),
    ...(coreLimit === '0' ? [] : ['core dumps staan aan: zet de grens op 0 (ulimit -c 0)']),
    ...['NODE_V8_COVERAGE', 'NODE_DEBUG', 'NODE_DEBUG_NATIVE', 'DEBUG']
      .filter(name => env[name])
      .map(name => `${name} mag niet gezet zijn: het schrijft op wat voorbijkomt`),
  ]
}

const embeddedRefused = 'DATABASE_URL ontbreekt: productie weigert de ingebouwde database'

/** Design §3.2: what `productie` refuses. */
function productionFaults(config: Config): string[] {
  const faults: string[] = []
  if (!config.databaseUrl) {
    faults.push(embeddedRefused)
  }
  if (/^00000099/.test(config.oin)) faults.push('SLUIS_OIN is een test-OIN')
  if (config.tls.policies.length === 0) {
    faults.push('SLUIS_CERT_POLICIES ontbreekt: productie vraagt een certificaatbeleid')
  }
  if (config.tls.policies.some(policy => policy.startsWith('2.999.'))) {
    faults.push('SLUIS_CERT_POLICIES noemt een proefbeleid')
  }
  faults.push(...consoleFaults(config))
  if (isDevelopment(config.tls.cert)) faults.push('SLUIS_TLS_CERT is een ontwikkelcertificaat')
  if (anchorsOf(config.tls.trustDir).some(isDevelopment)) {
    faults.push('SLUIS_TRUST_DIR bevat een ontwikkelcertificaat')
  }
  return faults
}

/** Login over a line that others read is no login; the demo provider speaks http on this machine alone. */
function consoleFaults({ console: officers }: Config): string[] {
  if (!officers) return []
  const { issuer, url = 'http://localhost' } = officers
  return [
    ...(isElsewhere(issuer)
      ? []
      : ['SLUIS_OIDC_ISSUER is geen https-adres van een andere machine: een proefdienst']),
    ...(isElsewhere(url) ? [] : ['SLUIS_CONSOLE_URL is geen https-adres dat anderen bereiken']),
  ]
}

function isElsewhere(text: string): boolean {
  if (!isWeb(text)) return true // a fault of its own
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' && !thisMachine.test(hostname)
}

const thisMachine = /^((.*\.)?localhost|127\..*|0\.0\.0\.0|\[::1?\]|\[::ffff:7f.*\])$/

/** DER of 2.999.1.1, the policy that every certificate of certs/issue.ts carries. */
const developmentPolicy = Buffer.from('060488370101', 'hex')

function isDevelopment(file: string): boolean {
  try {
    return new X509Certificate(readFileSync(file)).raw.includes(developmentPolicy)
  } catch {
    return false // what cannot be read is a fault of its own, told elsewhere
  }
}

function anchorsOf(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter(name => name.endsWith('.pem'))
      .map(name => join(dir, name))
  } catch {
    return []
  }
}

function readable(path: string, name: string, faults: string[]): string {
  if (!path) return ''
  try {
    statSync(path)
  } catch {
    faults.push(`${name} wijst naar iets dat niet te lezen is`)
  }
  return resolve(path)
}

/** A private key that others on the machine can read is no secret. */
function secret(path: string, name: string, faults: string[]): string {
  if (!path) return ''
  try {
    readFileSync(path)
    if ((statSync(path).mode & 0o077) !== 0)
      faults.push(`${name} is leesbaar voor anderen (chmod 600)`)
  } catch {
    faults.push(`${name} wijst naar iets dat niet te lezen is`)
  }
  return resolve(path)
}

/** A directory of keys, each of them a secret. */
function secrets(dir: string, name: string, faults: string[]): string {
  const path = readable(dir, name, faults)
  if (openFiles(path).length > 0)
    faults.push(`${name} bevat sleutels die leesbaar zijn voor anderen (chmod 600)`)
  return path
}

/** The key files in a directory that others on the machine can read. */
export function openFiles(dir: string): readonly string[] {
  try {
    return readdirSync(dir)
      .filter(name => name.endsWith('.key'))
      .filter(name => (statSync(join(dir, name)).mode & 0o077) !== 0)
  } catch {
    return [] // what cannot be read is a fault of its own
  }
}

/** What anybody tries first. */
const guessable =
  /^(postgres(ql)?|pass(word|w0rd)?|wachtwoord|welkom\d*|geheim|admin|root|user|test|demo|default|sluis\w*|change_?me|secret|1234\d*)$/i

/** Empty is no fault: the password may stand in a file (PGPASSFILE). */
function hasGuessablePassword(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { username, password } = new URL(url)
  const plain = decodeURIComponent(password)
  return guessable.test(plain) || (plain !== '' && plain === decodeURIComponent(username))
}

function passwordFaults(env: Env): string[] {
  return ['DATABASE_URL', 'DATABASE_MIGRATE_URL']
    .filter(name => hasGuessablePassword(env[name] ?? ''))
    .map(name => `${name} heeft een standaardwachtwoord`)
}

/** Where state lives: the database URL, or the data directory of the embedded database. */
export function readStorePlace(env: Env): { url?: string; dataDir: string } {
  const dataDir = resolve(env.SLUIS_DATA_DIR || 'data')
  return env.DATABASE_URL ? { url: env.DATABASE_URL, dataDir } : { dataDir }
}

/** Public address, without the slashes it may end on. */
export function readBaseUrl(env: Env): string | undefined {
  return env.SLUIS_BASE_URL?.replace(/(?<!\/)\/+$/, '')
}

export function readKeysDir(env: Env): string {
  return resolve(env.SLUIS_KEYS_DIR || join(readStorePlace(env).dataDir, 'keys'))
}

/** Of a data directory that is named: the law that the demo on it runs by, so that a tool speaks of the same. */
export function readPolicyDir(env: Env): string {
  if (env.SLUIS_POLICY_DIR) return resolve(env.SLUIS_POLICY_DIR)
  const made = demoPolicyDir(readStorePlace(env).dataDir)
  const ofDemo = env.SLUIS_DATA_DIR && readProfile(env) === 'test' && existsSync(made)
  return ofDemo ? made : join(packageDir, 'policies')
}

/** Where the demo keeps its law: the shipped one, with the public keys of this machine's parties. */
export function demoPolicyDir(dataDir: string): string {
  return join(dataDir, 'beleid')
}

export function readTrustDir(env: Env): string {
  return resolve(env.SLUIS_TRUST_DIR || join(readStorePlace(env).dataDir, 'pki', 'trust'))
}

/** OIDs; a client certificate must fall under one of them. */
export function readCertPolicies(env: Env): string[] {
  return (env.SLUIS_CERT_POLICIES ?? '').split(',').filter(Boolean)
}

/** For commands: productie only when it is said. */
export function readProfile(env: Env): Profile {
  return env.SLUIS_PROFIEL === 'productie' ? 'productie' : 'test'
}
