// Which law, amounts, code lists and selection instruments does this gateway know, what counts today, and what rests on it?
import { occasionList, reliabilityList } from '../policy/conditions.ts'
import { derivedAnswers } from '../policy/derive.ts'
import type {
  Arrangement,
  Code,
  LegalBasis,
  Norm,
  NormAmount,
  PolicySet,
  SelectionInstrument,
} from '../policy/law.ts'
import { countsOn, legalDate, within } from '../policy/legal-time.ts'
import { kindName } from '../policy/provider.ts'
import {
  basisEntry,
  body,
  type Edition,
  edition,
  publicExchanges,
  type RegisteredBasis,
  type RegisteredBody,
  type View,
} from './registered.ts'

export interface ExchangeName {
  readonly id: string
  readonly titel: string
}

export interface Bases extends Edition {
  readonly regelingen: readonly {
    readonly regeling: string
    readonly bron: string
    readonly grondslagen: readonly ListedBasis[]
  }[]
}

export type ListedBasis = Omit<RegisteredBasis, 'regeling' | 'bron'> & {
  readonly bevestigd?: NonNullable<LegalBasis['bevestigd']>
  readonly uitwisselingen: readonly ExchangeName[]
}

export interface Norms extends Edition {
  readonly normen: readonly (Omit<Norm, 'bedragen'> & {
    readonly bedragen: readonly ListedAmount[]
    readonly uitwisselingen: readonly ExchangeName[]
  })[]
  readonly codelijsten: readonly {
    readonly id: string
    readonly titel: string
    readonly bron: string
    readonly codes: readonly ListedCode[]
    readonly uitwisselingen: readonly ExchangeName[]
  }[]
}

export type ListedAmount = NormAmount & { readonly vandaag: boolean }
export type ListedCode = Code & { readonly vandaag: boolean }

export interface Instruments extends Edition {
  readonly instrumenten: readonly ListedInstrument[]
}

/** Without what it looks at: the rules of a selection are not public here (domain S80). */
export type ListedInstrument = Omit<
  SelectionInstrument,
  'eigenaar' | 'geldig' | 'doelen' | 'kenmerken'
> & {
  readonly eigenaar: RegisteredBody
  readonly bruikbaar: boolean
  readonly doelen: readonly { readonly id: string; readonly omschrijving: string }[]
  readonly uitwisselingen: readonly ExchangeName[]
}

export function bases(view: View): Bases {
  const { law, now } = view
  const users = usersOf(law, basesOf)
  const closed = hiddenRegulations(law, users)
  const seen = [...law.grondslagen.values()].filter(
    basis =>
      users.mayShow(basis.id) && !closed.has(basis.regeling) && !namesConfidential(basis, law),
  )
  return {
    ...edition(view),
    regelingen: [...Map.groupBy(seen, ({ regeling }) => regeling)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([regeling, listed]) => ({
        regeling,
        bron: listed[0]?.bron ?? '',
        grondslagen: listed.map(basis => {
          const { regeling: _regeling, bron: _bron, ...rest } = basisEntry(basis, now)
          return {
            ...rest,
            ...(basis.bevestigd && { bevestigd: basis.bevestigd }),
            uitwisselingen: users.of(basis.id),
          }
        }),
      })),
  }
}

/** Of a regulation that nothing but confidential exchanges rests on, the other articles would tell as much. */
function hiddenRegulations(law: PolicySet, users: Users): ReadonlySet<string> {
  const regulations = Map.groupBy(law.grondslagen.values(), ({ regeling }) => regeling)
  return new Set(
    [...regulations]
      .filter(
        ([, own]) =>
          own.some(({ id }) => !users.mayShow(id)) &&
          own.every(({ id }) => users.of(id).length === 0),
      )
      .map(([regeling]) => regeling),
  )
}

export function norms(view: View): Norms {
  const { law, now } = view
  const today = legalDate(now)
  const used = usersOf(law, normsOf)
  const lists = usersOf(law, listsOf)
  const shown = <T extends { readonly id: string }>(all: Iterable<T>, users: Users) =>
    [...all]
      .filter(one => users.mayShow(one.id) && !namesConfidential(one, law))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  return {
    ...edition(view),
    normen: shown(law.normen.values(), used).map(norm => ({
      ...norm,
      bedragen: norm.bedragen.map(row => ({ ...row, vandaag: countsOn(today, row) })),
      uitwisselingen: used.of(norm.id),
    })),
    codelijsten: shown(law.codelijsten.values(), lists).map(({ id, titel, bron, codes }) => ({
      id,
      titel,
      bron,
      codes: codes.map(code => ({ ...code, vandaag: countsOn(today, code) })),
      uitwisselingen: lists.of(id),
    })),
  }
}

export function instruments(view: View): Instruments {
  const { law, now } = view
  const purposes = Map.groupBy(publicExchanges(law), ({ doel }) => doel.id)
  return {
    ...edition(view),
    instrumenten: [...law.instrumenten.values()]
      .filter(({ eigenaar }) => !law.partijen.get(eigenaar)?.vertrouwelijk)
      .filter(({ doelen }) => doelen.some(doel => purposes.has(doel)))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ geldig, eigenaar, doelen, kenmerken: _kenmerken, ...rest }) => {
        const known = doelen.filter(doel => purposes.has(doel))
        return {
          ...rest,
          eigenaar: body(eigenaar, law),
          bruikbaar: within(now, geldig),
          doelen: known.map(id => ({
            id,
            omschrijving: purposes.get(id)?.[0]?.doel.omschrijving ?? id,
          })),
          uitwisselingen: known.flatMap(id => (purposes.get(id) ?? []).map(nameOf)),
        }
      }),
  }
}

function nameOf({ id, titel }: Arrangement): ExchangeName {
  return { id, titel }
}

interface Users {
  /** The public exchanges that use it. */
  readonly of: (id: string) => readonly ExchangeName[]
  /** Not when only confidential exchanges use it. What nothing uses is law like any other. */
  readonly mayShow: (id: string) => boolean
}

function usersOf(
  law: PolicySet,
  uses: (arrangement: Arrangement, law: PolicySet) => readonly string[],
): Users {
  const open = new Map<string, ExchangeName[]>()
  const confidential = new Set<string>()
  for (const arrangement of law.uitwisselingen.values()) {
    for (const id of new Set(uses(arrangement, law))) {
      if (arrangement.vertrouwelijk) confidential.add(id)
      else open.set(id, [...(open.get(id) ?? []), nameOf(arrangement)])
    }
  }
  return {
    of: id => open.get(id) ?? [],
    mayShow: id => open.has(id) || !confidential.has(id),
  }
}

function basesOf({ grondslagen, bijzonder = [], onverenigbaar }: Arrangement): readonly string[] {
  return [
    ...grondslagen,
    ...bijzonder.map(({ grondslag }) => grondslag),
    ...(onverenigbaar ? [onverenigbaar.grondslag] : []),
  ]
}

function normsOf({ treden, vrijlating }: Arrangement): readonly string[] {
  const derived = treden
    .flatMap(({ velden }) => velden)
    .flatMap(veld =>
      Object.hasOwn(derivedAnswers, veld) ? (derivedAnswers[veld]?.normen ?? []) : [],
    )
  return [...derived, ...(vrijlating === undefined ? [] : [vrijlating])]
}

function listsOf(
  { gegevensset, voorwaarden, signaal }: Arrangement,
  law: PolicySet,
): readonly string[] {
  const set = law.gegevenssets.get(gegevensset)
  return [
    ...Object.values(set?.velden ?? {}).flatMap(({ codelijst }) => codelijst ?? []),
    ...Object.values(set?.afgeleid ?? {}).flatMap(({ parameter }) => parameter ?? []),
    ...(voorwaarden.parameters ?? []),
    ...(voorwaarden.aanleiding ? [occasionList, reliabilityList] : []),
    ...(signaal ? [signaal.afloop] : []),
  ]
}

/** A note that names a body whose exchanges are nobody's business tells of them. */
function namesConfidential(what: object, { partijen }: PolicySet): boolean {
  const text = JSON.stringify(what).toLowerCase()
  return [...partijen.values()]
    .filter(({ vertrouwelijk }) => vertrouwelijk)
    .flatMap(({ naam, soort }) => [naam, kindName(soort)])
    .some(name => text.includes(name.toLowerCase()))
}
