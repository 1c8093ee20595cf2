// Is anything lost when processes come and go? Four gateways under load, each killed, ended or replaced at random.
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { startDemo } from '../demo/start.ts'
import { logNames, readSigner } from '../gateway/audit/keys.ts'
import { verifyLog } from '../gateway/audit/verify.ts'
import type { Store } from '../gateway/store.ts'
import { type Answer, clientAgent, goodBody, send } from '../test/support/gateway.ts'
import { roomyPolicies } from '../test/support/policies.ts'
import { type Member, type Processes, startProcesses } from '../test/support/processes.ts'
import { dice } from './random.ts'
import type { Report } from './report.ts'

/** What is read beside the processes. */
export interface Beside {
  readonly pkiDir: string
  readonly keysDir: string
  readonly store: Store
}

export interface Load {
  /** Answers by the process that gave them. */
  readonly answers: ReadonlyMap<Member, readonly Answer[]>
  /** Calls whose connection ended before an answer; each was tried again. */
  readonly retries: () => number
  all(): Answer[]
  stop(): Promise<void>
}

/** Callers that keep their connections, and ask the next process when one ends under them. */
export function load({ pkiDir }: Beside, { members }: Processes, callers = 12): Load {
  const agents = new Map<Member, ReturnType<typeof clientAgent>>()
  const agentOf = (member: Member) => {
    const agent = agents.get(member) ?? clientAgent(pkiDir, 'gemeente-waterstad')
    agents.set(member, agent)
    return agent
  }
  const answers = new Map<Member, Answer[]>()
  let going = true
  let asked = 0
  let retries = 0
  const one = async (caller: number) => {
    asked += 1
    const body = { ...goodBody(), ...(asked % 5 === 0 && { velden: ['nationaliteit'] }) }
    for (let at = caller; going; at++) {
      const member = members[at % members.length]!
      try {
        const call = { path: '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek', body }
        const answer = await send(agentOf(member), member.exchangePort, call)
        const own = answers.get(member) ?? []
        answers.set(member, own)
        own.push(answer)
        return
      } catch {
        retries += 1
        await wait(1) // all of them may be gone for a moment
      }
    }
  }
  const running = Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      while (going) await one(caller)
    }),
  )
  return {
    answers,
    retries: () => retries,
    all: () => [...answers.values()].flat(),
    async stop() {
      going = false
      await running
      for (const agent of agents.values()) agent.destroy()
    },
  }
}

export interface Judged {
  /** What `log verify` finds. */
  readonly faults: readonly string[]
  /** Answers whose own leaf does not stand in the log to the letter. */
  readonly unrecorded: number
  /** Allowed decisions with more than one end, and without any. */
  readonly twice: number
  readonly endless: number
  /** Releases in the log of which no answer arrived, and that no record calls undelivered. */
  readonly unanswered: number
}

export async function judge(
  { store, keysDir }: Beside,
  answers: readonly Answer[],
): Promise<Judged> {
  const faults: string[] = []
  for (const log of logNames) {
    const verdict = await verifyLog(store.query, { log, known: readSigner(keysDir, log) })
    if (!verdict.geldig) faults.push(JSON.stringify(verdict))
  }
  const rows = await store.query<{ tekst: string; soort: string; transactie: string }>(
    'SELECT tekst, soort, transactie FROM audit.leaf',
  )
  const texts = new Set(rows.map(({ tekst }) => tekst))
  const count = (kind: string) => rows.filter(({ soort }) => soort === kind).length
  const ends = Map.groupBy(
    rows.filter(({ soort }) => ['verstrekking', 'bronfout', 'afgebroken'].includes(soort)),
    ({ transactie }) => transactie,
  )
  const allowed = rows
    .filter(({ soort, tekst }) => soort === 'beslissing' && tekst.includes('"toegestaan"'))
    .map(({ transactie }) => ends.get(transactie)?.length ?? 0)
  const arrived = answers.filter(({ status }) => status === 200)
  const answered = answers.filter(({ status }) => status === 200 || status === 403)
  return {
    faults,
    unrecorded: answered.filter(({ body }) => !texts.has(body.bewijs.logregel)).length,
    twice: allowed.filter(found => found > 1).length,
    endless: allowed.filter(found => found === 0).length,
    unanswered: count('verstrekking') - count('niet-afgeleverd') - arrived.length,
  }
}

export interface ProcessesResult extends Judged {
  readonly answers: number
  readonly killed: number
  /** Ended by SIGTERM, and of these the ones that did not exit 0. */
  readonly drained: number
  readonly notClean: number
  readonly retries: number
}

/** One of four ends per seed, by SIGKILL or SIGTERM, with or without a new one beside it first. */
export async function processes(
  { dir, url }: { readonly dir: string; readonly url: string },
  firstSeed: number,
  seeds: number,
  report: Report = () => {},
): Promise<ProcessesResult> {
  await using demo = await startDemo({
    PATH: process.env.PATH,
    SLUIS_DATA_DIR: dir,
    DATABASE_URL: url,
    SLUIS_EXCHANGE_PORT: '0',
    SLUIS_PUBLIC_PORT: '0',
    SLUIS_CONSOLE_PORT: '0',
    SLUIS_OPS_PORT: '0',
    SLUIS_LOG_LEVEL: 'silent',
    SLUIS_POLICY_DIR: roomyPolicies(join(dir, 'beleid')),
  })
  await using four = await startProcesses(demo.settings, 4)
  const { store } = demo.serving.house
  const beside = { pkiDir: demo.pkiDir, keysDir: join(dir, 'keys'), store }
  const running = load(beside, four)
  const tally = { killed: 0, drained: 0, notClean: 0 }
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const next = dice(seed)
    await wait(next() * 500)
    const index = next.below(four.members.length)
    const old = four.members[index]!
    const kills = next.chance(0.5)
    const beforehand = next.chance(0.5)
    if (beforehand) await four.replace(index)
    old.process.kill(kills ? 'SIGKILL' : 'SIGTERM')
    const code = await old.ended
    tally[kills ? 'killed' : 'drained'] += 1
    if (!kills && code !== 0) tally.notClean += 1
    if (!beforehand) await four.replace(index)
    report.at?.(seed - firstSeed + 1, seeds)
    report(`zaad ${seed}: ${kills ? 'gedood' : 'gestopt'}, ${running.all().length} antwoorden`)
  }
  await running.stop()
  const answers = running.all()
  const judged = await judge(beside, answers)
  return { ...judged, ...tally, answers: answers.length, retries: running.retries() }
}
