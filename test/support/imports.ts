// Does the code keep to the house rules of house-style §1.2 and §1.3? Reads the source as text.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

interface Import {
  readonly from: string
  /** A path from the root, or the name of a package; Node's own modules are left out. */
  readonly to: string
  readonly kind: 'local' | 'package'
  readonly typeOnly: boolean
  readonly dynamic: boolean
}

interface Source {
  readonly path: string
  /** Without comments. */
  readonly code: string
  readonly imports: readonly Import[]
}

const areas = ['gateway', 'adapters', 'certs', 'demo', 'bench', 'soak', 'test'] as const
const shared = /^gateway\/(terms|problem|schema|store|outbound|log|metrics|call|html)\.ts$/
const contract = /^gateway\/adapter\.ts$/
const rooms = ['peer', 'message', 'policy', 'delivery', 'audit'] as const
const anyRoom = new RegExp(`^gateway/(${rooms.join('|')})/`)
const everything = /./

interface Row {
  readonly from: RegExp
  readonly may: readonly RegExp[]
}

/** House-style §1.3, first match counts; a file's own folder is always allowed. */
const table: readonly Row[] = [
  { from: /^gateway\/((serve|deliver|sluis|open)\.ts|sluis\.js)$/, may: [everything] },
  { from: /^gateway\/commands\//, may: [everything] },
  { from: /^(demo|bench|soak|test)\//, may: [everything] },
  {
    from: /^gateway\/listen\/console(-\w+)*\.ts$/,
    may: [
      /^gateway\/(exchange|register-case|accept|approve|resume|step|attempt|release|bring|collect|kept|own-disclosures|offer|decide-file|take-lines|hand-in|fetch-file|fetch-files|inbox|pick-up|end-messages|tell-messages|correct|correct-once|tell-corrected|doubt)\.ts$/,
      anyRoom,
      shared,
      /^gateway\/console\//,
    ],
  },
  {
    from: /^gateway\/listen\//,
    may: [
      /^gateway\/(exchange|register-case|accept|approve|resume|step|attempt|release|bring|collect|kept|own-disclosures|offer|decide-file|take-lines|hand-in|fetch-file|fetch-files|inbox|pick-up|end-messages|tell-messages|correct|correct-once|tell-corrected|doubt)\.ts$/,
      anyRoom,
      shared,
    ],
  },
  {
    from: /^gateway\/(exchange|register-case|accept|approve|resume|step|attempt|release|bring|collect|kept|own-disclosures|offer|decide-file|take-lines|hand-in|fetch-file|fetch-files|inbox|pick-up|end-messages|tell-messages|correct|correct-once|tell-corrected|doubt)\.ts$/,
    may: [
      /^gateway\/(exchange|kept|collect|step|attempt|release|bring|offer|decide-file|take-lines|fetch-file|inbox|correct-once|tell-corrected)\.ts$/,
      anyRoom,
      shared,
      contract,
    ],
  },
  // handed.ts makes what a source would have said; minimise.ts answers a drifting source with the contract's own error.
  { from: /^gateway\/(delivery\/|policy\/(minimise|handed)\.ts$)/, may: [shared, contract] },
  { from: anyRoom, may: [shared] },
  // What makes a number a person's is one rule, in a message as in a form.
  {
    from: /^gateway\/console\//,
    may: [/^gateway\/(policy|audit|delivery)\//, /^gateway\/message\/(bsn|foreign)\.ts$/, shared],
  },
  // The role uses BullMQ's tables too, and delivery alone knows them.
  { from: /^gateway\/role\.ts$/, may: [shared, /^gateway\/delivery\/queue-schema\.ts$/] },
  {
    from: /^gateway\/(in-force|brake|brake-statement|law-approval)\.ts$/,
    may: [anyRoom, shared, /^gateway\/(in-force|brake-statement)\.ts$/],
  },
  { from: /^gateway\/outbound\.ts$/, may: [shared, contract, /^gateway\/outbound-lines\.ts$/] },
  { from: /^gateway\/store\.ts$/, may: [shared, /^gateway\/embedded\.ts$/] },
  { from: /^gateway\/embedded\.ts$/, may: [/^gateway\/embedded-worker\.ts$/] },
  { from: /^gateway\/[^/]+\.ts$/, may: [shared, contract] },
  { from: /^adapters\/(registry|conformance)\.ts$/, may: [/^adapters\//, shared, contract] },
  {
    from: /^adapters\/[^/]+\//,
    may: [contract, /^gateway\/(outbound|problem|terms)\.ts$/],
  },
  { from: /^certs\//, may: [] },
]

/** These give an adapter their types and nothing that runs. */
const typesForAdapters = /^gateway\/(outbound|terms)\.ts$/

interface Passport {
  readonly packages: RegExp
  readonly where: RegExp
}

/** Each package has one job, in one place of the product; bench, soak and tests use what they must. */
const passports: readonly Passport[] = [
  { packages: /^express$/, where: /^gateway\/listen\// },
  { packages: /^ajv(-formats)?$/, where: /^gateway\/schema\.ts$/ },
  { packages: /^pino$/, where: /^gateway\/log\.ts$/ },
  { packages: /^prom-client$/, where: /^gateway\/metrics\.ts$/ },
  { packages: /^pg$/, where: /^gateway\/store\.ts$/ },
  { packages: /^@electric-sql\/pglite$/, where: /^gateway\/embedded-worker\.ts$/ },
  { packages: /^ioredis$/, where: /^gateway\/open\.ts$/ },
  { packages: /^undici$/, where: /^gateway\/outbound\.ts$/ },
  { packages: /^yaml$/, where: /^(gateway\/policy\/load|demo\/keys)\.ts$/ },
  { packages: /^bullmq$/, where: /^gateway\/delivery\// },
  { packages: /^canonicalize$/, where: /^gateway\/audit\// },
  { packages: /^@peculiar\/[a-z0-9-]+$/, where: /^(certs|test\/(support|peer))\// },
  {
    packages: /^jose$/,
    where:
      /^(gateway\/message\/|gateway\/delivery\/seal\.ts|gateway\/console\/login\.ts|adapters\/fiod\/)/,
  },
  { packages: /^fast-xml-parser$/, where: /^adapters\// },
  { packages: /^openid-client$/, where: /^gateway\/console\/login\.ts$/ },
  { packages: /^d3-(scale|shape)$/, where: /^gateway\/console\/chart\.ts$/ },
  { packages: /^pdfkit$/, where: /^gateway\/console\/pdf\.ts$/ },
  {
    packages: /^(@rijkshuisstijl-community\/.+|@fontsource\/.+)$/,
    where: /^gateway\/(listen|console)\//,
  },
  { packages: /^oidc-provider(\/.+)?$/, where: /^demo\// },
  { packages: /^(autocannon|casbin)$/, where: /^bench\// },
  { packages: /^(supertest|playwright-core|axe-core)$/, where: /^test\// },
  { packages: /^@stoplight\/spectral-[a-z]+$/, where: /^test\// },
  { packages: /^fast-check$/, where: /^(test|soak)\// },
]
/** What follows a passport in bench, soak and tests too. */
const strict = /^(@peculiar\/|@stoplight\/|casbin|autocannon)/

interface Pattern {
  readonly pattern: RegExp
  readonly only: RegExp
  readonly rule: string
}

const outside = 'demo|bench|soak|test'
const patterns: readonly Pattern[] = [
  {
    pattern: /\bas\s+Receipt\b|(?<!\w)<Receipt>/,
    only: /^(gateway\/audit\/commit\.ts$|test\/)/,
    rule: 'only audit/commit.ts makes a Receipt',
  },
  {
    pattern: /\bas\s+PermittedExchange\b|(?<!\w)<PermittedExchange>/,
    only: /^(gateway\/policy\/permit\.ts$|test\/)/,
    rule: 'only policy/permit.ts makes a PermittedExchange',
  },
  {
    pattern: /\bDate\.now\b|\bnew\s+Date\b(?!\s*\(\s*[^)\s])/,
    only: new RegExp(`^(gateway/(open|audit/logs-worker)\\.ts$|(${outside}|certs)/)`),
    rule: "the time comes from open.ts's clock" /* a thread cannot be handed it */,
  },
  {
    pattern: /\bprocess\.env\b|\bimport\s*\{[^}]*\benv\b[^}]*\}\s*from\s*'node:process'/,
    only: new RegExp(`^(gateway/(config|serve|deliver|sluis)\\.ts$|(${outside})/)`),
    rule: 'only config.ts and the entries read the environment',
  },
  {
    pattern: /\brm(Sync)?\([^\n{}]*\{[^}]*\brecursive\b/,
    only: /^((gateway|adapters)\/|test\/support\/directory\.ts$)/,
    rule: 'test/support/directory.ts removes a directory, also one that is still written in',
  },
]

/** Every breach of the house rules under `root`, one line each: path, then what is wrong. */
export function breaches(root: string): readonly string[] {
  const sources = readSources(root)
  const packages = declaredPackages(root)
  return [
    ...sources.flatMap(source => [
      ...source.imports.flatMap(found => importBreach(found, packages)),
      ...patterns
        .filter(({ pattern, only }) => pattern.test(source.code) && !only.test(source.path))
        .map(({ rule }) => `${source.path}: ${rule}`),
      ...placeBreach(source.path),
    ]),
    ...cycles(sources),
  ]
}

function readSources(root: string): readonly Source[] {
  return areas
    .flatMap(area => globSync(`${area}/**/*.{ts,js,mjs}`, { cwd: root }))
    .sort()
    .map(path => {
      const code = withoutComments(readFileSync(join(root, path), 'utf8'))
      return { path, code, imports: importsOf(path, code) }
    })
}

function declaredPackages(root: string): ReadonlySet<string> {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return new Set(
    ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap(kind =>
      Object.keys(manifest[kind] ?? {}),
    ),
  )
}

/** Strings are skipped whole, so that what looks like a comment inside one stays. */
export function withoutComments(text: string): string {
  return text.replace(
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    found => (/^\/[/*]/.test(found) ? ' ' : found),
  )
}

const statement =
  /(?:^|[\n;])\s*(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\bfrom\s*)?['"]([^'"\n]+)['"]/g
const call = /\b(?:import|new URL)\(\s*['"]([^'"\n]+)['"]\s*(?:\)|,\s*import\.meta\.url)/g

export function importsOf(path: string, code: string): readonly Import[] {
  const found = [
    ...[...code.matchAll(statement)].map(([, type, to = '']) => ({
      to,
      typeOnly: type !== undefined,
      dynamic: false,
    })),
    ...[...code.matchAll(call)].map(([, to = '']) => ({ to, typeOnly: false, dynamic: true })),
  ]
  return found
    .filter(({ to }) => !to.startsWith('node:') && !/^[a-z]+:\/\//.test(to))
    .map(({ to, ...rest }) =>
      to.startsWith('.')
        ? { from: path, to: normalize(join(dirname(path), to)), kind: 'local', ...rest }
        : { from: path, to: packageOf(to), kind: 'package', ...rest },
    )
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

function importBreach(found: Import, packages: ReadonlySet<string>): readonly string[] {
  const { from, to } = found
  if (found.kind === 'package') {
    if (!packages.has(to)) return [`${from}: package.json does not name ${to}`]
    const passport = passports.find(row => row.packages.test(to))
    if (!passport) return [`${from}: ${to} has no passport`]
    const free = /^(bench|soak|test)\//.test(from) && !strict.test(to)
    return free || passport.where.test(from) ? [] : [`${from}: ${to} has no passport here`]
  }
  // Data beside the code: package.json, schemas, cases.
  if (!/\.(ts|js|mjs)$/.test(to)) return []
  if (to.startsWith('certs/') && from.startsWith('gateway/') && !found.dynamic && !found.typeOnly) {
    return [`${from}: certs only by dynamic import`]
  }
  const row = table.find(candidate => candidate.from.test(from))
  if (!row) return [`${from}: has no row in the table of imports`]
  const own = dirname(from) === dirname(to) && dirname(from).includes('/')
  const allowed = own || (dirname(from) === dirname(to) && !from.startsWith('gateway/'))
  if (!allowed && !row.may.some(pattern => pattern.test(to)))
    return [`${from}: may not import ${to}`]
  if (/^adapters\/[^/]+\//.test(from) && typesForAdapters.test(to) && !found.typeOnly) {
    return [`${from}: only types of ${to}`]
  }
  return []
}

/** Folders that say nothing, files that only pass on, and anything deeper than two folders. */
function placeBreach(path: string): readonly string[] {
  const folders = path.split('/').slice(0, -1)
  const vague = folders.find(name => /^(src|lib|utils?|common|helpers?)$/.test(name))
  return [
    ...(folders.length > 2 ? [`${path}: deeper than two folders`] : []),
    ...(vague ? [`${path}: no folder named ${vague}`] : []),
    ...(/(^|\/)index\.[a-z]+$/.test(path) ? [`${path}: no index file`] : []),
  ]
}

/** Cycles of what runs at load: types are erased and dynamic imports come later. */
function cycles(sources: readonly Source[]): readonly string[] {
  const next = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports.filter(({ typeOnly, dynamic }) => !typeOnly && !dynamic).map(({ to }) => to),
    ]),
  )
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path)
    if (at >= 0) {
      found.push(`${path}: import cycle ${[...trail.slice(at), path].join(' → ')}`)
      return
    }
    if (done.has(path)) return
    for (const to of next.get(path) ?? []) visit(to, [...trail, path])
    done.add(path)
  }
  for (const { path } of sources) visit(path, [])
  return found
}
