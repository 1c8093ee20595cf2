import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { compactDecrypt, decodeProtectedHeader, importJWK } from 'jose'
import { issueDevelopmentPki } from '../../certs/issue.ts'
import { partyHolders } from '../../certs/names.ts'
import { withDemoKeys } from '../../demo/keys.ts'
import { sealAnswer } from '../../gateway/delivery/seal.ts'
import { loadPolicies } from '../../gateway/policy/load.ts'
import { keyFault, validKeys } from '../../gateway/policy/party-keys.ts'
import type { PartyKey } from '../../gateway/terms.ts'
import { policyDir } from '../policy/law.ts'
import { removeTree } from '../support/directory.ts'
import { privateJwk } from '../support/signed.ts'

const text = '{"antwoord":[{"naam":"Zwaluwenburgh","bedrag":12345}]}'

function registered(id: string, alg: string, publicKey: KeyObject, since = '2026-01-01'): PartyKey {
  const jwk = { ...publicKey.export({ format: 'jwk' }), alg }
  assert.equal(keyFault(jwk, 'versleutelen'), undefined)
  return { id, gebruik: 'versleutelen', jwk, geldigVan: since }
}

const opened = async (jwe: string, key: Parameters<typeof compactDecrypt>[1]) =>
  new TextDecoder().decode((await compactDecrypt(jwe, key)).plaintext)

const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })

test('without a key of the receiver nothing is sealed', async () => {
  await assert.rejects(sealAnswer(text, []), /no valid encryption key/)
})

test('what is sealed is opened by its receiver and by nobody else, whichever kind of key it has', async () => {
  for (const [alg, pair, other] of [
    ['RSA-OAEP', rsa, generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['RSA-OAEP-256', rsa, generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ['ECDH-ES+A256KW', ec('P-256'), ec('P-256')],
    ['ECDH-ES+A256KW', ec('P-384'), ec('P-384')],
    ['ECDH-ES+A256KW', ec('P-521'), ec('P-521')],
  ] as const) {
    const jwe = await sealAnswer(text, [registered('een', alg, pair.publicKey)])
    assert.match(jwe, /^[\w-]+(\.[\w-]+){4}$/)
    assert.equal(await opened(jwe, pair.privateKey), text)
    await assert.rejects(opened(jwe, other.privateKey))
    // ADR encryption module: alg, enc, typ; the rest says which key, and what is inside.
    const { epk, ...header } = decodeProtectedHeader(jwe)
    assert.equal(epk !== undefined, alg.startsWith('ECDH'))
    assert.deepEqual(header, {
      alg,
      enc: 'A256GCM',
      typ: 'JWE',
      cty: 'application/json',
      kid: 'een',
    })
    const [, , , sealed = ''] = jwe.split('.')
    assert.ok(!Buffer.from(sealed, 'base64url').includes('Zwaluwenburgh'))
    const bytes = Buffer.from(sealed, 'base64url')
    bytes[0] = (bytes[0] ?? 0) ^ 1
    await assert.rejects(opened(jwe.replace(sealed, bytes.toString('base64url')), pair.privateKey))
  }
})

test('the same text is sealed differently each time', async () => {
  const key = registered('een', 'ECDH-ES+A256KW', ec('P-256').publicKey)
  assert.notEqual(await sealAnswer(text, [key]), await sealAnswer(text, [key]))
})

test('of two keys that overlap the one that began last is used', async () => {
  const old = ec('P-256')
  const young = ec('P-256')
  const keys = [
    registered('oud', 'ECDH-ES+A256KW', old.publicKey, '2025-01-01'),
    registered('nieuw', 'ECDH-ES+A256KW', young.publicKey, '2026-06-01'),
  ]
  for (const order of [keys, keys.toReversed()]) {
    const jwe = await sealAnswer(text, order)
    assert.equal(decodeProtectedHeader(jwe).kid, 'nieuw')
    assert.equal(await opened(jwe, young.privateKey), text)
  }
})

test('every party of the demo opens what is sealed to the key that the law has of it', async t => {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-seal-'))
  t.after(() => removeTree(dir))
  const pki = join(dir, 'pki')
  await issueDevelopmentPki(pki, { clock: () => Date.now() })
  const law = await loadPolicies(await withDemoKeys(policyDir, pki, join(dir, 'beleid')), 'test')
  for (const { name, oin } of partyHolders) {
    const party = law.partijen.get(oin)
    assert.ok(party, name)
    const keys = validKeys(party, 'versleutelen', Date.now())
    assert.equal(keys.length, 1, name)
    const key = await importJWK(privateJwk(pki, `sleutels/${name}-versleutelen`))
    assert.equal(await opened(await sealAnswer(text, keys), key), text, name)
  }
})
