// `sluis brake …`: stop exchanges at once, and let them go on again by two persons.
import { openAudit } from '../audit/commit.ts'
import { type BrakeRoom, pending, readStanding, releaseBrake, setBrake } from '../brake.ts'
import { BrakeRefused, type Standing, statementOf, whoHolds } from '../brake-statement.ts'
import { readKeysDir, readProfile, readStorePlace } from '../config.ts'
import { signJws } from '../message/jws.ts'
import { isScope } from '../policy/brake.ts'
import {
  type Command,
  type ExitCode,
  type Io,
  iso,
  openOwnStore,
  readArguments,
  UsageError,
} from './command.ts'
import { readPrivateKey } from './secret-key.ts'

export const commands: readonly Command[] = [
  { name: 'brake on', usage: '<bereik>… --reden <code> [--door <id>] [--json]', run: on },
  { name: 'brake off', usage: '<bereik>… --sleutel <jwk-bestand> [--json]', run: off },
  { name: 'brake show', usage: '[--json]', run: show },
]

const maxScopes = 100
const kinds =
  'een bereik is alles, partij:<oin>, doel:<id>, uitwisseling:<id>, veld:<naam> of bron:<naam>'

async function on(args: readonly string[], io: Io): Promise<ExitCode> {
  const options = { reden: { type: 'string' }, door: { type: 'string' } } as const
  const { values, positionals } = readArguments(args, options, maxScopes)
  const bereiken = readScopes(positionals)
  const { reden, door } = values
  if (!/^[a-z0-9-]{1,64}$/.test(reden ?? '') || reden === undefined) {
    throw new UsageError('--reden is een code van kleine letters, cijfers en streepjes')
  }
  if (door !== undefined && !/^[A-Za-z0-9._/-]{1,64}$/.test(door)) {
    throw new UsageError('--door is de gebruikersnaam van wie aan de rem trekt')
  }
  return await inRoom(io, values.json, async room => {
    const change = { bereiken, reden, ...(door !== undefined && { door }) }
    const { gezet, ...standing } = await setBrake(room, change)
    const done =
      gezet.length === 0
        ? 'De noodrem stond hiervoor al aan. Er is niets gewijzigd.'
        : `De noodrem staat aan voor ${gezet.join(', ')}. Hiervoor wordt niets meer verstrekt.`
    return { members: { gezet, ...told(standing) }, tekst: done }
  })
}

async function off(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, { sleutel: { type: 'string' } }, maxScopes)
  const bereiken = readScopes(positionals)
  if (values.sleutel === undefined) throw new UsageError('--sleutel ontbreekt')
  const jwk = await readPrivateKey(values.sleutel)
  return await inRoom(io, values.json, async room => {
    const now = io.clock()
    const at = await readStanding(room)
    const { id } = whoHolds(jwk, at, now)
    const statement = statementOf(bereiken, at, id, now)
    const made = await releaseBrake(room, signJws(statement, { id, jwk }))
    const about = statement.bereik.join(', ')
    return made.uitkomst === 'vrijgegeven'
      ? {
          members: { uitkomst: made.uitkomst, ...told(made.standing) },
          tekst: `De noodrem is vrijgegeven voor ${about}.`,
        }
      : {
          members: { uitkomst: made.uitkomst, tot: iso(made.tot), ...told(made.standing) },
          tekst: `Uw verklaring is vastgelegd. De noodrem staat nog aan voor ${about}: een tweede persoon moet vóór ${iso(made.tot)} hetzelfde doen met een eigen sleutel.`,
        }
  })
}

async function show(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values } = readArguments(args, {})
  return await inRoom(io, values.json, async room => {
    const standing = await readStanding(room)
    const wacht = (await pending(room, standing)).map(one => ({ ...one, tot: iso(one.tot) }))
    const lines = [
      ...standing.state.bereiken.map(
        ({ bereik, sinds, reden }) => `${bereik}: aan sinds ${iso(sinds)}, reden ${reden}`,
      ),
      ...wacht.map(
        ({ bereik, goedkeurder, tot }) =>
          `vrijgave van ${bereik.join(', ')} wacht op een tweede persoon tot ${tot}; eerste: ${goedkeurder}`,
      ),
    ]
    const tekst = lines.length > 0 ? lines.join('\n') : 'De noodrem staat nergens voor aan.'
    return { members: { ...told(standing), wacht }, tekst }
  })
}

function told({ state }: Standing): Record<string, unknown> {
  return {
    bereiken: state.bereiken.map(({ bereik, reden, sinds }) => ({
      bereik,
      reden,
      sinds: iso(sinds),
    })),
  }
}

function readScopes(words: readonly string[]): readonly string[] {
  if (words.length === 0) throw new UsageError(`noem waarvoor: ${kinds}`)
  const wrong = words.filter(word => !isScope(word))
  if (wrong.length > 0) throw new UsageError(`${wrong.join(', ')}: ${kinds}`)
  return [...new Set(words)]
}

interface Done {
  readonly members: Record<string, unknown>
  readonly tekst: string
}

/** The brake beside a running gateway or without one; what it refuses is a no. */
async function inRoom(
  io: Io,
  json: boolean | undefined,
  work: (room: BrakeRoom) => Promise<Done>,
): Promise<ExitCode> {
  const { dataDir } = readStorePlace(io.env)
  await using store = await openOwnStore(io)
  const keysDir = readKeysDir(io.env)
  await using audit = await openAudit({ store, keysDir, stateDir: dataDir, clock: io.clock })
  try {
    const { members, tekst } = await work({ audit, store, profile: readProfile(io.env) })
    io.out(json ? `${JSON.stringify(members)}\n` : `${tekst}\n`)
    return 0
  } catch (error) {
    if (!(error instanceof BrakeRefused)) throw error
    if (json) io.out(`${JSON.stringify({ uitkomst: 'geweigerd', reden: error.code })}\n`)
    io.err(`Geweigerd: ${error.message}\n`)
    return 1
  }
}
