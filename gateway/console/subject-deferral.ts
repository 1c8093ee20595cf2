// What may a person not see yet, and when does an officer look at that again? (UAVG art. 41, AVG art. 23)
import { type Html, html } from '../html.ts'
import type { LegalDate } from '../terms.ts'
import type { Desk, View, Visit } from './page.ts'
import {
  anchor,
  badge,
  checkbox,
  choice,
  facts,
  fieldset,
  form,
  heading,
  moment,
  pager,
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
  missing,
  mustBeDay,
  mustChoose,
  mustSay,
  note,
  type Seat,
  today,
  tomorrow,
  withPerson,
} from './subject-desk.ts'
import { type Deferral, deferralsBy } from './subject-marks.ts'
import { lawsOf, partyIn } from './subject-overview.ts'
import { addMonths, asked, dateText, deferralGrounds, optionText } from './subject-terms.ts'

/** Longest time until an officer looks again whether a deferral is still needed. */
const maxMonths = 12
const perPage = 100

export async function deferralPage(visit: Visit, desk: Desk): Promise<View> {
  return await withPerson(visit, desk, seat => showDeferral(visit, desk, [seat, {}]), {
    wat: 'uitstel',
  })
}

async function showDeferral(
  visit: Visit,
  desk: Desk,
  [seat, faults]: readonly [Seat, Faults],
): Promise<View> {
  const { lines } = await findSubject(desk, visit.officer, seat.person, visit.signal)
  const laws = lawsOf(desk)
  const after = visit.query.get('na')
  const start = after ? lines.findIndex(({ transactie }) => transactie === after) + 1 : 0
  const shown = lines.slice(start, start + perPage)
  const last = shown.at(-1)?.transactie
  const marked = new Set(visit.form.getAll('regel'))
  const wrong = Object.keys(faults).length > 0
  const page = `/betrokkene/${seat.id}/uitstel` as const
  const rows = shown.map(async ({ transactie, tijd, digest, ontvanger, uitwisseling }, i) => {
    const law = await laws(digest)
    const title = law.uitwisselingen.get(uitwisseling ?? '')?.titel ?? uitwisseling ?? ''
    return checkbox({
      name: 'regel',
      // Where the list of what is wrong points to.
      ...(i === 0 && { id: 'regel' }),
      value: transactie,
      checked: marked.has(transactie),
      label: html`${moment(tijd)}, ${partyIn(law, ontvanger).naam}: ${title}`,
    })
  })
  return {
    kind: 'page',
    title: 'Uitstel',
    ...(wrong && { status: 400 }),
    body: html`${faultsAbove(faults)}${paragraph(`Het gaat om nummer ${masked(seat.person)}. Wat u hier uitstelt, krijgt de betrokkene niet te zien tot u het uitstel opheft. Ook het overzicht van de andere organisatie bij dezelfde regel noemt het niet.`)}
${
  shown.length === 0
    ? paragraph('Er zijn geen regels die u kunt uitstellen.')
    : form({
        action: page,
        csrf: visit.csrf,
        submit: 'Uitstellen',
        fields: [
          fieldset('Welke regels stelt u uit?', await Promise.all(rows)),
          ...decisionFields(visit, desk, faults),
        ],
      })
}
${pager({
  newer: start > 0 ? page : undefined,
  older: last && start + perPage < lines.length ? `${page}?na=${last}` : undefined,
})}
${paragraph(anchor(`/betrokkene/${seat.id}`, 'Terug naar de betrokkene'))}`,
  }
}

function decisionFields(visit: Visit, desk: Pick<Desk, 'clock'>, faults: Faults): Html[] {
  const latest = addMonths(today(desk.clock()), maxMonths)
  return [
    choice({
      name: 'grond',
      label: 'Op welke grond? (UAVG, artikel 41, eerste lid)',
      options: asked(deferralGrounds),
      value: formText(visit, 'grond'),
      error: faults.grond,
      required: true,
    }),
    reviewField(visit, latest, faults),
    textField({
      name: 'motivering',
      label: 'Waarom is dit nodig en evenredig?',
      help: 'Wat u hier schrijft, wordt verzegeld bewaard.',
      lines: 4,
      value: formText(visit, 'motivering'),
      error: faults.motivering,
      required: true,
    }),
  ]
}

function reviewField(visit: Visit, latest: LegalDate, faults: Faults): Html {
  return textField({
    name: 'herzienOp',
    label: 'Wanneer kijkt u er opnieuw naar?',
    help: `Uiterlijk op ${dateText(latest)}.`,
    type: 'date',
    value: formText(visit, 'herzienOp'),
    error: faults.herzienOp,
    required: true,
  })
}

function reviewFault(desk: Pick<Desk, 'clock'>, date: string): string | undefined {
  const now = desk.clock()
  return mustBeDay(date, { van: tomorrow(now), tot: addMonths(today(now), maxMonths) })
}

export async function setDeferral(visit: Visit, desk: Desk): Promise<View> {
  return await withPerson(visit, desk, async seat => {
    const chosen = [...new Set(visit.form.getAll('regel').map(String))]
    const grond = formText(visit, 'grond')
    const herzienOp = formText(visit, 'herzienOp')
    const motivering = formText(visit, 'motivering')
    const { lines } = await findSubject(desk, visit.officer, seat.person, visit.signal)
    const own = new Set(lines.map(({ transactie }) => transactie))
    if (!chosen.every(transactie => own.has(transactie))) return await missing(visit, desk)
    const faults = faultsOf({
      regel: chosen.length === 0 || chosen.length > perPage ? 'Kies welke regels.' : undefined,
      grond: mustChoose(grond, deferralGrounds, 'een grond'),
      herzienOp: reviewFault(desk, herzienOp),
      motivering: mustSay(motivering),
    })
    if (faults) return await showDeferral(visit, desk, [seat, faults])
    await Promise.all(
      chosen.map(over =>
        note(visit, desk, {
          soort: 'uitstel',
          uitkomst: 'uitgesteld',
          over,
          handeling: { grond, herzienOp },
          motivering,
          ...about(seat.person),
        }),
      ),
    )
    return { kind: 'redirect', to: `/betrokkene/${seat.id}` }
  })
}

async function deferralOf(visit: Visit, desk: Desk): Promise<Deferral | undefined> {
  await desk.catchUp()
  const all = await deferralsBy(desk.store.query, visit.officer.oin)
  return all.find(({ over }) => over === visit.params.transactie)
}

export async function deferralForm(visit: Visit, desk: Desk): Promise<View> {
  const deferral = await deferralOf(visit, desk)
  return deferral ? showReview(visit, [deferral, {}]) : await missing(visit, desk)
}

const verdicts = [
  ['opheffen', 'Opheffen: de betrokkene mag het zien'],
  ['verlengen', 'Verlengen tot een nieuwe datum'],
] as const

function showReview(
  visit: Visit,
  [{ over, grond, herzienOp, tijd }, faults]: readonly [Deferral, Faults],
): View {
  const wrong = Object.keys(faults).length > 0
  return {
    kind: 'page',
    title: 'Uitstel herzien',
    ...(wrong && { status: 400 }),
    body: html`${faultsAbove(faults)}${facts([
      ['Regel', anchor(`/verstrekkingen/${over}`, 'Bekijk de verstrekking')],
      ['Uitgesteld sinds', moment(tijd)],
      ['Grond (UAVG, artikel 41)', optionText(deferralGrounds, grond)],
      ['Herzien op', dateText(herzienOp)],
    ])}
${form({
  action: `/betrokkene/uitstel/${over}`,
  csrf: visit.csrf,
  submit: 'Vastleggen',
  fields: [
    choice({
      name: 'besluit',
      label: 'Wat besluit u?',
      options: asked(verdicts),
      value: formText(visit, 'besluit'),
      error: faults.besluit,
      required: true,
    }),
    textField({
      name: 'herzienOp',
      label: 'Nieuwe datum (alleen bij verlengen)',
      type: 'date',
      value: formText(visit, 'herzienOp'),
      error: faults.herzienOp,
    }),
    textField({
      name: 'motivering',
      label: 'Waarom?',
      lines: 3,
      value: formText(visit, 'motivering'),
      error: faults.motivering,
      required: true,
    }),
  ],
})}`,
  }
}

export async function liftDeferral(visit: Visit, desk: Desk): Promise<View> {
  const deferral = await deferralOf(visit, desk)
  if (!deferral) return await missing(visit, desk)
  const besluit = formText(visit, 'besluit')
  const herzienOp = formText(visit, 'herzienOp')
  const motivering = formText(visit, 'motivering')
  const longer = besluit === 'verlengen'
  const faults = faultsOf({
    besluit: mustChoose(besluit, verdicts, 'wat u besluit'),
    herzienOp: longer ? reviewFault(desk, herzienOp) : undefined,
    motivering: mustSay(motivering),
  })
  if (faults) return showReview(visit, [deferral, faults])
  const { over, grond } = deferral
  await note(visit, desk, {
    soort: 'uitstel',
    uitkomst: longer ? 'uitgesteld' : 'opgeheven',
    over,
    ...(longer && { handeling: { grond, herzienOp } }),
    motivering,
  })
  return { kind: 'redirect', to: '/betrokkene' }
}

/** Every deferral of the organisation, those to be looked at again first. */
export async function deferralsToReview(visit: Visit, desk: Desk): Promise<Html> {
  const all = await deferralsBy(desk.store.query, visit.officer.oin)
  const now = today(desk.clock())
  return html`${heading(2, 'Uitgesteld')}
${table({
  caption: 'Regels die een betrokkene nu niet te zien krijgt',
  head: ['Uitgesteld op', 'Grond (UAVG, artikel 41)', 'Herzien op', 'Stand'],
  rows: all
    .slice(0, 200)
    .map(({ over, tijd, grond, herzienOp }) => [
      anchor(`/betrokkene/uitstel/${over}`, moment(tijd)),
      optionText(deferralGrounds, grond),
      dateText(herzienOp),
      herzienOp <= now ? badge('warning', 'Nu herzien') : badge('info', 'Loopt'),
    ]),
  empty: 'Er is niets uitgesteld.',
})}`
}
