// Was this answer really released, and is nothing in it changed? Judged offline (design P8, §5 Imprint).

import { readBase64url } from './base64.ts'
import { canonical } from './canonical.ts'
import { BadEvidence, readVkey, type Verifier, verifyCheckpoint } from './checkpoint.ts'
import { readExactJson } from './exact-json.ts'
import type { LogRecord } from './log-record.ts'
import { readProofText } from './proof-text.ts'
import { imprint } from './record.ts'
import { leafHash } from './tree.ts'
import { holdsInclusion } from './tree-proof.ts'

export interface Judged {
  readonly soort:
    | 'antwoord'
    | 'weigering'
    | 'zaakregistratie'
    | 'verzoek'
    | 'bericht'
    | 'correctie'
    | 'terugmelding'
    | 'bewijzen'
  readonly record: LogRecord
  /** Place in the log and size of the checkpoint that proves it. */
  readonly index: bigint
  readonly grootte: bigint
}

export type Members = Readonly<Record<string, unknown>>

/**
 * Takes an answer, a refusal, a registered case, a step of a request or a message, a correction,
 * a doubt, or what GET /v1/bewijzen gives.
 * @param minSize the smallest tree that counts: a proof against an older one is judged no
 * @throws BadEvidence with what is wrong
 */
export function verifyAnswer(document: Buffer, vkey: string, minSize = 0n): Judged {
  const key = readVkey(vkey)
  const whole = membersOf(readExactJson(document), 'het document')
  if ('correctie' in whole && 'ontvangers' in whole) return judgeCorrection(whole, key, minSize)
  if (!('bewijs' in whole)) return judgeProofs(whole, key, minSize)
  const { bewijs, ...answer } = whole
  if ('opening' in membersOf(bewijs, 'bewijs')) {
    return judgeAnswer(answer, membersOf(bewijs, 'bewijs'), key, minSize)
  }
  const leaf = exactly(bewijs, ['logregel', 'tlogProof'])
  if ('betrokkenen' in answer) return judgeRegistration(answer, leaf, key, minSize)
  if ('verzoek' in answer) return judgeStep(answer, leaf, key, minSize)
  if ('terugmelding' in answer) return judgeDoubt(answer, leaf, key, minSize)
  // A refusal inside a batch names its message too.
  const isMessage = 'bericht' in answer && !('instance' in answer)
  return (isMessage ? judgeMessage : judgeRefusal)(answer, leaf, key, minSize)
}

/** Steps whose proof is given; the first is about itself, the others name the request. */
const steps = ['aanvaarding', 'goedkeuring', 'ontvangst', 'intrekking']

/** How things stood is no evidence and may say anything; which request, which exchange and what content is. */
function judgeStep(view: Members, bewijs: Texts, key: Verifier, minSize: bigint): Judged {
  const found = verifyLeaf(bewijs, key, minSize)
  const { soort, transactie, verzoek = transactie, uitwisseling, inhoud } = found.record
  const { sha256 } = 'inhoud' in view ? membersOf(view.inhoud, 'inhoud') : { sha256: undefined }
  const agrees =
    steps.includes(soort) &&
    view.verzoek === verzoek &&
    view.uitwisseling === uitwisseling &&
    (sha256 === inhoud || (!('inhoud' in view) && soort === 'goedkeuring'))
  if (!agrees) throw new BadEvidence('de logregel is niet van deze stap van dit verzoek')
  return { ...found, soort: 'verzoek' }
}

/** Of a message that its receiver confirmed or judged: which, of which exchange, and what it said became of it. */
function judgeMessage(view: Members, bewijs: Texts, key: Verifier, minSize: bigint): Judged {
  const found = verifyLeaf(bewijs, key, minSize)
  const { soort, verzoek, uitwisseling, uitkomst, handeling } = found.record
  const said = soort === 'beoordeling'
  const agrees =
    (said || soort === 'ontvangst') &&
    view.bericht === verzoek &&
    view.uitwisseling === uitwisseling &&
    (!said || (view.staat === uitkomst && view.afloop === handeling?.afloop))
  if (!agrees) throw new BadEvidence('de logregel is niet van deze stap van dit bericht')
  return { ...found, soort: 'bericht' }
}

/** Of a doubt that was taken in: which, about which transaction, and for whom. */
function judgeDoubt(view: Members, bewijs: Texts, key: Verifier, minSize: bigint): Judged {
  const found = verifyLeaf(bewijs, key, minSize)
  const { soort, transactie, vraag, uitwisseling, ontvanger, over } = found.record
  const agrees =
    soort === 'aanvaarding' &&
    vraag?.stap === 'terugmelding' &&
    view.terugmelding === transactie &&
    view.uitwisseling === uitwisseling &&
    view.ontvanger === ontvanger &&
    view.over === over
  if (!agrees) throw new BadEvidence('de logregel is niet van deze terugmelding')
  return { ...found, soort: 'terugmelding' }
}

/** A registered case says nothing but what its leaf says. */
function judgeRegistration(answer: Members, bewijs: Texts, key: Verifier, minSize: bigint): Judged {
  const found = verifyLeaf(bewijs, key, minSize)
  const { soort, uitkomst, transactie, aantal } = found.record
  const { omgeving, ...stated } = answer
  const agrees =
    soort === 'zaakregistratie' &&
    uitkomst === 'geregistreerd' &&
    (omgeving === undefined || omgeving === 'test') &&
    Object.keys(stated).sort().join() === 'betrokkenen,transactie' &&
    stated.transactie === transactie &&
    stated.betrokkenen === aantal
  if (!agrees) throw new BadEvidence('de logregel is niet van deze zaakregistratie')
  return { soort, ...found }
}

const told = ['uitwisseling', 'ontvanger', 'namens', 'over', 'uitkomst', 'transactie'] as const

/** Whom a correction names, each with the decision about it; whom an earlier call told has its proof in that answer. */
function judgeCorrection(answer: Members, key: Verifier, minSize: bigint): Judged {
  const judged = listOf(answer.ontvangers).flatMap(one => {
    const { bewijs, redenen = [], ...stated } = membersOf(one, 'ontvangers')
    if (bewijs === undefined) return []
    const found = verifyLeaf(exactly(bewijs, ['logregel', 'tlogProof']), key, minSize)
    const { record } = found
    const codes = listOf(redenen).map(reason => membersOf(reason, 'redenen').code)
    const isOwn =
      record.vraag?.stap === 'correctie' &&
      record.vraag.velden.join() === answer.veld &&
      told.every(name => stated[name] === record[name]) &&
      codes.join() === (record.redenen ?? []).map(({ code }) => code).join()
    if (!isOwn) throw new BadEvidence('een logregel is niet van deze ontvanger van de correctie')
    return [found]
  })
  const [first] = judged
  if (!first) throw new BadEvidence('dit document heeft geen bewijs')
  return { ...first, soort: 'correctie' }
}

function judgeAnswer(answer: Members, whole: Members, key: Verifier, minSize: bigint): Judged {
  const { overige, ...own } = whole
  const bewijs = exactly(own, ['logregel', 'opening', 'tlogProof'])
  const found = verifyLeaf(bewijs, key, minSize)
  const opening = readBase64url(bewijs.opening ?? '')
  // HMAC pads its key with zeroes, so a longer or shorter opening could open the same imprint.
  if (opening?.length !== 32) throw new BadEvidence('de opening klopt niet')
  if (imprint(opening, canonicalOf(answer)) !== found.record.afdruk) {
    throw new BadEvidence('het antwoord is niet wat in het logboek staat')
  }
  const others = 'overige' in whole ? listOf(overige) : undefined
  if (others?.length === 0) throw new BadEvidence('overige is leeg: dan hoort het er niet te staan')
  judgeOthers(others ?? [], found, key, minSize)
  return { soort: 'antwoord', ...found }
}

/** Who is named in the answer has a record too: as many as it says, each of this very release and each once. */
function judgeOthers(
  proofs: readonly unknown[],
  { record, index }: Omit<Judged, 'soort'>,
  key: Verifier,
  minSize: bigint,
): void {
  const seen = new Set([index])
  for (const proof of proofs) {
    const other = verifyLeaf(exactly(proof, ['logregel', 'tlogProof']), key, minSize)
    // The imprint opens only with this answer's own opening, so it is of no other.
    if (other.record.afdruk !== record.afdruk || seen.has(other.index)) {
      throw new BadEvidence('een logregel over een ander hoort niet bij dit antwoord')
    }
    seen.add(other.index)
  }
  if (record.betrokkeneVeld !== undefined || seen.size !== Math.max(record.aantal ?? 0, 1)) {
    throw new BadEvidence('niet iedereen over wie dit antwoord gaat heeft een logregel')
  }
}

function canonicalOf(answer: Members): string {
  try {
    return canonical(answer)
  } catch (error) {
    throw new BadEvidence('het antwoord heeft geen eenduidige vorm', { cause: error })
  }
}

/** Records that can say no. */
const decisions: readonly string[] = ['beslissing', 'zaakregistratie', 'goedkeuring']

/** A refusal has no imprint: its codes, in their order, transaction and status must be the leaf's own. */
function judgeRefusal(problem: Members, bewijs: Texts, key: Verifier, minSize: bigint): Judged {
  const found = verifyLeaf(bewijs, key, minSize)
  const { record } = found
  if (!decisions.includes(record.soort) || record.uitkomst !== 'geweigerd') {
    throw new BadEvidence('de logregel is geen weigering')
  }
  if (problem.instance !== `urn:uuid:${record.transactie}`) {
    throw new BadEvidence('de logregel is van een andere transactie')
  }
  const stated = listOf(problem.redenen).map(reason => membersOf(reason, 'redenen'))
  const recorded = record.redenen ?? []
  const agree =
    stated.length === recorded.length &&
    recorded.every((reason, i) =>
      (['code', 'veld', 'grondslag'] as const).every(name => stated[i]?.[name] === reason[name]),
    )
  if (!agree) throw new BadEvidence('de redenen zijn niet die in het logboek')
  if (!statusesOf(recorded.map(({ code }) => code)).includes(problem.status)) {
    throw new BadEvidence('de status past niet bij de redenen')
  }
  return { soort: 'weigering', ...found }
}

/** design §3.5: LIMIET_BEREIKT is 429; beside other reasons either status may lead. */
function statusesOf(codes: readonly string[]): readonly unknown[] {
  const limited = codes.filter(code => code === 'LIMIET_BEREIKT').length
  if (limited === 0) return [403]
  return limited === codes.length ? [429] : [403, 429]
}

/** One entry of GET /v1/bewijzen: every leaf of this transaction, and of the kind it says. */
function judgeProofs(document: Members, key: Verifier, minSize: bigint): Judged {
  const names = Object.keys(document).sort().join()
  if (names !== 'beslissing,transactie,verstrekkingen') {
    throw new BadEvidence('dit document heeft geen bewijs')
  }
  const pairs = [
    ['beslissing', document.beslissing] as const,
    ...listOf(document.verstrekkingen).map(proof => ['verstrekking', proof] as const),
  ]
  const [decision] = pairs.map(([soort, proof]) => {
    const found = verifyLeaf(exactly(proof, ['logregel', 'tlogProof']), key, minSize)
    const { record } = found
    const agrees =
      record.soort === soort || (soort === 'beslissing' && record.soort === 'aanvaarding')
    if (!agrees || record.transactie !== document.transactie) {
      throw new BadEvidence('een logregel is van een andere soort of transactie')
    }
    return found
  })
  return { soort: 'bewijzen', ...decision! }
}

/** The leaf is in a tree that the log's key signed. */
export function verifyLeaf(bewijs: Texts, key: Verifier, minSize: bigint): Omit<Judged, 'soort'> {
  const { logregel = '', tlogProof = '' } = bewijs
  const { index, proof, checkpoint } = readProofText(tlogProof)
  const { size, root } = verifyCheckpoint(checkpoint, key)
  if (size < minSize) throw new BadEvidence('het checkpoint is ouder dan gevraagd')
  if (!holdsInclusion({ index, size, root, leaf: leafHash(logregel), proof })) {
    throw new BadEvidence('de logregel staat niet in deze boom')
  }
  return { record: readRecord(logregel), index, grootte: size }
}

/** Signed by the log, so its shape may be trusted; checked for what is used here. */
export function readRecord(logregel: string): LogRecord {
  const record = membersOf(readExactJson(Buffer.from(logregel)), 'de logregel')
  if (record.v !== 1 || typeof record.transactie !== 'string') {
    throw new BadEvidence('deze logregel wordt niet gelezen')
  }
  return record as unknown as LogRecord
}

export type Texts = Readonly<Partial<Record<'logregel' | 'opening' | 'tlogProof', string>>>

/** Exactly these members, all strings: nothing beside them can claim to be part of the proof. */
export function exactly(value: unknown, names: readonly (keyof Texts)[]): Texts {
  const members = membersOf(value, 'bewijs')
  const own = Object.keys(members).sort().join()
  if (own !== names.join() || names.some(name => typeof members[name] !== 'string')) {
    throw new BadEvidence('het bewijs heeft niet precies de afgesproken leden')
  }
  return members as Texts
}

export function membersOf(value: unknown, what: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadEvidence(`${what} is geen object`)
  }
  return value as Members
}

export function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new BadEvidence('een lijst ontbreekt')
  return value
}
