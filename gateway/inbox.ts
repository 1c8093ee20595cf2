// What may a receiver do with what was handed over for it? See it, say that it has it, and say what became of it.
import { recordStep, type StepKind } from './audit/record-request.ts'
import { childCall } from './call.ts'
import { type KeptMessage, type MessageChange, messageStepRow } from './delivery/messages.ts'
import { inTime, type Rooms } from './exchange.ts'
import type { CallOnRequest } from './kept.ts'
import { admit } from './peer/party.ts'
import type { CodeList, PolicySet } from './policy/law.ts'
import { countsOn, legalDate } from './policy/legal-time.ts'
import { heldTerms } from './policy/permit.ts'
import { Problem } from './problem.ts'
import type { Call, Identity, JudgementBody, MessageState, Moment, Peer, Receipt } from './terms.ts'

/** A call about a message, as the listener hands it over. */
export type CallOnMessage = CallOnRequest

export interface OwnMessage {
  readonly row: KeptMessage
  readonly peer: Peer
  /** This call, as a step of that message. */
  readonly call: Call & { readonly verzoek: string }
}

/** Who calls about messages: the receiver itself. No mandate stands in for its own certificate here. */
export function receiver(
  { identity, tijd }: { readonly identity: Identity | Problem; readonly tijd: Moment },
  rooms: Rooms,
): Peer {
  if (identity instanceof Problem) throw identity
  return admit(identity, rooms.policies.current().partijen, rooms.revocation, tijd)
}

/** @throws Problem niet-gevonden, the same for a message of somebody else and one that does not exist */
export async function ownMessage(incoming: CallOnMessage, rooms: Rooms): Promise<OwnMessage> {
  const { transactie, trace, tijd, id, about } = incoming
  const peer = receiver(incoming, rooms)
  const row = await inTime(rooms.messages.find(id))
  if (row?.ontvanger !== peer.party.oin) {
    throw new Problem('niet-gevonden', 'Dit bericht bestaat niet.')
  }
  // Nothing of the confidential log is named in the ordinary one, in a metric or in a line of the program's own log.
  if (row.log === 'gewoon') about(row.uitwisseling)
  return { row, peer, call: { transactie, trace, tijd, verzoek: row.bericht } }
}

export interface Stepped {
  readonly row: KeptMessage
  /** Absent when there was nothing to do. */
  readonly receipt?: Receipt
}

/** The receiver has it: what waited here is gone. Confirming again changes nothing. */
export async function received(incoming: CallOnMessage, rooms: Rooms): Promise<Stepped> {
  return await settle(incoming, rooms, row => {
    if (row.verzegeld !== null && row.staat !== 'ontvangen') {
      const change = { staat: row.staat, purged: true }
      return { soort: 'ontvangst', uitkomst: 'ontvangen', change }
    }
    if (taken.includes(row.staat)) return undefined
    throw conflict(row, 'U hebt dit bericht niet opgehaald, dus er is niets te bevestigen.')
  })
}

/** What became of the confirmation of one message. */
export interface Confirmed {
  readonly call: Call
  readonly bericht: string
  readonly outcome: Stepped | Problem
}

/** So many at once, so that their records share commits. */
const atOnce = 64

/** Each on its own: one that cannot be confirmed keeps no other from it. */
export async function receivedAll(
  incoming: Omit<CallOnMessage, 'id' | 'about'>,
  berichten: readonly string[],
  rooms: Rooms,
): Promise<readonly Confirmed[]> {
  const confirmed: Confirmed[] = []
  for (let at = 0; at < berichten.length; at += atOnce) {
    const some = berichten.slice(at, at + atOnce)
    confirmed.push(...(await Promise.all(some.map(id => receivedOne(incoming, id, rooms)))))
  }
  return confirmed
}

async function receivedOne(
  incoming: Omit<CallOnMessage, 'id' | 'about'>,
  bericht: string,
  rooms: Rooms,
): Promise<Confirmed> {
  const call = { ...childCall(incoming, rooms.clock()), verzoek: bericht }
  const about = () => {}
  const outcome = await received({ ...incoming, ...call, id: bericht, about }, rooms).catch(
    error => {
      if (error instanceof Problem && error.slug !== 'log-onbereikbaar') return error
      throw error
    },
  )
  return { call, bericht, outcome }
}

/** States in which its receiver has had it. */
const taken: readonly MessageState[] = ['opgehaald', 'signaal', 'beoordeeld']

/** Class of the codes that say that nothing had to be done: such a message may be judged at once. */
const nothingToDo = 'geen'

/**
 * opgehaald → signaal → beoordeeld: an external signal counts only once its receiver validated it. It is recorded, told
 * to whoever may know, and does nothing by itself.
 */
export async function judge(
  incoming: CallOnMessage,
  body: JudgementBody,
  rooms: Rooms,
): Promise<Stepped> {
  const law = rooms.policies.current()
  const now = rooms.clock()
  return await settle(incoming, rooms, row => judgement(row, body, law, now))
}

function judgement(
  row: KeptMessage,
  body: JudgementBody,
  law: PolicySet,
  now: Moment,
): Step | undefined {
  const { signaal } = law.uitwisselingen.get(row.uitwisseling) ?? {}
  if (row.geldigTot === null || !signaal) {
    throw conflict(row, 'Dit bericht is geen signaal, dus er is niets te beoordelen.')
  }
  if (row.staat === 'beoordeeld' && body.staat === 'beoordeeld' && row.afloop === body.afloop) {
    return undefined
  }
  if (row.staat !== 'opgehaald' && row.staat !== 'signaal') throw unfit(row)
  if (row.geldigTot <= now) throw expired(row)
  if (body.staat === 'signaal') {
    return row.staat === 'signaal' ? undefined : said(row, { staat: 'signaal' })
  }
  const code = outcome(law.codelijsten.get(signaal.afloop), body.afloop, now)
  if (row.staat === 'opgehaald' && code.klasse !== nothingToDo) {
    throw conflict(
      row,
      'Maak er eerst een signaal van, of kies een afloop die zegt dat er niets hoefde te gebeuren.',
    )
  }
  return said(row, { staat: 'beoordeeld', afloop: code.code })
}

const unfit = (row: KeptMessage) =>
  row.staat === 'verlopen'
    ? expired(row)
    : conflict(
        row,
        row.staat === 'beoordeeld'
          ? 'Dit signaal is al beoordeeld, en anders.'
          : 'Alleen een bericht dat u hebt opgehaald, kunt u beoordelen.',
      )

const expired = (row: KeptMessage) =>
  conflict({ ...row, staat: 'verlopen' }, 'De termijn om dit signaal te beoordelen is voorbij.')

/** A code that is in force today. */
function outcome(list: CodeList | undefined, afloop: string, now: Moment) {
  const today = legalDate(now)
  const code = list?.codes.find(one => one.code === afloop && countsOn(today, one))
  if (code) return code
  const melding = `staat niet in de codelijst ${list?.id ?? ''} van deze uitwisseling, of geldt vandaag niet`
  throw new Problem('ongeldig-verzoek', 'Het bericht klopt niet; zie de lijst met fouten.', {
    members: { fouten: [{ pointer: '/afloop', melding }] },
  })
}

function said({ bericht }: KeptMessage, change: MessageChange): Step {
  const { staat, afloop } = change
  const handeling = afloop === undefined ? {} : { handeling: { afloop } }
  return { soort: 'beoordeling', uitkomst: staat, over: bericht, ...handeling, change }
}

interface Step {
  readonly soort: StepKind
  readonly uitkomst: string
  readonly redenen?: readonly { readonly code: string }[]
  readonly over?: string
  readonly handeling?: Readonly<Record<string, string>>
  readonly change: MessageChange
}

/** Recorded with the change it makes, of the message as it is then: another call may come in between. */
async function settle(
  incoming: CallOnMessage,
  rooms: Rooms,
  plan: (row: KeptMessage) => Step | undefined,
): Promise<Stepped> {
  for (let tries = 1; tries <= 3; tries++) {
    const { row, call } = await ownMessage(incoming, rooms)
    const step = plan(row)
    if (!step) return { row }
    const receipt = await recordMessageStep(row, call, step, rooms)
    const now = await inTime(rooms.messages.find(row.bericht))
    if (now?.door === call.transactie) return { row: now, receipt }
  }
  throw new Problem('overbelast', 'Dit bericht verandert op dit moment. Probeer het opnieuw.', {
    retryAfter: 1,
    reden: 'bericht-verandert',
  })
}

/** `row` may hold nothing of the content any more: who is told of the step stands in its columns. */
export async function recordMessageStep(
  row: Omit<KeptMessage, 'verzegeld'>,
  call: Call & { readonly verzoek: string },
  { change, ...step }: Step & { readonly epoch?: string },
  rooms: Pick<Rooms, 'audit' | 'policies'>,
): Promise<Receipt> {
  const { log, uitwisseling, ontvanger } = row
  const terms = heldTerms(row, rooms.policies.current())
  return await recordStep(rooms.audit, call, {
    ...{ log, uitwisseling, ontvanger, ...step },
    ...(terms && { terms }),
    rijen: [messageStepRow(row, call.transactie, change)],
  })
}

export function conflict({ staat }: Pick<KeptMessage, 'staat'>, detail: string): Problem {
  return new Problem('strijdig', `${detail} De staat van het bericht is ${staat}.`, {
    members: { staat },
    reden: 'staat',
  })
}
