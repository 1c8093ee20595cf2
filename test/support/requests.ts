// How does a test follow a request that takes time? A gateway with a source, a law and a clock of the test's own.
import assert from 'node:assert/strict'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TestContext } from 'node:test'
import { compactDecrypt, importJWK } from 'jose'
import { parse, stringify } from 'yaml'
import { withDemoKeys } from '../../demo/keys.ts'
import { prepare } from '../../demo/prepare.ts'
import type { Adapter, SourceAnswer, SourceLater, SourceQuestion } from '../../gateway/adapter.ts'
import { readConfig } from '../../gateway/config.ts'
import { openBreaker } from '../../gateway/delivery/breaker.ts'
import { openRequests } from '../../gateway/delivery/requests.ts'
import { addDays, midnight } from '../../gateway/policy/legal-time.ts'
import { loadPolicies } from '../../gateway/policy/load.ts'
import { resume } from '../../gateway/resume.ts'
import { type Serving, serve } from '../../gateway/serve.ts'
import type { WorkRooms } from '../../gateway/step.ts'
import { openStore, type Store } from '../../gateway/store.ts'
import { ask as sluis } from '../commands/sluis.ts'
import { asOwner, type Kind, testPlace } from './database.ts'
import { removeTree } from './directory.ts'
import { type Answer, type Ask, clientAgent, goodBody, send } from './gateway.ts'
import { oneJob } from './held.ts'
import type { Leaf } from './log.ts'

/** As uwv-inkomsten-bijstand, with reminders, in a law that the test may change without breaking its cases. */
export const exchange = 'proef-inkomsten'
export const me = 'inlichtingenbureau'
/** May ask on behalf of gemeente-waterstad. */
export const agent = 'kinderopvang-de-sluis'
export const principal = '00000099000000001000'
export const minute = 60_000
export const day = 86_400_000

export type Reply = SourceAnswer | SourceLater
export type Source = (question: SourceQuestion, signal: AbortSignal) => Promise<Reply>

/** The row as it stands in the database, members as the columns are called. */
export interface Row {
  readonly staat: string
  readonly stand: number
  readonly vanaf: number | null
  readonly opnieuw: number | null
  readonly uiterlijk: number
  readonly bewaren_tot: number | null
  readonly pogingen: number
  readonly herinnerd: number
  readonly lease: number
  readonly verzegeld: string | null
  readonly antwoord: string | null
  readonly kenmerk: string | null
  readonly reden: string | null
  readonly gemeld: string | null
  readonly epoch: string
}

/** What becomes of the text of a file. */
export type Edit = (text: string) => string | undefined

export interface RequestGateway {
  readonly serving: Serving
  readonly rooms: WorkRooms
  /** As owner of the database: may set what the gateway's own role may not. */
  readonly owner: Store
  readonly pkiDir: string
  readonly dataDir: string
  readonly keysDir: string
  readonly exchangePort: number
  /** For commands of an operator. */
  readonly env: NodeJS.ProcessEnv
  /** How far the clock of the worker is ahead. */
  later: number
  /** What the source does; set it. */
  source: Source
  readonly asked: SourceQuestion[]
  readonly alarms: string[]
  ask(client: string, call: Ask): Promise<Answer>
  /** A request that is taken in. */
  accept(body?: object, client?: string): Promise<string>
  /** Lets a worker do everything that is due by its clock. */
  work(verzoek: string, more?: Partial<WorkRooms>): Promise<void>
  state(verzoek: string, client?: string): Promise<Record<string, unknown>>
  pickUp(verzoek: string, client?: string): Promise<Answer>
  row(verzoek: string): Promise<Row>
  set(verzoek: string, what: string): Promise<void>
  /** Every leaf that names this request, in order of the log. */
  leaves(verzoek: string): Promise<Leaf[]>
  /** Changes files of the policy folder and has it loaded; undefined removes one. */
  law(edits: Readonly<Record<string, Edit>>): Promise<void>
  brake(...args: string[]): Promise<void>
  release(...bereik: string[]): Promise<void>
}

/** The right answer. */
export const rightAnswer: Source = async question => ({
  resultaat: 'gegevens',
  betrokkene: question.betrokkene?.waarde ?? '',
  rijen: oneJob(),
  herkomst: {
    peildatum: question.peildatum,
    volledigTotEnMet: question.periode.totEnMet,
    inOnderzoek: [],
    kwaliteit: 'A',
  },
})

export interface RequestOptions {
  readonly settings?: NodeJS.ProcessEnv
}

export async function requestGateway(
  t: TestContext,
  kind: Kind,
  { settings: own = {} }: RequestOptions = {},
): Promise<RequestGateway> {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-verzoek-'))
  await using opening = new AsyncDisposableStack()
  let close = async () => {}
  const place = await testPlace(t, kind, () => close())
  const dataDir = kind === 'embedded' ? place.dir : dir
  const policyDir = trialLaw(join(dir, 'beleid'))
  const asked: SourceQuestion[] = []
  const adapter: Adapter = {
    name: 'proef',
    datasets: ['uwv-inkomstenverhoudingen', 'ksz-inkomsten', 'polis-adressen'],
    settings: { type: 'object', additionalProperties: false },
    async connect() {
      return {
        answer(question, signal) {
          asked.push(question)
          return gateway.source(question, signal)
        },
        async [Symbol.asyncDispose]() {},
      }
    },
  }
  const prepared = opening.use(
    await prepare(
      {
        SLUIS_DATA_DIR: dataDir,
        ...(place.url && { DATABASE_URL: place.url }),
        SLUIS_EXCHANGE_PORT: '0',
        SLUIS_PUBLIC_PORT: '0',
        SLUIS_CONSOLE_PORT: '0',
        SLUIS_OPS_PORT: '0',
        SLUIS_LOG_LEVEL: 'silent',
        SLUIS_POLICY_DIR: policyDir,
        ...own,
      },
      async () => ['uwv', 'ksz', 'polis'].map(bron => `${bron}:\n  adapter: proef\n`).join(''),
    ),
  )
  const { settings, pkiDir } = prepared
  await withDemoKeys(policyDir, pkiDir, policyDir)
  const serving = opening.use(await serve(readConfig(settings), new Map([['proef', adapter]])))
  const owner =
    kind === 'embedded' ? serving.house.store : opening.use(await openStore(asOwner(place)))
  const agents = new Map<string, ReturnType<typeof clientAgent>>()
  opening.defer(() => {
    for (const agent of agents.values()) agent.destroy()
  })
  const running = opening.move()
  close = async () => {
    await running.disposeAsync()
    removeTree(dir)
  }
  const alarms: string[] = []
  const exchangePort = Number(new URL(serving.addresses.exchange).port)
  const { house } = serving
  const rooms: WorkRooms = {
    ...house.rooms,
    clock: () => Date.now() + gateway.later,
    random: () => 0.5,
    breaker: openBreaker(),
    requests: openRequests(house.store),
    alarm: name => void alarms.push(name),
  }
  const env = { SLUIS_DATA_DIR: dataDir, ...(place.url && { DATABASE_URL: place.url }) }
  const gateway: RequestGateway = {
    ...{ serving, rooms, owner, pkiDir, dataDir, exchangePort, asked, alarms, env },
    keysDir: join(dataDir, 'keys'),
    later: 0,
    source: rightAnswer,
    ask(client, call) {
      const agent = agents.get(client) ?? clientAgent(pkiDir, client)
      agents.set(client, agent)
      return send(agent, exchangePort, call)
    },
    async accept(body = {}, client = me) {
      const path = `/v1/uitwisselingen/${exchange}/verzoeken`
      const answer = await gateway.ask(client, { path, body: { ...goodBody(), ...body } })
      assert.equal(answer.status, 202, answer.text)
      return String(JSON.parse(answer.text).verzoek)
    },
    async work(verzoek, more = {}) {
      // What goes to another partner than the first step waits for a bell of its own.
      for (const _bell of ['provider', 'asker']) {
        await resume(verzoek, { ...rooms, ...more }, new AbortController().signal)
      }
    },
    async state(verzoek, client = me) {
      const answer = await gateway.ask(client, { path: `/v1/verzoeken/${verzoek}` })
      assert.equal(answer.status, 200, answer.text)
      return JSON.parse(answer.text)
    },
    pickUp: (verzoek, client = me) =>
      gateway.ask(client, { path: `/v1/verzoeken/${verzoek}/antwoord` }),
    async row(verzoek) {
      const [row] = await owner.query<Row>('select * from delivery.verzoek where verzoek = $1', [
        verzoek,
      ])
      assert.ok(row)
      return row
    },
    async set(verzoek, what) {
      await owner.query(`update delivery.verzoek set ${what} where verzoek = $1`, [verzoek])
    },
    async leaves(verzoek) {
      const rows = await owner.query<{ log: string; idx: number; tekst: string }>(
        `select log, idx, tekst from audit.leaf where tekst like $1 order by log, idx`,
        [`%"verzoek":"${verzoek}"%`],
      )
      return rows.map(({ log, idx, tekst }) => ({ log, idx, ...JSON.parse(tekst) }))
    },
    async law(edits) {
      for (const [file, edit] of Object.entries(edits)) {
        const path = join(policyDir, file)
        const text = edit(existsSync(path) ? readFileSync(path, 'utf8') : '')
        if (text === undefined) rmSync(path)
        else writeFileSync(path, text)
      }
      const { digest } = await loadPolicies(policyDir, 'test') // tells its faults
      await house.reload()
      assert.equal(rooms.policies.current().digest, digest)
    },
    brake: async (...args) => {
      const { code, err } = await sluis(['brake', ...args], { env, clock: Date.now })
      assert.equal(code, 0, err)
      await rooms.policies.follow()
    },
    async release(...bereik) {
      for (const person of ['g-beheer-1', 'g-beheer-2']) {
        const key = join(pkiDir, 'goedkeurders', `${person}.jwk`)
        await gateway.brake('off', ...bereik, '--sleutel', key)
      }
    },
  }
  return gateway
}

/** What the holder of this party's key reads in a sealed answer. */
export async function opened(
  { pkiDir }: Pick<RequestGateway, 'pkiDir'>,
  jwe: string,
  party = me,
): Promise<{ readonly text: string; readonly body: Answer['body'] }> {
  const path = join(pkiDir, 'sleutels', `${party}-versleutelen.jwk`)
  const key = await importJWK(JSON.parse(readFileSync(path, 'utf8')))
  const { plaintext } = await compactDecrypt(jwe, key)
  const text = new TextDecoder().decode(plaintext)
  return { text, body: JSON.parse(text) }
}

export const arrangementFile = `uitwisselingen/${exchange}.yaml`
export const casesFile = `uitwisselingen/${exchange}.cases.yaml`
export const partiesFile = 'partijen/demo.yaml'

/** The shipped law with one more exchange, and parties that no case is about. */
function trialLaw(dir: string): string {
  cpSync(resolve(import.meta.dirname, '../../policies'), dir, { recursive: true })
  const rewrite = (from: string, to: string, edit: (text: string) => string) =>
    writeFileSync(join(dir, to), edit(readFileSync(join(dir, from), 'utf8')))
  for (const kind of ['', '.cases']) {
    const name = 'uwv-inkomsten-bijstand'
    rewrite(`uitwisselingen/${name}${kind}.yaml`, `uitwisselingen/${exchange}${kind}.yaml`, text =>
      text
        .replaceAll(name, exchange)
        .replace('id: bijstand-recht-en-hoogte', `id: ${exchange}`)
        .replace(
          'patroon: synchroon\n',
          `$&termijn: { antwoord: P28D, herinneringen: [P7D, P14D] }\n`,
        )
        .replace('antwoord: PT0S', 'antwoord: P30D')
        .replaceAll('perPartijPerUur: 1000', 'perPartijPerUur: 100000')
        .replaceAll('partijDitUur: 1000', 'partijDitUur: 100000'),
    )
  }
  // Who asks here passes nothing on: somebody else does.
  for (const name of readdirSync(join(dir, 'uitwisselingen'))) {
    const path = `uitwisselingen/${name}`
    rewrite(path, path, text => text.replaceAll('00000099000000006000', '00000099000000012000'))
  }
  const mandate = `{ oin: '${principal}', soort: mandaat, besluit: Proef, taken: [${exchange}], geldigVan: 2025-01-01 }`
  rewrite(partiesFile, partiesFile, text =>
    text
      .replace('soort: ib,', 'soort: college,')
      .replaceAll(
        'taken: [bijstand-recht-en-hoogte',
        `taken: [${exchange}, bijstand-recht-en-hoogte`,
      )
      .replace('soort: kinderopvang, status: actief', `$&, vertegenwoordigt: [${mandate}]`),
  )
  return dir
}

/** The last legal day of the arrangement was this one; also as its cases see it. */
interface CasesText {
  readonly op: string
  readonly gevallen: readonly {
    readonly op?: string
    readonly dan: string
    readonly redenen?: readonly string[]
  }[]
}

/** What its cases say once the agreement is over: what was allowed after that is no case of it any more. */
function ended(cases: CasesText, end: number): CasesText {
  const code = 'GEEN_LEVERINGSAFSPRAAK'
  const gevallen = cases.gevallen.flatMap(one => {
    if (Date.parse(one.op ?? cases.op) < end) return [one]
    if (one.dan === 'toegestaan') return []
    return [{ ...one, redenen: [...new Set([...(one.redenen ?? []), code])] }]
  })
  return { ...cases, gevallen }
}

export function lastDay(date: string): Readonly<Record<string, Edit>> {
  return {
    [arrangementFile]: text => text.replace(/^geldigVan: .*$/m, `$&\ngeldigTot: ${date}`),
    [casesFile]: text => stringify(ended(parse(text), midnight(addDays(date, 1)))),
  }
}

/** Puts back what these edits change. */
export function keeping(edits: Readonly<Record<string, Edit>>): {
  readonly end: Readonly<Record<string, Edit>>
  readonly restore: Readonly<Record<string, Edit>>
} {
  const before = new Map<string, string>()
  const entries = Object.entries(edits)
  return {
    end: Object.fromEntries(
      entries.map(([file, edit]) => [
        file,
        (text: string) => {
          before.set(file, text)
          const after = edit(text)
          assert.notEqual(after, text, `${file} stays as it is`)
          return after
        },
      ]),
    ),
    restore: Object.fromEntries(entries.map(([file]) => [file, () => before.get(file)])),
  }
}

/** What stands of it: a text of kinds and outcomes. */
export function told(leaves: readonly Leaf[]): string[] {
  return leaves.map(({ soort, uitkomst }) => (soort === uitkomst ? soort : `${soort} ${uitkomst}`))
}
