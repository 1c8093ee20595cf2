// How does an officer come to a person, and which pages are there about one? (INZ-BETR-44, AVG art. 15)
import { html } from '../html.ts'
import type { Desk, Page, View, Visit } from './page.ts'
import { choice, form, paragraph, textField } from './parts.ts'
import { personKinds, readPerson } from './person.ts'
import {
  deferralForm,
  deferralPage,
  deferralsToReview,
  liftDeferral,
  setDeferral,
} from './subject-deferral.ts'
import {
  about,
  actOpen,
  type Faults,
  faultsAbove,
  faultsOf,
  formText,
  type Kept,
  mayBeLong,
  mustChoose,
  mustSay,
  note,
} from './subject-desk.ts'
import { exportOverview } from './subject-export.ts'
import {
  closeForwarding,
  forwardingForm,
  forwardingPage,
  forwardingsOpen,
  setForwarding,
} from './subject-forwarding.ts'
import { actObjection, objectionPage } from './subject-objection.ts'
import { showPerson } from './subject-person.ts'
import { actRestriction, restrictionPage, restrictionsOpen } from './subject-restriction.ts'
import { asked, reasons } from './subject-terms.ts'

async function showStart(visit: Visit, desk: Desk, faults: Faults = {}): Promise<View> {
  await desk.catchUp()
  const wrong = Object.keys(faults).length > 0
  const chosen = (name: string) => formText(visit, name)
  return {
    kind: 'page',
    title: 'Betrokkene',
    ...(wrong && { status: 400 }),
    body: html`${faultsAbove(faults)}${paragraph('Zoek wat in het logboek over één persoon staat, voor zover uw organisatie erbij hoort. Dat u zoekt en waarom, komt in het logboek.')}
${form({
  action: '/betrokkene',
  csrf: visit.csrf,
  submit: 'Zoeken',
  fields: [
    choice({
      name: 'soort',
      label: 'Soort nummer',
      options: personKinds,
      value: chosen('soort') || 'NL/bsn',
      error: faults.soort,
      required: true,
    }),
    textField({
      name: 'nummer',
      label: 'Nummer van de persoon',
      help: 'Het nummer komt niet in het adres van de pagina en wordt hierna niet meer getoond.',
      inputMode: 'numeric',
      error: faults.nummer,
      required: true,
    }),
    choice({
      name: 'reden',
      label: 'Waarom zoekt u?',
      options: asked(reasons),
      value: chosen('reden'),
      error: faults.reden,
      required: true,
    }),
    textField({
      name: 'toelichting',
      label: 'Toelichting (verplicht bij "Anders")',
      lines: 2,
      error: faults.toelichting,
    }),
  ],
})}
${await deferralsToReview(visit, desk)}
${await forwardingsOpen(visit, desk)}
${await restrictionsOpen(visit, desk)}`,
  }
}

async function search(visit: Visit, desk: Desk): Promise<View> {
  const read = readPerson(formText(visit, 'soort'), formText(visit, 'nummer'), desk.profile)
  const reden = formText(visit, 'reden')
  const toelichting = formText(visit, 'toelichting')
  const faults = faultsOf({
    ...('fault' in read && { [read.field]: read.fault }),
    reden: mustChoose(reden, reasons, 'waarom u zoekt'),
    toelichting: reden === 'anders' ? mustSay(toelichting) : mayBeLong(toelichting),
  })
  if (faults || 'fault' in read) return await showStart(visit, desk, faults ?? {})
  const { person } = read
  await note(visit, desk, {
    soort: 'raadpleging',
    uitkomst: 'gezocht',
    handeling: { wat: 'betrokkene', reden, nummer: `${person.land}/${person.soort}` },
    ...(toelichting && { motivering: toelichting }),
    ...about(person),
  })
  const kept: Kept = { pagina: 'betrokkene', person, reden }
  const id = await desk.searches.keep(visit.officer, JSON.stringify(kept))
  return { kind: 'redirect', to: `/betrokkene/${id}` }
}

const readers = ['privacy-officer', 'fg'] as const
const deciders = ['privacy-officer'] as const

export const subjectPages: readonly Page[] = [
  { path: '/betrokkene', menu: 'Betrokkene', roles: readers, show: showStart, act: search },
  {
    path: '/betrokkene/uitstel/:transactie',
    roles: deciders,
    show: deferralForm,
    act: liftDeferral,
  },
  {
    path: '/betrokkene/doorzending/:transactie',
    roles: deciders,
    show: forwardingPage,
    act: closeForwarding,
  },
  { path: '/betrokkene/:zoekvraag', roles: readers, show: showPerson, act: exportOverview },
  { path: '/betrokkene/:zoekvraag/opening', roles: readers, act: actOpen },
  {
    path: '/betrokkene/:zoekvraag/uitstel',
    roles: deciders,
    show: deferralPage,
    act: setDeferral,
  },
  {
    path: '/betrokkene/:zoekvraag/doorzending',
    roles: deciders,
    show: forwardingForm,
    act: setForwarding,
  },
  {
    path: '/betrokkene/:zoekvraag/beperking',
    roles: deciders,
    show: restrictionPage,
    act: actRestriction,
  },
  {
    path: '/betrokkene/:zoekvraag/bezwaar',
    roles: deciders,
    show: objectionPage,
    act: actObjection,
  },
]
