// Who asks, comes for the answers and looks at them? Two parties, without mercy for what happens in between.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { compactDecrypt, importJWK } from 'jose'
import { inszOf } from '../adapters/ksz/persons.ts'
import { verifyAnswer } from '../gateway/audit/judge.ts'
import { readSigner } from '../gateway/audit/keys.ts'
import { clock } from '../gateway/open.ts'
import type { RequestBody } from '../gateway/terms.ts'
import { type Answer, type Ask, clientAgent, goodBody, send } from '../test/support/gateway.ts'
import { type Place, polling, pushed } from './queue-place.ts'
import { type Dice, dice } from './random.ts'

interface Kind {
  readonly uitwisseling: string
  readonly velden: readonly string[]
  readonly personen: readonly string[]
}

/** Of each person the sources know something else, so that a mix-up shows. */
const kinds: readonly Kind[] = [
  {
    uitwisseling: 'uwv-inkomsten-bijstand',
    velden: ['heeftInkomstenverhouding', 'maandinkomenKlasse'],
    personen: ['999990019', '999992168', '999990020', '999993549'],
  },
  {
    uitwisseling: 'uwv-uitkeringen-bijstand',
    velden: ['heeftVoorliggendeUitkering', 'uwvUitkeringTotaal'],
    personen: ['999990019', '999992168', '999993653'],
  },
  {
    uitwisseling: 'svb-uitkeringen-bijstand',
    velden: ['ontvangtSvbUitkering', 'aowVolledig', 'kinderbijslagVoorAantalKinderen'],
    personen: ['999990019', '999993549', '999993653', '999992168'],
  },
  {
    uitwisseling: 'be-inkomsten-bijstand',
    velden: ['heeftInkomstenInPeriode', 'periodeOverlap'],
    personen: Object.keys(inszOf).slice(0, 3),
  },
]

/** Stands in every case number and in every employee's id, and nowhere else in the world. */
export const planted = { zaak: 'geheimezaak', medewerker: 'geheimewerker' } as const

/** What may stand in no queue: numbers, names, case numbers, employees. */
export const plantedValues: readonly string[] = [
  ...new Set(kinds.flatMap(({ personen }) => personen)),
  ...Object.values(planted),
  'Voorbeeld', // the family name of everybody at the SVB
  'Korenschoof',
]

export interface Asked {
  readonly party: string
  readonly uitwisseling: string
  readonly persoon: string
  readonly key: string | undefined
  readonly body: RequestBody
}

/** A request of which its asker heard, or found later that it was accepted. */
export interface Told {
  readonly verzoek: string
  /** Absent: nobody told its asker. */
  readonly asked?: Asked
  /** Opened and judged. */
  received?: Received
  confirmed: boolean
  withdrawn: boolean
}

export interface Received {
  readonly logregel: string
  /** What was wrong with it; empty when it is the answer to this request. */
  readonly faults: readonly string[]
}

export interface Askers {
  readonly told: ReadonlyMap<string, Told>
  /** Refusals before acceptance, by status and reason. */
  readonly refused: ReadonlyMap<string, number>
  /** Their leaves, which must stand in the log. */
  readonly refusals: readonly string[]
  /** Calls of which nobody will ever know what became of them. */
  unheard(): number
  /** Calls that were repeated because nothing was heard. */
  retries(): number
  /** Repeats under one Idempotency-Key that came to another request. */
  readonly different: readonly string[]
  /** The first checkpoint anybody held. */
  held(): string | undefined
  /** Asks so many, spread over so long, and comes back for all of it until `stop`. */
  ask(count: number, seed: number, overMs: number): Promise<void>
  /** Also for these, of which nobody told. */
  adopt(verzoeken: readonly string[]): void
  /** What its asker is told of it. */
  look(verzoek: string): Promise<{ readonly staat: string; readonly reden?: string }>
  /** Opens what was brought to the receiver. */
  judgePushed(): Promise<void>
  stop(): Promise<void>
}

export interface AskersOptions {
  readonly callers?: number
  /** Asks nothing but this, by the party that comes for its answers, and rightly. */
  readonly only?: string
  /** False: nobody comes for the answers. */
  readonly comesBack?: boolean
  /** Between two looks of the asker at a request that is not ready. */
  readonly lookMs?: number
}

export async function openAskers(place: Place, options: AskersOptions = {}): Promise<Askers> {
  const { callers = 16, lookMs = 1_000, only, comesBack = true } = options
  const { pkiDir, gateways } = place
  const agents = new Map([polling, pushed].map(name => [name, clientAgent(pkiDir, name)]))
  const vkey = readSigner(place.keysDir, 'gewoon').vkey
  const expected = await learn(place)
  const told = new Map<string, Told>()
  const refused = new Map<string, number>()
  const refusals: string[] = []
  const different: string[] = []
  const open = new Set<Told>()
  let unheard = 0
  let retries = 0
  let held: string | undefined
  let going = true
  let number = 0

  /** At any gateway; undefined when the connection ended under it. */
  async function call(party: string, ask: Ask): Promise<Answer | undefined> {
    const agent = agents.get(party)
    const member = gateways.members[++number % gateways.members.length]
    if (!agent || !member) throw new Error(`nobody is ${party}`)
    return await send(agent, member.exchangePort, ask).catch(() => undefined)
  }

  async function askOne(next: Dice, nr: number): Promise<void> {
    const asked = only === undefined ? draw(next, nr) : drawOnly(only, next, nr)
    const { party, uitwisseling, key, body } = asked
    const ask: Ask = {
      path: `/v1/uitwisselingen/${uitwisseling}/verzoeken`,
      body,
      ...(key !== undefined && { headers: { 'Idempotency-Key': key } }),
    }
    let first: string | undefined
    let repeats = key !== undefined && next.chance(0.2) ? 2 : 1
    while (repeats > 0) {
      const answer = await call(party, ask)
      if (answer?.status === 202) {
        const { verzoek, bewijs } = JSON.parse(answer.text)
        if (first !== undefined && first !== verzoek) different.push(`${first} ${verzoek}`)
        first ??= verzoek
        if (bewijs) held ??= checkpointOf(bewijs.tlogProof)
        note({ verzoek, asked, confirmed: false, withdrawn: false })
        repeats--
      } else if (answer && answer.status < 500 && answer.status !== 429) {
        const slug = answer.body.type.slice(answer.body.type.lastIndexOf('/') + 1)
        const code = `${answer.status} ${answer.body.redenen?.[0]?.code ?? slug}`
        refused.set(code, (refused.get(code) ?? 0) + 1)
        if (answer.status === 403) refusals.push(answer.body.bewijs.logregel)
        return
      } else if (key === undefined) {
        unheard++
        return
      } else {
        retries++
        await wait(20 + next() * 200)
      }
    }
    if (first !== undefined && only === undefined && next.chance(0.04)) {
      await wait(next() * 2_000)
      await withdraw(party, first)
    }
  }

  function note(one: Told): void {
    if (told.has(one.verzoek)) return
    told.set(one.verzoek, one)
    if ((one.asked?.party ?? polling) === polling) open.add(one)
  }

  async function withdraw(party: string, verzoek: string): Promise<void> {
    const one = told.get(verzoek)
    for (let tries = 0; tries < 50 && one; tries++) {
      const answer = await call(party, { method: 'DELETE', path: `/v1/verzoeken/${verzoek}` })
      if (answer?.status === 200) one.withdrawn = true
      if (answer?.status === 200 || answer?.status === 409) return
      await wait(100)
    }
  }

  /** True when there is nothing more to come for. */
  async function collect(one: Told): Promise<boolean> {
    const path = `/v1/verzoeken/${one.verzoek}`
    const state = await call(polling, { path })
    if (state?.status !== 200) return false
    const { staat, antwoord } = JSON.parse(state.text)
    if (antwoord === undefined) return endStates.includes(staat)
    const answer = await call(polling, { path: `${path}/antwoord` })
    if (answer?.status !== 200) return false
    one.received = await opened(polling, one, answer.text)
    const receipt = await call(polling, { method: 'POST', path: `${path}/ontvangstbevestiging` })
    one.confirmed ||= receipt?.status === 200
    return one.confirmed
  }

  async function opened(party: string, { verzoek, asked }: Told, jwe: string): Promise<Received> {
    const faults: string[] = []
    const { plaintext } = await compactDecrypt(jwe, await keyOf(pkiDir, party))
    const document = Buffer.from(plaintext)
    const { resultaat, antwoord, bewijs } = JSON.parse(document.toString())
    try {
      const { record } = verifyAnswer(document, vkey)
      if (record.verzoek !== verzoek) faults.push('het bewijs is van een ander verzoek')
    } catch (error) {
      faults.push(`het bewijs: ${(error as Error).message}`)
    }
    const wanted = asked && expected.get(`${party} ${asked.uitwisseling} ${asked.persoon}`)
    if (wanted !== undefined && wanted !== JSON.stringify([resultaat, antwoord])) {
      faults.push('dit is het antwoord over een ander')
    }
    return { logregel: bewijs.logregel, faults }
  }

  const due = new Map<Told, number>()
  async function comeBack(): Promise<void> {
    while (going) {
      const now = clock()
      const one = [...open].find(each => (due.get(each) ?? 0) <= now)
      if (!one) {
        await wait(Math.min(50, lookMs))
        continue
      }
      open.delete(one)
      if (await collect(one)) due.delete(one)
      else {
        due.set(one, clock() + lookMs)
        open.add(one)
      }
    }
  }
  const collectors = Promise.all(Array.from({ length: comesBack ? callers / 2 : 0 }, comeBack))

  return {
    told,
    refused,
    refusals,
    unheard: () => unheard,
    retries: () => retries,
    different,
    held: () => held,
    async ask(count, seed, overMs) {
      let nr = 0
      const began = clock()
      await Promise.all(
        Array.from({ length: callers }, async (_, caller) => {
          const next = dice(seed * 1_000 + caller)
          while (nr < count) {
            const own = nr++
            await wait(Math.max(0, began + (overMs * own) / count - clock()))
            await askOne(next, own)
          }
        }),
      )
    },
    adopt(verzoeken) {
      for (const verzoek of verzoeken) note({ verzoek, confirmed: false, withdrawn: false })
    },
    async look(verzoek) {
      const answer = await call(polling, { path: `/v1/verzoeken/${verzoek}` })
      return JSON.parse(answer?.text ?? '{}')
    },
    async judgePushed() {
      for (const { verzoek, jwe } of place.receiver.taken.values()) {
        const one = told.get(verzoek) ?? { verzoek, confirmed: false, withdrawn: false }
        told.set(verzoek, one)
        one.received = await opened(pushed, one, jwe)
      }
    },
    async stop() {
      going = false
      await collectors
      for (const agent of agents.values()) agent.destroy()
    },
  }
}

const endStates: readonly string[] = [
  ...['opgehaald', 'afgeleverd', 'geweigerd', 'ingetrokken', 'verlopen', 'mislukt'],
]

function draw(next: Dice, nr: number): Asked {
  const kind = next.pick(kinds)
  const persoon = next.pick(kind.personen)
  const right = bodyOf(kind, persoon, `${planted.zaak}-${nr}`)
  const { id } = right.medewerker ?? { id: '' }
  const body = next.chance(0.03) ? { ...right, medewerker: { id, functie: 'balie' } } : right
  const party = next.chance(0.5) ? polling : pushed
  const key = next.chance(0.7) ? `sleutel-${nr}` : undefined
  return { party, uitwisseling: kind.uitwisseling, persoon, key, body }
}

function drawOnly(uitwisseling: string, next: Dice, nr: number): Asked {
  const kind = kinds.find(one => one.uitwisseling === uitwisseling)
  if (!kind) throw new Error(`nobody asks ${uitwisseling}`)
  const persoon = next.pick(kind.personen)
  // In letters: digits at random are somebody's number now and then.
  const own = Array.from({ length: 8 }, () => next.pick([...'abcdefghijkmnpqrstuvwxyz'])).join('')
  const body = bodyOf(kind, persoon, `${planted.zaak}-${own}-${nr}`)
  return { party: polling, uitwisseling, persoon, key: String(body.zaak), body }
}

function bodyOf({ uitwisseling, velden }: Kind, persoon: string, zaak: string): RequestBody {
  const { periode, parameters } = goodBody(clock())
  const foreign = uitwisseling.startsWith('be-') ? inszOf[persoon] : undefined
  return {
    betrokkene: { soort: 'bsn', waarde: persoon },
    velden: [...velden],
    ...(periode && { periode }),
    ...(uitwisseling.startsWith('uwv') && parameters && { parameters }),
    ...(foreign && {
      buitenlands: { land: 'BE', soort: 'insz', waarde: foreign },
      motivering: { noodzaak: 'aanvraag', lichterMiddel: 'geen' },
    }),
    zaak,
    medewerker: { id: `${planted.medewerker}-${zaak.length}`, functie: 'inkomensconsulent' },
  }
}

/** What the gateway says of each person to each party when nothing is the matter: not the same, of a party that pays. */
async function learn({ pkiDir, gateways }: Place): Promise<ReadonlyMap<string, string>> {
  const port = gateways.members[0]?.exchangePort ?? 0
  const expected = new Map<string, string>()
  for (const party of [polling, pushed]) {
    const agent = clientAgent(pkiDir, party)
    for (const kind of kinds.filter(({ uitwisseling }) => !uitwisseling.startsWith('be-'))) {
      for (const persoon of kind.personen) {
        const body = bodyOf(kind, persoon, `vooraf-${kind.uitwisseling}-${expected.size}`)
        const path = `/v1/uitwisselingen/${kind.uitwisseling}/_zoek`
        const answer = await send(agent, port, { path, body })
        if (answer.status !== 200) throw new Error(`${kind.uitwisseling}: ${answer.text}`)
        const { resultaat, antwoord } = answer.body
        expected.set(
          `${party} ${kind.uitwisseling} ${persoon}`,
          JSON.stringify([resultaat, antwoord]),
        )
      }
    }
    agent.destroy()
  }
  return expected
}

const keys = new Map<string, Awaited<ReturnType<typeof importJWK>>>()
async function keyOf(pkiDir: string, party: string) {
  const file = join(pkiDir, 'sleutels', `${party}-versleutelen.jwk`)
  const key = keys.get(file) ?? (await importJWK(JSON.parse(readFileSync(file, 'utf8'))))
  keys.set(file, key)
  return key
}

/** The signed note at the end of a proof: what a partner holds against us. */
function checkpointOf(proof: string): string {
  return proof.slice(proof.indexOf('\n\n') + 2)
}
