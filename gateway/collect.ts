// What may its asker do with an accepted request? See where it stands, pick up its answer, confirm the receipt, withdraw.
import { recordStep, type StepKind } from './audit/record-request.ts'
import { type Change, type KeptRequest, stepRow } from './delivery/requests.ts'
import { inTime, type Rooms, refusal, underLaw } from './exchange.ts'
import {
  askedAgain,
  type CallOnRequest,
  decideAgain,
  endRefused,
  type Owned,
  over,
  ownRequest,
  unsealed,
} from './kept.ts'
import type { PolicySet } from './policy/law.ts'
import { exchangeTerms } from './policy/permit.ts'
import { Problem } from './problem.ts'
import type { ExchangeTerms, Receipt, RequestState } from './terms.ts'

/** States from which nothing more happens but purging. */
export const ended: readonly RequestState[] = [
  'opgehaald',
  'afgeleverd',
  'geweigerd',
  'ingetrokken',
  'verlopen',
  'mislukt',
]

/** Where it stands, with its salt as long as the request is still there. */
export async function stand(
  incoming: CallOnRequest,
  rooms: Rooms,
): Promise<{ row: KeptRequest; zout: string | undefined }> {
  const { row } = await ownRequest(incoming, rooms)
  return { row, zout: row.verzegeld === null ? undefined : unsealed(row, rooms).zout }
}

/** The sealed answer; each time the law, the brake and the approvals of that moment decide (P10). */
export async function pickUp(
  incoming: CallOnRequest,
  rooms: Rooms,
): Promise<{ jwe: string; row: KeptRequest }> {
  return await underLaw(rooms, async law => {
    for (let tries = 1; ; tries++) {
      const owned = await ownRequest(incoming, rooms)
      const { row } = owned
      if (row.antwoord === null || (row.bewarenTot ?? 0) <= rooms.clock()) {
        throw conflict(row, 'Er ligt geen antwoord klaar.')
      }
      const terms = await mayLeave(owned, law, rooms)
      // Crash here: the log says that more left than did. Never the reverse (P1).
      const change = { staat: 'opgehaald', vanaf: row.bewarenTot, epoch: law.epoch } as const
      if (
        await step(owned, { soort: 'ophaling', uitkomst: 'opgehaald', terms, law, change }, rooms)
      ) {
        return { jwe: row.antwoord, row }
      }
      if (tries === 3) throw busy()
    }
  })
}

/** Refused: recorded, and what waited is gone, before anything is answered. */
async function mayLeave(owned: Owned, law: PolicySet, rooms: Rooms): Promise<ExchangeTerms> {
  const { row, call } = owned
  if (!law.uitwisselingen.has(row.uitwisseling)) {
    const reden = 'DOEL_ONBEKEND'
    const change = { ...over(row, 'geweigerd', reden), vanaf: rooms.clock() }
    const redenen = [{ code: reden }]
    await step(owned, { soort: 'einde', uitkomst: 'geweigerd', redenen, law, change }, rooms)
    throw conflict({ staat: 'geweigerd' }, 'Deze uitwisseling bestaat niet meer.')
  }
  const again = askedAgain(row, unsealed(row, rooms), call, law)
  const judged = await decideAgain(row, again, law, rooms)
  if (judged.decision.uitkomst === 'toegestaan') return judged.terms
  const receipt = await endRefused(row, again.request, judged, rooms)
  throw refusal(judged.decision, receipt, law)
}

/** The receiver has it: what waited here is gone. Confirming again changes nothing. */
export async function confirm(
  incoming: CallOnRequest,
  rooms: Rooms,
): Promise<{ row: KeptRequest; receipt?: Receipt }> {
  const owned = await ownRequest(incoming, rooms)
  const { row } = owned
  if (row.antwoord === null) {
    if (row.staat === 'opgehaald' || row.staat === 'afgeleverd') return { row }
    throw conflict(row, 'Er ligt geen antwoord klaar om te bevestigen.')
  }
  const law = rooms.policies.current()
  const change = { staat: 'opgehaald', vanaf: rooms.clock(), purged: true } as const
  return await settled(owned, { soort: 'ontvangst', uitkomst: 'ontvangen', law, change }, rooms)
}

/** Nothing of it leaves any more, and what waited is gone. */
export async function withdraw(
  incoming: CallOnRequest,
  rooms: Rooms,
): Promise<{ row: KeptRequest; receipt?: Receipt }> {
  const owned = await ownRequest(incoming, rooms)
  const { row } = owned
  if (row.staat === 'ingetrokken') return { row }
  if (ended.includes(row.staat)) throw conflict(row, 'Dit verzoek is al voorbij.')
  const law = rooms.policies.current()
  const change = { staat: 'ingetrokken', vanaf: rooms.clock(), purged: true } as const
  return await settled(owned, { soort: 'intrekking', uitkomst: 'ingetrokken', law, change }, rooms)
}

interface Step {
  readonly soort: StepKind
  readonly uitkomst: string
  readonly law: PolicySet
  readonly terms?: ExchangeTerms
  readonly redenen?: readonly { readonly code: string }[]
  readonly change: Change
}

async function settled(
  owned: Owned,
  what: Step,
  rooms: Rooms,
): Promise<{ row: KeptRequest; receipt: Receipt }> {
  const receipt = await step(owned, what, rooms)
  if (!receipt) throw busy()
  const row = await inTime(rooms.requests.find(owned.row.verzoek))
  return { row: row ?? owned.row, receipt }
}

/** What this law allows or ends; who confirms or withdraws needs none. */
const underLawOnly: readonly StepKind[] = ['ophaling', 'einde']

/** Recorded with the change it makes; undefined when somebody changed the request in between. */
async function step(owned: Owned, what: Step, rooms: Rooms): Promise<Receipt | undefined> {
  const { row, call } = owned
  const { soort, uitkomst, redenen, law, change, terms = termsOf(owned, law, rooms) } = what
  const receipt = await recordStep(rooms.audit, call, {
    ...{ soort, uitkomst, log: row.log, uitwisseling: row.uitwisseling, ontvanger: row.partij },
    ...(terms && { terms }),
    ...(redenen && { redenen }),
    rijen: [stepRow(row, call.transactie, change)],
    ...(underLawOnly.includes(soort) && { epoch: law.epoch }),
  })
  const now = await inTime(rooms.requests.find(row.verzoek))
  return now?.door === call.transactie ? receipt : undefined
}

function termsOf({ row, call }: Owned, law: PolicySet, rooms: Rooms): ExchangeTerms | undefined {
  if (row.verzegeld === null || !law.uitwisselingen.has(row.uitwisseling)) return undefined
  return exchangeTerms(askedAgain(row, unsealed(row, rooms), call, law).request, law)
}

export function conflict({ staat }: Pick<KeptRequest, 'staat'>, detail: string): Problem {
  return new Problem('strijdig', `${detail} De staat van het verzoek is ${staat}.`, {
    members: { staat },
    reden: 'staat',
  })
}

/** A worker is at it, or another call of the same asker. */
function busy(): Problem {
  return new Problem('overbelast', 'Dit verzoek verandert op dit moment. Probeer het opnieuw.', {
    retryAfter: 1,
    reden: 'verzoek-verandert',
  })
}
