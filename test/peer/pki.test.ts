import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { crlTerm, issueDevelopmentPki, reissueCrls, revoke } from '../../certs/issue.ts'
import { approvers, defectNames, operator, partyHolders } from '../../certs/names.ts'
import { readCrl } from '../../gateway/peer/crl.ts'
import { readTrust } from '../../gateway/peer/trust.ts'
import { removeTree } from '../support/directory.ts'
import { hour, temporaryDirectory } from '../support/pki.ts'

let dir: string
let now: number
const clock = () => now

beforeEach(async () => {
  dir = temporaryDirectory()
  now = Date.now()
  await issueDevelopmentPki(dir, { clock })
})
afterEach(() => removeTree(dir))

/** Hash of every file but the CRLs. */
function fingerprints(): Record<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !entry.name.endsWith('.crl'))
    .map(entry => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    files
      .sort()
      .map(file => [
        file.slice(dir.length),
        createHash('sha256').update(readFileSync(file)).digest('hex'),
      ]),
  )
}

const certificate = (name: string) => new X509Certificate(readFileSync(join(dir, `${name}.pem`)))

async function crl(level: string) {
  return readCrl(
    readFileSync(join(dir, 'trust', `${level}.crl`)),
    await readTrust(join(dir, 'trust')),
  )
}

test('the files are exactly the promised ones', () => {
  const clients = [...partyHolders.map(({ name }) => name), 'gateway', ...defectNames].sort()
  const pairs = (names: readonly string[]) => names.flatMap(name => [`${name}.key`, `${name}.pem`])
  assert.deepEqual(readdirSync(join(dir, 'clients')).sort(), pairs(clients).sort())
  assert.deepEqual(
    readdirSync(join(dir, 'servers')).sort(),
    pairs([
      'echo',
      'fiod',
      'gateway',
      'gemeente-dijkdorp',
      'inlichtingenbureau',
      'ksz',
      'svb',
      'uwv',
    ]),
  )
  assert.deepEqual(readdirSync(join(dir, 'trust')).sort(), [
    'intermediate.crl',
    'intermediate.pem',
    'root.crl',
    'root.pem',
  ])
  const keys = [...partyHolders, operator].flatMap(({ name }) =>
    ['ondertekenen', 'versleutelen'].map(use => `${name}-${use}.jwk`),
  )
  assert.deepEqual(readdirSync(join(dir, 'sleutels')).sort(), keys.sort())
  const approving = approvers.map(({ id }) => `${id}.jwk`)
  assert.deepEqual(readdirSync(join(dir, 'goedkeurders')).sort(), approving.sort())
  const folders = ['authority', 'clients', 'goedkeurders', 'servers', 'sleutels', 'trust']
  assert.deepEqual(readdirSync(dir).sort(), [...folders, 'ca.pem'].sort())
})

test('every private key is for its owner only', () => {
  for (const name of Object.keys(fingerprints()).filter(file => /\.(key|jwk)$/.test(file))) {
    assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600, name)
  }
})

test('a second call remakes no key and no certificate, but does reissue the CRLs', async () => {
  const before = fingerprints()
  const first = await crl('intermediate')
  now += hour
  await issueDevelopmentPki(dir, { clock })
  assert.deepEqual(fingerprints(), before)
  const second = await crl('intermediate')
  assert.ok(second.nextUpdate > first.nextUpdate)
  assert.deepEqual([...second.revoked], [...first.revoked])
})

test('CRLs live for their term and are renewed without touching anything else', async () => {
  const before = fingerprints()
  const { nextUpdate } = await crl('root')
  assert.ok(Math.abs(nextUpdate - now - crlTerm) < 1000)
  now += 20 * hour
  await reissueCrls(dir, clock)
  assert.ok((await crl('root')).nextUpdate > nextUpdate)
  assert.deepEqual(fingerprints(), before)
})

test('what has ended is made again with the key it had, what is valid stays', async () => {
  const before = fingerprints()
  now += 366 * 24 * hour
  await issueDevelopmentPki(dir, { clock })
  const after = fingerprints()
  const changed = Object.keys(after).filter(file => after[file] !== before[file])
  const leafs = Object.keys(after).filter(
    file => /^.(clients|servers).*pem$/.test(file) && !file.includes('verlopen'),
  )
  assert.deepEqual(changed, leafs)
  assert.ok(certificate('clients/uwv').validToDate.getTime() > now)
})

test('an expired intermediate is made again, and so is everything below it', async () => {
  now += 1900 * 24 * hour
  await issueDevelopmentPki(dir, { clock })
  const issuer = certificate('trust/intermediate')
  assert.ok(certificate('clients/svb').verify(issuer.publicKey))
  assert.ok(issuer.validToDate.getTime() > now)
})

test('a run that was cut off half way is completed by the next one', async () => {
  const before = fingerprints()
  rmSync(join(dir, 'clients', 'fiod.pem'))
  rmSync(join(dir, 'clients', 'uwv.key'))
  truncateSync(join(dir, 'clients', 'svb.pem'), 100)
  removeTree(join(dir, 'trust'))
  await issueDevelopmentPki(dir, { clock })
  const after = fingerprints()
  const changed = Object.keys(after).filter(file => after[file] !== before[file])
  assert.deepEqual(changed, [
    '/clients/fiod.pem',
    '/clients/svb.pem',
    '/clients/uwv.key',
    '/clients/uwv.pem',
  ])
  for (const { name } of partyHolders) {
    const key = readFileSync(join(dir, 'clients', `${name}.key`))
    const { createPrivateKey } = await import('node:crypto')
    assert.ok(certificate(`clients/${name}`).checkPrivateKey(createPrivateKey(key)), name)
  }
})

test('another host name makes new server certificates, with the keys they had', async () => {
  const before = fingerprints()
  await issueDevelopmentPki(dir, { clock, hosts: ['sluis.example', '192.0.2.7'] })
  const after = fingerprints()
  const changed = Object.keys(after).filter(file => after[file] !== before[file])
  assert.deepEqual(changed, [
    '/servers/echo.pem',
    '/servers/fiod.pem',
    '/servers/gateway.pem',
    '/servers/gemeente-dijkdorp.pem',
    '/servers/inlichtingenbureau.pem',
    '/servers/ksz.pem',
    '/servers/svb.pem',
    '/servers/uwv.pem',
  ])
  const server = certificate('servers/gateway')
  for (const host of ['localhost', 'sluis.example']) assert.ok(server.checkHost(host), host)
  for (const address of ['127.0.0.1', '::1', '192.0.2.7'])
    assert.ok(server.checkIP(address), address)
})

test('a certificate revoked by name stays revoked over later calls', async () => {
  await revoke(dir, 'toeslagen', clock)
  const serial = certificate('clients/toeslagen').serialNumber
  assert.ok((await crl('intermediate')).revoked.has(serial))
  now += hour
  await issueDevelopmentPki(dir, { clock })
  const { revoked } = await crl('intermediate')
  assert.ok(revoked.has(serial))
  assert.ok(revoked.has(certificate('clients/ingetrokken').serialNumber))
  await revoke(dir, 'intermediate', clock)
  assert.ok((await crl('root')).revoked.has(certificate('trust/intermediate').serialNumber))
})

test('OpenSSL agrees, strictly and with both CRLs', () => {
  const verify = (name: string): string => {
    const trust = join(dir, 'trust')
    const crls = ['root', 'intermediate'].flatMap(level => [
      '-CRLfile',
      join(trust, `${level}.crl`),
    ])
    const args = ['verify', '-x509_strict', '-crl_check_all', '-CAfile', join(dir, 'ca.pem')]
    const chain = ['-untrusted', join(dir, `${name}.pem`), ...crls, join(dir, `${name}.pem`)]
    try {
      return execFileSync('openssl', [...args, ...chain], { encoding: 'utf8', stdio: 'pipe' })
    } catch (error) {
      return String((error as { stderr?: string }).stderr)
    }
  }
  assert.match(verify('clients/gemeente-waterstad'), /: OK/)
  assert.match(verify('servers/gateway'), /: OK/)
  assert.match(verify('clients/ingetrokken'), /certificate revoked/)
  assert.match(verify('clients/verlopen'), /certificate has expired/)
  assert.match(verify('clients/vreemd'), /unable to get/)
})
