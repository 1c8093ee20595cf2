// What does a listener say to a ClientHello that no library sends any more? Bytes of RFC 5246.
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'

export interface Hello {
  /** The version that the client says it speaks, e.g. 0x0301. */
  readonly version: number
  readonly suites: readonly number[]
  readonly compression?: readonly number[]
  /** Besides groups, point formats and signature algorithms. */
  readonly extensions?: readonly Buffer[]
}

/** The first thing that came back. */
export type Reply =
  | { readonly kind: 'closed' }
  | { readonly kind: 'alert'; readonly description: number }
  | {
      readonly kind: 'hello'
      readonly version: number
      readonly suite: number
      readonly compression: number
      /** Types of its extensions. */
      readonly extensions: readonly number[]
    }

const u16 = (...values: readonly number[]): Buffer =>
  Buffer.concat(values.map(value => Buffer.from([value >> 8, value & 0xff])))
const sized8 = (body: Buffer) => Buffer.concat([Buffer.from([body.length]), body])
const sized16 = (body: Buffer) => Buffer.concat([u16(body.length), body])
const sized24 = (body: Buffer) => Buffer.concat([Buffer.from([0]), sized16(body)])

export const helloExtension = (type: number, body: Buffer = Buffer.alloc(0)): Buffer =>
  Buffer.concat([u16(type), sized16(body)])

/** X25519, P-256, P-384. */
const groups = u16(29, 23, 24)

function bytesOf({ version, suites, compression = [0], extensions = [] }: Hello): Buffer {
  const always = [
    helloExtension(10, sized16(groups)),
    helloExtension(11, sized8(Buffer.from([0]))),
    helloExtension(13, sized16(u16(0x0403, 0x0503, 0x0804, 0x0401, 0x0203, 0x0201))),
  ]
  const body = Buffer.concat([
    u16(version),
    randomBytes(32),
    sized8(Buffer.alloc(0)),
    sized16(u16(...suites)),
    sized8(Buffer.from(compression)),
    sized16(Buffer.concat([...always, ...extensions])),
  ])
  const handshake = Buffer.concat([Buffer.from([1]), sized24(body)])
  return Buffer.concat([Buffer.from([22]), u16(Math.min(version, 0x0301)), sized16(handshake)])
}

/** Sends one hello and reads the first record that comes back, or the end. */
export function sayHello(port: number, hello: Hello): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  const socket = connect(port, '127.0.0.1')
  let read = Buffer.alloc(0)
  socket.setTimeout(10_000, () => reject(new Error('no answer to the hello')))
  socket.on('error', () => resolve({ kind: 'closed' }))
  socket.on('close', () => resolve({ kind: 'closed' }))
  socket.on('connect', () => socket.write(bytesOf(hello)))
  socket.on('data', more => {
    read = Buffer.concat([read, more])
    if (read.length < 5 || read.length < 5 + read.readUInt16BE(3)) return
    resolve(readReply(read))
  })
  return promise.finally(() => socket.destroy())
}

function readReply(record: Buffer): Reply {
  if (record[0] === 21) return { kind: 'alert', description: record.readUInt8(6) }
  const at = 5 + 4
  const afterId = at + 2 + 32 + 1 + record.readUInt8(at + 34)
  const extensions: number[] = []
  const end = 5 + 4 + record.readUIntBE(6, 3)
  for (let next = afterId + 5; next + 4 <= end; next += 4 + record.readUInt16BE(next + 2)) {
    extensions.push(record.readUInt16BE(next))
  }
  return {
    kind: 'hello',
    version: record.readUInt16BE(at),
    suite: record.readUInt16BE(afterId),
    compression: record.readUInt8(afterId + 2),
    extensions,
  }
}
