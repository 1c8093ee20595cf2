// Does a provider's system see everything that was given or refused in its name, nothing else, and is each look recorded first?
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { partyHolder } from '../../certs/names.ts'
import { unsealMember } from '../../gateway/audit/find.ts'
import { readHeadRow } from '../../gateway/audit/head.ts'
import { guard } from '../../gateway/schema.ts'
import { clientAgent, goodBody, send, testGateway } from '../support/gateway.ts'
import { listenBeside } from '../support/listener.ts'
import { lastIndex, leavesAfter, leavesOf, transactionOf } from '../support/log.ts'

interface Shown {
  readonly transactie: string
  readonly tijd: string
  readonly ontvanger: string
  readonly verstrekt: readonly string[]
  readonly uitkomst: string
  readonly redenen: readonly string[]
}

const path = '/v1/verstrekkingen/_zoek'
const bsn = '999990019'

test('a provider finds what was given and refused in its name, and nothing of another', async t => {
  const gateway = await testGateway(t, 'postgres')
  const { house } = gateway.demo.serving
  const { store } = house
  const search = async (client: string, body: object = {}) => {
    const answer = await gateway.ask(client, { path, body })
    assert.equal(answer.status, 200, answer.text)
    const { verstrekkingen, volgende }: { verstrekkingen: Shown[]; volgende?: string } = JSON.parse(
      answer.text,
    )
    return { text: answer.text, transactie: transactionOf(answer), verstrekkingen, volgende }
  }
  const ids = ({ verstrekkingen }: { readonly verstrekkingen: readonly Shown[] }) =>
    verstrekkingen.map(({ transactie }) => transactie)

  const own = { zaak: 'zaak-q7', medewerker: { id: 'u-q7', functie: 'inkomensconsulent' } }
  const given = transactionOf(await gateway.query('gemeente-waterstad', own))
  const refused = transactionOf(
    await gateway.query('gemeente-dijkdorp', {
      ...own,
      betrokkene: { soort: 'bsn', waarde: '999993653' },
      velden: ['nationaliteit'],
    }),
  )
  const confidential = transactionOf(
    await gateway.ask('toeslagen', {
      path: '/v1/uitwisselingen/aanmelding-toeslagendelict-fiod/_zoek',
      body: { ...goodBody(), velden: ['voldoetAanAanmeldcriteria'] },
    }),
  )

  await t.test(
    'only where the certificate is of the provider: a receiver finds nothing of its own questions',
    async () => {
      assert.deepEqual(ids(await search('uwv')), [refused, given])
      for (const other of ['gemeente-waterstad', 'gemeente-dijkdorp', 'svb', 'fiod']) {
        assert.deepEqual(ids(await search(other)), [], other)
      }
      assert.deepEqual(ids(await search('toeslagen')), [confidential])
    },
  )

  await t.test('each member narrows; no person, case or employee is in the answer', async () => {
    const { text, verstrekkingen } = await search('uwv', {
      betrokkene: { soort: 'bsn', waarde: bsn },
    })
    assert.deepEqual(ids({ verstrekkingen }), [given])
    assert.deepEqual(verstrekkingen[0]?.verstrekt, goodBody().velden)
    for (const hidden of [bsn, 'zaak-q7', 'u-q7', 'inkomensconsulent']) {
      assert.ok(!text.includes(hidden), hidden)
    }
    const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Amsterdam' }).format()
    for (const [body, expected] of [
      [{ uitkomst: 'geweigerd' }, [refused]],
      [{ uitkomst: 'bronfout' }, []],
      [{ ontvanger: partyHolder('gemeente-waterstad').oin }, [given]],
      [{ ontvanger: partyHolder('uwv').oin }, []],
      [{ uitwisseling: 'uwv-inkomsten-bijstand' }, [refused, given]],
      [{ uitwisseling: 'uwv-inkomsten' }, []],
      [{ periode: { van: today, totEnMet: today } }, [refused, given]],
      [{ periode: { van: '2025-01-01', totEnMet: '2025-12-31' } }, []],
      [{ betrokkene: { soort: 'bsn', waarde: '999993653' }, uitkomst: 'verstrekt' }, []],
    ] as const) {
      assert.deepEqual(ids(await search('uwv', body)), expected, JSON.stringify(body))
    }
    const [first] = (await search('uwv', { uitkomst: 'geweigerd' })).verstrekkingen
    assert.deepEqual(first?.redenen, ['VELD_NIET_TOEGESTAAN'])
    assert.equal(first?.ontvanger, partyHolder('gemeente-dijkdorp').oin)
  })

  await t.test(
    'page after page, each once, and a place that no page named is a fault',
    async () => {
      const one = await search('uwv', { aantal: 1 })
      const two = await search('uwv', { aantal: 1, na: one.volgende })
      assert.deepEqual([...ids(one), ...ids(two)], [refused, given])
      assert.equal(two.volgende, undefined)
      const wrong = await gateway.ask('uwv', { path, body: { na: 'verzonnen' } })
      assert.equal(wrong.status, 400)
      assert.deepEqual(wrong.body.fouten[0]?.pointer, '/na')
    },
  )

  await t.test(
    'A17: each look of a system is in the log before it is answered, with the person sealed, where it belongs',
    async () => {
      const before = await lastIndex(store)
      const looked = await search('uwv', { betrokkene: { soort: 'bsn', waarde: bsn }, aantal: 5 })
      const [look, ...others] = await leavesAfter(store, before)
      assert.ok(look)
      assert.equal(others.length, 0)
      assert.deepEqual([look.soort, look.transactie], ['inzage', looked.transactie])
      assert.deepEqual(look.handeling, {
        wat: 'verstrekkingen',
        filters: ['aantal', 'betrokkene'],
        aantal: 1,
      })
      assert.equal(look.ontvanger, partyHolder('uwv').oin)
      const { log: _, idx: __, ...record } = look
      assert.deepEqual(guard('logregel')(record), [])
      assert.ok(!JSON.stringify(look).includes(bsn))
      const keysDir = join(gateway.dataDir, 'keys')
      const place = { log: 'gewoon' as const, keysDir }
      assert.match(
        unsealMember(house.rooms.audit.keys, place, look, 'betrokkene') ?? '',
        /999990019/,
      )
      const second = await search('toeslagen')
      const [hidden] = await leavesOf(store, second.transactie)
      assert.equal(hidden?.log, 'vertrouwelijk', 'what it showed is of the second log')
      const head = await readHeadRow(store.query, 'gewoon')
      assert.equal(head?.grootte, before + 2, 'and the first says nothing of it')
    },
  )

  await t.test(
    'no record, no answer; another body, a number that is none and a stranger are refused and recorded',
    async () => {
      const deaf = await listenBeside(t, gateway, {
        rooms: {
          audit: {
            ...house.rooms.audit,
            append: (log, draft) =>
              draft.record.soort === 'inzage'
                ? Promise.reject(new TypeError('not durable'))
                : house.rooms.audit.append(log, draft),
          },
        },
      })
      const agent = clientAgent(gateway.demo.pkiDir, 'uwv')
      const unrecorded = await send(agent, deaf.port, { path, body: {} })
      agent.destroy()
      assert.equal(unrecorded.status, 500)
      assert.ok(!unrecorded.text.includes(given))
      for (const [client, body, status] of [
        ['uwv', { betrokkene: { soort: 'bsn', waarde: '999990018' } }, 400],
        ['uwv', { verstrekker: partyHolder('svb').oin }, 400],
        ['uwv', { aantal: 101 }, 400],
        ['uwv', { periode: { van: '2026-02-02', totEnMet: '2026-02-01' } }, 400],
        ['uwv', '[]', 400],
        ['onbekend', {}, 401],
        ['ingetrokken', {}, 401],
      ] as const) {
        const answer = await gateway.ask(client, { path, body })
        assert.equal(answer.status, status, JSON.stringify(body))
        assert.ok(!answer.text.includes('999990018'))
        const [leaf] = await leavesOf(store, transactionOf(answer))
        assert.equal(leaf?.soort, 'afwijzing')
      }
    },
  )

  await t.test(
    'a request is there once, and a step of it that decides nothing is not',
    async () => {
      const request = await gateway.ask('gemeente-waterstad', {
        path: '/v1/uitwisselingen/uwv-inkomsten-bijstand/verzoeken',
        body: { ...goodBody(), ...own },
      })
      const place = String(request.headers.location)
      const withdrawn = await gateway.ask('gemeente-waterstad', { path: place, method: 'DELETE' })
      assert.equal(withdrawn.status, 200)
      const shown = (await search('uwv', { aantal: 100 })).verstrekkingen
      assert.ok(shown.some(({ transactie }) => place.endsWith(transactie)))
      const decided = new Set(['aanvaard', 'verstrekt', 'geweigerd', 'toegestaan', 'afgebroken'])
      assert.deepEqual(
        shown.filter(({ uitkomst }) => !decided.has(uitkomst)),
        [],
      )
    },
  )
})
