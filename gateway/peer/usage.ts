// What is this certificate for? Its extensions, read (RFC 5280 §4.2.1).
import { AsnParser } from '@peculiar/asn1-schema'
import * as asn from '@peculiar/asn1-x509'
import type { Certificate } from './trust.ts'

export function policiesOf(certificate: Certificate): string[] {
  const found = extensionOf(certificate, asn.id_ce_certificatePolicies, asn.CertificatePolicies)
  return [...(found ?? [])].map(policy => policy.policyIdentifier)
}

export function constraints(certificate: Certificate): asn.BasicConstraints | undefined {
  return extensionOf(certificate, asn.id_ce_basicConstraints, asn.BasicConstraints)
}

/** 0 when absent: here a certificate must say what its key is for. */
export function keyUsage(certificate: Certificate): number {
  return extensionOf(certificate, asn.id_ce_keyUsage, asn.KeyUsage)?.toNumber() ?? 0
}

export function extendedUsage(certificate: Certificate): readonly string[] | undefined {
  return extensionOf(certificate, asn.id_ce_extKeyUsage, asn.ExtendedKeyUsage)
}

/** cRLSign. */
export function maySignCrls(certificate: Certificate): boolean {
  return (keyUsage(certificate) & asn.KeyUsageFlags.cRLSign) !== 0
}

function extensionOf<T>(certificate: Certificate, id: string, type: new () => T): T | undefined {
  const found = certificate.tbs.extensions?.find(extension => extension.extnID === id)
  return found && AsnParser.parse(found.extnValue.buffer, type)
}
