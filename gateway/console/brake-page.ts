// Noodrem: what is stopped now, since when and why, what was stopped before, and how is it set and released?
import { logIds, logNameOf, unsealMember } from '../audit/find.ts'
import type { LogRecord } from '../audit/log-record.ts'
import { type Html, html } from '../html.ts'
import { openly } from '../policy/brake.ts'
import { type Braked, loadBrake } from '../policy/brake-state.ts'
import type { PolicySet } from '../policy/law.ts'
import type { Moment } from '../terms.ts'
import { recordLook } from './look.ts'
import { type Desk, logsOf, type Page, type View, type Visit } from './page.ts'
import { badge, facts, fileText, heading, list, moment, notice, paragraph, table } from './parts.ts'
import { codeText, exchangeName, partyName } from './words.ts'

type BrakeDesk = Pick<
  Desk,
  'store' | 'catchUp' | 'law' | 'record' | 'keys' | 'keysDir' | 'operator'
>

async function show(visit: Visit, desk: BrakeDesk): Promise<View> {
  await recordLook(visit, desk, { wat: 'noodrem' })
  const law = desk.law()
  const seen = new Set(logsOf(visit.officer).includes('vertrouwelijk') ? law.noodrem : openly(law))
  // What decides is the law in this process; the state only tells since when and why.
  const state = await loadBrake(desk.store, law.epoch).catch(() => undefined)
  const braked = [...seen].map(
    bereik => state?.bereiken.find(one => one.bereik === bereik) ?? { bereik },
  )
  const past = await history(visit, desk)
  return {
    kind: 'page',
    title: 'Noodrem',
    body: html`${
      braked.length === 0
        ? notice('ok', 'De noodrem staat nergens voor aan.')
        : notice(
            'error',
            `De noodrem staat aan voor ${braked.length === 1 ? 'één onderdeel' : `${braked.length} onderdelen`}. Wat eronder valt, wordt niet verstrekt.`,
          )
    }
${heading(2, 'Wat is gestopt')}
${stateTable(braked, law)}
${heading(2, 'Geschiedenis')}
${historyTable(past, law)}
${heading(2, 'Zetten en vrijgeven')}
${paragraph('Eén persoon zet de noodrem; hij werkt binnen een seconde overal. Vrijgeven doen twee geregistreerde personen, elk met een eigen sleutel, binnen vijftien minuten na elkaar. Dat gebeurt niet hier, maar met een opdracht op de machine van de beheerder.')}
${fileText(
  'Opdrachten voor de noodrem',
  `npx sluis brake show
npx sluis brake on <bereik> --reden <code> --door <gebruikersnaam>
npx sluis brake off <bereik> --sleutel <jwk-bestand>`,
)}
${paragraph('Een bereik is een van deze:')}
${facts([
  ['alles', 'elke verstrekking'],
  ['partij:<oin>', 'alles van, aan en via een organisatie'],
  ['doel:<id>', 'elke uitwisseling met dit doel'],
  ['uitwisseling:<id>', 'één uitwisseling'],
  ['veld:<naam>', 'elke vraag naar dit gegeven'],
  ['bron:<naam>', 'alles wat uit deze bron komt'],
])}`,
  }
}

type Shown = Pick<Braked, 'bereik'> & Partial<Braked>

function stateTable(braked: readonly Shown[], law: PolicySet): Html {
  return table({
    caption: 'Waarvoor de noodrem aan staat',
    head: ['Wat is gestopt', 'Bereik', 'Sinds', 'Reden'],
    rows: braked.map(({ bereik, sinds, reden }) => [
      scopeText(bereik, law),
      html`<code>${bereik}</code>`,
      sinds === undefined ? 'onbekend' : moment(sinds),
      reden === undefined ? 'onbekend' : codeText(reden),
    ]),
    empty: 'Er is niets gestopt.',
  })
}

const scopeTexts: Readonly<Record<string, (of: string, law: PolicySet) => string>> = {
  alles: () => 'Alles: er wordt niets verstrekt',
  partij: (of, law) => `Alles van, aan en via ${partyName(law, of)}`,
  doel: (of, law) =>
    `Het doel “${[...law.uitwisselingen.values()].find(({ doel }) => doel.id === of)?.doel.omschrijving ?? of}”`,
  uitwisseling: (of, law) => `De uitwisseling “${exchangeName(law, of)}”`,
  veld: of => `Het gegeven ${of}`,
  bron: of => `De bron ${of}`,
}

export function scopeText(bereik: string, law: PolicySet): string {
  const [kind = '', of = ''] = bereik.split(/:(.*)/s, 2)
  return scopeTexts[kind]?.(of, law) ?? bereik
}

interface Act {
  readonly tijd: Moment
  readonly soort: string
  readonly uitkomst: string
  readonly noodrem: readonly string[]
  readonly redenen: readonly string[]
  readonly door: string | undefined
}

/** Who did it works for who runs this gateway: only officers of that organisation read a name. */
async function history({ officer }: Visit, desk: BrakeDesk): Promise<readonly Act[]> {
  await desk.catchUp()
  const { query } = desk.store
  const rows = await query<{ log: string; tekst: string }>(
    `SELECT f.log, f.tekst FROM console.handeling h JOIN audit.leaf f ON f.log = h.log AND f.idx = h.idx
     WHERE h.log = ANY($1) AND h.soort IN ('noodrem', 'noodrem-vrijgave')
     ORDER BY h.tijd DESC, h.log, h.idx DESC LIMIT 200`,
    [await logIds(query, logsOf(officer))],
  )
  return rows.map(({ log, tekst }) => {
    const record: LogRecord = JSON.parse(tekst)
    const { tijd, soort, uitkomst, noodrem = [], redenen = [] } = record
    const place = { log: logNameOf(log), keysDir: desk.keysDir }
    const door =
      officer.oin === desk.operator
        ? unsealMember(desk.keys, place, record, 'medewerker')
        : undefined
    return { tijd, soort, uitkomst, noodrem, redenen: redenen.map(({ code }) => code), door }
  })
}

const actTexts: Readonly<Record<string, string>> = {
  gezet: 'Gezet',
  voorgesteld: 'Vrijgave voorgesteld',
  vrijgegeven: 'Vrijgegeven',
  geweigerd: 'Vrijgave geweigerd',
}

function historyTable(acts: readonly Act[], law: PolicySet): Html {
  return table({
    caption: 'Wat er met de noodrem is gedaan, het laatste bovenaan',
    head: ['Wanneer', 'Wat', 'Daarna gestopt, of waarover', 'Reden', 'Door'],
    rows: acts.map(({ tijd, uitkomst, noodrem, redenen, door }) => [
      moment(tijd),
      badge(uitkomst === 'gezet' ? 'error' : 'info', actTexts[uitkomst] ?? codeText(uitkomst)),
      noodrem.length > 0 ? list(noodrem.map(one => scopeText(one, law))) : 'niets',
      redenen.map(codeText).join(', ') || '–',
      door ?? 'de beheerder',
    ]),
    empty: 'De noodrem is nog nooit gebruikt.',
  })
}

export const brakePages: readonly Page[] = [
  {
    path: '/noodrem',
    menu: 'Noodrem',
    roles: ['privacy-officer', 'fg', 'beveiligingsfunctionaris', 'beheerder'],
    show,
  },
]
