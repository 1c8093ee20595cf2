// What is left when the gateway is killed while a receiver picks messages up? At most too much is recorded (P1).
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execPath } from 'node:process'
import { type TestContext, test } from 'node:test'
import { prepare } from '../../demo/prepare.ts'
import { logNames, readSigner } from '../../gateway/audit/keys.ts'
import { verifyLog } from '../../gateway/audit/verify.ts'
import { readConfig } from '../../gateway/config.ts'
import { openHouse } from '../../gateway/open.ts'
import type { Query } from '../../gateway/store.ts'
import { testPlace } from '../support/database.ts'
import { removeTree } from '../support/directory.ts'
import { handOver, linesOf } from '../support/messages.ts'
import { openRaw } from '../support/raw.ts'
import { addressesOf } from '../support/spawned.ts'

const messages = 200

/** What a gateway said over one connection until it was killed: the whole lines of its chunks. */
function linesWithin(bytes: string): readonly Record<string, unknown>[] {
  const [, body = ''] = bytes.split(/\r\n\r\n([\s\S]*)/)
  let text = ''
  for (let rest = body; ; ) {
    const [size = '', tail] = rest.split(/\r\n([\s\S]*)/)
    const length = Number.parseInt(size, 16)
    if (tail === undefined || !(length > 0) || Buffer.byteLength(tail) < length) break
    const chunk = Buffer.from(tail)
    text += chunk.subarray(0, length).toString()
    rest = chunk.subarray(length + 2).toString()
  }
  return linesOf(`${text.slice(0, text.lastIndexOf('\n') + 1)}`)
}

/** Asks for everything that waits, and kills the gateway in the very turn in which the first byte of it comes. */
async function killedAtFirstByte(settings: NodeJS.ProcessEnv, pkiDir: string): Promise<string> {
  const child = spawn(execPath, [resolve(import.meta.dirname, '../../gateway/serve.ts')], {
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const port = Number(new URL((await addressesOf(child)).get('exchange') ?? '').port)
  const socket = await openRaw(pkiDir, port, 'gemeente-waterstad')
  const closed = once(socket, 'close')
  let bytes = ''
  socket.on('error', () => {})
  socket.on('data', chunk => {
    if (bytes === '') child.kill('SIGKILL')
    bytes += chunk
  })
  socket.write(
    'POST /v1/berichten/_ophalen HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
  )
  await ended
  await closed
  return bytes
}

async function disclosures(query: Query): Promise<ReadonlySet<string>> {
  const rows = await query<{ transactie: string }>(
    `SELECT transactie::text FROM audit.leaf WHERE soort = 'verstrekking'`,
  )
  return new Set(rows.map(({ transactie }) => transactie))
}

test('a gateway is killed at the first byte of a batch: every line that came stands in the log, and nothing is lost', {
  timeout: 120_000,
}, async (t: TestContext) => {
  const own = mkdtempSync(join(tmpdir(), 'sluis-gedood-'))
  await using stack = new AsyncDisposableStack()
  const place = await testPlace(t, 'postgres', async () => {
    removeTree(own)
  })
  const { settings, pkiDir, dataDir } = stack.use(
    await prepare(
      {
        SLUIS_DATA_DIR: own,
        ...(place.url && { DATABASE_URL: place.url }),
        SLUIS_EXCHANGE_PORT: '0',
        SLUIS_PUBLIC_PORT: '0',
        SLUIS_CONSOLE_PORT: '0',
        SLUIS_OPS_PORT: '0',
        SLUIS_LOG_LEVEL: 'silent',
      },
      async () => '{}\n',
    ),
  )
  const house = stack.use(await openHouse(readConfig(settings), new Map()))
  const { query } = house.store
  const body = {
    betrokkene: { soort: 'bsn', waarde: '999990019' },
    gegevens: { datumAanvang: '2026-10-01', naamInhoudingsplichtige: 'Bakkerij' },
    velden: ['datumAanvang', 'naamInhoudingsplichtige'],
    systeemproces: 'levering',
    ontvanger: '00000099000000001000',
  } as const
  await Promise.all(
    Array.from({ length: messages }, () =>
      handOver(house.rooms, { uitwisseling: 'uwv-signaal-nieuwe-inkomsten', body }),
    ),
  )

  const bytes = await killedAtFirstByte(settings, pkiDir)
  assert.match(bytes, /^HTTP\/1\.1 200 /)
  const received = linesWithin(bytes)
  const recorded = await disclosures(query)
  for (const { transactie } of received) assert.ok(recorded.has(String(transactie)))
  assert.ok(recorded.size >= Math.max(1, received.length))
  const waits = await query('SELECT 1 FROM delivery.bericht WHERE verzegeld IS NOT NULL')
  assert.equal(waits.length, messages)

  for (const log of logNames) {
    const known = readSigner(join(dataDir, 'keys'), log)
    const { geldig, reden } = await verifyLog(query, { log, known })
    assert.ok(geldig, reden)
  }
})
