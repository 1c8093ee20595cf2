// To whom does a person's question really belong, and was it sent on in time? (AVG art. 12(3), art. 4(7))
import { logIds } from '../audit/find.ts'
import type { LogRecord } from '../audit/log-record.ts'
import { type Html, html } from '../html.ts'
import type { Oin } from '../terms.ts'
import type { Desk, View, Visit } from './page.ts'
import {
  anchor,
  badge,
  choice,
  facts,
  form,
  heading,
  moment,
  paragraph,
  table,
  textField,
} from './parts.ts'
import { masked } from './person.ts'
import { findSubject, type Line, subjectLog } from './subject.ts'
import {
  about,
  type Faults,
  faultsAbove,
  faultsOf,
  formText,
  mayBeLong,
  missing,
  mustBeDay,
  mustChoose,
  note,
  type Seat,
  today,
  withPerson,
} from './subject-desk.ts'
import { actsAbout, forwardings, type OpenAct } from './subject-marks.ts'
import { partyIn } from './subject-overview.ts'
import { addMonths, asked, dateText, letters, type Options } from './subject-terms.ts'

export async function forwardingForm(visit: Visit, desk: Desk): Promise<View> {
  return await withPerson(visit, desk, seat => showForwarding(visit, desk, [seat, {}]), {
    wat: 'doorzending',
  })
}

async function showForwarding(
  visit: Visit,
  desk: Desk,
  [seat, faults]: readonly [Seat, Faults],
): Promise<View> {
  const { lines } = await findSubject(desk, visit.officer, seat.person, visit.signal)
  const options = await controllers(desk, lines, visit.officer.oin)
  const before = await actsAbout(desk, 'doorzending', [visit.officer.oin, seat.person])
  const wrong = Object.keys(faults).length > 0
  return {
    kind: 'page',
    title: 'Doorzenden',
    ...(wrong && { status: 400 }),
    body: html`${faultsAbove(faults)}${paragraph(`Het gaat om nummer ${masked(seat.person)}. Hoort de vraag bij een andere organisatie, die verantwoordelijk is voor wat zij gaf of kreeg? Leg dan vast dat u de vraag doorstuurt. U krijgt een brief om te kopiëren.`)}
${
  options.length === 0
    ? paragraph('Bij de regels van deze persoon hoort geen andere organisatie.')
    : form({
        action: `/betrokkene/${seat.id}/doorzending`,
        csrf: visit.csrf,
        submit: 'Doorzending vastleggen',
        fields: [
          choice({
            name: 'aan',
            label: 'Aan welke organisatie?',
            options: asked(options),
            value: formText(visit, 'aan'),
            error: faults.aan,
            required: true,
          }),
          textField({
            name: 'ontvangenOp',
            label: 'Wanneer kreeg u de vraag?',
            help: 'De termijn is één maand na deze dag (AVG, artikel 12, derde lid).',
            type: 'date',
            value: formText(visit, 'ontvangenOp'),
            error: faults.ontvangenOp,
            required: true,
          }),
          textField({
            name: 'motivering',
            label: 'Toelichting (mag leeg blijven)',
            lines: 2,
            value: formText(visit, 'motivering'),
            error: faults.motivering,
          }),
        ],
      })
}
${heading(2, 'Eerder doorgezonden')}
${forwardingTable(visit, desk, before)}
${paragraph(anchor(`/betrokkene/${seat.id}`, 'Terug naar de betrokkene'))}`,
  }
}

/** Who is responsible for a side of these disclosures, as their records say; without the officer's own organisation. */
async function controllers(
  desk: Pick<Desk, 'store' | 'law'>,
  lines: readonly Line[],
  own: Oin,
): Promise<Options> {
  const parts = new Map<string, Line>()
  for (const line of lines) {
    parts.set([line.verstrekker, line.ontvanger, line.namens, line.uitwisseling].join('|'), line)
  }
  const logs = await logIds(desk.store.query, [subjectLog])
  const leaves = await desk.store.query<{ tekst: string }>(
    `SELECT l.tekst FROM unnest($1::bigint[], $2::text[]) AS r(idx, log)
     JOIN audit.leaf l ON l.log = r.log AND l.idx = r.idx WHERE l.log = ANY($3)`,
    [[...parts.values()].map(({ idx }) => idx), [...parts.values()].map(({ log }) => log), logs],
  )
  const oins = leaves.flatMap(({ tekst }) => {
    const { verantwoordelijke }: LogRecord = JSON.parse(tekst)
    return verantwoordelijke ? [verantwoordelijke.verstrekking, verantwoordelijke.ontvangst] : []
  })
  const law = desk.law()
  return [...new Set(oins)]
    .filter(oin => oin !== own)
    .map(oin => [oin, partyIn(law, oin).naam] as const)
    .toSorted(([, a], [, b]) => a.localeCompare(b, 'nl'))
}

export async function setForwarding(visit: Visit, desk: Desk): Promise<View> {
  return await withPerson(visit, desk, async seat => {
    const aan = formText(visit, 'aan')
    const ontvangenOp = formText(visit, 'ontvangenOp')
    const motivering = formText(visit, 'motivering')
    const { lines } = await findSubject(desk, visit.officer, seat.person, visit.signal)
    const now = today(desk.clock())
    const faults = faultsOf({
      aan: mustChoose(aan, await controllers(desk, lines, visit.officer.oin), 'een organisatie'),
      ontvangenOp: mustBeDay(ontvangenOp, { van: addMonths(now, -12), tot: now }),
      motivering: mayBeLong(motivering),
    })
    if (faults) return await showForwarding(visit, desk, [seat, faults])
    await note(visit, desk, {
      soort: 'doorzending',
      uitkomst: 'doorgezonden',
      handeling: { aan, ontvangenOp, uiterlijk: addMonths(ontvangenOp, 1) },
      ...(motivering && { motivering }),
      ...about(seat.person),
    })
    return { kind: 'redirect', to: `/betrokkene/doorzending/${visit.call.transactie}` }
  })
}

async function forwardingOf(visit: Visit, desk: Desk): Promise<OpenAct | undefined> {
  await desk.catchUp()
  const all = await forwardings(desk.store.query, visit.officer.oin)
  return all.find(({ transactie }) => transactie === visit.params.transactie)
}

/** What an officer copies into a letter, and where it stands. */
export async function forwardingPage(visit: Visit, desk: Desk): Promise<View> {
  const act = await forwardingOf(visit, desk)
  if (!act) return await missing(visit, desk)
  const { transactie, einde, gegevens } = act
  const law = desk.law()
  const aan = partyIn(law, String(gegevens.aan)).naam
  const van = partyIn(law, visit.officer.oin).naam
  const texts = letters({ van, aan, ontvangenOp: String(gegevens.ontvangenOp) })
  return {
    kind: 'page',
    title: 'Doorzending',
    body: html`${facts([
      ['Doorgezonden aan', aan],
      ['Vastgelegd op', moment(act.tijd)],
      ['Vraag gekregen op', dateText(String(gegevens.ontvangenOp))],
      ['Antwoord uiterlijk op (AVG, artikel 12)', dateText(String(gegevens.uiterlijk))],
      ['Stand', standing(act, today(desk.clock()))],
    ])}
${paragraph('Hieronder staan twee brieven om te kopiëren. Er staat geen nummer van de persoon in.')}
${texts.map(
  ({ aan: to, alineas }) =>
    html`${heading(2, `Brief aan ${to}`)}${alineas.map(text => paragraph(text))}`,
)}
${
  einde === null
    ? form({
        action: `/betrokkene/doorzending/${transactie}`,
        csrf: visit.csrf,
        submit: 'De vraag is beantwoord',
      })
    : undefined
}
${paragraph(anchor('/betrokkene', 'Terug naar Betrokkene'))}`,
  }
}

export async function closeForwarding(visit: Visit, desk: Desk): Promise<View> {
  const act = await forwardingOf(visit, desk)
  if (!act || act.einde !== null) return await missing(visit, desk)
  await note(visit, desk, { soort: 'doorzending', uitkomst: 'afgerond', over: act.transactie })
  return { kind: 'redirect', to: `/betrokkene/doorzending/${act.transactie}` }
}

function standing({ einde, gegevens }: OpenAct, now: string): Html {
  if (einde !== null) return badge('ok', 'Beantwoord')
  return String(gegevens.uiterlijk) < now
    ? badge('warning', 'Termijn voorbij')
    : badge('info', 'Open')
}

function forwardingTable(visit: Visit, desk: Desk, acts: readonly OpenAct[]): Html {
  const law = desk.law()
  const now = today(desk.clock())
  return table({
    caption: `Doorgezonden door ${partyIn(law, visit.officer.oin).naam}`,
    head: ['Vastgelegd op', 'Aan', 'Antwoord uiterlijk op', 'Stand'],
    rows: acts
      .slice(0, 200)
      .map(act => [
        anchor(`/betrokkene/doorzending/${act.transactie}`, moment(act.tijd)),
        partyIn(law, String(act.gegevens.aan)).naam,
        dateText(String(act.gegevens.uiterlijk)),
        standing(act, now),
      ]),
    empty: 'Er is niets doorgezonden.',
  })
}

/** Those without an answer yet, and those of late. */
export async function forwardingsOpen(visit: Visit, desk: Desk): Promise<Html> {
  const acts = await forwardings(desk.store.query, visit.officer.oin)
  return html`${heading(2, 'Doorgezonden vragen')}
${forwardingTable(visit, desk, acts)}`
}
