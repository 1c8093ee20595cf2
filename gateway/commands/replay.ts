// Would it be decided like that again? `policy replay`: recorded decisions, by the law of then or by another.

import { canonical } from '../audit/canonical.ts'
import { readLogRows } from '../audit/head.ts'
import type { LogRecord } from '../audit/log-record.ts'
import { readProfile } from '../config.ts'
import { decideAgain, decided, decisionKinds, isSame } from '../console/decided-again.ts'
import { findKept } from '../policy/kept.ts'
import { PolicyFaults, type PolicySet } from '../policy/law.ts'
import { addDays, isDate } from '../policy/legal-time.ts'
import { loadPolicies } from '../policy/load.ts'
import type { Query, Store } from '../store.ts'
import type { Decision, Moment, Profile } from '../terms.ts'
import {
  type Command,
  type ExitCode,
  type Io,
  iso,
  openOwnStore,
  readArguments,
  readLogName,
  readMoment,
} from './command.ts'
import { openProgress } from './progress.ts'

export const replay: Command = {
  name: 'policy replay',
  usage:
    '[--from <moment>] [--to <moment>] [--policies <map>] [--at <moment>] [--log gewoon|vertrouwelijk] [--json]',
  run,
}

/** Without a set or a moment each decision must come out as it was recorded; with one, what would change is told. */
async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const text = { type: 'string' } as const
  const { values } = readArguments(args, {
    ...{ from: text, to: text, policies: text, at: text, log: text },
  })
  const naam = readLogName(values.log)
  const period = {
    van: values.from === undefined ? 0 : readMoment('from', values.from),
    tot: values.to === undefined ? Number.MAX_SAFE_INTEGER : readEnd(values.to),
  }
  const at = values.at === undefined ? undefined : readMoment('at', values.at)
  const profile = readProfile(io.env)
  const other = values.policies === undefined ? undefined : await load(values.policies, profile)
  await using store = await openOwnStore(io)
  const lawOf = other ? async () => other : keptSets(store, profile)
  const asThen = other === undefined && at === undefined
  const tally = openTally()
  const logs = await readLogRows(store.query, naam)
  if (logs.length === 0) throw new Error(`het log ${naam} is er niet: begin het met log create`)
  const told = values.json ? document(io, { naam, other, at }) : lines(io, asThen)
  for (const { log } of logs) {
    const total = await countDecisions(store.query, log, period)
    const work = { label: log, unit: 'beslissingen', silent: values.json }
    using progress = openProgress(io, work)
    let done = 0
    for await (const { index, record } of readDecisions(store.query, log, period)) {
      done += 1
      progress.at(done, total)
      const law = await lawOf(record.beleid?.digest ?? '')
      const change = law && changeOf(record, decideAgain(record, law, at), asThen)
      tally.count(law ? change : 'niet-bewaard')
      if (law && !change) continue
      progress.clear()
      if (change) told.change({ log, index, ...change })
      else told.unknown(log, index, record.beleid?.digest ?? '')
    }
  }
  told.end(tally)
  if (tally.changed > 0) return 1
  return tally.unknown > 0 ? 3 : 0
}

/** A date means all of that day. */
function readEnd(text: string): Moment {
  return readMoment('to', isDate(text) ? addDays(text, 1) : text)
}

async function load(dir: string, profile: Profile): Promise<PolicySet> {
  try {
    return await loadPolicies(dir, profile)
  } catch (error) {
    if (!(error instanceof PolicyFaults)) throw error
    throw new Error(`dit beleid heeft ${error.faults.length} fouten: zie policy check`)
  }
}

/** The sets of the decisions, as they were kept; a few at a time, so that a long history takes no memory. */
function keptSets(store: Store, profile: Profile) {
  const known = new Map<string, PolicySet | undefined>()
  return async (digest: string): Promise<PolicySet | undefined> => {
    if (!known.has(digest)) {
      const [oldest] = known.keys()
      if (oldest !== undefined && known.size >= 8) known.delete(oldest)
      known.set(digest, await findKept(store, digest, profile))
    }
    return known.get(digest)
  }
}

interface Period {
  readonly van: Moment
  /** Not included. */
  readonly tot: Moment
}

const where = 'log = $1 AND soort = ANY($2) AND tijd >= $3 AND tijd < $4'
const perPage = 1_000

async function countDecisions(query: Query, log: string, { van, tot }: Period): Promise<number> {
  const [row] = await query<{ n: string }>(
    `SELECT count(*)::text AS n FROM audit.leaf WHERE ${where}`,
    [log, decisionKinds, van, tot],
  )
  return Number(row?.n ?? 0)
}

/** Page by page: memory holds one. Records in which something else than `decide` may have refused are passed over. */
async function* readDecisions(
  query: Query,
  log: string,
  { van, tot }: Period,
): AsyncGenerator<{ readonly index: number; readonly record: LogRecord }> {
  for (let after = -1; ; ) {
    const rows = await query<{ idx: string; tekst: string }>(
      `SELECT idx::text, tekst FROM audit.leaf WHERE ${where} AND idx > $5
       ORDER BY leaf.idx LIMIT ${perPage}`,
      [log, decisionKinds, van, tot, after],
    )
    for (const { idx, tekst } of rows) {
      const record: LogRecord = JSON.parse(tekst)
      if (decided(record) !== undefined) yield { index: Number(idx), record }
    }
    if (rows.length < perPage) return
    after = Number(rows.at(-1)?.idx)
  }
}

interface Change {
  readonly transactie: string
  readonly uitwisseling: string
  readonly toen: Decision['uitkomst']
  readonly nu: Decision['uitkomst']
  /** `+CODE` comes in, `-CODE` falls away; of the same reasons, what else is another. */
  readonly verschil: readonly string[]
}

/** By the law of then everything must be the same; by another its name and its rungs may be others. */
function changeOf(record: LogRecord, again: Decision, asThen: boolean): Change | undefined {
  const toen = decided(record) ?? 'geweigerd'
  const before = new Map(record.redenen?.map(one => [canonical(one), one.code]))
  const after = new Map(again.redenen.map(one => [canonical(one), one.code]))
  const came = [...after].filter(([text]) => !before.has(text)).map(([, code]) => `+${code}`)
  const went = [...before].filter(([text]) => !after.has(text)).map(([, code]) => `-${code}`)
  const verschil = [...new Set([...came, ...went])]
  if (verschil.length === 0) {
    if (toen !== again.uitkomst) verschil.push('uitkomst')
    else if (asThen && !isSame(record, again)) verschil.push('beleid of trede')
    else return undefined
  }
  const { transactie, uitwisseling = '' } = record
  return { transactie, uitwisseling, toen, nu: again.uitkomst, verschil }
}

interface Counted {
  readonly uitwisseling: string
  readonly toen: string
  readonly nu: string
  readonly verschil: string
  readonly aantal: number
}

type Tally = ReturnType<typeof openTally>

/** As many rows as the law has reasons, whatever the log holds. */
function openTally() {
  const counts = new Map<string, number>()
  const tally = {
    decisions: 0,
    changed: 0,
    unknown: 0,
    count(change: Change | 'niet-bewaard' | undefined) {
      tally.decisions += 1
      if (change === undefined) return
      if (change === 'niet-bewaard') {
        tally.unknown += 1
        return
      }
      tally.changed += 1
      const { uitwisseling, toen, nu } = change
      for (const verschil of change.verschil) {
        const key = JSON.stringify([uitwisseling, toen, nu, verschil])
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
    },
    rows: (): readonly Counted[] =>
      [...counts].sort().map(([key, aantal]) => {
        const [uitwisseling = '', toen = '', nu = '', verschil = ''] = JSON.parse(key)
        return { uitwisseling, toen, nu, verschil, aantal }
      }),
  }
  return tally
}

interface Told {
  change(change: Change & { readonly log: string; readonly index: number }): void
  unknown(log: string, index: number, digest: string): void
  end(tally: Tally): void
}

/** For a program: one document that holds every change, written as it is found. */
function document(
  io: Io,
  { naam, other, at }: { naam: string; other: PolicySet | undefined; at: Moment | undefined },
): Told {
  const about = { log: naam, beleid: other?.digest, moment: at === undefined ? undefined : iso(at) }
  io.out(`${JSON.stringify(about).slice(0, -1)},"anders":[`)
  let first = true
  const item = (value: object) => {
    io.out(`${first ? '' : ','}\n${JSON.stringify(value)}`)
    first = false
  }
  return {
    change: item,
    unknown: (log, index, digest) => item({ log, index, nietBewaard: digest }),
    end({ decisions, changed, unknown, rows }) {
      const totals = { beslissingen: decisions, gewijzigd: changed, nietBewaard: unknown }
      io.out(`],\n${JSON.stringify({ ...totals, telling: rows() }).slice(1)}\n`)
    },
  }
}

const shownLines = 20

/** For a person: where the law of then says something else, or else a table of what would change. */
function lines(io: Io, asThen: boolean): Told {
  let left = shownLines
  const line = (text: string) => {
    left -= 1
    if (left >= 0) io.err(`${text}\n`)
  }
  return {
    change({ log, index, toen, nu, verschil }) {
      if (!asThen) return
      line(`${log}: regel ${index}: toen ${toen}, nu ${nu}: ${verschil.join(' ')}`)
    },
    unknown: (log, index, digest) => line(`${log}: regel ${index}: ${digest} is niet bewaard`),
    end({ decisions, changed, unknown, rows }) {
      if (left < 0) io.err(`en nog ${-left}\n`)
      const table = rows()
      if (table.length > 0) io.out(`${textOf(table)}\n\n`)
      const kept = unknown > 0 ? `, ${unknown} niet te beoordelen` : ''
      const same = decisions - changed - unknown
      io.out(`${decisions} beslissingen opnieuw: ${same} gelijk, ${changed} anders${kept}\n`)
    },
  }
}

function textOf(rows: readonly Counted[]): string {
  const names = ['uitwisseling', 'toen', 'nu', 'reden', 'aantal']
  const cells = rows.map(({ uitwisseling, toen, nu, verschil, aantal }) => [
    ...[uitwisseling, toen, nu, verschil, String(aantal)],
  ])
  const table = [names, ...cells]
  const widths = names.map((_, i) => Math.max(...table.map(row => row[i]?.length ?? 0)))
  return table
    .map(row =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
