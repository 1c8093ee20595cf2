// What kind of name is this, and is it below that one? GeneralName and the five forms that name
// constraints are read for (RFC 5280 §4.2.1.6, §4.2.1.10).
import { type Der, inside } from './der.ts'
import { isUnder, type Name, readName } from './name.ts'

/** A name of one form that can be held against a base of the same form. */
export interface Named {
  /** Context tag of the form. */
  readonly form: number
  readonly text: string
  readonly bytes: Buffer
  readonly name: Name | undefined
}

const directoryName = 0xa4
const rfc822Name = 0x81

/** Whether a name lies in a subtree; @throws RangeError for what is no name of its form */
type Within = (name: Named, base: Named) => boolean

const forms: ReadonlyMap<number, Within> = new Map([
  [rfc822Name, mailWithin],
  [0x82, dnsWithin],
  [directoryName, directoryWithin],
  [0x86, uriWithin],
  [0x87, addressWithin],
])

/** Whether constraints on this form can be read here. */
export const isReadable = (form: number): boolean => forms.has(form)

/** Every form of GeneralName, spelled as DER does: another spelling would slip past its constraint. */
const spelled: ReadonlySet<number> = new Set([...forms.keys(), 0xa0, 0xa3, 0xa5, 0x88])

export function readGeneralName(der: Der): Named {
  if (!spelled.has(der.tag)) throw new RangeError('no GeneralName')
  const inner = der.tag === directoryName ? inside(der, directoryName)[0] : undefined
  return {
    form: der.tag,
    text: der.content.toString('latin1'),
    bytes: der.content,
    name: inner && readName(inner),
  }
}

const empty = Buffer.alloc(0)

export const asDirectory = (name: Name): Named => ({
  form: directoryName,
  text: '',
  bytes: empty,
  name,
})

export const asMail = (text: string): Named => ({
  form: rfc822Name,
  text,
  bytes: empty,
  name: undefined,
})

/** Of another form, a name is neither in nor out. */
export function isWithin(name: Named, base: Named): boolean {
  return forms.get(base.form)?.(name, base) ?? false
}

/** An excluded subtree is also entered by a wildcard that could stand for a name in it. */
export function touches(name: Named, base: Named): boolean {
  if (isWithin(name, base)) return true
  const wide = name.text.startsWith('*.') ? { ...name, text: base.text.replace(/^\./, '') } : name
  return wide !== name && isWithin(wide, { ...base, text: name.text.slice(2) })
}

function directoryWithin({ name }: Named, { name: base }: Named): boolean {
  if (name === undefined || base === undefined) throw new RangeError('no directoryName')
  return isUnder(name, base)
}

const host =
  /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/

function readHost(text: string): string {
  const lower = text.toLowerCase()
  if (lower.length > 253 || !host.test(lower)) throw new RangeError('no host name')
  return lower
}

/** A base with a dot before it holds what is below it, not itself. */
function readBase(text: string): string {
  return text.startsWith('.') ? `.${readHost(text.slice(1))}` : readHost(text)
}

/** RFC 5280 §4.2.1.10: any number of labels added on the left. */
function dnsWithin(name: Named, base: Named): boolean {
  const found = readHost(name.text)
  if (base.text === '') return true
  const suffix = readBase(base.text)
  return found === suffix || found.endsWith(suffix.startsWith('.') ? suffix : `.${suffix}`)
}

/** URI and mail: a host is exactly that host, and with a dot before it every host below it. */
function hostWithin(found: string, base: string): boolean {
  if (base === '') return true
  const wanted = readBase(base)
  return wanted.startsWith('.') ? found.endsWith(wanted) : found === wanted
}

function mailWithin(name: Named, base: Named): boolean {
  const [local, domain] = readMailbox(name.text)
  if (!base.text.includes('@')) return hostWithin(domain, base.text)
  const [ownLocal, ownDomain] = readMailbox(base.text)
  return local === ownLocal && domain === ownDomain // the local part has case (RFC 5280 §7.5)
}

function readMailbox(text: string): readonly [local: string, domain: string] {
  const at = text.lastIndexOf('@')
  if (at < 1) throw new RangeError('no mailbox')
  return [text.slice(0, at), readHost(text.slice(at + 1))]
}

const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#:@]*)(?::\d*)?(?:[/?#]|$)/i

/** Without a host name, with an address in its place or a user before it, a URI is refused (§4.2.1.10). */
function uriWithin(name: Named, base: Named): boolean {
  const found = readHost(authority.exec(name.text)?.[1] ?? '')
  if (/^[\d.]+$/.test(found)) throw new RangeError('an address in a URI')
  return hostWithin(found, base.text)
}

/** Four or sixteen bytes, held against an address and its mask (RFC 4632). */
function addressWithin({ bytes }: Named, { bytes: base }: Named): boolean {
  if (bytes.length !== 4 && bytes.length !== 16) throw new RangeError('no address')
  const size = base.length / 2
  if (size !== 4 && size !== 16) throw new RangeError('no range of addresses')
  const mask = base.subarray(size)
  const bits = [...mask].map(byte => byte.toString(2).padStart(8, '0')).join('')
  if (/01/.test(bits)) throw new RangeError('a mask with holes')
  return (
    size === bytes.length &&
    mask.every((byte, at) => ((bytes[at] ?? 0) & byte) === ((base[at] ?? 0) & byte))
  )
}
