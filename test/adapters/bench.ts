// What does every adapter test need? Certificates, a client of the gateway, and a moment.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { issueDevelopmentPki } from '../../certs/issue.ts'
import { type Outbound, type OutboundOptions, openOutbound } from '../../gateway/outbound.ts'

export const clock = () => Date.now()

/** OIN in `servers/uwv.pem` and `servers/echo.pem`. */
export const sourceOin = '00000099000000004000'

export const pki = process.env.SLUIS_TEST_PKI ?? (await throwaway())

async function throwaway(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sluis-pki-'))
  after(() => rm(dir, { recursive: true }))
  await issueDevelopmentPki(dir, { clock })
  return dir
}

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
