// How does a look read to an officer? Who in which role, at what; never whom was searched for.
import type { LogRecord } from '../audit/log-record.ts'
import { type Fragment, type Html, html } from '../html.ts'
import type { PolicySet } from '../policy/law.ts'
import type { Look } from './logbook.ts'
import type { Role } from './page.ts'
import { anchor, moment, table } from './parts.ts'
import { codeText, partyName } from './words.ts'

/** As the filter names them; `partij` is a system of an organisation itself. */
export const roleNames: readonly (readonly [key: Role | 'partij', text: string])[] = [
  ['privacy-officer', 'Privacy officer'],
  ['fg', 'Functionaris gegevensbescherming'],
  ['beveiligingsfunctionaris', 'Beveiligingsfunctionaris'],
  ['teamleider', 'Teamleider'],
  ['beheerder', 'Beheerder'],
  ['partij', 'Systeem van een organisatie'],
]

/** By `handeling.wat`; what is not here reads as its own code. */
const acts: Readonly<Record<string, string>> = {
  beleid: 'Bekeek het beleid',
  'beleid-vergelijking': 'Vergeleek twee versies van het beleid',
  beperkt: 'Wilde iets zien waarvan het gebruik is beperkt',
  betrokkene: 'Bekeek alles over een persoon',
  bewaren: 'Bekeek wat tot wanneer wordt bewaard',
  bewijs: 'Controleerde een bewijs',
  blikken: 'Keek wie er keek',
  bundel: 'Nam een bundel mee voor een auditor',
  controle: 'Controleerde het hele logboek',
  datalek: 'Bekeek een datalek',
  'datalek-feiten': 'Nam de feiten van een datalek mee',
  'datalek-personen': 'Nam de personen van een datalek mee',
  'datalek-telling': 'Telde wie een datalek raakt',
  datalekken: 'Bekeek de datalekken',
  levering: 'Bekeek een bestand met regels',
  noodrem: 'Bekeek de noodrem',
  partij: 'Bekeek een partij',
  rapport: 'Bekeek een rapport',
  toetsing: 'Bekeek de toetsing',
  'toetsing-stil': 'Bekeek wat is onderdrukt',
  uitvoer: 'Nam regels mee',
  vergelijking: 'Vergeleek met een bewaard checkpoint',
  verstrekking: 'Bekeek een verstrekking',
  verstrekkingen: 'Zocht in de eigen verstrekkingen',
  verwerkingen: 'Las de eigen verwerkingen terug (LDV)',
  verzegeld: 'Opende wat verzegeld is',
  zoeken: 'Zocht',
}

export function lookTable(looks: readonly Look[], law: PolicySet): Html {
  return table({
    caption: 'Wie keek er',
    head: ['Wanneer', 'Wie', 'Rol', 'Wat', 'Waarover'],
    rows: looks.map(look => [
      moment(look.record.tijd),
      who(look, law),
      roleText(look.record),
      what(look.record),
      about(look.record),
    ]),
    empty: 'In deze periode keek niemand.',
  })
}

function who({ record, medewerker }: Look, law: PolicySet): Fragment {
  const party = partyName(law, record.ontvanger ?? null)
  return medewerker === undefined ? party : html`${medewerker}, ${party}`
}

function roleText({ rol = 'partij' }: LogRecord): string {
  return roleNames.find(([key]) => key === rol)?.[1] ?? codeText(rol)
}

function what({ soort, handeling, gezocht, betrokkene, uitkomst }: LogRecord): string {
  if (soort === 'inzage' && !handeling) return 'Vroeg een bewijs opnieuw op'
  const wat = String(handeling?.wat ?? handeling?.pagina ?? soort)
  const said = acts[wat] ?? codeText(wat)
  const person = gezocht || betrokkene ? ', over een persoon, zaak of medewerker' : ''
  return `${said}${person}${uitkomst === 'geweigerd' ? ' (geweigerd)' : ''}`
}

function about({ over }: LogRecord): Fragment {
  return over === undefined ? '–' : anchor(`/verstrekkingen/${over}`, 'Verstrekking')
}
