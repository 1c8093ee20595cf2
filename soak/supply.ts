// What is handed over in the generated country? Files of signals and hours each month, what receivers do with them, corrections and doubts.
import type { Draft } from '../gateway/audit/draft.ts'
import { decisionDraft, disclosureDraft, imprint } from '../gateway/audit/record.ts'
import { acceptanceDraft, type StepKind, stepDraft } from '../gateway/audit/record-request.ts'
import { random } from '../gateway/audit/seal.ts'
import { lineRow } from '../gateway/delivery/files.ts'
import { decide } from '../gateway/policy/decide.ts'
import type { PolicySet } from '../gateway/policy/law.ts'
import { addDays, midnight } from '../gateway/policy/legal-time.ts'
import { exchangeTerms } from '../gateway/policy/permit.ts'
import { question } from '../gateway/policy/question.ts'
import type {
  Call,
  LegalDate,
  Moment,
  Oin,
  PurposeRequest,
  RequestBody,
  Step,
} from '../gateway/terms.ts'
import { kinderopvang, municipalityOins, personAt, toeslagen, uwv } from './country.ts'
import { type Dice, dice } from './random.ts'
import type { Event } from './traffic.ts'

const hour = 3_600_000
const inlichtingenbureau = '00000099000000006000'

interface File {
  readonly exchange: string
  /** Of each month. */
  readonly day: string
  readonly bringer: Oin
  readonly namens?: Oin
  readonly gegevens: (roll: Dice) => Readonly<Record<string, unknown>>
  readonly receivers: readonly Oin[]
  /** What its receiver may say of a line; none: it is no signal. */
  readonly endings: readonly string[]
}

const files: readonly File[] = [
  {
    ...{ exchange: 'uwv-signaal-nieuwe-inkomsten', day: '08', bringer: inlichtingenbureau },
    ...{ namens: uwv, receivers: municipalityOins },
    gegevens: () => ({ signaalId: 's', datumAanvang: '2026-01-01', naamInhoudingsplichtige: 'x' }),
    endings: ['gesprek', 'gesprek', 'herzien', 'beeindigd-duurzaam', 'al-bekend', 'geen-gevolg'],
  },
  {
    ...{ exchange: 'kinderopvanguren-toeslagen', day: '05', bringer: kinderopvang },
    receivers: [toeslagen],
    gegevens: roll => ({
      ...{ bsnKind: personAt(roll.below(5_000) * 7), lrkNummer: '123456789', maand: '2026-01' },
      ...{ urenAfgenomen: 80, gemiddeldUurtarief: 900, soortOpvang: 'DO' },
    }),
    endings: [],
  },
]

/** A line in hand: what was decided of it, and what its later steps are decided on again. */
interface Handed {
  readonly sender: Oin
  readonly exchange: string
  readonly body: RequestBody
  readonly stap?: Step
  readonly place?: { readonly levering: string; readonly regel: number }
}

/**
 * With dice of its own, so that what is asked in a month is the same with and without.
 * @param perFile about how many lines a file has
 */
export function openSupply(law: PolicySet, seed: number, perFile: number) {
  const roll = dice(seed + 7_919)
  const agenda = new Map<LegalDate, (() => void)[]>()
  let events: Event[] = []

  const hex = (digits: number) =>
    Array.from({ length: digits }, () => roll.below(16).toString(16)).join('')

  function call(tijd: Moment): Call {
    const at = Math.floor(tijd).toString(16).padStart(12, '0')
    const transactie = `${at.slice(0, 8)}-${at.slice(8)}-7${hex(3)}-${'89ab'[roll.below(4)]}${hex(3)}-${hex(12)}`
    const trace = { traceId: `a${hex(31)}`, spanId: `b${hex(15)}` }
    return { transactie, trace, tijd: Math.floor(tijd) }
  }

  function note(log: Event['log'], tijd: Moment, draft: Draft): void {
    events.push({ tijd: Math.floor(tijd), log, draft })
  }

  function later(day: LegalDate, what: (tijd: Moment) => void): void {
    const tijd = midnight(day) + (8 + roll() * 9) * hour
    const there = agenda.get(day) ?? []
    agenda.set(day, [...there, () => what(tijd)])
  }

  function judge({ sender, exchange, body, stap, place }: Handed, at: Call) {
    const party = law.partijen.get(sender)
    if (!party) throw new Error('nobody hands over')
    const request: PurposeRequest = {
      ...{ ...at, peer: { party }, uitwisseling: exchange, body },
      ...(stap && { stap }),
      ...(place && { levering: place }),
    }
    const eerder = stap === 'correctie' || stap === 'terugmelding'
    const feiten = { ...(eerder && { eerder: true }), noodrem: [], treden: [] }
    const decision = decide(question(request, law), feiten, law, at.tijd)
    return { request, decision, terms: exchangeTerms(request, law) }
  }

  /** @returns its transaction, when it was accepted */
  function offer(handed: Handed, tijd: Moment, marks: readonly string[] = []): string | undefined {
    const at = call(tijd)
    const { transactie } = at
    const { request, decision, terms } = judge(handed, { ...at, verzoek: transactie })
    const accepted = decision.uitkomst === 'toegestaan'
    const aandachtspunten = marks.map(code => ({ veld: 'urenAfgenomen', code }))
    const verslag = marks.length > 0 ? { aandachtspunten } : {}
    const uitkomst = accepted ? 'aanvaard' : 'geweigerd'
    const row = { uitkomst, transactie, lichaam: 'x', verslag } as const
    const rijen = handed.place ? [lineRow(handed.place, row)] : []
    const { verzoek: _, ...refused } = request
    note(
      terms.log,
      tijd,
      accepted
        ? acceptanceDraft(request, { decision, terms, staat: 'aanvaard', rijen })
        : decisionDraft(refused, decision, terms, rijen),
    )
    return accepted ? transactie : undefined
  }

  /** Its receiver fetches it some days later, and says what it made of it, or not in time. */
  function follow(handed: Handed, bericht: string, day: LegalDate, endings: readonly string[]) {
    const step = (soort: StepKind, uitkomst: string, tijd: Moment, afloop?: string) => {
      const at = { ...call(tijd), verzoek: bericht }
      const { terms } = judge(handed, at)
      const { log, uitwisseling, ontvanger } = terms
      const handeling = afloop && { handeling: { afloop } }
      const over = soort === 'beoordeling' && { over: bericht }
      const told = { soort, uitkomst, log, uitwisseling, ontvanger, terms, rijen: [] }
      note(log, tijd, stepDraft(at, { ...told, ...over, ...handeling }, at.tijd))
    }
    if (roll.chance(0.04)) {
      later(addDays(day, 30), tijd => step('einde', 'verlopen', tijd))
      return
    }
    later(addDays(day, 1 + roll.below(5)), tijd => {
      const { request, decision, terms } = judge(handed, { ...call(tijd), verzoek: bericht })
      note(terms.log, tijd, decisionDraft(request, decision, terms))
      if (decision.uitkomst === 'geweigerd') return
      const { velden } = request.body
      const release = { verstrekt: velden, weggelaten: [], aantal: 1, anderen: [], rijen: [] }
      const made = { tijd: Math.floor(tijd + 20), afdruk: imprint(random(32), bericht) }
      note(terms.log, tijd + 20, disclosureDraft({ request, terms, decision }, release, made))
      step('ontvangst', 'ontvangen', tijd + 40_000)
      if (endings.length === 0 || roll.chance(0.2)) return
      const judged = addDays(day, 8 + roll.below(16))
      later(judged, at => {
        step('beoordeling', 'signaal', at)
        step('beoordeling', 'beoordeeld', at + 900_000, roll.pick(endings))
      })
    })
  }

  function deliver(
    { exchange, bringer, namens, gegevens, receivers, endings }: File,
    day: LegalDate,
  ) {
    const tijd = midnight(day) + (1 + roll()) * hour
    const open = { sender: bringer, exchange, body: { velden: [] }, stap: 'bestand' } as const
    const { request, decision, terms } = judge(open, call(tijd))
    note(terms.log, tijd, decisionDraft(request, decision, terms))
    if (decision.uitkomst === 'geweigerd') return
    const levering = request.transactie
    const lines = Math.max(3, Math.round(perFile * (0.8 + 0.4 * roll())))
    for (let regel = 1; regel <= lines; regel++) {
      const at = tijd + regel * 40
      const handed: Handed = {
        ...{ sender: bringer, exchange, place: { levering, regel } },
        body: bodyOf(gegevens(roll), {
          ...{ betrokkene: { soort: 'bsn', waarde: personAt(roll.below(5_000) * 7) } },
          ...{ ontvanger: roll.pick(receivers), systeemproces: 'levering' },
          ...(namens && { namens }),
          // Now and then a line asks for what was never agreed.
          ...(roll.chance(0.01) && { velden: ['nationaliteit'] }),
        }),
      }
      if (roll.chance(0.01)) {
        unreadable(handed, at, { levering, regel })
        continue
      }
      const marks = exchange.startsWith('kinder') && roll.chance(0.05) ? ['uren-boven-maximum'] : []
      const bericht = offer(handed, at, marks)
      if (bericht) follow(handed, bericht, day, endings)
    }
  }

  function unreadable(
    { sender, exchange }: Handed,
    tijd: Moment,
    place: { readonly levering: string; readonly regel: number },
  ): void {
    const at = call(tijd)
    const { traceId, spanId } = at.trace
    const verslag = { fouten: [{ pointer: '', melding: 'is geen JSON' }] }
    const row = {
      uitkomst: 'onleesbaar',
      transactie: at.transactie,
      lichaam: 'x',
      verslag,
    } as const
    note('gewoon', tijd, {
      record: {
        ...{ v: 1, soort: 'afwijzing', transactie: at.transactie, tijd: at.tijd, traceId, spanId },
        ...{ programma: 'sluis/0.0.0', uitkomst: 'geweigerd' },
        ...{ redenen: [{ code: 'ongeldig-verzoek' }], ontvanger: sender, uitwisseling: exchange },
        ...place,
      },
      rijen: [lineRow(place, row)],
    })
  }

  /** A wage that was wrong, for one who got it; and somebody who doubts one. */
  function mend(day: LegalDate): void {
    const receiver = roll.pick(municipalityOins)
    const betrokkene = { soort: 'bsn', waarde: personAt(roll.below(5_000) * 7) } as const
    const tijd = midnight(day) + (9 + roll() * 7) * hour
    const correction: Handed = {
      ...{ sender: uwv, exchange: 'uwv-inkomsten-bijstand', stap: 'correctie' },
      body: bodyOf({ loonSv: 1 }, { betrokkene, ontvanger: receiver, systeemproces: 'correctie' }),
    }
    const corrected = offer(correction, tijd)
    if (corrected) follow(correction, corrected, day, [])
    const doubt: Handed = {
      ...{ sender: receiver, exchange: 'terugmelding', stap: 'terugmelding' },
      body: bodyOf(
        { transactie: 'x', veld: 'loonSv', reden: 'x' },
        { betrokkene, ontvanger: uwv, systeemproces: 'terugmelding' },
      ),
    }
    const doubted = offer(doubt, tijd + hour)
    if (doubted) follow(doubt, doubted, day, ['verbeterd', 'bleef-juist'])
  }

  return {
    /** What happens on this day, besides what is asked. */
    live(day: LegalDate): readonly Event[] {
      for (const what of agenda.get(day) ?? []) what()
      agenda.delete(day)
      for (const file of files) if (day.endsWith(`-${file.day}`)) deliver(file, day)
      if (Number(day.slice(8)) % 7 === 4) mend(day)
      const made = events
      events = []
      return made
    },
  }
}

function bodyOf(
  gegevens: Readonly<Record<string, unknown>>,
  rest: Omit<RequestBody, 'velden' | 'gegevens'> & Partial<Pick<RequestBody, 'velden'>>,
): RequestBody {
  return { velden: Object.keys(gegevens), ...rest, gegevens }
}
