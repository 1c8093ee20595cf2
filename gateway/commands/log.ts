// `sluis log …`: begin and end a log, judge it, and get its C2SP and RFC 6962 material.
import { readFile } from 'node:fs/promises'
import {
  BadEvidence,
  readCheckpoint,
  readNote,
  readVkey,
  type Verifier,
} from '../audit/checkpoint.ts'
import { openAudit } from '../audit/commit.ts'
import { createLog, LogExists } from '../audit/create.ts'
import { type LogRow, readHeadRow, readLogRow, readLogRows } from '../audit/head.ts'
import { logNames, readSigner } from '../audit/keys.ts'
import { makeConsistencyProof, makeInclusionProof, rootAt } from '../audit/prove.ts'
import { recordClosing } from '../audit/record.ts'
import { readSeen } from '../audit/seen.ts'
import { verifyLog } from '../audit/verify.ts'
import { newCall } from '../call.ts'
import { readBaseUrl, readKeysDir, readStorePlace } from '../config.ts'
import { exportLines, isFormat } from '../console/export.ts'
import { project } from '../console/projection.ts'
import { isDate } from '../policy/legal-time.ts'
import type { Store } from '../store.ts'
import type { LogName } from '../terms.ts'
import {
  type Command,
  type ExitCode,
  type Io,
  openOwnStore,
  readArguments,
  readLogName,
  UsageError,
} from './command.ts'
import { readNumber, readUtf8 } from './evidence.ts'
import { openProgress } from './progress.ts'

const logOption = { log: { type: 'string' } } as const

export const commands: readonly Command[] = [
  {
    name: 'log create',
    usage: '--origin <naam> [--after-loss] [--log gewoon|vertrouwelijk] [--json]',
    run: create,
  },
  {
    name: 'log close',
    usage: '--successor <naam> [--log gewoon|vertrouwelijk] [--json]',
    run: close,
  },
  {
    name: 'log verify',
    usage: '[--from <checkpoint-bestand>] [--log gewoon|vertrouwelijk] [--json]',
    run: verify,
  },
  { name: 'log checkpoint', usage: '[--log gewoon|vertrouwelijk] [--json]', run: checkpoint },
  {
    name: 'log inclusion',
    usage: '--index i --size n [--log gewoon|vertrouwelijk] [--json]',
    run: inclusion,
  },
  {
    name: 'log consistency',
    usage: '--old m --new n [--log gewoon|vertrouwelijk] [--json]',
    run: consistency,
  },
  {
    name: 'log export',
    usage:
      '--formaat ldv|adl [--log gewoon|vertrouwelijk] [--van <datum>] [--tot <datum>] [--oin <oin>]',
    run: exportRecords,
  },
]

async function create(args: readonly string[], io: Io): Promise<ExitCode> {
  const options = { origin: { type: 'string' }, 'after-loss': { type: 'boolean' } } as const
  const { values } = readArguments(args, { ...logOption, ...options })
  const naam = readLogName(values.log)
  if (!values.origin)
    throw new UsageError('--origin ontbreekt: een vaste, unieke naam zonder https://')
  await using store = await openOwnStore(io)
  try {
    const keysDir = readKeysDir(io.env)
    const afterLoss = values['after-loss'] ?? false
    const how = { store, keysDir, clock: io.clock, afterLoss }
    const made = await createLog(how, naam, values.origin)
    const { log, origin, vkey } = made
    io.out(values.json ? `${JSON.stringify({ log, origin, vkey })}\n` : `Begonnen: ${vkey}\n`)
    return 0
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message, { cause: error })
    return refuse(io, error)
  }
}

async function close(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values } = readArguments(args, { ...logOption, successor: { type: 'string' } })
  const log = readLogName(values.log)
  if (!values.successor) throw new UsageError('--successor ontbreekt')
  await using store = await openOwnStore(io)
  const head = await readHeadRow(store.query, (await readRow(store, log)).log)
  if (head?.opvolger) return refuse(io, new LogExists('dit log is al beëindigd'))
  const { dataDir } = readStorePlace(io.env)
  const keysDir = readKeysDir(io.env)
  await using audit = await openAudit({ store, keysDir, stateDir: dataDir, clock: io.clock })
  const opvolger = values.successor
  const { index } = await recordClosing(audit, { call: newCall(io.clock()), log, opvolger })
  const line = `Beëindigd met regel ${index}. Begin de opvolger met: log create --log ${log} --origin ${opvolger}`
  io.out(values.json ? `${JSON.stringify({ log, opvolger, index })}\n` : `${line}\n`)
  return 0
}

async function verify(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values } = readArguments(args, { ...logOption, from: { type: 'string' } })
  const names = values.log === undefined ? logNames : [readLogName(values.log)]
  const from = values.from === undefined ? undefined : await readFile(values.from)
  await using store = await openOwnStore(io)
  let code: ExitCode = 0
  try {
    const held = from && { note: readUtf8(from), origin: originOf(readUtf8(from)) }
    const logs: LogRow[] = []
    for (const naam of names) {
      const rows = await readLogRows(store.query, naam)
      if (rows.length === 0) throw new Error(`het log ${naam} is er niet: begin het met log create`)
      logs.push(...rows)
    }
    if (held && !logs.some(({ origin }) => origin === held.origin)) {
      throw new BadEvidence('het gegeven checkpoint is van een ander log')
    }
    for (const row of logs) {
      const seen = readSeen(readStorePlace(io.env).dataDir, row.log)
      const notes = [held?.origin === row.origin ? held.note : undefined, seen]
      using progress = openProgress(io, {
        label: row.log,
        unit: 'regels nagerekend',
        silent: values.json,
      })
      const verdict = await verifyLog(store.query, {
        log: row.log,
        known: ownKey(io, row),
        held: notes.filter(note => note !== undefined),
        onProgress: async (checked, of) => progress.at(checked, of),
      })
      progress.clear()
      io.out(values.json ? `${JSON.stringify(verdict)}\n` : `${describe(verdict)}\n`)
      if (!verdict.geldig) code = 1
    }
  } catch (error) {
    return refuse(io, error)
  }
  return code
}

function originOf(note: string): string {
  return readCheckpoint(readNote(note).text).origin
}

/** The key this host holds; an auditor elsewhere has only what the database says. */
function ownKey(io: Io, { log, vkey }: LogRow): Verifier {
  try {
    return readSigner(readKeysDir(io.env), log)
  } catch {
    return readVkey(vkey)
  }
}

function describe(verdict: Awaited<ReturnType<typeof verifyLog>>): string {
  const { geldig, log, grootte, index, groep, koppen, reden } = verdict
  if (geldig) return `${log}: geldig, ${grootte} ${grootte === 1 ? 'regel' : 'regels'}`
  const place = index === undefined ? `groep [${groep})` : `regel ${index}`
  const heads = koppen ? `; gehouden ${koppen[0]}, hier ${koppen[1]}` : ''
  return `${log}: ONGELDIG bij ${place}: ${reden}${heads}`
}

async function checkpoint(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values } = readArguments(args, logOption)
  await using store = await openOwnStore(io)
  const { log, origin, vkey } = await readRow(store, readLogName(values.log))
  const head = await readHeadRow(store.query, log)
  if (!head) throw new Error('het log heeft geen checkpoint')
  const root = head.wortel.toString('base64')
  const { grootte: size, note } = head
  io.out(values.json ? `${JSON.stringify({ log, origin, vkey, size, root, note })}\n` : note)
  return 0
}

async function inclusion(args: readonly string[], io: Io): Promise<ExitCode> {
  const options = { ...logOption, index: { type: 'string' }, size: { type: 'string' } } as const
  const { values } = readArguments(args, options)
  const leafIdx = readNumber('index', values.index)
  const treeSize = readNumber('size', values.size)
  await using store = await openOwnStore(io)
  const { log } = await readRow(store, readLogName(values.log))
  try {
    await checkSize(store, log, treeSize)
    if (leafIdx >= treeSize) throw new BadEvidence('die plaats ligt buiten de boom')
    const [leaf] = await store.query<{ hash: Buffer }>(
      'SELECT hash FROM audit.leaf WHERE log = $1 AND idx = $2',
      [log, leafIdx],
    )
    const proof = await makeInclusionProof(store.query, log, { index: leafIdx, size: treeSize })
    const root = await rootAt(store.query, log, treeSize)
    const leafHash = leaf?.hash.toString('base64')
    print(io, { leafIdx, treeSize, root: root.toString('base64'), leafHash, proof: base64(proof) })
    return 0
  } catch (error) {
    return refuse(io, error)
  }
}

async function consistency(args: readonly string[], io: Io): Promise<ExitCode> {
  const options = { ...logOption, old: { type: 'string' }, new: { type: 'string' } } as const
  const { values } = readArguments(args, options)
  const size1 = readNumber('old', values.old)
  const size2 = readNumber('new', values.new)
  await using store = await openOwnStore(io)
  const { log } = await readRow(store, readLogName(values.log))
  try {
    await checkSize(store, log, size2)
    if (size1 === 0 || size1 > size2) throw new BadEvidence('--old ligt tussen 1 en --new')
    const proof = await makeConsistencyProof(store.query, log, { older: size1, newer: size2 })
    const root1 = (await rootAt(store.query, log, size1)).toString('base64')
    const root2 = (await rootAt(store.query, log, size2)).toString('base64')
    print(io, { size1, size2, root1, root2, proof: base64(proof) })
    return 0
  } catch (error) {
    return refuse(io, error)
  }
}

/** Without --oin the lines of every organisation: of the LDV each with its own, told apart by `resource`. */
async function exportRecords(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values } = readArguments(args, {
    ...logOption,
    formaat: { type: 'string' },
    van: { type: 'string' },
    tot: { type: 'string' },
    oin: { type: 'string' },
  })
  const { formaat, van, tot: totEnMet, oin } = values
  const log = readLogName(values.log)
  if (!isFormat(formaat)) throw new UsageError('--formaat is ldv of adl')
  for (const [name, date] of Object.entries({ van, tot: totEnMet })) {
    if (date !== undefined && !isDate(date)) throw new UsageError(`--${name} is een datum`)
  }
  if (oin !== undefined && !/^\d{20}$/.test(oin)) throw new UsageError('--oin heeft 20 cijfers')
  await using store = await openOwnStore(io)
  await readRow(store, log)
  await project(store.query)
  const selection = {
    log,
    ...(van && { van }),
    ...(totEnMet && { totEnMet }),
    ...(oin && { oin }),
  }
  const base = readBaseUrl(io.env)
  for await (const lines of exportLines(store.query, formaat, selection, {
    ...(base && { base }),
  }))
    io.out(lines)
  return 0
}

/** The same with and without --json: it is material for programs. */
function print(io: Io, material: Record<string, unknown>): void {
  io.out(`${JSON.stringify(material)}\n`)
}

function base64(hashes: readonly Buffer[]): string[] {
  return hashes.map(hash => hash.toString('base64'))
}

async function checkSize(store: Store, log: string, size: number): Promise<void> {
  const head = await readHeadRow(store.query, log)
  if (!head || size > head.grootte) throw new BadEvidence('zo groot is het log nog niet')
}

/** Judged no, as opposed to not judged. */
function refuse(io: Io, error: unknown): ExitCode {
  if (!(error instanceof BadEvidence || error instanceof LogExists)) throw error
  io.err(`${error.message}\n`)
  return 1
}

async function readRow(store: Store, naam: LogName): Promise<LogRow> {
  const row = await readLogRow(store.query, naam)
  if (!row) throw new Error(`het log ${naam} is er niet: begin het met log create`)
  return row
}
