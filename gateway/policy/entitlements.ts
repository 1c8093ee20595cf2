// What may this party get or hand over, of or to whom, why and until when? Found by asking `decide`, never by a second reading of the law.
import type { Decision, Facts, LegalDate, Moment, Oin, Party, Question, Reason } from '../terms.ts'
import { braked } from './brake.ts'
import { confirmed, groundOf, needsInstrument } from './conditions.ts'
import { decide } from './decide.ts'
import { uitleg } from './explain.ts'
import { handedFields } from './handed.ts'
import type { Arrangement, PolicySet, Rung } from './law.ts'
import { addDays, legalDate, within } from './legal-time.ts'
import { canProvide, earlierKinds, isOfKind, isSystematic, kindName, nobody } from './provider.ts'
import { visibleTo } from './visible.ts'

/** How this party takes part. */
export type Way = 'vragen' | 'aanleveren' | 'ontvangen' | 'terugmelden'

interface Named {
  readonly oin: Oin
  readonly naam: string
}

export interface Entitlement {
  readonly wijze: Way
  readonly uitwisseling: string
  readonly titel: string
  readonly doel: { readonly id: string; readonly omschrijving: string }
  /** Without an OIN: every organisation of a kind, for its own data. */
  readonly verstrekker: { readonly oin?: Oin; readonly naam: string }
  readonly namens?: Named
  /** Systematic supply: the providers that it may hand in for, as the one in between. */
  readonly voor?: readonly Named[]
  /** Handing over: who may receive it; never the provider itself. */
  readonly aan?: readonly Named[]
  /** Receiving: of whom messages may come. */
  readonly van?: readonly Named[]
  readonly leveringsafspraak?: NonNullable<Arrangement['leveringsafspraak']>
  readonly ritme?: NonNullable<Arrangement['ritme']>
  readonly signaal?: NonNullable<Arrangement['signaal']>
  readonly grondslagen: readonly {
    readonly id: string
    readonly regeling: string
    readonly artikel: string
  }[]
  readonly versie: string
  readonly patroon: Arrangement['patroon']
  /** How long an answer may take, and how long an approval counts. */
  readonly termijn?: NonNullable<Arrangement['termijn']>
  readonly treden: readonly EntitledRung[]
  /** Last day this holds as the law stands now; absent = no end known. */
  readonly totEnMet?: LegalDate
}

export interface EntitledRung {
  readonly id: string
  readonly velden: readonly string[]
  /** Of who asks or hands over; whoever receives works with it as it wishes. */
  readonly functies: readonly string[]
  /** A machine may do it, without an employee. */
  readonly systeemproces?: true
  readonly goedkeuring: string
  readonly periodeMaanden?: number
  /** Opens only after a disclosure of this rung in the same case, and for how long. */
  readonly na?: string
  readonly vervolgAls?: Readonly<Record<string, boolean>>
  readonly openVoor?: string
  /** Who must approve it first. */
  readonly goedkeurders?: readonly string[]
}

export interface Entitlements {
  readonly partij: { readonly oin: Oin; readonly naam: string }
  readonly tijd: string
  readonly beleid: { readonly digest: string }
  readonly bevoegdheden: readonly Entitlement[]
  /** Arrangements for this kind of party that the law closes now, with the reasons. */
  readonly gesloten: readonly {
    readonly uitwisseling: string
    readonly titel: string
    readonly redenen: readonly { readonly code: string; readonly uitleg: string }[]
  }[]
}

export function entitlements(party: Party, law: PolicySet, now: Moment): Entitlements {
  const bevoegdheden: Entitlement[] = []
  const gesloten: Entitlements['gesloten'][number][] = []
  for (const arrangement of law.uitwisselingen.values()) {
    if (!visibleTo(arrangement, party)) continue
    const at = { arrangement, law, now }
    const groups = groupsOf(party, at)
    const found = groups.flatMap(group => entitle(group, at) ?? [])
    bevoegdheden.push(...found)
    if (found.length > 0) continue
    const shown = groups.map(group => closedBy(group, at)).find(redenen => redenen !== undefined)
    if (shown) {
      gesloten.push({
        uitwisseling: arrangement.id,
        titel: arrangement.titel,
        redenen: shown.map(reason => ({ code: reason.code, uitleg: uitleg(reason, law) })),
      })
    }
  }
  return {
    partij: { oin: party.oin, naam: party.naam },
    tijd: new Date(now).toISOString(),
    beleid: { digest: law.digest },
    bevoegdheden,
    gesloten,
  }
}

interface At {
  readonly arrangement: Arrangement
  readonly law: PolicySet
  readonly now: Moment
}

/** Who is who in one question. */
type Seat = Pick<Question, 'ontvanger' | 'indiener' | 'namens'>

/** What is told as one: who may stand in each place of the question; all but two of these are one. */
interface Group {
  readonly wijze: Way
  readonly indieners: readonly (Oin | undefined)[]
  readonly namens: readonly (Oin | undefined)[]
  readonly ontvangers: readonly Oin[]
}

const itself = [undefined]

function groupsOf(party: Party, { arrangement, law }: At): readonly Group[] {
  const { vorm, verstrekker, via, patroon, levertAan } = arrangement
  const own = [party.oin]
  if (!isSystematic(arrangement)) {
    const principals = [undefined, ...new Set(party.vertegenwoordigt.map(one => one.oin))]
    return principals.map(one =>
      vorm === 'levering'
        ? {
            ...{ wijze: 'aanleveren', indieners: own, namens: [one] },
            ontvangers: [levertAan ?? nobody],
          }
        : { wijze: 'vragen', indieners: itself, namens: [one], ontvangers: own },
    )
  }
  const oins = (some: (one: Party) => boolean) =>
    [...law.partijen.values()].filter(some).map(({ oin }) => oin)
  const providers = oins(one => canProvide(verstrekker, one))
  const receivers = oins(one => isOfKind(arrangement.ontvangers.soort, one))
  const wijze = patroon === 'notificatie' ? 'terugmelden' : 'aanleveren'
  const handsIn = { wijze, indieners: own, ontvangers: receivers } as const
  const groups: Group[] = []
  if (via.includes(party.oin)) groups.push({ ...handsIn, namens: providers })
  else if (providers.includes(party.oin)) groups.push({ ...handsIn, namens: itself })
  if (receivers.includes(party.oin)) {
    groups.push({ wijze: 'ontvangen', indieners: providers, namens: itself, ontvangers: own })
  }
  return groups
}

function* seatsOf({ indieners, namens, ontvangers }: Group): Generator<Seat> {
  for (const indiener of indieners) {
    for (const principal of namens) {
      for (const ontvanger of ontvangers) {
        yield {
          ontvanger,
          ...(indiener !== undefined && { indiener }),
          ...(principal !== undefined && { namens: principal }),
        }
      }
    }
  }
}

/** In which function, or as a machine. */
type Hand = string | undefined

function handsOf({ voorwaarden: { functie, systeemproces } }: Arrangement): readonly Hand[] {
  return [...functie, ...(systeemproces ? [undefined] : [])]
}

/** The first seat of these that the law lets ask; where the law itself says no, no other will do. */
function openSeat(group: Group, rung: Rung, hand: Hand, at: At): Seat | undefined {
  for (const seat of seatsOf(group)) {
    const { velden, redenen } = openTo(seat, rung, hand, at)
    if (velden.length > 0) return seat
    if (!redenen.some(concernsParty)) return undefined
  }
  return undefined
}

/** The fields of a rung that may be asked, each by itself; and why the first is not that is closed with all others. */
function openTo(
  seat: Seat,
  rung: Rung,
  hand: Hand,
  at: At,
): { readonly velden: readonly string[]; readonly redenen: readonly Reason[] } {
  const velden: string[] = []
  for (const veld of rung.velden) {
    const { uitkomst, redenen } = ask(seat, { rung, hand, velden: [veld] }, at)
    if (uitkomst === 'toegestaan') velden.push(veld)
    else if (!redenen.every(concernsField)) return { velden, redenen }
  }
  return { velden, redenen: [] }
}

function entitle(group: Group, at: At): Entitlement | undefined {
  const { arrangement, law } = at
  let found: { readonly seat: Seat; readonly rung: Rung; readonly hand: Hand } | undefined
  const treden: EntitledRung[] = []
  for (const rung of arrangement.treden) {
    const hands: Hand[] = []
    let velden: readonly string[] = []
    for (const hand of handsOf(arrangement)) {
      const seat = found?.seat ?? openSeat(group, rung, hand, at)
      const open = seat ? openTo(seat, rung, hand, at).velden : []
      if (!seat || open.length === 0) continue
      found ??= { seat, rung, hand }
      if (hands.length === 0) velden = open
      hands.push(hand)
    }
    if (hands.length === 0) continue
    treden.push({
      ...entitledRung(rung, arrangement),
      velden,
      functies: group.wijze === 'ontvangen' ? [] : hands.filter(one => one !== undefined),
      ...(group.wijze !== 'ontvangen' && hands.includes(undefined) && { systeemproces: true }),
    })
  }
  if (!found) return undefined
  const { verstrekker, leveringsafspraak, ritme, signaal, termijn } = arrangement
  const namens = isSystematic(arrangement) ? undefined : found.seat.namens
  const totEnMet = until(found.seat, at)
  return {
    wijze: group.wijze,
    uitwisseling: arrangement.id,
    titel: arrangement.titel,
    doel: arrangement.terms.doel,
    verstrekker: verstrekker.oin
      ? named(verstrekker.oin, law)
      : { naam: kindName(verstrekker.soort ?? '') },
    ...(namens !== undefined && { namens: named(namens, law) }),
    ...others(group, found, at),
    grondslagen: arrangement.terms.grondslagen,
    versie: arrangement.versie,
    patroon: arrangement.patroon,
    ...(termijn && { termijn }),
    ...(leveringsafspraak && { leveringsafspraak }),
    ...(ritme && { ritme }),
    ...(signaal && { signaal }),
    treden,
    ...(totEnMet !== undefined && { totEnMet }),
  }
}

function named(oin: Oin, { partijen }: PolicySet): Named {
  return { oin, naam: partijen.get(oin)?.naam ?? oin }
}

function entitledRung(rung: Rung, { goedkeurders = [] }: Arrangement) {
  const { id, goedkeuring, periodeMaanden, na, vervolgAls, openVoor } = rung
  return {
    id,
    goedkeuring,
    ...(periodeMaanden !== undefined && { periodeMaanden }),
    ...(na !== undefined && { na }),
    ...(vervolgAls !== undefined && { vervolgAls }),
    ...(openVoor !== undefined && { openVoor }),
    ...(needsApproval(rung) && { goedkeurders }),
  }
}

/** The other parties: each that can take its place beside some of the others. */
function others(
  group: Group,
  { rung, hand }: { readonly rung: Rung; readonly hand: Hand },
  at: At,
): Pick<Entitlement, 'voor' | 'aan' | 'van'> {
  const { arrangement, law } = at
  if (group.wijze === 'vragen') return {}
  const { verstrekker, ontvangers } = arrangement
  const kind = group.wijze === 'ontvangen' ? verstrekker.soort : ontvangers.soort
  if (earlierKinds.some(one => one === kind)) return {} // which, only the log knows
  const open = (only: Partial<Group>) =>
    openSeat({ ...group, ...only }, rung, hand, at) !== undefined
  // Who is confidential is nobody's business, but for the parties of a confidential exchange.
  const told = (some: readonly (Oin | undefined)[]) =>
    some.flatMap(oin =>
      oin === undefined || (law.partijen.get(oin)?.vertrouwelijk && !arrangement.vertrouwelijk)
        ? []
        : named(oin, law),
    )
  if (group.wijze === 'ontvangen') {
    return { van: told(group.indieners.filter(one => open({ indieners: [one] }))) }
  }
  const voor = told(group.namens.filter(one => open({ namens: [one] })))
  return {
    ...(isSystematic(arrangement) && voor.length > 0 && { voor }),
    aan: told(group.ontvangers.filter(one => open({ ontvangers: [one] }))),
  }
}

/** How a rung is asked for. */
interface Wish {
  readonly rung: Rung
  readonly hand: Hand
  readonly velden: readonly string[]
}

/** The question a well-informed officer would ask for these fields: everything required, nothing else. */
function probe(seat: Seat, { rung, hand, velden }: Wish, { arrangement, law, now }: At): Question {
  const { voorwaarden, patroon } = arrangement
  const today = legalDate(now)
  const set = law.gegevenssets.get(arrangement.gegevensset)
  const later = patroon === 'asynchroon' || needsApproval(rung)
  return {
    uitwisseling: arrangement.id,
    ...seat,
    velden,
    ...(rung.sleutel !== 'geen' && { sleutel: arrangement.sleutel }),
    zaak: true,
    ...(hand !== undefined && { functie: hand }),
    systeemproces: hand === undefined,
    ...road(arrangement, rung.sleutel !== 'geen' && later),
    ...(arrangement.vorm === 'levering' && set && { gegevens: handedFields(rung, set) }),
    // Never too wide, too old or too far back.
    ...(voorwaarden.periode && { periode: { van: today, totEnMet: today } }),
    ...(voorwaarden.peildatum && { peildatum: today }),
    ...(arrangement.parameters.size > 0 && {
      parameters: Object.fromEntries(
        [...arrangement.parameters].map(([name, values]) => [name, [...values][0] ?? '']),
      ),
    }),
    motivering: { noodzaak: 'nodig', lichterMiddel: 'geprobeerd' },
    ...(voorwaarden.fase && { fase: voorwaarden.fase[0] ?? '' }),
    ...(voorwaarden.aanleiding && {
      aanleiding: { soort: voorwaarden.aanleiding[0] ?? '', betrouwbaarheid: confirmed },
    }),
    ...choice(seat, arrangement, law, now),
    ...(voorwaarden.handtekening && { handtekening: true as const }),
    ...(voorwaarden.buitenlands && { buitenlands: voorwaarden.buitenlands.landen[0] ?? '' }),
  }
}

/** A way of choosing that needs no instrument, or an instrument that this party may use now. */
function choice(
  { ontvanger, indiener, namens }: Seat,
  { voorwaarden: { selectiegrond }, doel }: Arrangement,
  { instrumenten }: PolicySet,
  now: Moment,
): Pick<Question, 'selectiegrond' | 'selectieInstrument'> {
  if (!selectiegrond) return {}
  const free = selectiegrond.find(ground => !needsInstrument(ground))
  if (free !== undefined) return { selectiegrond: free }
  const owner = namens ?? indiener ?? ontvanger
  const own = [...instrumenten.values()].filter(
    one => one.eigenaar === owner && one.doelen.includes(doel.id),
  )
  const fits = own.filter(one => selectiegrond.includes(groundOf[one.soort]))
  const one = fits.find(({ geldig }) => within(now, geldig)) ?? fits[0]
  return one
    ? { selectiegrond: groundOf[one.soort], selectieInstrument: one.id }
    : { selectiegrond: selectiegrond[0] ?? '' }
}

function road(
  arrangement: Arrangement,
  later: boolean,
): Pick<Question, 'asynchroon' | 'levering' | 'stap'> {
  if (arrangement.patroon === 'notificatie') return { stap: 'terugmelding' }
  if (isSystematic(arrangement)) return { levering: true }
  return later ? { asynchroon: true } : {}
}

function needsApproval({ goedkeuring }: Rung): boolean {
  return goedkeuring === 'A2' || goedkeuring === 'A3'
}

/** With the lighter answer given, approved by whoever must approve it, and the brake as it is. */
function ask(seat: Seat, wish: Wish, at: At): Decision {
  const { arrangement, law, now } = at
  const { rung } = wish
  const question = probe(seat, wish, at)
  const facts: Facts = {
    treden: rung.na === undefined ? [] : [rung.id],
    noodrem: braked(question, law),
    ...(needsApproval(rung) && {
      goedkeuringen: (arrangement.goedkeurders ?? []).map(functie => ({ functie, tot: now + 1 })),
    }),
    ...(arrangement.weging && { weging: { boete: false, voldoet: true } }),
    ...(question.stap === 'terugmelding' && { eerder: true }),
  }
  return decide(question, facts, law, now)
}

/** Why the law is closed for who stands in the right places; undefined when nobody of this group does. */
function closedBy(group: Group, at: At): readonly Reason[] | undefined {
  const rung = at.arrangement.treden[0] as Rung
  const [hand] = handsOf(at.arrangement)
  for (const seat of seatsOf(group)) {
    const { redenen } = ask(seat, { rung, hand, velden: rung.velden }, at)
    if (!redenen.some(isOfPlace)) return redenen
  }
  return undefined
}

/** This party does not belong in this place. */
function isOfPlace({ code }: Reason): boolean {
  return (
    code === 'ONTVANGER_NIET_BEVOEGD' || code === 'MANDAAT_ONTBREEKT' || code === 'MANDAAT_VERLOPEN'
  )
}

/** Another field of the rung might do. */
function concernsField({ code, bij }: Reason): boolean {
  return fieldCodes.includes(code) || String(bij?.bereik).startsWith('veld:')
}

const fieldCodes: readonly string[] = [
  'BIJZONDERE_CATEGORIE',
  'STRAFRECHTELIJK_GEGEVEN',
  'REGIME_VERMENGING',
]

/** Another party in one of the places might do. */
function concernsParty(reason: Reason): boolean {
  return isOfPlace(reason) || String(reason.bij?.bereik).startsWith('partij:')
}

/** Probes at every coming bound of the law; the first that refuses ends the entitlement. */
function until(seat: Seat, at: At): LegalDate | undefined {
  const { arrangement, law, now } = at
  const rung = arrangement.treden.find(one => !closedAt(seat, one, at))
  if (!rung) return undefined
  const acts = law.partijen.get(seat.indiener ?? seat.ontvanger)
  const ends = [
    arrangement.geldig.tot,
    arrangement.dpiaTot,
    ...arrangement.bases.flatMap(basis => [basis.geldig.tot, basis.buitenVan]),
    ...(acts?.vertegenwoordigt ?? []).map(one => one.geldig.tot),
    ...(arrangement.voorwaarden.selectiegrond
      ? [...law.instrumenten.values()].map(one => one.geldig.tot)
      : []),
  ]
  const end = ends
    .filter(moment => moment > now && Number.isFinite(moment))
    .sort((a, b) => a - b)
    .find(moment => closedAt(seat, rung, { ...at, now: moment }))
  return end === undefined ? undefined : addDays(legalDate(end), -1)
}

function closedAt(seat: Seat, rung: Rung, at: At): boolean {
  return handsOf(at.arrangement).every(hand => openTo(seat, rung, hand, at).velden.length === 0)
}
