// Is somebody who does not want it left in peace by every body, and does nobody hear why? (36 799; AVG art. 21)
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { verifyAnswer } from '../../gateway/audit/judge.ts'
import { decisionInput } from '../../gateway/audit/log-record.ts'
import { decide } from '../../gateway/policy/decide.ts'
import { type ConsoleBrowser, consoleOf } from '../support/console.ts'
import { removeTree } from '../support/directory.ts'
import { type Answer, type TestGateway, testGateway } from '../support/gateway.ts'
import { type Leaf, lastIndex, leavesAfter, leavesOf, transactionOf } from '../support/log.ts'

const exchange = 'proactieve-dienstverlening'
const person = '999990019'
const another = '999993653'
const codes = ({ body }: Answer) => body.redenen?.map(({ code }) => code) ?? []
const dayFrom = (days: number) =>
  new Date(Date.now() + days * 86_400_000).toLocaleDateString('en-CA', {
    timeZone: 'Europe/Amsterdam',
  })

/** The shipped law as it will stand when the bill is an act in force. */
function inForce(t: TestContext): NodeJS.ProcessEnv {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-bezwaar-'))
  t.after(() => removeTree(dir))
  cpSync(resolve(import.meta.dirname, '../../policies'), dir, { recursive: true })
  const edit = (path: string, change: (text: string) => string) => {
    const file = join(dir, path)
    const before = readFileSync(file, 'utf8')
    const after = change(before)
    assert.notEqual(after, before, path)
    writeFileSync(file, after)
  }
  edit('grondslagen/wetsvoorstel-proactieve-dienstverlening.yaml', text =>
    text.replace(
      'stand: voorstel',
      'stand: vastgesteld\n    geldigVan: 2026-01-01\n    bevestigd: { op: 2026-11-22, tekstversie: proef }',
    ),
  )
  edit(`uitwisselingen/${exchange}.cases.yaml`, text =>
    text
      .replaceAll('dan: geweigerd\n    redenen: [GRONDSLAG_NIET_IN_WERKING]', 'dan: toegestaan')
      .replaceAll(
        /GRONDSLAG_NIET_IN_WERKING, |(?<!LEVERINGSAFSPRAAK), GRONDSLAG_NIET_IN_WERKING/g,
        '',
      )
      .replaceAll(/^ +grondslagen: .*\n/gm, ''),
  )
  return { SLUIS_POLICY_DIR: dir }
}

function ask(
  gateway: TestGateway,
  waarde = person,
  functie = 'consulent-dienstverlening',
  client = 'gemeente-waterstad',
): Promise<Answer> {
  return gateway.ask(client, {
    path: `/v1/uitwisselingen/${exchange}/_zoek`,
    body: {
      betrokkene: { soort: 'bsn', waarde },
      velden: ['mogelijkRechtOp'],
      medewerker: { id: 'u-1', functie },
    },
  })
}

/** The officer's page of this person, found as any person is. */
async function pageOf(officer: ConsoleBrowser, waarde: string): Promise<string> {
  await officer.get('/betrokkene')
  const found = await officer.post('/betrokkene', {
    soort: 'NL/bsn',
    nummer: waarde,
    reden: 'bezwaar',
  })
  assert.equal(found.status, 200, found.text)
  await officer.get(`${found.path}/bezwaar`)
  return `${found.path}/bezwaar`
}

test('who does not want this is left in peace by every body that takes part, and only the provider can read why', async t => {
  const gateway = await testGateway(t, 'postgres', inForce(t))
  const { store, rooms } = gateway.demo.serving.house
  const decided = async (answer: Answer): Promise<Leaf> => {
    const [leaf] = await leavesOf(store, transactionOf(answer))
    assert.ok(leaf)
    return leaf
  }
  /** No source is connected here: what was allowed is told by the log. */
  const isAllowed = async (answer: Answer) => {
    const { uitkomst, feiten } = await decided(answer)
    assert.equal(feiten?.verhinderd, undefined)
    return uitkomst === 'toegestaan'
  }
  const rights = async () => {
    const { text } = await gateway.ask('gemeente-waterstad', { path: '/v1/bevoegdheden' })
    assert.ok(text.includes(exchange))
    return text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '')
  }
  assert.ok(await isAllowed(await ask(gateway)))
  const before = await rights()
  const uwv = await consoleOf(gateway, 'po-uwv')
  const waterstad = await consoleOf(gateway)
  const path = await pageOf(uwv, person)

  for (const [fields, wrong] of [
    [{ doel: '', vanaf: dayFrom(0) }, 'Kies een doel'],
    [{ doel: 'bijstand-recht-en-hoogte', vanaf: dayFrom(0) }, 'Kies een doel'],
    [{ doel: exchange, vanaf: dayFrom(-1) }, 'te vroeg'],
    [{ doel: exchange, vanaf: dayFrom(400) }, 'te laat'],
  ] as const) {
    const seen = await uwv.post(path, fields)
    assert.equal(seen.status, 400, JSON.stringify(fields))
    assert.ok(seen.text.includes(wrong), wrong)
  }
  assert.ok(await isAllowed(await ask(gateway)), 'nothing was written down')

  const start = await lastIndex(store)
  const motivering = 'Belde zelf, wil geen brieven.'
  const set = await uwv.post(path, { doel: exchange, vanaf: dayFrom(0), motivering })
  assert.equal(set.status, 200)
  assert.ok(set.text.includes('Intrekken'))
  const [act] = (await leavesAfter(store, start)).filter(({ soort }) => soort === 'bezwaar')
  assert.deepEqual(
    [act?.uitkomst, act?.handeling],
    ['gesteld', { doel: exchange, vanaf: dayFrom(0) }],
  )
  assert.ok(act?.motivering && act.betrokkene)
  assert.doesNotMatch(JSON.stringify(act), /999990019|Belde/)
  const [row] = await store.query<{ sleutel: string }>('select sleutel from policy.opt_out')
  assert.match(row?.sleutel ?? '', /^[\w-]{43}$/, 'keyed')

  const refused = await ask(gateway)
  await t.test('every body is refused, with one reason that is not it', async () => {
    for (const answer of [
      refused,
      await ask(gateway, person, 'inkomensconsulent', 'gemeente-dijkdorp'),
    ]) {
      assert.equal(answer.status, 403, answer.text)
      assert.deepEqual(codes(answer), ['NIET_VERSTREKT'])
      assert.doesNotMatch(answer.text, /OPT_OUT|bezwaar|benaderd/i)
      const { vkey } = rooms.audit.head('gewoon')
      assert.equal(verifyAnswer(Buffer.from(answer.text), vkey).soort, 'weigering')
      const leaf = await decided(answer)
      assert.equal(leaf.feiten?.verhinderd, true)
      assert.deepEqual(Object.keys(leaf.verhindering ?? {}), ['verzegeld'])
      const { vraag, feiten, tijd } = decisionInput(leaf)
      const again = decide(vraag, feiten, rooms.policies.current(), tijd)
      assert.deepEqual(
        [again.uitkomst, again.redenen],
        [leaf.uitkomst, leaf.redenen],
        'replay decides the same',
      )
    }
    assert.ok(await isAllowed(await ask(gateway, another)), 'another person')
    assert.equal(await rights(), before)
  })

  await t.test('who may not ask this anyhow hears nothing of it', async () => {
    const [his, others] = await Promise.all(
      [person, another].map(waarde => ask(gateway, waarde, 'onderzoeker')),
    )
    assert.ok(his && others)
    const shape = async (answer: Answer) => {
      const { feiten, redenen, verhindering } = await decided(answer)
      return [answer.body.bewijs.logregel.length, feiten, redenen, verhindering]
    }
    assert.deepEqual(codes(his), ['FUNCTIE_NIET_BEVOEGD'])
    assert.deepEqual(await shape(his), await shape(others))
  })

  await t.test(
    'why is for the provider’s officer, for a reason, and not for the asker’s',
    async () => {
      const story = `/verstrekkingen/${transactionOf(refused)}`
      const show = { doe: 'toon', lid: 'verhindering', reden: 'klacht' }
      const own = await waterstad.get(story)
      assert.equal(own.status, 200)
      assert.ok(!own.text.includes('value="verhindering"'))
      const tried = await waterstad.post(story, show)
      assert.ok(tried.text.includes('Kies wat u wilt zien.'))
      assert.doesNotMatch(tried.text, /wil hiervoor niet/)
      assert.ok((await uwv.get(story)).text.includes('value="verhindering"'))
      const told = await uwv.post(story, show)
      assert.match(told.text, /Deze persoon wil hiervoor niet benaderd worden/)
      const look = (await leavesAfter(store, start)).findLast(one => one.soort === 'raadpleging')
      assert.deepEqual(look?.handeling, { wat: 'verzegeld', lid: 'verhindering', reden: 'klacht' })
    },
  )

  await t.test('it begins on its day, and whichever body may take it back', async () => {
    const later = await pageOf(uwv, another)
    assert.equal((await uwv.post(later, { doel: exchange, vanaf: dayFrom(2) })).status, 200)
    assert.ok(await isAllowed(await ask(gateway, another)), 'not yet')
    const theirs = await pageOf(waterstad, person)
    assert.ok((await waterstad.get(theirs)).text.includes('Intrekken'), 'the register is shared')
    const lifted = await waterstad.post(theirs, { doe: 'intrekken', doel: exchange })
    assert.ok(lifted.text.includes('Er staat geen bezwaar.'))
    assert.ok(await isAllowed(await ask(gateway)))
    const acts = (await leavesAfter(store, start)).filter(({ soort }) => soort === 'bezwaar')
    assert.deepEqual(
      acts.map(({ uitkomst, ontvanger }) => [uitkomst, ontvanger]),
      [
        ['gesteld', '00000099000000004000'],
        ['gesteld', '00000099000000004000'],
        ['opgeheven', '00000099000000001000'],
      ],
    )
  })

  await t.test('a body that takes no part has nothing to write down', async () => {
    const stranger = await consoleOf(gateway, 'po-toeslagen')
    const none = await pageOf(stranger, person)
    const seen = await stranger.get(none)
    assert.match(seen.text, /doet niet mee aan een doel/)
    assert.equal((await stranger.post(none, { doel: exchange, vanaf: dayFrom(0) })).status, 400)
  })
})
