// Why was this allowed or refused? One plain-Dutch sentence per reason, with the article or the dates.
import type { Decision, Moment, Question, Reason, ReasonCode } from '../terms.ts'
import { advise, articleOf, day } from './advise.ts'
import { basisStatus } from './basis-status.ts'
import type { Approval, Arrangement, BasisStatus, LegalBasis, PolicySet, Rung } from './law.ts'
import { duration } from './legal-time.ts'
import { kindName } from './provider.ts'

type Sentence = (reason: Reason, law: PolicySet) => string

function bij(reason: Reason, name: string, otherwise = 'onbekend'): string {
  const value = reason.bij?.[name]
  return value === undefined ? otherwise : String(value)
}

/** "van 1-6-2026 tot en met 15-9-2026", or without an end. */
function term({ bij }: Reason): string {
  const date = (value: string | number | undefined) =>
    day(value === undefined ? undefined : String(value))
  return bij?.totEnMet === undefined
    ? `vanaf ${date(bij?.van)}`
    : `van ${date(bij.van)} tot en met ${date(bij.totEnMet)}`
}

function basisOf(reason: Reason, law: PolicySet): LegalBasis | undefined {
  return reason.grondslag === undefined ? undefined : law.grondslagen.get(reason.grondslag)
}

/** "Participatiewet, artikel 64, eerste lid, onder b"; a basis without a known article is its act. */
export function cite(basis: LegalBasis | undefined): string {
  if (!basis) return 'De genoemde grondslag'
  const { regeling, artikel } = basis
  if (/^\d/.test(artikel)) return `${regeling}, artikel ${artikel}`
  return /^(bijlage|hoofdstuk|paragraaf|titel) /.test(artikel)
    ? `${regeling}, ${artikel}`
    : regeling
}

const field = (reason: Reason): string => `'${reason.veld ?? 'onbekend'}'`

/** Why a signed statement approves nothing, by what message/statement.ts found. */
const noApproval: Readonly<Record<string, string>> & { readonly vorm: string } = {
  vorm: 'zij heeft niet de afgesproken vorm.',
  kop: 'de kop van de handtekening klopt niet.',
  algoritme: 'zij is met een ander algoritme ondertekend dan is geregistreerd.',
  sleutel: 'de sleutel hoort niet bij een goedkeurder van uw organisatie die nu geldt.',
  handtekening: 'de handtekening hoort niet bij een goedkeurder van uw organisatie die nu geldt.',
  'andere-goedkeurder': 'een ander heeft haar ondertekend dan zij noemt.',
  'ander-verzoek': 'zij gaat over een ander verzoek.',
  'andere-inhoud': 'zij gaat over een andere inhoud.',
  'nog-niet-geldig': 'zij geldt nog niet.',
  'te-lang-geldig': 'zij geldt langer dan 100 dagen.',
}

const noMandate: Readonly<Record<string, string>> & { readonly onbekend: string } = {
  onbekend:
    'U mag niet namens deze organisatie handelen: er is geen mandaat vastgelegd (Awb, artikel 10:1).',
  taak: 'U hebt een mandaat van deze organisatie, maar niet voor deze taak (Awb, artikel 10:1).',
  delegatie:
    'U hebt deze taak door delegatie. Dan vraagt u op eigen naam en zonder namens (Awb, artikel 10:13).',
}

const relation: Readonly<Record<string, string>> = {
  gebruikt:
    'De spoedreden is voor deze persoon al gebruikt. Leg vast dat de persoon bij de zaak hoort (POST /v1/zaken).',
  'te-laat':
    'Een eerdere vraag met een spoedreden is niet op tijd afgesloten. Leg eerst die persoon bij zijn zaak vast (POST /v1/zaken).',
}

const inLines =
  'Dit kunt u niet vragen (_zoek, verzoeken). De verstrekker of een tussenstation levert het aan, in een bestand met regels (POST …/leveringen). Wat voor u is, haalt u op bij uw berichten (/v1/berichten).'

/** Who hands over for whom, and to whom, in systematic supply. */
const handing: Readonly<Record<string, string>> = {
  indiener:
    'Uw organisatie kan dit niet aanleveren. Dat kan alleen een actieve verstrekker, of een tussenstation dat in de uitwisseling is genoemd.',
  namens:
    'Noem als tussenstation bij elke regel voor welke actieve verstrekker u aanlevert (namens). Een verstrekker zelf levert aan op eigen naam, zonder namens.',
  ontvanger:
    'Noem een actieve organisatie die dit mag ontvangen (ontvanger). Zonder naam kan het alleen als er precies één is. Een tussenstation ontvangt niets.',
  zelf: 'De verstrekker en de ontvanger zijn dezelfde organisatie. Er wordt dan niets geleverd.',
}

/** Nothing in the log says that it was given. */
const before: Readonly<Record<string, string>> & { readonly correctie: string } = {
  correctie:
    'Deze organisatie heeft dit gegeven niet eerder gekregen. Er is voor haar niets te herstellen.',
  terugmelding:
    'Uw organisatie heeft dit gegeven in die transactie niet gekregen. U kunt er daarom geen twijfel over melden.',
}

/** What a field is that asks for a basis of its own. */
const special: Readonly<Record<string, string>> & { readonly bijzonder: string } = {
  bijzonder: 'een bijzonder persoonsgegeven (AVG, artikel 9)',
  'beschermd-kenmerk': 'een kenmerk waarop niemand ongelijk mag worden behandeld',
  bsn: 'het nummer van een ander (UAVG, artikel 46)',
}

/** Which law would have to say so, and that it does not. */
function explicitly(reason: Reason, law: PolicySet): string {
  const basis = basisOf(reason, law)
  return basis === undefined
    ? 'Daarvoor is hier geen uitdrukkelijke grondslag.'
    : `De uitdrukkelijke grondslag daarvoor geldt nu niet, of is niet bevestigd: ${cite(basis)}.`
}

/** Why an instrument chooses nobody here. */
const noInstrument: Readonly<Record<string, string>> & { readonly onbekend: string } = {
  ontbreekt:
    'Wie zo selecteert, noemt het geregistreerde selectie-instrument (selectieInstrument). Dat ontbreekt.',
  onbekend: 'Dit selectie-instrument is niet van uw organisatie geregistreerd.',
  grond: 'Dit selectie-instrument hoort niet bij de selectiegrond die u noemt.',
  doel: 'Dit selectie-instrument is niet geregistreerd voor dit doel.',
}

/** Where to go with what came along another road. */
const roads: Readonly<Record<string, string>> & { readonly asynchroon: string } = {
  synchroon:
    'Dit vraagt u meteen (_zoek) en niet als verzoek: er gaat nog niets naar de ontvanger.',
  asynchroon:
    'Deze bron antwoordt niet meteen, soms pas na weken. Dien de vraag in als verzoek; het antwoord komt dan later.',
  levering:
    'Dit gaat niet in een bestand met regels of als melding. De ontvanger vraagt het per zaak, of de verstrekker dient het in als verzoek.',
  signaal: inLines,
  bulk: inLines,
  notificatie:
    'Dit is een melding van twijfel over een gegeven dat u eerder kreeg. Meld haar zo (POST /v1/terugmeldingen), niet als vraag, verzoek of bestand.',
}

/** What a second person is, where one must approve. */
const second: Readonly<Record<string, string>> = {
  A2: ', met een andere functie,',
  A3: ', met de functie die de wet noemt,',
}

/** The laws that keep their data apart. */
const regimes: Readonly<Record<string, string>> = {
  avg: 'AVG',
  wpg: 'Wet politiegegevens',
  wjsg: 'Wet justitiële en strafvorderlijke gegevens',
  schuldhulp: 'Wet gemeentelijke schuldhulpverlening',
}

/** "a of b" of what the law lists as "a, b". */
const either = (list: string) => list.replaceAll(', ', ' of ')

const inDutch = new Intl.NumberFormat('nl-NL')

/** 10000 → 10.000 */
const count = ({ bij }: Reason, name: string) =>
  typeof bij?.[name] === 'number' ? inDutch.format(bij[name]) : 'onbekend'

/** Per kind of scope; which one it is stands in the reason. */
const stopped: Readonly<Record<string, string>> & { readonly uitwisseling: string } = {
  alles: 'alle uitwisselingen',
  partij: 'een organisatie die bij deze vraag hoort',
  doel: 'dit doel',
  uitwisseling: 'deze uitwisseling',
  veld: 'een gegeven dat u vraagt',
  bron: 'de bron van deze gegevens',
}

/** Every reason code has its sentence; a code without one does not compile. */
export const texts = {
  GEEN_GRONDSLAG: () => 'Voor deze verstrekking is geen wettelijke grondslag vastgelegd.',
  GRONDSLAG_NIET_IN_WERKING: (reason, law) => {
    const basis = basisOf(reason, law)
    return basis?.stand === 'voorstel'
      ? `${cite(basis)} is nog een wetsvoorstel. Zolang het geen wet is die geldt, mag hiervoor niets worden verstrekt.`
      : `${cite(basis)} geldt pas vanaf ${day(basis?.geldigVan)}. Tot die dag mag hiervoor niets worden verstrekt.`
  },
  GRONDSLAG_VERVALLEN: (reason, law) => {
    const basis = basisOf(reason, law)
    return `${cite(basis)} is vervallen. De laatste dag waarop dit gold was ${day(basis?.geldigTot)}.`
  },
  GRONDSLAG_BUITEN_TOEPASSING: (reason, law) => {
    const basis = basisOf(reason, law)
    return `${cite(basis)} mag sinds ${day(basis?.buitenToepassing?.van)} niet worden toegepast (${basis?.buitenToepassing?.uitspraak ?? 'rechterlijke uitspraak'}).`
  },
  GRONDSLAG_ONBEVESTIGD: (reason, law) =>
    `${cite(basisOf(reason, law))} is niet bevestigd: de tekst of de geldigheid staat niet vast. Daarom mag hiervoor niets worden verstrekt.`,
  DOEL_ONBEKEND: () => 'Dit doel is hier niet bekend: de gevraagde uitwisseling bestaat niet.',
  DOEL_NIET_TOEGESTAAN: () => 'Voor dit doel mogen deze gegevens niet worden gevraagd.',
  DOEL_ONVERENIGBAAR: (reason, law) =>
    `Deze gegevens zijn verzameld voor ${bij(reason, 'met', 'een ander doel')}. Dit doel past daar niet bij, en daarom wordt hiervoor nooit iets verstrekt (${cite(basisOf(reason, law))}).`,
  ONTVANGER_NIET_BEVOEGD: reason =>
    reason.bij?.vorm === 'levering'
      ? (handing[bij(reason, 'rol')] ??
        'Alleen de verstrekker zelf kan dit aanleveren, op eigen naam, aan de ene actieve organisatie die het mag ontvangen.')
      : reason.bij?.eerder !== undefined
        ? (before[bij(reason, 'eerder')] ?? before.correctie)
        : `Deze organisatie mag dit niet ontvangen. De uitwisseling is er alleen voor: ${kindName(bij(reason, 'soort'))}. Die organisatie moet hier actief zijn.`,
  MANDAAT_ONTBREEKT: reason => noMandate[bij(reason, 'soort')] ?? noMandate.onbekend,
  MANDAAT_VERLOPEN: reason =>
    `Het mandaat van deze organisatie geldt nu niet, maar ${term(reason)} (Awb, artikel 10:1).`,
  FUNCTIE_NIET_BEVOEGD: reason =>
    reason.bij?.goedkeuring
      ? `Iemand met deze functie mag dit niet goedkeuren. Dat mag alleen: ${either(bij(reason, 'functies'))}.`
      : `U noemt geen functie die dit mag vragen of aanleveren. Dat mag alleen: ${either(bij(reason, 'functies'))}.`,
  FUNCTIESCHEIDING_GESCHONDEN: reason =>
    reason.bij?.eerder !== undefined
      ? `Deze medewerker werkte in deze zaak al in de fase ${bij(reason, 'eerder')}. Iemand anders moet dit doen.`
      : reason.bij?.fase !== undefined
        ? `Vanuit de fase ${bij(reason, 'fase')} mag dit niet. Dat werk en dit doen verschillende mensen.`
        : reason.bij?.functie !== undefined
          ? `Deze medewerker werkte in deze zaak al als ${bij(reason, 'functie')}. Wie onderzoekt, beslist niet: iemand anders moet dit doen.`
          : 'De vraag en de goedkeuring komen van dezelfde persoon of functie. Dat mag niet.',
  ZAAK_ONTBREEKT: () =>
    'Noem de zaak waarvoor u dit vraagt. Zonder zaak mag hier niet worden gekeken.',
  ZAAKRELATIE_ONTBREEKT: reason =>
    `In deze zaak bent u met een andere persoon begonnen. ${relation[bij(reason, 'ontsnapping')] ?? 'Leg eerst vast dat ook deze persoon bij de zaak hoort (POST /v1/zaken).'}`,
  VELD_NIET_TOEGESTAAN: reason =>
    reason.veld === undefined
      ? 'Noem de velden die u wilt krijgen, elk één keer.'
      : `${field(reason)} mag bij deze uitwisseling niet worden gevraagd of meegegeven.`,
  LICHTER_MIDDEL_BESCHIKBAAR: reason =>
    `Dit mag pas na het lichtere gegeven ${bij(reason, 'eerst') || bij(reason, 'na')}, in dezelfde zaak. Geeft dat antwoord aanleiding, dan mag het tot ${bij(reason, 'termijn')} daarna.`,
  PROPORTIONALITEIT_ONTBREEKT: () =>
    'Geef aan waarom deze gegevens nodig zijn en welk lichter middel is geprobeerd (motivering).',
  GOEDKEURING_VEREIST: reason =>
    reason.bij?.niveau === 'AX'
      ? 'Dit is hier gesloten. Niemand kan deze vraag goedkeuren.'
      : reason.bij?.oorzaak === undefined
        ? `Een tweede persoon${second[bij(reason, 'niveau')] ?? ''} moet deze vraag eerst goedkeuren.`
        : `Deze verklaring is geen goedkeuring van dit verzoek: ${noApproval[bij(reason, 'oorzaak')] ?? noApproval.vorm}`,
  GOEDKEURING_VERLOPEN: () => 'De goedkeuring van deze vraag is verlopen.',
  BIJZONDERE_CATEGORIE: (reason, law) =>
    `${field(reason)} is ${special[bij(reason, 'categorie')] ?? special.bijzonder}. ${explicitly(reason, law)}`,
  STRAFRECHTELIJK_GEGEVEN: (reason, law) =>
    `${field(reason)} is een strafrechtelijk gegeven (AVG, artikel 10). ${explicitly(reason, law)}`,
  OPT_OUT: () => 'Deze persoon wil hiervoor niet benaderd worden.',
  AFGESCHERMD: reason =>
    reason.veld === undefined
      ? 'Een adres is niet gegeven: de ontvanger legde deze persoon vast als slachtoffer of als iemand in de opvang.'
      : `${field(reason)} wordt in deze zaak niet gegeven: u hebt deze persoon vastgelegd als slachtoffer of als iemand in de opvang.`,
  GEGEVEN_VEROUDERD: reason =>
    `De gevraagde dag ligt te ver terug voor dit doel. De laatste dag waarover u vraagt, mag hoogstens ${bij(reason, 'termijn')} geleden zijn.`,
  BEWAARTERMIJN_VERLOPEN: reason =>
    `Zo ver terug mag dit niet meer worden gebruikt. De eerste dag waarover u vraagt, mag hoogstens ${bij(reason, 'termijn')} geleden zijn.`,
  DPIA_ONTBREEKT_OF_VERLOPEN: reason =>
    reason.bij?.uiterlijk === undefined
      ? 'Voor deze uitwisseling is geen beoordeling van de privacyrisico’s (DPIA) vastgelegd (AVG, artikel 35).'
      : `De beoordeling van de privacyrisico’s (DPIA) van deze uitwisseling moest uiterlijk ${day(String(reason.bij.uiterlijk))} zijn herzien (AVG, artikel 35).`,
  INSTRUMENT_VERLOPEN: reason =>
    reason.bij === undefined
      ? 'Het selectie-instrument mag nu niet worden gebruikt.'
      : `Het selectie-instrument mag nu niet worden gebruikt. Het geldt van ${day(bij(reason, 'van'))} tot en met ${day(bij(reason, 'totEnMet'))} en moet voor ${day(bij(reason, 'evaluerenVoor'))} zijn geëvalueerd.`,
  GEEN_LEVERINGSAFSPRAAK: reason => {
    if (reason.bij?.patroon !== undefined)
      return (
        roads[bij(reason, reason.bij.weg === undefined ? 'patroon' : 'weg')] ?? roads.asynchroon
      )
    if (reason.bij?.ontbreekt !== undefined) {
      return 'Zonder vraag wordt alleen geleverd wat is afgesproken en gepubliceerd. Die afspraak ontbreekt (leveringsafspraak: kenmerk, datum, publicatie; Besluit SUWI, artikel 5.11 en 5.15).'
    }
    if (reason.bij?.kenmerk !== undefined) {
      return `De leveringsafspraak ${bij(reason, 'kenmerk')} geldt pas vanaf ${day(bij(reason, 'vanaf'))}.`
    }
    return reason.bij?.van === undefined
      ? 'Met de verstrekker is op dit moment geen afspraak over deze levering.'
      : `De afspraak over deze levering geldt nu niet, maar ${term(reason)}.`
  },
  VERSTREKKER_WEIGERT_ONEVENREDIG: () => 'De verstrekker vindt deze vraag onevenredig.',
  LAND_NIET_ONDERSTEUND: reason =>
    `Met dit land is hier geen uitwisseling. Wel met: ${bij(reason, 'landen')}.`,
  LIMIET_BEREIKT: reason =>
    reason.bij?.soort === 'perZaakPerDag'
      ? `In deze zaak is vandaag al ${count(reason, 'grens')} keer iets verstrekt. Meer is niet afgesproken; morgen kan het weer.`
      : `Voor deze organisatie is in dit uur al ${count(reason, 'grens')} keer iets verstrekt. Meer is niet afgesproken; het volgende uur kan het weer.`,
  NIET_VERSTREKT: () => 'Dit wordt niet verstrekt.',
  PERIODE_TE_RUIM: reason =>
    `De gevraagde periode raakt ${bij(reason, 'gevraagd')} maanden. Voor deze velden ${bij(reason, 'maanden') === '1' ? 'mag' : 'mogen'} het er ${bij(reason, 'maanden')} zijn.`,
  PARAMETER_ONTBREEKT: reason =>
    reason.bij?.waarden === undefined
      ? `${field(reason)} ontbreekt of is ongeldig. Zonder dat kan de vraag niet worden beoordeeld.`
      : `${field(reason)} ontbreekt of heeft geen afgesproken waarde. Afgesproken zijn: ${bij(reason, 'waarden')}.`,
  FASE_NIET_TOEGESTAAN: reason =>
    `In deze fase mag dit niet worden gevraagd. Wel in: ${bij(reason, 'fasen')}.`,
  AANLEIDING_ONVOLDOENDE: reason =>
    reason.bij?.betrouwbaarheid !== undefined
      ? 'Deze aanleiding is hiervoor niet zeker genoeg. Een anonieme tip telt pas als een tweede bron hem bevestigt, en een melding pas als iemand heeft bekeken of zij aannemelijk is.'
      : `De aanleiding ontbreekt of is niet voldoende. Voldoende zijn: ${bij(reason, 'aanleidingen')}.`,
  SELECTIEGROND_ONTBREEKT: reason =>
    reason.bij?.waarom !== undefined
      ? (noInstrument[bij(reason, 'waarom')] ?? noInstrument.onbekend)
      : `De grond voor de selectie ontbreekt of is niet toegestaan. Toegestaan zijn: ${bij(reason, 'selectiegronden')}.`,
  UNA_VIA: () =>
    'Voor dit feit is al een bestuurlijke boete opgelegd, of dat staat niet vast. Dan mag het niet ook strafrechtelijk worden behandeld (Awb, artikel 5:44).',
  REGIME_VERMENGING: reason =>
    `Deze gegevens vallen onder verschillende wetten (${bij(reason, 'regimes')
      .split(', ')
      .map(one => regimes[one] ?? one)
      .join(', ')}) en mogen niet samen worden verstrekt.`,
  NOODREM: reason =>
    `De noodrem staat aan voor ${stopped[bij(reason, 'bereik').split(':', 1)[0] ?? ''] ?? stopped.uitwisseling}. Er wordt nu niets verstrekt.`,
  HANDTEKENING_ONTBREEKT: () => 'Deze vraag moet ondertekend zijn.',
  BRON_NIET_AANGESLOTEN: () => 'De bron van deze gegevens is niet aangesloten.',
} as const satisfies Record<ReasonCode, Sentence>

/** One plain-Dutch sentence with the article or the dates; never a value of the caller. */
export function uitleg(reason: Reason, law: PolicySet): string {
  const sentence: Sentence = texts[reason.code]
  return sentence(reason, law)
}

/** The same with the article it follows from, for who reads nothing beside it. */
export function uitlegMetArtikel(reason: Reason, law: PolicySet, id: string | undefined): string {
  const article = articleOf(reason, id === undefined ? undefined : law.uitwisselingen.get(id))
  return article === undefined
    ? uitleg(reason, law)
    : `${uitleg(reason, law)} Dit volgt uit: ${article}.`
}

/** The whole decision in plain Dutch: what was asked, what the law allows, what was decided and why, and what can be done. */
export function explain(decision: Decision, law: PolicySet): string {
  const arrangement = law.uitwisselingen.get(decision.beleid.id)
  const reasons = decision.redenen.flatMap(reason => [
    `- ${reason.code}: ${uitleg(reason, law)}`,
    ...followsFrom(reason, arrangement),
    `  Wat u kunt doen: ${advise(reason, law, decision)}`,
  ])
  if (!arrangement) return ['Geweigerd, omdat:', ...reasons].join('\n')
  const { stap = 'vraag', velden } = decision.vraag
  const outcome =
    decision.uitkomst === 'toegestaan'
      ? [
          `Toegestaan. ${allowed[stap]}${velden.join(', ')}.`,
          ...grounds(decision, arrangement),
          permission(arrangement),
        ]
      : ['Geweigerd, omdat:', ...reasons]
  return [
    `${arrangement.titel} (${arrangement.id}, versie ${arrangement.versie})`,
    `Doel: ${arrangement.doel.omschrijving}`,
    `${decision.vraag.indiener === undefined ? 'Gevraagd' : 'Aangeboden'}: ${askedFor(decision.vraag, law)}.`,
    ...ladder(arrangement, decision.tijd),
    ...outcome,
    ...lawText(arrangement, decision, law),
  ].join('\n')
}

/** What is allowed with a yes, before the names of the fields. */
const allowed = {
  vraag: 'Deze velden mogen worden verstrekt: ',
  bestand: 'Het bestand mag worden gelezen. Elke regel wordt daarna apart beoordeeld',
  correctie: 'Deze velden mogen worden hersteld bij wie ze eerder kreeg: ',
  terugmelding: 'Deze velden mogen worden gemeld aan wie het gegeven verstrekte: ',
} as const

/** Everything that the decision saw of the question, in words. */
function askedFor(question: Question, law: PolicySet): string {
  const { velden, sleutel, periode, peildatum, functie, motivering, aanleiding } = question
  const party = (oin: string) => law.partijen.get(oin)?.naam ?? 'een onbekende organisatie'
  const { indiener, ontvanger, namens } = question
  return [
    velden.length > 0 ? velden.join(', ') : 'geen velden',
    sleutel === undefined
      ? 'zonder persoon of object'
      : `over één ${subjects[sleutel] ?? 'object'}`,
    ...(indiener === undefined ? [] : [`aangeleverd door ${party(indiener)}`]),
    `voor ${party(ontvanger)}${namens === undefined ? '' : `, namens ${party(namens)}`}`,
    ...(periode ? [`over ${day(periode.van)} tot en met ${day(periode.totEnMet)}`] : []),
    ...(peildatum === undefined ? [] : [`op peildatum ${day(peildatum)}`]),
    question.systeemproces
      ? 'door een systeemproces'
      : `door iemand met ${functie === undefined ? 'geen genoemde functie' : `functie ${functie}`}`,
    question.zaak ? 'in een zaak' : 'zonder zaak',
    ...(question.fase === undefined ? [] : [`in de fase ${question.fase}`]),
    ...(aanleiding ? [`met aanleiding ${aanleiding.soort} (${aanleiding.betrouwbaarheid})`] : []),
    ...(question.selectiegrond === undefined
      ? []
      : [`gekozen op grond van ${question.selectiegrond}`]),
    motivering ? 'met een motivering' : 'zonder motivering',
    ...(question.asynchroon ? ['als verzoek'] : []),
  ].join('; ')
}

const subjects: Readonly<Record<string, string>> = {
  bsn: 'persoon',
  kvk: 'onderneming',
  loonheffingennummer: 'werkgever',
  adresseerbaarObject: 'adres',
  lrk: 'kinderopvang',
}

function followsFrom(reason: Reason, arrangement: Arrangement | undefined): string[] {
  const article = articleOf(reason, arrangement)
  return article === undefined ? [] : [`  Dit volgt uit: ${article}.`]
}

/** What may be asked at all, the lightest first. */
function ladder(
  { treden, voorwaarden, ontvangers, vorm, bases, onverenigbaar }: Arrangement,
  now: Moment,
): string[] {
  if (onverenigbaar !== undefined || treden.every(({ goedkeuring }) => goedkeuring === 'AX')) {
    return ['De wet laat hier niets toe: elke trede is gesloten.']
  }
  const open = bases.every(basis => basisStatus(basis, now) === 'in-werking')
  const what = open ? 'De wet laat hier toe' : 'De wet laat hier nu niets toe. Anders zou het mogen'
  const hands = [
    ...voorwaarden.functie,
    ...(voorwaarden.systeemproces ? ['een systeemproces'] : []),
  ].join(' of ')
  return [
    `${what}, aan ${kindName(ontvangers.soort)}, ${vorm === 'levering' ? 'aangeleverd' : 'gevraagd'} door ${hands}:`,
    ...treden.map(
      rung =>
        `  ${rung.id}: ${rung.velden.join(', ')} (${asks(rung, voorwaarden.motivering === 'verplicht')})`,
    ),
  ]
}

function asks(
  { goedkeuring, na, openVoor, periodeMaanden, versheid, terug }: Rung,
  motivated: boolean,
): string {
  return [
    approvals[motivated && goedkeuring === 'A0' ? 'A1' : goedkeuring],
    ...(na === undefined ? [] : [`alleen na ${na}, tot ${duration(openVoor)} daarna`]),
    ...(periodeMaanden === undefined ? [] : [`hoogstens ${duration(`P${periodeMaanden}M`)}`]),
    ...(versheid === undefined ? [] : [`hoogstens ${duration(versheid)} oud`]),
    ...(terug === undefined ? [] : [`hoogstens ${duration(terug)} terug`]),
  ].join('; ')
}

const approvals: Readonly<Record<Approval, string>> = {
  A0: 'zonder motivering',
  A1: 'met motivering',
  A2: 'met motivering en goedkeuring door iemand met een andere functie',
  A3: 'met motivering en goedkeuring door de functie die de wet noemt',
  AX: 'gesloten',
}

/** Why this may: each thing that was looked at and was right. */
function grounds({ vraag, tijd }: Decision, arrangement: Arrangement): string[] {
  const { bases, voorwaarden, dpia, treden } = arrangement
  const rungs = treden.filter(({ velden }) => velden.some(veld => vraag.velden.includes(veld)))
  const opened = rungs.flatMap(({ na }) => na ?? [])
  return [
    'Dit mag, omdat:',
    ...bases
      .filter(basis => basisStatus(basis, tijd) === 'in-werking')
      .map(basis => `- ${cite(basis)} geldt, sinds ${day(basis.geldigVan)}`),
    '- de ontvanger mag dit voor dit doel krijgen',
    ...(vraag.functie === undefined
      ? []
      : [
          `- de functie ${vraag.functie} mag dit ${arrangement.vorm === 'levering' ? 'aanleveren' : 'vragen'}`,
        ]),
    ...(voorwaarden.zaak === 'verplicht' && vraag.zaak ? ['- er is een zaak genoemd'] : []),
    ...(opened.length > 0
      ? [`- het lichtere gegeven is eerst gevraagd (${opened.join(', ')})`]
      : []),
    ...(voorwaarden.motivering === 'verplicht' ||
    rungs.some(({ goedkeuring }) => goedkeuring > 'A0')
      ? ['- de noodzaak is gemotiveerd']
      : []),
    ...(rungs.some(({ goedkeuring }) => goedkeuring > 'A1')
      ? ['- een tweede persoon keurde het goed']
      : []),
    ...(dpia === undefined
      ? []
      : [
          `- de beoordeling van de privacyrisico’s (${dpia.referentie}) geldt tot en met ${day(dpia.uiterlijk)}`,
        ]),
    '- meer dan deze velden wordt niet gegeven',
  ]
}

function permission(arrangement: Arrangement): string {
  const na = arrangement.naOverlijden ?? []
  const dead =
    na.length > 0 ? `worden alleen nog verstrekt: ${na.join(', ')}` : 'wordt niets verstrekt'
  return [
    `De ontvanger mag dit niet gebruiken voor: ${arrangement.verboden.join('; ')}.`,
    ...(arrangement.sleutel === 'bsn'
      ? [`Is de persoon volgens de bron overleden, dan ${dead}.`]
      : []),
  ].join('\n')
}

/** How it stands with each basis on the day of the decision. */
const standings: Readonly<Record<BasisStatus, string>> = {
  'in-werking': 'geldt op deze dag',
  wetsvoorstel: 'is nog een voorstel',
  'nog-niet-in-werking': 'geldt op deze dag nog niet',
  vervallen: 'is op deze dag vervallen',
  'buiten-toepassing': 'mag op deze dag niet worden toegepast',
  onbevestigd: 'is niet bevestigd',
}

function lawText(
  { bases, onverenigbaar, bijzonder = [] }: Arrangement,
  { tijd, vraag }: Decision,
  law: PolicySet,
): string[] {
  const against = onverenigbaar && law.grondslagen.get(onverenigbaar.grondslag)
  const explicit = bijzonder
    .filter(({ veld }) => vraag.velden.includes(veld))
    .flatMap(({ grondslag }) => law.grondslagen.get(grondslag) ?? [])
  const all = new Set([...bases, ...explicit, ...(against ? [against] : [])])
  return [...all].flatMap(basis => [
    `Grondslag: ${cite(basis)} ${standings[basisStatus(basis, tijd)]} (${basis.bron}).`,
    ...(basis.data ?? []).map(
      row =>
        `  ${row.onderdeel}: ${row.soort === 'inwerking' ? 'in werking' : row.soort} vanaf ${day(row.van)}.`,
    ),
    ...(basis.toelichting ? [`  ${basis.toelichting}`] : []),
  ])
}
