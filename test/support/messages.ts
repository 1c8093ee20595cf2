// What does a receiver find? A gateway with a supply of the test's own, where something is handed over as a line of a file.
import assert from 'node:assert/strict'
import { type Agent, request } from 'node:https'
import type { TestContext } from 'node:test'
import type { Draft } from '../../gateway/audit/draft.ts'
import { newCall } from '../../gateway/call.ts'
import type { Rooms } from '../../gateway/exchange.ts'
import type { Limits } from '../../gateway/message/limits.ts'
import { type Handed, offer } from '../../gateway/offer.ts'
import type { Arrangement, PolicySet } from '../../gateway/policy/law.ts'
import { readTexts } from '../../gateway/policy/load.ts'
import type { WorkRooms } from '../../gateway/step.ts'
import { known, textsWith } from '../policy/law.ts'
import { type Answer, type Ask, clientAgent, send } from './gateway.ts'
import { listenBeside } from './listener.ts'
import type { Leaf } from './log.ts'
import { type RequestGateway, requestGateway } from './requests.ts'

/** May be judged; `bulk` may not, `secret` is for a confidential party. */
export const signal = 'proef-signaal'
export const bulk = 'proef-bulk'
export const secret = 'proef-geheim'
export const receiver = 'gemeente-waterstad'
export const other = 'gemeente-dijkdorp'
export const bsn = '999990019'
const oins = {
  waterstad: '00000099000000001000',
  uwv: '00000099000000004000',
  fiod: '00000099000000008000',
} as const

const arrangement = (id: string, more: string) => `id: ${id}
versie: 1.0.0
titel: Proef
doel: { id: ${id}, omschrijving: Nagaan of een proef van berichten bij de goede ontvanger komt., functiegebied: rechtmatigheid }
verstrekker: { oin: '${oins.uwv}', avg: 6-1-c, verwerkingsactiviteit: https://register.example/uwv/proef }
betrokkenen: mensen die meedoen aan een proef
via: []
grondslagen: [pw-64-1-b]
vorm: levering
leveringsafspraak: { kenmerk: PROEF-1, datum: 2026-01-01, publicatie: https://register.example/afspraak }
gegevensset: proef-set
sleutel: bsn
voorwaarden: { functie: [], systeemproces: toegestaan }
treden:
  - { id: melding, velden: [datumAanvang, naam], goedkeuring: A0 }
verboden: [iets anders]
bewaren: { log: P7Y, logGrond: Proef., antwoord: P30D, ontvanger: Kort. }
dpia: { referentie: DPIA-1, herzienOp: 2027-06-01, uiterlijk: 2027-12-01 }
geldigVan: 2026-01-01
${more}`

const college =
  'ontvangers: { soort: college, avg: 6-1-e, verwerkingsactiviteit: https://register.example/vng/proef }'
const files = {
  'gegevenssets/proef-set.yaml': `id: proef-set
versie: 1.0.0
bron: proef
titel: Proef
velden:
  datumAanvang: { type: date, titel: Begin, categorie: gewoon, regime: avg }
  naam: { type: tekst, lengte: 4000, titel: Naam, categorie: gewoon, regime: avg }
`,
  'codelijsten/proef-afloop.yaml': `id: proef-afloop
titel: Proef
bron: Proef
codes:
  - { code: al-bekend, betekenis: Was al bekend, klasse: geen }
  - { code: recht-gewijzigd, betekenis: Het recht is aangepast, klasse: preventief }
  - { code: vroeger, betekenis: Bestond vroeger, klasse: preventief, geldigTot: 2026-01-31 }
`,
  [`uitwisselingen/${signal}.yaml`]: arrangement(
    signal,
    `patroon: signaal\nsignaal: { geldig: P6M, afloop: proef-afloop }\n${college}\n`,
  ),
  [`uitwisselingen/${bulk}.yaml`]: arrangement(bulk, `patroon: bulk\n${college}\n`),
  [`uitwisselingen/${secret}.yaml`]: arrangement(
    secret,
    `patroon: signaal\nsignaal: { geldig: P6M, afloop: proef-afloop }\n${college.replace('college', 'fiod')}\n`,
  ),
}

type Trial = Pick<PolicySet, 'uitwisselingen' | 'gegevenssets' | 'codelijsten'>

/** The law in force with the trial's arrangements in it, under the same epoch: as if it had been activated. */
function supplied(
  { current }: Pick<Rooms['policies'], 'current'>,
  trial: Trial,
  change: (law: PolicySet) => Partial<PolicySet>,
): () => PolicySet {
  return () => {
    const law = current()
    const whole = {
      ...law,
      uitwisselingen: new Map([...law.uitwisselingen, ...pick(trial.uitwisselingen)]),
      gegevenssets: new Map([...law.gegevenssets, ...pick(trial.gegevenssets)]),
      codelijsten: new Map([...law.codelijsten, ...pick(trial.codelijsten)]),
    }
    return { ...whole, ...change(whole) }
  }
}

/** These rooms under such a law, for a gateway that a test has already. */
export async function withSupply(rooms: Rooms, change: Partial<PolicySet> = {}): Promise<Rooms> {
  const current = supplied(rooms.policies, await trialLaw(), () => change)
  return { ...rooms, policies: { current, follow: async () => current() } }
}

/** Hands over one line, for Gemeente Waterstad or, where that is secret, for the FIOD; the id of the message. */
export async function handOver(
  rooms: Rooms,
  { naam = 'Bakkerij', ...handed }: Partial<Handed> & { readonly naam?: string } = {},
): Promise<string> {
  const party = rooms.policies.current().partijen.get(oins.uwv)
  assert.ok(party)
  const uitwisseling = handed.uitwisseling ?? signal
  const { uitkomst, transactie, decision } = await offer(
    {
      call: newCall(rooms.clock()),
      sender: { party },
      uitwisseling,
      body: {
        betrokkene: { soort: 'bsn', waarde: bsn },
        gegevens: { datumAanvang: '2026-10-01', naam },
        velden: ['datumAanvang', 'naam'],
        systeemproces: 'levering',
        ontvanger: uitwisseling === secret ? oins.fiod : oins.waterstad,
      },
      line: {
        levering: '01990000-0000-7000-8000-000000000001',
        regel: ++lines,
        lichaam: 'x'.repeat(43),
      },
      ...handed,
    },
    rooms,
  )
  assert.equal(uitkomst, 'aanvaard', JSON.stringify(decision.redenen))
  return transactie
}

async function trialLaw(): Promise<Trial> {
  const { law, faults } = readTexts(textsWith(files), 'test', known)
  const others = faults.filter(({ message }) => !/cases.yaml|geval/.test(message))
  assert.deepEqual(others, [])
  return law
}

export interface Metadata {
  readonly bericht: string
  readonly soort: string
  readonly uitwisseling: string
  readonly verstrekker: string
  readonly staat: string
  readonly afloop?: string
  readonly aangenomen: string
  readonly gewijzigd: string
  readonly geldigTot?: string
  readonly inhoud?: string
  readonly ophalenTot?: string
  readonly bewijs?: { readonly logregel: string; readonly tlogProof: string }
}

export interface MessageGateway
  extends Pick<RequestGateway, 'owner' | 'serving' | 'keysDir' | 'pkiDir'> {
  readonly rooms: WorkRooms
  readonly alarms: string[]
  readonly port: number
  /** How far the clock is ahead. */
  later: number
  /** Awaited before each record: what it throws, the log throws. */
  beforeRecord: (draft: Draft) => unknown
  /** What becomes of the law that decides from now on, under the same epoch: as if it had been activated. */
  amend(change: (law: PolicySet) => Partial<PolicySet>): void
  ask(client: string, call: Ask): Promise<Answer>
  agent(client: string): Agent
  /** Hands over one line; the id of the message. */
  hand(handed?: Partial<Handed> & { readonly naam?: string }): Promise<string>
  metadata(bericht: string, client?: string): Promise<Metadata>
  /** The lines of a batch, parsed. */
  batch(body?: object, client?: string): Promise<readonly Record<string, unknown>[]>
  judge(bericht: string, body: object, client?: string): Promise<Answer>
  confirm(bericht: string, client?: string): Promise<Answer>
  /** Every leaf that is a step of this message, but its acceptance, in order of the log. */
  steps(bericht: string): Promise<Leaf[]>
  row(bericht: string): Promise<Record<string, unknown>>
  set(bericht: string, what: string): Promise<void>
}

let lines = 0

export async function messageGateway(
  t: TestContext,
  { limits }: { readonly limits?: Partial<Limits> } = {},
): Promise<MessageGateway> {
  const [held, trial] = [await requestGateway(t, 'postgres'), await trialLaw()]
  const { serving, owner, keysDir, pkiDir } = held
  let change: (law: PolicySet) => Partial<PolicySet> = () => ({})
  const current = supplied(serving.house.rooms.policies, trial, law => change(law))
  const alarms: string[] = []
  const { audit } = serving.house.rooms
  const rooms: WorkRooms = {
    ...serving.house.rooms,
    audit: {
      ...audit,
      async append(log, draft) {
        await gateway.beforeRecord(draft)
        return await audit.append(log, draft)
      },
    },
    clock: () => Date.now() + gateway.later,
    policies: { current, follow: async () => current() },
    alarm: name => void alarms.push(name),
  }
  const { port } = await listenBeside(
    t,
    { demo: { serving, pkiDir } },
    { rooms, ...(limits && { limits }) },
  )
  const agents = new Map<string, Agent>()
  t.after(() => {
    for (const agent of agents.values()) agent.destroy()
  })
  const gateway: MessageGateway = {
    ...{ rooms, owner, serving, keysDir, pkiDir, alarms, port },
    later: 0,
    beforeRecord: () => {},
    amend(next) {
      change = next
    },
    agent(client) {
      const known = agents.get(client) ?? clientAgent(pkiDir, client)
      agents.set(client, known)
      return known
    },
    ask: (client, call) => send(gateway.agent(client), port, call),
    hand: handed => handOver(rooms, handed),
    async metadata(bericht, client = receiver) {
      const answer = await gateway.ask(client, { path: `/v1/berichten/${bericht}` })
      assert.equal(answer.status, 200, answer.text)
      return JSON.parse(answer.text)
    },
    async batch(body = {}, client = receiver) {
      const answer = await gateway.ask(client, { path: '/v1/berichten/_ophalen', body })
      assert.equal(answer.status, 200, answer.text)
      return linesOf(answer.text)
    },
    judge: (bericht, body, client = receiver) =>
      gateway.ask(client, { path: `/v1/berichten/${bericht}/beoordeling`, body }),
    confirm: (bericht, client = receiver) =>
      gateway.ask(client, {
        method: 'POST',
        path: `/v1/berichten/${bericht}/ontvangstbevestiging`,
      }),
    async steps(bericht) {
      const rows = await owner.query<{ log: string; idx: number; tekst: string }>(
        `select log, idx, tekst from audit.leaf where tekst like $1 and transactie <> $2 order by log, idx`,
        [`%"verzoek":"${bericht}"%`, bericht],
      )
      return rows.map(({ log, idx, tekst }) => ({ log, idx, ...JSON.parse(tekst) }))
    },
    async row(bericht) {
      const [row] = await owner.query('select * from delivery.bericht where bericht = $1', [
        bericht,
      ])
      assert.ok(row)
      return row
    },
    async set(bericht, what) {
      await owner.query(`update delivery.bericht set ${what} where bericht = $1`, [bericht])
    },
  }
  return gateway
}

const pick = <T>(all: ReadonlyMap<string, T>) =>
  [...all].filter(([name]) => name.startsWith('proef'))

/** The law with one of the trial's arrangements changed. */
export function changed(
  law: PolicySet,
  id: string,
  change: Partial<Arrangement>,
): Partial<PolicySet> {
  const arrangement = law.uitwisselingen.get(id)
  assert.ok(arrangement)
  return {
    uitwisselingen: new Map([...law.uitwisselingen, [id, { ...arrangement, ...change }]]),
  }
}

/** Whole lines only: what was cut off is none. */
export function linesOf(text: string): readonly Record<string, unknown>[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line))
}

/** Asks for a batch and hands over the response itself, so that a test can read slowly, or leave. */
export async function openBatch(
  gateway: MessageGateway,
  body: object = {},
  client = receiver,
): Promise<import('node:http').IncomingMessage> {
  return await new Promise((resolve, reject) => {
    const outgoing = request(
      {
        ...{ agent: gateway.agent(client), host: 'localhost', port: gateway.port },
        ...{ path: '/v1/berichten/_ophalen', method: 'POST' },
        headers: { 'Content-Type': 'application/json' },
      },
      resolve,
    )
    outgoing.on('error', reject)
    outgoing.end(JSON.stringify(body))
  })
}
