// Which misuse stands between all the ordinary questions of a month? Each kind that an officer must be able to find.
import { addDays, lastDay, midnight, monthOf } from '../gateway/policy/legal-time.ts'
import type { LegalDate, Moment } from '../gateway/terms.ts'
import { dijkdorp, type Employee, waterstad } from './country.ts'
import type { Case, Scene } from './traffic.ts'

/** What was planted → its transactions. */
export type Planted = Map<PlantedKind, string[]>

export type PlantedKind =
  /** An employee who looks at a former partner again and again, in the evening too. */
  | 'ex-partner'
  /** The same employee, at well-known people, many in a few days. */
  | 'bekende-personen'
  /** Somebody in the news, looked at all over the country. */
  | 'in-het-nieuws'
  /** A municipality that fills a list of its own, a few persons a day. */
  | 'verzamelen'
  /** One case id for people who have nothing to do with each other. */
  | 'zaak-hergebruikt'
  /** Somebody who always tries for the amounts first. */
  | 'ladder'
  /** Somebody who uses the escape and never closes it. */
  | 'ontsnapping'
  /** One day on which a municipality asks three times as much. */
  | 'piek'
  /** A municipality whose people ask about twice as many persons as those elsewhere. */
  | 'breed'
  /** What the gateway itself signalled. */
  | 'signaal'

type Plans = Map<LegalDate, () => void>

const minute = 60_000
const hour = 60 * minute
const exchange = 'uwv-inkomsten-bijstand'
/** Where what was planted must be the only thing that is odd. */
const veenoord = '00000099000000121000'
const zandwijk = '00000099000000122000'
const heideveld = '00000099000000123000'
const oostpolder = '00000099000000125000'
const kleidam = '00000099000000126000'

/** @param first day of the month */
export function plant(scene: Scene, first: LegalDate, planted: Planted): Plans {
  const plans: Plans = new Map()
  const days = workdays(first)
  const on = (day: LegalDate | undefined, what: (day: LegalDate) => void) => {
    if (day === undefined) return
    const before = plans.get(day)
    plans.set(day, () => {
      before?.()
      what(day)
    })
  }
  const grow = (kind: PlantedKind, transactie: string) => {
    const known = planted.get(kind)
    if (known) known.push(transactie)
    else planted.set(kind, [transactie])
  }
  const look = (
    kind: PlantedKind,
    by: Employee,
    of: Case,
    person: string,
    tijd: Moment,
    asks = exchange,
  ) => {
    const { transactie } = scene.ask({ tijd, by, of, person, exchange: asks, rung: 'licht' })
    grow(kind, transactie)
  }
  const staff = (oin: string) => scene.employees.filter(one => one.oin === oin)
  const at = (day: LegalDate, uur: number) => midnight(day) + uur * hour
  const { dice: roll, newPerson, newCase } = scene

  const [curious] = staff(waterstad)
  if (!curious) throw new Error('nobody works at the first municipality')
  const former = newPerson()
  const pretext = newCase(curious, [former])
  for (const [i, n] of [1, 3, 5, 8, 11, 13, 16, 18].entries()) {
    on(days[n], day =>
      look('ex-partner', curious, pretext, former, at(day, i % 3 === 2 ? 12 : 20.5 + roll())),
    )
  }
  const known = Array.from({ length: 38 }, newPerson)
  for (const [n, share] of [
    [6, known.slice(0, 27)],
    [15, known.slice(27)],
  ] as const) {
    on(days[n], day => {
      for (const [i, person] of share.entries()) {
        const tijd = at(day, 15) + i * 4 * minute
        look('bekende-personen', curious, newCase(curious, [person]), person, tijd)
      }
    })
  }

  const famous = newPerson()
  const curiousElsewhere = [waterstad, dijkdorp, veenoord, zandwijk, oostpolder].flatMap(oin =>
    staff(oin).slice(-2),
  )
  for (const [i, by] of curiousElsewhere.entries()) {
    on(days[9 + (i % 4)], day =>
      look('in-het-nieuws', by, newCase(by, [famous]), famous, at(day, 9 + i * 0.6)),
    )
  }

  const listing = staff(oostpolder)
  for (const day of days) {
    on(day, today => {
      for (let n = 0; n < Math.max(6, listing.length * 3); n++) {
        const by = roll.pick(listing)
        const person = newPerson()
        look('verzamelen', by, newCase(by, [person]), person, at(today, 8.5 + roll() * 8.5))
      }
    })
  }

  for (const by of staff(heideveld)) {
    for (const day of days) {
      on(day, today => {
        for (let n = 0; n < 8; n++) {
          const person = newPerson()
          const of = newCase(by, [person])
          const tijd = at(today, 9 + roll() * 7)
          look('breed', by, of, person, tijd)
          look('breed', by, of, person, tijd + minute, 'uwv-uitkeringen-bijstand')
        }
      })
    }
  }

  const [reuser] = staff(dijkdorp).slice(-1)
  const reused = reuser && newCase(reuser, [newPerson()])
  for (const n of [2, 4, 5, 7, 10, 12, 14, 15, 17, 19]) {
    if (!reuser || !reused) break
    on(days[n], day => {
      const stranger = newPerson()
      const tijd = at(day, 10 + roll() * 5)
      scene.register(reuser, reused, stranger, 'huisgenoot', tijd - 5 * minute)
      look('zaak-hergebruikt', reuser, reused, stranger, tijd)
    })
  }

  const [hasty] = staff(zandwijk).slice(-1)
  for (const n of [1, 2, 4, 6, 8, 9, 12, 13, 16, 18]) {
    if (!hasty) break
    on(days[n], day => {
      for (const uur of [9.5, 14]) {
        const person = newPerson()
        const one = { by: hasty, of: newCase(hasty, [person]), person, exchange, rung: 'bedragen' }
        grow('ladder', scene.ask({ ...one, tijd: at(day, uur + roll()) }).transactie)
      }
    })
  }

  const [urgent] = staff(veenoord).slice(-1)
  for (const n of [0, 1, 3]) {
    if (!urgent) break
    on(days[n], day => {
      const [own, other] = [newPerson(), newPerson()]
      const of = newCase(urgent, [own])
      const tijd = at(day, 11 + roll())
      scene.ask({ tijd, by: urgent, of, person: own, exchange, rung: 'licht' })
      const motivering = {
        noodzaak: 'spoedvoorschot',
        lichterMiddel: 'geen',
        toelichting: 'Spoed.',
      }
      const one = { by: urgent, of, person: other, exchange, rung: 'licht', change: { motivering } }
      grow('ontsnapping', scene.ask({ ...one, tijd: tijd + 9 * minute }).transactie)
    })
  }

  const rushing = staff(kleidam)
  const usual = Math.round(rushing.length * 9)
  on(days[11], day => {
    for (let n = 0; n < Math.max(40, usual * 3); n++) {
      const by = roll.pick(rushing)
      const person = newPerson()
      look('piek', by, newCase(by, [person]), person, at(day, 8.5 + roll() * 8))
    }
  })

  const [signalled] = staff(dijkdorp)
  on(days[14], day => {
    if (!signalled) return
    const person = newPerson()
    const one = { by: signalled, of: newCase(signalled, [person]), person, exchange, rung: 'licht' }
    grow('signaal', scene.ask({ ...one, tijd: at(day, 13), signal: 'veel-personen' }).transactie)
  })
  return plans
}

function workdays(first: LegalDate): LegalDate[] {
  const last = lastDay(monthOf(first))
  const days: LegalDate[] = []
  for (let day = first; day <= last; day = addDays(day, 1)) {
    const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
    if (weekday > 0 && weekday < 6) days.push(day)
  }
  return days
}
