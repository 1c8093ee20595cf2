// How does a test stop an exchange halfway? A gateway whose one source answers when the test says so.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { prepare } from '../../demo/prepare.ts'
import { completeMonths } from '../../demo/start.ts'
import type { Adapter, SourceAnswer } from '../../gateway/adapter.ts'
import { readConfig } from '../../gateway/config.ts'
import { type Serving, serve } from '../../gateway/serve.ts'
import type { RequestBody } from '../../gateway/terms.ts'
import { type Kind, type Place, testPlace } from './database.ts'
import { removeTree } from './directory.ts'
import { type Answer, type Ask, clientAgent, goodBody, send } from './gateway.ts'
import { fewExchanges, giveKeys } from './prepared.ts'

export interface HeldGateway {
  readonly serving: Serving
  readonly dataDir: string
  readonly pkiDir: string
  readonly place: Place
  readonly exchangePort: number
  /** Questions that the source has seen. */
  questions(): number
  /** From now on the source keeps every question until `release`. */
  hold(): void
  release(): void
  ask(client: string, call: Ask): Promise<Answer>
  query(client: string, body?: Partial<RequestBody>): Promise<Answer>
}

export interface HeldOptions {
  /** A PostgreSQL of the test's own, empty; else a fresh database of this kind. */
  readonly url?: string
  readonly settings?: NodeJS.ProcessEnv
  /** Absent: a few exchanges of it. */
  readonly law?: 'shipped'
  /** What a careless adapter would make of the right answer. */
  readonly bend?: (answer: Full) => SourceAnswer
}

type Full = Extract<SourceAnswer, { resultaat: 'gegevens' }>

export async function heldGateway(
  t: TestContext,
  kind: Kind,
  options: HeldOptions = {},
): Promise<HeldGateway> {
  const own = mkdtempSync(join(tmpdir(), 'sluis-held-'))
  let close = async () => {}
  if (options.url) t.after(() => close())
  const place = options.url
    ? { url: options.url, dir: own }
    : await testPlace(t, kind, () => close())
  const source = heldSource(options.bend)
  const environment = {
    SLUIS_DATA_DIR: kind === 'embedded' ? place.dir : own,
    ...(place.url && { DATABASE_URL: place.url }),
    SLUIS_EXCHANGE_PORT: '0',
    SLUIS_PUBLIC_PORT: '0',
    SLUIS_CONSOLE_PORT: '0',
    SLUIS_OPS_PORT: '0',
    SLUIS_LOG_LEVEL: 'silent',
    ...options.settings,
  }
  await giveKeys(environment.SLUIS_DATA_DIR)
  const prepared = await prepare(
    environment,
    async () => 'uwv:\n  adapter: wachtend\nksz:\n  adapter: wachtend\n',
    options.law === 'shipped' ? undefined : fewExchanges(),
  )
  const { settings, pkiDir, dataDir } = prepared
  const serving = await serve(
    readConfig(settings),
    new Map([[source.adapter.name, source.adapter]]),
  )
  const agents = new Map<string, ReturnType<typeof clientAgent>>()
  close = async () => {
    source.release()
    for (const agent of agents.values()) agent.destroy()
    await serving[Symbol.asyncDispose]()
    await prepared[Symbol.asyncDispose]()
    removeTree(own)
  }
  const exchangePort = Number(new URL(serving.addresses.exchange).port)
  const held: HeldGateway = {
    serving,
    dataDir,
    pkiDir,
    place,
    exchangePort,
    questions: source.questions,
    hold: source.hold,
    release: source.release,
    ask(client, call) {
      const agent = agents.get(client) ?? clientAgent(pkiDir, client)
      agents.set(client, agent)
      return send(agent, exchangePort, call)
    },
    query: (client, body) =>
      held.ask(client, {
        path: '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek',
        body: { ...goodBody(), ...body },
      }),
  }
  return held
}

/** A source that knows everybody, and answers when it may. */
export function heldSource(
  bend: HeldOptions['bend'] = answer => answer,
  onQuestion: () => void = () => {},
): Pick<HeldGateway, 'questions' | 'hold' | 'release'> & { readonly adapter: Adapter } {
  let questions = 0
  let gate: PromiseWithResolvers<void> | undefined
  const adapter: Adapter = {
    name: 'wachtend',
    datasets: ['uwv-inkomstenverhoudingen'],
    settings: { type: 'object', additionalProperties: false },
    async connect() {
      return {
        async answer(exchange, signal) {
          questions += 1
          onQuestion()
          const left = Promise.withResolvers<never>()
          signal.addEventListener('abort', () => left.reject(signal.reason), { once: true })
          await Promise.race([gate?.promise, left.promise])
          return bend({
            resultaat: 'gegevens',
            betrokkene: exchange.betrokkene?.waarde ?? '',
            rijen: oneJob(),
            herkomst: {
              peildatum: exchange.peildatum,
              volledigTotEnMet: exchange.periode.totEnMet,
              inOnderzoek: [],
              kwaliteit: 'A',
            },
          })
        },
        async [Symbol.asyncDispose]() {},
      }
    },
  }
  return {
    adapter,
    questions: () => questions,
    hold() {
      gate ??= Promise.withResolvers()
    },
    release() {
      gate?.resolve()
      gate = undefined
    },
  }
}

/** One relation of labour, € 400.00 in each of the three months of `goodBody`. */
export function oneJob(): Record<string, unknown>[] {
  const first = new Date(`${completeMonths(Date.now()).van}T00:00:00Z`)
  const day = (months: number, date: number) =>
    new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + months, date))
      .toISOString()
      .slice(0, 10)
  return [0, 1, 2].map(month => ({
    relatie: 1,
    datumAanvang: '2025-03-01',
    soortInkomstenverhouding: '15',
    fiNummer: '900000004',
    tijdvak: { van: day(month, 1), tot: day(month + 1, 0) },
    loonSv: 40_000,
    aantalVerloondeUren: 40,
  }))
}
