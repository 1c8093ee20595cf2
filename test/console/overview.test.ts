// Are the numbers of the overview those of the log, of this organisation alone, and does it say what is normal?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coming } from '../../gateway/console/coming.ts'
import { countDays } from '../../gateway/console/days.ts'
import { choosePeriod, counts, usual } from '../../gateway/console/overview.ts'
import { overviewPages } from '../../gateway/console/overview-page.ts'
import type { Desk, Page, Visit } from '../../gateway/console/page.ts'
import { partyPages, verdict } from '../../gateway/console/party-page.ts'
import type { PolicySet } from '../../gateway/policy/law.ts'
import { midnight } from '../../gateway/policy/legal-time.ts'
import { until } from '../support/log.ts'
import { country } from './country.ts'
import { officerOf, visitOf } from './desk.ts'

const waterstad = '00000099000000001000'
const dijkdorp = '00000099000000002000'
const uwv = '00000099000000004000'
const fiod = '00000099000000008000'

const [overview] = overviewPages
const [party] = partyPages

async function body(page: Page | undefined, visit: Visit, desk: Desk): Promise<string> {
  const view = await page?.show?.(visit, desk)
  assert.equal(view?.kind, 'page')
  return view?.kind === 'page' ? view.body.text : ''
}

test('the numbers of a generated country', async t => {
  const { desk, store, law, acts } = await country(t)

  await t.test(
    'what is counted per day is what stands in the log, of one organisation, also after more came and ends came late',
    async () => {
      await desk.catchUp()
      const read = async (oin: string) =>
        (
          await counts(store.query, {
            logs: ['gewoon'],
            oin,
            van: '2026-01-01',
            totEnMet: '2026-12-31',
            per: 'month',
          })
        ).reduce((sum, { aantal }) => sum + aantal, 0)
      const truth = async (oin: string) =>
        (
          await store.query<{ aantal: number }>(
            `SELECT sum(coalesce((tekst::jsonb ->> 'aantal')::bigint, 1))::bigint AS aantal FROM audit.leaf
           WHERE log = 'gewoon' AND soort IN ('beslissing', 'aanvaarding', 'afwijzing')
             AND $1 IN (verstrekker, ontvanger, namens)`,
            [oin],
          )
        )[0]?.aantal
      const mine = await read(waterstad)
      assert.ok(mine > 20)
      assert.equal(mine, await truth(waterstad))
      assert.equal(await read(uwv), await truth(uwv))
      assert.notEqual(await read(uwv), mine)

      const undelivered = async () =>
        (
          await store.query<{ aantal: number | null }>(
            `SELECT sum(aantal)::bigint AS aantal FROM console.dagtelling WHERE uitkomst = 'niet-afgeleverd'`,
          )
        )[0]?.aantal ?? 0
      const before = await undelivered()
      const open = `SELECT transactie FROM console.transactie
      WHERE log = 'gewoon' AND uitkomst = 'verstrekt' AND ontvanger = $1 ORDER BY idx LIMIT 1`
      const [row] = await store.query<{ transactie: string }>(open, [waterstad])
      await store.query(
        `UPDATE console.transactie SET uitkomst = 'niet-afgeleverd', eind_idx = (SELECT idx FROM console.stand WHERE log = 'gewoon')
       WHERE transactie = $1`,
        [row?.transactie],
      )
      await store.query(`UPDATE console.stand SET idx = idx + 1 WHERE log = 'gewoon'`)
      // Two processes at the same moment: the second waits, and then there is nothing left for it.
      const second = await store.transaction(async query => {
        await countDays(query)
        const waiting = { done: countDays(store.query) }
        await until('the second process waits', async () => {
          const locked = `SELECT 1 FROM pg_stat_activity
            WHERE wait_event_type = 'Lock' AND datname = current_database()`
          return (await store.query(locked)).length > 0
        })
        return waiting
      })
      await second.done
      assert.equal(await read(waterstad), mine)
      assert.equal(await undelivered(), before + 1)
    },
  )

  await t.test(
    'an officer sees the numbers of the own organisation; who runs the machine sees no party and no count',
    async () => {
      const query = new URLSearchParams({ periode: '12-maanden' })
      const officer = await body(
        overview,
        visitOf(officerOf(waterstad, 'privacy-officer'), { query }),
        desk,
      )
      assert.match(officer, /Gemeente|UWV/)
      assert.match(officer, /<svg/)
      assert.match(officer, /href="\/partijen\/00000099000000004000"/)
      assert.match(officer, /Nog te toetsen/)
      assert.doesNotMatch(officer, /FIOD|Dijkdorp/)
      const machine = await body(
        overview,
        visitOf(officerOf('00000099000000010000', 'beheerder'), { query }),
        desk,
      )
      assert.match(machine, /Logboek/)
      assert.match(machine, /laatste checkpoint/)
      assert.doesNotMatch(machine, /<svg|partijen|UWV|Gevraagd/)
    },
  )

  await t.test(
    'a party in a month is told beside its own past and its kind, and the look is recorded',
    async () => {
      const visit = (oin: string, ...rollen: Visit['officer']['rollen']) =>
        visitOf(officerOf(uwv, 'privacy-officer', ...rollen), { params: { oin } })
      const text = await body(party, visit(waterstad), desk)
      assert.match(text, /Gemeente Waterstad vroeg in oktober 2026 \d+ keer iets/)
      assert.match(text, /te weinig om te zeggen wat voor deze partij gewoon is|de mediaan/)
      assert.match(text, /andere partijen van dezelfde soort was het in deze maand meestal rond/)
      assert.deepEqual(acts.at(-1)?.handeling, {
        wat: 'partij',
        partij: waterstad,
        maand: '2026-10',
      })
      const before = acts.length
      for (const oin of [fiod, '00000099000000000001', '<script>']) {
        const view = await party?.show?.(visit(oin), desk)
        assert.equal(view?.kind === 'page' && view.status, 404)
        assert.doesNotMatch(view?.kind === 'page' ? view.body.text : '', /FIOD|script/)
      }
      assert.equal(acts.length, before)
      await body(party, visit(fiod, 'vertrouwelijk'), desk)
      assert.equal(acts.at(-1)?.log, 'vertrouwelijk')
    },
  )

  await t.test(
    'what begins, ends or must be looked at within ninety days is listed with what it shuts, for whom it touches',
    async () => {
      const arrangement = law.uitwisselingen.get('uwv-inkomsten-bijstand')
      assert.ok(arrangement)
      const ending: PolicySet = {
        ...law,
        uitwisselingen: new Map([
          [
            arrangement.id,
            {
              ...arrangement,
              geldigTot: '2026-12-31',
              dpia: { referentie: 'D-1', herzienOp: '2026-12-01', uiterlijk: '2027-06-01' },
            },
          ],
        ]),
      }
      const now = midnight('2026-11-22')
      const told = (oin: string) =>
        coming(ending, oin, now).map(({ datum, wat }) => `${datum} ${wat}`)
      for (const oin of [waterstad, dijkdorp, uwv]) {
        assert.ok(
          told(oin).some(text => /2026-12-01 De DPIA D-1/.test(text)),
          oin,
        )
        assert.ok(
          told(oin).some(text => /2026-12-31 De uitwisseling .* eindigt/.test(text)),
          oin,
        )
        assert.ok(!told(oin).some(text => /verloopt/.test(text)))
      }
      assert.ok(!told('00000099000000009000').some(text => /uitwisseling/.test(text)))
      assert.deepEqual(
        coming(ending, waterstad, midnight('2027-01-02')).filter(
          ({ wat }) => /eindigt\.$/.test(wat) && /uitwisseling/.test(wat),
        ),
        [],
      )
    },
  )

  await t.test(
    'amounts that end are told to whom an answer computes with them, and nobody else',
    () => {
      const amounts = (oin: string) =>
        coming(law, oin, midnight('2026-11-22')).filter(({ wat }) => /bedragen/.test(wat))
      const told = amounts('00000099000000007000').map(({ wat }) => wat)
      assert.ok(told.some(wat => /eindigen: Maximum uurtarief .*dagopvang/.test(wat)))
      assert.ok(!told.some(wat => /minimumloon|Giften|bankgarantie/.test(wat)))
      assert.deepEqual(amounts('00000099000000010000'), [])
    },
  )
})

test('normal is said of three months or others at least, and more than all of them is a reason to look', () => {
  assert.equal(usual([1, 2]), undefined)
  assert.deepEqual(usual([9, 1, 4, 2]), { laagste: 1, midden: 3, hoogste: 9, aantal: 4 })
  const months = (...counts: number[]) =>
    counts.map((aantal, at) => ({ maand: `2026-0${at + 1}-01`, aantal }))
  const said = (...counts: number[]) => {
    const verloop = months(...counts)
    const found = {
      maand: verloop.at(-1)?.maand ?? '',
      rol: 'vrager',
      rows: [],
      verloop,
      eigen: usual(counts.slice(0, -1)),
      anderen: [],
      soort: undefined,
    } as const
    return verdict('Een partij', found, '2026-11-22').join(' ')
  }
  assert.match(said(10, 20, 30, 31), /als laagste 10 en als hoogste 30\. Dit is meer dan in elk/)
  assert.match(said(10, 20, 30, 30), /valt daarbinnen/)
  assert.match(said(10, 20, 30, 9), /minder dan in elk/)
  assert.match(said(10, 20, 3_000), /te weinig/)
  assert.doesNotMatch(said(1, 1, 1, 900), /verdacht|fraude|misbruik/)
})

test('a period is a choice or two days that exist; anything else is thirty days and a word about it', () => {
  const chosen = (text: string) => choosePeriod(new URLSearchParams(text), '2026-11-22')
  assert.deepEqual(chosen('periode=7-dagen'), {
    keuze: '7-dagen',
    van: '2026-11-16',
    totEnMet: '2026-11-22',
    per: 'day',
  })
  assert.deepEqual(chosen('periode=12-maanden').van, '2025-12-01')
  assert.equal(chosen('periode=eigen&van=2026-01-01&tot=2026-10-01').per, 'month')
  for (const wrong of [
    'van=2026-02-30&tot=2026-03-01',
    'van=2026-03-02&tot=2026-03-01',
    'van=0001-01-01&tot=2026-01-01',
  ]) {
    assert.ok(chosen(`periode=eigen&${wrong}`).fout, wrong)
  }
})
