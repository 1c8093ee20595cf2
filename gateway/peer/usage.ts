// What is this certificate for? Its extensions, read (RFC 5280 §4.2.1).
import { contentOf, type Der, inside, readCount, readDer, readOid, tags } from './der.ts'
import type { Certificate } from './trust.ts'

/** What is read here; a critical extension besides these is a demand we would not meet. */
export const extensionIds = {
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  policyConstraints: '2.5.29.36',
  extKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
} as const

export const clientAuth = '1.3.6.1.5.5.7.3.2'

/** Bits of KeyUsage, from the first byte of its bit string. */
export const keyUses = { digitalSignature: 0x80, keyCertSign: 0x04, cRLSign: 0x02 } as const

/** The value of an extension; undefined when it is absent. @throws RangeError when it is no DER */
export function extensionOf(certificate: Certificate, id: string): Der | undefined {
  const found = certificate.extensions.find(extension => extension.id === id)
  return found && readDer(found.value)
}

export interface BasicConstraints {
  readonly cA: boolean
  readonly pathLength: number | undefined
}

export function basicConstraints(certificate: Certificate): BasicConstraints {
  const value = extensionOf(certificate, extensionIds.basicConstraints)
  const members = value ? inside(value) : []
  const cA = members[0]?.tag === tags.boolean && members[0].content[0] === 0xff
  const length = members.find(({ tag }) => tag === tags.integer)
  return { cA, pathLength: length && readCount(length.content) }
}

/** Nothing when absent: here a certificate must say what its key is for. */
export function mayUseKeyFor(certificate: Certificate, use: keyof typeof keyUses): boolean {
  const value = extensionOf(certificate, extensionIds.keyUsage)
  const bits = value ? (contentOf(value, tags.bitString)[1] ?? 0) : 0
  return (bits & keyUses[use]) !== 0
}

/** undefined when absent: then nothing is said. */
export function extendedUsage(certificate: Certificate): readonly string[] | undefined {
  const value = extensionOf(certificate, extensionIds.extKeyUsage)
  return value && inside(value).map(readOid)
}
