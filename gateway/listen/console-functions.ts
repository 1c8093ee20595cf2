// What does this gateway do with its log that is no exchange? Two functions of the console, as the catalogue names them.
import type { RegisteredBasis } from './registered.ts'

/** RAP-TERT-43 and INZ-BETR-44: nothing is asked of a source, so no policy file decides them. */
export interface RegisteredFunction {
  readonly id: string
  readonly titel: string
  readonly doel: string
  readonly wie: string
  readonly wat: string
  readonly grenzen: readonly string[]
  readonly grondslagen: readonly RegisteredBasis[]
}

type Described = Omit<RegisteredFunction, 'grondslagen'> & {
  readonly grondslagen: readonly string[]
}

const described: readonly Described[] = [
  {
    id: 'rapportage',
    titel: 'Rapportage per maand, tertiaal en jaar',
    doel: 'Verantwoorden van aantallen, soorten en uitkomsten van signalen en verstrekkingen.',
    wie: 'De privacy officer, de FG en de teamleider van een aangesloten organisatie, over de uitwisselingen van die organisatie. Zij geven het rapport aan de gemeente, het ministerie of de toezichthouder.',
    wat: 'Alleen aantallen: per uitwisseling, uitkomst, reden, ontvanger en grond voor selectie, en of een signaal preventief of repressief was, over een periode die voorbij is.',
    grenzen: [
      'Er staan geen personen, nummers of zaken in.',
      'Een aantal kleiner dan vijf wordt niet getoond, ook niet als het uit andere aantallen is af te leiden.',
      'Wie van een aantal naar de regels in het logboek wil, heeft een vastgelegd mandaat nodig, met een reden en een einddag.',
    ],
    grondslagen: ['avg-5-2', 'pw-77', 'pw-78'],
  },
  {
    id: 'inzage-door-betrokkene',
    titel: 'Inzage door de betrokkene',
    doel: 'De betrokkene laten zien wie welke gegevens wanneer en op welke grond heeft ontvangen.',
    wie: 'Iedereen, over zichzelf, bij de organisatie die de gegevens gaf of kreeg. De privacy officer of de FG daarvan stelt vast wie het vraagt en maakt het overzicht.',
    wat: 'Per verstrekking: dag en tijd, wie gaf, wie kreeg, het doel, de wet en de namen van de gegevens. De gegevens zelf bewaart de gateway niet.',
    grenzen: [
      'Wie zoekt, geeft een reden op. Dat komt in het logboek voordat de bladzijde verschijnt.',
      'Alleen regels waar de organisatie zelf bij hoort, en niets over een ander.',
      'Inzage kan worden uitgesteld in de gevallen die de wet noemt, met een reden en een datum waarop dat opnieuw wordt bekeken.',
    ],
    grondslagen: ['avg-15-1-c', 'avg-12', 'brp-3-22', 'avg-23', 'uavg-41'],
  },
]

/** @param basis of today; what the law in force does not register is left out */
export function registeredFunctions(
  basis: (id: string) => RegisteredBasis | undefined,
): readonly RegisteredFunction[] {
  return described.map(one => ({
    ...one,
    grondslagen: one.grondslagen.flatMap(id => basis(id) ?? []),
  }))
}
