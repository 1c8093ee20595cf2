// May what the log holds of this person just be used? An officer restricts it, and tells the person before that ends (AVG art. 18).
import { type Html, html } from '../html.ts'
import type { Desk, View, Visit } from './page.ts'
import {
  anchor,
  choice,
  form,
  heading,
  list,
  moment,
  notice,
  paragraph,
  table,
  textField,
} from './parts.ts'
import { masked } from './person.ts'
import { findSubject } from './subject.ts'
import {
  about,
  type Faults,
  faultsAbove,
  faultsOf,
  formText,
  mustChoose,
  mustSay,
  note,
  restrictionNotice,
  type Seat,
  withPerson,
} from './subject-desk.ts'
import { openActs } from './subject-marks.ts'
import { partyIn } from './subject-overview.ts'
import { asked, optionText, restrictionGrounds } from './subject-terms.ts'

/** Storing is always allowed: to set or lift a restriction no ground for use is asked. */
export async function restrictionPage(visit: Visit, desk: Desk): Promise<View> {
  return await withPerson(visit, desk, seat => showRestriction(visit, desk, [seat, {}]), {
    restricted: true,
    wat: 'beperking',
  })
}

async function showRestriction(
  visit: Visit,
  desk: Desk,
  [seat, faults]: readonly [Seat, Faults],
): Promise<View> {
  const wrong = Object.keys(faults).length > 0
  return {
    kind: 'page',
    title: 'Beperking',
    ...(wrong && { status: 400 }),
    body: html`${faultsAbove(faults)}${paragraph(`Het gaat om nummer ${masked(seat.person)}.`)}
${seat.restriction ? liftForm(visit, seat, faults) : await setForm(visit, desk, [seat, faults])}
${paragraph(anchor(`/betrokkene/${seat.id}`, 'Terug naar de betrokkene'))}`,
  }
}

function liftForm(visit: Visit, { id, restriction }: Seat, faults: Faults): Html {
  return html`${restriction && restrictionNotice(restriction)}
${notice('info', paragraph('Vertel het de betrokkene voordat u de beperking opheft (AVG, artikel 18, derde lid).'))}
${form({
  action: `/betrokkene/${id}/beperking`,
  csrf: visit.csrf,
  submit: 'Beperking opheffen',
  fields: [
    choice({
      name: 'verteld',
      label: 'Is het de betrokkene verteld?',
      options: asked([['ja', 'Ja, de betrokkene weet het']]),
      error: faults.verteld,
      required: true,
    }),
    motivation(visit, faults),
  ],
})}`
}

async function setForm(
  visit: Visit,
  desk: Desk,
  [seat, faults]: readonly [Seat, Faults],
): Promise<Html> {
  const { lines } = await findSubject(desk, visit.officer, seat.person, visit.signal)
  const given = lines.filter(({ uitkomst }) => uitkomst === 'verstrekt')
  const others = new Set(given.map(({ ontvanger }) => ontvanger))
  others.delete(visit.officer.oin)
  const law = desk.law()
  return html`${paragraph('Bij een beperking mag uw organisatie deze regels alleen bewaren, en alleen gebruiken voor wat AVG artikel 18, tweede lid, noemt. De regels krijgen overal een merk. De uitwisseling zelf gaat door: die stopt u bij de bron of met de noodrem.')}
${
  others.size > 0
    ? html`${paragraph('Vertel de beperking ook aan wie de gegevens kreeg (AVG, artikel 19):')}
${list([...others].map(oin => partyIn(law, oin).naam))}`
    : undefined
}
${form({
  action: `/betrokkene/${seat.id}/beperking`,
  csrf: visit.csrf,
  submit: 'Beperken',
  fields: [
    choice({
      name: 'grond',
      label: 'Op welke grond? (AVG, artikel 18, eerste lid)',
      options: asked(restrictionGrounds),
      value: formText(visit, 'grond'),
      error: faults.grond,
      required: true,
    }),
    motivation(visit, faults),
  ],
})}`
}

function motivation(visit: Visit, faults: Faults): Html {
  return textField({
    name: 'motivering',
    label: 'Waarom?',
    help: 'Wat u hier schrijft, wordt verzegeld bewaard.',
    lines: 3,
    value: formText(visit, 'motivering'),
    error: faults.motivering,
    required: true,
  })
}

export async function actRestriction(visit: Visit, desk: Desk): Promise<View> {
  return await withPerson(
    visit,
    desk,
    async seat => {
      const { restriction, person, id } = seat
      const grond = formText(visit, 'grond')
      const motivering = formText(visit, 'motivering')
      const told = formText(visit, 'verteld') === 'ja'
      const faults = faultsOf({
        motivering: mustSay(motivering),
        ...(restriction
          ? { verteld: told ? undefined : 'Vertel het eerst aan de betrokkene.' }
          : { grond: mustChoose(grond, restrictionGrounds, 'een grond') }),
      })
      if (faults) return await showRestriction(visit, desk, [seat, faults])
      await note(visit, desk, {
        soort: 'beperking',
        uitkomst: restriction ? 'opgeheven' : 'gesteld',
        ...(restriction ? { over: restriction.transactie } : { handeling: { grond } }),
        motivering,
        ...about(person),
      })
      return { kind: 'redirect', to: `/betrokkene/${id}` }
    },
    { restricted: true },
  )
}

export async function restrictionsOpen(visit: Visit, desk: Desk): Promise<Html> {
  const acts = await openActs(desk.store.query, 'beperking', visit.officer.oin)
  return html`${heading(2, 'Beperkingen')}
${table({
  caption: 'Beperkingen die nu gelden',
  head: ['Gesteld op', 'Grond (AVG, artikel 18, eerste lid)'],
  rows: acts
    .slice(0, 200)
    .map(({ tijd, gegevens }) => [
      moment(tijd),
      optionText(restrictionGrounds, String(gegevens.grond)),
    ]),
  empty: 'Er geldt geen beperking. Een beperking stelt u bij de betrokkene.',
})}`
}
