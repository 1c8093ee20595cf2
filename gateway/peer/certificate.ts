// Who is at the other end of this TLS connection? Read once per connection (design §2 step 1).
import { createHash, type X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { Problem } from '../problem.ts'
import type { Identity } from '../terms.ts'
import { attributesOf, type PathRules, readOin, verifyPath } from './path.ts'
import { notAdmitted } from './reason.ts'
import { authorityId, type Certificate, readCertificate, serialOf } from './trust.ts'

const commonName = '2.5.4.3'

/** @throws Problem niet-toegelaten with its reason */
export function identify(socket: TLSSocket, rules: PathRules): Identity {
  const peer = socket.getPeerX509Certificate()
  if (peer === undefined) throw notAdmitted('certificaat-ontbreekt')
  // The handshake already ended without this; a listener that forgot to ask must not let anyone in.
  if (!socket.authorized) throw notAdmitted('keten-onbekend')
  return identityOf(peer, rules)
}

/** The same judgement without a connection: what `cert check` says is what the listener says. */
export function identityOf(peer: X509Certificate, rules: PathRules): Identity {
  const known = admitted.get(rules.trust)?.get(peer.fingerprint256)
  if (known && rules.now <= known.validUntil) return known
  try {
    const identity = judge(readCertificate(peer), rules)
    remember(peer.fingerprint256, identity, rules.trust)
    return identity
  } catch (error) {
    if (error instanceof Problem) throw error
    throw notAdmitted('certificaat-onleesbaar')
  }
}

/** A partner opens many connections with one certificate; its path is judged once per reading of the trust. */
const admitted = new WeakMap<PathRules['trust'], Map<string, Identity>>()
const maxAdmitted = 10_000

function remember(fingerprint: string, identity: Identity, trust: PathRules['trust']): void {
  const known = admitted.get(trust) ?? new Map<string, Identity>()
  if (known.size < maxAdmitted) admitted.set(trust, known.set(fingerprint, identity))
}

function judge(leaf: Certificate, rules: PathRules): Identity {
  const { issuers } = verifyPath(leaf, rules)
  const oin = readOin(leaf, rules.profile)
  const subjects = [leaf, ...issuers.slice(0, -1)]
  const ends = [leaf, ...issuers].map(({ x509 }) => x509.validToDate.getTime())
  return {
    oin,
    naam: attributesOf(leaf, commonName)[0] ?? '',
    thumbprint: createHash('sha256').update(leaf.x509.raw).digest('base64url'),
    chain: subjects.map((certificate, index) => ({
      issuer: authorityId(issuers[index] ?? certificate),
      serial: serialOf(certificate.x509.serialNumber),
    })),
    validUntil: Math.min(...ends),
  }
}
