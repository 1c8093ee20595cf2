// Who signed which tree? C2SP signed notes (c2sp.org/signed-note) and checkpoints (c2sp.org/tlog-checkpoint).
import {
  createPrivateKey,
  createPublicKey,
  hash,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import { readBase64, readHash } from './base64.ts'
import { maxSize } from './tree-proof.ts'

/** A note, key or checkpoint that is not what it says: judged no, as opposed to not judged. */
export class BadEvidence extends Error {
  override name = 'BadEvidence'
}

export interface Verifier {
  readonly name: string
  readonly id: Buffer
  readonly key: KeyObject
}

export interface Signer extends Verifier {
  readonly secret: KeyObject
  /** Verifier key text: `<name>+<id>+<base64(0x01 ‖ key)>`. */
  readonly vkey: string
}

export interface Note {
  /** Up to and including the newline before the blank line. */
  readonly text: string
  readonly signatures: readonly {
    readonly name: string
    readonly id: Buffer
    readonly value: Buffer
  }[]
}

export interface Checkpoint {
  readonly origin: string
  readonly size: bigint
  readonly root: Buffer
}

/** Ed25519, the only algorithm here (signed-note: select only the one required). */
const ED25519 = 1
const maxNote = 1_000_000
const maxSignatures = 100
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Spaces and `+` would break the key text and the signature line. */
export function isKeyName(name: string): boolean {
  return name.isWellFormed() && /^[^\p{White_Space}\p{Cc}+]{1,200}$/u.test(name)
}

export function readVkey(text: string): Verifier {
  const { name, id, key } = readKeyText(text)
  const verifier = verifierOf(name, key)
  if (!verifier.id.equals(id)) throw new BadEvidence('de sleutel hoort niet bij haar kenmerk')
  return verifier
}

function verifierOf(name: string, key: Buffer): Verifier {
  const id = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typed(key)]), 'buffer')
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') }
  return { name, id: id.subarray(0, 4), key: createPublicKey({ key: jwk, format: 'jwk' }) }
}

function typed(key: Buffer): Buffer {
  return Buffer.concat([Buffer.of(ED25519), key])
}

/** `<name>+<8 hex>+<base64>`; the base64 may hold `+` itself. */
function readKeyText(text: string): { name: string; id: Buffer; key: Buffer } {
  const [, name = '', id = '', data = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/s.exec(text) ?? []
  const bytes = readBase64(data)
  if (!isKeyName(name) || bytes?.length !== 33) throw new BadEvidence('dit is geen C2SP-sleutel')
  if (bytes[0] !== ED25519)
    throw new BadEvidence('alleen Ed25519-sleutels (soort 1) worden gelezen')
  return { name, id: Buffer.from(id, 'hex'), key: bytes.subarray(1) }
}

/** Secret key text: `PRIVATE+KEY+<name>+<id>+<base64(0x01 ‖ seed)>`, as Go's note package writes it. */
export function makeSecretKeyText(name: string): string {
  if (!isKeyName(name)) throw new BadEvidence('een oorsprong heeft geen spaties of plustekens')
  const seed = randomBytes(32)
  const { id } = signerOf(name, seed)
  return `PRIVATE+KEY+${name}+${id.toString('hex')}+${typed(seed).toString('base64')}`
}

export function readSecretKey(text: string): Signer {
  const [, rest = ''] = /^PRIVATE\+KEY\+(.+)$/s.exec(text) ?? []
  const { name, id, key: seed } = readKeyText(rest)
  const signer = signerOf(name, seed)
  if (!signer.id.equals(id)) throw new BadEvidence('de sleutel hoort niet bij haar kenmerk')
  return signer
}

function signerOf(name: string, seed: Buffer): Signer {
  const der = Buffer.concat([pkcs8, seed])
  const secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const { x = '' } = createPublicKey(secret).export({ format: 'jwk' })
  const key = Buffer.from(x, 'base64url')
  const verifier = verifierOf(name, key)
  const vkey = `${name}+${verifier.id.toString('hex')}+${typed(key).toString('base64')}`
  return { ...verifier, secret, vkey }
}

export function signNote(text: string, { name, id, secret }: Signer): string {
  const value = Buffer.concat([id, sign(null, Buffer.from(text), secret)])
  return `${text}\n— ${name} ${value.toString('base64')}\n`
}

/** Strict reading of the format only; `verifyNote` says whether it may be believed. */
export function readNote(note: string): Note {
  const split = note.lastIndexOf('\n\n')
  if (note.length > maxNote || !note.isWellFormed()) throw new BadEvidence('dit is geen notitie')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the format forbids exactly these
  if (split < 0 || !note.endsWith('\n') || /[\0-\x09\x0b-\x1f]/.test(note)) {
    throw new BadEvidence('dit is geen notitie met handtekeningen')
  }
  const lines = note.slice(split + 2, -1).split('\n')
  if (lines.length > maxSignatures) throw new BadEvidence('de notitie heeft te veel handtekeningen')
  return { text: note.slice(0, split + 1), signatures: lines.map(readSignature) }
}

function readSignature(line: string): Note['signatures'][number] {
  const [, name = '', data = ''] = /^— (\S+) (\S+)$/.exec(line) ?? []
  const bytes = readBase64(data)
  if (!isKeyName(name) || bytes === undefined || bytes.length < 5) {
    throw new BadEvidence('een handtekeningregel klopt niet')
  }
  return { name, id: bytes.subarray(0, 4), value: bytes.subarray(4) }
}

/** The note's text, if the known key signed it. Signatures by unknown keys are ignored; a bad one by the known key is not. */
export function verifyNote(note: string, known: Verifier): string {
  const { text, signatures } = readNote(note)
  const ours = signatures.filter(({ name, id }) => name === known.name && id.equals(known.id))
  if (ours.length === 0) throw new BadEvidence('de notitie is niet met deze sleutel ondertekend')
  const bytes = Buffer.from(text)
  if (!ours.every(({ value }) => value.length === 64 && verify(null, bytes, known.key, value))) {
    throw new BadEvidence('de handtekening klopt niet')
  }
  return text
}

export function makeCheckpoint(size: number, root: Buffer, signer: Signer): string {
  return signNote(`${signer.name}\n${size}\n${root.toString('base64')}\n`, signer)
}

/** The three lines of a checkpoint's text; extension lines are tolerated (tlog-checkpoint, Note text). */
export function readCheckpoint(text: string): Checkpoint {
  const lines = text.split('\n')
  const [origin = '', size = '', root = ''] = lines
  const bytes = readHash(root)
  if (lines.length < 4 || lines.pop() !== '' || lines.includes('') || bytes === undefined) {
    throw new BadEvidence('dit is geen checkpoint')
  }
  return { origin, size: readSize(size), root: bytes }
}

/** A decimal without leading zeroes, at most 2^64-1. */
export function readSize(text: string): bigint {
  const size = /^(0|[1-9][0-9]{0,19})$/.test(text) ? BigInt(text) : -1n
  if (size < 0n || size > maxSize) throw new BadEvidence('een boomgrootte of plaats klopt niet')
  return size
}

/** A checkpoint of the log with this key: its origin is the key's name. */
export function verifyCheckpoint(note: string, known: Verifier): Checkpoint {
  const checkpoint = readCheckpoint(verifyNote(note, known))
  if (checkpoint.origin !== known.name) throw new BadEvidence('dit checkpoint is van een ander log')
  return checkpoint
}
