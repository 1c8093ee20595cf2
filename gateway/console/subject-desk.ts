// How does an officer come to a person, and what is written down on the way? For every page about one person.
import type { OfficerAct } from '../audit/record-officer.ts'
import { type Html, html } from '../html.ts'
import { addDays, isDate, legalDate } from '../policy/legal-time.ts'
import type { LegalDate, LogName, Moment } from '../terms.ts'
import type { Desk, View, Visit } from './page.ts'
import { anchor, choice, faultList, form, heading, notice, paragraph, textField } from './parts.ts'
import { masked, type Person, subjectOf } from './person.ts'
import { type Restriction, restrictionOn } from './subject-marks.ts'
import { asked, dayText, optionText, restrictionGrounds, useGrounds } from './subject-terms.ts'

/** What waits sealed between the form and the page. */
export interface Kept {
  readonly pagina: 'betrokkene'
  readonly person: Person
  readonly reden: string
  /** AVG art. 18(2): for what the restricted lines of this person are opened. */
  readonly gebruik?: string
}

/** Per field what is wrong with it; never with what was filled in. */
export type Faults = Readonly<Record<string, string | undefined>>

/** A person whom this officer looked up, and whose lines may be opened now. */
export interface Seat {
  readonly id: string
  readonly kept: Kept
  readonly person: Person
  readonly restriction: Restriction | undefined
}

/** A party whose calls stand in the second log acts there too: nothing of it is in the ordinary one (design §5). */
export function logOfActs(desk: Pick<Desk, 'law'>, { officer }: Visit): LogName {
  return desk.law().partijen.get(officer.oin)?.vertrouwelijk ? 'vertrouwelijk' : 'gewoon'
}

export async function note(
  visit: Visit,
  desk: Pick<Desk, 'law' | 'record'>,
  act: Omit<OfficerAct, 'log' | 'door'>,
): Promise<void> {
  const { officer, rol, call } = visit
  const door = { oin: officer.oin, rol, id: officer.id }
  await desk.record(call, { ...act, log: logOfActs(desk, visit), door })
}

export const about = (person: Person) => ({ gezocht: { subject: subjectOf(person) } })

/** What does not exist and what is another's look the same; that somebody tried is written down. */
export async function missing(visit: Visit, desk: Pick<Desk, 'law' | 'record'>): Promise<View> {
  await note(visit, desk, {
    soort: 'raadpleging',
    uitkomst: 'niet-gevonden',
    handeling: { wat: 'betrokkene' },
  })
  return {
    kind: 'page',
    title: 'Niet gevonden',
    status: 404,
    body: html`${paragraph('Wat u zoekt, is er niet, of uw zoekvraag is verlopen.')}
${paragraph(anchor('/betrokkene', 'Zoek opnieuw naar een betrokkene'))}`,
  }
}

type Finding = Pick<
  Desk,
  'searches' | 'catchUp' | 'store' | 'keys' | 'keysDir' | 'law' | 'record' | 'clock'
>

interface Entry {
  /** Also without a ground to use what is restricted: nothing of it is shown. */
  readonly restricted?: boolean
  /** What is looked at; an act is a line of its own. */
  readonly wat?: string
}

/** Takes the officer to the person of this address, past the restriction that may stand over them. */
export async function withPerson(
  visit: Visit,
  desk: Finding,
  open: (seat: Seat) => Promise<View>,
  { restricted = false, wat }: Entry = {},
): Promise<View> {
  const id = visit.params.zoekvraag ?? ''
  const kept = readKept(await desk.searches.find(visit.officer, id))
  if (!kept) return await missing(visit, desk)
  const { person } = kept
  await desk.catchUp()
  const restriction = await restrictionOn(desk, visit.officer.oin, person)
  const seat = { id, kept, person, restriction }
  if (restriction && !kept.gebruik && !restricted) return closed(visit, seat, {})
  if (wat) {
    const { reden, gebruik } = kept
    await note(visit, desk, {
      soort: 'raadpleging',
      uitkomst: 'getoond',
      handeling: { wat, reden, ...(restriction && gebruik && { gebruik }) },
      ...about(person),
    })
  }
  return await open(seat)
}

function readKept(text: string | undefined): Kept | undefined {
  if (text === undefined) return undefined
  const kept: Partial<Kept> = JSON.parse(text)
  const { pagina, person, reden } = kept
  if (pagina !== 'betrokkene' || !person || reden === undefined) return undefined
  return { ...kept, pagina, person, reden }
}

/** What stands instead of the person's lines until the officer says for what they are used (AVG art. 18(2)). */
export function closed(visit: Visit, seat: Seat, faults: Faults): View {
  const { id, person, restriction } = seat
  const wrong = Object.keys(faults).length > 0
  return {
    kind: 'page',
    title: 'Beperking op deze betrokkene',
    ...(wrong && { status: 400 }),
    body: html`${faultsAbove(faults)}${restriction && restrictionNotice(restriction)}
${paragraph(`Het gaat om nummer ${masked(person)}. Het gebruik van deze gegevens is beperkt (AVG, artikel 18). U mag ze alleen gebruiken voor wat de wet noemt. Kies waarvoor. Uw keuze komt in het logboek.`)}
${form({
  action: `/betrokkene/${id}/opening`,
  csrf: visit.csrf,
  submit: 'Openen',
  fields: useFields(faults),
})}
${heading(2, 'De beperking opheffen')}
${paragraph(anchor(`/betrokkene/${id}/beperking`, 'Naar de beperking'))}`,
  }
}

/** For what restricted lines are used, asked before they are opened. */
export function useFields(faults: Faults): readonly Html[] {
  return [
    choice({
      name: 'gebruik',
      label: 'Waarvoor gebruikt u de gegevens? (AVG, artikel 18, tweede lid)',
      options: asked(useGrounds),
      error: faults.gebruik,
      required: true,
    }),
    textField({
      name: 'motivering',
      label: 'Leg uit waarom dit nodig is',
      lines: 3,
      error: faults.motivering,
      required: true,
    }),
  ]
}

export function restrictionNotice({ grond, sinds }: Restriction) {
  return notice(
    'warning',
    paragraph(
      html`<strong>Beperkt sinds ${dayText(sinds)}.</strong> Het gebruik van deze gegevens is beperkt (AVG, artikel 18), omdat: ${optionText(restrictionGrounds, grond)}.`,
    ),
  )
}

/** Opens restricted lines for one of the grounds of AVG art. 18(2), and says so in the log. */
export async function actOpen(visit: Visit, desk: Finding): Promise<View> {
  return await withPerson(
    visit,
    desk,
    async seat => {
      const gebruik = formText(visit, 'gebruik')
      const motivering = formText(visit, 'motivering')
      const faults = faultsOf({
        gebruik: mustChoose(gebruik, useGrounds, 'waarvoor u de gegevens gebruikt'),
        motivering: mustSay(motivering),
      })
      if (faults) return closed(visit, seat, faults)
      await note(visit, desk, {
        soort: 'raadpleging',
        uitkomst: 'geopend',
        handeling: { wat: 'beperkt', gebruik, reden: seat.kept.reden },
        motivering,
        ...about(seat.person),
      })
      const kept: Kept = { ...seat.kept, gebruik }
      const id = await desk.searches.keep(visit.officer, JSON.stringify(kept))
      return { kind: 'redirect', to: `/betrokkene/${id}` }
    },
    { restricted: true },
  )
}

export function formText({ form }: Pick<Visit, 'form'>, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value.trim() : ''
}

/** What is wrong, each with the way to its field; before the rest of the page. */
export function faultsAbove(faults: Faults): Html {
  return faultList(
    new Map(Object.entries(faults).flatMap(([name, text]) => (text ? [[name, text]] : []))),
  )
}

/** Undefined when nothing is wrong. */
export function faultsOf(faults: Faults): Faults | undefined {
  const wrong = Object.entries(faults).filter(([, fault]) => fault !== undefined)
  return wrong.length > 0 ? Object.fromEntries(wrong) : undefined
}

export function mustChoose(
  value: string,
  options: readonly (readonly [value: string, text: string])[],
  what: string,
): string | undefined {
  return options.some(([one]) => one === value) ? undefined : `Kies ${what}.`
}

const maxText = 2_000

export function mustSay(text: string, empty = 'Schrijf op waarom.'): string | undefined {
  if (text === '') return empty
  return text.length > maxText ? `Gebruik hoogstens ${maxText} tekens.` : undefined
}

export function mayBeLong(text: string): string | undefined {
  return text === '' ? undefined : mustSay(text)
}

/** A day from `van` to `tot`, both allowed. */
export function mustBeDay(
  date: string,
  { van, tot }: { readonly van: LegalDate; readonly tot: LegalDate },
): string | undefined {
  if (!isDate(date)) return 'Vul een datum in.'
  if (date < van) return 'Deze datum is te vroeg.'
  return date > tot ? 'Deze datum is te laat.' : undefined
}

export function today(now: Moment): LegalDate {
  return legalDate(now)
}

export function tomorrow(now: Moment): LegalDate {
  return addDays(legalDate(now), 1)
}
