import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  BadEvidence,
  isKeyName,
  makeCheckpoint,
  makeSecretKeyText,
  readCheckpoint,
  readNote,
  readSecretKey,
  readSize,
  readVkey,
  signNote,
  verifyCheckpoint,
  verifyNote,
} from '../../gateway/audit/checkpoint.ts'
import { emptyRoot } from '../../gateway/audit/tree.ts'

/** The example of golang.org/x/mod/sumdb/note. */
const vkey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const skey = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz'
const text = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.
`
const line =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM='
const note = `${text}\n${line}\n`
const known = readVkey(vkey)

test('the example note of the Go checksum database verifies, and signing gives the same bytes', () => {
  assert.equal(verifyNote(note, known), text)
  assert.equal(signNote(text, readSecretKey(skey)), note)
  assert.equal(readSecretKey(skey).vkey, vkey)
})

test('no byte of a signed note can change', () => {
  const bytes = Buffer.from(note)
  for (let i = 0; i < bytes.length; i += 1) {
    const changed = Buffer.from(bytes)
    changed.writeUInt8(changed.readUInt8(i) ^ 1, i)
    const { buffer, byteOffset, byteLength } = changed
    const decoded = new TextDecoder().decode(new Uint8Array(buffer, byteOffset, byteLength))
    assert.throws(() => verifyNote(decoded, known), BadEvidence, `byte ${i}`)
  }
})

test('signatures by unknown keys are ignored, a bad one by the known key is not', () => {
  const other = readSecretKey(makeSecretKeyText('other.example/log'))
  const [, otherLine = ''] = signNote(text, other).split('\n\n')
  assert.equal(verifyNote(`${text}\n${otherLine}${line}\n`, known), text)
  assert.equal(verifyNote(`${text}\n${line}\n${otherLine}`, known), text)
  assert.throws(() => verifyNote(`${text}\n${otherLine}`, known), BadEvidence)
  const sameId = `— PeterNeumann ${Buffer.concat([known.id, Buffer.alloc(64)]).toString('base64')}`
  assert.throws(() => verifyNote(`${text}\n${line}\n${sameId}\n`, known), BadEvidence)
  const short = `— PeterNeumann ${Buffer.concat([known.id, Buffer.alloc(10)]).toString('base64')}`
  assert.throws(() => verifyNote(`${text}\n${short}\n`, known), BadEvidence)
})

test('a note in any other form is refused', () => {
  const forms = [
    '',
    '\n',
    '\n\n',
    text,
    `${text}\n`,
    `${text}\n${line}`,
    `${text}${line}\n`,
    `${text}\n${line} \n`,
    `${text}\n${line.replace('—', '-')}\n`,
    `${text}\n${line.replace('— ', '—')}\n`,
    `${text}\n${line.replace('PeterNeumann', 'Peter+Neumann')}\n`,
    `${text}\n${line.replace('PeterNeumann', 'Peter\u00a0Neumann')}\n`,
    `${text}\n${line.slice(0, -1)}\n`,
    `${text}\n${line.replace('JnAM=', 'JnAN=')}\n`,
    `${text}\r\n${line}\n`,
    `${text.replace('\n', '\t\n')}\n${line}\n`,
    `${text}\ud800\n\n${line}\n`,
    `${text}\n${`${line}\n`.repeat(101)}`,
  ]
  for (const form of forms) assert.throws(() => verifyNote(form, known), BadEvidence, form)
  assert.equal(readNote(`${text}\n${`${line}\n`.repeat(16)}`).signatures.length, 16)
})

test('a verifier key has one spelling', () => {
  const forms = [
    '',
    'PeterNeumann',
    vkey.replace('c74f20a3', 'c74f20a4'),
    vkey.replace('c74f20a3', 'C74F20A3'),
    vkey.replace('+ARpc', '+Arpc'),
    `${vkey}=`,
    `${vkey}\n`,
    vkey.slice(0, -4),
    `Peter Neumann${vkey.slice(12)}`,
    `+${vkey}`,
  ]
  for (const form of forms) assert.throws(() => readVkey(form), BadEvidence, form)
  assert.ok(isKeyName('sluis.example/2026/gewoon'))
  for (const name of ['', 'a b', 'a+b', 'a\nb', 'a\u2003b', 'a\ud800']) assert.ok(!isKeyName(name))
})

test('a checkpoint says origin, size and root, and is only believed of its own log', () => {
  const signer = readSecretKey(makeSecretKeyText('sluis.example/a'))
  const made = makeCheckpoint(7, emptyRoot, signer)
  assert.deepEqual(verifyCheckpoint(made, signer), {
    origin: 'sluis.example/a',
    size: 7n,
    root: emptyRoot,
  })
  const elsewhere = signNote(`sluis.example/b\n7\n${emptyRoot.toString('base64')}\n`, signer)
  assert.throws(() => verifyCheckpoint(elsewhere, signer), BadEvidence)
  const root = emptyRoot.toString('base64')
  assert.equal(readCheckpoint(`o\n0\n${root}\nextension\n`).size, 0n)
  for (const form of [
    `o\n1\n`,
    `o\n01\n${root}\n`,
    `o\n-1\n${root}\n`,
    `o\n1e3\n${root}\n`,
    `\n1\n${root}\n`,
    `o\n1\n${root.slice(0, -1)}\n`,
    `o\n1\n${root}`,
    `o\n1\n${root}\n\n`,
    `o\n18446744073709551616\n${root}\n`,
  ]) {
    assert.throws(() => readCheckpoint(form), BadEvidence, form)
  }
  assert.equal(readSize('18446744073709551615'), 2n ** 64n - 1n)
})
