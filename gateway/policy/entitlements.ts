// What may this party get, of whom, why and until when? Found by asking `decide`, never by a second reading of the law.
import type { Decision, Facts, LegalDate, Moment, Oin, Party, Question, Reason } from '../terms.ts'
import { braked } from './brake.ts'
import { decide } from './decide.ts'
import { uitleg } from './explain.ts'
import { handedFields } from './handed.ts'
import type { Arrangement, PolicySet, Rung } from './law.ts'
import { addDays, firstDay, lastDay, legalDate, monthOf } from './legal-time.ts'
import { kindName, nobody } from './provider.ts'
import { visibleTo } from './visible.ts'

export interface Entitlement {
  readonly uitwisseling: string
  readonly titel: string
  readonly doel: { readonly id: string; readonly omschrijving: string }
  /** Without an OIN: every organisation of a kind, for its own data. */
  readonly verstrekker: { readonly oin?: Oin; readonly naam: string }
  readonly namens?: { readonly oin: Oin; readonly naam: string }
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
  readonly functies: readonly string[]
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
  const principals = [undefined, ...new Set(party.vertegenwoordigt.map(one => one.oin))]
  for (const arrangement of law.uitwisselingen.values()) {
    if (!visibleTo(arrangement, party)) continue
    const found = principals.flatMap(namens => entitle(party, namens, arrangement, law, now) ?? [])
    bevoegdheden.push(...found)
    if (found.length > 0) continue
    const reasons = principals.map(namens => closedBy(party, namens, arrangement, law, now))
    const shown = reasons.find(redenen => !redenen.some(concernsReceiver))
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

function entitle(
  party: Party,
  namens: Oin | undefined,
  arrangement: Arrangement,
  law: PolicySet,
  now: Moment,
): Entitlement | undefined {
  const treden = arrangement.treden.flatMap(rung => {
    const allowed = (functie: string, velden: readonly string[]) =>
      ask(
        probe(party.oin, namens, arrangement, rung, functie, velden, now),
        arrangement,
        rung,
        law,
        now,
      ).uitkomst === 'toegestaan'
    const velden = unbraked(rung, law)
    const functies = arrangement.voorwaarden.functie.filter(one => allowed(one, velden))
    const functie = functies[0]
    if (functie === undefined) return []
    const { id, goedkeuring, periodeMaanden, na, vervolgAls, openVoor } = rung
    return [
      {
        id,
        velden: velden.filter(veld => allowed(functie, [veld])),
        functies,
        goedkeuring,
        ...(periodeMaanden !== undefined && { periodeMaanden }),
        ...(na !== undefined && { na }),
        ...(vervolgAls !== undefined && { vervolgAls }),
        ...(openVoor !== undefined && { openVoor }),
        ...(needsApproval(rung) && { goedkeurders: arrangement.goedkeurders ?? [] }),
      },
    ]
  })
  if (treden.length === 0) return undefined
  const named = (oin: Oin) => ({ oin, naam: law.partijen.get(oin)?.naam ?? oin })
  const totEnMet = until(party.oin, namens, arrangement, law, now)
  return {
    uitwisseling: arrangement.id,
    titel: arrangement.titel,
    doel: arrangement.terms.doel,
    verstrekker: arrangement.verstrekker.oin
      ? named(arrangement.verstrekker.oin)
      : { naam: kindName(arrangement.verstrekker.soort ?? '') },
    ...(namens !== undefined && { namens: named(namens) }),
    grondslagen: arrangement.terms.grondslagen,
    versie: arrangement.versie,
    patroon: arrangement.patroon,
    ...(arrangement.termijn && { termijn: arrangement.termijn }),
    treden,
    ...(totEnMet !== undefined && { totEnMet }),
  }
}

/** The question a well-informed officer would ask for these fields: everything required, nothing else. */
function probe(
  ontvanger: Oin,
  namens: Oin | undefined,
  arrangement: Arrangement,
  rung: Rung,
  functie: string,
  velden: readonly string[],
  now: Moment,
): Question {
  const { voorwaarden } = arrangement
  const month = monthOf(legalDate(now)) - 1
  return {
    uitwisseling: arrangement.id,
    ontvanger,
    ...(namens !== undefined && { namens }),
    velden,
    ...(rung.sleutel !== 'geen' && { sleutel: arrangement.sleutel }),
    zaak: true,
    functie,
    systeemproces: false,
    ...(rung.sleutel !== 'geen' &&
      (arrangement.patroon === 'asynchroon' || needsApproval(rung)) && { asynchroon: true }),
    ...(voorwaarden.periode && {
      periode: { van: firstDay(month + 1 - (rung.periodeMaanden ?? 1)), totEnMet: lastDay(month) },
    }),
    ...(voorwaarden.peildatum && { peildatum: legalDate(now) }),
    ...(arrangement.parameters.size > 0 && {
      parameters: Object.fromEntries(
        [...arrangement.parameters].map(([name, values]) => [name, [...values][0] ?? '']),
      ),
    }),
    motivering: { noodzaak: 'nodig', lichterMiddel: 'geprobeerd' },
    ...(voorwaarden.fase && { fase: voorwaarden.fase[0] ?? '' }),
    ...(voorwaarden.aanleiding && {
      aanleiding: { soort: voorwaarden.aanleiding[0] ?? '', betrouwbaarheid: 'hoog' },
    }),
    ...(voorwaarden.selectiegrond && { selectiegrond: voorwaarden.selectiegrond[0] ?? '' }),
    ...(voorwaarden.handtekening && { handtekening: true as const }),
    ...(voorwaarden.buitenlands && { buitenlands: voorwaarden.buitenlands.landen[0] ?? '' }),
  }
}

function needsApproval({ goedkeuring }: Rung): boolean {
  return goedkeuring === 'A2' || goedkeuring === 'A3'
}

/** A brake on a field leaves the others of its rung. */
function unbraked({ velden }: Rung, law: PolicySet): readonly string[] {
  return velden.filter(veld => !law.noodrem.includes(`veld:${veld}`))
}

/** With the lighter answer given, approved by whoever must approve it, and the brake as it is. */
function ask(
  probed: Question,
  { goedkeurders = [] }: Arrangement,
  rung: Rung,
  law: PolicySet,
  now: Moment,
): Decision {
  const { question, weging } = handedWith(probed, rung, law)
  const facts: Facts = {
    treden: rung.na === undefined ? [] : [rung.id],
    noodrem: braked(question, law),
    ...(needsApproval(rung) && {
      goedkeuringen: goedkeurders.map(functie => ({ functie, tot: now + 1 })),
    }),
    ...weging,
  }
  return decide(question, facts, law, now)
}

/** A delivery asks the same of its provider, with everything that belongs to the rung handed over. */
function handedWith(
  question: Question,
  rung: Rung,
  law: PolicySet,
): { readonly question: Question; readonly weging?: Pick<Facts, 'weging'> } {
  const arrangement = law.uitwisselingen.get(question.uitwisseling)
  const set = law.gegevenssets.get(arrangement?.gegevensset ?? '')
  if (arrangement?.vorm !== 'levering' || !set) return { question }
  return {
    question: {
      ...question,
      indiener: question.ontvanger,
      ontvanger: arrangement.levertAan ?? nobody,
      gegevens: handedFields(rung, set),
    },
    ...(arrangement.weging && { weging: { weging: { boete: false, voldoet: true } } }),
  }
}

function closedBy(
  party: Party,
  namens: Oin | undefined,
  arrangement: Arrangement,
  law: PolicySet,
  now: Moment,
): readonly Reason[] {
  const rung = arrangement.treden[0] as Rung
  const functie = arrangement.voorwaarden.functie[0] ?? ''
  const question = probe(party.oin, namens, arrangement, rung, functie, rung.velden, now)
  return ask(question, arrangement, rung, law, now).redenen
}

function concernsReceiver({ code }: Reason): boolean {
  return (
    code === 'ONTVANGER_NIET_BEVOEGD' || code === 'MANDAAT_ONTBREEKT' || code === 'MANDAAT_VERLOPEN'
  )
}

/** Probes at every coming bound of the law; the first that refuses ends the entitlement. */
function until(
  ontvanger: Oin,
  namens: Oin | undefined,
  arrangement: Arrangement,
  law: PolicySet,
  now: Moment,
): LegalDate | undefined {
  const rung = arrangement.treden.find(
    one => closedAt(ontvanger, namens, arrangement, one, law, now) === false,
  )
  if (!rung) return undefined
  const ends = [
    arrangement.geldig.tot,
    arrangement.dpiaTot,
    ...arrangement.bases.flatMap(basis => [basis.geldig.tot, basis.buitenVan]),
    ...(law.partijen.get(ontvanger)?.vertegenwoordigt ?? []).map(one => one.geldig.tot),
  ]
  const end = ends
    .filter(moment => moment > now && Number.isFinite(moment))
    .sort((a, b) => a - b)
    .find(moment => closedAt(ontvanger, namens, arrangement, rung, law, moment))
  return end === undefined ? undefined : addDays(legalDate(end), -1)
}

function closedAt(
  ontvanger: Oin,
  namens: Oin | undefined,
  arrangement: Arrangement,
  rung: Rung,
  law: PolicySet,
  moment: Moment,
): boolean {
  return arrangement.voorwaarden.functie.every(functie => {
    const velden = unbraked(rung, law)
    const question = probe(ontvanger, namens, arrangement, rung, functie, velden, moment)
    return ask(question, arrangement, rung, law, moment).uitkomst === 'geweigerd'
  })
}
