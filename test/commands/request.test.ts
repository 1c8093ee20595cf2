import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto'
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { sealAnswer } from '../../gateway/delivery/seal.ts'
import { readStatement } from '../../gateway/message/statement.ts'
import { noon } from '../audit/log.ts'
import { removeTree } from '../support/directory.ts'
import { ask } from './sluis.ts'

const dir = mkdtempSync(join(tmpdir(), 'sluis-request-'))
after(() => removeTree(dir))

function file(name: string, value: unknown, mode = 0o600): string {
  const path = join(dir, name)
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
  chmodSync(path, mode)
  return path
}

const curve = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const secret = ({ privateKey }: KeyPairKeyObjectResult, alg: string) => ({
  ...privateKey.export({ format: 'jwk' }),
  alg,
})
const open = ({ publicKey }: KeyPairKeyObjectResult, alg: string) => ({
  ...publicKey.export({ format: 'jwk' }),
  alg,
})

const signer = curve()
const approver = {
  id: 'g-1',
  functie: 'teamleider',
  jwk: open(signer, 'ES256'),
  geldigVan: '2026-01-01',
}
const own = file('g-1.jwk', secret(signer, 'ES256'))
const verzoek = '019a9f36-0c1d-7a52-b7e3-5d4c3b2a1908'
const inhoud = 'n0b4e4vKQh5aCqW3s8x1kZpXv0mJrTtYu2LdE6gFhIw'
const about = ['--verzoek', verzoek, '--inhoud', inhoud]
const who = ['--goedkeurder', 'g-1', '--functie', 'teamleider', '--sleutel', own]
const sign = (...args: readonly string[]) => ask(['request', 'sign-approval', ...args])

test('a signed approval is one that the gateway reads, of this request and content, for as long as was said', async () => {
  const { code, out } = await sign(...about, ...who)
  assert.equal(code, 0)
  const expected = { verzoek, inhoud, now: noon }
  const read = readStatement(out.trimEnd(), [approver], expected)
  assert.deepEqual(
    [read.besluit, read.goedkeurder, read.exp - read.iat],
    ['akkoord', 'g-1', 7 * 86_400],
  )
  const no = await sign(...about, ...who, '--besluit', 'afgewezen', '--dagen', '100', '--json')
  const { verklaring, ...rest } = JSON.parse(no.out)
  assert.deepEqual(rest, {})
  const refused = readStatement(verklaring, [approver], expected)
  assert.deepEqual([refused.besluit, refused.exp - refused.iat], ['afgewezen', 100 * 86_400])
})

test('a hash that begins with a dash is a value as any other, and an option is never taken for one', async () => {
  for (const dashed of [`-${inhoud.slice(1)}`, `--${inhoud.slice(2)}`, `-r${inhoud.slice(2)}`]) {
    const { code, out, err } = await sign('--verzoek', verzoek, '--inhoud', dashed, ...who)
    assert.equal(code, 0, err)
    readStatement(out.trimEnd(), [approver], { verzoek, inhoud: dashed, now: noon })
  }
  for (const follows of [['--json'], ['--functie', 'teamleider'], ['--functie=teamleider'], []]) {
    const { code, out, err } = await sign('--verzoek', verzoek, ...who, '--inhoud', ...follows)
    assert.deepEqual([code, out], [2, ''], err)
  }
})

test('an approval that lacks something, or has it in another shape, is bad usage that names the option', async () => {
  for (const name of ['verzoek', 'inhoud', 'goedkeurder', 'functie', 'sleutel']) {
    const args = [...about, ...who]
    args.splice(args.indexOf(`--${name}`), 2)
    const { code, out, err } = await sign(...args)
    assert.deepEqual([code, out], [2, ''], name)
    assert.match(err, new RegExp(`^--${name} ontbreekt`), name)
  }
  for (const [name, value] of [
    ['verzoek', '999990019'],
    ['inhoud', `${inhoud}=`],
    ['goedkeurder', 'een naam'],
    ['functie', ''],
    ['besluit', 'ja'],
    ['dagen', '0'],
    ['dagen', '101'],
    ['dagen', '1e1'],
  ] as const) {
    const { code, err } = await sign(...about, ...who, `--${name}`, value)
    assert.equal(code, 2, `${name} ${value}`)
    assert.match(err, new RegExp(`^--${name} is `), `${name} ${value}`)
    assert.ok(!err.includes('999990019'))
  }
})

test('a key that does not sign, is public, or that others can read signs nothing, and is not repeated', async () => {
  const { d } = secret(signer, 'ES256')
  for (const [name, value, mode, told] of [
    ['public', open(signer, 'ES256'), 0o600, /geen geheime sleutel/],
    ['encryption', secret(signer, 'ECDH-ES+A256KW'), 0o600, /geen alg/],
    ['without alg', signer.privateKey.export({ format: 'jwk' }), 0o600, /geen alg/],
    ['no key', { kty: 'EC', d, alg: 'ES256' }, 0o600, /geen sleutel om mee/],
    ['no JSON', `${d}`, 0o600, /geen geheime sleutel/],
    ['read by all', secret(signer, 'ES256'), 0o644, /leesbaar voor anderen/],
  ] as const) {
    const { code, out, err } = await sign(...about, ...who, '--sleutel', file(name, value, mode))
    assert.deepEqual([code, out], [2, ''], name)
    assert.match(err, /^--sleutel/, name)
    assert.match(err, told, name)
    assert.ok(!err.includes(String(d)), name)
  }
  const { code } = await sign(...about, ...who, '--sleutel', join(dir, 'geen.jwk'))
  assert.equal(code, 3)
})

test('an answer is opened by the key it was sealed for, byte for byte, and by no other', async () => {
  const receiver = curve()
  const alg = 'ECDH-ES+A256KW'
  const key = { id: 'k1', gebruik: 'versleutelen', geldigVan: '2026-01-01' } as const
  const text = '{"antwoord":[{"heeftInkomstenInPeriode":true}],"zaal":"é"}'
  const jwe = await sealAnswer(text, [{ ...key, jwk: open(receiver, alg) }])
  const opens = (sleutel: string, input = jwe, ...args: readonly string[]) =>
    ask(['request', 'open', '--sleutel', sleutel, ...args], { input })
  const good = file('receiver.jwk', secret(receiver, alg))
  for (const input of [jwe, `${jwe}\n`, `${jwe}\r\n`]) {
    assert.deepEqual(await opens(good, input), { code: 0, out: `${text}\n`, err: '' })
  }
  const [head, ...parts] = jwe.split('.')
  const [, , body = ''] = parts
  const changed = body.startsWith('A') ? `B${body.slice(1)}` : `A${body.slice(1)}`
  for (const [name, input] of [
    ['changed', jwe.replace(body, changed)],
    ['cut off', jwe.slice(0, -4)],
    ['a part less', [head, ...parts.slice(1)].join('.')],
    ['nothing', ''],
    ['JSON', '{}'],
    ['two', `${jwe}\n${jwe}`],
  ] as const) {
    const { code, out, err } = await opens(good, input)
    assert.deepEqual([code, out], [1, ''], name)
    assert.match(err, /niet|geen/, name)
  }
  const stranger = file('stranger.jwk', secret(curve(), alg))
  const { code, out } = await opens(stranger, jwe, '--json')
  assert.deepEqual([code, JSON.parse(out).geopend], [1, false])
  assert.equal((await opens(file('open.jwk', open(receiver, alg)))).code, 2)
  assert.equal((await ask(['request', 'open'], { input: jwe })).code, 2)
})
