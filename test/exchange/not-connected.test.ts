// What if nobody has connected the source yet? The law decides as ever, all of it is recorded, and the caller is told so.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestBody } from '../../gateway/terms.ts'
import { type Answer, goodBody, testGateway } from '../support/gateway.ts'
import { type Leaf, lastIndex, leavesAfter } from '../support/log.ts'

const waterstad = 'gemeente-waterstad'
const code = 'BRON_NIET_AANGESLOTEN'

/** A question about the first day of this year. */
function asked(velden: readonly string[], functie: string, more: Partial<RequestBody>) {
  const { betrokkene, zaak } = goodBody()
  const peildatum = `${new Date().getUTCFullYear()}-01-01`
  return { betrokkene, zaak, velden, peildatum, medewerker: { id: 'u-4711', functie }, ...more }
}

const income = (more: Partial<RequestBody> = {}) =>
  asked(['inkomensgegeven'], 'behandelaar-toeslagen', more)

const assets = (more: Partial<RequestBody> = {}) =>
  asked(['vermogenBovenVrijlating'], 'inkomensconsulent', {
    parameters: { leefvorm: 'alleenstaande' },
    aanleiding: { soort: 'aanvraag', betrouwbaarheid: 'bevestigd' },
    motivering: { noodzaak: 'aanvraag', lichterMiddel: 'gevraagd-aan-inwoner' },
    ...more,
  })

const path = (exchange: string, end: string) => `/v1/uitwisselingen/${exchange}/${end}`
const incomePath = path('belastingdienst-toetsingsinkomen', '_zoek')
const assetsPath = path('belastingdienst-vermogen-bijstand', 'verzoeken')

test('an exchange whose source nobody connected decides, records, and says when to ask again', async t => {
  const gateway = await testGateway(t, 'postgres')
  const { store } = gateway.demo.serving.house
  const ask = async (client: string, at: string, body: object, headers = {}) => {
    const before = await lastIndex(store)
    const answer = await gateway.ask(client, { path: at, body, headers })
    return { answer, leaves: await leavesAfter(store, before) }
  }
  const told = ({ body }: Answer) => body.redenen.map(one => one.code)
  const kinds = (leaves: readonly Leaf[]) =>
    leaves.map(({ soort, uitkomst, redenen }) => [soort, uitkomst, redenen?.map(one => one.code)])
  const end = ['bronfout', 'bronfout', [code]]

  await t.test('who may not ask is refused as ever', async () => {
    for (const [client, at, body, wrong] of [
      [waterstad, incomePath, income(), 'ONTVANGER_NIET_BEVOEGD'],
      ['toeslagen', incomePath, income({ velden: ['nationaliteit'] }), 'VELD_NIET_TOEGESTAAN'],
      [waterstad, assetsPath, assets({ peildatum: '2015-01-01' }), 'GEGEVEN_VEROUDERD'],
      [
        waterstad,
        assetsPath,
        assets({ velden: ['vermogenstotaal'] }),
        'LICHTER_MIDDEL_BESCHIKBAAR',
      ],
    ] as const) {
      const { answer, leaves } = await ask(client, at, body)
      assert.equal(answer.status, 403, answer.text)
      assert.ok(told(answer).includes(wrong), answer.text)
      assert.ok(!told(answer).includes(code), answer.text)
      assert.deepEqual(kinds(leaves), [['beslissing', 'geweigerd', told(answer)]])
    }
  })

  await t.test('a question that is allowed gets 503 with the reason, and Retry-After', async () => {
    const { answer, leaves } = await ask('toeslagen', incomePath, income())
    assert.equal(answer.status, 503, answer.text)
    assert.match(answer.body.type, /\/problemen\/bron-onbereikbaar$/)
    assert.equal(answer.headers['retry-after'], '3600')
    assert.deepEqual(told(answer), [code])
    assert.match(answer.body.redenen[0]?.uitleg ?? '', /niet aangesloten/)
    assert.deepEqual(kinds(leaves), [['beslissing', 'toegestaan', []], end])
    assert.ok(!answer.text.includes('999990019'))
  })

  await t.test(
    'a request that could wait for ever is not accepted, and not counted as one',
    async () => {
      const headers = { 'Idempotency-Key': 'vermogen-1' }
      const first = await ask(waterstad, assetsPath, assets(), headers)
      const again = await ask(waterstad, assetsPath, assets(), headers)
      for (const { answer, leaves } of [first, again]) {
        assert.equal(answer.status, 503, answer.text)
        assert.equal(answer.headers['retry-after'], '3600')
        assert.deepEqual(told(answer), [code])
        assert.deepEqual(kinds(leaves), [['beslissing', 'toegestaan', []], end])
        assert.ok(leaves.every(leaf => leaf.verzoek === undefined))
      }
      // One that somebody must approve first waits for nobody: both reasons are told at once.
      const { betrokkene, zaak, motivering } = assets()
      const employee = { medewerker: { id: 'u-4711', functie: 'inkomensconsulent' } }
      const partner = { betrokkene, zaak, motivering, velden: ['partnerBsn'], ...employee }
      const brp = path('brp-persoonsgegevens-bijstand', 'verzoeken')
      const { answer, leaves } = await ask(waterstad, brp, partner, {
        'Idempotency-Key': 'partner-1',
      })
      assert.equal(answer.status, 503, answer.text)
      assert.deepEqual(told(answer), ['GOEDKEURING_VEREIST', code])
      assert.deepEqual(kinds(leaves), [['beslissing', 'geweigerd', ['GOEDKEURING_VEREIST']]])
      const kept = await store.query('select 1 from delivery.verzoek')
      assert.deepEqual(kept, [])
    },
  )
})
