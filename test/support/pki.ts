// Which certificates do tests present? The development PKI, and a small one with any defect.
import { generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { OctetString } from '@peculiar/asn1-schema'
import * as asn from '@peculiar/asn1-x509'
import {
  authorityExtensions,
  type CertificateRequest,
  type CrlRequest,
  clientExtensions,
  extension,
  type Holding,
  leafExtensions,
  makeEcKey,
  type SigningHash,
  serverExtensions,
  signCertificate,
  signCrl,
  signerOf,
  subjectName,
} from '../../certs/authority.ts'
import { issueDevelopmentPki } from '../../certs/issue.ts'
import { generateKeys } from '../../gateway/audit/keys.ts'
import { removeTree } from './directory.ts'
import { evenExponentKey, evenModulusKey, exponentOneKey, hugeKey, rocaKey } from './weak-keys.ts'

/** What a client shows: chain and key in PEM; the key is empty where nobody has it. */
export interface Presented {
  readonly cert: string
  readonly key: string
}

let issued: Promise<string> | undefined

/** Directory of the development PKI: the one of `npm test`, else one made for this process. */
export function testPki(): Promise<string> {
  issued ??= openPki()
  return issued
}

async function openPki(): Promise<string> {
  if (env.SLUIS_TEST_PKI) return env.SLUIS_TEST_PKI
  const dir = temporaryDirectory()
  process.once('exit', () => removeTree(dir))
  return await makePki(dir)
}

/** The development PKI, and beside it the month keys of the logs; returns where the PKI stands. */
export async function makePki(dir: string): Promise<string> {
  const pki = join(dir, 'pki')
  await issueDevelopmentPki(pki, { clock: Date.now })
  generateKeys(join(dir, 'keys'), Date.now())
  return pki
}

/** `clients/<name>` of a PKI directory. */
export function presented(dir: string, name: string): Presented {
  const file = join(dir, 'clients', name)
  return { cert: readFileSync(`${file}.pem`, 'utf8'), key: readFileSync(`${file}.key`, 'utf8') }
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'sluis-pki-'))
}

export const hour = 3_600_000
export const goodOin = '00000099000000001000'

type Overrides = Partial<CertificateRequest> & {
  readonly oins?: readonly string[]
  readonly hash?: SigningHash
}

/** A root and an intermediate of its own, whose every certificate and CRL a test may bend. */
export interface SmallPki extends Disposable {
  readonly dir: string
  readonly trustDir: string
  readonly root: Holding
  readonly intermediate: Holding
  /** A client certificate that is right but for `overrides`. */
  leaf(overrides?: Overrides): Presented
  /** Writes `trust/<level>.crl`, right but for `overrides`. */
  crl(level: Level, overrides?: CrlOverrides): void
  file(name: string): string
}

export type Level = 'root' | 'intermediate'

type CrlOverrides = Partial<Omit<CrlRequest, 'nextUpdate'>> & {
  readonly nextUpdate?: number | undefined
  /** Signed by this one's key, under the issuer's own name. */
  readonly signedWith?: KeyObject
  /** Signed under this name. */
  readonly signedAs?: asn.Name
  readonly hash?: SigningHash
}

export interface SmallPkiOptions {
  readonly intermediate?: Partial<CertificateRequest>
  readonly root?: Partial<CertificateRequest>
}

export async function smallPki(options: SmallPkiOptions = {}): Promise<SmallPki> {
  const dir = temporaryDirectory()
  const trustDir = join(dir, 'trust')
  await mkdir(trustDir)
  const now = Date.now()
  const times = { notBefore: now - hour, notAfter: now + 24 * hour }
  const [rootKey, ownKey, leafKey] = await Promise.all([makeEcKey(), makeEcKey(), makeEcKey()])
  const intermediateKey = options.intermediate?.key ?? ownKey
  const rootName = authorityName('root')
  const root = holding(
    signCertificate(
      {
        subject: rootName,
        key: rootKey,
        ...times,
        extensions: authorityExtensions(1),
        ...options.root,
      },
      { name: rootName, key: rootKey },
    ),
    rootKey,
  )
  const intermediate = holding(
    signCertificate(
      {
        subject: authorityName('intermediate'),
        key: intermediateKey,
        ...times,
        extensions: authorityExtensions(0),
        ...options.intermediate,
      },
      signerOf(root),
    ),
    intermediateKey,
  )
  const authorities = { root, intermediate }
  const file = (name: string) => join(dir, name)
  const present = (certificate: { toString(): string }, key: KeyObject): Presented => ({
    cert: `${certificate}${intermediate.certificate}`,
    key: key.type === 'private' ? key.export({ format: 'pem', type: 'pkcs8' }).toString() : '',
  })
  const pki: SmallPki = {
    dir,
    trustDir,
    root,
    intermediate,
    file,
    leaf: ({ oins = [goodOin], hash, ...overrides } = {}) => {
      const request = {
        subject: subjectName({ name: 'proef', organisation: 'Proef', country: 'NL', oins }),
        key: leafKey,
        ...times,
        extensions: clientExtensions(),
        ...overrides,
      }
      return present(signCertificate(request, signerOf(intermediate), hash), request.key)
    },
    crl: (level, { signedWith, signedAs, hash, ...overrides } = {}) => {
      const { name, key } = signerOf(authorities[level])
      const text = signCrl(
        { revoked: [], thisUpdate: now - hour, nextUpdate: now + hour, ...overrides },
        { name: signedAs ?? name, key: signedWith ?? key },
        hash,
      )
      writeFileSync(join(trustDir, `${level}.crl`), text)
    },
    [Symbol.dispose]: () => removeTree(dir),
  }
  for (const level of ['root', 'intermediate'] as const) {
    writeFileSync(join(trustDir, `${level}.pem`), authorities[level].certificate.toString())
    pki.crl(level)
  }
  const server = present(
    signCertificate(
      {
        subject: subjectName({ name: 'server', organisation: 'Proef', country: 'NL' }),
        key: leafKey,
        ...times,
        extensions: serverExtensions(['localhost']),
      },
      signerOf(intermediate),
    ),
    leafKey,
  )
  writeFileSync(file('server.pem'), server.cert)
  writeFileSync(file('server.key'), server.key, { mode: 0o600 })
  return pki
}

export function authorityName(name: string): asn.Name {
  return subjectName({ name, organisation: 'Kleine proef-CA', country: 'NL' })
}

function holding(certificate: Holding['certificate'], key: KeyObject): Holding {
  return { certificate, key, chain: [] }
}

/** Serial number of the first certificate, as a CRL entry wants it. */
export const serialOf = ({ cert }: Presented): string => new X509Certificate(cert).serialNumber

/** Extensions of a client certificate with one replaced, added or (undefined) left out. */
export function bent(id: string, replacement: asn.Extension | undefined): asn.Extension[] {
  const others = clientExtensions().filter(one => one.extnID !== id)
  return replacement === undefined ? others : [...others, replacement]
}

export const rsaKey = (modulusLength: number, publicExponent = 65537): KeyObject =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).privateKey

export const ecKey = (namedCurve: string): KeyObject =>
  generateKeyPairSync('ec', { namedCurve }).privateKey

const derNull = new OctetString(Buffer.from([5, 0]))

/** One defect each; the name is the reason that `identify` or the handshake must give. */
export const leafDefects = {
  'nog niet geldig': () => ({ notBefore: Date.now() + hour, notAfter: Date.now() + 2 * hour }),
  verlopen: () => ({ notBefore: Date.now() - 2 * hour, notAfter: Date.now() - hour }),
  'alleen voor servers': () => ({ extensions: leafExtensions([asn.id_kp_serverAuth]) }),
  'zonder doel': () => ({ extensions: bent(asn.id_ce_extKeyUsage, undefined) }),
  'zelf uitgever': () => ({
    extensions: bent(
      asn.id_ce_basicConstraints,
      extension(asn.id_ce_basicConstraints, new asn.BasicConstraints({ cA: true }), true),
    ),
  }),
  'onbekende kritieke extensie': () => ({
    extensions: bent(
      '',
      new asn.Extension({ extnID: '2.999.77', critical: true, extnValue: derNull }),
    ),
  }),
  'RSA 1024': () => ({ key: rsaKey(1024) }),
  'RSA 2048': () => ({ key: rsaKey(2048) }),
  'RSA met exponent 3': () => ({ key: rsaKey(3072, 3) }),
  'RSA met exponent 1': () => ({ key: exponentOneKey() }),
  'RSA met even exponent': () => ({ key: evenExponentKey() }),
  'RSA met even modulus': () => ({ key: evenModulusKey() }),
  'RSA van 16384 bits': () => ({ key: hugeKey() }),
  'RSA volgens ROCA': () => ({ key: rocaKey() }),
  'kromme P-192': () => ({ key: ecKey('prime192v1') }),
  'kromme secp256k1': () => ({ key: ecKey('secp256k1') }),
  'handtekening SHA-1': () => ({ hash: 'SHA1' as const }),
  'OIN van 19 posities': () => ({ oins: [goodOin.slice(1)] }),
  'OIN van 21 posities': () => ({ oins: [`${goodOin}0`] }),
  'zonder OIN': () => ({ oins: [] }),
  'twee OINs': () => ({ oins: [goodOin, goodOin] }),
} satisfies Record<string, () => Overrides>

export type LeafDefect = keyof typeof leafDefects
