// What if this gateway had other limits, or a part that fails? Its exchange listener once more, on a port of its own.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { Rooms } from '../../gateway/exchange.ts'
import {
  type ExchangeListener,
  exchangeApp,
  exchangeServer,
} from '../../gateway/listen/exchange.ts'
import { openWork } from '../../gateway/listen/work.ts'
import { type Limits, limits } from '../../gateway/message/limits.ts'
import { tlsOptions } from '../../gateway/peer/tls.ts'
import type { Serving } from '../../gateway/serve.ts'

interface Beside {
  readonly port: number
  readonly connections: () => Promise<number>
}

interface Change {
  /** Limits that a test can wait for. */
  readonly limits?: Partial<Limits>
  readonly rooms?: Partial<Rooms>
  readonly proofsOf?: ExchangeListener['proofsOf']
}

/** The same rooms and certificates; resolves to the port, and to how many connections are open. */
export async function listenBeside(
  t: TestContext,
  {
    demo: { serving, pkiDir },
  }: { readonly demo: { readonly serving: Serving; readonly pkiDir: string } },
  change: Change,
): Promise<Beside> {
  const { rooms, log, metrics, proofsOf, searchOwn } = serving.house
  const listener = {
    rooms: { ...rooms, ...change.rooms },
    log,
    metrics,
    work: openWork(),
    proofsOf: change.proofsOf ?? proofsOf,
    searchOwn,
    activitiesOf: serving.activitiesOf,
    base: serving.addresses.public,
    limits: { ...limits, ...change.limits },
  }
  const files = {
    cert: `${pkiDir}/servers/gateway.pem`,
    key: `${pkiDir}/servers/gateway.key`,
    trustDir: `${pkiDir}/trust`,
  }
  const tls = await tlsOptions(files, Date.now())
  const server = exchangeServer(tls, exchangeApp(listener), listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
  }
}
