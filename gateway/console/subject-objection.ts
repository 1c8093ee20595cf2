// For which purposes does this person not want to be approached? An officer writes it down for every body that takes part (AVG art. 21).
import { type Html, html } from '../html.ts'
import { addDays, duration, legalDate, midnight } from '../policy/legal-time.ts'
import {
  liftedRow,
  openOptOuts,
  optOutKey,
  optOutPurposes,
  optOutRow,
  optOutTerm,
} from '../policy/opt-out.ts'
import type { Moment } from '../terms.ts'
import type { Desk, View, Visit } from './page.ts'
import {
  anchor,
  choice,
  form,
  hidden,
  moment,
  notice,
  paragraph,
  table,
  textField,
} from './parts.ts'
import { masked, type Person } from './person.ts'
import {
  about,
  type Faults,
  faultsAbove,
  faultsOf,
  formText,
  mayBeLong,
  mustBeDay,
  mustChoose,
  note,
  type Seat,
  today,
  withPerson,
} from './subject-desk.ts'
import { asked } from './subject-terms.ts'

/** One purpose that heeds it, and since when this person does not want it. */
interface Purpose {
  readonly doel: string
  readonly omschrijving: string
  readonly sleutel: string
  readonly vanaf: Moment | undefined
}

/** It may begin later, and not so much later that nobody knows why any more. */
const latestDays = 366

export async function objectionPage(visit: Visit, desk: Desk): Promise<View> {
  return await withPerson(visit, desk, seat => showObjection(visit, desk, [seat, {}]), {
    restricted: true,
    wat: 'bezwaar',
  })
}

async function purposesOf(
  { officer }: Visit,
  { store, keys, law, clock }: Desk,
  person: Person,
): Promise<readonly Purpose[]> {
  const party = law().partijen.get(officer.oin)
  if (!party || person.land !== 'NL') return []
  const named = optOutPurposes(party, law()).map(([doel, omschrijving]) => ({
    doel,
    omschrijving,
    sleutel: optOutKey(keys.pseudonym, doel, person),
  }))
  const open = await openOptOuts(
    store,
    named.map(({ sleutel }) => sleutel),
    clock(),
  )
  return named.map(one => ({ ...one, vanaf: open.get(one.sleutel) }))
}

async function showObjection(
  visit: Visit,
  desk: Desk,
  [seat, faults]: readonly [Seat, Faults],
): Promise<View> {
  const purposes = await purposesOf(visit, desk, seat.person)
  const wrong = Object.keys(faults).length > 0
  return {
    kind: 'page',
    title: 'Bezwaar',
    ...(wrong && { status: 400 }),
    body: html`${faultsAbove(faults)}${paragraph(`Het gaat om nummer ${masked(seat.person)}.`)}
${
  purposes.length === 0
    ? notice('info', paragraph(noPurpose(seat.person)))
    : html`${paragraph(`Iemand kan zeggen: hiervoor wil ik niet worden benaderd (AVG, artikel 21). Dat geldt dan bij elke organisatie die aan dat doel meedoet, ook als u het vastlegt. Wie ernaar vraagt, krijgt niets en hoort niet waarom. Het geldt hoogstens ${duration(optOutTerm)}; leg het daarna zo nodig opnieuw vast.`)}
${standing(visit, seat, purposes)}
${setForm(visit, desk, [seat, purposes, faults])}`
}
${paragraph(anchor(`/betrokkene/${seat.id}`, 'Terug naar de betrokkene'))}`,
  }
}

function noPurpose({ land }: Person): string {
  return land === 'NL'
    ? 'Uw organisatie doet niet mee aan een doel waarvoor iemand dit kan zeggen.'
    : 'Zoek de persoon met het burgerservicenummer: een bezwaar staat onder dat nummer.'
}

function standing(visit: Visit, seat: Seat, purposes: readonly Purpose[]): Html {
  return table({
    caption: 'Waarvoor deze persoon niet wil worden benaderd',
    head: ['Doel', 'Vanaf', 'Intrekken'],
    rows: purposes.flatMap(({ doel, omschrijving, vanaf }) =>
      vanaf === undefined
        ? []
        : [
            [
              omschrijving,
              moment(vanaf),
              form({
                action: `/betrokkene/${seat.id}/bezwaar`,
                csrf: visit.csrf,
                submit: 'Intrekken',
                fields: [hidden('doe', 'intrekken'), hidden('doel', doel)],
              }),
            ],
          ],
    ),
    empty: 'Er staat geen bezwaar.',
  })
}

function setForm(
  visit: Visit,
  { clock }: Desk,
  [{ id }, purposes, faults]: readonly [Seat, readonly Purpose[], Faults],
): Html {
  return form({
    action: `/betrokkene/${id}/bezwaar`,
    csrf: visit.csrf,
    submit: 'Vastleggen',
    fields: [
      choice({
        name: 'doel',
        label: 'Waarvoor wil de persoon niet worden benaderd?',
        options: asked(purposes.map(({ doel, omschrijving }) => [doel, omschrijving])),
        value: formText(visit, 'doel'),
        error: faults.doel,
        required: true,
      }),
      textField({
        name: 'vanaf',
        label: 'Vanaf welke dag?',
        type: 'date',
        value: formText(visit, 'vanaf') || today(clock()),
        error: faults.vanaf,
        required: true,
      }),
      textField({
        name: 'motivering',
        label: 'Wat zei de persoon? (niet verplicht)',
        help: 'Wat u hier schrijft, wordt verzegeld bewaard.',
        lines: 3,
        value: formText(visit, 'motivering'),
        error: faults.motivering,
      }),
    ],
  })
}

/** Whoever the person tells it may write it down or take it back: the register is of all of them. */
export async function actObjection(visit: Visit, desk: Desk): Promise<View> {
  return await withPerson(
    visit,
    desk,
    async seat => {
      const { person, id } = seat
      const purposes = await purposesOf(visit, desk, person)
      const doel = formText(visit, 'doel')
      const chosen = purposes.find(one => one.doel === doel)
      const lifts = formText(visit, 'doe') === 'intrekken'
      const vanaf = formText(visit, 'vanaf')
      const motivering = formText(visit, 'motivering')
      const now = desk.clock()
      const days = { van: legalDate(now), tot: addDays(legalDate(now), latestDays) }
      const faults = faultsOf({
        doel: mustChoose(
          doel,
          purposes.map(one => [one.doel, one.omschrijving]),
          'een doel',
        ),
        ...(!lifts && { vanaf: mustBeDay(vanaf, days), motivering: mayBeLong(motivering) }),
      })
      if (faults || !chosen) return await showObjection(visit, desk, [seat, faults ?? {}])
      const { sleutel } = chosen
      await note(visit, desk, {
        soort: 'bezwaar',
        uitkomst: lifts ? 'opgeheven' : 'gesteld',
        handeling: { doel, ...(!lifts && { vanaf }) },
        ...(motivering && !lifts && { motivering }),
        rijen: [
          lifts ? liftedRow(sleutel, now) : optOutRow(sleutel, Math.max(now, midnight(vanaf))),
        ],
        ...about(person),
      })
      return { kind: 'redirect', to: `/betrokkene/${id}/bezwaar` }
    },
    { restricted: true },
  )
}
