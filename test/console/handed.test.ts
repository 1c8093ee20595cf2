// Does an officer see what is handed over: a file as one thing, each line as one story, nobody's number, and others' nothing?
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { completeMonths } from '../../demo/start.ts'
import { adlRecords } from '../../gateway/console/adl.ts'
import { countTouched, extentNow, weigh } from '../../gateway/console/breach.ts'
import { makeBundle } from '../../gateway/console/bundle.ts'
import { verifyBundle } from '../../gateway/console/judge-bundle.ts'
import { ldvRecords } from '../../gateway/console/ldv.ts'
import { searchOwn } from '../../gateway/console/own-search.ts'
import type { View } from '../../gateway/console/page.ts'
import { pages } from '../../gateway/console/pages.ts'
import { readTransactions } from '../../gateway/console/selection.ts'
import { findSubject } from '../../gateway/console/subject.ts'
import { csvOverview, jsonOverview } from '../../gateway/console/subject-files.ts'
import { makeOverview } from '../../gateway/console/subject-overview.ts'
import { heldGateway } from '../support/held.ts'
import { lastIndex, leavesAfter } from '../support/log.ts'
import { deskOf, joined, officerOf, visitOf } from './desk.ts'
import { dijkdorp, handing, placeOf, uwv, waterstad } from './handed.ts'

const bsn = '999990019'

function textOf(view: View): string {
  assert.ok(view.kind === 'page', view.kind)
  return `${view.title} ${view.body.text}`
}

test('a file is one page and one row of a search; a line is one story from its acceptance to what its receiver said', async t => {
  const gateway = await heldGateway(t, 'postgres', { law: 'shipped' })
  const { house } = gateway.serving
  const { query } = house.store
  const desk = deskOf(house, join(gateway.dataDir, 'keys'))
  const give = handing(placeOf(house))
  const levering = await give.file({ ontvanger: '0'.repeat(20) })
  const place = (regel: number) => ({ levering, regel })
  const line = await give.offer({
    ...{ bsn, regel: place(1), ontvanger: waterstad },
    verslag: { aandachtspunten: [{ veld: 'loonSv', code: 'ongewoon-hoog' }] },
  })
  const refused = await give.offer({
    ...{ bsn: '999993653', regel: place(2), ontvanger: waterstad },
    redenen: ['NOODREM'],
    verslag: { redenen: [{ code: 'NOODREM', uitleg: 'x' }] },
  })
  const unread = await give.unreadable(place(3))
  const others = await give.offer({ bsn: '999992168', regel: place(4), ontvanger: dijkdorp })
  const about = { bsn, regel: place(1), ontvanger: waterstad }
  // Read between the steps: a step finds its message although that was copied before.
  await desk.catchUp()
  const picked = await give.pickUp(line, about)
  await give.step(line, 'ontvangst', 'ontvangen', { stand: 2 })
  await desk.catchUp()
  await give.step(line, 'beoordeling', 'signaal', { stand: 3 })
  await give.step(line, 'beoordeling', 'beoordeeld', { stand: 4, afloop: 'geen-reden' })
  const doubted = { velden: ['loonSv'], regel: undefined }
  const correction = await give.offer({ ...about, ...doubted, stap: 'correctie' })
  const doubt = await give.offer({ ...about, ...doubted, stap: 'terugmelding' })

  const page = (path: string) => {
    const found = pages.find(one => one.path === path)
    assert.ok(found?.show, path)
    return found.show
  }
  const officer = officerOf(waterstad, 'privacy-officer')
  const file = (who = officer, asked = '') =>
    page('/leveringen/:levering')(
      visitOf(who, { params: { levering }, query: new URLSearchParams(asked) }),
      desk,
    )
  const story = async (transactie: string, who = officer) =>
    textOf(
      await page('/verstrekkingen/:transactie')(visitOf(who, { params: { transactie } }), desk),
    )
  const search = async (asked: string, who = officer) =>
    textOf(await page('/zoeken')(visitOf(who, { query: new URLSearchParams(asked) }), desk))

  await t.test(
    'a receiver sees its own lines of a file; who brought it sees them all',
    async () => {
      const before = await lastIndex(house.store)
      const own = textOf(await file())
      assert.match(own, /Uw organisatie hoort bij de regels hieronder/)
      assert.match(own, /<dt>Regels<\/dt><dd>2<\/dd>/)
      assert.match(own, /Regel 1<[\s\S]*Beoordeeld[\s\S]*loonSv: Ongewoon hoog/)
      assert.match(own, /Regel 2<[\s\S]*Geweigerd/)
      assert.doesNotMatch(own, /Regel 3|Regel 4|Dijkdorp/)
      const whole = textOf(await file(officerOf(uwv, 'privacy-officer')))
      assert.match(whole, /UWV leverde dit bestand aan/)
      assert.match(whole, /<dt>Regels<\/dt><dd>4<\/dd>/)
      assert.match(whole, /<dt>Onleesbaar<\/dt><dd>1<\/dd>/)
      assert.match(whole, /<dt>Viel iets op<\/dt><dd>1<\/dd>/)
      assert.match(whole, /Regel 3<[\s\S]*niet te lezen[\s\S]*Onleesbaar/)
      assert.match(whole, /Afloop: Geen reden/)
      const looked = (await leavesAfter(house.store, before)).filter(
        ({ soort }) => soort === 'raadpleging',
      )
      assert.deepEqual(
        looked.map(({ handeling }) => [handeling?.wat, handeling?.levering]),
        [
          ['levering', levering],
          ['levering', levering],
        ],
      )
    },
  )

  await t.test(
    'whose business nothing of it is finds no file, and who tried is recorded',
    async () => {
      const before = await lastIndex(house.store)
      const other = officerOf('00000099000000007000', 'privacy-officer')
      const view = await file(other)
      assert.ok(view.kind === 'page' && view.status === 404)
      const strange = await page('/leveringen/:levering')(
        visitOf(officer, { params: { levering: bsn } }),
        desk,
      )
      assert.equal(textOf(strange), textOf(view))
      const looked = await leavesAfter(house.store, before)
      assert.deepEqual(
        looked.map(({ uitkomst }) => uitkomst),
        ['niet-gevonden', 'niet-gevonden'],
      )
      assert.match(await story(others), /bestaat niet/)
    },
  )

  await t.test('its lines are shown by what became of them, a page at a time', async () => {
    const asked = async (which: string) =>
      [
        ...textOf(await file(officerOf(uwv, 'privacy-officer'), `regels=${which}`)).matchAll(
          />Regel (\d)</g,
        ),
      ].map(([, regel]) => regel)
    assert.deepEqual(await asked('alle'), ['1', '2', '3', '4'])
    assert.deepEqual(await asked('aanvaard'), ['1', '4'])
    assert.deepEqual(await asked('geweigerd'), ['2'])
    assert.deepEqual(await asked('onleesbaar'), ['3'])
    assert.deepEqual(await asked('gemarkeerd'), ['1'])
    assert.deepEqual(await asked('alle&na=2'), ['3', '4'])
    assert.deepEqual(await asked('onzin&na=999990019000'), ['1', '2', '3', '4'])
  })

  await t.test(
    'a line reads from its acceptance to what its receiver said, neutrally',
    async () => {
      const told = await story(line)
      assert.match(told, /^Regel uit een bestand van/)
      assert.match(told, /UWV leverde een regel uit een bestand aan Gemeente Waterstad: 2 gegevens/)
      assert.match(told, /Beoordeeld[\s\S]*De ontvanger haalde het op en keek ernaar/)
      assert.match(told, /Wat opviel[\s\S]*Ongewoon hoog[\s\S]*niets veranderd en niets weggelaten/)
      assert.match(told, /een reden om te kijken[\s\S]*afloop: Geen reden/)
      assert.match(told, /href="\/leveringen\/[\w-]+">Regel 1 van een bestand/)
      assert.match(told, /•••••• 019/)
      assert.doesNotMatch(told, /fraude|misbruik|verdacht|999990019/i)
      const kinds = [
        ...told.matchAll(
          /<td[^>]*>(Aangenomen voor de ontvanger|Beslissing|Verstrekking|Ontvangst bevestigd|Wat de ontvanger ervan zegt)</g,
        ),
      ]
      assert.equal(kinds.length, 6)
      assert.match(await story(picked), /stap van een bericht[\s\S]*Bekijk het hele bericht/)
      assert.match(await story(refused), /Dat mocht niet\. Er is niets verstrekt/)
      const read = await story(unread, officerOf(uwv, 'privacy-officer'))
      assert.match(
        read,
        /Regel 3 van een bestand van UWV was niet te lezen[\s\S]*Over wie de regel ging, is niet bekend/,
      )
      assert.doesNotMatch(read, /••••••|Verzegelde gegevens/)
      assert.match(
        await story(correction),
        /UWV verbeterde een gegeven: “.*”\. Gemeente Waterstad kreeg dit gegeven eerder/,
      )
      assert.match(await story(doubt), /UWV twijfelt aan een gegeven[\s\S]*geen besluit/)
    },
  )

  await t.test(
    'a search shows a file once, its lines when asked for, and every line about a person',
    async () => {
      const shown = (text: string) =>
        [line, refused, unread, picked, correction, doubt, levering].filter(one =>
          new RegExp(`href="/(verstrekkingen|leveringen)/${one}"`).test(text),
        )
      const who = officerOf(uwv, 'privacy-officer')
      const all = await search('alles=ja', who)
      assert.deepEqual(shown(all), [correction, doubt, levering])
      assert.match(all, /4 regels: 2 aanvaard, 1 geweigerd, 1 onleesbaar/)
      assert.match(all, /UWV leverde een bestand voor meer dan één ontvanger/)
      assert.deepEqual(shown(await search('soort=regel', who)), [line, refused, unread])
      assert.deepEqual(shown(await search('soort=bestand', who)), [levering])
      assert.deepEqual(shown(await search('soort=correctie', who)), [correction])
      assert.deepEqual(shown(await search('soort=terugmelding', who)), [doubt])
      assert.deepEqual(
        shown(await search('soort=signaal', who)),
        [],
        'its arrangement agreed on none',
      )
      assert.deepEqual(shown(await search(`levering=${levering}`)), [
        line,
        refused,
        picked,
        levering,
      ])
      assert.deepEqual(shown(await search('soort=verzoek', who)), [])
      assert.deepEqual(shown(await search('regels=apart&uitkomst=aanvaard')), [
        line,
        correction,
        doubt,
      ])
      const wrong = await search(`levering=${bsn}`, who)
      assert.match(wrong, /Vul het nummer van het bestand in/)
      assert.ok(!wrong.includes(bsn))
      const form = new FormData()
      for (const [name, value] of Object.entries({
        persoonSoort: 'NL/bsn',
        nummer: bsn,
        reden: 'klacht',
      })) {
        form.set(name, value)
      }
      const act = pages.find(one => one.path === '/zoeken')?.act
      assert.ok(act)
      const sent = await act(visitOf(officer, { form }), desk)
      assert.ok(sent.kind === 'redirect')
      const found = await search(sent.to.split('?')[1] ?? '')
      assert.deepEqual(shown(found), [line, picked, correction, doubt])
      assert.match(found, /Beoordeeld/)
    },
  )

  await t.test(
    'a person reads of each message in plain words what it was; a line that nobody could read is nobody’s',
    async () => {
      const found = await findSubject(desk, officer, { land: 'NL', soort: 'bsn', waarde: bsn })
      const overview = await makeOverview(desk, desk.clock(), {
        found,
        oin: waterstad,
        eindigtOp: '019',
      })
      const csv = await joined(csvOverview(overview))
      for (const expected of [
        /Gegevens gegeven.*UWV.*Gemeente Waterstad[\s\S]*Dit stond in een bestand met gegevens van meer mensen\./,
        /Een gegeven over u is verbeterd\..*Het is nog niet opgehaald/,
        /twijfelde of een gegeven over u klopt/,
      ]) {
        assert.match(csv, expected)
      }
      assert.doesNotMatch(csv, /fraude|verdacht|999990019/i)
      assert.equal(found.lines.length, 4, 'the line, its pick-up, the correction and the doubt')
      assert.match(await joined(jsonOverview(overview)), /nog niet opgehaald/)
      const [nobody] = await query<{ aantal: number }>(
        `SELECT count(*) AS aantal FROM audit.persoon p JOIN audit.leaf l ON l.log = p.log AND l.idx = p.idx
       WHERE l.transactie = $1`,
        [unread],
      )
      assert.equal(nobody?.aantal, 0)
    },
  )

  await t.test(
    'LDV and ADL tell each controller its own side, a machine finds its own by file, and a breach can be a file',
    async () => {
      const told = async (oin: string) => {
        const rows = await query<{ idx: number; transactie: string; verzoek: string | null }>(
          `SELECT idx, transactie, verzoek FROM console.transactie WHERE aard IS NOT NULL ORDER BY idx`,
        )
        const all = await readTransactions(query, 'gewoon', rows)
        return {
          ldv: all.flatMap(one => ldvRecords(one, oin, 'https://sluis.example')),
          adl: all.flatMap(one => adlRecords(one, oin)),
        }
      }
      const [provider, receiver] = [await told(uwv), await told(waterstad)]
      const names = provider.ldv.map(({ name }) => name)
      for (const name of [
        'Levering van gegevens getoetst',
        'Geleverde gegevens aangenomen voor een ontvanger',
        'Gegevens verstrekt',
        'Ontvangst bevestigd',
        'Signaal beoordeeld door de ontvanger',
      ]) {
        assert.ok(names.includes(name), name)
      }
      assert.ok(!names.includes('Vraag om gegevens getoetst'))
      const steps = receiver.ldv.filter(({ name }) => /beoordeeld/.test(name))
      assert.equal(steps.length, 2)
      for (const { attributes } of steps) assert.ok(attributes['dpl.core.data_subject_id'])
      const actions = provider.adl.map(({ body }) => JSON.stringify(body['adl.core.request']))
      for (const action of ['leveren', 'corrigeren', 'terugmelden']) {
        assert.ok(
          actions.some(text => text.includes(`"action":{"name":"${action}"`)),
          action,
        )
      }
      assert.ok(!JSON.stringify([provider, receiver]).includes(bsn))

      const own = await searchOwn(desk, uwv, { levering })
      assert.deepEqual(
        own?.rows.map(({ aard, regel }) => [aard, regel]),
        [
          ['regel', 1],
          ['regel', 4],
          ['regel', 2],
          ['regel', 1],
          ['bestand', undefined],
        ],
      )
      assert.equal((await searchOwn(desk, waterstad, { levering }))?.rows.length, 0)

      const tot = await extentNow(desk, ['gewoon'])
      const extent = { oin: uwv, tot, criteria: { wat: 'alles', levering } as const }
      assert.equal((await weigh(desk, extent)).personen, 3)
      const other = { ...extent, criteria: { wat: 'alles', levering: line } as const }
      assert.equal(await countTouched(desk, other), 0, 'of no other file')
      const given = { ...extent, criteria: { wat: 'verstrekt', levering } as const }
      assert.deepEqual(
        [await countTouched(desk, given), (await weigh(desk, given)).personen],
        [1, 1],
      )
      const breach = async (asked: string) => {
        const view = await page('/datalek')(
          visitOf(officer, { query: new URLSearchParams({ wat: 'alles', levering: asked }) }),
          desk,
        )
        return textOf(view)
      }
      assert.match(await breach(levering), new RegExp(`href="/leveringen/${levering}"`))
      const wrong = await breach(bsn)
      assert.match(wrong, /Vul het nummer van het bestand in/)
      assert.ok(!wrong.includes(bsn))
    },
  )

  await t.test('the overview tells what waits, apart from what is asked', async () => {
    const overview = async (who = officer) => textOf(await page('/')(visitOf(who), desk))
    const told = await overview()
    assert.match(told, /<dt>Gevraagd<\/dt><dd>0<\/dd>/)
    assert.match(told, /<dt>Regels uit bestanden<\/dt><dd>2<\/dd>/)
    assert.match(told, /<dt>Twijfel nog niet beoordeeld<\/dt><dd>1<\/dd>/)
    assert.match(told, /Verbeterd gegeven[\s\S]*Wacht op de ontvanger/)
    assert.match(told, /Er wordt nu geen bestand gelezen/, 'whose file it is not is not told of it')
    const provider = await overview(officerOf(uwv, 'privacy-officer'))
    assert.match(provider, new RegExp(`href="/leveringen/${levering}"`))
  })

  await t.test(
    'the copy counts each line once, also with two that read, and holds no person',
    async () => {
      await Promise.all([desk.catchUp(), desk.catchUp()])
      const counted = await query<{ ontvanger: string; uitkomst: string; aantal: number }>(
        'SELECT ontvanger, uitkomst, aantal FROM console.regeltelling ORDER BY 1, 2',
      )
      assert.deepEqual(
        counted.map(row => Object.values(row)),
        [
          [waterstad, 'aanvaard', 1],
          [waterstad, 'geweigerd', 1],
          [dijkdorp, 'aanvaard', 1],
          [uwv, 'onleesbaar', 1],
        ],
      )
      const steps = await query<{
        soort: string
        aard: string
        regel: number
        afloop: string | null
      }>(
        `SELECT soort, aard, regel, afloop FROM console.transactie
       WHERE verzoek = $1 AND transactie <> $1 ORDER BY idx`,
        [line],
      )
      assert.deepEqual(
        steps.map(row => Object.values(row)),
        [
          ['beslissing', 'regel', 1, null],
          ['ontvangst', 'regel', 1, null],
          ['beoordeling', 'regel', 1, null],
          ['beoordeling', 'regel', 1, 'geen-reden'],
        ],
      )
      const all = JSON.stringify(await query('SELECT * FROM console.transactie'))
      for (const number of [bsn, '999993653', '999992168']) assert.ok(!all.includes(number))
    },
  )

  await t.test(
    'over the wire: a file is read, picked up, shown to who brought it, and its bundle is decided again offline',
    async () => {
      const exchange = 'kinderopvanguren-toeslagen'
      const { van } = completeMonths(Date.now())
      const line = (child: string, urenAfgenomen: number) =>
        JSON.stringify({
          betrokkene: { soort: 'bsn', waarde: bsn },
          gegevens: {
            ...{ bsnKind: child, lrkNummer: '123456789', maand: van.slice(0, 7), urenAfgenomen },
            ...{ gemiddeldUurtarief: 900, soortOpvang: 'DO' },
          },
        })
      const sent = await gateway.ask('kinderopvang-de-sluis', {
        path: `/v1/uitwisselingen/${exchange}/leveringen`,
        headers: { 'content-type': 'application/x-ndjson' },
        body: `${line('999993653', 80)}\n{\n${line('999992168', 900)}\n`,
      })
      assert.equal(sent.status, 202, sent.text)
      const { levering: brought } = JSON.parse(sent.text)
      const fetched = await gateway.ask('toeslagen', {
        path: '/v1/berichten/_ophalen',
        body: { uitwisseling: exchange },
      })
      assert.equal(fetched.status, 200, fetched.text)
      const by = officerOf('00000099000000009000', 'privacy-officer')
      const shown = textOf(
        await page('/leveringen/:levering')(visitOf(by, { params: { levering: brought } }), desk),
      )
      assert.match(shown, /Kinderopvang De Sluis leverde dit bestand aan[\s\S]*Helemaal gelezen/)
      assert.match(
        shown,
        /Regel 2<[\s\S]*Onleesbaar[\s\S]*Regel 3<[\s\S]*Opgehaald[\s\S]*meer uren dan/,
      )
      const { vkey } = house.rooms.audit.head('gewoon')
      for (const [choice, decided] of [
        [{ uitwisseling: exchange }, 5],
        [{ transactie: brought }, 1],
      ] as const) {
        const made = await makeBundle(desk, visitOf(by), 'gewoon', choice)
        assert.ok(made.soort === 'bundel', made.soort)
        const text = await joined(made.body)
        assert.ok(!text.includes(bsn) && !text.includes('999993653'))
        const judged = verifyBundle(Buffer.from(text), [vkey])
        assert.equal(judged.beslissingen, decided, 'the file, two lines and two pick-ups')
      }
    },
  )
})
