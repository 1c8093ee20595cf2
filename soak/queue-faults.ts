// What goes wrong during the queue campaign? A table: each row does its harm, waits, and makes it good again.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { readStanding, releaseBrake, setBrake } from '../gateway/brake.ts'
import { BrakeRefused, statementOf, whoHolds } from '../gateway/brake-statement.ts'
import { signJws } from '../gateway/message/jws.ts'
import { clock } from '../gateway/open.ts'
import { freeze } from '../test/support/postgres.ts'
import { mannerNames } from '../test/support/receiver.ts'
import type { Place } from './queue-place.ts'
import type { Dice } from './random.ts'

export interface Scene {
  readonly place: Place
  readonly next: Dice
  /** Milliseconds of the long form, in this form. */
  readonly long: (ms: number) => number
  /** What Redis holds on its disk is looked at before it goes. */
  readonly beforeWipe: () => Promise<void>
}

export interface Fault {
  readonly name: string
  readonly run: (scene: Scene) => Promise<void>
}

/** What the brake is set on. */
export const scopes = [
  ...['uitwisseling:uwv-inkomsten-bijstand', 'bron:svb', 'veld:uwvUitkeringTotaal', 'alles'],
] as const

/** Of the machines: one at a time. */
export const machineFaults: readonly Fault[] = [
  { name: 'FLUSHALL', run: ({ place }) => redis(place, 'FLUSHALL') },
  { name: 'FLUSHDB', run: ({ place }) => redis(place, 'FLUSHDB') },
  {
    name: 'Redis gestopt en gewist',
    async run({ place, long, beforeWipe }) {
      await place.redis.kill()
      await beforeWipe()
      place.redis.wipe()
      await wait(long(20_000))
      await place.redis.start()
    },
  },
  {
    name: 'Redis staat stil',
    async run({ place, long }) {
      place.redis.pause()
      await wait(long(15_000))
      place.redis.resume()
    },
  },
  { name: 'werker gedood', run: killWorker },
  {
    name: 'werker staat stil',
    async run({ place, next, long }) {
      const { pid } = place.workers.members[next.below(place.workers.members.length)]?.process ?? {}
      if (!pid) return
      freeze(pid)
      await wait(long(40_000))
      process.kill(pid, 'SIGCONT')
    },
  },
  {
    name: 'werker netjes vervangen',
    run: ({ place, next }) => place.workers.renew(next.below(place.workers.members.length)),
  },
  {
    name: 'gateway gedood',
    async run({ place, next }) {
      const index = next.below(place.gateways.members.length)
      place.gateways.members[index]?.process.kill('SIGKILL')
      await place.gateways.members[index]?.ended
      await place.gateways.renew(index)
    },
  },
  {
    name: 'database herstart',
    async run({ place, next, long }) {
      await place.postgres.stop()
      await wait(next() * long(5_000))
      await place.postgres.start()
    },
  },
  {
    name: 'werkers over op PostgreSQL en terug',
    async run({ place, long }) {
      const { REDIS_URL: _, ...settings } = place.settings
      for (const index of place.workers.members.keys()) await place.workers.renew(index, settings)
      await wait(long(20_000))
      for (const index of place.workers.members.keys()) await place.workers.renew(index)
    },
  },
]

/** Of the partners and of the law: beside those of the machines. */
export const partnerFaults: readonly Fault[] = [
  ...(['fout-500', 'te-druk', 'half', 'niets', 'traag', 'extra-velden'] as const).map(
    behaviour => ({
      name: `UWV: ${behaviour}`,
      async run({ place, long }: Scene) {
        place.uwv.misbehave(behaviour)
        await wait(long(10_000))
        place.uwv.misbehave('normaal')
      },
    }),
  ),
  ...(['fout-500', 'te-druk', 'half', 'niets', 'andere-persoon'] as const).map(behaviour => ({
    name: `SVB: ${behaviour}`,
    async run({ place, long }: Scene) {
      place.svb.misbehave(behaviour)
      await wait(long(10_000))
      place.svb.misbehave('normaal')
    },
  })),
  ...mannerNames
    .filter(manner => manner !== 'normaal')
    .map(manner => ({
      name: `ontvanger: ${manner}`,
      async run({ place, long }: Scene) {
        place.receiver.misbehave(manner)
        await wait(long(10_000))
        place.receiver.misbehave('normaal')
      },
    })),
  {
    name: 'België is alles vergeten',
    run: async ({ place }) => place.ksz.forget(),
  },
  {
    name: 'leveringsafspraak ingetrokken en terug',
    async run({ place, long }) {
      await place.grant(false)
      await wait(long(10_000))
      await place.grant(true)
    },
  },
  ...scopes.map(bereik => ({
    name: `noodrem op ${bereik}`,
    async run({ place, long }: Scene) {
      await brake(place, bereik)
      await wait(long(5_000))
      await release(place, bereik)
    },
  })),
]

async function redis({ redis: server }: Place, word: string): Promise<void> {
  await server.command(word)
}

async function killWorker({ place, next }: Scene): Promise<void> {
  const index = next.below(place.workers.members.length)
  const member = place.workers.members[index]
  await wait(next() * 300)
  member?.process.kill('SIGKILL')
  await member?.ended
  await place.workers.renew(index)
}

/** As an officer does; tried again while the database is away. */
export async function brake({ officer }: Place, bereik: string): Promise<void> {
  await atLast(`the brake on ${bereik}`, () =>
    setBrake(officer, { bereiken: [bereik], reden: 'proef' }),
  )
}

/** Two persons say the same; what is off already stays off, and whoever said it before does not count twice. */
export async function release({ officer, pkiDir }: Place, bereik: string): Promise<void> {
  const say = async (name: string) => {
    const at = await readStanding(officer)
    if (!at.law.noodrem.includes(bereik)) return
    const file = join(pkiDir, 'goedkeurders', `${name}.jwk`)
    const jwk = JSON.parse(await readFile(file, 'utf8'))
    const now = clock()
    const { id } = whoHolds(jwk, at, now)
    await releaseBrake(officer, signJws(statementOf([bereik], at, id, now), { id, jwk }))
  }
  await atLast(`the release of ${bereik}`, async () => {
    for (const name of ['g-beheer-1', 'g-beheer-2']) {
      await say(name).catch(error => {
        if (!(error instanceof BrakeRefused)) throw error
      })
    }
    if ((await readStanding(officer)).law.noodrem.includes(bereik)) throw new Error('still on')
  })
}

async function atLast(what: string, act: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await act()
      return
    } catch (cause) {
      if (tries === 60) throw new Error(`${what} failed`, { cause })
      await wait(500)
    }
  }
}
