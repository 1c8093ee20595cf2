// Does this certificate lead to an anchor, and may it speak here? RFC 5280 §6 as far as TLS does not
// already do it, and again where it does: `cert check` judges without a handshake.
import * as asn from '@peculiar/asn1-x509'
import type { Moment, Profile } from '../terms.ts'
import { signatureKind } from './algorithm.ts'
import { oinFault } from './oin.ts'
import { notAdmitted, type PeerReason } from './reason.ts'
import type { Authority, Certificate, Trust } from './trust.ts'
import { constraints, extendedUsage, keyUsage, policiesOf } from './usage.ts'

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
  { reden: 'extensie-onbekend', holds: extensionsKnown },
  { reden: 'uitgever-onbevoegd', holds: issuersMayIssue },
  { reden: 'certificaat-is-uitgever', holds: path => constraints(path.leaf)?.cA !== true },
  { reden: 'gebruik-niet-toegestaan', holds: usedAsClient },
  { reden: 'sleutel-te-zwak', holds: path => whole(path).every(strongKey) },
  { reden: 'handtekening-te-zwak', holds: path => belowAnchor(path).every(strongSignature) },
  { reden: 'certificaatbeleid-ontbreekt', holds: underPolicy },
]

const maxDepth = 6

/**
 * @throws Problem niet-toegelaten with the first reason
 */
export function verifyPath(leaf: Certificate, rules: PathRules): Path {
  const path = { leaf, issuers: findIssuers(leaf, rules) }
  for (const { reden, holds } of checks) {
    if (!holds(path, rules)) throw notAdmitted(reden)
  }
  return path
}

/** The subject's serialNumber attributes: one, and that one the OIN (PKI001). */
export function readOin(leaf: Certificate, profile: Profile): string {
  const found = attributesOf(leaf, serialNumber)
  const fault = oinFault(found, profile)
  if (fault !== undefined) throw notAdmitted(fault)
  return found[0] ?? ''
}

const serialNumber = '2.5.4.5'

export function attributesOf(certificate: Certificate, type: string): string[] {
  const all = [...certificate.tbs.subject].flatMap(relative => [...relative])
  return all.filter(one => one.type === type).map(one => one.value.toString())
}

/** Issuers from the trust directory alone: what a peer sends along can never make a path. */
function findIssuers(leaf: Certificate, { trust, now }: PathRules): Authority[] {
  const issuers: Authority[] = []
  let below: Certificate = leaf
  while (issuers.length < maxDepth) {
    const issuer = issuerOf(below, trust, now)
    if (issuer === undefined) break
    issuers.push(issuer)
    if (issuer.anchor) return issuers
    below = issuer
  }
  throw notAdmitted('keten-onbekend')
}

/** By signature, not by name alone; one that is valid now goes before an old one with the same key. */
function issuerOf(below: Certificate, trust: Trust, now: Moment): Authority | undefined {
  const found = trust.authorities.filter(
    authority =>
      authority.subject.equals(below.issuer) && below.x509.verify(authority.x509.publicKey),
  )
  return found.find(authority => validAt(authority, now)) ?? found[0]
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

function validAt({ x509 }: Certificate, now: Moment): boolean {
  return x509.validFromDate.getTime() <= now && now <= x509.validToDate.getTime()
}

/** RFC 5280 §6.1.4 (k), (l), (n): every issuer is a CA, may sign, and is not too far up. */
function issuersMayIssue({ issuers }: Path): boolean {
  return issuers.every((issuer, below) => {
    const basic = constraints(issuer)
    const usage = keyUsage(issuer)
    const purposes = extendedUsage(issuer)
    return (
      basic?.cA === true &&
      (basic.pathLenConstraint ?? below) >= below &&
      (usage & asn.KeyUsageFlags.keyCertSign) !== 0 &&
      (purposes === undefined || purposes.includes(asn.id_kp_clientAuth))
    )
  })
}

/** EKU clientAuth by name, and a key that may sign (RFC 5280 §4.2.1.3, §4.2.1.12). */
function usedAsClient({ leaf }: Path): boolean {
  const signs = (keyUsage(leaf) & asn.KeyUsageFlags.digitalSignature) !== 0
  return signs && extendedUsage(leaf)?.includes(asn.id_kp_clientAuth) === true
}

/** NCSC 2025-05, "certificaatsleutel": good or sufficient. */
const curves: ReadonlySet<string> = new Set([
  'prime256v1',
  'secp384r1',
  'secp521r1',
  'brainpoolP256r1',
  'brainpoolP384r1',
  'brainpoolP512r1',
])

function strongKey({ x509 }: Certificate): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = x509.publicKey
  if (type === 'ed25519' || type === 'ed448') return true
  if (type === 'ec') return curves.has(details?.namedCurve ?? '')
  if (type !== 'rsa' && type !== 'rsa-pss') return false
  return (details?.modulusLength ?? 0) >= 3072 && (details?.publicExponent ?? 0n) >= 65537n
}

/** NCSC 2025-05. That the signed part names the same algorithm, OpenSSL's `verify` sees to. */
function strongSignature({ algorithm }: Certificate): boolean {
  return signatureKind(algorithm) !== undefined
}

/** What is read here; a critical extension besides these is a demand we would not meet. */
const known: ReadonlySet<string> = new Set([
  asn.id_ce_basicConstraints,
  asn.id_ce_keyUsage,
  asn.id_ce_extKeyUsage,
  asn.id_ce_certificatePolicies,
  asn.id_ce_subjectAltName,
])

/**
 * RFC 5280 §4.2: no unknown critical extension, none twice. Name constraints are refused also when
 * not critical: they are not evaluated here, and ignoring them would widen an authority.
 */
function extensionsKnown(path: Path): boolean {
  return whole(path).every(({ tbs }) => {
    const extensions = [...(tbs.extensions ?? [])]
    const ids = new Set(extensions.map(extension => extension.extnID))
    return (
      ids.size === extensions.length &&
      !ids.has(asn.id_ce_nameConstraints) &&
      extensions.every(extension => !extension.critical || known.has(extension.extnID))
    )
  })
}

/** One policy that the leaf and every intermediate carry; `anyPolicy` counts only above the leaf. */
function underPolicy(path: Path, { policies }: PathRules): boolean {
  if (policies.length === 0) return true
  const [leaf, ...intermediates] = belowAnchor(path).map(policiesOf)
  return policies.some(
    policy =>
      leaf?.includes(policy) &&
      intermediates.every(
        held => held.includes(policy) || held.includes(asn.id_ce_certificatePolicies_anyPolicy),
      ),
  )
}
