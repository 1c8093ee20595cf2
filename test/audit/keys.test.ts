import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  destructionMonth,
  generateKeys,
  makeSigner,
  openKeys,
  readSigner,
} from '../../gateway/audit/keys.ts'
import { indexOf, pseudonymIn, seal, unseal } from '../../gateway/audit/seal.ts'
import { Problem } from '../../gateway/problem.ts'
import { removeTree } from '../support/directory.ts'
import { noon } from './log.ts'

function directory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-keys-'))
  t.after(() => removeTree(dir))
  return join(dir, 'keys')
}

test('keys are made once for every month ahead and for both logs, for the owner only', t => {
  const dir = directory(t)
  const made = generateKeys(dir, noon, 3)
  assert.deepEqual(
    made.filter(name => name.startsWith('gewoon')),
    ['gewoon-feiten', 'gewoon-2026-10', 'gewoon-2026-11', 'gewoon-2026-12', 'gewoon-2027-01'],
  )
  assert.equal(made.length, 10)
  const before = readFileSync(join(dir, 'gewoon-2026-10.key'), 'utf8')
  assert.deepEqual(generateKeys(dir, noon, 4), ['gewoon-2027-02', 'vertrouwelijk-2027-02'])
  assert.equal(readFileSync(join(dir, 'gewoon-2026-10.key'), 'utf8'), before)
  assert.equal(readdirSync(dir).length, 12)
  for (const name of readdirSync(dir)) assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600)
  assert.equal(statSync(dir).mode & 0o777, 0o700)
})

test('a key that others can read, or that is damaged, is not used', t => {
  const dir = directory(t)
  generateKeys(dir, noon, 1)
  chmodSync(join(dir, 'gewoon-2026-10.key'), 0o640)
  assert.throws(() => openKeys(dir).month('gewoon', '2026-10'), /leesbaar voor anderen/)
  chmodSync(join(dir, 'gewoon-2026-10.key'), 0o604)
  assert.throws(() => openKeys(dir).month('gewoon', '2026-10'), /leesbaar voor anderen/)
  writeFileSync(join(dir, 'gewoon-2026-11.key'), 'AAAA\n')
  assert.throws(() => openKeys(dir).month('gewoon', '2026-11'), /beschadigd/)
  assert.ok(openKeys(dir).month('vertrouwelijk', '2026-10').seal)
})

test('a month without a key is no log, not a record without its person', t => {
  const dir = directory(t)
  generateKeys(dir, noon, 1)
  assert.throws(
    () => openKeys(dir).month('gewoon', '2033-10'),
    error => error instanceof Problem && error.slug === 'log-onbereikbaar',
  )
})

test('a record is destroyed in the month its term ends', () => {
  assert.equal(destructionMonth(noon, 'P7Y'), '2033-10')
  assert.equal(destructionMonth(noon, 'P18M'), '2028-04')
  assert.equal(destructionMonth(noon, 'P1Y2M31D'), '2028-01')
  assert.equal(destructionMonth(Date.UTC(2026, 11, 31, 23), 'P1D'), '2027-01')
  for (const term of ['', 'P', '7Y', 'P7', 'PT1H', 'P1.5Y', 'P-1Y', 'P7YX']) {
    assert.throws(() => destructionMonth(noon, term), /duur/)
  }
})

test('what is sealed opens only with its key, transaction, kind and member', () => {
  const key = createSecretKey(randomBytes(32))
  const place = ['t1', 'beslissing', 'zaak'] as const
  const sealed = seal(key, place, '2026-000123 é')
  assert.equal(unseal(key, place, sealed), '2026-000123 é')
  assert.notEqual(seal(key, place, 'x'), seal(key, place, 'x'))
  const wrong = [
    ['t2', 'beslissing', 'zaak'],
    ['t1', 'verstrekking', 'zaak'],
    ['t1', 'beslissing', 'medewerker'],
    ['t1', 'beslissingzaak', ''],
  ] as const
  for (const other of wrong) assert.throws(() => unseal(key, other, sealed))
  assert.throws(() => unseal(createSecretKey(randomBytes(32)), place, sealed))
  const bytes = Buffer.from(sealed, 'base64url')
  for (let i = 0; i < bytes.length; i += 1) {
    const changed = Buffer.from(bytes)
    changed.writeUInt8(changed.readUInt8(i) ^ 1, i)
    assert.throws(() => unseal(key, place, changed.toString('base64url')))
  }
  assert.throws(() => unseal(key, place, bytes.subarray(0, 12).toString('base64url')))
})

test('the same person has another pseudonym in every record and log, and one place in an index', t => {
  const dir = directory(t)
  generateKeys(dir, noon, 1)
  const keys = openKeys(dir)
  const { pseudonym, index } = keys.month('gewoon', '2026-10')
  const other = keys.month('gewoon', '2026-11')
  const names = [
    pseudonymIn(pseudonym, ['t1', 'bsn', '999990019']),
    pseudonymIn(pseudonym, ['t2', 'bsn', '999990019']),
    pseudonymIn(other.pseudonym, ['t1', 'bsn', '999990019']),
    keys.pseudonym('gewoon', '999990019'),
    keys.pseudonym('vertrouwelijk', '999990019'),
  ]
  assert.equal(new Set(names).size, names.length)
  assert.equal(keys.pseudonym('gewoon', 'a'), openKeys(dir).pseudonym('gewoon', 'a'))
  const place = indexOf(index, 'betrokkene', ['bsn', '999990019'])
  assert.deepEqual(place, indexOf(index, 'betrokkene', ['bsn', '999990019']))
  assert.notDeepEqual(place, indexOf(index, 'zaak', ['bsn', '999990019']))
  assert.notDeepEqual(place, indexOf(index, 'betrokkene', ['bsn9', '99990019']))
  assert.notDeepEqual(place, indexOf(other.index, 'betrokkene', ['bsn', '999990019']))
})

test('a log keeps the signing key and origin it began with', t => {
  const dir = directory(t)
  const { vkey } = makeSigner(dir, 'gewoon', 'sluis.example/a')
  assert.equal(makeSigner(dir, 'gewoon', 'sluis.example/a').vkey, vkey)
  assert.equal(readSigner(dir, 'gewoon').vkey, vkey)
  assert.throws(() => makeSigner(dir, 'gewoon', 'sluis.example/b'), /andere oorsprong/)
  chmodSync(join(dir, 'gewoon-ondertekening.key'), 0o644)
  assert.throws(() => readSigner(dir, 'gewoon'), /leesbaar voor anderen/)
})
