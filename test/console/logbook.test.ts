// Does the Logboek page tell whether the log can be trusted, and who looked in it, to whom may know?
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { makeSecretKeyText, readSecretKey, signNote } from '../../gateway/audit/checkpoint.ts'
import { readSigner } from '../../gateway/audit/keys.ts'
import { newCall } from '../../gateway/call.ts'
import { looksOf, verifySteps } from '../../gateway/console/logbook.ts'
import { logbookPages } from '../../gateway/console/logbook-page.ts'
import type { Desk, Officer, View, Visit } from '../../gateway/console/page.ts'
import { legalDate } from '../../gateway/policy/legal-time.ts'
import { openStore } from '../../gateway/store.ts'
import { reject } from '../../soak/mutations.ts'
import { asOwner } from '../support/database.ts'
import { heldGateway } from '../support/held.ts'
import { leavesOf, transactionOf } from '../support/log.ts'
import { deskOf, joined, officerOf, visitOf } from './desk.ts'

const waterstad = '00000099000000001000'
const uwv = '00000099000000004000'
const toeslagen = '00000099000000007000'
const fiod = '00000099000000008000'
const operator = '00000099000000010000'
const officer = officerOf(waterstad, 'privacy-officer')

function page(path: string) {
  const found = logbookPages.find(one => one.path === path)
  assert.ok(found, path)
  return found
}

type Fields = Readonly<Record<string, string | File>>

function formOf(fields: Fields): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  return form
}

async function textOf(view: View): Promise<string> {
  assert.ok(view.kind === 'page')
  let text = view.body.text
  for await (const part of view.rest ?? []) text += part.text
  return text
}

test('the Logboek page, over a log of real calls', async t => {
  const gateway = await heldGateway(t, 'postgres')
  const { house } = gateway.serving
  const { store, rooms } = house
  const { audit } = rooms
  const desk = deskOf(house, join(gateway.dataDir, 'keys'))
  const first = transactionOf(await gateway.query('gemeente-waterstad'))
  await reject(audit, 2_600)
  await using owner = await openStore(asOwner(gateway.place))

  const show = (path: string, by: Officer, changes: Partial<Visit> = {}, on: Desk = desk) =>
    page(path).show?.(visitOf(by, changes), on) ?? assert.fail(path)
  const act = (
    path: string,
    by: Officer,
    fields: Fields,
    changes: Partial<Visit> = {},
    on = desk,
  ) => page(path).act?.(visitOf(by, { form: formOf(fields), ...changes }), on) ?? assert.fail(path)
  const recorded = async ({ call }: { call: Visit['call'] }) =>
    (await leavesOf(store, call.transactie)).map(({ log, handeling, ontvanger, rol }) => ({
      log,
      handeling,
      ontvanger,
      rol,
    }))

  await t.test(
    'it shows where the log stands, and of the second log only to who may see it',
    async () => {
      const { vkey, origin, size } = desk.head('gewoon')
      const hidden = desk.head('vertrouwelijk')
      const text = await textOf(await show('/logboek', officer))
      for (const told of [vkey, origin, size.toLocaleString('nl-NL')])
        assert.ok(text.includes(told), told)
      for (const secret of [hidden.vkey, hidden.origin]) assert.ok(!text.includes(secret))
      const trusted = officerOf(toeslagen, 'privacy-officer', 'vertrouwelijk')
      assert.ok((await textOf(await show('/logboek', trusted))).includes(hidden.vkey))
      const params = { log: 'vertrouwelijk' }
      const view = await show('/logboek/checkpoint/:log', officer, { params })
      assert.ok(view.kind === 'page' && view.status === 404)
      const note = await show('/logboek/checkpoint/:log', officer, { params: { log: 'gewoon' } })
      assert.ok(note.kind === 'download')
      assert.equal(await joined(note.body), desk.head('gewoon').note)
    },
  )

  await t.test(
    'who runs the machine sees the state, and neither who looked nor what can be taken along',
    async () => {
      const beheerder = officerOf(operator, 'beheerder')
      const text = await textOf(await show('/logboek', beheerder))
      assert.match(text, /Controleer het hele logboek/)
      assert.doesNotMatch(text, /Wie keek er|uitvoer/)
      for (const path of ['/logboek/blikken', '/logboek/uitvoer']) {
        assert.deepEqual(page(path).roles, ['privacy-officer', 'fg', 'beveiligingsfunctionaris'])
      }
      for (const { roles } of logbookPages) assert.ok(!roles.includes('teamleider'))
    },
  )

  await t.test(
    'the whole log is verified while the page tells how far it is, and that is recorded first',
    async () => {
      const call = newCall(Date.now())
      const view = await act('/logboek/controle', officer, { log: 'gewoon' }, { call })
      assert.deepEqual(await recorded({ call }), [
        {
          log: 'gewoon',
          handeling: { wat: 'controle', logboek: 'gewoon' },
          ontvanger: waterstad,
          rol: 'privacy-officer',
        },
      ])
      const text = await textOf(view)
      assert.match(text, /250 van 2\.\d{3} regels gecontroleerd/)
      assert.match(text, /Geldig\. Alle 2\.\d{3} regels zijn nog precies wat is ondertekend/)
      assert.ok(
        (text.match(/regels gecontroleerd/g) ?? []).length <= 4,
        'not a line for every page',
      )
    },
  )

  await t.test(
    'others get their turn while it runs, a second one is told to wait, and leaving ends it',
    async () => {
      let turns = 0
      let running = true
      const others = (async () => {
        for (; running; turns += 1) await turn()
      })()
      const steps: string[] = []
      for await (const step of verifySteps(desk, 'gewoon', new AbortController().signal)) {
        steps.push(step.soort)
        if (step.soort !== 'voortgang' || steps.includes('bezet')) continue
        for await (const second of verifySteps(desk, 'gewoon', new AbortController().signal)) {
          steps.push(second.soort)
        }
      }
      running = false
      await others
      assert.ok(turns >= 10, `${turns} turns`)
      assert.equal(steps.filter(one => one === 'bezet').length, 1)
      assert.equal(steps.at(-1), 'oordeel')

      const leaving = new AbortController()
      const left = verifySteps(desk, 'gewoon', leaving.signal)
      await left.next()
      leaving.abort()
      await assert.rejects(
        async () => {
          for await (const _ of left);
        },
        { name: 'AbortError' },
      )
      const gone = verifySteps(desk, 'gewoon', new AbortController().signal)
      await gone.next()
      await gone.next()
      await gone.return(undefined)
      const again = verifySteps(desk, 'gewoon', new AbortController().signal)
      assert.equal((await again.next()).value?.soort, 'begin', 'nothing is left running')
      await again.return(undefined)
    },
  )

  await t.test('what somebody changed in the database is told, with its place', async () => {
    const change = (text: string) =>
      owner.query(`UPDATE audit.leaf SET tekst = $1 WHERE log = 'gewoon' AND idx = 7`, [text])
    const [leaf] = await owner.query<{ tekst: string }>(
      `SELECT tekst FROM audit.leaf WHERE log = 'gewoon' AND idx = 7`,
    )
    assert.ok(leaf)
    await change(leaf.tekst.replace('geweigerd', 'verstrekt'))
    const text = await textOf(await act('/logboek/controle', officer, {}))
    await change(leaf.tekst)
    assert.match(text, /Niet geldig<\/strong>, bij regel 7: de logregel en zijn hash verschillen/)
    assert.doesNotMatch(text, /Alle/)
  })

  await t.test('a checkpoint that somebody kept is compared, in words', async () => {
    const older = desk.head('gewoon')
    await reject(audit, 3)
    const now = desk.head('gewoon')
    const { origin, size } = now
    const key = readSecretKey(makeSecretKeyText(origin))
    const root = Buffer.alloc(32, 1).toString('base64')
    // Only who holds our key can make these; the test does.
    const own = readSigner(join(gateway.dataDir, 'keys'), older.log)
    const hidden = desk.head('vertrouwelijk')
    const cases: readonly [note: string, told: RegExp, outcome: string][] = [
      [now.note, /Gelijk\. /, 'gelijk'],
      [older.note, /Ouder, en het klopt\. De eerste 2\.\d{3} van/, 'ouder'],
      [signNote(`${origin}\n${size + 5}\n${root}\n`, own), /Nieuwer dan dit logboek/, 'nieuwer'],
      [signNote(`${origin}\n${size - 4}\n${root}\n`, own), /Een ander verleden/, 'ander-verleden'],
      [signNote(`${origin}\n${size}\n${root}\n`, own), /Een ander verleden/, 'ander-verleden'],
      [signNote(`${origin}\n0\n${root}\n`, own), /leeg logboek/, 'leeg'],
      [signNote(`${origin}\n3\n${root}\n`, key), /Een vreemde sleutel/, 'vreemde-sleutel'],
      [hidden.note, /ander logboek dan u hier kunt zien/, 'ander-log'],
      [
        older.note.replace(`\n${older.size}\n`, `\n${older.size + 1}\n`),
        /handtekening klopt niet/,
        'vervalst',
      ],
      ['zomaar iets', /Dit is geen checkpoint/, 'geen-checkpoint'],
    ]
    for (const [note, told, uitkomst] of cases) {
      const call = newCall(Date.now())
      const pasted = { checkpoint: note.replaceAll('\n', '\r\n').trimEnd() }
      const text = await textOf(await act('/logboek/vergelijking', officer, pasted, { call }))
      assert.match(text, told, uitkomst)
      const [leaf] = await recorded({ call })
      assert.equal(leaf?.handeling?.uitkomst, uitkomst)
    }
    const bestand = new File([older.note], 'checkpoint.txt')
    assert.match(
      await textOf(await act('/logboek/vergelijking', officer, { bestand })),
      /Ouder, en/,
    )
    const trusted = officerOf(toeslagen, 'privacy-officer', 'vertrouwelijk')
    const compared = await act('/logboek/vergelijking', trusted, { checkpoint: hidden.note })
    assert.match(await textOf(compared), /Gelijk/)
    const call = newCall(Date.now())
    const none = await act('/logboek/vergelijking', officer, { checkpoint: ' \n' }, { call })
    assert.ok(none.kind === 'page' && none.status === 400)
    assert.deepEqual(await recorded({ call }), [], 'nothing was looked at')
  })

  await t.test(
    'what an officer of a confidential party does stands in the second log alone',
    async () => {
      const call = newCall(Date.now())
      await act(
        '/logboek/controle',
        officerOf(fiod, 'fg', 'vertrouwelijk'),
        { log: 'gewoon' },
        { call },
      )
      assert.deepEqual(
        (await recorded({ call })).map(({ log }) => log),
        ['vertrouwelijk'],
      )
    },
  )

  await t.test(
    'who looked is listed for the same organisation, by name, and that is recorded too',
    async () => {
      await gateway.ask('uwv', { path: `/v1/bewijzen/${first}` })
      await gateway.ask('gemeente-waterstad', { path: `/v1/bewijzen/${first}` })
      const fg = officerOf(waterstad, 'fg')
      const call = newCall(Date.now())
      const text = await textOf(await show('/logboek/blikken', fg, { call }))
      assert.match(text, new RegExp(`${officer.id}, Gemeente Waterstad`))
      assert.match(text, new RegExp(`${fg.id}, Gemeente Waterstad`), 'also this look itself')
      assert.match(text, /Systeem van een organisatie/)
      assert.match(text, /Controleerde het hele logboek/)
      assert.equal((text.match(/Vroeg een bewijs opnieuw op/g) ?? []).length, 2)
      assert.deepEqual((await recorded({ call }))[0]?.handeling, { wat: 'blikken' })

      const nameless = { oin: waterstad, names: ['gewoon'] as const, withNames: false }
      const { looks } = await looksOf(desk, nameless, {}, { limit: 5 })
      assert.ok(looks.length === 5 && looks.every(look => look.medewerker === undefined))

      const elsewhere = officerOf(uwv, 'privacy-officer')
      const theirs = await textOf(await show('/logboek/blikken', elsewhere))
      assert.ok(!theirs.includes(officer.id))
      assert.equal(
        (theirs.match(/Vroeg een bewijs opnieuw op/g) ?? []).length,
        2,
        'of its own disclosure',
      )
      const stranger = await textOf(await show('/logboek/blikken', officerOf(toeslagen, 'fg')))
      assert.ok(!stranger.includes('Vroeg een bewijs'))
      const trusted = officerOf(toeslagen, 'fg', 'vertrouwelijk')
      const both = await textOf(await show('/logboek/blikken', trusted))
      assert.match(both, /Vergeleek met een bewaard checkpoint/)
      assert.doesNotMatch(stranger, /Vergeleek met een bewaard checkpoint/)
    },
  )

  await t.test('the list of looks is filtered and paged', async () => {
    const list = async (query: string) =>
      await textOf(await show('/logboek/blikken', officer, { query: new URLSearchParams(query) }))
    assert.doesNotMatch(await list('rol=partij'), /Controleerde/)
    assert.doesNotMatch(await list('rol=privacy-officer'), /Vroeg een bewijs/)
    assert.match(await list('totEnMet=2020-01-01'), /keek niemand/)
    assert.match(
      await list('van=gisteren&rol=keizer'),
      /Vroeg een bewijs/,
      'what is no filter is none',
    )
    for (let n = 0; n < 50; n += 1) await act('/logboek/vergelijking', officer, { checkpoint: 'x' })
    const newest = await list('rol=privacy-officer')
    const [, older = ''] = /href="([^"]*)">Volgende/.exec(newest) ?? []
    const rest = await list(older.replaceAll('&amp;', '&').split('?')[1] ?? '')
    const moments = (text: string) =>
      [...text.matchAll(/datetime="([^"]+)"/g)].map(([, at]) => at ?? '')
    assert.equal(moments(newest).length, 50)
    assert.ok((moments(rest)[0] ?? '') <= (moments(newest).at(-1) ?? ''))
    assert.match(rest, /Controleerde het hele logboek/)
  })

  await t.test('a file is taken along from the page, and what cannot be is told', async () => {
    const today = legalDate(Date.now())
    for (const [soort, type] of [
      ['bundel', 'application/json; charset=utf-8'],
      ['ldv', 'application/x-ndjson; charset=utf-8'],
      ['adl', 'application/x-ndjson; charset=utf-8'],
    ] as const) {
      const view = await act('/logboek/uitvoer', officer, {
        soort,
        van: '2020-01-01',
        totEnMet: '2099-01-01',
      })
      assert.ok(view.kind === 'download', soort)
      assert.equal(view.type, type)
      assert.ok(view.name.endsWith(soort === 'bundel' ? `${today}.json` : `${today}.ndjson`))
      assert.ok((await joined(view.body)).length > 100)
    }
    const wrong: readonly [Fields, RegExp][] = [
      [{}, /Kies wat u wilt meenemen/],
      [{ soort: 'ldv', van: 'gisteren' }, /Vanaf is geen datum/],
      [{ soort: 'ldv', van: '2026-02-01', totEnMet: '2026-01-01' }, /Vanaf ligt na tot en met/],
      [
        { soort: 'ldv', uitwisseling: 'aanmelding-toeslagendelict-fiod' },
        /Kies een uitwisseling uit de lijst/,
      ],
    ]
    for (const [fields, told] of wrong) {
      const call = newCall(Date.now())
      const view = await act('/logboek/uitvoer', officer, fields, { call })
      assert.ok(view.kind === 'page' && view.status === 400)
      assert.match(await textOf(view), told)
      assert.deepEqual(await recorded({ call }), [])
    }
    const nothing = await act('/logboek/uitvoer', officer, {
      soort: 'bundel',
      totEnMet: '2020-01-01',
    })
    assert.match(await textOf(nothing), /niets om mee te nemen/)
    // Somebody without the role asks for the second log: taken for the first.
    const hidden = await act('/logboek/uitvoer', officer, { soort: 'adl', log: 'vertrouwelijk' })
    assert.ok(hidden.kind === 'download' && hidden.name.includes('gewoon'))
  })
})
