// Is one purpose ever stretched to another? Each wrong purpose and field, over mutual TLS, refused and recorded.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goodBody } from '../support/gateway.ts'
import { heldGateway } from '../support/held.ts'
import { lastIndex, leavesAfter, leavesOf, transactionOf } from '../support/log.ts'

const waterstad = 'gemeente-waterstad'
const at = (exchange: string) => `/v1/uitwisselingen/${exchange}/_zoek`

test('no purpose, an unknown one, that of another or of another service', async t => {
  const gateway = await heldGateway(t, 'postgres')
  const { store } = gateway.serving.house

  await t.test(
    'L1: no purpose, an unknown one, that of another partner, or the right one for another service is refused and logged with its reason',
    async () => {
      for (const path of [
        at(''),
        at('bestaat-niet'),
        at('UWV-inkomsten-bijstand'),
        at('uwv-inkomsten-bijstand%00'),
      ]) {
        const before = await lastIndex(store)
        const answer = await gateway.ask(waterstad, { path, body: goodBody() })
        assert.equal(answer.status, 404, path)
        const [leaf] = await leavesAfter(store, before)
        assert.deepEqual(
          [leaf?.soort, leaf?.redenen],
          ['afwijzing', [{ code: 'niet-gevonden' }]],
          path,
        )
      }
      const { leefvorm: _, ...parameters } = goodBody().parameters ?? {}
      for (const [client, exchange, change, code] of [
        [
          waterstad,
          'svb-uitkering-uwv',
          { velden: ['ontvangtSvbUitkering'], parameters },
          'ONTVANGER_NIET_BEVOEGD',
        ],
        [waterstad, 'uwv-inkomsten-anw', {}, 'ONTVANGER_NIET_BEVOEGD'],
        ['uwv', 'uwv-inkomsten-bijstand', {}, 'ONTVANGER_NIET_BEVOEGD'],
        ['svb', 'uwv-inkomsten-bijstand', {}, 'ONTVANGER_NIET_BEVOEGD'],
        [
          waterstad,
          'uwv-inkomsten-bijstand',
          { medewerker: { id: 'u-1', functie: 'wmo-consulent' } },
          'FUNCTIE_NIET_BEVOEGD',
        ],
        [waterstad, 'wmo-handhaving', {}, 'DOEL_ONVERENIGBAAR'],
      ] as const) {
        const answer = await gateway.ask(client, {
          path: at(exchange),
          body: { ...goodBody(), ...change },
        })
        assert.equal(answer.status, 403, answer.text)
        const [decision, ...others] = await leavesOf(store, transactionOf(answer))
        assert.equal(others.length, 0)
        assert.ok(
          decision?.redenen?.some(reden => reden.code === code),
          `${client} ${exchange}: ${JSON.stringify(decision?.redenen)}`,
        )
      }
      assert.equal(gateway.questions(), 0)
    },
  )

  await t.test(
    'L5: one field too many, a group, an alias, another case, a pointer or a wildcard refuses all, and names that field alone',
    async () => {
      const good = 'heeftInkomstenverhouding'
      for (const veld of [
        'nationaliteit',
        'loonheffingennummer',
        'licht',
        'bedragen',
        'uwv-inkomstenverhoudingen',
        'loonSV',
        'heeftinkomstenverhouding',
        'HEEFTINKOMSTENVERHOUDING',
        ' heeftInkomstenverhouding',
        'heeftInkomstenverhouding ',
        '/velden/0',
        '/loonSv',
        '#/loonSv',
        '../loonSv',
        'tijdvak.van',
        'tijdvak/van',
        '*',
        '$..*',
        '%',
        '.*',
        '__proto__',
        'constructor',
        'loonSv,tijdvak',
        'loonSv\u200b',
        'lооnSv',
      ]) {
        const answer = await gateway.query(waterstad, { velden: [good, veld] })
        assert.equal(answer.status, 403, veld)
        const fields = answer.body.redenen.filter(({ code }) => code === 'VELD_NIET_TOEGESTAAN')
        assert.equal(fields.length, 1, veld)
        assert.notEqual(fields[0]?.veld, good)
        assert.equal('antwoord' in answer.body, false)
      }
      assert.equal((await gateway.query(waterstad, { velden: [good, good] })).status, 400)
      assert.equal((await gateway.query(waterstad, { velden: [] })).status, 400)
      assert.equal(gateway.questions(), 0, 'nothing partial')
    },
  )
})
