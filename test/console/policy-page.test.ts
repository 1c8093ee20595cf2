// Do Beleid and Noodrem tell which law is in force, what changed and what is stopped, and nothing of who is confidential?
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { partyHolder } from '../../certs/names.ts'
import { setBrake } from '../../gateway/brake.ts'
import { brakePages } from '../../gateway/console/brake-page.ts'
import { lineDiff } from '../../gateway/console/line-diff.ts'
import type { Page, Role, View } from '../../gateway/console/page.ts'
import { policyPages } from '../../gateway/console/policy-page.ts'
import { standingOf } from '../../gateway/console/policy-sets.ts'
import { policyDir, shipped, variant } from '../policy/law.ts'
import { removeTree } from '../support/directory.ts'
import { heldGateway } from '../support/held.ts'
import { leavesAfter } from '../support/log.ts'
import { deskOf, officerOf, visitOf } from './desk.ts'

const waterstad = partyHolder('gemeente-waterstad').oin
const operator = '00000099000000010000'
const secret = /FIOD|fiod|00000099000000008000|toeslagendelict|Functioneel Parket/

function textOf(view: View): string {
  assert.ok(view.kind === 'page', view.kind)
  return view.body.text.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')
}

test('a line diff shows what came and went, with a little around it, whatever the texts', () => {
  const many = Array.from({ length: 20 }, (_, i) => `regel ${i}`)
  const before = many.join('\n')
  const after = many.with(10, 'anders').join('\n')
  assert.deepEqual(lineDiff(before, after), [
    ['…', ''],
    ...[7, 8, 9].map(i => [' ', `regel ${i}`]),
    ...[
      ['-', 'regel 10'],
      ['+', 'anders'],
    ],
    ...[11, 12, 13].map(i => [' ', `regel ${i}`]),
    ['…', ''],
  ])
  assert.deepEqual(lineDiff('a\nb', 'a\nb'), [['…', '']])
  for (const [from, to] of [
    ['', 'a'],
    ['a\nb\nc', 'c\nb\na'],
    ['a\na\nb', 'b\na'],
    [before, ''],
  ] as const) {
    const lines = lineDiff(from, to)
    const kept = (signs: string) =>
      lines.filter(([sign]) => signs.includes(sign)).map(([, text]) => text)
    assert.equal(kept(' -').join('\n'), from)
    assert.equal(kept(' +').join('\n'), to)
  }
})

test('the standing of an exchange is that of its dates, bases and DPIA today', async () => {
  const id = 'uwv-inkomsten-bijstand'
  const file = `uitwisselingen/${id}.yaml`
  const now = Date.parse('2026-11-22T12:00:00Z')
  const standing = async (from: string, to: string, path = file) => {
    const law = from === '' ? shipped : await variant({ [path]: [[from, to]] })
    const arrangement = law.uitwisselingen.get(id)
    assert.ok(arrangement)
    return standingOf(arrangement, now)[1]
  }
  assert.equal(await standing('', ''), 'Open')
  const begins = 'geldigVan: 2026-01-01'
  assert.equal(await standing(begins, 'geldigVan: 2026-12-01'), 'Begint nog')
  assert.equal(await standing(begins, `${begins}\ngeldigTot: 2026-11-21`), 'Afgelopen')
  for (const [other, text] of [
    ['wmo-handhaving', 'Altijd geweigerd'],
    ['proactieve-dienstverlening', 'Gesloten: een grondslag geldt niet'],
  ] as const) {
    const arrangement = shipped.uitwisselingen.get(other)
    assert.ok(arrangement)
    assert.equal(standingOf(arrangement, now)[1], text)
  }
  const arrangement = shipped.uitwisselingen.get(id)
  assert.ok(arrangement)
  assert.equal(standingOf({ ...arrangement, dpiaTot: now }, now)[1], 'Gesloten: DPIA verlopen')
})

test('Beleid and Noodrem show the law in force and its changes; what is confidential exists for who may know it', async t => {
  const dir = join(mkdtempSync(join(tmpdir(), 'sluis-beleid-')), 'beleid')
  t.after(() => removeTree(join(dir, '..')))
  cpSync(policyDir, dir, { recursive: true })
  const gateway = await heldGateway(t, 'postgres', { settings: { SLUIS_POLICY_DIR: dir } })
  const { house } = gateway.serving
  const { audit, policies } = house.rooms
  const desk = deskOf(house, join(gateway.dataDir, 'keys'))
  const see = async (
    pages: readonly Page[],
    path: string,
    rollen: readonly Role[] = ['privacy-officer'],
    { query = {}, params = {}, oin = waterstad } = {},
  ) => {
    const page = pages.find(one => one.path === path)
    assert.ok(page?.show)
    const officer = officerOf(oin, ...rollen)
    return await page.show(visitOf(officer, { query: new URLSearchParams(query), params }), desk)
  }
  const first = desk.law().digest

  await t.test(
    'what is in force: its digest, since which record, and each definition with its dates',
    async () => {
      const text = textOf(await see(policyPages, '/beleid'))
      const [activated] = (await leavesAfter(house.store, -1)).filter(
        ({ soort }) => soort === 'beleidsactivering',
      )
      assert.ok(text.includes(first))
      assert.ok(activated && text.includes(`gewoon, nummer ${activated.idx}`))
      assert.match(
        text,
        /Inkomsten bij aanvraag .*? Open vanaf 1 januari 2026 DPIA-2026-014, herzien op 1 juni 2027/,
      )
      assert.match(
        text,
        /Participatiewet, artikel 64.*? In werking .*? \d+ \w+ 20\d\d: tekst zoals/,
      )
      assert.match(text, /Niet bevestigd/)
      assert.match(text, /nog geen ander beleid/)
      assert.doesNotMatch(text, secret)
      const all = textOf(await see(policyPages, '/beleid', ['privacy-officer', 'vertrouwelijk']))
      assert.match(all, /toeslagendelict/)
      const params = { uitwisseling: 'aanmelding-toeslagendelict-fiod' }
      const one = (...rollen: Role[]) =>
        see(policyPages, '/beleid/uitwisselingen/:uitwisseling', rollen, { params })
      const hidden = await one('privacy-officer')
      assert.ok(hidden.kind === 'page' && hidden.status === 404)
      assert.match(textOf(await one('fg', 'vertrouwelijk')), /verstrekker: /)
    },
  )

  await t.test(
    'what changed between two sets: in words and line by line, without what is confidential',
    async () => {
      const change = (path: string, from: string, to: string) => {
        const file = join(dir, path)
        const text = readFileSync(file, 'utf8')
        assert.ok(text.includes(from), `${path}: ${from}`)
        writeFileSync(file, text.replace(from, to))
      }
      change('uitwisselingen/uwv-inkomsten-bijstand.yaml', 'versie: 1.0.0', 'versie: 1.1.0')
      change(
        'uitwisselingen/aanmelding-toeslagendelict-fiod.yaml',
        'versie: 1.0.0',
        'versie: 1.2.0',
      )
      change('partijen/demo.yaml', 'naam: FIOD', 'naam: FIOD Nieuw')
      change('partijen/demo.yaml', 'naam: Gemeente Dijkdorp', 'naam: Gemeente Groot-Dijkdorp')
      await gateway.serving.reload()
      const second = desk.law().digest
      assert.notEqual(second, first)
      const compare = async (query: Record<string, string>, ...rollen: Role[]) =>
        await see(policyPages, '/beleid/vergelijking', rollen, { query })
      const text = textOf(await compare({ van: first, naar: second }, 'fg'))
      assert.match(
        text,
        /De uitwisseling “Inkomsten bij aanvraag[^”]*” gaat van versie 1.0.0 naar 1.1.0/,
      )
      assert.match(text, /De organisatie Gemeente Groot-Dijkdorp is gewijzigd/)
      assert.match(
        text,
        /uwv-inkomsten-bijstand.yaml: gewijzigd, 1 regels erbij \(\+\) en 1 eraf \(-\)/,
      )
      assert.match(text, /- versie: 1.0.0 \+ versie: 1.1.0/)
      assert.doesNotMatch(text, secret)
      const whole = textOf(await compare({ van: first, naar: second }, 'fg', 'vertrouwelijk'))
      assert.match(whole, /FIOD Nieuw is gewijzigd/)
      assert.match(whole, /\+ versie: 1.2.0/)
      for (const query of [{ van: first, naar: 'sha256:x' }, {}, { van: "'", naar: second }]) {
        const view = await compare(query as Record<string, string>, 'fg')
        assert.ok(view.kind === 'page' && view.status === 404)
      }
      assert.match(textOf(await see(policyPages, '/beleid')), /Toon wat is gewijzigd/)
    },
  )

  await t.test(
    'Noodrem: what is stopped, since when and why; its maker only for who runs the gateway',
    async () => {
      assert.match(
        textOf(await see(brakePages, '/noodrem')),
        /staat nergens voor aan.*nog nooit gebruikt/,
      )
      const room = { audit, store: house.store, profile: 'test' } as const
      await setBrake(room, {
        bereiken: [`partij:${partyHolder('uwv').oin}`, 'partij:00000099000000008000'],
        ...{ reden: 'datalek', door: 'beheer-geplant-1' },
      })
      await policies.follow()
      const text = textOf(await see(brakePages, '/noodrem'))
      assert.match(text, /staat aan voor één onderdeel/)
      assert.match(
        text,
        /Alles van, aan en via UWV partij:00000099000000004000 \d\d-\d\d-20\d\d [\d:]+ Datalek/,
      )
      assert.match(text, /Gezet Alles van, aan en via UWV Datalek de beheerder/)
      assert.match(text, /npx sluis brake on/)
      assert.doesNotMatch(text, secret)
      assert.doesNotMatch(text, /beheer-geplant-1/)
      const all = textOf(await see(brakePages, '/noodrem', ['fg', 'vertrouwelijk']))
      assert.match(all, /Alles van, aan en via FIOD Nieuw/)
      assert.doesNotMatch(all, /beheer-geplant-1/)
      const own = textOf(await see(brakePages, '/noodrem', ['beheerder'], { oin: operator }))
      assert.match(own, /beheer-geplant-1/)
      assert.doesNotMatch(own, secret)
    },
  )

  await t.test('each of these looks is a record', async () => {
    const looks = [
      ...(await leavesAfter(house.store, -1)),
      ...(await leavesAfter(house.store, -1, 'vertrouwelijk')),
    ].flatMap(({ soort, handeling }) => (soort === 'raadpleging' ? [String(handeling?.wat)] : []))
    assert.deepEqual(
      Object.entries(Object.groupBy(looks, wat => wat))
        .map(([wat, all]) => [wat, all?.length])
        .sort(),
      [
        ['beleid', 5],
        ['beleid-vergelijking', 5],
        ['noodrem', 4],
      ],
    )
  })
})
