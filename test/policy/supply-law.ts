// The shipped law with three arrangements of systematic supply: signals, a monthly file, and doubt brought to the source.
import type { Question } from '../../gateway/terms.ts'
import { type Edits, oins } from './law.ts'

export const creche = '00000099000000009000'

const shared = `
titel: Proef met aanleveren
betrokkenen: mensen die meedoen aan een proef
via: ['${oins.ib}']
grondslagen: [pw-64-1-b]
vorm: levering
gegevensset: svb-uitkeringen
sleutel: bsn
leveringsafspraak: { kenmerk: LA-2026-1, datum: 2026-03-01, publicatie: https://register.example/la-2026-1 }
voorwaarden: { functie: [], systeemproces: toegestaan }
treden:
  - { id: melding, velden: [datumIngang, tijdvak], goedkeuring: A0 }
verboden: [selectie]
bewaren: { log: P7Y, logGrond: voorstel, antwoord: P30D, ontvanger: Zes maanden. }
dpia: { referentie: DPIA-2026-90, herzienOp: 2027-06-01, uiterlijk: 2027-12-01 }
geldigVan: 2026-01-01
`

function arrangement(id: string, own: string): string {
  return `id: ${id}
versie: 1.0.0
doel: { id: ${id}, omschrijving: Vaststellen of iets klopt dat nog niet bekend was., functiegebied: rechtmatigheid }
${own}${shared}`
}

const party = (who: string) =>
  `${who}, avg: 6-1-e, verwerkingsactiviteit: https://register.example/x`

const cases = (id: string) => `uitwisseling: ${id}
op: 2026-09-15T12:00:00+02:00
vraag: {}
gevallen:
  - { naam: nog niets, dan: geweigerd, redenen: [NOODREM] }
`

export const signals = 'proef-signaal'
export const monthly = 'proef-bulk'
export const doubts = 'proef-twijfel'

export const supplyPaths = {
  signals: `uitwisselingen/${signals}.yaml`,
  monthly: `uitwisselingen/${monthly}.yaml`,
  doubts: `uitwisselingen/${doubts}.yaml`,
} as const

export const supplyTexts: Readonly<Record<string, string>> = {
  'codelijsten/afloop-proef.yaml': `id: afloop-proef
titel: Wat er van de proef is geworden
bron: voorstel
codes:
  - { code: geen-gevolg, betekenis: Er was niets aan de hand }
`,
  [supplyPaths.signals]: arrangement(
    signals,
    `verstrekker: { ${party('soort: college')} }
ontvangers: { ${party('soort: college')} }
patroon: signaal
signaal: { geldig: P6M, afloop: afloop-proef }
ritme: maand`,
  ),
  [supplyPaths.monthly]: arrangement(
    monthly,
    `verstrekker: { ${party('soort: kinderopvang')} }
ontvangers: { ${party('soort: toeslagen')} }
patroon: bulk`,
  ),
  [supplyPaths.doubts]: arrangement(
    doubts,
    `verstrekker: { ${party('soort: college')} }
ontvangers: { ${party('soort: uwv')} }
patroon: notificatie
signaal: { geldig: P6M, afloop: afloop-proef }`,
  ),
  ...Object.fromEntries(
    [signals, monthly, doubts].map(id => [`uitwisselingen/${id}.cases.yaml`, cases(id)]),
  ),
}

/** These files with pieces of text replaced, as edits of the shipped law. */
export function supplyEdits(
  changes: Readonly<Record<string, readonly (readonly [string, string])[]>> = {},
): Edits {
  return Object.fromEntries(
    Object.entries(supplyTexts).map(([path, text]) => [
      path,
      (changes[path] ?? []).reduce((made, [from, to]) => {
        if (!made.includes(from)) throw new Error(`${path} does not hold: ${from}`)
        return made.replace(from, to)
      }, text),
    ]),
  )
}

/** A line that the law above allows: a machine of one municipality tells another. */
export function line(change: Partial<Question> = {}): Question {
  return {
    uitwisseling: signals,
    levering: true,
    indiener: oins.waterstad,
    ontvanger: oins.dijkdorp,
    sleutel: 'bsn',
    velden: ['datumIngang', 'tijdvak'],
    gegevens: ['datumIngang', 'tijdvak'],
    zaak: false,
    systeemproces: true,
    ...change,
  }
}

/** The same file before its lines. */
export function opening(change: Partial<Question> = {}): Question {
  const { levering: _, sleutel: __, gegevens: ___, ...rest } = line({ velden: [] })
  return { ...rest, stap: 'bestand', ...change }
}
