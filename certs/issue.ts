// Which certificates and keys does a development machine need? Root, intermediate, leafs, CRLs and JWKs in
// one directory; nothing valid is ever remade, so a call may be repeated or interrupted anywhere.
import {
  createHash,
  createPrivateKey,
  type JsonWebKey,
  type KeyObject,
  randomUUID,
  X509Certificate,
} from 'node:crypto'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { Extension, Name } from '@peculiar/asn1-x509'
import {
  authorityExtensions,
  type CertificateRequest,
  clientExtensions,
  type Holding,
  makeEcKey,
  serverExtensions,
  signCertificate,
  signCrl,
  signerOf,
  subjectName,
} from './authority.ts'
import {
  approvers,
  type DefectName,
  defectNames,
  keyUses,
  operator,
  partyHolder,
  partyHolders,
  strangerOin,
} from './names.ts'

export interface IssueOptions {
  readonly clock: () => number
  /** DNS names and IP addresses of the servers besides the loopback ones. */
  readonly hosts?: readonly string[]
}

interface Leaf {
  readonly file: string
  readonly subject: Name
  readonly extensions: () => Extension[]
  readonly issuer: 'own' | 'foreign'
  /** Already over when issued. */
  readonly expired: boolean
  readonly hosts: readonly string[]
}

const day = 24 * 3600 * 1000
const terms = { root: 3650 * day, intermediate: 1825 * day, leaf: 365 * day, crl: day } as const
/** Clocks of two machines differ; a new certificate or CRL must not be "from the future". */
const skew = 60_000
const loopback = ['localhost', '127.0.0.1', '::1']

/** Makes what is missing or over, leaves what is valid, and reissues the CRLs. */
export async function issueDevelopmentPki(dir: string, options: IssueOptions): Promise<void> {
  const now = options.clock()
  for (const name of ['authority', 'clients', 'servers', 'trust']) {
    await mkdir(join(dir, name), { recursive: true, mode: name === 'trust' ? 0o755 : 0o700 })
  }
  const own = await issueAuthorities(dir, '', now)
  const foreign = await issueAuthorities(dir, 'vreemd-', now)
  for (const leaf of leafs(options.hosts ?? [])) {
    await issueLeaf(dir, leaf, leaf.issuer === 'own' ? own.intermediate : foreign.intermediate, now)
  }
  const rootPem = own.root.certificate.toString()
  await writeWhole(join(dir, 'ca.pem'), rootPem)
  await writeWhole(join(dir, 'trust', 'root.pem'), rootPem)
  await issueKeys(dir)
  const intermediatePem = own.intermediate.certificate.toString()
  await writeWhole(join(dir, 'trust', 'intermediate.pem'), intermediatePem)
  await reissueCrls(dir, options.clock)
}

/** New CRLs of root and intermediate, a day long; call it before `crlTerm` is over. */
export async function reissueCrls(dir: string, clock: () => number): Promise<void> {
  const now = clock()
  const thisUpdate = now - skew
  const revoked = await readRevoked(dir)
  for (const level of ['root', 'intermediate'] as const) {
    const issuer = await loadHolding(join(dir, 'authority', level))
    if (issuer === undefined) throw new Error(`the development ${level} authority is missing`)
    const request = { revoked: revoked[level], thisUpdate, nextUpdate: now + terms.crl }
    const crl = signCrl(request, signerOf(issuer))
    await writeWhole(join(dir, 'trust', `${level}.crl`), crl)
  }
}

/** How long a development CRL lives, in milliseconds. */
export const crlTerm: number = terms.crl

/** Puts a client's certificate (or the intermediate) on the CRL of its issuer, for good. */
export async function revoke(
  dir: string,
  name: string | 'intermediate',
  clock: () => number,
): Promise<void> {
  const level = name === 'intermediate' ? 'root' : 'intermediate'
  const file = level === 'root' ? join('authority', 'intermediate') : join('clients', name)
  const holding = await loadHolding(join(dir, file))
  if (holding === undefined) throw new Error(`there is no certificate called ${name}`)
  const entry = { serial: holding.certificate.serialNumber, at: clock() }
  const revoked = await readRevoked(dir)
  if (revoked[level].some(known => known.serial === entry.serial)) return
  const next = { ...revoked, [level]: [...revoked[level], entry] }
  await writeWhole(join(dir, 'authority', 'revoked.json'), `${JSON.stringify(next)}\n`)
  await reissueCrls(dir, clock)
}

type Revoked = Record<'root' | 'intermediate', { serial: string; at: number }[]>

/** What was revoked by hand, and the certificate that is revoked by its name. */
async function readRevoked(dir: string): Promise<Revoked> {
  const text = await readIfThere(join(dir, 'authority', 'revoked.json'))
  const byHand: Revoked = text === undefined ? { root: [], intermediate: [] } : JSON.parse(text)
  const holding = await loadHolding(join(dir, 'clients', 'ingetrokken'))
  if (holding === undefined) return byHand
  const { serialNumber, validFromDate } = holding.certificate
  const entry = { serial: serialNumber, at: validFromDate.getTime() }
  const others = byHand.intermediate.filter(known => known.serial !== entry.serial)
  return { root: byHand.root, intermediate: [...others, entry] }
}

/** Private JWKs (RFC 7517): two per party and for the gateway itself, one per approver; only their public halves are ever registered. */
async function issueKeys(dir: string): Promise<void> {
  const uses = Object.entries(keyUses)
  const wanted = [
    ...[...partyHolders, operator].flatMap(({ name }) =>
      uses.map(([use, alg]) => ({ file: join('sleutels', `${name}-${use}`), alg, id: undefined })),
    ),
    ...approvers.map(({ id }) => ({
      file: join('goedkeurders', id),
      alg: keyUses.ondertekenen,
      id,
    })),
  ]
  for (const name of ['sleutels', 'goedkeurders']) {
    await mkdir(join(dir, name), { recursive: true, mode: 0o700 })
  }
  for (const { file, alg, id } of wanted) {
    const path = join(dir, `${file}.jwk`)
    const found = loadJwk(await readIfThere(path))
    if (found) continue
    const key = (await makeEcKey()).export({ format: 'jwk' })
    const jwk = { ...key, alg, kid: id ?? thumbprint(key) }
    await writeWhole(path, `${JSON.stringify(jwk)}\n`, 0o600)
  }
}

/** RFC 7638, of a key on a curve. */
function thumbprint({ crv, kty, x, y }: JsonWebKey): string {
  const members = JSON.stringify({ crv, kty, x, y })
  return createHash('sha256').update(members).digest('base64url')
}

function loadJwk(text: string | undefined): KeyObject | undefined {
  if (text === undefined) return undefined
  try {
    return createPrivateKey({ key: JSON.parse(text), format: 'jwk' })
  } catch {
    return undefined // half a file is as good as none: it is made again
  }
}

async function issueAuthorities(dir: string, prefix: '' | 'vreemd-', now: number) {
  const label = prefix === '' ? 'Sluis ontwikkel-CA' : 'Andere ontwikkel-CA'
  const named = (level: string): Name =>
    subjectName({ name: `${label} ${level}`, organisation: label, country: 'NL' })
  const rootFile = join(dir, 'authority', `${prefix}root`)
  const root = await keepOrIssue(rootFile, now, undefined, key =>
    within(now, terms.root, {
      subject: named('root'),
      key,
      extensions: authorityExtensions(1),
    }),
  )
  const file = join(dir, 'authority', `${prefix}intermediate`)
  const intermediate = await keepOrIssue(file, now, root, key =>
    within(now, terms.intermediate, {
      subject: named('intermediate'),
      key,
      extensions: authorityExtensions(0),
    }),
  )
  return { root, intermediate }
}

async function issueLeaf(dir: string, leaf: Leaf, issuer: Holding, now: number): Promise<void> {
  const accept = (certificate: X509Certificate): boolean => namesAll(certificate, leaf.hosts)
  const request = (key: KeyObject): CertificateRequest => {
    const content = { subject: leaf.subject, key, extensions: leaf.extensions() }
    return leaf.expired
      ? { ...content, notBefore: now - 30 * day, notAfter: now - day }
      : within(now, terms.leaf, content)
  }
  await keepOrIssue(join(dir, leaf.file), leaf.expired ? undefined : now, issuer, request, accept)
}

function within(
  now: number,
  term: number,
  content: Omit<CertificateRequest, 'notBefore' | 'notAfter'>,
): CertificateRequest {
  return { ...content, notBefore: now - skew, notAfter: now + term }
}

/** Every leaf of the development PKI: parties, the operator, the sources and the defects. */
function leafs(hosts: readonly string[]): Leaf[] {
  const client = (
    name: string,
    holder: { organisation: string; oin: string; country: string },
  ) => ({
    file: join('clients', name),
    subject: subjectName({ ...holder, name, oins: [holder.oin] }),
    extensions: clientExtensions,
    issuer: 'own' as const,
    expired: false,
    hosts: [],
  })
  const allHosts = [...new Set([...loopback, ...hosts])]
  const server = (
    name: string,
    holder: { organisation: string; oin: string; country: string },
  ) => ({
    ...client(name, holder),
    file: join('servers', name),
    extensions: () => serverExtensions(allHosts),
    hosts: allHosts,
  })
  const victim = partyHolder('gemeente-waterstad')
  const other = partyHolder('gemeente-dijkdorp')
  const defects: Record<DefectName, Partial<Leaf>> = {
    ingetrokken: {},
    verlopen: { expired: true },
    onbekend: client('onbekend', { ...victim, organisation: 'Onbekend', oin: strangerOin }),
    vreemd: { issuer: 'foreign' },
    dubbel: { subject: subjectName({ ...victim, name: 'dubbel', oins: [victim.oin, other.oin] }) },
  }
  return [
    ...partyHolders.map(holder => client(holder.name, holder)),
    client('gateway', operator),
    ...defectNames.map(name => ({ ...client(name, victim), ...defects[name] })),
    server('gateway', operator),
    server('uwv', partyHolder('uwv')),
    server('svb', partyHolder('svb')),
    server('ksz', partyHolder('ksz')),
    server('gemeente-dijkdorp', partyHolder('gemeente-dijkdorp')),
    server('fiod', partyHolder('fiod')),
    server('inlichtingenbureau', partyHolder('inlichtingenbureau')),
    server('echo', partyHolder('uwv')),
  ]
}

/** A holding that is whole, of this issuer and not over stays as it is; `now` undefined: whatever its date. */
async function keepOrIssue(
  file: string,
  now: number | undefined,
  issuer: Holding | undefined,
  request: (key: KeyObject) => CertificateRequest,
  accept: (certificate: X509Certificate) => boolean = () => true,
): Promise<Holding> {
  const chain = issuer === undefined || isSelfSigned(issuer.certificate) ? [] : chainOf(issuer)
  const found = await loadHolding(file)
  if (found !== undefined) {
    const signedBy = issuer?.certificate ?? found.certificate
    const current = now === undefined || found.certificate.validToDate.getTime() > now
    const signed = found.certificate.verify(signedBy.publicKey)
    const named = found.certificate.checkIssued(signedBy)
    if (current && signed && named && accept(found.certificate)) return { ...found, chain }
  }
  const key = (await loadKey(`${file}.key`)) ?? (await makeEcKey())
  await writeWhole(`${file}.key`, key.export({ format: 'pem', type: 'pkcs8' }).toString(), 0o600)
  const wanted = request(key)
  const signer = issuer === undefined ? { name: wanted.subject, key } : signerOf(issuer)
  const certificate = signCertificate(wanted, signer)
  await writeWhole(`${file}.pem`, [certificate, ...chain].map(one => one.toString()).join(''))
  return { certificate, key, chain }
}

const chainOf = (issuer: Holding) => [issuer.certificate, ...issuer.chain]

const isSelfSigned = (certificate: X509Certificate): boolean =>
  certificate.issuer === certificate.subject

function namesAll(certificate: X509Certificate, hosts: readonly string[]): boolean {
  return hosts.every(host =>
    isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host, { subject: 'never' }),
  )
}

/** Certificate and key of one file name, or nothing when one is missing, broken or not of the other. */
async function loadHolding(file: string): Promise<Holding | undefined> {
  const pem = await readIfThere(`${file}.pem`)
  const key = await loadKey(`${file}.key`)
  if (pem === undefined || key === undefined) return undefined
  try {
    const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    const [certificate, ...chain] = blocks.map(block => new X509Certificate(block))
    return certificate?.checkPrivateKey(key) ? { certificate, key, chain } : undefined
  } catch {
    return undefined // a half or foreign file is as good as none: it is made again
  }
}

async function loadKey(file: string): Promise<KeyObject | undefined> {
  const pem = await readIfThere(file)
  if (pem === undefined) return undefined
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Written beside and moved over, so a reader sees the old file or the new one, never half. */
async function writeWhole(file: string, text: string, mode = 0o644): Promise<void> {
  const beside = `${file}.${randomUUID()}.tmp`
  await writeFile(beside, text, { mode, flag: 'wx' })
  await chmod(beside, mode)
  await rename(beside, file)
}
