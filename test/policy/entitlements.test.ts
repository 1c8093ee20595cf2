import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../gateway/policy/decide.ts'
import { entitlements } from '../../gateway/policy/entitlements.ts'
import type { Arrangement, PolicySet } from '../../gateway/policy/law.ts'
import { addDays, legalDate, midnight } from '../../gateway/policy/legal-time.ts'
import { readTexts } from '../../gateway/policy/load.ts'
import { visibleTo } from '../../gateway/policy/visible.ts'
import type { Decision, Party, Question, Reason } from '../../gateway/terms.ts'
import { dice } from '../../soak/random.ts'
import { type DrawnLaw, deckOf, drawLaw } from './drawn.ts'
import { readBook } from './independent.ts'
import { deltaTies, known, noon, nothingOpen, oins, shipped, variant } from './law.ts'
import { supplyEdits } from './supply-law.ts'

const seed = Number(process.env.SLUIS_TEST_SEED ?? Date.now() % 1_000_000)
const motivering = { noodzaak: 'a', lichterMiddel: 'b' }
const anyFunction = ['inkomensconsulent', 'onderzoeker', 'consulent-dienstverlening', 'x']

/** Everything this arrangement wants to hear, and nothing else. */
function answers(
  { voorwaarden, sleutel, parameters }: Arrangement,
  now: number,
): Partial<Question> {
  const { periode, peildatum, fase, aanleiding, buitenlands } = voorwaarden
  const today = legalDate(now)
  const [soort] = aanleiding ?? []
  return {
    sleutel,
    ...(periode && { periode: { van: today, totEnMet: today } }),
    ...(peildatum && { peildatum: today }),
    ...(parameters.size > 0 && {
      parameters: Object.fromEntries(
        [...parameters].map(([name, codes]) => [name, [...codes].at(-1) ?? '']),
      ),
    }),
    ...(fase?.[0] && { fase: fase[0] }),
    ...(soort && { aanleiding: { soort, betrouwbaarheid: 'bevestigd' } }),
    ...(voorwaarden.handtekening && { handtekening: true }),
    ...(buitenlands?.landen[0] && { buitenlands: buitenlands.landen[0] }),
  }
}

/** Every (exchange, principal, field, function) that guessing finds allowed, with each rung open in turn. */
function probed(party: Party, law: PolicySet, now: number): string[] {
  const found = new Set<string>()
  for (const arrangement of law.uitwisselingen.values()) {
    // To it the gateway says of this exchange that it does not exist, before anything is decided.
    if (!visibleTo(arrangement, party)) continue
    if (systematic.includes(arrangement.patroon)) {
      for (const one of probedSupply(party, arrangement, law, now)) found.add(one)
      continue
    }
    const set = law.gegevenssets.get(arrangement.gegevensset)
    const fields = Object.keys({ ...set?.velden, ...set?.afgeleid, ...set?.perMaand })
    const good = answers(arrangement, now)
    const treden = arrangement.treden.map(({ id }) => id)
    const choices = waysToChoose(arrangement, law)
    const goedkeuringen = (arrangement.goedkeurders ?? []).map(functie => ({
      functie,
      tot: now + 1,
    }))
    const approved = { ...nothingOpen, goedkeuringen }
    for (const namens of [undefined, ...law.partijen.keys()]) {
      let wrongParties = true
      const hands = new Set([...arrangement.functies, undefined, ...anyFunction])
      for (const [tried, functie] of [...hands].entries()) {
        // Two hands were told that the parties are wrong: no third will change that.
        if (wrongParties && tried === 2) break
        // No field alone is allowed where none of the first of each rung is: the parties are wrong.
        const firsts = arrangement.treden.flatMap(({ velden }) => velden.slice(0, 1))
        const others = fields.filter(veld => !firsts.includes(veld))
        let hopeless = true
        for (const veld of [...firsts, ...others]) {
          if (hopeless && wrongParties && others.includes(veld)) break
          const vraag: Draft = {
            uitwisseling: arrangement.id,
            ontvanger: party.oin,
            velden: [veld],
            zaak: true,
            systeemproces: functie === undefined,
            ...(functie !== undefined && { functie }),
            motivering,
            asynchroon: true,
            ...good,
            ...(namens !== undefined && { namens }),
            ...asDelivery(party, arrangement, veld, law),
          }
          for (const absent of ['sleutel', 'asynchroon'] as const) {
            if (isAboutNobody(arrangement, veld)) delete vraag[absent]
          }
          const feiten = { ...approved, ...unfined, treden }
          const outcomes = choices.map(choice => decide({ ...vraag, ...choice }, feiten, law, now))
          const allowed = outcomes.some(isAllowed)
          if (!outcomes.every(({ redenen }) => redenen.some(isOfParties))) wrongParties = false
          if (allowed) hopeless = false
          if (allowed) found.add([arrangement.id, namens, veld, functie ?? 'een machine'].join(' '))
        }
      }
    }
  }
  return [...found].sort()
}

function isAllowed({ uitkomst }: Decision): boolean {
  return uitkomst === 'toegestaan'
}

function isOfParties({ code }: Reason): boolean {
  return ['ONTVANGER_NIET_BEVOEGD', 'MANDAAT_ONTBREEKT', 'MANDAAT_VERLOPEN'].includes(code)
}

/** Every ground, with every instrument there is and without. */
function waysToChoose(
  { voorwaarden: { selectiegrond } }: Arrangement,
  { instrumenten }: PolicySet,
): readonly Pick<Question, 'selectiegrond' | 'selectieInstrument'>[] {
  if (!selectiegrond) return [{}]
  return selectiegrond.flatMap(ground => [
    { selectiegrond: ground },
    ...[...instrumenten.keys()].map(id => ({ selectiegrond: ground, selectieInstrument: id })),
  ])
}

const systematic = ['signaal', 'bulk', 'notificatie']

/**
 * Which places it can take beside whom, and for which fields in which hands: guessed over all
 * parties with everything in hand, then over all fields and hands with the parties that were right.
 */
function probedSupply(
  party: Party,
  arrangement: Arrangement,
  law: PolicySet,
  now: number,
): readonly string[] {
  const { id, patroon, treden, vorm } = arrangement
  const set = law.gegevenssets.get(arrangement.gegevensset)
  const hands = [...new Set([...arrangement.functies, undefined, ...anyFunction])]
  const choices = waysToChoose(arrangement, law)
  const decided = (
    seat: Pick<Question, 'ontvanger' | 'indiener' | 'namens'>,
    velden: readonly string[],
    hand: string | undefined,
  ) => {
    const rung = treden.find(one => velden.every(veld => one.velden.includes(veld)))
    const fields = rung?.velden ?? []
    const isAddress = (veld: string) => (set?.afgeleid[veld] ?? set?.velden[veld])?.type === 'adres'
    // An address is handed over with its mark, or not at all.
    const mark = set?.geheim !== undefined && fields.some(isAddress) ? [set.geheim] : []
    const made = [...fields.flatMap(veld => set?.afgeleid[veld]?.uit ?? [veld]), ...mark]
    const { sleutel, ...good } = answers(arrangement, now)
    const vraag: Question = {
      ...{ uitwisseling: id, velden, zaak: true, motivering, ...seat, ...good },
      ...(rung?.sleutel !== 'geen' && sleutel && { sleutel }),
      systeemproces: hand === undefined,
      ...(hand !== undefined && { functie: hand }),
      ...(patroon === 'notificatie' ? { stap: 'terugmelding' } : { levering: true }),
      ...(vorm === 'levering' && { gegevens: made }),
    }
    const feiten = {
      ...{ ...nothingOpen, treden: treden.map(one => one.id), eerder: true },
      weging: { voldoet: true, boete: false },
      goedkeuringen: (arrangement.goedkeurders ?? []).map(functie => ({ functie, tot: now + 1 })),
    }
    return choices.map(choice => decide({ ...vraag, ...choice }, feiten, law, now))
  }
  /** Two questions were told that the parties are wrong: no other will be told something else. */
  const isRight = (seat: Pick<Question, 'ontvanger' | 'indiener' | 'namens'>) => {
    let wrong = 0
    for (const veld of treden.flatMap(({ velden }) => velden)) {
      for (const hand of hands) {
        const decisions = decided(seat, [veld], hand)
        if (decisions.some(isAllowed)) return true
        if (decisions.every(({ redenen }) => redenen.some(isOfParties))) wrong += 1
        if (wrong === 2) return false
      }
    }
    return false
  }
  const found: string[] = []
  const ways = patroon === 'notificatie' ? 'terugmelden' : 'aanleveren'
  const givers = likely(arrangement.verstrekker, law)
  const sends = [undefined, ...givers].flatMap(namens =>
    likely(arrangement.ontvangers, law).map(ontvanger => ({
      ...{ indiener: party.oin, ontvanger },
      ...(namens && { namens }),
    })),
  )
  const gets = givers.map(indiener => ({ indiener, ontvanger: party.oin }))
  for (const [wijze, seats] of [[ways, sends] as const, ['ontvangen', gets] as const]) {
    const right = seats.filter(isRight)
    const [first] = right
    if (first === undefined) continue
    const told = (oin: string) => !law.partijen.get(oin)?.vertrouwelijk || arrangement.vertrouwelijk
    const { soort } = wijze === 'ontvangen' ? arrangement.verstrekker : arrangement.ontvangers
    for (const seat of soort?.startsWith('eerdere-') ? [] : right) {
      const { namens = '', indiener, ontvanger } = { namens: undefined, ...seat }
      const other = wijze === 'ontvangen' ? indiener : ontvanger
      if (told(other) && told(namens)) found.push([wijze, id, 'met', namens, other].join(' '))
    }
    for (const veld of Object.keys({ ...set?.velden, ...set?.afgeleid, ...set?.perMaand })) {
      for (const hand of hands.filter(one => decided(first, [veld], one).some(isAllowed))) {
        found.push(
          [wijze, id, veld, wijze === 'ontvangen' ? '' : (hand ?? 'een machine')].join(' '),
        )
      }
    }
  }
  return found
}

const die = dice(seed)

/** All who are named or of the kind, and three of the others: every pair of all parties takes a minute. */
function likely(
  { oin, soort = '' }: { readonly oin?: string; readonly soort?: string },
  { partijen }: PolicySet,
): readonly string[] {
  const all = [...partijen.values()]
  const some = all.filter(
    one => one.oin === oin || one.soort === soort || soort.startsWith('eerdere-'),
  )
  return [...new Set([...some, die.pick(all), die.pick(all), die.pick(all)])].map(one => one.oin)
}

type Draft = { -readonly [K in keyof Question]: Question[K] }

const unfined = { weging: { voldoet: true, boete: false } }

/** The provider asks, with everything in hand that belongs to the rung of this field. */
function asDelivery(
  party: Party,
  { vorm, levertAan, gegevensset, treden }: Arrangement,
  veld: string,
  law: PolicySet,
): Partial<Question> {
  if (vorm !== 'levering') return {}
  const rung = treden.find(({ velden }) => velden.includes(veld))
  const set = law.gegevenssets.get(gegevensset)
  const made = rung?.velden.flatMap(one => set?.afgeleid[one]?.uit ?? [one])
  return { indiener: party.oin, ontvanger: levertAan ?? '', gegevens: made ?? [] }
}

function isAboutNobody({ treden }: Arrangement, veld: string): boolean {
  return treden.some(({ velden, sleutel }) => velden.includes(veld) && sleutel === 'geen')
}

function listed(party: Party, law: PolicySet, now: number): string[] {
  const told = entitlements(party, law, now).bevoegdheden.flatMap(one => {
    const { wijze, uitwisseling: id, patroon, namens, voor = [], aan = [], van = [] } = one
    const hands = (rung: (typeof one.treden)[number]) => [
      ...rung.functies,
      ...(rung.systeemproces ? ['een machine'] : []),
    ]
    const each = (text: (veld: string, hand: string) => string, none: readonly string[] = []) =>
      one.treden.flatMap(rung =>
        [...hands(rung), ...none].flatMap(hand => rung.velden.map(veld => text(veld, hand))),
      )
    if (!systematic.includes(patroon)) {
      return each((veld, hand) => [id, namens?.oin, veld, hand].join(' '))
    }
    const providers = voor.length > 0 ? voor.map(({ oin }) => oin) : ['']
    const pairs = providers.flatMap(oin =>
      [...aan, ...van].filter(other => other.oin !== oin).map(other => [oin, other.oin].join(' ')),
    )
    return [
      ...pairs.map(pair => [wijze, id, 'met', pair].join(' ')),
      ...each((veld, hand) => [wijze, id, veld, hand].join(' '), wijze === 'ontvangen' ? [''] : []),
    ]
  })
  return [...new Set(told)].sort()
}

const mandates = await variant({
  'partijen/demo.yaml': [
    [deltaTies, ''],
    [
      'soort: servicecentrum, status: actief }',
      `soort: servicecentrum, status: actief, vertegenwoordigt: [{ oin: '${oins.dijkdorp}', soort: mandaat, besluit: b, taken: [bijstand-recht-en-hoogte], geldigVan: 2026-01-01, geldigTot: 2026-10-25 }, { oin: '${oins.waterstad}', soort: delegatie, besluit: c, taken: [bijstand-recht-en-hoogte], geldigVan: 2026-11-01 }] }`,
    ],
  ],
})

for (const [name, law, moments] of [
  [
    'the shipped law',
    shipped,
    ['2025-12-31', '2026-01-01', '2026-09-15', '2027-01-01', '2027-12-01', '2027-12-02'],
  ],
  ['a law with mandate and delegatie', mandates, ['2026-10-25', '2026-10-26', '2026-11-01']],
] as const) {
  test(`under ${name} every party is told exactly what probing finds, on every date`, () => {
    for (const date of moments) {
      const now = midnight(date)
      for (const party of law.partijen.values()) {
        assert.deepEqual(listed(party, law, now), probed(party, law, now), `${party.naam} ${date}`)
      }
    }
  })
}

test(`under any law, at any moment, a party is told exactly what probing finds (SLUIS_TEST_SEED=${seed})`, async t => {
  let told = 0
  for (let n = 0; n < 6; n += 1) {
    const die = dice(seed + n)
    const use = ({ texts, book }: DrawnLaw) => {
      const { law } = readTexts(texts, 'test', new Map(known))
      const parties = [...law.partijen.values()]
      const { moments } = deckOf(book)
      for (const now of [noon, die.pick(moments)]) {
        const ties = parties.filter(({ vertegenwoordigt }) => vertegenwoordigt.length > 0)
        for (const party of new Set([die.pick(parties), parties[0], ...ties])) {
          assert.ok(party)
          const found = probed(party, law, now)
          assert.deepEqual(listed(party, law, now), found, `seed ${seed + n}, ${party.oin} ${now}`)
          told += found.length
        }
      }
    }
    const { files } = shipped
    use(n === 0 ? { texts: files, book: readBook(files) } : drawLaw(files, die))
  }
  t.diagnostic(`${told} bevoegdheden`)
  assert.ok(told > 0)
})

test('an entitlement ends where asking ends: the day before is its last', () => {
  for (const [oin, law, last] of [
    [oins.waterstad, shipped, '2027-12-01'],
    [oins.delta, mandates, '2026-10-25'],
  ] as const) {
    const party = law.partijen.get(oin) as Party
    const asks = (now: number) =>
      entitlements(party, law, now).bevoegdheden.filter(({ wijze }) => wijze === 'vragen')
    assert.equal(asks(noon)[0]?.totEnMet, last)
    const listedAt = (date: string) => asks(midnight(date)).length
    assert.ok(listedAt(last) > 0)
    assert.equal(listedAt(addDays(last, 1)), 0)
  }
})

test('a municipality sees what the law still closes, and why; another party sees nothing of it', () => {
  const own = entitlements(shipped.partijen.get(oins.waterstad) as Party, shipped, noon)
  const closed = new Map(own.gesloten.map(one => [one.uitwisseling, one.redenen[0]?.code]))
  for (const [id, code] of [
    ['lu-inkomsten-bijstand', 'GRONDSLAG_ONBEVESTIGD'],
    ['proactieve-dienstverlening', 'GRONDSLAG_NIET_IN_WERKING'],
    ['wmo-handhaving', 'DOEL_ONVERENIGBAAR'],
  ] as const) {
    assert.equal(closed.get(id), code)
  }
  for (const [id, code] of closed) assert.match(code ?? '', /^(GRONDSLAG|DOEL)_/, id)
  for (const oin of [oins.ib, oins.fiod]) {
    const other = entitlements(shipped.partijen.get(oin) as Party, shipped, noon)
    const asked = other.bevoegdheden.filter(({ wijze }) => wijze === 'vragen')
    assert.deepEqual([asked, other.gesloten], [[], []])
  }
})

test('who hands in is told for whom and to whom, and who receives of whom, never of or to itself', async () => {
  const law = await variant(supplyEdits())
  const told = (oin: string) =>
    entitlements(law.partijen.get(oin) as Party, law, noon)
      .bevoegdheden.filter(({ uitwisseling }) => uitwisseling.startsWith('proef-'))
      .map(({ wijze, uitwisseling, voor, aan, van }) => {
        const names = [voor, aan, van].map(some => some?.map(one => one.naam).join('+') ?? '-')
        return [wijze, uitwisseling, ...names].join(' ')
      })
  const towns = 'Gemeente Waterstad+Gemeente Dijkdorp'
  assert.deepEqual(told(oins.waterstad), [
    'aanleveren proef-signaal - Gemeente Dijkdorp -',
    'ontvangen proef-signaal - - Gemeente Dijkdorp',
    'terugmelden proef-twijfel - UWV -',
  ])
  assert.deepEqual(told(oins.ib), [
    'aanleveren proef-bulk Kinderopvang De Sluis Dienst Toeslagen -',
    `aanleveren proef-signaal ${towns} ${towns} -`,
    `terugmelden proef-twijfel ${towns} UWV -`,
  ])
  assert.deepEqual(told(oins.uwv), [`ontvangen proef-twijfel - - ${towns}`])
  assert.deepEqual(told(oins.svb), [])
  const own = ({ uitwisseling }: { uitwisseling: string }) => uitwisseling.startsWith('proef-')
  const at = (now: number) => entitlements(law.partijen.get(oins.ib) as Party, law, now)
  const [first] = at(noon).bevoegdheden.filter(own)
  assert.deepEqual(first?.leveringsafspraak?.kenmerk, 'LA-2026-1')
  assert.deepEqual([first?.treden[0]?.functies, first?.treden[0]?.systeemproces], [[], true])
  const before = at(midnight('2026-02-28'))
  assert.deepEqual(before.bevoegdheden.filter(own), [])
  const [closed] = before.gesloten.filter(own)
  assert.match(closed?.redenen[0]?.uitleg ?? '', /LA-2026-1 geldt pas vanaf 1-3-2026/)
})
