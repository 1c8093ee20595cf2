import assert from 'node:assert/strict'
import { test } from 'node:test'
import { indexValues } from '../../gateway/audit/find.ts'
import { verifyAnswer } from '../../gateway/audit/judge.ts'
import { newCall } from '../../gateway/call.ts'
import { type Offered, offer } from '../../gateway/offer.ts'
import { Problem } from '../../gateway/problem.ts'
import type { RequestBody } from '../../gateway/terms.ts'
import { leavesOf, transactionOf } from '../support/log.ts'
import { bsn, messageGateway } from '../support/messages.ts'

const oins = {
  waterstad: '00000099000000001000',
  dijkdorp: '00000099000000002000',
  uwv: '00000099000000004000',
  /** Who passes on in the law of these tests (support/requests.ts). */
  ib: '00000099000000012000',
  toeslagen: '00000099000000007000',
  kinderopvang: '00000099000000009000',
  jenv: '00000099000000013000',
  rvig: '00000099000000014000',
} as const
type Name = keyof typeof oins

/** Who each is on its own connection. */
const clients = { waterstad: 'gemeente-waterstad', toeslagen: 'toeslagen' } as const

interface Supply {
  readonly uitwisseling: string
  readonly afzender: Name
  readonly namens?: Name
  readonly ontvanger: keyof typeof clients
  readonly gegevens: Readonly<Record<string, unknown>>
  /** Who hands it over and why, where a machine alone may not (A1). */
  readonly door?: Pick<RequestBody, 'medewerker' | 'motivering'>
  /** Answered besides what was handed over. */
  readonly afgeleid: Readonly<Record<string, unknown>>
  /** What the dataset holds and nobody gets. */
  readonly nooit: Readonly<Record<string, unknown>>
  /** Changes a value so that it is marked, and the mark. */
  readonly vreemd?: readonly [Readonly<Record<string, unknown>>, string, string]
}

const child = '999993653'
const hours: Supply = {
  uitwisseling: 'kinderopvanguren-toeslagen',
  afzender: 'kinderopvang',
  ontvanger: 'toeslagen',
  gegevens: {
    bsnKind: child,
    lrkNummer: '123456789',
    maand: '2026-10',
    urenAfgenomen: 96.5,
    gemiddeldUurtarief: 1123,
    soortOpvang: 'DO',
  },
  afgeleid: { tariefBovenMaximum: false },
  nooit: { gezondheid: 'astma', notities: 'tekst' },
  vreemd: [{ urenAfgenomen: 745 }, 'urenAfgenomen', 'uren-meer-dan-maand'],
}

const supplies: readonly Supply[] = [
  {
    uitwisseling: 'uwv-signaal-nieuwe-inkomsten',
    ...{ afzender: 'ib', namens: 'uwv', ontvanger: 'waterstad' },
    gegevens: { signaalId: 'S-1', datumAanvang: '2026-10-01', naamInhoudingsplichtige: 'Bakker' },
    afgeleid: { nieuweInkomstenverhouding: true },
    nooit: { loonSv: 250_000 },
    vreemd: [{ datumAanvang: '2036-01-01' }, 'datumAanvang', 'dag-in-toekomst'],
  },
  {
    uitwisseling: 'gemeente-dubbele-uitkering',
    ...{ afzender: 'ib', namens: 'dijkdorp', ontvanger: 'waterstad' },
    gegevens: {
      periodeOverlap: { van: '2026-10-01', tot: '2026-10-15' },
      gemeentecode: '0344',
      regeling: 'PW',
    },
    afgeleid: { dubbeleUitkering: true },
    nooit: { nettoBedrag: 140_150 },
    vreemd: [{ regeling: 'WWB' }, 'regeling', 'code-onbekend'],
  },
  {
    uitwisseling: 'detentiesignaal',
    ...{ afzender: 'jenv', ontvanger: 'waterstad' },
    gegevens: { soort: 'ingesloten', datumInsluiting: '2026-10-01' },
    afgeleid: {},
    nooit: { naamInrichting: 'PI', feit: 'iets' },
    vreemd: [{ soort: 'ontslagen' }, 'datumOntslag', 'dag-ontbreekt'],
  },
  {
    uitwisseling: 'onttrekking-tenuitvoerlegging',
    ...{ afzender: 'ib', namens: 'jenv', ontvanger: 'waterstad' },
    door: {
      medewerker: { id: 'm-0042', functie: 'medewerker-tenuitvoerlegging' },
      motivering: { noodzaak: 'onttrekking', lichterMiddel: 'geen', toelichting: 'loopt nog' },
    },
    gegevens: { onttrektZich: true, datumVan: '2026-10-01' },
    afgeleid: {},
    nooit: { parketnummer: '01-123456-26' },
    vreemd: [{ datumVan: '2036-01-01' }, 'datumVan', 'dag-in-toekomst'],
  },
  {
    uitwisseling: 'brp-signaal-kostendelers',
    ...{ afzender: 'ib', namens: 'rvig', ontvanger: 'waterstad' },
    gegevens: { aantalWas: 2, aantalWordt: 3, datumWijziging: '2026-10-01' },
    afgeleid: { samenstellingGewijzigd: true },
    nooit: { naamMedebewoner: 'iemand' },
    vreemd: [{ aantalWordt: 2 }, 'aantalWordt', 'aantal-gelijk'],
  },
  hours,
  {
    uitwisseling: 'doelgroep-kinderopvangtoeslag',
    ...{ afzender: 'ib', namens: 'waterstad', ontvanger: 'toeslagen' },
    gegevens: { volgdeVoorziening: true, periode: { van: '2026-01-01', tot: null } },
    afgeleid: {},
    nooit: { soortTraject: 'werkstage' },
  },
]

/** One gateway for all of these. */
test('every agreed supply reaches its receiver, and nothing else of its source does', async t => {
  const gateway = await messageGateway(t)
  const { rooms, owner, keysDir } = gateway
  const { vkey } = rooms.audit.head('gewoon')
  let regel = 0

  async function hand(
    { uitwisseling, afzender, namens, ontvanger, door, gegevens, afgeleid }: Supply,
    change: Readonly<Record<string, unknown>> = {},
  ): Promise<Offered> {
    const party = rooms.policies.current().partijen.get(oins[afzender])
    assert.ok(party)
    const whole = { ...gegevens, ...change }
    regel += 1
    return await offer(
      {
        call: newCall(rooms.clock()),
        sender: { party },
        uitwisseling,
        body: {
          betrokkene: { soort: 'bsn', waarde: bsn },
          gegevens: whole,
          velden: [...Object.keys(whole), ...Object.keys(afgeleid)],
          ...(door ?? { systeemproces: 'levering' }),
          ontvanger: oins[ontvanger],
          ...(namens && { namens: oins[namens] }),
        },
        line: {
          ...{ levering: '01990000-0000-7000-8000-000000000002', regel },
          lichaam: 'y'.repeat(43),
        },
      },
      rooms,
    )
  }
  async function content({ ontvanger }: Supply, { transactie }: Offered) {
    const answer = await gateway.ask(clients[ontvanger], {
      path: `/v1/berichten/${transactie}/inhoud`,
    })
    assert.equal(answer.status, 200, answer.text)
    assert.equal(verifyAnswer(Buffer.from(answer.text), vkey).soort, 'antwoord')
    return { answer, body: JSON.parse(answer.text) }
  }

  for (const supply of supplies) {
    await t.test(`${supply.uitwisseling}: what was agreed and what follows from it`, async () => {
      const offered = await hand(supply)
      assert.equal(offered.uitkomst, 'aanvaard', JSON.stringify(offered.decision.redenen))
      assert.deepEqual(offered.verslag, {})
      const { body } = await content(supply, offered)
      assert.deepEqual(body.antwoord, [{ ...supply.gegevens, ...supply.afgeleid }])
      assert.equal(body.aandachtspunten, undefined)
      const used = body.gebruiksbeperkingen.join(' ')
      assert.match(used, /zonder dat een medewerker ernaar heeft gekeken/)
      const arrangement = rooms.policies.current().uitwisselingen.get(supply.uitwisseling)
      if (arrangement?.patroon === 'signaal') assert.match(used, /is een signaal, geen besluit/)
      const others = (body.bewijs.overige ?? []).length
      assert.equal(others, supply === hours ? 1 : 0)
    })
    for (const [name, value] of Object.entries(supply.nooit)) {
      await t.test(`${supply.uitwisseling}: ${name} refuses its line`, async () => {
        const { uitkomst, decision } = await hand(supply, { [name]: value })
        assert.equal(uitkomst, 'geweigerd')
        assert.ok(decision.redenen.every(({ code }) => code === 'VELD_NIET_TOEGESTAAN'))
      })
    }
    if (supply.door) {
      const { motivering: _, ...silent } = supply.door
      for (const [door, code] of [
        [silent, 'PROPORTIONALITEIT_ONTBREEKT'],
        [undefined, 'FUNCTIE_NIET_BEVOEGD'],
      ] as const) {
        await t.test(`${supply.uitwisseling}: ${code} when nobody says why`, async () => {
          const { door: _, ...machine } = supply
          const { uitkomst, decision } = await hand({ ...machine, ...(door && { door }) })
          assert.equal(uitkomst, 'geweigerd')
          assert.ok(decision.redenen.some(reason => reason.code === code))
        })
      }
    }
    const { vreemd } = supply
    if (vreemd === undefined) continue
    const [change, veld, code] = vreemd
    await t.test(
      `${supply.uitwisseling}: ${code} is marked, told, and given as it came`,
      async () => {
        const offered = await hand(supply, change)
        const marks = [{ veld, code }]
        assert.deepEqual(
          [offered.uitkomst, offered.verslag],
          ['aanvaard', { aandachtspunten: marks }],
        )
        const { body } = await content(supply, offered)
        assert.deepEqual(body.aandachtspunten, marks)
        for (const [name, value] of Object.entries(change)) {
          assert.deepEqual(body.antwoord[0][name], value)
        }
      },
    )
  }

  await t.test(
    'a value of another type is a fault of its line, named without the value',
    async () => {
      await assert.rejects(hand(hours, { urenAfgenomen: 'veel' }), (error: unknown) => {
        assert.ok(error instanceof Problem)
        assert.deepEqual(error.members.fouten, [
          { pointer: '/gegevens/urenAfgenomen', melding: 'moet van het type number zijn' },
        ])
        return true
      })
    },
  )

  await t.test(
    'a child is found by its own number: handed over, and each time it is given',
    async () => {
      const offered = await hand(hours)
      const first = await content(hours, offered)
      const second = await content(hours, offered)
      const values = indexValues(rooms.audit.keys, { log: 'gewoon', keysDir }, [
        'betrokkene',
        ['bsn', child],
      ])
      const found = await owner.query<{ transactie: string; soort: string }>(
        `SELECT l.transactie, l.soort FROM audit.persoon p
       JOIN audit.leaf l ON l.log = p.log AND l.idx = p.idx WHERE p.hmac = ANY($1) ORDER BY l.idx`,
        [values],
      )
      const of = (transactie: string) =>
        found.filter(one => one.transactie === transactie).map(({ soort }) => soort)
      assert.deepEqual(of(offered.transactie), ['aanvaarding'])
      for (const { answer, body } of [first, second]) {
        const transactie = transactionOf(answer)
        assert.deepEqual(of(transactie), ['beslissing', 'verstrekking'])
        const leaves = await leavesOf(owner, transactie)
        assert.deepEqual(
          leaves.map(({ soort, betrokkeneVeld, aantal }) => [soort, betrokkeneVeld, aantal]),
          [
            ['beslissing', undefined, undefined],
            ['verstrekking', undefined, 2],
            ['verstrekking', 'bsnKind', 1],
          ],
        )
        const { bewijs, ...rest } = body
        const { overige: _, ...less } = bewijs
        const without = Buffer.from(JSON.stringify({ ...rest, bewijs: less }))
        assert.throws(() => verifyAnswer(without, vkey), /niet iedereen/)
      }
      const again = await gateway.ask('toeslagen', {
        path: `/v1/bewijzen/${transactionOf(first.answer)}`,
      })
      assert.equal(JSON.parse(again.text).verstrekkingen.length, 2, again.text)
      assert.equal(verifyAnswer(Buffer.from(again.text), vkey).soort, 'bewijzen')
    },
  )
})
