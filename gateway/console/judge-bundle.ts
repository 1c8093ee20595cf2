// Is this bundle whole, and was every decision in it right by the law of its day? Judged offline.
import { createHash } from 'node:crypto'
import { readHash } from '../audit/base64.ts'
import {
  BadEvidence,
  readNote,
  readVkey,
  type Verifier,
  verifyCheckpoint,
} from '../audit/checkpoint.ts'
import { readExactJson } from '../audit/exact-json.ts'
import { exactly, listOf, type Members, membersOf, readRecord, verifyLeaf } from '../audit/judge.ts'
import type { LogRecord } from '../audit/log-record.ts'
import { readProofText } from '../audit/proof-text.ts'
import { leafHash } from '../audit/tree.ts'
import { holdsInclusion } from '../audit/tree-proof.ts'
import type { PolicySet } from '../policy/law.ts'
import { type KeptFile, readKept } from '../policy/load.ts'
import type { Profile } from '../terms.ts'
import { bundleFormat, tailOf } from './bundle.ts'
import { decideAgain, decided, isSame } from './decided-again.ts'

export interface JudgedBundle {
  readonly gemaakt: string
  readonly door: string
  readonly regels: number
  /** Decided again with the same outcome and reasons. */
  readonly beslissingen: number
  readonly beleid: number
}

/**
 * No database and no network: the keys are those the auditor holds.
 * @throws BadEvidence with the first fault
 */
export function verifyBundle(document: Buffer, vkeys: readonly string[]): JudgedBundle {
  const keys = vkeys.map(readVkey)
  const whole = membersOf(readExactJson(document), 'het document')
  if (whole.formaat !== bundleFormat) throw new BadEvidence(`dit is geen ${bundleFormat}`)
  const profiel = whole.profiel === 'productie' ? 'productie' : 'test'
  const regels = listOf(whole.logs).flatMap(log => verifyRecords(membersOf(log, 'een log'), keys))
  const sets = readSets(listOf(whole.beleid), profiel)
  const decisions = regels.filter(({ record: { vraag } }) => vraag)
  for (const regel of decisions) replay(regel, sets)
  const made = verifyExport(document, whole, keys)
  return { ...made, regels: regels.length, beslissingen: decisions.length, beleid: sets.size }
}

interface Line {
  readonly place: string
  readonly record: LogRecord
}

function keyOf(origin: unknown, keys: readonly Verifier[]): Verifier {
  const key = keys.find(({ name }) => name === origin)
  if (!key) throw new BadEvidence('bij een log in deze bundel is geen sleutel gegeven')
  return key
}

function verifyRecords(log: Members, keys: readonly Verifier[]): readonly Line[] {
  const key = keyOf(log.origin, keys)
  const name = textOf(log.log, 'log')
  const own = readVkey(textOf(log.vkey, 'vkey'))
  if (!own.id.equals(key.id)) throw new BadEvidence(`log ${name} noemt een andere sleutel`)
  const { size, root } = verifyCheckpoint(textOf(log.checkpoint, 'checkpoint'), key)
  let last = -1
  return listOf(log.regels).map(value => {
    const { index, logregel, bewijs } = membersOf(value, 'een regel')
    const place = `regel ${Number(index)} van log ${name}`
    if (typeof index !== 'number' || !Number.isSafeInteger(index) || index <= last) {
      throw new BadEvidence(`na regel ${last} van log ${name} klopt de volgorde niet`)
    }
    last = index
    const text = textOf(logregel, 'logregel')
    const proof = listOf(bewijs).map(hash => readHash(String(hash)) ?? Buffer.alloc(0))
    if (!holdsInclusion({ index: BigInt(index), size, root, leaf: leafHash(text), proof })) {
      throw new BadEvidence(`${place} staat niet in de boom van het checkpoint`)
    }
    return { place, record: readRecord(text) }
  })
}

function readSets(values: readonly unknown[], profiel: Profile): ReadonlyMap<string, PolicySet> {
  const sets = new Map<string, PolicySet>()
  for (const value of values) {
    const { digest, bestanden } = membersOf(value, 'een beleidsset')
    const asked = textOf(digest, 'digest')
    const law = readKept(listOf(bestanden).map(fileOf), asked, profiel)
    if (!law) throw new BadEvidence(`de bestanden zijn niet die van beleid ${asked}`)
    sets.set(asked, law)
  }
  return sets
}

function fileOf(value: unknown): KeptFile {
  const { path, sha256, text } = membersOf(value, 'een beleidsbestand')
  const file = { path: textOf(path, 'path'), sha256: textOf(sha256, 'sha256') }
  return text === undefined ? file : { ...file, text: textOf(text, 'text') }
}

function replay({ place, record }: Line, sets: ReadonlyMap<string, PolicySet>): void {
  const digest = record.beleid?.digest ?? ''
  const law = sets.get(digest)
  if (!law) throw new BadEvidence(`bij ${place} ontbreekt het beleid ${digest}`)
  if (decided(record) === undefined || isSame(record, decideAgain(record, law))) return
  throw new BadEvidence(`${place}: de wet van toen geeft een andere beslissing`)
}

/** The log holds who made this file, when, and the hash of every byte before that record. */
function verifyExport(
  document: Buffer,
  whole: Members,
  keys: readonly Verifier[],
): Pick<JudgedBundle, 'gemaakt' | 'door'> {
  const { logregel = '', tlogProof = '' } = exactly(whole.uitvoer, ['logregel', 'tlogProof'])
  const { checkpoint } = readProofText(tlogProof)
  const { text, signatures } = readNote(checkpoint)
  if (signatures.length !== 1) throw new BadEvidence('de uitvoer heeft meer dan één handtekening')
  const { record } = verifyLeaf({ logregel, tlogProof }, keyOf(text.split('\n')[0], keys), 0n)
  const { soort, handeling, ontvanger = '' } = record
  if (soort !== 'raadpleging' || handeling?.wat !== 'bundel') {
    throw new BadEvidence('de uitvoer van deze bundel is niet vastgelegd')
  }
  const tail = Buffer.from(tailOf({ logregel, tlogProof }))
  const body = document.subarray(0, Math.max(document.length - tail.length, 0))
  const sha256 = createHash('sha256').update(body).digest('base64url')
  if (sha256 !== handeling.sha256 || !document.subarray(body.length).equals(tail)) {
    throw new BadEvidence('de bundel is na het maken gewijzigd')
  }
  const { oin } = membersOf(whole.door, 'door')
  if (oin !== ontvanger) throw new BadEvidence('de bundel is door een ander gemaakt dan er staat')
  return { gemaakt: textOf(whole.gemaakt, 'gemaakt'), door: ontvanger }
}

function textOf(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new BadEvidence(`${what} ontbreekt of is geen tekst`)
  return value
}
