// Levering: what was in this file, for whom, and what became of it? Numbers first, then its lines; nobody by name or number.
import { type Html, html } from '../html.ts'
import type { PolicySet } from '../policy/law.ts'
import { counted } from './chart.ts'
import {
  type After,
  type FileLines,
  fileLines,
  type LineFilter,
  type OpenedFile,
  openFile,
} from './delivery.ts'
import { looksIn, recordLook } from './look.ts'
import type { Desk, Page, View, Visit } from './page.ts'
import {
  anchor,
  badge,
  choice,
  facts,
  figures,
  filterForm,
  heading,
  moment,
  notice,
  pager,
  paragraph,
  table,
} from './parts.ts'
import { timeText } from './subject-terms.ts'
import {
  deliveryStates,
  endingName,
  exchangeName,
  markName,
  messageStates,
  outcomeBadge,
  partyName,
} from './words.ts'

const pageSize = 50

const filters: readonly (readonly [LineFilter, string])[] = [
  ['alle', 'Alle regels'],
  ['aanvaard', 'Alleen aanvaarde regels'],
  ['geweigerd', 'Alleen geweigerde regels'],
  ['onleesbaar', 'Alleen onleesbare regels'],
  ['gemarkeerd', 'Alleen regels waar iets opviel'],
]

type FileDesk = Pick<Desk, 'store' | 'catchUp' | 'law' | 'record'>

const show = async (visit: Visit, desk: FileDesk): Promise<View> => {
  const levering = visit.params.levering ?? ''
  const file = await openFile(desk, visit.officer, levering)
  if (!file) return await nothing(visit, desk)
  const filter = filters.find(([one]) => one === visit.query.get('regels'))?.[0] ?? 'alle'
  const na = visit.query.get('na') ?? ''
  const after = /^\d{1,9}$/.test(na) ? Number(na) : 0
  const lines = await fileLines(desk, visit.officer, levering, { filter, after, limit: pageSize })
  await recordLook(visit, desk, { wat: 'levering', levering, regels: filter, vanaf: after })
  return {
    kind: 'page',
    title: titleOf(file),
    body: html`${introduction(file, desk.law())}
${numbers(file)}
${receivers(file, desk.law())}
${later(file, desk.law())}
${heading(2, 'De regels')}
${lineTable(file, lines, filter, after, desk.law())}`,
  }
}

/** The same for what does not exist and for what is another organisation's; who tried stands in the log. */
async function nothing(visit: Visit, desk: FileDesk): Promise<View> {
  const { officer, rol, call } = visit
  await desk.record(call, {
    soort: 'raadpleging',
    log: looksIn(officer),
    door: { oin: officer.oin, rol, id: officer.id },
    uitkomst: 'niet-gevonden',
    handeling: { wat: 'levering' },
  })
  return {
    kind: 'page',
    title: 'Niet gevonden',
    status: 404,
    body: html`${paragraph('Dit bestand bestaat niet, of uw organisatie hoort er niet bij.')}
${paragraph(anchor('/zoeken', 'Naar Zoeken'))}`,
  }
}

function titleOf({ opening, sample, state }: OpenedFile): string {
  const at = opening?.tijd ?? state?.begonnen ?? sample?.tijd
  return at === undefined ? 'Bestand' : `Bestand van ${timeText(at)}`
}

function introduction({ opening, sample, state }: OpenedFile, law: PolicySet): Html {
  const of = opening ?? sample
  const name = (oin: string) => `${partyName(law, oin)} (${oin})`
  const refused = opening?.uitkomst === 'geweigerd'
  const brought = state
    ? state.richting === 'opgehaald'
      ? `Sluis haalde dit bestand op bij ${partyName(law, state.partij)}.`
      : `${partyName(law, state.partij)} leverde dit bestand aan.`
    : opening
      ? 'Dit bestand is geleverd.'
      : 'Uw organisatie hoort bij de regels hieronder, niet bij het hele bestand.'
  return html`${
    refused
      ? notice(
          'error',
          'Dit bestand mocht niet worden geleverd. Er is geen regel van gelezen. ',
          anchor(`/verstrekkingen/${opening.transactie}`, 'Bekijk waarom'),
          '.',
        )
      : undefined
  }
${paragraph(brought, ' Over elke regel is apart beslist. Wat een ontvanger krijgt, is geen besluit: een mens kijkt ernaar.')}
${facts([
  ['Uitwisseling', exchangeName(law, of?.uitwisseling ?? null)],
  ...(of?.verstrekker ? [['Van wie de gegevens zijn', name(of.verstrekker)] as const] : []),
  ...(of && of.via.length > 0 ? [['Via', of.via.map(name).join(', ')] as const] : []),
  ...(state
    ? [
        ['Stand', badge(...deliveryStates[state.staat])] as const,
        ['Begonnen', moment(state.begonnen)] as const,
        ['Laatste wijziging', moment(state.gewijzigd)] as const,
      ]
    : []),
  ...(opening
    ? [
        [
          'Beslissing om te lezen',
          anchor(`/verstrekkingen/${opening.transactie}`, 'Bekijk de beslissing'),
        ] as const,
      ]
    : []),
])}`
}

function numbers({ counts, marked, state }: OpenedFile): Html {
  const { aanvaard, geweigerd, onleesbaar } = counts
  const all = aanvaard + geweigerd + onleesbaar
  const open = state?.totaal === null || state === undefined ? undefined : state.totaal - all
  return html`${heading(2, 'Hoe het met de regels afliep')}
${figures([
  ['Regels', counted(all)],
  ['Aanvaard', counted(aanvaard)],
  ['Geweigerd', counted(geweigerd)],
  ['Onleesbaar', counted(onleesbaar)],
  ...(marked === undefined ? [] : [['Viel iets op', counted(marked)] as const]),
  ...(open !== undefined && open > 0 ? [['Nog te lezen', counted(open)] as const] : []),
])}
${onleesbaar > 0 ? paragraph('Van een onleesbare regel is niets overgenomen. Niemand kan zien over wie die ging.') : undefined}
${marked ? paragraph('Waar iets opviel, kreeg de ontvanger dat erbij te lezen. De regel is niet veranderd en niet weggelaten.') : undefined}`
}

function receivers({ receivers }: OpenedFile, law: PolicySet): Html | undefined {
  if (receivers.size < 2) return undefined
  return table({
    caption: 'Voor wie de regels zijn',
    head: ['Ontvanger', 'Regels'],
    rows: [...receivers].map(([oin, aantal]) => [partyName(law, oin), counted(aantal)]),
    numbers: [1],
  })
}

/** What receivers did with it, in words. */
function later({ after, sample }: OpenedFile, law: PolicySet): Html | undefined {
  const told = new Map<string, number>()
  for (const { soort, uitkomst, afloop, aantal } of after) {
    const words = laterWords({ soort, uitkomst, afloop }, sample?.uitwisseling ?? null, law)
    if (words) told.set(words, (told.get(words) ?? 0) + aantal)
  }
  if (told.size === 0) return undefined
  return html`${heading(2, 'Wat de ontvangers ermee deden')}
${table({
  caption: 'Stappen na het aanvaarden',
  head: ['Wat', 'Regels'],
  rows: [...told].map(([words, aantal]) => [words, counted(aantal)]),
  numbers: [1],
})}`
}

function laterWords(
  { soort, uitkomst, afloop }: Omit<After, 'aantal'>,
  uitwisseling: string | null,
  law: PolicySet,
): string | undefined {
  if (afloop !== null) return `Afloop: ${endingName(law, uitwisseling, afloop)}`
  if (soort === 'beoordeling') return 'De ontvanger ziet een reden om te kijken'
  if (soort === 'beslissing') {
    return uitkomst === 'geweigerd'
      ? 'Niet gegeven: bij het ophalen mocht het niet meer'
      : 'Opgehaald'
  }
  if (soort === 'ontvangst') return 'Ontvangst bevestigd'
  if (soort === 'einde') return uitkomst === 'verlopen' ? 'Verlopen' : 'Gestopt'
  return undefined
}

function lineTable(
  { levering, opening }: OpenedFile,
  { rows, next }: FileLines,
  filter: LineFilter,
  after: number,
  law: PolicySet,
): Html {
  const path = `/leveringen/${levering}` as const
  const at = (na: number) => `${path}?regels=${filter}&na=${na}` as const
  // Marks are counted over the whole file: for whom that is told.
  const offered = filters.filter(([one]) => one !== 'gemarkeerd' || opening)
  return html`${filterForm({
    action: path,
    submit: 'Toon deze regels',
    fields: [choice({ name: 'regels', label: 'Welke regels', options: offered, value: filter })],
  })}
${table({
  caption: 'Regels in de volgorde van het bestand, zonder personen',
  head: ['Regel', 'Voor wie', 'Hoe het afliep', 'Waar het nu is', 'Wat opviel'],
  rows: rows.map(row => [
    anchor(`/verstrekkingen/${row.transactie}`, `Regel ${row.regel}`),
    row.soort === 'afwijzing' ? 'niet te lezen' : partyName(law, row.ontvanger),
    row.soort === 'afwijzing'
      ? badge('error', 'Onleesbaar')
      : outcomeBadge(row.soort === 'aanvaarding' ? 'aanvaard' : 'geweigerd'),
    row.staat ? badge(...messageStates[row.staat]) : '–',
    row.gemarkeerd.map(({ veld, code }) => `${veld}: ${markName(law, code)}`).join('; ') || '–',
  ]),
  empty: 'Er zijn geen regels die hieraan voldoen.',
})}
${pager({
  newer: after > 0 ? `${path}?regels=${filter}` : undefined,
  older: next === undefined ? undefined : at(next),
})}`
}

export const deliveryPages: readonly Page[] = [
  {
    path: '/leveringen/:levering',
    under: '/zoeken',
    roles: ['privacy-officer', 'fg', 'beveiligingsfunctionaris', 'teamleider'],
    show,
  },
]
