// Under which law does a test hand in files? The shipped one with one exchange of its own, which no case but its own is about.
import { cpSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const exchange = 'proef-uren-toeslagen'
/** Hands in; its receiver, and one who has nothing to do with it. */
export const sender = 'kinderopvang-de-sluis'
export const senderOin = '00000099000000009000'
export const receiverOin = '00000099000000007000'
export const stranger = 'gemeente-dijkdorp'
export const arrangementFile = `uitwisselingen/${exchange}.yaml`
export const casesFile = `uitwisselingen/${exchange}.cases.yaml`

/** Writes it to `dir`, for SLUIS_POLICY_DIR. */
export function bulkLaw(dir: string): string {
  cpSync(resolve(import.meta.dirname, '../../policies'), dir, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return dir
}

const dataset = `id: kinderopvang-proef
versie: 1.0.0
bron: kinderopvang
titel: Proef met uren
velden:
  maand: { type: tekst, lengte: 7, verplicht: true, categorie: gewoon, regime: avg, titel: Maand }
  uren:  { type: uren, verplicht: true, categorie: gewoon, regime: avg, titel: Uren }
  groep: { type: tekst, lengte: 40, categorie: gewoon, regime: avg, titel: Groep }
`

const arrangement = `id: proef-uren-toeslagen
versie: 1.0.0
titel: Proef met uren
doel:
  id: proef-uren
  omschrijving: Het aantal uren opvang per kind en maand vaststellen voor de hoogte van de toeslag.
  functiegebied: toeslagen
verstrekker: { soort: kinderopvang, avg: 6-1-c, verwerkingsactiviteit: https://register.example/kinderopvang/uren }
ontvangers:  { soort: toeslagen, avg: 6-1-e, verwerkingsactiviteit: https://register.example/toeslagen/uren }
betrokkenen: mensen die meedoen aan een proef
via: []
grondslagen: [pw-64-1-b]
patroon: bulk
vorm: levering
leveringsafspraak: { kenmerk: PROEF-1, datum: 2026-01-01, publicatie: https://register.example/proef-1 }
gegevensset: kinderopvang-proef
sleutel: bsn
voorwaarden:
  functie: []
  systeemproces: toegestaan
treden:
  - { id: uren, velden: [maand, uren, groep], goedkeuring: A0 }
verboden: [iets anders doen]
bewaren:
  log: P7Y
  logGrond: AVG artikel 5, tweede lid (voorstel, geen wettelijke termijn gevonden)
  antwoord: P30D
  ontvanger: Dertig dagen.
dpia: { referentie: DPIA-2026-042, herzienOp: 2027-06-01, uiterlijk: 2027-12-01 }
geldigVan: 2026-01-01
`

const cases = `uitwisseling: proef-uren-toeslagen
op: 2026-09-15T12:00:00+02:00
vraag:
  indiener: '00000099000000009000'
  ontvanger: '00000099000000007000'
  levering: true
  gegevens: [maand, uren]
  velden: [maand, uren]
  sleutel: bsn
  systeemproces: true
gevallen:
  - { naam: een regel van een opvang, dan: toegestaan }
  - { naam: een regel met een groep, als: { gegevens: [maand, uren, groep], velden: [maand, uren, groep] }, dan: toegestaan }
  - { naam: onder de noodrem, gegeven: { noodrem: [alles] }, dan: geweigerd, redenen: [NOODREM] }
  - { naam: als vraag, zonder: [levering], dan: geweigerd, redenen: [GEEN_LEVERINGSAFSPRAAK] }
  - { naam: voor de afspraak begon, op: '2025-12-31T12:00:00+01:00', dan: geweigerd, redenen: [GEEN_LEVERINGSAFSPRAAK] }
  - { naam: te oude dpia, op: '2028-01-15T12:00:00+01:00', dan: geweigerd, redenen: [DPIA_ONTBREEKT_OF_VERLOPEN] }
  - { naam: naar een gemeente, als: { ontvanger: '00000099000000001000' }, dan: geweigerd, redenen: [ONTVANGER_NIET_BEVOEGD] }
  - { naam: namens een ander, als: { namens: '00000099000000001000' }, dan: geweigerd, redenen: [ONTVANGER_NIET_BEVOEGD] }
  - { naam: over niemand, zonder: [sleutel], dan: geweigerd, redenen: [PARAMETER_ONTBREEKT] }
  - { naam: zonder uren, als: { gegevens: [maand] }, dan: geweigerd, redenen: [PARAMETER_ONTBREEKT] }
  - { naam: een medewerker, zonder: [systeemproces], als: { functie: leider }, dan: geweigerd, redenen: [FUNCTIE_NIET_BEVOEGD] }
  - { naam: een veld te veel, als: { velden: [maand, uren, naam] }, dan: geweigerd, redenen: [VELD_NIET_TOEGESTAAN] }
  - { naam: voor de wet er was, op: '1999-01-15T12:00:00+01:00', dan: geweigerd, redenen: [GEEN_LEVERINGSAFSPRAAK, GRONDSLAG_NIET_IN_WERKING] }
  - { naam: een correctie namens een gemeente, gegeven: { eerder: true }, zonder: [levering], als: { stap: correctie, gegevens: [uren], velden: [uren], namens: '00000099000000001000' }, dan: geweigerd, redenen: [MANDAAT_ONTBREEKT, ONTVANGER_NIET_BEVOEGD] }
`

const files: Readonly<Record<string, string>> = {
  'gegevenssets/kinderopvang-proef.yaml': dataset,
  [arrangementFile]: arrangement,
  [casesFile]: cases,
}
