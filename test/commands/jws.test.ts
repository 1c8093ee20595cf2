import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { CompactSign } from 'jose'
import { removeTree } from '../support/directory.ts'
import { ask } from './sluis.ts'

const dir = mkdtempSync(join(tmpdir(), 'sluis-jws-'))
after(() => removeTree(dir))

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = publicKey.export({ format: 'jwk' })
const token = await new CompactSign(Buffer.from('{}'))
  .setProtectedHeader({ alg: 'ES256', kid: 'een' })
  .sign(privateKey)

function file(name: string, value: unknown): string {
  const path = join(dir, name)
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
  return path
}

const own = file('own.jwk', { ...jwk, alg: 'ES256', kid: 'een', key_ops: ['verify'], ext: true })
const verify = (args: readonly string[], input: string = token) =>
  ask(['jws', 'verify', ...args], { input })

test('a good token is exit 0, also with the end of line of a shell', async () => {
  for (const input of [token, `${token}\n`, `${token}\r\n`]) {
    assert.deepEqual(await verify(['--jwk', own], input), {
      code: 0,
      out: 'De handtekening klopt.\n',
      err: '',
    })
  }
  const json = JSON.parse((await verify(['--jwk', own, '--json'])).out)
  assert.deepEqual(json, { geldig: true, kop: { alg: 'ES256', kid: 'een' } })
  const secret = file('secret.jwk', { ...privateKey.export({ format: 'jwk' }), alg: 'ES256' })
  assert.equal((await verify(['--jwk', secret])).code, 0)
  const bare = file('bare.jwk', jwk)
  assert.equal((await verify(['--jwk', bare, '--alg', 'ES256'])).code, 0)
})

test('a bad token is exit 1 with its reason, and nothing of it is repeated', async () => {
  const [head, , tail] = token.split('.')
  for (const [input, reden] of [
    [`${head}.e30x.${tail}`, 'handtekening'],
    [`${token}\n\n`, 'vorm'],
    [` ${token}`, 'vorm'],
    ['', 'vorm'],
    [`eyJhbGciOiJub25lIn0.e30.AAAA`, 'algoritme'],
    [`eyJhbGciOiJub25lIn0.e30.`, 'handtekening'],
  ] as const) {
    const said = await verify(['--jwk', own, '--json'], input)
    assert.equal(said.code, 1)
    assert.deepEqual(JSON.parse(said.out).reden, reden)
    assert.equal(JSON.parse(said.out).geldig, false)
  }
  const other = file('other.jwk', { ...jwk, alg: 'ES256', kid: 'twee' })
  assert.match((await verify(['--jwk', other])).out, /klopt niet \(sleutel\)/)
})

test('a key that could never be registered is exit 1', async () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
  for (const unfit of [
    { ...weak.export({ format: 'jwk' }), alg: 'PS256' },
    { kty: 'oct', k: 'AAAA', alg: 'HS256' },
    { ...jwk, alg: 'RS256' },
    { ...jwk, alg: 'ES256', use: 'enc' },
  ]) {
    const said = await verify(['--jwk', file('unfit.jwk', unfit), '--json'])
    assert.equal(said.code, 1)
    assert.equal(JSON.parse(said.out).reden, 'sleutel')
  }
})

test('a wrong call is exit 2, a file that cannot be read is exit 3 and is not quoted', async () => {
  assert.equal((await verify([])).code, 2)
  assert.equal((await verify(['--jwk', file('bare.jwk', jwk)])).code, 2)
  assert.equal((await verify(['--jwk', own, '--alg', 'ES384'])).code, 2)
  assert.equal((await verify(['--jwk', own, '--anders'])).code, 2)
  assert.equal((await verify(['--jwk', join(dir, 'nergens.jwk')])).code, 3)
  for (const text of ['{"d":"geheim', '[]', 'null', '']) {
    const said = await verify(['--jwk', file('broken.jwk', text)])
    assert.equal(said.code, 3)
    assert.ok(!said.err.includes('geheim'))
  }
})
