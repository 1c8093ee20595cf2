// What does a simulated month hold? Drawn from a seed: who has what, what a municipality knows, and the files that are made of it.

/** One fact about one person for one receiver, before anything is sorted or left out. */
export interface Fact {
  readonly uitwisseling: string
  readonly ontvanger: string
  readonly verstrekker: string
  readonly nummer: string
  readonly kenmerk: string
  readonly gegevens: Readonly<Record<string, unknown>>
}

export interface Month {
  readonly periode: string
  /** The receivers of each exchange; one of them may have no fact at all. */
  readonly ontvangers: readonly string[]
  readonly treffers: readonly Fact[]
  /** What each receiver says that it knows: also of persons of whom there is no fact. */
  readonly bekend: readonly Pick<Fact, 'uitwisseling' | 'ontvanger' | 'nummer' | 'kenmerk'>[]
}

/** The two texts that a receiver's files are made of. */
export interface Texts {
  readonly ontvanger: string
  readonly treffers: string
  readonly bekend: string
}

export const uwv = '00000099000000004000'
export const waterstad = '00000099000000001000'
export const dijkdorp = '00000099000000002000'
export const nieuweInkomsten = 'uwv-signaal-nieuwe-inkomsten'

/** mulberry32: the same numbers on every machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Every number of the RvIG test series 99999xxxx that passes the elfproef. */
export const testNumbers: readonly string[] = Array.from({ length: 10_000 }, (_, tail) =>
  String(999_990_000 + tail),
).filter(digits => {
  const weights = [9, 8, 7, 6, 5, 4, 3, 2, -1]
  return weights.reduce((sum, weight, at) => sum + weight * Number(digits[at]), 0) % 11 === 0
})

/** What `npm start` has standing ready: a few facts for two municipalities. */
export function demoMonth(periode: string): Month {
  const fact = (ontvanger: string, nummer: string, naam: string): Fact => ({
    uitwisseling: nieuweInkomsten,
    ontvanger,
    verstrekker: uwv,
    nummer,
    kenmerk: `${periode}-${naam.length}`,
    gegevens: { datumAanvang: `${periode}-03`, naamInhoudingsplichtige: naam },
  })
  const treffers = [
    fact(waterstad, '999990019', 'Bakkerij Verzonnen B.V.'),
    fact(waterstad, '999993653', 'Fietsenmaker Voorbeeld'),
    fact(waterstad, '999992168', 'Uitzendbureau Denkbeeldig B.V.'),
    fact(dijkdorp, '999993549', 'Kwekerij Bedacht V.O.F.'),
    fact(dijkdorp, '999998493', 'Schoonmaak Fictief B.V.'),
  ]
  // Waterstad knows of one of its three, and of somebody who has no new income.
  const [, , known] = treffers
  const bekend = [...(known ? [known] : []), fact(waterstad, '999990160', 'Niets aan de hand')]
  return { periode, ontvangers: [waterstad, dijkdorp], treffers, bekend }
}

/** The files of one exchange, each sorted by number. */
export function filesOf(month: Month, uitwisseling: string): readonly Texts[] {
  return month.ontvangers.map(ontvanger => {
    const own = <Each extends Pick<Fact, 'uitwisseling' | 'ontvanger' | 'nummer' | 'kenmerk'>>(
      facts: readonly Each[],
    ) =>
      facts
        .filter(each => each.ontvanger === ontvanger && each.uitwisseling === uitwisseling)
        .sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
    return {
      ontvanger,
      treffers: toText(
        own(month.treffers).map(({ nummer, kenmerk, verstrekker, gegevens }) => {
          return { nummer, kenmerk, ontvanger, verstrekker, gegevens }
        }),
      ),
      bekend: toText(own(month.bekend).map(({ nummer, kenmerk }) => ({ nummer, kenmerk }))),
    }
  })
}

const keyOf = ({ nummer, kenmerk }: Pick<Fact, 'nummer' | 'kenmerk'>) => `${nummer} ${kenmerk}`

function toText(lines: readonly object[]): string {
  return [...lines, { einde: { regels: lines.length } }]
    .map(line => `${JSON.stringify(line)}\n`)
    .join('')
}
