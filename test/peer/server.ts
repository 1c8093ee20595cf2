// A mutual-TLS server that does step 1 and nothing else: what the exchange listener does with it.
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { ConnectionOptions, TLSSocket, TlsOptions } from 'node:tls'
import { identify } from '../../gateway/peer/certificate.ts'
import { admit } from '../../gateway/peer/party.ts'
import { openRevocation, type Revocation } from '../../gateway/peer/revocation.ts'
import { tlsOptions } from '../../gateway/peer/tls.ts'
import { Problem } from '../../gateway/problem.ts'
import type { Identity, Party } from '../../gateway/terms.ts'
import { removeTree } from '../support/directory.ts'
import { type Presented, temporaryDirectory } from '../support/pki.ts'

export interface Door extends AsyncDisposable {
  readonly port: number
  readonly ca: string
  readonly revocation: Revocation
  readonly alarms: readonly Record<string, unknown>[]
  /** `oin` when let in, the reason when not, or the error code of the handshake. */
  knock(client: Partial<Presented>, options?: ConnectionOptions): Promise<string>
}

export interface DoorOptions {
  readonly trustDir: string
  readonly server: { readonly cert: string; readonly key: string }
  readonly parties: readonly Party[]
  /** Where CRLs are remembered; a directory of the door's own when absent. */
  readonly stateDir?: string
  readonly reloadMs?: number
  readonly profile?: 'test' | 'productie'
  readonly policies?: readonly string[]
  readonly clock?: () => number
  /** What a careless hand might change in the options of the listener. */
  readonly careless?: TlsOptions
}

export function activeParty(oin: string, overrides: Partial<Party> = {}): Party {
  return {
    oin,
    naam: 'Proef',
    soort: 'college',
    status: 'actief',
    vertrouwelijk: false,
    vertegenwoordigt: [],
    ...overrides,
  }
}

export async function openDoor(options: DoorOptions): Promise<Door> {
  const { trustDir, server: files, profile = 'test', policies = [], clock = Date.now } = options
  const own = temporaryDirectory()
  const alarms: Record<string, unknown>[] = []
  const revocation = await openRevocation({
    trustDir,
    stateDir: options.stateDir ?? own,
    ...(options.reloadMs && { reloadMs: options.reloadMs }),
    profile,
    policies,
    clock,
    onAlarm: (alarm, fields) => alarms.push({ alarm, ...fields }),
  })
  const parties = new Map(options.parties.map(party => [party.oin, party]))
  const identities = new WeakMap<object, Identity | Problem>()
  const server = createServer(
    { ...(await tlsOptions({ ...files, trustDir }, clock())), ...options.careless },
    (incoming, response) => {
      response.end(judge(identities.get(incoming.socket), parties, revocation, clock()))
    },
  )
  server.on('secureConnection', (socket: TLSSocket) => {
    identities.set(socket, identityOf(socket, revocation))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const ca = join(trustDir, 'root.pem')
  return {
    port,
    ca,
    revocation,
    alarms,
    knock: (client, extra) => knock(port, client, extra),
    [Symbol.asyncDispose]: async () => {
      await revocation[Symbol.asyncDispose]()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      removeTree(own)
    },
  }
}

function identityOf(socket: TLSSocket, revocation: Revocation): Identity | Problem {
  try {
    return identify(socket, revocation.rules())
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

function judge(
  identity: Identity | Problem | undefined,
  parties: ReadonlyMap<string, Party>,
  revocation: Revocation,
  now: number,
): string {
  if (identity === undefined) return 'no identity'
  if (identity instanceof Problem) return identity.reden
  try {
    return admit(identity, parties, revocation, now).party.oin
  } catch (error) {
    return error instanceof Problem ? error.reden : String(error)
  }
}

/** The handshake of TLS 1.3 may end after the client thinks it is through: any error counts. */
function knock(
  port: number,
  client: Partial<Presented>,
  extra: ConnectionOptions = {},
): Promise<string> {
  return new Promise(resolve => {
    const call = request(
      {
        host: '127.0.0.1',
        port,
        servername: 'localhost',
        rejectUnauthorized: false,
        // The defects under test are the server's to find, so the client's own OpenSSL looks away.
        ciphers: 'DEFAULT:@SECLEVEL=0',
        agent: false,
        ...client,
        ...extra,
      },
      response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('end', () => resolve(Buffer.concat(chunks).toString()))
      },
    )
    call.on('error', error => resolve(`handshake ${(error as NodeJS.ErrnoException).code}`))
    call.end()
  })
}
