// What does a country ask of the gateway, month after month? Drafts of its log, day by day, the same for one seed.
import type { Draft } from '../gateway/audit/draft.ts'
import {
  caseDraft,
  type Decided,
  decisionDraft,
  disclosureDraft,
  endDraft,
  imprint,
  rejectionDraft,
  signalDraft,
} from '../gateway/audit/record.ts'
import { acceptanceDraft, type StepKind, stepDraft } from '../gateway/audit/record-request.ts'
import { random } from '../gateway/audit/seal.ts'
import { decide } from '../gateway/policy/decide.ts'
import type { PolicySet } from '../gateway/policy/law.ts'
import { addDays, firstDay, lastDay, midnight, monthOf } from '../gateway/policy/legal-time.ts'
import { exchangeTerms } from '../gateway/policy/permit.ts'
import { question } from '../gateway/policy/question.ts'
import type {
  Call,
  Facts,
  LegalDate,
  LogName,
  Moment,
  Oin,
  PurposeRequest,
  RequestBody,
} from '../gateway/terms.ts'
import {
  delta,
  type Employee,
  employ,
  fiod,
  ksz,
  personAt,
  svb,
  uwv,
  type Work,
} from './country.ts'
import { type Planted, plant } from './planted.ts'
import { type Dice, dice } from './random.ts'
import { openSupply } from './supply.ts'

export interface TrafficOptions {
  readonly seed: number
  readonly months: number
  /** The first day after it, of a month. */
  readonly until: LegalDate
  /** How many questions an ordinary month has, about. */
  readonly perMonth: number
  /** In the last month; none: a month as any other. */
  readonly misuse?: boolean
}

/** A record of this moment. */
export interface Event {
  readonly tijd: Moment
  readonly log: LogName
  readonly draft: Draft
}

/** A case of the receiver, with what the gateway would know of it. */
export interface Case {
  readonly zaak: string
  readonly principal: Oin
  readonly persons: string[]
  /** Rungs that stand open, per exchange and person. */
  readonly open: Set<string>
  /** How often today, per exchange. */
  readonly asked: Map<string, number>
  askedOn: LegalDate
}

/** One thing to ask, by whom and when. */
export interface Ask {
  readonly tijd: Moment
  readonly by: Employee
  readonly of: Case
  readonly person: string
  readonly exchange: string
  readonly rung: string
  /** What is wrong, or special, with it. */
  readonly change?: Partial<RequestBody>
  readonly without?: keyof RequestBody
  /** The gateway tells an officer of it. */
  readonly signal?: string
}

export interface Traffic {
  readonly law: PolicySet
  readonly dice: Dice
  readonly employees: readonly Employee[]
  /** The records of one day, in order of time. */
  days(): Generator<readonly Event[]>
  /** Which transactions were planted, by what was planted; whole once the days are over. */
  readonly planted: Planted
}

/** What planted behaviour uses too. */
export interface Scene {
  readonly law: PolicySet
  readonly dice: Dice
  readonly employees: readonly Employee[]
  readonly newPerson: () => string
  readonly newCase: (by: Employee, persons: readonly string[]) => Case
  /** Asks now, and tells under which transaction. */
  readonly ask: (ask: Ask) => { readonly transactie: string; readonly disclosed: boolean }
  readonly register: (by: Employee, of: Case, person: string, rol: string, tijd: Moment) => string
}

const minute = 60_000
const hour = 60 * minute
/** How busy a month and a day of the week are beside an ordinary one; Sunday is 0. */
const seasons = [1.18, 1.05, 1.06, 1, 0.9, 0.98, 0.78, 0.76, 1.1, 1.08, 1.05, 0.82]
const week = [0, 1.14, 1.08, 0.95, 1.04, 0.79, 0]
/** Of 2025 and 2026: nobody works. */
const holidays: ReadonlySet<LegalDate> = new Set(
  `2025-01-01 2025-04-18 2025-04-21 2025-04-26 2025-05-05 2025-05-29 2025-06-09 2025-12-25 2025-12-26
2026-01-01 2026-04-03 2026-04-06 2026-04-27 2026-05-05 2026-05-14 2026-05-25 2026-12-25 2026-12-26`.split(
    /\s/,
  ),
)
/** About how many questions an employee asks in a month. */
const perEmployee = 128

export function traffic(law: PolicySet, options: TrafficOptions): Traffic {
  const { seed, months, until, perMonth, misuse = false } = options
  const roll = dice(seed)
  const employees = employ(roll, Math.round(perMonth / perEmployee))
  const last = firstDay(monthOf(until) - 1)
  const first = firstDay(monthOf(until) - months)
  const planted: Planted = new Map()
  return {
    law,
    dice: roll,
    employees,
    planted,
    *days() {
      const country = openCountry(law, roll, employees)
      // A file is a few weeks' questions of one employee.
      const supply = openSupply(law, seed, perMonth / 24)
      const plans = misuse ? plant(country.scene, last, planted) : new Map<LegalDate, () => void>()
      for (let day = first; day < until; day = addDays(day, 1)) {
        country.live(day)
        country.add(supply.live(day))
        plans.get(day)?.()
        yield country.take(midnight(addDays(day, 1)))
      }
    },
  }
}

interface Step {
  readonly exchange: string
  readonly rung: string
  readonly person: string
  readonly after?: string
}

function openCountry(law: PolicySet, roll: Dice, employees: readonly Employee[]) {
  let events: Event[] = []
  let persons = 0
  let cases = 0
  /** What employees will do on a later day. */
  const agenda = new Map<LegalDate, (() => void)[]>()
  const perHour = new Map<string, number>()
  const outages: { readonly bron: string; readonly from: Moment; readonly to: Moment }[] = []
  const epoch = law.epoch

  const hex = (digits: number) =>
    Array.from({ length: digits }, () => roll.below(16).toString(16)).join('')

  /** As call.ts makes it, but of the seed. */
  function call(tijd: Moment): Call {
    const at = Math.floor(tijd).toString(16).padStart(12, '0')
    const transactie = `${at.slice(0, 8)}-${at.slice(8)}-7${hex(3)}-${'89ab'[roll.below(4)]}${hex(3)}-${hex(12)}`
    return {
      transactie,
      trace: { traceId: `a${hex(31)}`, spanId: `b${hex(15)}` },
      tijd: Math.floor(tijd),
    }
  }

  function note(log: LogName, tijd: Moment, draft: Draft): void {
    events.push({ tijd: Math.floor(tijd), log, draft })
  }

  function on(day: LegalDate, what: () => void): void {
    const there = agenda.get(day)
    if (there) there.push(what)
    else agenda.set(day, [what])
  }

  const newPerson = () => personAt(persons++ * 7)

  function newCase(by: Employee, about: readonly string[]): Case {
    const principal = by.namens ? roll.pick(by.namens) : by.oin
    const zaak = `2026-${String(100_000 + cases++ * 3)}`
    return { zaak, principal, persons: [...about], open: new Set(), asked: new Map(), askedOn: '' }
  }

  function bodyOf({ by, of, person, exchange, rung, change, without, tijd }: Ask): RequestBody {
    const arrangement = law.uitwisselingen.get(exchange)
    const step = arrangement?.treden.find(({ id }) => id === rung)
    if (!arrangement || !step) throw new Error(`no rung ${rung} of ${exchange}`)
    const months =
      rung === 'licht' ? roll.pick([3, 3, 6, 12]) : Math.min(3, step.periodeMaanden ?? 3)
    const before = monthOf(dayOf(tijd))
    const { voorwaarden } = arrangement
    const some = step.velden.filter(() => roll.chance(0.75))
    const body: RequestBody = {
      betrokkene: { soort: 'bsn', waarde: person },
      velden: some.length > 0 ? some : step.velden.slice(0, 1),
      ...(voorwaarden.periode !== undefined && {
        periode: { van: firstDay(before - months), totEnMet: lastDay(before - 1) },
      }),
      ...(arrangement.parameters.has('leefvorm') && {
        parameters: {
          leefvorm: roll.pick(['alleenstaande', 'alleenstaande', 'gehuwden', 'alleenstaandeOuder']),
        },
      }),
      zaak: of.zaak,
      medewerker: { id: by.id, functie: by.functie },
      ...(of.principal !== by.oin && { namens: of.principal }),
      ...change,
    }
    return without ? { ...body, [without]: undefined } : body
  }

  function factsOf({ of, person, exchange, rung, tijd }: Ask): Facts {
    const hourKey = `${of.principal}|${exchange}|${Math.floor(tijd / hour)}`
    if (of.askedOn !== dayOf(tijd)) of.asked.clear()
    of.askedOn = dayOf(tijd)
    const related = of.persons.includes(person)
    return {
      treden: of.open.has(`${exchange}|${person}`) ? [rung] : [],
      noodrem: [],
      gebruik: {
        zaakVandaag: of.asked.get(exchange) ?? 0,
        partijDitUur: perHour.get(hourKey) ?? 0,
      },
      zaakrelatie: related
        ? of.open.size > 0 || of.asked.size > 0
          ? 'bekend'
          : 'nieuw'
        : 'anders',
    }
  }

  function requestOf(one: Ask, at: Call): PurposeRequest {
    const party = law.partijen.get(one.by.oin)
    if (!party) throw new Error('nobody asks')
    const identity = { oin: party.oin, naam: '', thumbprint: '', chain: [], validUntil: one.tijd }
    const body = JSON.parse(JSON.stringify(bodyOf(one)))
    return { ...at, peer: { party, identity }, uitwisseling: one.exchange, body }
  }

  function ask(one: Ask): { transactie: string; disclosed: boolean } {
    const request = requestOf(one, call(one.tijd))
    const { transactie, tijd } = request
    const decision = decide(question(request, law), factsOf(one), law, tijd)
    const terms = exchangeTerms(request, law)
    note(terms.log, tijd, decisionDraft(request, decision, terms))
    if (one.signal) {
      note(terms.log, tijd, signalDraft(request, terms, { code: one.signal, rijen: [] }, tijd))
    }
    if (decision.uitkomst === 'geweigerd') return { transactie, disclosed: false }
    const { of, exchange, person } = one
    of.asked.set(exchange, (of.asked.get(exchange) ?? 0) + 1)
    const hourKey = `${of.principal}|${exchange}|${Math.floor(tijd / hour)}`
    perHour.set(hourKey, (perHour.get(hourKey) ?? 0) + 1)
    const end = finish({ request, decision, terms }, tijd + 60 + roll() ** 3 * 2_400)
    if (end === 'verstrekking' && roll.chance(0.35)) of.open.add(`${exchange}|${person}`)
    else if (end === 'verstrekking') of.open.add(`${exchange}|-`)
    return { transactie, disclosed: end === 'verstrekking' }
  }

  function finish(decided: Decided, tijd: Moment): 'verstrekking' | 'bronfout' | 'afgebroken' {
    const { request, terms } = decided
    const down = outages.some(
      ({ bron, from, to }) => bron === terms.verstrekker && tijd >= from && tijd < to,
    )
    const soort = roll.chance(down ? 0.7 : 0.003)
      ? ('bronfout' as const)
      : roll.chance(0.001)
        ? ('afgebroken' as const)
        : ('verstrekking' as const)
    if (soort !== 'verstrekking') {
      const code = soort === 'bronfout' ? roll.pick(sourceErrors) : 'aanvrager-weg'
      note(terms.log, tijd, endDraft(decided, { soort, redenen: [{ code }] }, Math.floor(tijd)))
      return soort
    }
    const { velden } = request.body
    const nobody = roll.chance(0.03)
    const lacks = velden.length > 1 && roll.chance(0.04) ? velden.slice(-1) : []
    const release = {
      verstrekt: nobody ? [] : velden.filter(veld => !lacks.includes(veld)),
      weggelaten: nobody ? velden : lacks,
      aantal: 1,
      rijen: [],
    }
    const afdruk = imprint(random(32), request.transactie)
    note(terms.log, tijd, disclosureDraft(decided, release, { tijd: Math.floor(tijd), afdruk }))
    if (roll.chance(0.0008)) {
      const undelivered = {
        soort: 'niet-afgeleverd',
        redenen: [{ code: 'verbinding-verbroken' }],
      } as const
      note(terms.log, tijd + 900, endDraft(decided, undelivered, Math.floor(tijd + 900)))
    }
    return 'verstrekking'
  }

  function register(by: Employee, of: Case, person: string, rol: string, tijd: Moment): string {
    const at = call(tijd)
    const namens = of.principal === by.oin ? {} : { namens: of.principal }
    const betrokkenen = [{ betrokkene: { soort: 'bsn' as const, waarde: person }, rol }]
    const beleid = { id: 'beleid', versie: law.digest.slice(0, 19), digest: law.digest }
    const body = { zaak: of.zaak, betrokkenen, ...namens }
    const place = {
      log: 'gewoon',
      ontvanger: by.oin,
      body,
      beleid,
      epoch,
      redenen: [],
      rijen: [],
    } as const
    note('gewoon', at.tijd, caseDraft(at, place))
    of.persons.push(person)
    return at.transactie
  }

  /** Belgium answers weeks later; its steps are a night's work of the gateway itself. */
  function askLater(one: Ask): void {
    const first = call(one.tijd)
    const accepted = requestOf(one, first)
    const asked = { ...accepted, verzoek: first.transactie }
    const decision = decide(question(asked, law), factsOf(one), law, first.tijd)
    const terms = exchangeTerms(accepted, law)
    if (decision.uitkomst === 'geweigerd') {
      note(terms.log, first.tijd, decisionDraft(accepted, decision, terms))
      return
    }
    const inhoud = `sha256:${hex(64)}`
    note(
      terms.log,
      first.tijd,
      acceptanceDraft(accepted, { decision, terms, staat: 'aanvaard', inhoud, rijen: [] }),
    )
    one.of.open.add(`${one.exchange}|-`)
    const step = (soort: StepKind, uitkomst: string, tijd: Moment) => {
      const at = { ...call(tijd), verzoek: first.transactie }
      const { log, uitwisseling, ontvanger } = terms
      note(
        log,
        tijd,
        stepDraft(at, { soort, uitkomst, log, uitwisseling, ontvanger, terms, rijen: [] }, at.tijd),
      )
    }
    const answered = addDays(dayOf(one.tijd), 6 + roll.below(40))
    on(answered, () => {
      const tijd = midnight(answered) + (1 + roll() * 4) * hour
      const again = { ...requestOf({ ...one, tijd }, call(tijd)), verzoek: first.transactie }
      const later = decide(question(again, law), factsOf({ ...one, tijd }), law, again.tijd)
      note(terms.log, tijd, decisionDraft(again, later, terms))
      if (later.uitkomst === 'geweigerd') return
      if (finish({ request: again, decision: later, terms }, tijd + 4_000) !== 'verstrekking') {
        step('einde', 'mislukt', tijd + 8_000)
        return
      }
      const picked = addDays(answered, 1 + roll.below(4))
      on(picked, () => {
        const morning = midnight(picked) + (8.5 + roll() * 7) * hour
        step('ophaling', 'opgehaald', morning)
        step('ontvangst', 'ontvangen', morning + 20_000)
      })
    })
  }

  /** Somebody errs first, sees the refusal, and asks as it should be. */
  function err(one: Ask): void {
    const mistake = roll.pick(mistakes)(one, roll)
    if (mistake) ask({ ...one, ...mistake, tijd: one.tijd - (2 + roll() * 6) * minute })
  }

  function perform(by: Employee, of: Case, steps: readonly Step[], at: Moment): void {
    let tijd = at
    const asked = new Map<string, boolean>()
    for (const { exchange, rung, person, after } of steps) {
      if (after !== undefined && !of.open.has(`${exchange}|${person}`)) continue
      tijd += (20 + roll() * 200) * 1_000
      const one: Ask = { tijd, by, of, person, exchange, rung }
      if (exchange.startsWith('be-')) {
        askLater({ ...one, change: abroad(exchange, roll) })
        continue
      }
      if (roll.chance(0.045)) err(one)
      const { disclosed } = ask(one)
      asked.set(exchange, disclosed)
      if (!disclosed && roll.chance(0.5)) ask({ ...one, tijd: tijd + (1 + roll() * 30) * minute })
    }
  }

  /** A new case, with what it brings today and on later days. */
  function begin(by: Employee, day: LegalDate, tijd: Moment): void {
    // Somebody who moved, or who asks again after a year, is known elsewhere already.
    const person =
      persons > 500 && roll.chance(0.04) ? personAt(roll.below(persons) * 7) : newPerson()
    const of = newCase(by, [person])
    const { now, soon, again } = scripts[by.work](person, roll, of.principal !== by.oin)
    perform(by, of, now, tijd)
    if (by.work === 'bijstand' && roll.chance(0.16)) {
      const partner = newPerson()
      register(by, of, partner, 'partner', tijd + 6 * minute)
      perform(
        by,
        of,
        now.map(step => ({ ...step, person: partner })),
        tijd + 7 * minute,
      )
    } else if (by.work === 'bijstand' && roll.chance(0.006))
      advance(by, of, day, tijd + 20 * minute)
    if (soon.length > 0)
      later(by, addDays(day, 1 + roll.below(4)), moment => perform(by, of, soon, moment))
    if (roll.chance(0.3)) {
      later(by, addDays(day, 35 + roll.below(80)), moment => perform(by, of, again, moment))
    }
  }

  /** An advance that cannot wait: another person once, closed within its term by nearly everybody. */
  function advance(by: Employee, of: Case, day: LegalDate, tijd: Moment): void {
    if (by.functie !== 'inkomensconsulent') return
    const person = newPerson()
    const motivering = {
      noodzaak: 'spoedvoorschot',
      lichterMiddel: 'geen',
      toelichting: 'Voorschot.',
    }
    const exchange = 'uwv-inkomsten-bijstand'
    const { disclosed } = ask({
      tijd,
      by,
      of,
      person,
      exchange,
      rung: 'licht',
      change: { motivering },
    })
    if (!disclosed || roll.chance(0.05)) return
    later(by, addDays(day, 1 + roll.below(9)), moment =>
      register(by, of, person, 'partner', moment),
    )
  }

  /** On this day, or the next on which this employee works. */
  function later(by: Employee, from: LegalDate, what: (tijd: Moment) => void): void {
    let day = from
    while (!works(by, day)) day = addDays(day, 1)
    on(day, () => what(within(by, day, roll)))
  }

  function live(day: LegalDate): void {
    if (roll.chance(0.02)) {
      const from = midnight(day) + (9 + roll() * 6) * hour
      outages.push({ bron: roll.pick([uwv, svb, ksz]), from, to: from + (0.3 + roll()) * hour })
    }
    for (const what of agenda.get(day) ?? []) what()
    agenda.delete(day)
    const busy = (seasons[Number(day.slice(5, 7)) - 1] ?? 1) * (week[weekdayOf(day)] ?? 0)
    for (const by of employees) {
      if (!works(by, day) || roll.chance(0.08)) continue
      for (let n = poisson(by.pace * busy, roll); n > 0; n--) begin(by, day, within(by, day, roll))
    }
    nights(day)
  }

  /** What machines do at night: a process that the law does not know, and calls that say nothing. */
  function nights(day: LegalDate): void {
    for (let n = poisson(employees.length / 40, roll); n > 0; n--) {
      const by = roll.pick(employees)
      const [first] = scripts[by.work](newPerson(), roll, by.oin === delta).now
      if (!first) continue
      ask({
        ...{ exchange: first.exchange, rung: first.rung, person: first.person, by },
        of: newCase(by, [first.person]),
        tijd: midnight(day) + (1 + roll() * 4) * hour,
        change: { systeemproces: 'nachtverwerking' },
        without: 'medewerker',
      })
    }
    for (let n = poisson(employees.length / 30, roll); n > 0; n--) {
      const tijd = midnight(day) + (8 + roll() * 10) * hour
      const redenen = [roll.pick(rejections)]
      const [log, partij] = roll.chance(0.04)
        ? (['vertrouwelijk', fiod] as const)
        : (['gewoon', roll.pick(employees).oin] as const)
      note(log, tijd, rejectionDraft({ call: call(tijd), log, partij, redenen }))
    }
  }

  /** What happened until here, in order; an end after midnight waits for its day. */
  function take(until: Moment): readonly Event[] {
    const done = events.filter(({ tijd }) => tijd < until)
    events = events.filter(({ tijd }) => tijd >= until)
    perHour.clear()
    return done.sort((one, other) => one.tijd - other.tijd)
  }

  const scene: Scene = { law, dice: roll, employees, newPerson, newCase, ask, register }
  return { live, take, scene, add: (more: readonly Event[]) => void events.push(...more) }
}

const sourceErrors = [
  'source-unavailable',
  'source-unavailable',
  'source-refused',
  'source-malformed',
]
const rejections = [
  'ongeldig-verzoek',
  'ongeldig-verzoek',
  'niet-gevonden',
  'niet-toegelaten',
  'te-groot',
]

/** Ways to err; each is judged by the law itself. */
const mistakes: readonly ((one: Ask, roll: Dice) => Partial<Ask> | undefined)[] = [
  () => ({ change: { velden: ['nationaliteit'] } }),
  ({ by }, roll) => ({
    change: {
      medewerker: { id: by.id, functie: roll.pick(['administratief medewerker', 'casemanager']) },
    },
  }),
  () => ({ without: 'zaak' }),
  ({ tijd }) => {
    const before = monthOf(dayOf(tijd))
    return { change: { periode: { van: firstDay(before - 24), totEnMet: lastDay(before - 1) } } }
  },
  ({ exchange }) => (exchange.endsWith('bijstand') ? { without: 'parameters' } : undefined),
  ({ exchange, rung }) =>
    rung === 'licht' && heavier[exchange] ? { rung: heavier[exchange] } : undefined,
  (_, roll) => ({ person: personAt(roll.below(5_000) * 7) }),
  ({ by }) =>
    by.work === 'bijstand' ? { exchange: 'lu-inkomsten-bijstand', rung: 'licht' } : undefined,
]

const heavier: Readonly<Record<string, string>> = {
  'uwv-inkomsten-bijstand': 'bedragen',
  'uwv-uitkeringen-bijstand': 'bedragen',
  'svb-uitkeringen-bijstand': 'uitkeringen',
  'svb-uitkering-uwv': 'uitkering',
  'uwv-inkomsten-aio': 'bedragen',
  'uwv-inkomsten-anw': 'bedragen',
}

interface Script {
  readonly now: readonly Step[]
  readonly soon: readonly Step[]
  /** Months later, once more. */
  readonly again: readonly Step[]
}

const scripts: Readonly<Record<Work, (person: string, roll: Dice, mandated: boolean) => Script>> = {
  bijstand(person, roll, mandated) {
    const light = (exchange: string) => ({ exchange, rung: 'licht', person })
    const heavy = (exchange: string) => ({
      ...{ exchange, rung: heavier[exchange] ?? '', person, after: 'licht' },
    })
    const also = [
      // Under mandate only for the purposes that it names.
      ...(roll.chance(0.55) && !mandated ? ['uwv-uitkeringen-bijstand'] : []),
      ...(roll.chance(0.35) && !mandated ? ['svb-uitkeringen-bijstand'] : []),
    ]
    const asked = ['uwv-inkomsten-bijstand', ...also]
    return {
      now: [
        ...asked.map(light),
        ...(roll.chance(0.6) ? asked.map(heavy) : []),
        ...(roll.chance(0.02) && !mandated ? [light('be-inkomsten-bijstand')] : []),
      ],
      soon: roll.chance(0.5) ? asked.map(heavy) : [],
      again: [light('uwv-inkomsten-bijstand'), heavy('uwv-inkomsten-bijstand')],
    }
  },
  'sociale-verzekering'(person, roll) {
    const exchange = roll.pick(['uwv-inkomsten-aio', 'uwv-inkomsten-anw'])
    const now = [
      { exchange, rung: 'licht', person },
      { exchange, rung: 'bedragen', person, after: 'licht' },
    ]
    const abroad = { exchange: 'be-woonplaats-svb', rung: 'stand', person }
    return { now: roll.chance(0.05) ? [...now, abroad] : now, soon: [], again: now }
  },
  samenloop(person) {
    const exchange = 'svb-uitkering-uwv'
    const now = [
      { exchange, rung: 'licht', person },
      { exchange, rung: 'uitkering', person, after: 'licht' },
    ]
    return { now, soon: [], again: now.slice(0, 1) }
  },
}

function abroad(exchange: string, roll: Dice): Partial<RequestBody> {
  const waarde = `0141019${String(roll.below(10_000)).padStart(4, '0')}`
  return {
    buitenlands: { land: 'BE', soort: 'insz', waarde },
    ...(exchange === 'be-inkomsten-bijstand' && {
      motivering: { noodzaak: 'aanvraag', lichterMiddel: 'geen' },
    }),
  }
}

function works({ days }: Employee, day: LegalDate): boolean {
  return days.has(weekdayOf(day)) && !holidays.has(day)
}

export function weekdayOf(day: LegalDate): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay()
}

/** Cheaper than formatting: the generator never asks for another day than the one of this midnight. */
const midnights = new Map<number, LegalDate>()

function dayOf(tijd: Moment): LegalDate {
  const slot = Math.floor(tijd / hour)
  const known = midnights.get(slot)
  if (known) return known
  const guess = new Date(tijd).toISOString().slice(0, 10)
  const next = addDays(guess, 1)
  const day = tijd >= midnight(next) ? next : guess
  midnights.set(slot, day)
  return day
}

/** A moment at work: two humps around lunch, and now and then an evening. */
function within({ begins, hours, late }: Employee, day: LegalDate, roll: Dice): Moment {
  if (late && roll.chance(0.05)) return midnight(day) + (17.5 + roll() * 2.5) * hour
  const share = roll.chance(0.55) ? roll() * 0.45 : 0.55 + roll() * 0.42
  return midnight(day) + (begins + share * hours) * hour
}

function poisson(mean: number, roll: Dice): number {
  const limit = Math.exp(-mean)
  let n = 0
  for (let product = roll(); product > limit; product *= roll()) n++
  return n
}
