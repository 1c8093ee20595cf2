// Which settings does the gateway refuse to start with? All faults at once, by name and never by value.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execPath } from 'node:process'
import { type TestContext, test } from 'node:test'
import { ConfigFaults, type Runtime, readConfig } from '../../gateway/config.ts'
import { removeTree } from '../support/directory.ts'
import { testPki } from '../support/pki.ts'

/** Settings that start a gateway in profile test. */
async function good(t: TestContext): Promise<NodeJS.ProcessEnv> {
  const pki = await testPki()
  const dir = mkdtempSync(join(tmpdir(), 'sluis-config-'))
  t.after(() => removeTree(dir))
  const key = join(dir, 'gateway.key')
  copyFileSync(join(pki, 'servers', 'gateway.key'), key)
  chmodSync(key, 0o600)
  const sources = join(dir, 'bronnen.yaml')
  writeFileSync(sources, '{}\n')
  return {
    SLUIS_PROFIEL: 'test',
    SLUIS_OIN: '00000099000000010000',
    SLUIS_DATA_DIR: dir,
    SLUIS_KEYS_DIR: dir,
    SLUIS_SOURCES: sources,
    SLUIS_TRUST_DIR: join(pki, 'trust'),
    SLUIS_TLS_CERT: join(pki, 'servers', 'gateway.pem'),
    SLUIS_TLS_KEY: key,
  }
}

/** Whatever the machine's own limits and the runner's flags are. */
const quiet: Runtime = { flags: [], coreLimit: '0' }

function faultsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(env, quiet)
  } catch (error) {
    assert.ok(error instanceof ConfigFaults)
    return error.faults
  }
  return []
}

test('good settings are read, and the result cannot be changed', async t => {
  const config = readConfig({ ...(await good(t)), SLUIS_EXCHANGE_PORT: '0', UNRELATED: 'x' })
  assert.equal(config.profile, 'test')
  assert.equal(config.ports.exchange, 0)
  assert.equal(config.ports.public, 8080)
  assert.equal(config.bind, '127.0.0.1')
  assert.ok(Object.isFrozen(config))
})

test('every missing setting is named at once', () => {
  const named = faultsOf({}).map(fault => fault.split(' ')[0])
  for (const name of [
    'SLUIS_PROFIEL',
    'SLUIS_OIN',
    'SLUIS_TLS_CERT',
    'SLUIS_TLS_KEY',
    'SLUIS_SOURCES',
  ]) {
    assert.ok(named.includes(name), name)
  }
})

const refused: [string, NodeJS.ProcessEnv, RegExp][] = [
  ['an unknown name', { SLUIS_POORT: '1234' }, /^SLUIS_POORT is onbekend$/],
  ['another profile', { SLUIS_PROFIEL: 'acceptatie' }, /^SLUIS_PROFIEL /],
  ['an OIN of 19 characters', { SLUIS_OIN: '0000009900000001000' }, /^SLUIS_OIN /],
  ['a port that is none', { SLUIS_OPS_PORT: '70000' }, /^SLUIS_OPS_PORT /],
  ['a port of letters', { SLUIS_PUBLIC_PORT: 'http' }, /^SLUIS_PUBLIC_PORT /],
  ['a base URL without scheme', { SLUIS_BASE_URL: 'sluis.example' }, /^SLUIS_BASE_URL /],
  ['a certificate that is not there', { SLUIS_TLS_CERT: '/bestaat/niet.pem' }, /^SLUIS_TLS_CERT /],
  ['a key that is not there', { SLUIS_TLS_KEY: '/bestaat/niet.key' }, /^SLUIS_TLS_KEY /],
  ['a certificate policy that is no OID', { SLUIS_CERT_POLICIES: 'PKIo' }, /^SLUIS_CERT_POLICIES /],
  [
    'TLS checks switched off',
    { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    /^NODE_TLS_REJECT_UNAUTHORIZED /,
  ],
]

for (const [what, change, expected] of refused) {
  test(`${what} is refused by name, without its value`, async t => {
    const faults = faultsOf({ ...(await good(t)), ...change })
    assert.equal(faults.length, 1, faults.join('; '))
    assert.match(faults[0] ?? '', expected)
    for (const value of Object.values(change)) {
      if (value && value.length > 1) assert.ok(!faults[0]?.includes(value), 'the value is not told')
    }
  })
}

test('a key that others can read is refused', async t => {
  const env = await good(t)
  chmodSync(env.SLUIS_TLS_KEY ?? '', 0o644)
  // It stands among the keys of the log here.
  assert.deepEqual(faultsOf(env), [
    'SLUIS_TLS_KEY is leesbaar voor anderen (chmod 600)',
    'SLUIS_KEYS_DIR bevat sleutels die leesbaar zijn voor anderen (chmod 600)',
  ])
})

/** A console whose officers log in by a provider elsewhere. */
function officers(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...env,
    SLUIS_OIDC_ISSUER: 'https://aanmelden.example/realm',
    SLUIS_OIDC_CLIENT_ID: 'sluis',
    SLUIS_OIDC_CLIENT_SECRET_FILE: env.SLUIS_TLS_KEY,
    SLUIS_CONSOLE_URL: 'https://inzage.sluis.example',
  }
}

test('a console needs all three settings of its provider, or none', async t => {
  const env = await good(t)
  assert.equal(readConfig(env, quiet).console, undefined)
  assert.equal(readConfig(officers(env), quiet).console?.url, 'https://inzage.sluis.example')
  for (const name of ['ISSUER', 'CLIENT_ID', 'CLIENT_SECRET_FILE'].map(
    one => `SLUIS_OIDC_${one}`,
  )) {
    const faults = faultsOf({ ...officers(env), [name]: '' })
    assert.deepEqual(faults, [`${name} ontbreekt, terwijl de andere van SLUIS_OIDC_ er zijn`])
  }
  const secretFile = join(env.SLUIS_DATA_DIR ?? '', 'geheim')
  writeFileSync(secretFile, 'geheim', { mode: 0o644 })
  assert.deepEqual(faultsOf({ ...officers(env), SLUIS_OIDC_CLIENT_SECRET_FILE: secretFile }), [
    'SLUIS_OIDC_CLIENT_SECRET_FILE is leesbaar voor anderen (chmod 600)',
  ])
  assert.deepEqual(faultsOf({ ...officers(env), SLUIS_OIDC_ISSUER: 'aanmelden.example' }), [
    'SLUIS_OIDC_ISSUER is geen http(s)-adres',
  ])
  for (const url of ['sluis.example', 'https://sluis.example/console', 'ftp://sluis.example']) {
    assert.deepEqual(faultsOf({ ...officers(env), SLUIS_CONSOLE_URL: url }), [
      'SLUIS_CONSOLE_URL is geen http(s)-adres zonder pad',
    ])
  }
})

test('productie refuses a login over http, and one on this machine: the demo provider', async t => {
  const env = { ...officers(await good(t)), SLUIS_PROFIEL: 'productie' }
  const about = (changes: NodeJS.ProcessEnv) =>
    faultsOf({ ...env, ...changes }).filter(fault => /OIDC|CONSOLE/.test(fault))
  assert.deepEqual(about({}), [])
  for (const host of ['http://aanmelden.example', 'http://127.0.0.1:1', 'https://localhost:1']) {
    assert.match(about({ SLUIS_OIDC_ISSUER: host }).join(), /^SLUIS_OIDC_ISSUER [^,]+$/, host)
  }
  for (const host of [
    'https://127.0.0.1',
    'https://[::1]',
    'https://[::ffff:7f00:1]',
    'http://a.example',
  ]) {
    assert.match(about({ SLUIS_CONSOLE_URL: host }).join(), /^SLUIS_CONSOLE_URL [^,]+$/, host)
  }
  assert.match(about({ SLUIS_CONSOLE_URL: undefined }).join(), /^SLUIS_CONSOLE_URL /)
})

test('productie refuses a certificate policy for examples', async t => {
  const named = { SLUIS_PROFIEL: 'productie', SLUIS_CERT_POLICIES: '2.16.528.1.1,2.999.1.1' }
  const faults = faultsOf({ ...(await good(t)), ...named })
  assert.ok(faults.includes('SLUIS_CERT_POLICIES noemt een proefbeleid'))
})

test('productie refuses test OINs, the embedded database and development certificates', async t => {
  const faults = faultsOf({ ...(await good(t)), SLUIS_PROFIEL: 'productie' })
  assert.deepEqual(faults, [
    'DATABASE_URL ontbreekt: productie weigert de ingebouwde database',
    'SLUIS_OIN is een test-OIN',
    'SLUIS_CERT_POLICIES ontbreekt: productie vraagt een certificaatbeleid',
    'SLUIS_TLS_CERT is een ontwikkelcertificaat',
    'SLUIS_TRUST_DIR bevat een ontwikkelcertificaat',
  ])
})

test('S4: a missing secret, a key that others can read, a default password, a debug setting and TLS checks switched off: it refuses to start and names all at once', async t => {
  const env = await good(t)
  writeFileSync(join(env.SLUIS_KEYS_DIR ?? '', 'gewoon-feiten.key'), 'x', { mode: 0o644 })
  const password = 'Wachtwoord'
  const child = spawnSync(execPath, ['gateway/serve.ts'], {
    cwd: resolve(import.meta.dirname, '../..'),
    encoding: 'utf8',
    timeout: 60_000,
    env: {
      PATH: process.env.PATH,
      ...env,
      SLUIS_PROFIEL: 'productie',
      SLUIS_TLS_KEY: '',
      DATABASE_URL: `postgresql://sluis_gateway:${password}@127.0.0.1:1/x`,
      DATABASE_MIGRATE_URL: 'postgresql://baas:baas@127.0.0.1:1/x',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      NODE_OPTIONS: '--inspect=127.0.0.1:0 --no-warnings',
      NODE_DEBUG: 'none',
    },
  })
  assert.equal(child.status, 1, child.stderr)
  assert.equal(child.stdout, '')
  for (const fault of [
    /^- SLUIS_TLS_KEY ontbreekt$/m,
    /^- SLUIS_KEYS_DIR bevat sleutels die leesbaar zijn voor anderen/m,
    /^- DATABASE_URL heeft een standaardwachtwoord$/m,
    /^- DATABASE_MIGRATE_URL heeft een standaardwachtwoord$/m,
    /^- NODE_TLS_REJECT_UNAUTHORIZED mag niet/m,
    /^- Node draait met --inspect/m,
    /^- NODE_DEBUG mag niet/m,
  ]) {
    assert.match(child.stderr, fault)
  }
  assert.ok(!child.stderr.includes(password), 'no value is told')
})

test('a password of its own, or one in a file, is no fault', async t => {
  const env = { ...(await good(t)), SLUIS_PROFIEL: 'productie' }
  for (const user of ['sluis_gateway:q7Zr-3kTm-x1Vb', 'sluis_gateway']) {
    const faults = faultsOf({ ...env, DATABASE_URL: `postgresql://${user}@db.example/sluis` })
    assert.deepEqual(
      faults.filter(fault => fault.startsWith('DATABASE_URL')),
      [],
    )
  }
})
