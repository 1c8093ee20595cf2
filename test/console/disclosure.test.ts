// Does one disclosure read as a story, is each look at it a record, and does its proof fail when a row was changed?
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { partyHolder } from '../../certs/names.ts'
import { newCall } from '../../gateway/call.ts'
import { verifyBundle } from '../../gateway/console/judge-bundle.ts'
import type { View } from '../../gateway/console/page.ts'
import { pages } from '../../gateway/console/pages.ts'
import { findSubjects } from '../../gateway/console/search.ts'
import { resume } from '../../gateway/resume.ts'
import { openStore } from '../../gateway/store.ts'
import { path as requests, question as slowQuestion } from '../support/approval.ts'
import { asOwner } from '../support/database.ts'
import { goodBody } from '../support/gateway.ts'
import { heldGateway } from '../support/held.ts'
import { lastIndex, leavesAfter, leavesOf, transactionOf } from '../support/log.ts'
import { deskOf, joined, officerOf, visitOf } from './desk.ts'

const bsn = '999990019'
const page = pages.find(({ path }) => path === '/verstrekkingen/:transactie')
const officer = officerOf(partyHolder('gemeente-waterstad').oin, 'privacy-officer')

function textOf(view: View): string {
  assert.ok(view.kind === 'page', view.kind)
  return `${view.title} ${view.body.text}`
}

test('a disclosure, a refusal, a rejection, a source that fails and a request that takes time each read as a story', async t => {
  let drifts = false
  const gateway = await heldGateway(t, 'postgres', {
    bend: answer =>
      drifts ? { ...answer, rijen: [{ ...answer.rijen[0], onbekendVeld: 1 }] } : answer,
  })
  const { house } = gateway.serving
  const desk = deskOf(house, join(gateway.dataDir, 'keys'))
  assert.ok(page?.show && page.act)
  const { show, act } = page
  const get = (transactie: string, who = officer) =>
    show(visitOf(who, { params: { transactie } }), desk)
  const post = (transactie: string, values: Readonly<Record<string, string>>, who = officer) => {
    const form = new FormData()
    for (const [name, value] of Object.entries(values)) form.set(name, value)
    return act(visitOf(who, { params: { transactie }, form }), desk)
  }
  const looks = async (since: number) =>
    (await leavesAfter(house.store, since)).filter(({ soort }) => soort === 'raadpleging')

  const own = {
    zaak: 'zaak-geheim-1',
    medewerker: { id: 'u-geheim-1', functie: 'inkomensconsulent' },
  }
  const given = transactionOf(await gateway.query('gemeente-waterstad', own))
  const refused = transactionOf(
    await gateway.query('gemeente-waterstad', { ...own, velden: ['nationaliteit'] }),
  )
  drifts = true
  const failed = transactionOf(await gateway.query('gemeente-waterstad', own))
  drifts = false
  const rejected = transactionOf(
    await gateway.ask('gemeente-waterstad', {
      path: '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek',
      body: '{',
    }),
  )
  const accepted = await gateway.ask('gemeente-waterstad', {
    path: requests,
    body: slowQuestion('zaak-geheim-2', ['heeftInkomstenInPeriode']),
  })
  assert.equal(accepted.status, 202, accepted.text)
  const slow: string = JSON.parse(accepted.text).verzoek

  await t.test(
    'what was given, on which law as it stood that day, judged how; no person, case or employee',
    async () => {
      const text = textOf(await get(given))
      for (const expected of [
        /Gemeente Waterstad vroeg aan UWV/,
        /inkomensconsulent/,
        /•••••• 019/,
        /Participatiewet, artikel 64, eerste lid, onder b/,
        /In werking/,
        /Alle \d+ voorwaarden/,
        /Gegeven/,
        /milliseconde/,
        /id: uwv-inkomsten-bijstand/,
        /Bewijs controleren/,
        new RegExp(house.rooms.policies.current().digest),
      ]) {
        assert.match(text, expected)
      }
      for (const hidden of [bsn, 'zaak-geheim-1', 'u-geheim-1']) assert.ok(!text.includes(hidden))
      assert.ok(!text.includes('Niet voldaan'))
    },
  )

  await t.test('what did not leave, and why', async () => {
    const no = textOf(await get(refused))
    assert.match(no, /Dat is geweigerd. Er is niets verstrekt/)
    assert.match(no, /mag bij deze uitwisseling niet worden gevraagd/)
    assert.match(no, /VELD_NIET_TOEGESTAAN/)
    assert.match(no, /<th[^>]*>Velden<\/th>\s*<td[^>]*>[\s\S]*?Niet voldaan/)
    assert.match(textOf(await get(failed)), /de bron gaf geen bruikbaar antwoord/)
    assert.match(textOf(await get(rejected)), /geweigerd, nog vóór een beslissing/)
    assert.match(textOf(await get(slow)), /aangenomen als verzoek/)
  })

  await t.test(
    'a request that took time: every step of it on one line of time, found by its person, and what came of it',
    async () => {
      const path = '/v1/uitwisselingen/uwv-inkomsten-bijstand/verzoeken'
      const person = { soort: 'bsn' as const, waarde: '999993653' }
      const asked = await gateway.ask('gemeente-waterstad', {
        path,
        body: { ...goodBody(), betrokkene: person },
      })
      const place = String(asked.headers.location)
      const verzoek: string = JSON.parse(asked.text).verzoek
      const waits = textOf(await get(verzoek))
      assert.match(waits, /Niet gegeven/)
      await resume(verzoek, house.rooms, new AbortController().signal)
      assert.equal(
        (await gateway.ask('gemeente-waterstad', { path: `${place}/antwoord` })).status,
        200,
      )
      const confirm = { path: `${place}/ontvangstbevestiging`, method: 'POST' }
      assert.equal((await gateway.ask('gemeente-waterstad', confirm)).status, 200)
      const text = textOf(await get(verzoek))
      const steps = [
        'Verzoek aangenomen',
        'Beslissing',
        'Verstrekking',
        'Antwoord opgehaald',
        'Ontvangst bevestigd',
      ]
      const table = text.slice(text.indexOf('Alle stappen van dit verzoek'))
      assert.deepEqual(
        steps.map(step => table.indexOf(`>${step}`)).toSorted((a, b) => a - b),
        steps.map(step => table.indexOf(`>${step}`)),
        'in order of time',
      )
      assert.ok(steps.every(step => table.includes(`>${step}`)))
      assert.ok(!text.includes('Niet gegeven'))
      const found: string[] = []
      for await (const row of findSubjects(desk, officer, { betrokkene: person })) {
        if (row.transactie === verzoek || row.verzoek === verzoek) found.push(row.transactie)
      }
      const shown = new Set(
        Array.from(table.matchAll(/verstrekkingen\/([0-9a-f-]{36})"><time/g), ([, id]) =>
          String(id),
        ),
      )
      assert.deepEqual(found.toSorted(), [...shown, verzoek].toSorted())
      const [step] = shown
      assert.match(textOf(await get(step ?? '')), new RegExp(`${verzoek}">Bekijk het hele verzoek`))
      assert.match(
        textOf(await get(verzoek, officerOf(partyHolder('uwv').oin, 'fg'))),
        /Alle stappen/,
      )
    },
  )

  await t.test('what officers decided about it stands above the story', async () => {
    const door = { oin: officer.oin, rol: 'privacy-officer', id: officer.id }
    const over = refused
    await desk.record(newCall(Date.now()), {
      ...{ soort: 'uitstel', log: 'gewoon', door, over, uitkomst: 'uitgesteld' },
      handeling: { grond: 'd', herzienOp: '2027-02-01' },
    })
    await desk.record(newCall(Date.now()), {
      ...{ soort: 'toetsing', log: 'gewoon', door, over, uitkomst: 'rechtmatig' },
    })
    const text = textOf(await get(refused))
    assert.match(text, /uitgesteld op .* te bekijken op 1 februari 2027/)
    assert.match(text, /Deze verstrekking is getoetst. Rechtmatig/)
    assert.doesNotMatch(textOf(await get(given)), /uitgesteld op|is getoetst/)
    const other = textOf(await get(refused, officerOf(partyHolder('uwv').oin, 'fg')))
    assert.doesNotMatch(other, /is getoetst/, 'a review is of the own organisation')
  })

  await t.test(
    'A17: opening a story is a look, recorded before it is shown, and later lookers see it',
    async () => {
      const before = await lastIndex(house.store)
      await get(given)
      const [look, ...others] = await looks(before)
      assert.ok(look)
      assert.equal(others.length, 0)
      assert.deepEqual([look.over, look.uitkomst, look.rol], [given, 'ingezien', 'privacy-officer'])
      assert.match(
        textOf(await get(given)),
        /Eerdere blikken[\s\S]*Privacy officer[\s\S]*Verstrekking: ingezien/,
      )
      const deaf = { ...desk, record: () => Promise.reject(new Error('log-onbereikbaar')) }
      for (const doing of [show, act]) {
        await assert.rejects(
          doing(visitOf(officer, { params: { transactie: given } }), deaf),
          /log-onbereikbaar/,
        )
      }
    },
  )

  await t.test(
    "C4: another organisation's transaction, one that is not there and no id: the same 404 for every act, recorded",
    async () => {
      const dijkdorp = officerOf(partyHolder('gemeente-dijkdorp').oin, 'privacy-officer')
      const seen = new Set<string>()
      for (const id of [given, slow, '01a2033d-b06c-7c84-a505-95bafbd011f2', bsn]) {
        for (const doe of [undefined, 'toon', 'bewijs', 'bundel', 'constructor']) {
          const before = await lastIndex(house.store)
          const view = doe
            ? await post(id, { doe, lid: 'betrokkene', reden: 'klacht' }, dijkdorp)
            : await get(id, dijkdorp)
          assert.ok(view.kind === 'page' && view.status === 404)
          seen.add(textOf(view))
          const [look] = await looks(before)
          assert.equal(look?.uitkomst, 'niet-gevonden')
          assert.equal(look?.over, id === bsn ? undefined : id)
          assert.ok(!JSON.stringify(look).includes(bsn))
        }
      }
      assert.equal(seen.size, 1)
      assert.ok(!page.roles.includes('beheerder'))
    },
  )

  await t.test(
    'the number is shown for a reason, on that page only, and who opened it is found back with the person',
    async () => {
      const before = await lastIndex(house.store)
      for (const values of [
        { lid: 'betrokkene' },
        { lid: 'betrokkene', reden: 'nieuwsgierig' },
        { lid: 'betrokkene', reden: 'anders' },
        { lid: 'alles', reden: 'klacht' },
      ]) {
        const view = await post(given, { doe: 'toon', ...values })
        assert.ok(view.kind === 'page' && view.status === 400)
        assert.ok(!textOf(view).includes(bsn))
      }
      assert.ok((await looks(before)).every(({ uitkomst }) => uitkomst === 'ingezien'))
      for (const [lid, value] of [
        ['betrokkene', bsn],
        ['zaak', 'zaak-geheim-1'],
        ['medewerker', 'u-geheim-1'],
      ] as const) {
        const from = await lastIndex(house.store)
        const view = await post(given, { doe: 'toon', lid, reden: 'anders', toelichting: 'om bsn' })
        assert.ok(textOf(view).includes(value), lid)
        assert.ok(!textOf(await get(given)).includes(value))
        const [look] = await looks(from)
        assert.equal(look?.uitkomst, 'geopend')
        assert.deepEqual(look?.handeling, { wat: 'verzegeld', lid, reden: 'anders' })
        assert.ok(look?.motivering)
        assert.equal(look?.betrokkene !== undefined, lid === 'betrokkene')
        assert.ok(!JSON.stringify(look).includes(value))
      }
      const found: string[] = []
      const person = { betrokkene: { soort: 'bsn' as const, waarde: bsn } }
      for await (const row of findSubjects(desk, officer, person)) found.push(row.transactie)
      assert.ok(found.includes(given))
    },
  )

  await t.test('the bundle of one transaction is one that verifies offline', async () => {
    const view = await post(given, { doe: 'bundel' })
    assert.ok(view.kind === 'download')
    assert.ok(!view.name.includes(given.slice(0, 8)))
    const text = await joined(view.body)
    const judged = verifyBundle(Buffer.from(text), [house.rooms.audit.head('gewoon').vkey])
    assert.equal(judged.regels, 2)
  })

  await t.test(
    'the proof is checked step by step; a row that was changed, with or without its hash, a search column or the checkpoint: it fails',
    async () => {
      const before = await lastIndex(house.store)
      const good = textOf(await post(given, { doe: 'bewijs' }))
      assert.match(good, /Het bewijs klopt:/)
      assert.ok(!good.includes('Klopt niet'))
      assert.match(good, /Wat hiermee niet is gecontroleerd/)
      const [look] = await looks(before)
      assert.deepEqual(look?.handeling, { wat: 'bewijs', klopt: true })
      await using owner = await openStore(asOwner(gateway.place))
      const [leaf] = await leavesOf(house.store, given)
      assert.ok(leaf)
      const place = [leaf.log, leaf.idx]
      const changed = `replace(tekst, '"uitkomst":"toegestaan"', '"uitkomst":"verstrekt"')`
      // The proof of its neighbour goes through its hash.
      const tampers: readonly (readonly [sql: string, wrong: number])[] = [
        [`SET tekst = ${changed}`, 3],
        [
          `SET tekst = ${changed}, hash = sha256(('\\x00'::bytea || convert_to(${changed}, 'UTF8')))`,
          3,
        ],
        [`SET uitkomst = 'verstrekt'`, 1],
      ]
      const keep = await owner.query(
        'SELECT tekst, hash, uitkomst FROM audit.leaf WHERE log = $1 AND idx = $2',
        place,
      )
      const { tekst, hash, uitkomst } = keep[0] ?? {}
      for (const [sql, wrong] of tampers) {
        await owner.query(`UPDATE audit.leaf ${sql} WHERE log = $1 AND idx = $2`, place)
        const text = textOf(await post(given, { doe: 'bewijs' }))
        assert.match(text, /Het bewijs klopt niet/)
        assert.equal(text.match(/Klopt niet</g)?.length, wrong, sql)
        await owner.query(
          'UPDATE audit.leaf SET tekst = $3, hash = $4, uitkomst = $5 WHERE log = $1 AND idx = $2',
          [...place, tekst, hash, uitkomst],
        )
      }
      assert.match(textOf(await post(given, { doe: 'bewijs' })), /Het bewijs klopt:/)
      await owner.query(
        `UPDATE audit.checkpoint SET note = replace(note, E'\\n\\n', E'x\\n\\n') WHERE log = $1`,
        [leaf.log],
      )
      // Nothing more can be recorded on such a head, so the check itself is asked.
      const { checkProof } = await import('../../gateway/console/proof-check.ts')
      const steps = await checkProof(house.store.query, leaf.log, leaf.idx)
      assert.deepEqual(
        steps.map(({ klopt }) => klopt),
        [true, true, false, false],
      )
    },
  )
})
