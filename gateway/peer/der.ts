// What stands in these DER bytes? Just enough of X.690 for certificates and CRLs of any length.

/** One tag-length-value. `whole` includes its header, as signatures and names are compared. */
export interface Der {
  readonly tag: number
  readonly whole: Buffer
  readonly content: Buffer
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
  explicit0: 0xa0,
  explicit3: 0xa3,
} as const

/** One value and nothing behind it. @throws RangeError when the bytes are no DER */
export function readDer(bytes: Buffer): Der {
  const value = readAt(bytes, 0)
  if (value.whole.length !== bytes.length) throw new RangeError('bytes behind the DER value')
  return value
}

/** The values inside a constructed one. */
export function inside(parent: Der, tag: number = tags.sequence): Der[] {
  if (parent.tag !== tag) throw new RangeError('another DER tag was expected')
  const found: Der[] = []
  for (let at = 0; at < parent.content.length; ) {
    const value = readAt(parent.content, at)
    found.push(value)
    at += value.whole.length
  }
  return found
}

/** The bytes of a string or number of this kind. @throws RangeError when it is another */
export function contentOf(value: Der | undefined, tag: number): Buffer {
  if (value?.tag !== tag) throw new RangeError('another DER tag was expected')
  return value.content
}

/** OBJECT IDENTIFIER in dots, as settings and standards spell it. */
export function readOid(value: Der | undefined): string {
  const arcs: bigint[] = []
  let arc = 0n
  let open = true
  for (const byte of contentOf(value, tags.oid)) {
    arc = (arc << 7n) | BigInt(byte & 0x7f)
    open = (byte & 0x80) !== 0
    if (open) continue
    arcs.push(arc)
    arc = 0n
  }
  const [first, ...rest] = arcs
  if (open || first === undefined) throw new RangeError('no object identifier')
  const root = first < 80n ? first / 40n : 2n
  return [root, first - root * 40n, ...rest].join('.')
}

/** A small count: path length, number of certificates to skip. */
export function readCount(content: Buffer): number {
  const negative = ((content[0] ?? 0x80) & 0x80) !== 0
  if (negative) throw new RangeError('no count')
  return content.length > 4 ? Number.MAX_SAFE_INTEGER : content.readUIntBE(0, content.length)
}

/** UTCTime or GeneralizedTime as RFC 5280 §4.1.2.5 allows them: in Z, with seconds. */
export function readTime({ tag, content }: Der): number {
  const text = content.toString('latin1')
  const century = tag === tags.utcTime ? (Number(text.slice(0, 2)) < 50 ? '20' : '19') : ''
  const digits = `${century}${text}`
  if ((tag !== tags.utcTime && tag !== tags.generalizedTime) || !/^\d{14}Z$/.test(digits)) {
    throw new RangeError('no time of RFC 5280')
  }
  const [year, month, day, hour, minute, second] = [
    digits.slice(0, 4),
    ...[4, 6, 8, 10, 12].map(at => digits.slice(at, at + 2)),
  ]
  const moment = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(moment)) throw new RangeError('no such time')
  return moment
}

function readAt(bytes: Buffer, at: number): Der {
  const tag = bytes.readUInt8(at)
  const first = bytes.readUInt8(at + 1)
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  // 0x80 is the indefinite length of BER; more than four bytes is no certificate of this world.
  if (first === 0x80 || lengthBytes > 4) throw new RangeError('no DER length')
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes)
  const start = at + 2 + lengthBytes
  const end = start + length
  if (end > bytes.length) throw new RangeError('DER value is cut off')
  return { tag, whole: bytes.subarray(at, end), content: bytes.subarray(start, end) }
}
