// What is left when the gateway is killed at one named step? Each step is held still first, so that none is missed.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { createInterface, type Interface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { logNames, readSigner } from '../../gateway/audit/keys.ts'
import { verifyLog } from '../../gateway/audit/verify.ts'
import { openStore, type Query, type Store } from '../../gateway/store.ts'
import type { RequestBody } from '../../gateway/terms.ts'
import { asOwner, type Place, testPlace } from '../support/database.ts'
import { goodBody } from '../support/gateway.ts'
import { type Leaf, until } from '../support/log.ts'
import { openRaw } from '../support/raw.ts'

/** Between the gateway and its database: keeps what the database says to itself when told to. */
interface Wire extends Disposable {
  readonly url: string
  holdAnswers(): void
}

async function openWire(to: string): Promise<Wire> {
  const { hostname, port } = new URL(to)
  const sockets = new Set<Socket>()
  let holding = false
  const server = createServer(client => {
    const database = connect(Number(port), hostname)
    for (const socket of [client, database]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        database.destroy()
      })
    }
    client.on('data', bytes => database.write(bytes))
    database.on('data', bytes => {
      if (!holding) client.write(bytes)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(address && typeof address === 'object')
  const url = new URL(to)
  url.hostname = '127.0.0.1'
  url.port = String(address.port)
  return {
    url: url.href,
    holdAnswers() {
      holding = true
    },
    [Symbol.dispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

interface Stage {
  readonly wire: Wire
  /** Straight to the database, past the wire. */
  readonly store: Store
  /** The call itself. */
  send(): void
  tell(word: 'wacht' | 'verder'): void
  /** Resolves once the source has been asked. */
  asked(): Promise<void>
  readonly leaves: () => Promise<Leaf[]>
  kill(): Promise<void>
}

interface Step {
  readonly name: string
  readonly body?: Partial<RequestBody>
  /** Holds the call at its step, and kills the gateway there. */
  readonly run: (stage: Stage) => Promise<void>
  readonly leaves: readonly string[]
  readonly bytes?: true
}

async function waitsFor(query: Query, locktype: string): Promise<void> {
  await until(`somebody waits for a lock (${locktype})`, async () => {
    const rows = await query('SELECT 1 FROM pg_locks WHERE locktype = $1 AND NOT granted', [
      locktype,
    ])
    return rows.length > 0
  })
}

/** While it runs nobody can write to the log. */
async function whileClosed(store: Store, work: (query: Query) => Promise<void>): Promise<void> {
  await store.transaction(async query => {
    await query(`SELECT pg_advisory_xact_lock(hashtextextended('audit.gewoon', 0))`)
    await work(query)
  })
}

/** What a statement of the dead was still waiting to do is never done. */
async function dropWaiting(query: Query): Promise<void> {
  await query('SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted')
  await until('the statement ended', async () => {
    return (await query('SELECT 1 FROM pg_locks WHERE NOT granted')).length === 0
  })
}

/** Commits what waits at the closed log, and keeps the news of it from the gateway. */
async function commitUnheard(
  { wire, store, leaves }: Stage,
  soort: string,
  begin: () => void,
): Promise<void> {
  await whileClosed(store, async query => {
    begin()
    await waitsFor(query, 'advisory')
    wire.holdAnswers()
  })
  await until(`a ${soort} is committed`, async () =>
    (await leaves()).some(leaf => leaf.soort === soort),
  )
}

const steps: readonly Step[] = [
  {
    name: 'before its decision',
    body: { velden: ['loonSv'] },
    async run({ store, send, kill }) {
      await store.transaction(async query => {
        await query('LOCK TABLE policy.case_fact IN ACCESS EXCLUSIVE MODE')
        send()
        await waitsFor(query, 'relation')
        await kill()
        await dropWaiting(query)
      })
    },
    leaves: [],
  },
  {
    name: 'after the record of its decision was inserted and before that was committed',
    async run({ store, send, kill }) {
      await store.transaction(async query => {
        await query('SELECT pg_advisory_xact_lock(4711)')
        send()
        await waitsFor(query, 'advisory')
        const [inside] = await query(
          `SELECT 1 FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock'
             AND relation = 'audit.leaf'::regclass AND pid <> pg_backend_pid()`,
        )
        assert.ok(inside, 'the leaf was inserted')
        await kill()
        await dropWaiting(query)
      })
    },
    leaves: [],
  },
  {
    name: 'after the record of its decision was committed and before it heard so',
    async run(stage) {
      await commitUnheard(stage, 'beslissing', stage.send)
      await stage.kill()
    },
    leaves: ['beslissing'],
  },
  {
    name: 'after a refusal was committed and before it was told',
    body: { velden: ['nationaliteit'] },
    async run(stage) {
      await commitUnheard(stage, 'beslissing', stage.send)
      await stage.kill()
    },
    leaves: ['beslissing'],
  },
  {
    name: 'while the source was asked',
    async run({ send, asked, kill }) {
      send()
      await asked()
      await kill()
    },
    leaves: ['beslissing'],
  },
  {
    name: 'after the source answered and before the disclosure was recorded',
    async run({ store, send, asked, tell, kill }) {
      send()
      await asked()
      await whileClosed(store, async query => {
        tell('verder')
        await waitsFor(query, 'advisory')
        await kill()
        await dropWaiting(query)
      })
    },
    leaves: ['beslissing'],
  },
  {
    name: 'after the disclosure was committed and before it heard so',
    async run(stage) {
      stage.send()
      await stage.asked()
      await commitUnheard(stage, 'verstrekking', () => stage.tell('verder'))
      await stage.kill()
    },
    leaves: ['beslissing', 'verstrekking'],
  },
  {
    name: 'after the first byte of its answer',
    async run({ send, asked, tell }) {
      send()
      await asked()
      tell('verder')
    },
    leaves: ['beslissing', 'verstrekking'],
    bytes: true,
  },
]

interface Started {
  readonly child: ChildProcess
  readonly lines: Interface
  readonly port: number
}

async function start(dir: string, url: string): Promise<Started> {
  const child = spawn(execPath, [join(import.meta.dirname, 'stepped.ts'), dir], {
    env: { PATH: process.env.PATH, DATABASE_URL: url, TMPDIR: process.env.TMPDIR },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  const [first] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => assert.fail('it did not start')),
  ])
  return { child, lines, port: Number(new URL(JSON.parse(first).exchange).port) }
}

/** Leaves of one call, found by the trace its caller gave it. */
async function leavesOfTrace(store: Store, traceId: string): Promise<Leaf[]> {
  const rows = await store.query<{ log: string; idx: number; tekst: string }>(
    `SELECT log, idx, tekst FROM audit.leaf WHERE tekst LIKE '%' || $1 || '%' ORDER BY idx`,
    [traceId],
  )
  return rows.map(({ log, idx, tekst }) => ({ log, idx, ...JSON.parse(tekst) }))
}

async function play(
  step: Step,
  n: number,
  place: Required<Pick<Place, 'url' | 'dir'>>,
): Promise<void> {
  using wire = await openWire(place.url)
  const { child, lines, port } = await start(place.dir, wire.url)
  await using store = await openStore(place)
  const traceId = `${'abcdef'.repeat(5)}${'abcdef'[n % 6]}${'abcdef'[Math.floor(n / 6)]}`
  const said: string[] = []
  lines.on('line', line => said.push(line))
  const leaves = () => leavesOfTrace(store, traceId)
  const tell = (word: string) => void child.stdin?.write(`${word}\n`)
  const kill = async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  tell('wacht')
  const body = JSON.stringify({ ...goodBody(), ...step.body, zaak: `stap-${n}` })
  const socket = await openRaw(join(place.dir, 'pki'), port, 'gemeente-waterstad')
  const closed = once(socket, 'close')
  let bytes = ''
  socket.on('error', () => {})
  socket.on('data', chunk => {
    // In the very turn in which the first of them comes.
    if (bytes === '') child.kill('SIGKILL')
    bytes += chunk
  })
  await step.run({
    wire,
    store,
    tell,
    leaves,
    kill,
    async asked() {
      await until('the source is asked', () => said.includes('gevraagd'))
    },
    send() {
      socket.write(
        `POST /v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek HTTP/1.1\r\nHost: localhost\r\n` +
          `Content-Type: application/json\r\ntraceparent: 00-${traceId}-${'ab'.repeat(8)}-01\r\n` +
          `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      )
    },
  })
  await closed
  const found = await leaves()
  assert.deepEqual(
    found.map(({ soort }) => soort),
    step.leaves,
  )
  assert.equal(bytes !== '', step.bytes === true, 'bytes left')
  if (!step.leaves.includes('beslissing')) assert.ok(!said.includes('gevraagd'), 'no source before')
  for (const log of logNames) {
    const known = readSigner(join(place.dir, 'keys'), log)
    const { geldig, reden } = await verifyLog(store.query, { log, known })
    assert.ok(geldig, reden)
  }
}

test('a gateway is killed at every step', { timeout: 120_000 }, async (t: TestContext) => {
  const place = await testPlace(t, 'postgres')
  const { url, dir } = place
  assert.ok(url)
  // The first start makes tables, keys and logs; each later one finds what the killed one left.
  const first = await start(dir, url)
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  {
    await using store = await openStore(asOwner(place))
    await store.query(`CREATE FUNCTION audit.wacht() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NULL; END $$;
      CREATE TRIGGER wacht AFTER INSERT ON audit.leaf FOR EACH STATEMENT EXECUTE FUNCTION audit.wacht()`)
  }
  for (const [n, step] of steps.entries()) {
    await t.test(
      `A3: killed ${step.name}: the log is whole, and over-reports at most`,
      async () => {
        await play(step, n, { url, dir })
      },
    )
  }
})
