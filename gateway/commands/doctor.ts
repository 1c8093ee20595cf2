// Is this house fit to run? Looks at every part, tells it in one line each, and goes on when one cannot be judged.
import { X509Certificate } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { readFile, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { readEpoch } from '../audit/activation.ts'
import { readHead, readLogRow } from '../audit/head.ts'
import { destructionMonth, logNames, readSigner } from '../audit/keys.ts'
import { checkSeen, readSeen } from '../audit/seen.ts'
import {
  ConfigFaults,
  openFiles,
  readCertPolicies,
  readConfig,
  readConsole,
  readKeysDir,
  readPolicyDir,
  readProfile,
  readStorePlace,
  readTrustDir,
} from '../config.ts'
import { lacksOf } from '../console/login.ts'
import { readBacklog } from '../delivery/overview.ts'
import { openRedis } from '../open.ts'
import { openRevocation } from '../peer/revocation.ts'
import { PolicyFaults, type PolicySet } from '../policy/law.ts'
import { loadPolicies } from '../policy/load.ts'
import { pendingPreparations, roleFaults } from '../role.ts'
import { openStore, type Store } from '../store.ts'
import { type Command, type Io, readArguments } from './command.ts'
import {
  embeddedNote,
  exitOf,
  type Judgement,
  judgeCertificate,
  judgeDisk,
  judgeKeyFiles,
  judgeLogin,
  judgeMigrations,
  judgeMonths,
  judgePolicy,
  judgeQueue,
  judgeRevocation,
  judgeRole,
  judgeSettings,
  judgeSkew,
} from './judgements.ts'

/** What the checks share: each asks for what it needs, and what is not there makes it `onbekend`. */
interface Place {
  readonly io: Io
  readonly dataDir: string
  readonly keysDir: string
  store(): Promise<Store>
  law(): Promise<PolicySet>
}

const checks: readonly (readonly [string, (place: Place) => Promise<Judgement>])[] = [
  ['instellingen', settings],
  ['sleutelbestanden', keyFiles],
  ['maandsleutels', months],
  ['certificaat', certificate],
  ['intrekkingslijsten', revocation],
  ['beleid', policy],
  ['schijf', async ({ dataDir }) => judgeDisk(await freeBytes(dataDir))],
  ['database', database],
  ['databaserol', role],
  [
    'tabellen',
    async place => judgeMigrations(await pendingPreparations((await place.store()).query)),
  ],
  ['wachtrij', backlog],
  ['klok', skew],
  ['inloggen', login],
  ...logNames.map(log => [`log ${log}`, (place: Place) => head(place, log)] as const),
]

export const commands: readonly Command[] = [
  {
    name: 'doctor',
    usage: '[--json]',
    async run(args, io) {
      const { values } = readArguments(args, {})
      await using place = openPlace(io)
      const lines = []
      for (const [onderdeel, look] of checks)
        lines.push({ onderdeel, ...(await judge(look, place)) })
      if (values.json) io.out(`${JSON.stringify({ onderdelen: lines })}\n`)
      else {
        for (const { onderdeel, oordeel, melding } of lines) {
          io.out(`${oordeel.padEnd(9)} ${onderdeel}: ${melding}\n`)
        }
      }
      return exitOf(lines.map(({ oordeel }) => oordeel))
    },
  },
]

/** Messages of others may hold a path or a URL: only our own kinds of error are told. */
async function judge(look: (place: Place) => Promise<Judgement>, place: Place): Promise<Judgement> {
  try {
    return await look(place)
  } catch (error) {
    const what = error instanceof Unknown ? error.message : 'niet te lezen'
    return { oordeel: 'onbekend', melding: `kon niet worden beoordeeld: ${what}` }
  }
}

class Unknown extends Error {
  override name = 'Unknown'
}

function openPlace(io: Io): Place & AsyncDisposable {
  const { url, dataDir } = readStorePlace(io.env)
  let opening: Promise<Store> | undefined
  let loading: Promise<PolicySet> | undefined
  return {
    io,
    dataDir,
    keysDir: readKeysDir(io.env),
    async store() {
      if (!url && !existsSync(join(dataDir, 'db'))) {
        throw new Unknown('in SLUIS_DATA_DIR staat nog geen database')
      }
      opening ??= openStore({ ...(url && { url }), dir: dataDir, connections: 2 })
      return await opening.catch(cause => {
        throw new Unknown('de database is niet bereikbaar, of niet geschikt', { cause })
      })
    },
    law() {
      loading ??= loadPolicies(readPolicyDir(io.env), readProfile(io.env))
      return loading
    },
    async [Symbol.asyncDispose]() {
      const store = await opening?.catch(() => undefined)
      await store?.[Symbol.asyncDispose]()
    },
  }
}

async function login({ io }: Place): Promise<Judgement> {
  const officers = readConsole(io.env)
  if (!officers) return judgeLogin(undefined)
  const address = officers.url ?? 'http://localhost'
  const lacks = await lacksOf({ ...officers, console: address }).catch(() => undefined)
  return judgeLogin(officers.issuer, lacks)
}

async function settings({ io }: Place): Promise<Judgement> {
  if (!io.env.SLUIS_PROFIEL) {
    return {
      oordeel: 'let op',
      melding: 'SLUIS_PROFIEL is hier niet gezet. Geef dezelfde instellingen als de gateway',
    }
  }
  try {
    readConfig(io.env)
    return judgeSettings([])
  } catch (error) {
    if (error instanceof ConfigFaults) return judgeSettings(error.faults)
    throw error
  }
}

async function keyFiles({ keysDir }: Place): Promise<Judgement> {
  const files = existsSync(keysDir) ? readdirSync(keysDir) : []
  return judgeKeyFiles(files.filter(name => name.endsWith('.key')).length, openFiles(keysDir))
}

const monthMs = 30 * 86_400_000
const monthsLooked = 12

/** A record of each month to come needs the key of the month in which it will be destroyed. */
async function months({ io, keysDir, law }: Place): Promise<Judgement> {
  const terms = new Set([...(await law()).uitwisselingen.values()].map(one => one.terms.logTermijn))
  const there = (ahead: number) =>
    logNames.every(log =>
      [...terms].every(term =>
        existsSync(
          join(keysDir, `${log}-${destructionMonth(io.clock() + ahead * monthMs, term)}.key`),
        ),
      ),
    )
  const missing = Array.from({ length: monthsLooked }, (_, ahead) => ahead).find(
    ahead => !there(ahead),
  )
  return judgeMonths((missing ?? monthsLooked) - 1)
}

async function certificate({ io, dataDir }: Place): Promise<Judgement> {
  const file = io.env.SLUIS_TLS_CERT || join(dataDir, 'pki', 'servers', 'gateway.pem')
  const { validFromDate, validToDate } = new X509Certificate(await readFile(file))
  return judgeCertificate(validFromDate.getTime(), validToDate.getTime(), io.clock())
}

async function revocation({ io, dataDir }: Place): Promise<Judgement> {
  const files = new Set<string>()
  await using lists = await openRevocation({
    trustDir: readTrustDir(io.env),
    stateDir: dataDir,
    forgetful: true,
    profile: readProfile(io.env),
    policies: readCertPolicies(io.env),
    clock: io.clock,
    onAlarm: (_, { file }) => files.add(String(file)),
  })
  return judgeRevocation(lists.healthy(io.clock()), [...files])
}

async function policy(place: Place): Promise<Judgement> {
  let own: string
  try {
    own = (await place.law()).digest
  } catch (error) {
    if (!(error instanceof PolicyFaults)) throw error
    return { oordeel: 'fout', melding: `${error.faults.length} fouten. Draai: sluis policy check` }
  }
  const { query } = await place.store()
  const row = await readLogRow(query, 'gewoon')
  return judgePolicy(own, row ? await readEpoch(query, row.log) : '')
}

async function freeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir)
  return bavail * bsize
}

async function database(place: Place): Promise<Judgement> {
  const store = await place.store()
  if (store.embedded) return embeddedNote
  const [row] = await store.query<{ versie: string }>(
    `SELECT current_setting('server_version') AS versie`,
  )
  return { oordeel: 'ok', melding: `PostgreSQL ${row?.versie}, commits zijn duurzaam` }
}

async function role(place: Place): Promise<Judgement> {
  const store = await place.store()
  if (store.embedded) return { oordeel: 'ok', melding: 'de ingebouwde database kent geen rollen' }
  return judgeRole(await roleFaults(store.query), readProfile(place.io.env) === 'productie')
}

async function skew(place: Place): Promise<Judgement> {
  const { query } = await place.store()
  const before = place.io.clock()
  const [row] = await query<{ ms: number }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms',
  )
  return judgeSkew((row?.ms ?? 0) - (before + place.io.clock()) / 2)
}

/** Signed, whole at its edge, and not behind what this machine saw; `log verify` recomputes it all. */
async function head(place: Place, log: (typeof logNames)[number]): Promise<Judgement> {
  const { query } = await place.store()
  const row = await readLogRow(query, log)
  if (!row) return { oordeel: 'fout', melding: 'is er niet. Draai: sluis log create' }
  try {
    const known = readSigner(place.keysDir, row.log)
    const { grootte } = await readHead(query, row.log, known)
    const seen = readSeen(place.dataDir, row.log)
    if (seen !== undefined) await checkSeen(query, row.log, known, seen)
    return { oordeel: 'ok', melding: `${grootte} regels, ondertekend, niet korter dan hier gezien` }
  } catch (error) {
    if (!(error instanceof Error && error.name === 'LogDamaged')) throw error
    return { oordeel: 'fout', melding: `${error.message}. Draai: sluis log verify` }
  }
}

async function backlog({ io, store }: Place): Promise<Judgement> {
  const found = await readBacklog(await store(), io.clock())
  return judgeQueue(found, await redisState(io.env.REDIS_URL))
}

/** Whether the doorbell can be rung; without REDIS_URL it hangs in the database itself. */
async function redisState(url: string | undefined): Promise<Parameters<typeof judgeQueue>[1]> {
  if (!url) return 'geen'
  await using stack = new AsyncDisposableStack()
  const client = openRedis(url, stack)
  client.on('error', () => {})
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error('late')), redisWaitMs)
  try {
    const memory = await Promise.race([client.info('memory'), late.promise])
    return /^maxmemory_policy:noeviction\r?$/m.test(memory) ? 'goed' : 'verdringt'
  } catch {
    return 'weg'
  } finally {
    clearTimeout(timer)
  }
}

const redisWaitMs = 2_000
