// How does what was handed over read as a story? A line of a file, a corrected value, a doubt: neutral, and no verdict.
import type { LogRecord } from '../audit/log-record.ts'
import type { MessageTerms } from '../delivery/overview.ts'
import { type Fragment, type Html, html } from '../html.ts'
import type { Arrangement, PolicySet } from '../policy/law.ts'
import type { MessageState, Moment } from '../terms.ts'
import type { Story } from './disclosure.ts'
import { anchor, list, moment, paragraph, table } from './parts.ts'
import type { Nature } from './projection.ts'
import { endingName, exchangeName, markName, partyName } from './words.ts'

type Law = Pick<PolicySet, 'partijen' | 'uitwisselingen' | 'codelijsten'>

const titles: Readonly<Record<Nature, string>> = {
  bestand: 'Bestand',
  regel: 'Regel uit een bestand',
  correctie: 'Verbeterd gegeven',
  terugmelding: 'Twijfel over een gegeven',
}

export function handedTitle(aard: Nature, arrangement: Arrangement | undefined): string {
  return aard === 'regel' && arrangement?.patroon === 'signaal' ? 'Signaal' : titles[aard]
}

/** Where a message is, in a sentence; what its receiver said of it is told as its words. */
const places: Readonly<Record<MessageState, string>> = {
  ontvangen: 'Het wacht tot de ontvanger het ophaalt.',
  opgehaald: 'De ontvanger haalde het op.',
  signaal: 'De ontvanger haalde het op en ziet een reden om te kijken.',
  beoordeeld: 'De ontvanger haalde het op en keek ernaar.',
  verlopen: 'De termijn is voorbij. Wat nog wachtte, is gewist.',
  geweigerd:
    'Bij het ophalen is opnieuw beslist, en toen mocht het niet meer. Er is niets verstrekt.',
}

const handed: Readonly<Record<Nature, (names: Names) => string>> = {
  bestand: ({ brought, title }) => `${brought} leverde een bestand met regels voor “${title}”.`,
  regel: ({ provider, receiver, count, title }) =>
    `${provider} leverde een regel uit een bestand aan ${receiver}: ${count} voor “${title}”.`,
  correctie: ({ provider, receiver, fields }) =>
    `${provider} verbeterde een gegeven: ${fields}. ${receiver} kreeg dit gegeven eerder en krijgt nu de verbetering.`,
  terugmelding: ({ provider, receiver }) =>
    `${provider} twijfelt aan een gegeven en meldde dat aan ${receiver}. Die zoekt uit of het klopt.`,
}

interface Names {
  readonly brought: string
  readonly provider: string
  readonly receiver: string
  readonly title: string
  readonly count: string
  readonly fields: string
}

/** In a few sentences. */
export function handedSummary(story: Story, aard: Nature, law: Law): string {
  const { first, fields, message, arrangement } = story
  const { regel, vraag, ontvanger = null, verstrekker = null, uitwisseling = null } = first
  if (first.soort === 'afwijzing') {
    return `Regel ${regel} van een bestand van ${partyName(law, ontvanger)} was niet te lezen. Er is niets van overgenomen. Over wie de regel ging, is niet bekend.`
  }
  const told = handed[aard]({
    brought: partyName(law, vraag?.indiener ?? verstrekker),
    provider: partyName(law, verstrekker),
    receiver: partyName(law, ontvanger),
    title: exchangeName(law, uitwisseling),
    count: fields.length === 1 ? 'één gegeven' : `${fields.length} gegevens`,
    fields: fields.map(({ titel }) => `“${titel}”`).join(', '),
  })
  const verdict =
    aard === 'terugmelding' || arrangement?.patroon === 'signaal'
      ? ' Dit is een reden om te kijken, geen besluit.'
      : ''
  if (aard === 'bestand') {
    return first.uitkomst === 'geweigerd'
      ? `${told} Dat mocht niet. Er is geen regel van gelezen.`
      : `${told} Dat mocht. Over elke regel is apart beslist.`
  }
  if (first.uitkomst === 'geweigerd') return `${told} Dat mocht niet. Er is niets verstrekt.`
  return `${told}${verdict} ${message ? places[message.staat] : ''}`.trim()
}

/** Who brought what to whom. */
export function handedParties(
  { first, opened }: Story,
  aard: Nature,
  name: (oin: string) => string,
): readonly (readonly [term: string, value: Fragment | false | undefined | ''])[] {
  const { ontvanger, verstrekker, vraag, regel, soort } = first
  const { levering } = opened.row
  return [
    [
      'Wie bracht het',
      name(vraag?.indiener ?? (soort === 'afwijzing' ? ontvanger : verstrekker) ?? ''),
    ],
    ['Van wie de gegevens zijn', verstrekker && name(verstrekker)],
    ['Voor wie', soort !== 'afwijzing' && ontvanger && name(ontvanger)],
    [
      'Bestand',
      levering !== null &&
        anchor(
          `/leveringen/${levering}`,
          aard === 'bestand'
            ? 'Bekijk het bestand en zijn regels'
            : `Regel ${regel} van een bestand`,
        ),
    ],
  ]
}

/** What could hardly be so. The receiver read it with the line. */
export function marked({ marks }: Pick<Handed, 'marks'>, law: Law): Fragment {
  if (marks.length === 0) return undefined
  return [
    table({
      caption: 'Wat opviel aan de inhoud (namen, nooit de waarden)',
      head: ['Gegeven', 'Wat opviel'],
      rows: marks.map(({ titel, code }) => [titel, markName(law, code)]),
    }),
    paragraph(
      'De ontvanger kreeg dit erbij te lezen. Er is niets veranderd en niets weggelaten. Iets dat opvalt, kan kloppen.',
    ),
  ]
}

/** In the words of its receiver, the first first. */
export function saidOf(leaves: readonly LogRecord[], law: Law): Fragment {
  const said = leaves.filter(({ soort }) => soort === 'beoordeling')
  if (said.length === 0) return undefined
  return [
    list(said.map(record => html`${moment(record.tijd)}: ${wordsOf(record, law)}`)),
    paragraph('Dit zegt de ontvanger zelf. Er gebeurt niets vanzelf door.'),
  ]
}

function wordsOf({ handeling, uitwisseling }: LogRecord, law: Law): Html {
  const code = handeling?.afloop && String(handeling.afloop)
  return !code
    ? html`een reden om te kijken`
    : html`afloop: ${endingName(law, uitwisseling ?? null, code)} <code>${code}</code>`
}

/** Of a message: where it is, and what was marked in it. */
export interface Handed {
  readonly message: (Partial<MessageTerms> & { readonly staat: MessageState }) | undefined
  readonly marks: readonly { readonly titel: string; readonly code: string }[]
}

/** Until when something can happen to it. */
export function terms({
  message,
}: Pick<Handed, 'message'>): readonly (readonly [string, Moment])[] {
  if (!message) return []
  const { staat, bewarenTot, geldigTot = null } = message
  return [
    ...(bewarenTot && staat === 'ontvangen' ? [['Op te halen tot', bewarenTot] as const] : []),
    ...(geldigTot !== null && ['ontvangen', 'opgehaald', 'signaal'].includes(staat)
      ? [['Te beoordelen tot', geldigTot] as const]
      : []),
  ]
}
