// Which law does a test of the register read? One open arrangement, and others made from it.

import type { View } from '../../gateway/listen/registered.ts'
import { buildLaw, type Drafts } from '../../gateway/policy/build.ts'
import type { ArrangementText, BasisText, PolicySet } from '../../gateway/policy/law.ts'
import type { Party, Profile } from '../../gateway/terms.ts'

export const uwv = '00000099000000004000'
export const waterstad = '00000099000000001000'
export const fiod = '00000099000000008000'

/** 2026-11-22 12:00 in Amsterdam. */
export const noon = Date.parse('2026-11-22T11:00:00Z')

export const arrangement: ArrangementText = {
  id: 'uwv-inkomsten-bijstand',
  versie: '1.0.0',
  titel: 'Inkomsten bij aanvraag of heronderzoek van bijstand',
  doel: {
    id: 'bijstand-recht-en-hoogte',
    omschrijving: 'Vaststellen of en in welke mate inkomsten het recht op bijstand beïnvloeden.',
    functiegebied: 'rechtmatigheid',
  },
  verstrekker: { oin: uwv, avg: '6-1-c', verwerkingsactiviteit: 'https://uwv.example/v/1' },
  ontvangers: { soort: 'college', avg: '6-1-e', verwerkingsactiviteit: 'https://vng.example/v/1' },
  betrokkenen: 'mensen die bijstand vragen of krijgen',
  via: [],
  grondslagen: ['pw-64-1-b', 'suwi-62-1'],
  patroon: 'synchroon',
  gegevensset: 'uwv-inkomstenverhoudingen',
  sleutel: 'bsn',
  voorwaarden: { functie: ['inkomensconsulent', 'onderzoeker'], zaak: 'verplicht' },
  treden: [
    { id: 'licht', velden: ['heeftInkomsten'], goedkeuring: 'A0', periodeMaanden: 12 },
    {
      id: 'bedragen',
      velden: ['loonSv', 'tijdvak'],
      goedkeuring: 'A2',
      na: 'licht',
      vervolgAls: { heeftInkomsten: true },
      openVoor: 'P3M',
      periodeMaanden: 1,
    },
  ],
  verboden: ['selectie', 'onderzoek naar huisgenoten'],
  bewaren: {
    log: 'P7Y',
    logGrond: 'Verantwoording van de verstrekking (AVG art. 5 lid 2).',
    antwoord: 'PT0S',
    ontvanger: 'Zolang de zaak loopt.',
  },
  dpia: { referentie: 'DPIA-2026-01', herzienOp: '2027-06-01', uiterlijk: '2027-12-01' },
  geldigVan: '2026-01-01',
}

const basis: BasisText = {
  id: 'pw-64-1-b',
  artikel: '64, eerste lid, onder b',
  stand: 'vastgesteld',
  geldigVan: '2004-01-01',
  bevestigd: { op: '2026-09-01', tekstversie: '2026-07-01' },
}

export const bases: readonly BasisText[] = [
  basis,
  { ...basis, id: 'suwi-62-1', artikel: '62, eerste lid' },
  { id: 'wpd-1', artikel: '1', stand: 'voorstel' },
  { ...basis, id: 'oud-1', artikel: '7', geldigTot: '2026-06-30' },
  { ...basis, id: 'straks-1', artikel: '8', geldigVan: '2027-01-01' },
  {
    ...basis,
    id: 'buiten-1',
    artikel: '9',
    buitenToepassing: { van: '2026-02-01', uitspraak: 'ECLI:NL:RBDHA:2026:1' },
  },
  { id: 'onzeker-1', artikel: '10', stand: 'vastgesteld', geldigVan: '2020-01-01' },
]

export const parties: readonly Omit<Party, 'vertegenwoordigt'>[] = [
  { oin: uwv, naam: 'UWV', soort: 'uwv', status: 'actief', vertrouwelijk: false },
  { oin: waterstad, naam: 'Waterstad', soort: 'college', status: 'actief', vertrouwelijk: false },
  {
    oin: fiod,
    naam: 'Opsporingsdienst Geheim',
    soort: 'fiod',
    status: 'actief',
    vertrouwelijk: true,
  },
]

export function lawOf(
  arrangements: readonly Partial<ArrangementText>[] = [{}],
  more: { bron?: string; naam?: string; veld?: string; profiel?: Profile } = {},
): PolicySet {
  const place = { file: 'fixture', line: 1, column: 1 }
  const field = { categorie: 'gewoon', regime: 'avg' } as const
  const drafts: Drafts = {
    grondslagen: [
      {
        place,
        content: {
          regeling: 'Participatiewet',
          bron: more.bron ?? 'https://wetten.overheid.nl/BWBR0015703',
          grondslagen: [...bases],
        },
      },
    ],
    normen: [],
    codelijsten: [],
    partijen: [
      {
        place,
        content: {
          partijen: parties.map(({ naam, soort, ...party }) => ({
            ...party,
            soort: soort as 'uwv' | 'college' | 'fiod',
            naam: party.oin === uwv ? (more.naam ?? naam) : naam,
          })),
        },
      },
    ],
    instrumenten: [],
    gegevenssets: [
      {
        place,
        content: {
          id: 'uwv-inkomstenverhoudingen',
          versie: '1.0.0',
          bron: 'uwv',
          titel: 'Inkomstenverhoudingen',
          velden: {
            loonSv: { ...field, type: 'cent', titel: more.veld ?? 'Loon, bruto' },
            tijdvak: { ...field, type: 'periode', titel: 'Tijdvak van de opgave' },
          },
          afgeleid: {
            heeftInkomsten: {
              type: 'bool',
              uit: ['loonSv'],
              titel: 'Waren er inkomsten',
              label: 'indicatie, geen vaststelling',
            },
          },
        },
      },
    ],
    uitwisselingen: arrangements.map(part => ({ place, content: { ...arrangement, ...part } })),
    gevallen: [],
  }
  return buildLaw(drafts, [], `sha256:${'0'.repeat(64)}`, more.profiel ?? 'test')
}

/** What the listener of a gateway that serves no source would ask the register for. */
export function viewOf(law: PolicySet, now = noon): View {
  return { law, now, connected: () => false, operator: '00000099000000010000' }
}
