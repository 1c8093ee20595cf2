// May it? The ordered table of every condition: its name, the reasons it can give, and its pure check.
import type { Facts, LegalDate, Moment, Oin, Question, Reason, ReasonCode, Step } from '../terms.ts'
import { basisStatus } from './basis-status.ts'
import { handedFields } from './handed.ts'
import {
  type Arrangement,
  type Code,
  type PolicySet,
  type RegisteredParty,
  type Rung,
  regimesOf,
  type SelectionInstrument,
} from './law.ts'
import { countsOn, duration, isDate, isLongAgo, legalDate, monthOf, within } from './legal-time.ts'
import { limitReasons, limits } from './limits.ts'
import { mandateReasons } from './mandate.ts'
import { canProvide, isOfKind, isSystematic } from './provider.ts'

/** Everything a condition may look at; `rungs` are the rungs the asked fields belong to, lightest first. */
export interface Matter {
  readonly question: Question
  readonly facts: Facts
  readonly law: PolicySet
  readonly now: Moment
  readonly arrangement: Arrangement
  readonly rungs: readonly Rung[]
}

/** What can be judged: a question or a line of a file (`vraag`), or one of the other steps. */
export type Judged = 'vraag' | Step

export interface Condition {
  readonly name: string
  readonly codes: readonly ReasonCode[]
  /** What it judges; absent = a question, a line and a doubt, which is handed over as a line is. */
  readonly judges?: readonly Judged[]
  /** Whether this arrangement can fail it; then its cases must show that (lint). */
  readonly applies: (arrangement: Arrangement) => boolean
  readonly check: (matter: Matter) => readonly Reason[]
}

const none: readonly Reason[] = []
const always = () => true
/** Also when nobody is asked about yet, and when only a value that was given before is set right. */
const everything: readonly Judged[] = ['vraag', 'bestand', 'correctie', 'terugmelding']
const withFile: readonly Judged[] = ['vraag', 'bestand', 'terugmelding']
const withCorrection: readonly Judged[] = ['vraag', 'correctie', 'terugmelding']

export const conditions: readonly Condition[] = [
  {
    name: 'noodrem',
    codes: ['NOODREM'],
    judges: everything,
    applies: always,
    check: brake,
  },
  {
    name: 'afspraak geldt',
    codes: ['GEEN_LEVERINGSAFSPRAAK'],
    judges: everything,
    applies: always,
    check: agreement,
  },
  {
    name: 'patroon',
    codes: ['GEEN_LEVERINGSAFSPRAAK'],
    judges: withFile,
    applies: ({ patroon }) => patroon !== 'synchroon',
    check: pattern,
  },
  {
    name: 'leveringsafspraak',
    codes: ['GEEN_LEVERINGSAFSPRAAK'],
    judges: withFile,
    applies: isSystematic,
    check: supply,
  },
  {
    name: 'dpia',
    codes: ['DPIA_ONTBREEKT_OF_VERLOPEN'],
    judges: everything,
    applies: always,
    check: impact,
  },
  {
    name: 'grondslag',
    codes: [
      'GEEN_GRONDSLAG',
      'GRONDSLAG_NIET_IN_WERKING',
      'GRONDSLAG_VERVALLEN',
      'GRONDSLAG_BUITEN_TOEPASSING',
      'GRONDSLAG_ONBEVESTIGD',
    ],
    judges: everything,
    applies: ({ onverenigbaar }) => onverenigbaar === undefined,
    check: legalBasis,
  },
  {
    name: 'verenigbaar doel',
    codes: ['DOEL_ONVERENIGBAAR'],
    judges: everything,
    applies: ({ onverenigbaar }) => onverenigbaar !== undefined,
    check: compatible,
  },
  { name: 'ontvanger', codes: ['ONTVANGER_NIET_BEVOEGD'], applies: always, check: receiver },
  {
    name: 'aanleveraar van een bestand',
    codes: ['ONTVANGER_NIET_BEVOEGD'],
    judges: ['bestand'],
    applies: isSystematic,
    check: senderOfFile,
  },
  {
    name: 'ontvanger van een correctie',
    codes: ['ONTVANGER_NIET_BEVOEGD'],
    judges: ['correctie'],
    applies: always,
    check: corrected,
  },
  {
    name: 'eerder verstrekt',
    codes: ['ONTVANGER_NIET_BEVOEGD'],
    judges: ['correctie', 'terugmelding'],
    applies: always,
    check: givenBefore,
  },
  {
    name: 'namens',
    codes: ['MANDAAT_ONTBREEKT', 'MANDAAT_VERLOPEN'],
    judges: withCorrection,
    applies: arrangement => !isSystematic(arrangement),
    check: mandate,
  },
  {
    name: 'handtekening',
    codes: ['HANDTEKENING_ONTBREEKT'],
    judges: withFile,
    applies: ({ voorwaarden }) => voorwaarden.handtekening === 'verplicht',
    check: signed,
  },
  {
    name: 'sleutel',
    codes: ['PARAMETER_ONTBREEKT', 'VELD_NIET_TOEGESTAAN'],
    judges: withCorrection,
    applies: always,
    check: subject,
  },
  {
    name: 'gegevens van de levering',
    codes: ['VELD_NIET_TOEGESTAAN', 'PARAMETER_ONTBREEKT'],
    applies: ({ vorm }) => vorm === 'levering',
    check: handed,
  },
  {
    name: 'gegevens van een correctie',
    codes: ['VELD_NIET_TOEGESTAAN', 'PARAMETER_ONTBREEKT'],
    judges: ['correctie'],
    applies: always,
    check: correctedField,
  },
  { name: 'functie', codes: ['FUNCTIE_NIET_BEVOEGD'], applies: always, check: position },
  {
    name: 'zaak',
    codes: ['ZAAK_ONTBREEKT'],
    applies: ({ voorwaarden }) => voorwaarden.zaak === 'verplicht',
    check: caseFile,
  },
  {
    name: 'zaakrelatie',
    codes: ['ZAAKRELATIE_ONTBREEKT'],
    applies: ({ voorwaarden }) => voorwaarden.zaak !== undefined,
    check: caseRelation,
  },
  {
    name: 'velden',
    codes: ['VELD_NIET_TOEGESTAAN'],
    judges: everything,
    applies: always,
    check: fields,
  },
  {
    name: 'parameters',
    codes: ['PARAMETER_ONTBREEKT', 'VELD_NIET_TOEGESTAAN'],
    applies: ({ parameters }) => parameters.size > 0,
    check: parameters,
  },
  {
    name: 'periode',
    codes: ['PARAMETER_ONTBREEKT', 'VELD_NIET_TOEGESTAAN'],
    applies: ({ voorwaarden }) => voorwaarden.periode === 'verplicht',
    check: period,
  },
  {
    name: 'breedte van de periode',
    codes: ['PERIODE_TE_RUIM'],
    applies: ({ treden }) => treden.some(rung => rung.periodeMaanden !== undefined),
    check: periodWidth,
  },
  {
    name: 'peildatum',
    codes: ['PARAMETER_ONTBREEKT', 'VELD_NIET_TOEGESTAAN'],
    applies: ({ voorwaarden }) => voorwaarden.peildatum === 'verplicht',
    check: referenceDate,
  },
  {
    name: 'buitenlands nummer',
    codes: ['PARAMETER_ONTBREEKT', 'LAND_NIET_ONDERSTEUND', 'VELD_NIET_TOEGESTAAN'],
    applies: ({ voorwaarden }) => voorwaarden.buitenlands !== undefined,
    check: foreign,
  },
  {
    name: 'fase',
    codes: ['FASE_NIET_TOEGESTAAN', 'VELD_NIET_TOEGESTAAN'],
    applies: ({ voorwaarden }) => voorwaarden.fase !== undefined,
    check: phase,
  },
  {
    name: 'scheiding van functies',
    codes: ['FUNCTIESCHEIDING_GESCHONDEN'],
    applies: ({ voorwaarden }) => voorwaarden.gescheidenFasen !== undefined,
    check: separation,
  },
  {
    name: 'onderzoeken en beslissen',
    codes: ['FUNCTIESCHEIDING_GESCHONDEN'],
    applies: ({ voorwaarden }) => voorwaarden.gescheidenFuncties !== undefined,
    check: separateFunctions,
  },
  {
    name: 'una via',
    codes: ['UNA_VIA'],
    applies: ({ weging }) => weging !== undefined,
    check: singleTrack,
  },
  {
    name: 'aanleiding',
    codes: ['AANLEIDING_ONVOLDOENDE', 'VELD_NIET_TOEGESTAAN'],
    applies: ({ voorwaarden }) => voorwaarden.aanleiding !== undefined,
    check: occasion,
  },
  {
    name: 'selectiegrond',
    codes: ['SELECTIEGROND_ONTBREEKT', 'VELD_NIET_TOEGESTAAN'],
    applies: ({ voorwaarden }) => voorwaarden.selectiegrond !== undefined,
    check: selection,
  },
  {
    name: 'selectie-instrument',
    codes: ['SELECTIEGROND_ONTBREEKT', 'INSTRUMENT_VERLOPEN', 'VELD_NIET_TOEGESTAAN'],
    applies: ({ voorwaarden }) => voorwaarden.selectiegrond?.some(needsInstrument) ?? false,
    check: instrument,
  },
  {
    name: 'bijzondere gegevens',
    codes: ['BIJZONDERE_CATEGORIE', 'STRAFRECHTELIJK_GEGEVEN'],
    judges: withCorrection,
    applies: ({ isApart, onverenigbaar }) => onverenigbaar === undefined && isApart,
    check: explicitBasis,
  },
  {
    name: 'regimes apart',
    codes: ['REGIME_VERMENGING'],
    judges: withCorrection,
    applies: ({ isGemengd }) => isGemengd,
    check: oneRegime,
  },
  {
    name: 'afgeschermd adres',
    codes: ['AFGESCHERMD'],
    judges: withCorrection,
    applies: ({ gevoelig, voorwaarden }) =>
      voorwaarden.zaak !== undefined && [...gevoelig.values()].some(({ isAdres }) => isAdres),
    check: shielded,
  },
  {
    name: 'wil dit niet',
    codes: ['NIET_VERSTREKT'],
    judges: withCorrection,
    applies: ({ voorwaarden }) => voorwaarden.optOut !== undefined,
    check: ({ facts }) => (facts.verhinderd === true ? [{ code: 'NIET_VERSTREKT' }] : none),
  },
  {
    name: 'versheid',
    codes: ['GEGEVEN_VEROUDERD'],
    applies: ({ treden }) => treden.some(({ versheid }) => versheid !== undefined),
    check: freshness,
  },
  {
    name: 'hoe ver terug',
    codes: ['BEWAARTERMIJN_VERLOPEN'],
    applies: ({ treden }) => treden.some(({ terug }) => terug !== undefined),
    check: reach,
  },
  {
    name: 'motivering',
    codes: ['PROPORTIONALITEIT_ONTBREEKT'],
    applies: ({ voorwaarden, treden, onverenigbaar }) =>
      voorwaarden.motivering === 'verplicht' ||
      (onverenigbaar === undefined && treden.some(rung => rung.goedkeuring !== 'A0')),
    check: motivation,
  },
  {
    name: 'goedkeuring',
    codes: ['GOEDKEURING_VEREIST', 'GOEDKEURING_VERLOPEN'],
    applies: ({ treden, onverenigbaar }) =>
      onverenigbaar === undefined && treden.some(needsApproval),
    check: approval,
  },
  {
    name: 'ladder',
    codes: ['LICHTER_MIDDEL_BESCHIKBAAR'],
    applies: ({ treden }) => treden.some(rung => rung.na !== undefined),
    check: ladder,
  },
  {
    name: 'grenzen',
    codes: ['LIMIET_BEREIKT'],
    applies: ({ grenzen }) => limits.some(({ name }) => grenzen?.[name] !== undefined),
    check: ({ arrangement, facts }) =>
      arrangement.grenzen === undefined ? none : limitReasons(arrangement.grenzen, facts.gebruik),
  },
]

const usual: readonly Judged[] = ['vraag', 'terugmelding']

function judging(judged: Judged): readonly Condition[] {
  return conditions.filter(({ judges = usual }) => judges.includes(judged))
}

/** The same table, for each thing that can be judged only what judges it (hot path: found once). */
export const judgedBy: Readonly<Record<Judged, readonly Condition[]>> = {
  vraag: judging('vraag'),
  bestand: judging('bestand'),
  correctie: judging('correctie'),
  terugmelding: judging('terugmelding'),
}

function brake({ facts }: Matter): readonly Reason[] {
  if (facts.noodrem.length === 0) return none
  return facts.noodrem.map(bereik => ({ code: 'NOODREM', bij: { bereik } }))
}

function agreement({ arrangement, law, now }: Matter): readonly Reason[] {
  if (!within(now, arrangement.geldig)) {
    const { geldigVan: van, geldigTot } = arrangement
    const bij = geldigTot === undefined ? { van } : { van, totEnMet: geldigTot }
    return [{ code: 'GEEN_LEVERINGSAFSPRAAK', bij }]
  }
  const { oin } = arrangement.verstrekker
  if (oin === undefined) return none // whoever hands over must be active: see `receiver`
  const provider = law.partijen.get(oin)
  return provider?.status === 'actief' ? none : [{ code: 'GEEN_LEVERINGSAFSPRAAK' }]
}

/**
 * Who asks at once cannot wait for a partner that takes weeks; `verzoeken` is the road. What is
 * answered without a person needs no partner, and nothing of it is brought to one. Systematic
 * supply has a road of its own.
 */
function pattern({ question, arrangement, rungs }: Matter): readonly Reason[] {
  const { asynchroon = false, levering = false, stap } = question
  if (isSystematic(arrangement)) {
    const isDoubt = stap === 'terugmelding'
    const isRight = arrangement.patroon === 'notificatie' ? isDoubt : !isDoubt && inFile(question)
    return isRight ? none : [otherRoad(arrangement.patroon)]
  }
  if (levering || stap !== undefined) return [otherRoad(arrangement.patroon, 'levering')]
  const patroon = needsNobody(rungs) ? 'synchroon' : arrangement.patroon
  if (patroon === 'synchroon' ? !(asynchroon && needsNobody(rungs)) : asynchroon) return none
  return [otherRoad(patroon)]
}

function inFile({ levering, stap }: Question): boolean {
  return stap === 'bestand' || levering === true
}

function otherRoad(patroon: string, weg?: string): Reason {
  return { code: 'GEEN_LEVERINGSAFSPRAAK', bij: { patroon, ...(weg !== undefined && { weg }) } }
}

/** Besluit SUWI art. 5.11, 5.15; Pw art. 64(7): systematic supply only as was agreed and published. */
function supply({ arrangement, now }: Matter): readonly Reason[] {
  if (now >= arrangement.afspraakVan || !isSystematic(arrangement)) return none
  const { leveringsafspraak: made } = arrangement
  const bij = made
    ? { kenmerk: made.kenmerk, vanaf: made.datum }
    : { ontbreekt: 'leveringsafspraak' }
  return [{ code: 'GEEN_LEVERINGSAFSPRAAK', bij }]
}

/** AVG art. 35; a DPIA not reviewed in time is none. */
function impact({ arrangement, now }: Matter): readonly Reason[] {
  if (now < arrangement.dpiaTot) return none
  const { dpia } = arrangement
  return [
    {
      code: 'DPIA_ONTBREEKT_OF_VERLOPEN',
      ...(dpia === undefined ? {} : { bij: { uiterlijk: dpia.uiterlijk } }),
    },
  ]
}

const basisReason = {
  wetsvoorstel: 'GRONDSLAG_NIET_IN_WERKING',
  'nog-niet-in-werking': 'GRONDSLAG_NIET_IN_WERKING',
  vervallen: 'GRONDSLAG_VERVALLEN',
  'buiten-toepassing': 'GRONDSLAG_BUITEN_TOEPASSING',
  onbevestigd: 'GRONDSLAG_ONBEVESTIGD',
} as const

function legalBasis({ arrangement, now }: Matter): readonly Reason[] {
  if (arrangement.onverenigbaar !== undefined) return none
  if (arrangement.bases.length === 0) return [{ code: 'GEEN_GRONDSLAG' }]
  let reasons: Reason[] | undefined
  for (const basis of arrangement.bases) {
    const status = basisStatus(basis, now)
    if (status === 'in-werking') continue
    reasons ??= []
    reasons.push({ code: basisReason[status], grondslag: basis.id })
  }
  return reasons ?? none
}

/**
 * AVG art. 5(1)(b) and 6(4). Nothing in the question can mend this, so no basis, motivation or
 * approval is asked for as if it could.
 */
function compatible({ arrangement }: Matter): readonly Reason[] {
  const { onverenigbaar } = arrangement
  if (onverenigbaar === undefined) return none
  const { met, grondslag } = onverenigbaar
  return [{ code: 'DOEL_ONVERENIGBAAR', grondslag, bij: { met } }]
}

function representation(party: RegisteredParty, matter: Matter) {
  const doel = matter.arrangement.doel.id
  return party.vertegenwoordigt.filter(one => one.taken.includes(doel))
}

function receiver(matter: Matter): readonly Reason[] {
  const { question, arrangement } = matter
  if (isSystematic(arrangement)) return [...handedInBy(matter), ...handedOverTo(matter)]
  if (arrangement.vorm === 'levering') return handsOver(matter) ? none : [byProvider]
  return question.indiener === undefined && mayReceive(matter) ? none : [notEntitled(matter)]
}

function notEntitled({ arrangement }: Matter): Reason {
  return { code: 'ONTVANGER_NIET_BEVOEGD', bij: { soort: arrangement.ontvangers.soort } }
}

/** The principal decides: who acts under delegatie acts in its own name (Awb art. 10:14). */
function mayReceive(matter: Matter): boolean {
  const { question, law, arrangement, now } = matter
  const { soort } = arrangement.ontvangers
  const party = law.partijen.get(question.ontvanger)
  if (party?.status !== 'actief' || arrangement.via.includes(party.oin)) return false
  const principal = question.namens === undefined ? party : law.partijen.get(question.namens)
  if (principal?.status !== 'actief') return false
  if (principal.soort === soort) return true
  if (question.namens !== undefined) return false
  return representation(party, matter).some(
    one =>
      one.soort === 'delegatie' &&
      within(now, one.geldig) &&
      law.partijen.get(one.oin)?.soort === soort,
  )
}

const byProvider: Reason = { code: 'ONTVANGER_NIET_BEVOEGD', bij: { vorm: 'levering' } }

/** Outside systematic supply: the provider itself, in its own name, to the one that may receive. */
function handsOver({ question, law, arrangement }: Matter): boolean {
  const { indiener = '', ontvanger, namens } = question
  const { verstrekker, levertAan } = arrangement
  return (
    canProvide(verstrekker, law.partijen.get(indiener)) &&
    law.partijen.get(indiener)?.status === 'actief' &&
    namens === undefined &&
    levertAan !== undefined &&
    ontvanger === levertAan
  )
}

function wrong(rol: 'indiener' | 'namens' | 'ontvanger' | 'zelf'): readonly Reason[] {
  return [{ code: 'ONTVANGER_NIET_BEVOEGD', bij: { vorm: 'levering', rol } }]
}

/** The provider in its own name, or an intermediary that says for which provider. */
function handedInBy(matter: Matter): readonly Reason[] {
  const { question, law, arrangement } = matter
  const { indiener = '', namens, stap } = question
  const passesOn = arrangement.via.includes(indiener)
  if (!passesOn && !isProvider(indiener, matter)) return wrong('indiener')
  if (law.partijen.get(indiener)?.status !== 'actief') return wrong('indiener')
  if (!passesOn) return namens === undefined ? none : wrong('namens')
  if (namens === undefined) return stap === 'bestand' ? none : wrong('namens') // each line names its own
  return isProvider(namens, matter) ? none : wrong('namens')
}

function isProvider(oin: Oin, { arrangement, law }: Matter): boolean {
  const party = law.partijen.get(oin)
  return party?.status === 'actief' && canProvide(arrangement.verstrekker, party)
}

/** Who is named, or the only one there is; never the one that passes it on, nor the provider itself. */
function handedOverTo({ question, law, arrangement }: Matter): readonly Reason[] {
  const { ontvanger, indiener, namens = indiener } = question
  const party = law.partijen.get(ontvanger)
  if (ontvanger === namens) return wrong('zelf')
  const isAble =
    party?.status === 'actief' &&
    isOfKind(arrangement.ontvangers.soort, party) &&
    !arrangement.via.includes(ontvanger)
  return isAble ? none : wrong('ontvanger')
}

function senderOfFile(matter: Matter): readonly Reason[] {
  return isSystematic(matter.arrangement) ? handedInBy(matter) : none // else `patroon` refuses
}

/** AVG art. 19: its provider tells whoever may still have it, itself or for its principal as before. */
function corrected(matter: Matter): readonly Reason[] {
  const { indiener = '' } = matter.question
  return [
    ...(isProvider(indiener, matter) ? none : wrong('indiener')),
    ...(mayReceive(matter) ? none : [notEntitled(matter)]),
  ]
}

/** What the log does not know was given is not corrected, and not doubted by who never got it. */
function givenBefore({ question, facts }: Matter): readonly Reason[] {
  return facts.eerder === true
    ? none
    : [{ code: 'ONTVANGER_NIET_BEVOEGD', bij: { eerder: question.stap ?? '' } }]
}

/** A mandate is of who acts: the asker, whoever hands over, and of a correction who will receive. */
function mandate({ question, law, now, arrangement }: Matter): readonly Reason[] {
  const { namens, ontvanger, indiener = ontvanger, stap } = question
  if (namens === undefined) return none
  // For whom an intermediary passes on is judged by `ontvanger`: it acts for nobody.
  if (isSystematic(arrangement) && stap !== 'correctie') return none
  const acts = stap === 'correctie' ? ontvanger : indiener
  return mandateReasons(law.partijen.get(acts), namens, now, arrangement.doel.id)
}

function signed({ question, arrangement }: Matter): readonly Reason[] {
  if (arrangement.voorwaarden.handtekening !== 'verplicht' || question.handtekening) return none
  return [{ code: 'HANDTEKENING_ONTBREEKT' }]
}

function missing(veld: string): readonly Reason[] {
  return [{ code: 'PARAMETER_ONTBREEKT', veld }]
}

function unwanted(veld: string): readonly Reason[] {
  return [{ code: 'VELD_NIET_TOEGESTAAN', veld }]
}

function subject({ question, arrangement, rungs }: Matter): readonly Reason[] {
  const about = needsNobody(rungs) ? undefined : arrangement.sleutel
  if (question.sleutel === about) return none
  const asked = arrangement.sleutel === 'bsn' ? 'betrokkene' : 'object'
  if (question.sleutel === undefined) return missing(asked)
  return unwanted(question.sleutel === 'bsn' ? 'betrokkene' : 'object')
}

/** Everything asked is asked without a person. */
function needsNobody(rungs: readonly Rung[]): boolean {
  return rungs.length > 0 && rungs.every(rung => rung.sleutel === 'geen')
}

/** Of what is handed over as of what is asked: exact names, not one too many, none of the needed missing. */
function handed({ question, arrangement, law, rungs }: Matter): readonly Reason[] {
  const { gegevens } = question
  if (arrangement.vorm !== 'levering') return gegevens === undefined ? none : unwanted('gegevens')
  const set = law.gegevenssets.get(arrangement.gegevensset)
  const given = gegevens ?? []
  const known = new Set(set && rungs.flatMap(rung => handedFields(rung, set)))
  return [
    ...given.filter(veld => !known.has(veld)).flatMap(veld => unwanted(`gegevens.${veld}`)),
    ...[...known]
      .filter(veld => set?.velden[veld]?.verplicht && !given.includes(veld))
      .flatMap(veld => missing(`gegevens.${veld}`)),
  ]
}

/** Exactly what is asked set right, by name: a value for each field and none besides. */
function correctedField({ question: { velden, gegevens = [] } }: Matter): readonly Reason[] {
  return [
    ...gegevens
      .filter(veld => !velden.includes(veld))
      .flatMap(veld => unwanted(`gegevens.${veld}`)),
    ...velden.filter(veld => !gegevens.includes(veld)).flatMap(veld => missing(`gegevens.${veld}`)),
  ]
}

/** An employee in one of these functions, or a machine where that was agreed; never both at once. */
function position({ question, arrangement }: Matter): readonly Reason[] {
  const { functie, systeemproces } = question
  const machine = arrangement.voorwaarden.systeemproces === 'toegestaan'
  const isAble = systeemproces
    ? machine && functie === undefined
    : functie !== undefined && arrangement.functies.has(functie)
  if (isAble) return none
  const functies = [...arrangement.functies, ...(machine ? ['een systeemproces'] : [])].join(', ')
  return [{ code: 'FUNCTIE_NIET_BEVOEGD', bij: { functies } }]
}

function caseFile({ question, arrangement }: Matter): readonly Reason[] {
  if (question.zaak || arrangement.voorwaarden.zaak !== 'verplicht') return none
  return [{ code: 'ZAAK_ONTBREEKT' }]
}

/** What the receiver told before, not what the source knows (design P12); an escape is judged afterwards. */
function caseRelation({ question, facts, arrangement }: Matter): readonly Reason[] {
  if (arrangement.voorwaarden.zaak === undefined || facts.zaakrelatie !== 'anders') return none
  const { ontsnapping } = arrangement
  const escapes = ontsnapping?.redenen.includes(question.motivering?.noodzaak ?? '') ?? false
  if (escapes && facts.ontsnapping === undefined) return none
  return escapes && facts.ontsnapping !== undefined
    ? [{ code: 'ZAAKRELATIE_ONTBREEKT', bij: { ontsnapping: facts.ontsnapping } }]
    : [{ code: 'ZAAKRELATIE_ONTBREEKT' }]
}

/** Exact spelling only, each once; one field too many refuses the whole question (design §3.4). */
function fields({ question, arrangement }: Matter): readonly Reason[] {
  const { velden, stap } = question
  if (velden.length === 0) return stap === 'bestand' ? none : [{ code: 'VELD_NIET_TOEGESTAAN' }]
  let reasons: Reason[] | undefined
  for (let index = 0; index < velden.length; index++) {
    const veld = velden[index] as string
    if (arrangement.rungOf.has(veld) && velden.indexOf(veld) === index) continue
    reasons ??= []
    reasons.push({ code: 'VELD_NIET_TOEGESTAAN', veld })
  }
  return reasons ?? none
}

/** Closed names, closed values: amounts and norms never come from the caller (design §3.4). */
function parameters({ question, arrangement }: Matter): readonly Reason[] {
  const given = question.parameters
  let reasons: Reason[] | undefined
  for (const [name, values] of arrangement.parameters) {
    const value = given !== undefined && Object.hasOwn(given, name) ? given[name] : undefined
    if (value !== undefined && values.has(value)) continue
    reasons ??= []
    const waarden = [...values].join(', ')
    reasons.push({ code: 'PARAMETER_ONTBREEKT', veld: `parameters.${name}`, bij: { waarden } })
  }
  if (given === undefined) return reasons ?? none
  for (const name of Object.keys(given)) {
    if (arrangement.parameters.has(name)) continue
    reasons ??= []
    reasons.push({ code: 'VELD_NIET_TOEGESTAAN', veld: `parameters.${name}` })
  }
  return reasons ?? none
}

function isPeriod(period: Question['periode']): period is NonNullable<Question['periode']> {
  return isDate(period?.van) && isDate(period.totEnMet) && period.van <= period.totEnMet
}

function period({ question, arrangement }: Matter): readonly Reason[] {
  const presence = arrangement.voorwaarden.periode
  if (question.periode === undefined) return presence === 'verplicht' ? missing('periode') : none
  if (presence === undefined) return unwanted('periode')
  return isPeriod(question.periode) ? none : missing('periode')
}

/** Counts calendar months touched (design §3.4). */
function periodWidth({ question, rungs }: Matter): readonly Reason[] {
  if (!isPeriod(question.periode)) return none
  const { van, totEnMet } = question.periode
  const gevraagd = monthOf(totEnMet) - monthOf(van) + 1
  let maanden = Number.POSITIVE_INFINITY
  for (const rung of rungs) maanden = Math.min(maanden, rung.periodeMaanden ?? maanden)
  return gevraagd <= maanden ? none : [{ code: 'PERIODE_TE_RUIM', bij: { gevraagd, maanden } }]
}

function referenceDate({ question, arrangement }: Matter): readonly Reason[] {
  const presence = arrangement.voorwaarden.peildatum
  if (question.peildatum === undefined)
    return presence === 'verplicht' ? missing('peildatum') : none
  if (presence === undefined) return unwanted('peildatum')
  return isDate(question.peildatum) ? none : missing('peildatum')
}

function foreign({ question, arrangement }: Matter): readonly Reason[] {
  const allowed = arrangement.voorwaarden.buitenlands
  if (question.buitenlands === undefined) return allowed?.vereist ? missing('buitenlands') : none
  if (allowed === undefined) return unwanted('buitenlands')
  if (allowed.landen.includes(question.buitenlands)) return none
  return [{ code: 'LAND_NIET_ONDERSTEUND', bij: { landen: allowed.landen.join(', ') } }]
}

function phase({ question, arrangement }: Matter): readonly Reason[] {
  const allowed = arrangement.voorwaarden.fase
  if (allowed === undefined) return question.fase === undefined ? none : unwanted('fase')
  if (question.fase !== undefined && allowed.includes(question.fase)) return none
  return [{ code: 'FASE_NIET_TOEGESTAAN', bij: { fasen: allowed.join(', ') } }]
}

/**
 * Whoever looked for signals or established the facts does not weigh the blame, and only who weighs
 * it refers: three stages of a case, by different people (domain S64).
 */
function separation({ question, facts, arrangement }: Matter): readonly Reason[] {
  const { gescheidenFasen, fase = [] } = arrangement.voorwaarden
  if (gescheidenFasen === undefined) return none
  const { fase: named = '' } = question
  const eerder = facts.fasen?.filter(one => one !== named && gescheidenFasen.includes(one)) ?? []
  const wrongStage = gescheidenFasen.includes(named) && !fase.includes(named)
  return [
    ...(wrongStage ? [separated({ fase: named })] : []),
    ...eerder.map(one => separated({ eerder: one })),
  ]
}

function separated(bij: NonNullable<Reason['bij']>): Reason {
  return { code: 'FUNCTIESCHEIDING_GESCHONDEN', bij }
}

/** Awb art. 5:44: who fined does not refer. Not known is not enough. */
function singleTrack({ facts, arrangement }: Matter): readonly Reason[] {
  if (arrangement.weging === undefined || facts.weging?.boete === false) return none
  return [{ code: 'UNA_VIA' }]
}

/** Domain S39: who investigates a case does not decide it, and the other way round. */
function separateFunctions({ question, facts, arrangement }: Matter): readonly Reason[] {
  const { gescheidenFuncties: kept } = arrangement.voorwaarden
  const { functie } = question
  if (kept === undefined || functie === undefined || !kept.includes(functie)) return none
  const others = facts.functies?.filter(one => one !== functie && kept.includes(one)) ?? []
  return others.map(one => separated({ functie: one }))
}

/** Code lists that every policy set has: what an occasion can be, and how sure it is. */
export const occasionList = 'aanleiding'
export const reliabilityList = 'betrouwbaarheid'
/** Of the first: the class of what nobody put their name to; of the second, what counts beside it and what for nothing. */
export const anonymous = 'anoniem'
export const confirmed = 'bevestigd'
const unsure = 'onbekend'

function occasion(matter: Matter): readonly Reason[] {
  const { question, arrangement } = matter
  const { aanleiding } = question
  const allowed = arrangement.voorwaarden.aanleiding
  if (allowed === undefined) return aanleiding === undefined ? none : unwanted('aanleiding')
  const kind = codeNow(occasionList, aanleiding?.soort, matter)
  const weight = codeNow(reliabilityList, aanleiding?.betrouwbaarheid, matter)
  if (!kind || !weight || !allowed.includes(kind.code)) {
    return [{ code: 'AANLEIDING_ONVOLDOENDE', bij: { aanleidingen: allowed.join(', ') } }]
  }
  return opensIntrusive(kind, weight, matter)
    ? none
    : [{ code: 'AANLEIDING_ONVOLDOENDE', bij: { betrouwbaarheid: weight.code } }]
}

/** Domain S38: an anonymous tip alone never opens what a second person must approve, nor does what nobody weighed. */
function opensIntrusive({ klasse }: Code, { code }: Code, { rungs }: Matter): boolean {
  if (!rungs.some(needsApproval)) return true
  return klasse === anonymous ? code === confirmed : code !== unsure
}

/** Undefined also when the list had it and has it no more. */
function codeNow(list: string, code: string | undefined, { law, now }: Matter): Code | undefined {
  const rows = law.codelijsten.get(list)?.codes ?? []
  return rows.find(row => row.code === code && countsOn(legalDate(now), row))
}

function selection({ question, arrangement }: Matter): readonly Reason[] {
  const allowed = arrangement.voorwaarden.selectiegrond
  if (allowed === undefined) {
    return question.selectiegrond === undefined ? none : unwanted('selectiegrond')
  }
  if (question.selectiegrond !== undefined && allowed.includes(question.selectiegrond)) return none
  return [{ code: 'SELECTIEGROND_ONTBREEKT', bij: { selectiegronden: allowed.join(', ') } }]
}

/** Which way of choosing each kind of instrument is. */
export const groundOf: Readonly<Record<SelectionInstrument['soort'], string>> = {
  risicomodel: 'risicomodel',
  'knock-out': 'knock-out',
  steekproef: 'aselect',
}

/** Domain S24: who lets a model or a rule choose says which one; a human, a signal and the lot need none. */
export function needsInstrument(ground: string): boolean {
  return ground === groundOf.risicomodel || ground === groundOf['knock-out']
}

function instrument({ question, arrangement, law, now }: Matter): readonly Reason[] {
  const { selectieInstrument: named, selectiegrond = '' } = question
  if (named === undefined) {
    const needed =
      arrangement.voorwaarden.selectiegrond?.includes(selectiegrond) &&
      needsInstrument(selectiegrond)
    return needed ? [unknownInstrument('ontbreekt')] : none
  }
  if (arrangement.voorwaarden.selectiegrond === undefined) return unwanted('selectieInstrument')
  const found = law.instrumenten.get(named)
  if (!found) return [unknownInstrument('onbekend')]
  const principal = question.namens ?? question.indiener ?? question.ontvanger
  if (found.eigenaar !== principal) return [unknownInstrument('onbekend')]
  if (groundOf[found.soort] !== selectiegrond) return [unknownInstrument('grond')]
  if (!found.doelen.includes(arrangement.doel.id)) return [unknownInstrument('doel')]
  if (within(now, found.geldig)) return none
  const { geldigVan: van, geldigTot: totEnMet, evaluerenVoor } = found
  return [{ code: 'INSTRUMENT_VERLOPEN', bij: { van, totEnMet, evaluerenVoor } }]
}

/** Whose instrument it is when it is not the asker's, is nobody else's business. */
function unknownInstrument(waarom: 'ontbreekt' | 'onbekend' | 'grond' | 'doel'): Reason {
  return { code: 'SELECTIEGROND_ONTBREEKT', bij: { waarom } }
}

/** AVG art. 9, 10; UAVG art. 22-33, 46: each such field on a basis of its own, that holds now. */
function explicitBasis({ question: { velden }, arrangement, now }: Matter): readonly Reason[] {
  const { gevoelig, isApart, onverenigbaar } = arrangement
  if (!isApart || onverenigbaar !== undefined) return none
  return velden.flatMap((veld): readonly Reason[] => {
    const found = gevoelig.get(veld)
    if (!found?.apart) return none // what the whole exchange rests on is judged by `grondslag`
    const { categorie, grondslag } = found
    if (grondslag !== undefined && basisStatus(grondslag, now) === 'in-werking') return none
    const code =
      categorie === 'strafrechtelijk' ? 'STRAFRECHTELIJK_GEGEVEN' : 'BIJZONDERE_CATEGORIE'
    return [{ code, veld, ...(grondslag && { grondslag: grondslag.id }), bij: { categorie } }]
  })
}

/** Domain S46: data of the police or of debt help never travel together with those of another law. */
function oneRegime({ question: { velden }, arrangement }: Matter): readonly Reason[] {
  const { gevoelig, isGemengd, rungOf } = arrangement
  if (!isGemengd) return none
  const asked = velden.filter(veld => rungOf.has(veld))
  const regimes = regimesOf(asked, gevoelig)
  if (regimes.size < 2) return none
  return [{ code: 'REGIME_VERMENGING', bij: { regimes: [...regimes].sort().join(', ') } }]
}

/** Domain S32: where a victim or somebody in a shelter lives is not given in the case that says so. */
function shielded({ question: { velden }, facts, arrangement }: Matter): readonly Reason[] {
  if (facts.afgeschermd !== true) return none
  return velden
    .filter(veld => arrangement.gevoelig.get(veld)?.isAdres)
    .map(veld => ({ code: 'AFGESCHERMD', veld }))
}

/** Domain S77: what was true long ago says nothing of now. */
function freshness({ question, rungs, now }: Matter): readonly Reason[] {
  if (!rungs.some(({ versheid }) => versheid !== undefined)) return none
  const last = daysAsked(question).at(-1)
  return rungs.flatMap(({ versheid }): readonly Reason[] => {
    if (!last || !versheid || !isLongAgo(last, versheid, now)) return none
    return [{ code: 'GEGEVEN_VEROUDERD', bij: { termijn: duration(versheid) } }]
  })
}

/** Domain S31: what happened too long ago is not held against anybody any more. */
function reach({ question, rungs, now }: Matter): readonly Reason[] {
  if (!rungs.some(({ terug }) => terug !== undefined)) return none
  const [first] = daysAsked(question)
  return rungs.flatMap(({ terug }): readonly Reason[] => {
    if (!first || !terug || !isLongAgo(first, terug, now)) return none
    return [{ code: 'BEWAARTERMIJN_VERLOPEN', bij: { termijn: duration(terug) } }]
  })
}

/** From the first to the last. */
function daysAsked({ periode, peildatum }: Question): readonly LegalDate[] {
  return [periode?.van, periode?.totEnMet, peildatum].filter(isDate).sort()
}

/** A1 and higher need a motivation; A0 tolerates one (domain §3). */
function motivation({ question, arrangement, rungs }: Matter): readonly Reason[] {
  const { motivering } = question
  if (motivering !== undefined && motivering.noodzaak !== '' && motivering.lichterMiddel !== '') {
    return none
  }
  const required =
    arrangement.voorwaarden.motivering === 'verplicht' ||
    (arrangement.onverenigbaar === undefined && rungs.some(rung => rung.goedkeuring !== 'A0'))
  return required ? [{ code: 'PROPORTIONALITEIT_ONTBREEKT' }] : none
}

function needsApproval(rung: Rung): boolean {
  return rung.goedkeuring === 'A2' || rung.goedkeuring === 'A3' || rung.goedkeuring === 'AX'
}

/** A2: someone in another function; A3: in the function that the law names; AX: nobody. */
function approval({ question, facts, now, arrangement, rungs }: Matter): readonly Reason[] {
  if (arrangement.onverenigbaar !== undefined) return none
  let niveau: string | undefined
  for (const rung of rungs) {
    if (needsApproval(rung) && (niveau === undefined || rung.goedkeuring > niveau)) {
      niveau = rung.goedkeuring
    }
  }
  if (niveau === undefined) return none
  const given = (niveau === 'AX' ? [] : (facts.goedkeuringen ?? [])).filter(
    ({ functie }) =>
      functie !== question.functie && (arrangement.goedkeurders ?? []).includes(functie),
  )
  if (given.some(({ tot }) => now < tot)) return none
  return [
    { code: given.length > 0 ? 'GOEDKEURING_VERLOPEN' : 'GOEDKEURING_VEREIST', bij: { niveau } },
  ]
}

/** What was weighed opens the next rung only for data that the criteria still say the same of. */
function ladder({ facts, rungs, arrangement }: Matter): readonly Reason[] {
  const weighs = arrangement.weging === undefined || facts.weging?.voldoet === true
  let reasons: Reason[] | undefined
  for (const rung of rungs) {
    if (rung.na === undefined || (facts.treden.includes(rung.id) && weighs)) continue
    reasons ??= []
    const eerst = Object.keys(rung.vervolgAls ?? {}).join(', ')
    const bij = { trede: rung.id, na: rung.na, eerst, termijn: duration(rung.openVoor) }
    reasons.push({ code: 'LICHTER_MIDDEL_BESCHIKBAAR', bij })
  }
  return reasons ?? none
}
