import assert from 'node:assert/strict'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { partyHolder } from '../../certs/names.ts'
import { commands } from '../../gateway/commands/certs.ts'
import { UsageError } from '../../gateway/commands/command.ts'
import { readTrust } from '../../gateway/peer/trust.ts'
import { removeTree } from '../support/directory.ts'
import { temporaryDirectory } from '../support/pki.ts'

let dir: string
const pki = () => join(dir, 'pki')

async function run(name: string, ...args: string[]) {
  const command = commands.find(one => one.name === name)
  assert.ok(command)
  let out = ''
  let err = ''
  const code = await command.run(args, {
    env: { SLUIS_DATA_DIR: dir },
    out: text => {
      out += text
    },
    err: text => {
      err += text
    },
    stdin: async () => Buffer.alloc(0),
    clock: Date.now,
  })
  return { code, out, err }
}

const client = (name: string) => join(pki(), 'clients', `${name}.pem`)
const check = async (...args: string[]) => {
  const { code, out } = await run('cert check', ...args, '--json')
  return [code, JSON.parse(out)] as const
}

before(async () => {
  dir = temporaryDirectory()
  const { code, out } = await run('certs issue', '--json')
  assert.equal(code, 0)
  assert.deepEqual(JSON.parse(out), { map: pki() })
})
after(() => removeTree(dir))

test('the certificate of a party is judged with its OIN and name', async () => {
  const [code, verdict] = await check(client('gemeente-waterstad'))
  assert.equal(code, 0)
  assert.equal(verdict.toegelaten, true)
  assert.equal(verdict.oin, partyHolder('gemeente-waterstad').oin)
  const text = await run('cert check', client('uwv'))
  assert.match(text.out, /^Toegelaten: .*OIN 00000099000000004000, tot \d{4}-/)
})

for (const [name, reden] of [
  ['ingetrokken', 'ingetrokken'],
  ['verlopen', 'verlopen'],
  ['onbekend', 'partij-onbekend'],
  ['vreemd', 'keten-onbekend'],
  ['dubbel', 'oin-dubbel'],
] as const) {
  test(`the certificate "${name}" is judged no with its reason`, async () => {
    const [code, verdict] = await check(client(name))
    assert.equal(code, 1)
    assert.equal(verdict.reden, reden)
    assert.equal(typeof verdict.uitleg, 'string')
  })
}

test('another moment gives another judgement', async () => {
  const file = client('svb')
  assert.deepEqual((await check(file, '--at', '2000-01-01'))[1].reden, 'nog-niet-geldig')
  const later = new Date(Date.now() + 7 * 24 * 3_600_000).toISOString()
  assert.deepEqual((await check(file, '--at', later))[1].reden, 'crl-verlopen')
  await assert.rejects(run('cert check', file, '--at', 'morgen'), UsageError)
})

test('a file that is no certificate is judged no, a missing one is not judged', async () => {
  const file = join(dir, 'geen.pem')
  for (const text of [
    '',
    'niets',
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  ]) {
    writeFileSync(file, text)
    assert.deepEqual((await check(file))[1].reden, 'certificaat-onleesbaar')
  }
  await assert.rejects(run('cert check', join(dir, 'weg.pem')), /ENOENT/)
  await assert.rejects(run('cert check', client('uwv'), '--trust', join(dir, 'weg')), /ENOENT/)
})

test('a CRL put back to an older one is judged as the gateway on this data directory judges it, and nothing is noted', async () => {
  const file = client('svb')
  const note = join(dir, 'gezien-crls.json')
  assert.equal((await check(file))[0], 0)
  assert.ok(!existsSync(note))
  const trust = await readTrust(join(pki(), 'trust'))
  const rows = trust.authorities.map(({ id }) => [id, Date.now() + 3_600_000, null])
  writeFileSync(note, JSON.stringify(rows))
  assert.equal((await check(file))[1].reden, 'crl-ouder')
  rmSync(note)
})

test('no file, or one too many, is bad usage', async () => {
  await assert.rejects(run('cert check'), UsageError)
  await assert.rejects(run('cert check', 'a', 'b'), UsageError)
  await assert.rejects(run('certs issue', '--poort', '1'), UsageError)
})
