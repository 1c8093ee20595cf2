// Does a delivery keep its contract? The checks of this adapter over its own simulator, for the suite of all adapters.
import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { type SourceDelivery, SourceError, type Tools } from '../../gateway/adapter.ts'
import { adapter } from './adapter.ts'
import { type Behaviour, behaviours, type Expectation, startSimulator } from './simulator.ts'

export interface CheckOptions {
  readonly certFile: string
  readonly keyFile: string
  readonly trustDir: string
  readonly oin: string
  readonly openClient: () => Pick<Tools, 'request' | 'lines'> & AsyncDisposable
  readonly clock: () => number
}

/** A simulator only, so no decision and no record: the one place where a delivery has no permit. */
type Delivery = Omit<SourceDelivery, 'permitted'> & {
  readonly permitted: {
    readonly request: { readonly transactie: string; readonly body: object }
    readonly terms: object
  }
}
interface OpenReceiver extends AsyncDisposable {
  deliver(delivery: Delivery, signal: AbortSignal): Promise<{ readonly bewijs: string }>
}

const bsn = '999990019'
const omschrijving = 'Verzonnen feiten over een verzonnen persoon'
const patienceMs = 5_000
const cutOffMs = 300

type Bench = Awaited<ReturnType<typeof openBench>>

export async function checks(options: CheckOptions) {
  const within = async (work: (bench: Bench) => Promise<void>) => {
    await using bench = await openBench(options)
    await work(bench)
  }
  return [
    {
      name: 'een dossier komt aan, één keer, en wat over de lijn gaat is niet te lezen',
      run: () => within(verifyOnce),
    },
    {
      name: 'een verloren antwoord: de herhaling wordt niet nog eens toegepast en geeft hetzelfde bewijs',
      run: () => within(verifyRepeat),
    },
    { name: 'een ontvanger zonder sleutel krijgt niets', run: () => within(verifyNoKey) },
    { name: 'een ontvanger met een ander OIN krijgt niets', run: () => verifyOther(options) },
    ...Object.entries<Expectation>(behaviours).map(([name, expect]) => ({
      name: `gedrag ${name}`,
      run: () => within(bench => verifyBehaviour(bench, name as Behaviour, expect)),
    })),
  ]
}

async function verifyOnce({ simulator, deliver }: Bench): Promise<void> {
  const { bewijs } = await deliver('a')
  ok(/^[\w-]+\.[\w-]+\.[\w-]+$/.test(bewijs) && bewijs.length < 2_000)
  const [one, ...more] = simulator.applied()
  strictEqual(more.length, 0)
  const { dossier, betrokkene } = JSON.parse(one?.inhoud ?? '{}')
  deepStrictEqual([betrokkene.waarde, dossier], [bsn, [{ feitomschrijving: omschrijving }]])
  for (const secret of [bsn, omschrijving]) {
    ok(!simulator.last().includes(secret) && !bewijs.includes(secret), 'leesbaar op de lijn')
  }
}

async function verifyRepeat({ simulator, deliver }: Bench): Promise<void> {
  simulator.misbehave('antwoord-kwijt')
  await rejects(deliver('b'), { code: 'source-unavailable' })
  simulator.misbehave('normaal')
  const first = await deliver('b')
  const second = await deliver('b')
  strictEqual(first.bewijs, second.bewijs)
  deepStrictEqual(
    simulator.applied().map(({ keren }) => keren),
    [3],
  )
  await deliver('c')
  strictEqual(simulator.applied().length, 2)
}

async function verifyNoKey({ simulator, deliver }: Bench): Promise<void> {
  await rejects(deliver('d', { sleutels: [] }), { code: 'source-refused' })
  strictEqual(simulator.requests(), 0)
}

async function verifyBehaviour(
  { simulator, deliver }: Bench,
  name: Behaviour,
  { fails, cutOff, retryAfter }: Expectation,
): Promise<void> {
  simulator.misbehave(name)
  const doing = deliver('e', {}, AbortSignal.timeout(cutOff ? cutOffMs : patienceMs))
  if (fails === undefined) return void (await doing)
  await rejects(doing, error => {
    ok(error instanceof SourceError, 'een ontvanger mag alleen met SourceError falen')
    deepStrictEqual([error.code, error.retryAfter], [fails, retryAfter])
    const told = inspect(error, { depth: 8, showHidden: true }).replaceAll(/\n[ \t]+at .*/g, '')
    ok(!told.includes(bsn) && !told.includes('Verzonnen'), 'de fouttekst bevat een gegeven')
    return true
  })
  strictEqual(simulator.requests(), 1, 'een adapter probeert niet opnieuw')
}

async function verifyOther(options: CheckOptions): Promise<void> {
  await using bench = await openBench({ ...options, oin: options.oin.replace(/.{4}$/, '9999') })
  await rejects(bench.deliver('f'), { code: 'source-malformed' })
  strictEqual(bench.simulator.requests(), 0)
}

async function openBench(options: CheckOptions) {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-fiod-'))
  const own = await makeKey('ES256', 'gateway')
  const sleutel = join(dir, 'gateway.jwk')
  writeFileSync(sleutel, JSON.stringify(own.secret), { mode: 0o600 })
  const signs = await makeKey('ES256', 'fiod-1')
  const opens = await makeKey('ECDH-ES+A256KW', 'fiod-2')
  const simulator = await startSimulator({
    ...options,
    port: 0,
    sleutels: { ondertekenen: signs.secret, versleutelen: opens.secret },
    afzender: own.open,
  })
  const client = options.openClient()
  const source: OpenReceiver = await adapter.connect(
    { url: simulator.url, oin: options.oin, sleutel },
    { request: client.request, lines: client.lines, clock: options.clock },
  )
  const since = { geldigVan: '2026-01-01' }
  const sleutels = [
    { id: 'fiod-1', gebruik: 'ondertekenen', jwk: { ...signs.open }, ...since },
    { id: 'fiod-2', gebruik: 'versleutelen', jwk: { ...opens.open }, ...since },
  ] as const
  let attempt = 0
  return {
    simulator,
    deliver: (
      aflevering: string,
      change: Partial<Delivery> = {},
      signal = AbortSignal.timeout(patienceMs),
    ) => source.deliver({ ...deliveryOf(aflevering, ++attempt), sleutels, ...change }, signal),
    async [Symbol.asyncDispose]() {
      await source[Symbol.asyncDispose]()
      await client[Symbol.asyncDispose]()
      await simulator[Symbol.asyncDispose]()
      rmSync(dir, { recursive: true })
    },
  }
}

/** Each attempt is another transaction, so its text is another. */
function deliveryOf(aflevering: string, attempt: number): Omit<Delivery, 'sleutels'> {
  return {
    permitted: {
      request: {
        transactie: crypto.randomUUID(),
        body: { betrokkene: { soort: 'bsn', waarde: bsn } },
      },
      terms: { verstrekker: 'een', ontvanger: 'twee', uitwisseling: 'proef' },
    },
    aflevering,
    trace: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    tekst: JSON.stringify({ poging: attempt, antwoord: [{ feitomschrijving: omschrijving }] }),
  }
}

async function makeKey(
  alg: string,
  kid: string,
): Promise<{ readonly secret: JWK; readonly open: JWK }> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, crv: 'P-256' })
  const named = { alg, kid }
  return {
    secret: { ...(await exportJWK(privateKey)), ...named },
    open: { ...(await exportJWK(publicKey)), ...named },
  }
}
