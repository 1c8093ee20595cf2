// Who may log in at the demo? Functions at the demo's organisations, nobody in person.
import { operator, partyHolder } from '../certs/names.ts'

export interface DemoOfficer {
  /** Its user name; what the gateway calls `sub`. */
  readonly id: string
  readonly naam: string
  /** `<rol>:<OIN>`, as the gateway reads them. */
  readonly rollen: readonly string[]
}

const at = (party: string, ...rollen: string[]) =>
  rollen.map(rol => `${rol}:${partyHolder(party).oin}`)

export const demoOfficers: readonly DemoOfficer[] = [
  {
    id: 'po-waterstad',
    naam: 'Privacy officer Waterstad',
    rollen: at('gemeente-waterstad', 'privacy-officer'),
  },
  { id: 'fg-waterstad', naam: 'FG Waterstad', rollen: at('gemeente-waterstad', 'fg') },
  {
    id: 'bf-waterstad',
    naam: 'Beveiligingsfunctionaris Waterstad',
    rollen: at('gemeente-waterstad', 'beveiligingsfunctionaris'),
  },
  {
    id: 'tl-waterstad',
    naam: 'Teamleider Waterstad',
    rollen: at('gemeente-waterstad', 'teamleider'),
  },
  { id: 'po-uwv', naam: 'Privacy officer UWV', rollen: at('uwv', 'privacy-officer') },
  {
    id: 'po-toeslagen',
    naam: 'Privacy officer Dienst Toeslagen',
    rollen: at('toeslagen', 'privacy-officer', 'vertrouwelijk'),
  },
  {
    id: 'po-fiod',
    naam: 'Privacy officer FIOD',
    rollen: at('fiod', 'privacy-officer', 'vertrouwelijk'),
  },
  {
    id: 'po-delta',
    naam: 'Privacy officer van twee gemeenten',
    rollen: [
      ...at('gemeente-waterstad', 'privacy-officer'),
      ...at('gemeente-dijkdorp', 'privacy-officer'),
    ],
  },
  { id: 'beheer', naam: 'Beheerder van Sluis', rollen: [`beheerder:${operator.oin}`] },
  { id: 'zonder-rol', naam: 'Medewerker zonder rol', rollen: [] },
]
