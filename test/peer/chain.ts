// What does step 1 say of a chain that exists in memory only? And what does OpenSSL say of it?
import { execFile } from 'node:child_process'
import type { KeyObject, X509Certificate } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type * as asn from '@peculiar/asn1-x509'
import {
  authorityExtensions,
  type CertificateRequest,
  clientExtensions,
  signCertificate,
  subjectName,
} from '../../certs/authority.ts'
import { identityOf } from '../../gateway/peer/certificate.ts'
import type { PathRules } from '../../gateway/peer/path.ts'
import { readCertificate, trustOf } from '../../gateway/peer/trust.ts'
import { Problem } from '../../gateway/problem.ts'
import { removeTree } from '../support/directory.ts'
import { authorityName, ecKey, goodOin, hour } from '../support/pki.ts'

export interface Link {
  readonly certificate: X509Certificate
  readonly name: asn.Name
  readonly key: KeyObject
}

type Overrides = Partial<CertificateRequest>

export const leafName = subjectName({
  name: 'proef',
  organisation: 'Proef',
  country: 'NL',
  oins: [goodOin],
})

const keys = new Map<string, KeyObject>()

/** One key per name, so that a table of chains does not wait for its keys. */
export function keyOf(name: string): KeyObject {
  const key = keys.get(name) ?? ecKey('prime256v1')
  keys.set(name, key)
  return key
}

/** An authority below `issuer`, or a root. */
export function authority(name: string, issuer?: Link, overrides: Overrides = {}): Link {
  const { subject = authorityName(name), key = keyOf(name) } = overrides
  const request = {
    subject,
    key,
    ...term(),
    extensions: authorityExtensions(issuer ? 0 : 5),
    ...overrides,
  }
  const certificate = signCertificate(request, issuer ?? { name: subject, key })
  return { certificate, name: subject, key }
}

export function leaf(issuer: Link, overrides: Overrides = {}): X509Certificate {
  const request = {
    subject: leafName,
    key: keyOf('leaf'),
    ...term(),
    extensions: clientExtensions(),
  }
  return signCertificate({ ...request, ...overrides }, issuer)
}

const term = () => ({ notBefore: Date.now() - hour, notAfter: Date.now() + 24 * hour })

/** The OIN when admitted, the reason when not. */
export function verdictOf(
  certificate: X509Certificate,
  authorities: readonly Link[],
  rules: Partial<PathRules> = {},
): string {
  const trust = trustOf(authorities.map(one => readCertificate(one.certificate)))
  try {
    return identityOf(certificate, {
      trust,
      profile: 'test',
      policies: [],
      now: Date.now(),
      ...rules,
    }).oin
  } catch (error) {
    if (error instanceof Problem) return error.reden
    throw error
  }
}

const run = promisify(execFile)

/** Whether `openssl verify` accepts the chain: a second opinion that shares no code with ours. */
export async function opensslAccepts(
  certificate: X509Certificate,
  [root, ...intermediates]: readonly Link[],
  ...options: readonly string[]
): Promise<boolean> {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-openssl-'))
  const file = (name: string, text: string) => {
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  try {
    const anchors = file('root.pem', `${root?.certificate}`)
    const others = file('others.pem', intermediates.map(one => `${one.certificate}`).join(''))
    const args = ['verify', ...options, '-purpose', 'sslclient', '-CAfile', anchors]
    const chain = intermediates.length > 0 ? ['-untrusted', others] : []
    await run('openssl', [...args, ...chain, file('leaf.pem', `${certificate}`)])
    return true
  } catch {
    return false
  } finally {
    removeTree(dir)
  }
}
