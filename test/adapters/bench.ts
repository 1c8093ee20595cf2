// What does every adapter test need? Certificates, a client of the gateway, and a moment.
import { join } from 'node:path'
import type { OutboundLines } from '../../gateway/adapter.ts'
import { type Outbound, type OutboundOptions, openOutbound } from '../../gateway/outbound.ts'
import { testPki } from '../support/pki.ts'

export const clock = () => Date.now()

/** OIN in `servers/<adapter>.pem`. */
export const sourceOin = (name: string) =>
  ({
    svb: '00000099000000005000',
    ksz: '00000008000000001000',
    fiod: '00000099000000008000',
    inlichtingenbureau: '00000099000000006000',
  })[name] ?? '00000099000000004000'

const pki = await testPki()

export const server = (name: string) => ({
  certFile: join(pki, 'servers', `${name}.pem`),
  keyFile: join(pki, 'servers', `${name}.key`),
  trustDir: join(pki, 'trust'),
  clock,
})

export function openClient(options: Partial<OutboundOptions> = {}): Outbound {
  return openOutbound({
    certFile: join(pki, 'clients', 'gateway.pem'),
    keyFile: join(pki, 'clients', 'gateway.key'),
    trustDir: join(pki, 'trust'),
    profile: 'test',
    ...options,
  })
}

/** For an adapter that is asked and holds no files. */
export const noLines: OutboundLines = () => {
  throw new Error('no file is read here')
}
