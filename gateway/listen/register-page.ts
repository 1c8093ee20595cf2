// How does a citizen read the register? The same content as its JSON, as one accessible Dutch page.

import { type Fragment, type Html, html, link } from '../html.ts'
import type { Approval } from '../policy/law.ts'
import type { RegisteredFunction } from './console-functions.ts'
import {
  type OneExchange,
  type PartyIndex,
  type Register,
  type RegisterEntry,
  type RegisteredField,
  type RegisteredRung,
  rank,
} from './register.ts'
import {
  articleCell,
  asOf,
  basisRow,
  categoryNames,
  colophon,
  day,
  duration,
  exchangeLink,
  ground,
  listOf,
  payload,
  regulation,
  row,
  spaced,
  standing,
  standingCell,
  table,
} from './register-words.ts'
import type { RegisteredBasis } from './registered.ts'

export function registerPage(register: Register): Html {
  const { uitwisselingen, partijen, functies } = register
  const open = uitwisselingen.filter(one => one.open).length
  return html`<p>Dit zijn de uitwisselingen van deze gateway: wie gegevens geeft, wie ze krijgt, waarvoor, en welke wet dat
toelaat. Ook een uitwisseling die open is, geeft alleen iets als aan alle voorwaarden is voldaan. Een
uitwisseling die volgens de wet vertrouwelijk is, staat hier niet.</p>
${asOf(register, `: ${count(uitwisselingen.length)}, waarvan ${open} open`)}
<nav class="lijst" aria-labelledby="lijst"><h2 id="lijst">Uitwisselingen</h2>
${groups.map(({ titel, uitleg }, at) =>
  group(
    titel,
    uitleg,
    uitwisselingen.filter(one => rank(one) === at),
  ),
)}</nav>
${partijen.length > 0 ? byParty(partijen, uitwisselingen) : undefined}
${
  functies.length > 0
    ? html`<nav class="lijst" aria-labelledby="zonder"><h2 id="zonder">Zonder uitwisseling</h2>
<p>Dit doet deze gateway zelf met zijn logboek. Er gaan geen gegevens van een bron naar een ander.</p>
<ul>${functies.map(({ id, titel }) => html`<li><a href="#${id}">${titel}</a></li>`)}</ul></nav>`
    : undefined
}
${uitwisselingen.map(article)}
${functies.map(functionArticle)}
${colophon(register)}`
}

/** One exchange on a page of its own; its name is the heading of the page. */
export function exchangePage(content: OneExchange): Html {
  return html`${asOf(content)}
${article(content.uitwisseling)}
<p><a href="/register">Alle uitwisselingen</a></p>
${colophon(content)}`
}

/** By rank. */
const groups = [
  { titel: 'Open', uitleg: undefined },
  { titel: 'Gaat open op een bekende dag', uitleg: undefined },
  { titel: 'Gesloten', uitleg: 'Hier wordt nu elke vraag geweigerd.' },
] as const

function group(
  titel: string,
  uitleg: string | undefined,
  entries: readonly RegisterEntry[],
): Html | undefined {
  if (entries.length === 0) return undefined
  return html`<h3>${titel} (${entries.length})</h3>
${uitleg && html`<p>${uitleg}</p>`}<ul class="kolommen">${entries.map(
    one =>
      html`<li><a href="#${one.id}">${one.titel}</a> <small>van ${one.verstrekker.naam} naar ${one.ontvangers.naam}${brief(one)}</small></li>
`,
  )}</ul>
`
}

/** Of a closed exchange: since what, or until when. */
function brief({ open, redenen, wijzigt }: RegisterEntry): string {
  if (open) return ''
  if (wijzigt) return `: open vanaf ${day(wijzigt.op)}`
  const why = [...new Set(redenen.map(({ code }) => reasonWords[code] ?? code))]
  return `: ${why.join(', ')}`
}

const reasonWords: Readonly<Record<string, string>> = {
  GEEN_LEVERINGSAFSPRAAK: 'de afspraak geldt nu niet',
  DPIA_ONTBREEKT_OF_VERLOPEN: 'de privacytoets ontbreekt of is te oud',
  GEEN_GRONDSLAG: 'geen wet staat dit toe',
  GRONDSLAG_NIET_IN_WERKING: 'de wet geldt nog niet',
  GRONDSLAG_VERVALLEN: 'de wet is vervallen',
  GRONDSLAG_BUITEN_TOEPASSING: 'de wet mag niet worden toegepast',
  GRONDSLAG_ONBEVESTIGD: 'het staat niet vast dat de wet dit toelaat',
  DOEL_ONVERENIGBAAR: 'het doel past niet bij waarvoor de gegevens zijn verzameld',
}

function byParty(partijen: readonly PartyIndex[], entries: readonly RegisterEntry[]): Html {
  const titles = new Map(entries.map(({ id, titel }) => [id, titel]))
  const links = (what: string, ids: readonly string[]) =>
    ids.length === 0
      ? undefined
      : html`<p>${what}</p><ul>${ids.map(id => html`<li><a href="#${id}">${titles.get(id) ?? id}</a></li>`)}</ul>`
  return html`<nav class="lijst" aria-labelledby="partijen"><h2 id="partijen">Per organisatie</h2>
<p class="kort">Naar: ${partijen.map(({ soort, naam }, at) => html`${at === 0 ? '' : ', '}<a href="#partij-${soort}">${naam}</a>`)}.</p>
<div class="kolommen">
${partijen.map(
  ({ soort, naam, geeft, krijgt }) =>
    html`<section id="partij-${soort}" aria-labelledby="partij-${soort}-titel"><h3 id="partij-${soort}-titel">${naam}</h3>
${links('Geeft:', geeft)}${links('Krijgt:', krijgt)}</section>
`,
)}</div></nav>`
}

function count(exchanges: number): string {
  return exchanges === 1 ? '1 uitwisseling' : `${exchanges} uitwisselingen`
}

function article(one: RegisterEntry): Html {
  const never = one.onverenigbaar !== undefined
  const asked = supplied[one.patroon] === undefined
  return html`<article id="${one.id}" aria-labelledby="${one.id}-titel">
<header><p>${standing(one.open)}</p>
<h2 id="${one.id}-titel">${exchangeLink(one)}</h2></header>
${reasons(one)}
<dl>
${row('Doel', one.doel.omschrijving)}
${one.onverenigbaar ? row('De gegevens zijn verzameld voor', one.onverenigbaar.met) : undefined}
${row(never ? 'Heeft de gegevens' : 'Geeft gegevens', html`${one.verstrekker.naam}${one.verstrekker.oin === undefined ? undefined : html` <code>${one.verstrekker.oin}</code>`}<small>${ground(one.verstrekker.avg)}</small>`)}
${row(never ? 'Zou ze willen krijgen' : 'Krijgt gegevens', html`${one.ontvangers.naam}<small>${ground(one.ontvangers.avg)}</small>`)}
${one.via.length > 0 ? row('Loopt via', one.via.map(via => `${via.naam} (${via.oin})`).join(', ')) : undefined}
${row('Over wie', one.betrokkenen)}
${row('Gevraagd of geleverd op', keys[one.sleutel] ?? one.sleutel)}
${row('Gegevens uit', html`${one.gegevens.titel} <code>${one.gegevens.id}</code>${sourceNote(one)}`)}
${never ? undefined : row(asked ? 'Wie mag vragen' : 'Wie mag aanleveren', hands(one))}
${never ? undefined : row('Voorwaarden', listOf(conditions(one), 'geen andere'))}
${never ? undefined : row(asked ? 'Antwoord' : 'Levering', answer(one))}
${one.leveringsafspraak ? row('Leveringsafspraak', html`${link(one.leveringsafspraak.publicatie, one.leveringsafspraak.kenmerk)}, geldt vanaf ${day(one.leveringsafspraak.datum)}`) : undefined}
${one.signaal ? row(signalName(one), html`geldt ${duration(one.signaal.geldig)}<small>Daarna vervalt het. Er gebeurt niets vanzelf: een mens kijkt ernaar.</small>`) : undefined}
${one.signaal && one.signaal.afloop.length > 0 ? row('Wat ervan kan worden', html`<ul>${one.signaal.afloop.map(({ betekenis, code }) => html`<li>${betekenis} <code>${code}</code></li>`)}</ul>`) : undefined}
${one.goedkeurders.length > 0 ? row('Wie mag goedkeuren', html`${one.goedkeurders.join(', ')}${one.termijn?.goedkeuring === undefined ? undefined : html`<small>Een goedkeuring telt ${duration(one.termijn.goedkeuring)}.</small>`}`) : undefined}
${row('Wat blijft vastgelegd', html`${duration(one.bewaren.log)} in het logboek, zonder de gegevens zelf<small>${one.bewaren.logGrond}</small>`)}
${row('De gegevens zelf', payload(one.bewaren.antwoord))}
${never ? undefined : row('Bij de ontvanger', one.bewaren.ontvanger)}
${never || one.gaatMee.length === 0 ? undefined : row('Gaat altijd mee', html`bij een adres: ${one.gaatMee.map(also)}`)}
${never || one.sleutel !== 'bsn' ? undefined : row('Na overlijden', one.naOverlijden.length > 0 ? `alleen nog: ${one.naOverlijden.map(({ titel }) => titel).join('; ')}` : 'wordt niets meer gegeven')}
${one.verboden.length > 0 ? row('Mag niet voor', one.verboden.join('; ')) : undefined}
${one.dpia ? row('Privacytoets (DPIA)', html`${one.dpia.referentie}, te herzien op ${day(one.dpia.herzienOp)}, opnieuw uiterlijk ${day(one.dpia.uiterlijk)}`) : undefined}
${row(never ? 'Staat hier' : 'Afspraak geldt', one.geldigTot === undefined ? `vanaf ${day(one.geldigVan)}` : `van ${day(one.geldigVan)} tot en met ${day(one.geldigTot)}`)}
${one.wijzigt ? row(one.wijzigt.open ? 'Gaat open' : 'Sluit vanzelf', html`op ${day(one.wijzigt.op)}, als niemand eerder iets wijzigt${one.wijzigt.redenen.map(({ uitleg }) => html`<small>${uitleg}</small>`)}`) : undefined}
</dl>
<h3>${one.onverenigbaar ? 'De wet die dit verbiedt' : 'Wettelijke grondslagen'}</h3>
${table(`Grondslagen van ${one.titel}`, ['Wet', 'Artikel', 'Stand vandaag'], lawOf(one).map(basisRow))}
${special(one)}<h3>${one.onverenigbaar ? 'Gegevens waar het om gaat' : 'Gegevens, het lichtste eerst'}</h3>
${table(`Gegevens van ${one.titel}`, ['Stap', 'Gegevens', 'Voorwaarde'], one.treden.map(rung))}
${kept(one)}<p class="kort">Kenmerk: <code>${one.id}</code>, versie ${one.versie}. Doel: <code>${one.doel.id}</code>, gebied: ${one.doel.functiegebied}.</p>
</article>
`
}

const keys: Readonly<Record<string, string>> = {
  bsn: 'burgerservicenummer',
  kvk: 'nummer van een onderneming (KVK)',
  loonheffingennummer: 'loonheffingennummer van een werkgever',
  adresseerbaarObject: 'een adres of gebouw (BAG), niet een persoon',
  lrk: 'registratienummer van een kinderopvang (LRK)',
}

function sourceNote({ bronAangesloten, rijen, relaties, onverenigbaar }: RegisterEntry): Html {
  const notes = [
    ...(rijen === 'maand' ? ['Alleen bedragen per maand.'] : []),
    ...(relaties ? [`Alleen regels van deze soort: ${relaties.map(spaced).join(', ')}.`] : []),
    ...(onverenigbaar
      ? []
      : bronAangesloten === false
        ? ['Deze bron is hier niet aangesloten: ook een vraag die mag, krijgt nu geen antwoord.']
        : bronAangesloten
          ? ['Deze bron is hier aangesloten.']
          : []),
  ]
  return html`${notes.map(note => html`<small>${note}</small>`)}`
}

function lawOf({ grondslagen, onverenigbaar }: RegisterEntry): readonly RegisteredBasis[] {
  return onverenigbaar?.grondslag ? [onverenigbaar.grondslag] : grondslagen
}

/** Which fields have a basis of their own. */
function special({ bijzonder, treden, titel }: RegisterEntry): Html | undefined {
  if (bijzonder.length === 0) return undefined
  const titles = new Map(treden.flatMap(({ velden }) => velden).map(one => [one.naam, one.titel]))
  return html`<h3>Gegevens die een eigen grondslag vragen</h3>
${table(
  `Eigen grondslagen van ${titel}`,
  ['Gegeven', 'Wet', 'Artikel', 'Stand vandaag'],
  bijzonder.map(
    ({
      veld,
      grondslag,
    }) => html`<tr><th scope="row">${titles.get(veld) ?? veld} <code>${veld}</code></th><td>${regulation(grondslag)}</td><td>${articleCell(grondslag)}</td>
<td>${standingCell(grondslag)}</td></tr>
`,
  ),
)}
`
}

function reasons({ open, redenen, onverenigbaar }: RegisterEntry): Html | undefined {
  if (open) return undefined
  return html`<div class="redenen"><p><strong>${onverenigbaar ? 'Elke vraag wordt geweigerd, ook later' : 'Nu wordt elke vraag geweigerd'}:</strong></p>
<ul>${redenen.map(({ code, uitleg }) => html`<li>${uitleg} <code>${code}</code></li>`)}</ul></div>`
}

const approvals: Readonly<Record<Approval, string>> = {
  A0: 'Geen goedkeuring nodig.',
  A1: 'Met een motivering.',
  A2: 'Met een motivering en de goedkeuring van een tweede persoon.',
  A3: 'Met een motivering en de goedkeuring van de functionaris die de wet noemt.',
  AX: 'Geblokkeerd.',
}

function rung(one: RegisteredRung): Html {
  const more = [
    ...(one.sleutel === 'geen' ? ['Zonder te zeggen over wie.'] : []),
    ...(one.na === undefined
      ? []
      : [
          `Pas na stap ‘${one.na}’${answers(one.vervolgAls)}${one.openVoor === undefined ? '' : `, tot ${duration(one.openVoor)} daarna`}.`,
        ]),
    ...(one.periodeMaanden === undefined
      ? []
      : [
          `Over ten hoogste ${one.periodeMaanden === 1 ? 'één maand' : `${one.periodeMaanden} maanden`}.`,
        ]),
    ...(one.versheid === undefined
      ? []
      : [
          `De laatste dag waarover wordt gevraagd, is hoogstens ${duration(one.versheid)} geleden.`,
        ]),
    ...(one.terug === undefined
      ? []
      : [`De eerste dag waarover wordt gevraagd, is hoogstens ${duration(one.terug)} geleden.`]),
  ]
  return html`<tr><th scope="row">${one.id}</th>
<td><ul>${one.velden.map(field)}</ul></td>
<td><ul><li>${approvals[one.goedkeuring]}</li>${more.map(line => html`<li>${line}</li>`)}</ul></td></tr>
`
}

const regimes = {
  wpg: 'Wet politiegegevens',
  wjsg: 'Wet justitiële en strafvorderlijke gegevens',
  schuldhulp: 'Wet gemeentelijke schuldhulpverlening',
} as const

function field({ naam, titel, label, categorie, regime, uit }: RegisteredField): Html {
  const notes = [
    ...(categorie ? [categoryNames[categorie]] : []),
    ...(regime ? [regimes[regime]] : []),
    ...(uit && uit.length > 0 ? [`Berekend uit: ${uit.join('; ')}`] : []),
  ]
  return html`<li>${titel}${label === undefined ? '' : ` (${label})`} <code>${naam}</code>${notes.map(note => html`<small>${note}</small>`)}</li>`
}

function also({ naam, titel, label, categorie, regime, uit }: RegisteredField): Html {
  const kind = [...(categorie ? [categoryNames[categorie]] : []), regime, label, ...(uit ?? [])]
  return html`${titel} <code>${naam}</code><small>${kind.filter(Boolean).join('; ')}</small>`
}

/** What the source has and does not give here. */
function kept({ nietGegeven, onverenigbaar }: RegisterEntry): Html | undefined {
  if (nietGegeven.length === 0 || onverenigbaar) return undefined
  return html`<h3>Wat de bron ook heeft en niet geeft</h3>
<dl>${nietGegeven.map(({ categorie, aantal, velden }) =>
    row(`${categoryNames[categorie]}: ${aantal}`, velden.join('; ')),
  )}</dl>
`
}

function answers(vervolgAls: RegisteredRung['vervolgAls']): string {
  const wanted = Object.entries(vervolgAls ?? {}).map(
    ([veld, ja]) => `${veld}: ${ja ? 'ja' : 'nee'}`,
  )
  return wanted.length > 0 ? ` met als antwoord ${wanted.join(', ')}, of onbekend` : ''
}

/** Without being asked for each time. */
const supplied: Readonly<Record<string, string>> = {
  signaal: 'zonder vraag, als signaal over één persoon',
  bulk: 'zonder vraag, in een bestand met regels',
  notificatie: 'zonder vraag, als melding van twijfel aan een gegeven',
}

const rhythms = { maand: 'Elke maand.', dag: 'Elke dag.' } as const

function signalName({ patroon }: RegisterEntry): string {
  return patroon === 'notificatie' ? 'De melding' : 'Een signaal'
}

/** In which function, or as a machine. */
function hands({ voorwaarden: { functie, systeemproces } }: RegisterEntry): string {
  return [...functie, ...(systeemproces ? ['een systeem, zonder medewerker'] : [])].join(', ')
}

const selections: Readonly<Record<string, string>> = {
  regulier: 'gewoon gepland werk',
  signaal: 'een signaal',
  aselect: 'het lot',
  risicomodel: 'een risicomodel',
  'knock-out': 'een vaste regel (knock-out)',
}

/** Everything but who may ask and what each step needs, in the order in which it is judged. */
function conditions(one: RegisterEntry): readonly Fragment[] {
  const { voorwaarden: terms, aanleidingen, instrumenten, ontsnapping, grenzen } = one
  const { zaak, periode, peildatum, parameters, motivering, fase, selectiegrond, buitenlands } =
    terms
  const must = (presence: string | undefined, need: string, may: string) =>
    presence === undefined ? [] : [presence === 'verplicht' ? need : may]
  return [
    ...must(zaak, 'In een zaak waar de persoon bij hoort.', 'Een zaak mag worden genoemd.'),
    ...must(periode, 'Over een periode die wordt genoemd.', 'Een periode mag worden genoemd.'),
    ...must(peildatum, 'Op een dag die wordt genoemd.', 'Een dag mag worden genoemd.'),
    ...(parameters ? [`Met een keuze uit een vaste lijst: ${parameters.join(', ')}.`] : []),
    ...must(
      motivering,
      'Met een motivering: waarom is dit nodig, en welk lichter middel was niet genoeg.',
      'Een motivering mag.',
    ),
    ...(fase ? [`Alleen in deze fase van het werk: ${fase.map(spaced).join(', ')}.`] : []),
    ...(terms.aanleiding
      ? [
          html`Alleen met een van deze aanleidingen: ${(aanleidingen.length > 0 ? aanleidingen.map(({ code, betekenis }) => `${betekenis} (${code})`) : terms.aanleiding).join('; ')}.<small>Een tip zonder naam opent nooit alleen wat een tweede persoon moet goedkeuren.</small>`,
        ]
      : []),
    ...(selectiegrond
      ? [
          html`Wie is uitgekozen, is dat door: ${selectiegrond.map(code => selections[code] ?? code).join(', ')}.<small>Een risicomodel of vaste regel mag alleen als <a href="/register/instrumenten">geregistreerd selectie-instrument</a>${instrumenten.length > 0 ? `: ${instrumenten.map(({ id, naam }) => `${naam} (${id})`).join(', ')}` : '; voor dit doel is er geen'}.</small>`,
        ]
      : []),
    ...(buitenlands
      ? [
          `${buitenlands.vereist ? 'Met' : 'Ook met'} een nummer uit een ander land: ${buitenlands.landen.join(', ')}.`,
        ]
      : []),
    ...must(terms.handtekening, 'De vraag is ondertekend.', 'De vraag mag zijn ondertekend.'),
    ...(terms.gescheidenFasen
      ? [
          `Eén medewerker werkt in een zaak nooit in twee van deze fasen: ${terms.gescheidenFasen.map(spaced).join(', ')}.`,
        ]
      : []),
    ...(terms.gescheidenFuncties
      ? [
          `Eén medewerker heeft in een zaak nooit twee van deze functies: ${terms.gescheidenFuncties.map(spaced).join(', ')}.`,
        ]
      : []),
    ...(terms.optOut
      ? ['Wie liet weten dat hij of zij dit niet wil, wordt met rust gelaten.']
      : []),
    ...(ontsnapping
      ? [
          `Bij spoed (${ontsnapping.redenen.map(spaced).join(', ')}) mag één keer worden gevraagd naar iemand die nog niet bij de zaak hoort. Binnen ${duration(ontsnapping.afsluitenBinnen)} wordt dat vastgelegd.`,
        ]
      : []),
    ...(grenzen?.perZaakPerDag === undefined
      ? []
      : [`Per zaak hoogstens ${grenzen.perZaakPerDag} keer per dag.`]),
    ...(grenzen?.perPartijPerUur === undefined
      ? []
      : [
          `Per organisatie hoogstens ${grenzen.perPartijPerUur.toLocaleString('nl-NL')} keer per uur.`,
        ]),
  ]
}

/** At once, as a request with a term, or without being asked. */
function answer({ patroon, termijn, ritme }: RegisterEntry): Fragment {
  const unasked = supplied[patroon]
  if (unasked !== undefined) {
    return ritme === undefined ? unasked : html`${unasked}<small>${rhythms[ritme]}</small>`
  }
  const when = termijn === undefined ? undefined : `binnen ${duration(termijn.antwoord)}`
  if (patroon === 'synchroon') {
    return when === undefined ? 'direct' : `direct, of als verzoek ${when}`
  }
  const reminders = (termijn?.herinneringen ?? []).map(duration)
  return html`later, als verzoek${when === undefined ? '' : `, ${when}`}${reminders.length > 0 ? html`<small>Met een herinnering na ${reminders.join(' en ')}.</small>` : undefined}`
}

function functionArticle(one: RegisteredFunction): Html {
  return html`<article id="${one.id}" aria-labelledby="${one.id}-titel">
<header><h2 id="${one.id}-titel">${one.titel}</h2></header>
<dl>
${row('Doel', one.doel)}
${row('Wie', one.wie)}
${row('Wat', one.wat)}
${row('Grenzen', listOf(one.grenzen, 'geen'))}
</dl>
${
  one.grondslagen.length > 0
    ? html`<h3>Waarop dit rust</h3>
${table(`Grondslagen van ${one.titel}`, ['Wet', 'Artikel', 'Stand vandaag'], one.grondslagen.map(basisRow))}
`
    : undefined
}</article>
`
}
