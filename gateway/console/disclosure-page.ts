// Verstrekking: what happened here, told as a story? Who asked, why, which law, what was given, and how that is proven.
import { type Fragment, type Html, html } from '../html.ts'
import { cite } from '../policy/explain.ts'
import { breachMarks, type Mark } from './breach.ts'
import { makeBundle } from './bundle.ts'
import {
  type Handling,
  isSealed,
  openSealed,
  readStory,
  type SealedMember,
  type Story,
  sealedFor,
  sealedMembers,
  sealedText,
  subjectIn,
  timeline,
} from './disclosure.ts'
import { handedParties, handedSummary, handedTitle, marked, saidOf, terms } from './handed-story.ts'
import { looksIn } from './look.ts'
import type { Desk, Page, View, Visit } from './page.ts'
import {
  anchor,
  badge,
  choice,
  facts,
  faultList,
  fileText,
  form,
  heading,
  hidden,
  list,
  moment,
  notice,
  paragraph,
  table,
  textField,
  unfold,
} from './parts.ts'
import type { Nature } from './projection.ts'
import { checkProof, type Step, unchecked } from './proof-check.ts'
import { searchReasons, textOf } from './search-form.ts'
import {
  type Faults,
  faultsAbove,
  faultsOf,
  mustChoose,
  mustSay,
  restrictionNotice,
  useFields,
} from './subject-desk.ts'
import { type Restriction, restrictionsOf } from './subject-marks.ts'
import { dateText, dayText, timeText, useGrounds } from './subject-terms.ts'
import { type OpenedTransaction, openTransaction } from './transaction.ts'
import {
  basisStandings,
  codeText,
  exchangeName,
  messageStates,
  outcomeBadge,
  partyName,
  recordBadge,
  recordWords,
} from './words.ts'

export const disclosurePages: readonly Page[] = [
  {
    path: '/verstrekkingen/:transactie',
    under: '/zoeken',
    roles: ['privacy-officer', 'fg', 'beveiligingsfunctionaris', 'teamleider'],
    show,
    act,
  },
]

type StoryDesk = Omit<Desk, 'searches' | 'checks' | 'head' | 'operator' | 'base'>

async function show(visit: Visit, desk: StoryDesk): Promise<View> {
  const opened = await open(visit, desk)
  if (!opened) return await nothing(visit, desk)
  const restriction = await restrictionIn(visit, desk, opened)
  if (restriction) return await closedStory(visit, desk, opened, { restriction })
  await record(visit, desk, opened, 'ingezien', { wat: 'verstrekking' })
  return await storyPage(visit, desk, opened)
}

/** Each act is recorded before what it shows is shown; what was opened stands on the answer to it and nowhere else. */
async function act(visit: Visit, desk: StoryDesk): Promise<View> {
  const opened = await open(visit, desk)
  if (!opened) return await nothing(visit, desk)
  const acts: Readonly<Record<string, typeof reveal>> = {
    toon: reveal,
    bewijs: verify,
    bundel: take,
  }
  const wanted = textOf(visit.form, 'doe')
  const one = Object.hasOwn(acts, wanted) ? acts[wanted] : undefined
  const restriction = await restrictionIn(visit, desk, opened)
  if (restriction) {
    const [gebruik, motivering] = [textOf(visit.form, 'gebruik'), textOf(visit.form, 'motivering')]
    const faults = faultsOf({
      gebruik: mustChoose(gebruik, useGrounds, 'waarvoor u de gegevens gebruikt'),
      // Said once: what is done on the opened page takes its ground along.
      motivering: one ? undefined : mustSay(motivering),
    })
    if (faults) return await closedStory(visit, desk, opened, { restriction, faults })
    const handeling = { wat: 'beperkt', gebruik, ...(one && { doe: wanted }) }
    await record(visit, desk, opened, 'geopend', handeling, { ...(motivering && { motivering }) })
  }
  return await (one ?? storyAgain)(visit, desk, opened)
}

async function open({ officer, params }: Visit, desk: StoryDesk) {
  return await openTransaction(desk, officer, params.transactie ?? '')
}

/** AVG art. 18: set by this organisation over whom it is about. */
async function restrictionIn(
  { officer }: Visit,
  desk: StoryDesk,
  { row }: OpenedTransaction,
): Promise<Restriction | undefined> {
  const found = await restrictionsOf(desk, officer.oin, [row.transactie])
  return found.get(row.transactie)
}

/** What stands there until the officer says for what it is used. */
async function closedStory(
  visit: Visit,
  desk: StoryDesk,
  opened: OpenedTransaction,
  { restriction, faults }: { readonly restriction: Restriction; readonly faults?: Faults },
): Promise<View> {
  await record(visit, desk, opened, 'ingezien', { wat: 'beperking' })
  return {
    kind: 'page',
    title: 'Beperkte verstrekking',
    ...(faults && { status: 400 }),
    body: html`${faultsAbove(faults ?? {})}${restrictionNotice(restriction)}
${paragraph('U mag deze verstrekking alleen openen voor wat de wet noemt. Uw keuze komt in het logboek.')}
${form({
  action: `/verstrekkingen/${opened.row.transactie}`,
  csrf: visit.csrf,
  submit: 'Openen',
  fields: useFields(faults ?? {}),
})}`,
  }
}

/** The same for what does not exist and for what is another organisation's; who tried stands in the log. */
async function nothing({ officer, rol, call, params }: Visit, desk: StoryDesk): Promise<View> {
  const { transactie = '' } = params
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(transactie)
  await desk.record(call, {
    soort: 'raadpleging',
    log: looksIn(officer),
    door: { oin: officer.oin, rol, id: officer.id },
    uitkomst: 'niet-gevonden',
    ...(isId && { over: transactie }),
    handeling: { wat: 'verstrekking' },
  })
  return {
    kind: 'page',
    title: 'Niet gevonden',
    status: 404,
    body: html`${paragraph('Deze verstrekking bestaat niet, of uw organisatie hoort er niet bij.')}
${paragraph(anchor('/zoeken', 'Naar Zoeken'))}`,
  }
}

async function record(
  { officer, rol, call }: Visit,
  { record }: Pick<Desk, 'record'>,
  { row, log }: OpenedTransaction,
  uitkomst: string,
  handeling: Readonly<Record<string, string | boolean>>,
  more: Partial<Parameters<Desk['record']>[1]> = {},
): Promise<void> {
  const door = { oin: officer.oin, rol, id: officer.id }
  const over = row.transactie
  await record(call, { soort: 'raadpleging', log, door, uitkomst, over, handeling, ...more })
}

async function storyAgain(visit: Visit, desk: StoryDesk, opened: OpenedTransaction): Promise<View> {
  await record(visit, desk, opened, 'ingezien', { wat: 'verstrekking' })
  return await storyPage(visit, desk, opened)
}

/** Something that is sealed, for a reason. */
async function reveal(visit: Visit, desk: StoryDesk, opened: OpenedTransaction): Promise<View> {
  const [lid, reden, toelichting] = ['lid', 'reden', 'toelichting'].map(name =>
    textOf(visit.form, name),
  )
  const faults = new Map<string, string>()
  const member = sealedFor(opened, visit.officer).find(([name]) => name === lid)?.[0]
  if (!member) faults.set('lid', 'Kies wat u wilt zien.')
  if (!searchReasons.some(([one]) => one === reden)) faults.set('reden', 'Kies een reden.')
  if (reden === 'anders' && !toelichting) faults.set('toelichting', 'Schrijf op waarom.')
  if (!member || !reden || faults.size > 0) {
    await record(visit, desk, opened, 'ingezien', { wat: 'verstrekking' })
    return await storyPage(visit, desk, opened, { faults })
  }
  const text = openSealed(desk, opened, member)
  const subject = text === undefined ? {} : subjectIn(member, text)
  await record(
    visit,
    desk,
    opened,
    text === undefined ? 'niet-te-openen' : 'geopend',
    { wat: 'verzegeld', lid: member, reden },
    { gezocht: { subject }, ...(toelichting && { motivering: toelichting.slice(0, 1_000) }) },
  )
  const told = text && sealedText(member, text, desk.law())
  return await storyPage(visit, desk, opened, { revealed: [member, told] })
}

async function verify(visit: Visit, desk: StoryDesk, opened: OpenedTransaction): Promise<View> {
  const checked: Checked[] = []
  for (const { log, idx, record } of opened.leaves) {
    checked.push({
      naam: recordWords[record.soort] ?? record.soort,
      idx,
      steps: await checkProof(desk.store.query, log, idx),
    })
  }
  const klopt = checked.every(({ steps }) => steps.every(step => step.klopt))
  await record(visit, desk, opened, 'gecontroleerd', { wat: 'bewijs', klopt })
  return await storyPage(visit, desk, opened, { checked })
}

async function take(visit: Visit, desk: StoryDesk, opened: OpenedTransaction): Promise<View> {
  const { log, row } = opened
  const made = await makeBundle(desk, visit, log, { transactie: row.transactie })
  if (made.soort === 'bundel') {
    return { kind: 'download', name: made.name, type: 'application/json', body: made.body }
  }
  return await storyAgain(visit, desk, opened)
}

interface Checked {
  readonly naam: string
  readonly idx: number
  readonly steps: readonly Step[]
}

interface Shown {
  readonly faults?: ReadonlyMap<string, string>
  readonly revealed?: readonly [member: SealedMember, text: string | undefined]
  readonly checked?: readonly Checked[]
}

async function storyPage(
  visit: Visit,
  desk: StoryDesk,
  opened: OpenedTransaction,
  shown: Shown = {},
): Promise<View> {
  const story = await readStory(desk, visit.officer, opened)
  const restriction = await restrictionIn(visit, desk, opened)
  const { transactie } = opened.row
  const breaches = await breachMarks(desk.store.query, visit.officer, [transactie])
  const { faults = new Map<string, string>() } = shown
  const part = (title: string, ...content: readonly (Fragment | false)[]) => {
    const there = content.filter(one => one !== false && one !== undefined)
    return there.length === 0 ? undefined : html`${heading(2, title)}${there as Fragment[]}`
  }
  return {
    kind: 'page',
    title: `${faults.size > 0 ? 'Fout: ' : ''}${titleOf(story)} van ${timeText(story.first.tijd)}`,
    ...(faults.size > 0 && { status: 400 }),
    body: html`${restriction && restrictionNotice(restriction)}${faultList(faults)}${revealed(shown)}${proofSteps(shown)}
${marks(story)}${touched(breaches.get(transactie) ?? [])}
${paragraph(storyBadge(story), ' ', summary(story, desk))}
${wholeRequest(opened)}
${part('Wie en over wie', who(story, desk))}
${part('Waarom', why(story))}
${part('Welke wet', law(story))}
${part('Hoe is beslist', decisionPath(story))}
${part(natureOf(story) === null ? 'Wat is gevraagd en gegeven' : 'Wat is geleverd en gegeven', given(story))}
${part('Wat opviel', marked(story, desk.law()))}
${part('Wat de ontvanger ervan zegt', said(story, desk))}
${part('Wat er gebeurde', events(story, desk))}
${part('Verzegelde gegevens', sealedForm(visit, story, faults))}
${part('Bewijs', evidence(visit, story))}
${part('Wie keek hier eerder', looks(story.looks))}
${part('De afspraak zoals die was', definition(story))}`,
  }
}

const ended: Readonly<Record<string, string>> = {
  verstrekking: 'De gegevens zijn vastgelegd en daarna verstrekt.',
  'niet-afgeleverd':
    'De gegevens zijn vastgelegd als verstrekt, maar de verbinding brak af. Misschien is het antwoord niet aangekomen.',
  bronfout: 'Dit mocht, maar de bron gaf geen bruikbaar antwoord. Er is niets verstrekt.',
  afgebroken: 'Dit mocht, maar de vraag is afgebroken. Er is niets verstrekt.',
  ophaling: 'Het antwoord is opgehaald of gebracht.',
}

function storyBadge({ state, message, opened, first }: Story): Html {
  return message && first.soort === 'aanvaarding'
    ? badge(...messageStates[message.staat])
    : outcomeBadge(state ?? opened.row.uitkomst)
}

/** Not what a step of a message is of itself: that reads as a step. */
function natureOf({ opened: { row } }: Story): Nature | null {
  return row.verzoek === null || row.verzoek === row.transactie ? row.aard : null
}

function said({ opened: { request } }: Story, desk: Pick<Desk, 'law'>): Fragment {
  return saidOf(request?.leaves.map(({ record }) => record) ?? [], desk.law())
}

/** What it came to, or what kind of record it began with. */
function titleOf(story: Story): string {
  const { first, opened, arrangement } = story
  const aard = natureOf(story)
  if (aard !== null) return handedTitle(aard, arrangement)
  if (first.soort !== 'beslissing') return recordWords[first.soort] ?? 'Verstrekking'
  const words: Readonly<Record<string, string>> = {
    verstrekt: 'Verstrekking',
    geweigerd: 'Weigering',
  }
  return words[opened.row.uitkomst] ?? 'Vraag'
}

/** A step is read best with the request it belongs to. */
function wholeRequest({ row, request }: OpenedTransaction): Html | undefined {
  if (!request || request.verzoek === row.transactie) return undefined
  return row.aard === null
    ? paragraph(
        'Dit is een stap van een verzoek dat tijd kost. ',
        anchor(`/verstrekkingen/${request.verzoek}`, 'Bekijk het hele verzoek'),
      )
    : paragraph(
        'Dit is een stap van een bericht. ',
        anchor(`/verstrekkingen/${request.verzoek}`, 'Bekijk het hele bericht'),
      )
}

/** In one or two sentences. */
function summary(story: Story, desk: Pick<Desk, 'law'>): string {
  const { first, end, fields } = story
  const names = desk.law()
  const aard = natureOf(story)
  if (aard !== null) return handedSummary(story, aard, names)
  const asker = partyName(names, first.ontvanger ?? null)
  const provider = first.verstrekker ? ` aan ${partyName(names, first.verstrekker)}` : ''
  const count = fields.length === 1 ? 'één gegeven' : `${fields.length} gegevens`
  const asked = `${asker} vroeg${provider} ${count} voor “${exchangeName(names, first.uitwisseling ?? null)}”.`
  switch (first.soort) {
    case 'afwijzing':
      return first.aantal && first.aantal > 1
        ? `${first.aantal} keer in één minuut is een bericht van ${asker} geweigerd, nog vóór een beslissing. Er is niets verstrekt.`
        : `Een bericht van ${asker} is geweigerd, nog vóór een beslissing. Er is niets verstrekt.`
    case 'zaakregistratie':
      return `${asker} legde vast welke ${first.aantal ?? 0} personen bij een zaak horen.`
    case 'inzage':
      return first.handeling?.wat === 'verstrekkingen'
        ? `Een systeem van ${asker} zocht in de eigen verstrekkingen.`
        : `${asker} vroeg het bewijs van een eerdere verstrekking opnieuw op.`
    case 'aanvaarding':
      return `${asked} Dit kost tijd: het is aangenomen als verzoek.`
    case 'beslissing':
      if (first.uitkomst === 'geweigerd') return `${asked} Dat is geweigerd. Er is niets verstrekt.`
      return `${asked} ${end ? (ended[end.soort] ?? '') : 'Dat mocht. Hoe het afliep is niet bekend: misschien is de bron bevraagd.'}`
    default:
      return `Dit is een stap van een ${story.opened.row.aard === null ? 'verzoek van' : 'bericht voor'} ${asker}: ${(recordWords[first.soort] ?? first.soort).toLowerCase()}.`
  }
}

function who(story: Story, desk: StoryDesk): Html {
  const { first, opened } = story
  const aard = natureOf(story)
  const names = desk.law()
  const { ontvanger, verstrekker, namens, via, vraag } = first
  const name = (oin: string) => `${partyName(names, oin)} (${oin})`
  const person = maskedIn(desk, opened, 'betrokkene') ?? maskedIn(desk, opened, 'object')
  const employee = vraag?.systeemproces
    ? 'Een systeem, geen medewerker'
    : vraag?.functie && `${vraag.functie} (zoals de ontvanger opgeeft)`
  const until = terms(story).map(([term, at]) => [term, moment(at)] as const)
  return rows([
    ...(aard === null
      ? ([['Wie vroeg het', ontvanger && name(ontvanger)]] as const)
      : handedParties(story, aard, name)),
    ['Functie van de medewerker', employee],
    ['Namens', namens && name(namens)],
    [
      'Via',
      via
        ?.filter(oin => oin !== vraag?.indiener)
        .map(name)
        .join(', '),
    ],
    ['Wie heeft de gegevens', aard === null && verstrekker && name(verstrekker)],
    ['Over wie', person],
    ['Zaak', isSealed(opened, 'zaak') ? 'Genoemd, verzegeld' : undefined],
    ...until,
  ])
}

/** The last three digits, while the key lives. */
function maskedIn(
  desk: StoryDesk,
  opened: OpenedTransaction,
  member: 'betrokkene' | 'object',
): string | undefined {
  if (!isSealed(opened, member)) return undefined
  const text = openSealed(desk, opened, member)
  if (text === undefined) return 'Vernietigd volgens de bewaartermijn: niet meer te achterhalen'
  return `•••••• ${String(JSON.parse(text).waarde).slice(-3)}`
}

function rows(all: readonly (readonly [term: string, value: Fragment | false | ''])[]): Html {
  return facts(all.flatMap(([term, value]) => (value ? [[term, value as Fragment] as const] : [])))
}

function why({ first, arrangement }: Story): Html | undefined {
  const { vraag, doel } = first
  if (!vraag && !doel) return undefined
  const { motivering, aanleiding, selectiegrond, fase, periode, peildatum } = vraag ?? {}
  return rows([
    ['Doel', arrangement?.doel.omschrijving ?? doel],
    ['Noodzaak (code)', motivering?.noodzaak],
    ['Lichter middel (code)', motivering?.lichterMiddel],
    ['Aanleiding', aanleiding && `${aanleiding.soort} (${aanleiding.betrouwbaarheid})`],
    ['Grond voor selectie', selectiegrond],
    ['Fase', fase],
    [
      'Over de periode',
      periode && `${dateText(periode.van)} tot en met ${dateText(periode.totEnMet)}`,
    ],
    ['Op peildatum', peildatum && dateText(peildatum)],
    [
      'Opgegeven kenmerken',
      Object.entries(vraag?.parameters ?? {})
        .map(pair => pair.join(': '))
        .join(', '),
    ],
  ])
}

function law({ bases, first, law }: Story): Fragment {
  if (bases.length === 0) return undefined
  const known = law
    ? undefined
    : notice('warning', 'De afspraken van die dag zijn hier niet bewaard.')
  return html`${known}${table({
    caption: `Grondslagen zoals zij golden op ${dayText(first.tijd)}`,
    head: ['Artikel', 'Die dag', 'Toelichting', 'Bron'],
    rows: bases.map(({ id, basis, status }) => [
      basis ? cite(basis) : id,
      status ? badge(...basisStandings[status]) : 'onbekend',
      basis?.toelichting ?? '–',
      basis?.bron ?? '–',
    ]),
  })}`
}

const levels: Readonly<Record<string, string>> = {
  A0: 'vanzelf, zonder goedkeuring',
  A1: 'met een motivering',
  A2: 'met een motivering en een tweede persoon',
  A3: 'met een motivering en de daarvoor aangewezen functie',
  AX: 'nooit',
}

function decisionPath({ first, rung, judged, reasons, opened }: Story): Fragment {
  const approvals = (opened.request?.leaves ?? opened.leaves).filter(
    ({ record }) => record.soort === 'goedkeuring',
  )
  const told = [
    ...(rung
      ? [paragraph(`Trede “${rung.id}”: ${levels[rung.goedkeuring] ?? rung.goedkeuring}.`)]
      : []),
    ...(first.toetsing
      ? [
          notice(
            'warning',
            'De afspraak zelf vraagt om toetsing achteraf: er is een uitzondering gebruikt.',
          ),
        ]
      : []),
    ...(reasons.length > 0
      ? [
          heading(3, 'Waarom niet'),
          list(reasons.map(({ code, tekst }) => html`${tekst} <code>${code}</code>`)),
        ]
      : []),
    ...(approvals.length > 0
      ? [
          heading(3, 'Goedkeuring'),
          list(
            approvals.map(({ record }) => {
              const functies = record.feiten?.goedkeuringen
                ?.map(({ functie }) => functie)
                .join(', ')
              return html`${moment(record.tijd)}: ${outcomeBadge(record.uitkomst)} ${functies ? `(functie: ${functies})` : ''}`
            }),
          ),
        ]
      : []),
    ...(judged.length > 0
      ? [
          unfold(
            `Alle ${judged.length} voorwaarden die zijn beoordeeld`,
            table({
              caption: 'Voorwaarden, in de volgorde van beoordelen',
              head: ['Voorwaarde', 'Oordeel'],
              rows: judged.map(({ name, held }) => [
                codeText(name),
                held ? badge('ok', 'Voldaan') : badge('error', 'Niet voldaan'),
              ]),
            }),
          ),
        ]
      : []),
  ]
  return told.length === 0 ? undefined : told
}

function given(story: Story): Fragment {
  const { fields, reasons, end, first, sourceMs, message } = story
  if (fields.length === 0) return undefined
  const outcome = (field: Story['fields'][number]) => {
    if (field.gegeven) return badge('ok', 'Gegeven')
    if (field.weggelaten)
      return badge('warning', 'Niet geleverd: de bron gaf dit niet, of het mocht niet mee')
    if (message?.staat === 'ontvangen') return badge('info', 'Wacht op de ontvanger')
    const own = reasons.find(({ veld }) => veld === field.veld)
    if (own) return badge('error', codeText(own.code))
    return badge(
      'info',
      first.uitkomst === 'geweigerd' ? 'Niet gegeven: de hele vraag is geweigerd' : 'Niet gegeven',
    )
  }
  const took = sourceMs === undefined || end?.soort === 'niet-afgeleverd' ? undefined : sourceMs
  return html`${table({
    caption: 'Gegevens (namen, nooit de waarden)',
    head: ['Gegeven', 'Naam in de afspraak', 'Wat ermee gebeurde'],
    rows: fields.map(field => [field.titel, field.veld, outcome(field)]),
  })}${took !== undefined && end?.aantal !== undefined ? paragraph(`Personen in het antwoord: ${end.aantal}.`) : undefined}${
    took === undefined
      ? undefined
      : paragraph(
          `Tussen de beslissing en het vastleggen van het antwoord van de bron zat ${took} milliseconde${took === 1 ? '' : 'n'}.`,
        )
  }`
}

function events({ opened }: Story, desk: Pick<Desk, 'law'>): Html {
  const all = timeline(opened)
  const { transactie } = opened.row
  return table({
    caption: opened.request
      ? `Alle stappen van dit ${opened.row.aard === null ? 'verzoek' : 'bericht'}`
      : 'Regels in het logboek',
    head: ['Wanneer', 'Wat', 'Uitkomst', 'Door', 'Regel'],
    numbers: [4],
    rows: all.map(({ record, idx }) => [
      record.transactie === transactie
        ? moment(record.tijd)
        : anchor(`/verstrekkingen/${record.transactie}`, moment(record.tijd)),
      opened.row.aard !== null && record.soort === 'aanvaarding'
        ? 'Aangenomen voor de ontvanger'
        : (recordWords[record.soort] ?? record.soort),
      recordBadge(record.uitkomst),
      partyName(desk.law(), record.ontvanger ?? null),
      idx,
    ]),
  })
}

function sealedForm(
  { csrf, form: sent, officer }: Visit,
  { opened }: Story,
  faults: ReadonlyMap<string, string>,
): Fragment {
  const members = sealedFor(opened, officer)
  if (members.length === 0) return undefined
  const error = (name: string) => faults.get(name)
  return [
    paragraph(
      'Dit staat verzegeld in het logboek. U ziet het alleen op de volgende pagina. Dat u het opende, komt met uw reden in het logboek.',
    ),
    form({
      action: `/verstrekkingen/${opened.row.transactie}`,
      csrf,
      submit: 'Toon dit',
      fields: [
        hidden('doe', 'toon'),
        hidden('gebruik', textOf(sent, 'gebruik')),
        choice({ name: 'lid', label: 'Wat wilt u zien', options: members, error: error('lid') }),
        choice({
          name: 'reden',
          label: 'Waarom',
          options: [['', 'Maak een keuze'], ...searchReasons],
          error: error('reden'),
        }),
        textField({
          name: 'toelichting',
          label: 'Toelichting',
          lines: 2,
          error: error('toelichting'),
        }),
      ],
    }),
  ]
}

function revealed({ revealed }: Shown): Html | undefined {
  if (!revealed) return undefined
  const [member, text] = revealed
  const label = sealedMembers.find(([name]) => name === member)?.[1] ?? ''
  if (text === undefined) {
    return notice('warning', `${label}: niet meer te openen. De sleutel is vernietigd.`)
  }
  const { betrokkene, object, buitenlands } = subjectIn(member, text)
  const values = [betrokkene ?? object, buitenlands].flatMap(one =>
    one ? [`${one.soort} ${one.waarde}`] : [],
  )
  return notice('info', `${label}: ${values.length > 0 ? values.join(', ') : text}`)
}

function proofSteps({ checked }: Shown): Html | undefined {
  if (!checked) return undefined
  const wrong = checked.flatMap(({ steps }) => steps.filter(({ klopt }) => !klopt))
  return html`${
    wrong.length === 0
      ? notice('ok', 'Het bewijs klopt: wat hier staat, is sinds het vastleggen niet veranderd.')
      : notice(
          'error',
          'Het bewijs klopt niet. Laat de beheerder en de FG dit weten en verander niets aan de database.',
        )
  }${table({
    caption: 'Wat is gecontroleerd',
    head: ['Regel', 'Controle', 'Oordeel'],
    rows: checked.flatMap(({ naam, idx, steps }) =>
      steps.map(({ tekst, klopt }) => [
        `${naam} (${idx})`,
        tekst,
        klopt ? badge('ok', 'Klopt') : badge('error', 'Klopt niet'),
      ]),
    ),
  })}${heading(3, 'Wat hiermee niet is gecontroleerd')}${list(unchecked)}`
}

function evidence({ csrf, form: sent }: Visit, { opened, first }: Story): Html {
  const action = `/verstrekkingen/${opened.row.transactie}` as const
  const button = (doe: string, submit: string) =>
    form({
      action,
      csrf,
      submit,
      fields: [hidden('doe', doe), hidden('gebruik', textOf(sent, 'gebruik'))],
    })
  return html`${rows([
    ['Transactie', opened.row.transactie],
    ['Logboek', opened.log === 'gewoon' ? 'Gewoon logboek' : 'Vertrouwelijk logboek'],
    ['Regels', opened.leaves.map(({ idx }) => idx).join(', ')],
    ['Vastgelegd door', first.programma],
    ['Afspraken (digest)', first.beleid?.digest],
  ])}${button('bewijs', 'Bewijs controleren')}${button('bundel', 'Bewijsbundel downloaden')}`
}

const markWords: Readonly<Record<string, string>> = {
  toetsing: 'Deze verstrekking is getoetst.',
  navraag: 'Over deze verstrekking is navraag gedaan bij de ontvanger.',
}

/** What officers of this organisation decided about it, before anything else. */
function marks({ deeds, deferrals }: Story): readonly Html[] {
  return [
    ...deferrals.map(({ tijd, herzienOp }) =>
      notice(
        'warning',
        `De betrokkene krijgt dit niet te zien: uitgesteld op ${dayText(tijd)} (UAVG, artikel 41), te bekijken op ${dateText(herzienOp)}.`,
      ),
    ),
    ...deeds.map(({ soort, tijd, uitkomst }) =>
      notice('info', `${markWords[soort] ?? soort} ${codeText(uitkomst)}, ${dayText(tijd)}.`),
    ),
  ]
}

function touched(breaches: readonly Mark[]): readonly Html[] {
  return breaches.map(({ id, kenmerk }) =>
    notice('error', 'Geraakt door datalek ', anchor(`/datalek/${id}`, kenmerk), '.'),
  )
}

function looks(all: readonly Handling[]): Html {
  return table({
    caption: 'Eerdere blikken door uw organisatie',
    head: ['Wanneer', 'Rol', 'Wat', 'Reden'],
    rows: all.map(({ tijd, rol, uitkomst, gegevens }) => [
      moment(tijd),
      codeText(rol ?? 'onbekend'),
      `${codeText(String(gegevens.wat ?? ''))}: ${uitkomst}`,
      typeof gegevens.reden === 'string' ? codeText(gegevens.reden) : '–',
    ]),
    empty: 'Niemand van uw organisatie keek hier eerder.',
  })
}

function definition({ law, arrangement, first }: Story): Fragment {
  if (!law || !arrangement) return undefined
  const path = `uitwisselingen/${arrangement.id}.yaml`
  const file = law.files.find(one => one.path === path)
  if (!file) return undefined
  return [
    paragraph(
      `${arrangement.titel}, versie ${arrangement.versie}, zoals die gold op ${dayText(first.tijd)}.`,
    ),
    unfold('Toon de hele afspraak', fileText(path, file.text)),
  ]
}
