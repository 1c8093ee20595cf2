// Does this certificate lead to an anchor, and may it speak here? RFC 5280 §6 as far as TLS does not
// already do it, and again where it does: `cert check` judges without a handshake.
import type { Moment, Profile } from '../terms.ts'
import { signatureKind } from './algorithm.ts'
import { bounds } from './bounds.ts'
import { isGuessable, isStrong } from './key.ts'
import { withinConstraints } from './name-constraints.ts'
import { oinFault } from './oin.ts'
import { policiesOf, underPolicy } from './policies.ts'
import { notAdmitted, type PeerReason } from './reason.ts'
import { type Authority, type Certificate, isSelfIssued, type Trust } from './trust.ts'
import { basicConstraints, clientAuth, extendedUsage, extensionIds, mayUseKeyFor } from './usage.ts'

/** What a path is held against. */
export interface PathRules {
  readonly trust: Trust
  readonly profile: Profile
  /** SLUIS_CERT_POLICIES: the leaf must fall under one of them; empty asks none. */
  readonly policies: readonly string[]
  readonly now: Moment
}

/** Leaf, then its issuers; the last one is an anchor. */
export interface Path {
  readonly leaf: Certificate
  readonly issuers: readonly Authority[]
}

interface Check {
  readonly reden: PeerReason
  readonly holds: (path: Path, rules: PathRules) => boolean
}

/** In the order in which they are judged; the first that fails is the reason. */
const checks: readonly Check[] = [
  { reden: 'nog-niet-geldig', holds: begun },
  { reden: 'verlopen', holds: notOver },
  { reden: 'extensie-onbekend', holds: path => whole(path).every(extensionsKnown) },
  { reden: 'uitgever-onbevoegd', holds: issuersMayIssue },
  { reden: 'certificaat-is-uitgever', holds: ({ leaf }) => !basicConstraints(leaf).cA },
  { reden: 'gebruik-niet-toegestaan', holds: usedAsClient },
  { reden: 'sleutel-te-zwak', holds: path => whole(path).every(isStrong) },
  { reden: 'sleutel-kwetsbaar', holds: path => !whole(path).some(isGuessable) },
  { reden: 'handtekening-te-zwak', holds: path => belowAnchor(path).every(strongSignature) },
  { reden: 'naam-niet-toegestaan', holds: path => withinConstraints(whole(path)) },
  { reden: 'certificaatbeleid-test', holds: notForTests },
  {
    reden: 'certificaatbeleid-ontbreekt',
    holds: (path, { policies }) => underPolicy(whole(path), policies),
  },
]

/**
 * The first path that holds: while an old and a new authority overlap there are several.
 * @throws Problem niet-toegelaten with the first reason of the first path
 */
export function verifyPath(leaf: Certificate, rules: PathRules): Path {
  let reden: PeerReason | undefined
  for (const path of pathsOf(leaf, rules.trust)) {
    const failed = checks.find(({ holds }) => !holds(path, rules))
    if (failed === undefined) return path
    reden ??= failed.reden
  }
  throw notAdmitted(reden ?? 'keten-onbekend')
}

/** The subject's serialNumber attributes: one, and that one the OIN (PKI001). */
export function readOin(leaf: Certificate, profile: Profile): string {
  const found = attributesOf(leaf, serialNumber)
  const fault = oinFault(found, profile)
  if (fault !== undefined) throw notAdmitted(fault)
  return found[0] ?? ''
}

const serialNumber = '2.5.4.5'

export function attributesOf({ subject }: Certificate, type: string): string[] {
  return subject.attributes.filter(one => one.type === type).map(({ text }) => text)
}

/**
 * Issuers from the trust directory alone: what a peer sends along can never make a path. By signature,
 * not by name alone; a loop ends at the bound on depth, a maze at the one on signatures checked.
 */
function* pathsOf(leaf: Certificate, { authorities }: Trust): Generator<Path> {
  let searches = 0
  function* above(issuers: readonly Authority[]): Generator<Path> {
    const below: Certificate = issuers.at(-1) ?? leaf
    for (const issuer of authorities) {
      if (issuer.subject.key !== below.issuer.key) continue
      searches += 1
      if (searches > bounds.searches) return
      if (!below.x509.verify(issuer.x509.publicKey)) continue
      const longer = [...issuers, issuer]
      if (issuer.anchor) yield { leaf, issuers: longer }
      else if (longer.length < bounds.depth) yield* above(longer)
    }
  }
  yield* above([])
}

const whole = ({ leaf, issuers }: Path): readonly Certificate[] => [leaf, ...issuers]

const belowAnchor = ({ leaf, issuers }: Path): readonly Certificate[] => [
  leaf,
  ...issuers.slice(0, -1),
]

function begun(path: Path, { now }: PathRules): boolean {
  return whole(path).every(({ x509 }) => x509.validFromDate.getTime() <= now)
}

function notOver(path: Path, { now }: PathRules): boolean {
  return whole(path).every(({ x509 }) => now <= x509.validToDate.getTime())
}

/** RFC 5280 §6.1.4 (k)-(n): every issuer is a CA, may sign, and is not too far up. */
function issuersMayIssue({ issuers }: Path): boolean {
  return issuers.every((issuer, place) => {
    const { cA, pathLength } = basicConstraints(issuer)
    // A renewed key of the same authority does not lengthen a path (§4.2.1.9).
    const below = issuers.slice(0, place).filter(one => !isSelfIssued(one)).length
    const purposes = extendedUsage(issuer)
    return (
      cA &&
      (pathLength ?? below) >= below &&
      mayUseKeyFor(issuer, 'keyCertSign') &&
      (purposes === undefined || purposes.includes(clientAuth))
    )
  })
}

/** EKU clientAuth by name, and a key that may sign (RFC 5280 §4.2.1.3, §4.2.1.12). */
function usedAsClient({ leaf }: Path): boolean {
  return (
    mayUseKeyFor(leaf, 'digitalSignature') && extendedUsage(leaf)?.includes(clientAuth) === true
  )
}

/** NCSC 2025-05. That the signed part names the same algorithm, OpenSSL's `verify` sees to. */
function strongSignature({ algorithm }: Certificate): boolean {
  return signatureKind(algorithm) !== undefined
}

const known: ReadonlySet<string> = new Set(Object.values(extensionIds))

/** RFC 5280 §4.2: no unknown critical extension, none twice. */
function extensionsKnown({ extensions }: Certificate): boolean {
  const ids = new Set(extensions.map(({ id }) => id))
  return (
    ids.size === extensions.length &&
    extensions.every(({ id, critical }) => !critical || known.has(id))
  )
}

/** 2.999 is the arc for examples (X.660): what development and tests issue under. */
function notForTests(path: Path, { profile }: PathRules): boolean {
  return (
    profile !== 'productie' ||
    !belowAnchor(path)
      .flatMap(policiesOf)
      .some(policy => policy.startsWith('2.999.'))
  )
}
