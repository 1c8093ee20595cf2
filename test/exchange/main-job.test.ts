// One purpose-bound question, answered, stripped and proved: the whole way, over real mutual TLS.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { partyHolder, strangerOin } from '../../certs/names.ts'
import { kinds } from '../support/database.ts'
import { type Answer, goodBody, testGateway } from '../support/gateway.ts'
import { leavesOf, transactionOf } from '../support/log.ts'

const waterstad = 'gemeente-waterstad'

function codes(answer: Answer): string[] {
  return answer.body.redenen?.map(({ code }) => code) ?? []
}

for (const kind of [...kinds, 'four processes'] as const) {
  suite(`with ${kind}`, () => {
    test('a municipality gets exactly the fields it may have, a refusal its reasons, both recorded', async t => {
      const gateway = await testGateway(t, kind)
      const ask = (velden: string[], bsn: string, zaak = `zaak-${bsn.slice(-5)}`) =>
        gateway.query(waterstad, { velden, betrokkene: { soort: 'bsn', waarde: bsn }, zaak })

      await t.test('each demo person gets its own derived answers', async () => {
        const expected: [string, Record<string, unknown>][] = [
          [
            '999990019',
            {
              heeftInkomstenverhouding: true,
              inkomenBovenBijstandsnorm: false,
              heeftUitkeringsverhouding: false,
            },
          ],
          [
            '999993653',
            {
              heeftInkomstenverhouding: true,
              inkomenBovenBijstandsnorm: true,
              heeftUitkeringsverhouding: false,
            },
          ],
          [
            '999992168',
            {
              heeftInkomstenverhouding: false,
              inkomenBovenBijstandsnorm: false,
              heeftUitkeringsverhouding: true,
            },
          ],
          [
            '999993549',
            {
              heeftInkomstenverhouding: false,
              inkomenBovenBijstandsnorm: false,
              heeftUitkeringsverhouding: false,
            },
          ],
        ]
        for (const [bsn, fields] of expected) {
          const answer = await ask(Object.keys(fields), bsn)
          assert.equal(answer.status, 200, answer.text)
          assert.equal(answer.body.resultaat, 'gegevens')
          assert.deepEqual(answer.body.antwoord, [fields], bsn)
          assert.equal(answer.body.omgeving, 'test')
          const [decision, disclosure] = await leavesOf(
            gateway.demo.serving.house.store,
            transactionOf(answer),
          )
          assert.equal(decision?.uitkomst, 'toegestaan')
          assert.equal(disclosure?.soort, 'verstrekking')
          assert.deepEqual([...(disclosure?.verstrekt ?? [])].sort(), Object.keys(fields).sort())
          assert.equal(
            answer.body.bewijs.logregel,
            JSON.stringify(disclosure, (key, value) =>
              key === 'log' || key === 'idx' ? undefined : value,
            ),
          )
        }
      })

      await t.test('a person the source does not know is an empty answer', async () => {
        const answer = await ask(['heeftInkomstenverhouding'], '111222333')
        assert.equal(answer.status, 200)
        assert.equal(answer.body.resultaat, 'geenGegevens')
        assert.deepEqual(answer.body.antwoord, [])
      })

      await t.test(
        'amounts open only after the lighter answer, in the same case, for the same person',
        async () => {
          const amounts = ['loonSv', 'tijdvak']
          const first = await ask(amounts, '999990019', 'ladder-1')
          assert.equal(first.status, 403)
          assert.deepEqual(codes(first), ['LICHTER_MIDDEL_BESCHIKBAAR'])
          assert.equal(
            (await ask(['heeftInkomstenverhouding'], '999990019', 'ladder-1')).status,
            200,
          )
          const second = await ask(amounts, '999990019', 'ladder-1')
          assert.equal(second.status, 200, second.text)
          assert.equal(second.body.antwoord.length, 3)
          for (const row of second.body.antwoord) {
            assert.deepEqual(Object.keys(row).sort(), ['loonSv', 'tijdvak'])
            assert.equal(row.loonSv, 40_000)
          }
          const otherCase = await ask(amounts, '999990019', 'ladder-2')
          assert.deepEqual(codes(otherCase), ['LICHTER_MIDDEL_BESCHIKBAAR'])
          const otherPerson = await ask(amounts, '999993653', 'ladder-1')
          assert.deepEqual(codes(otherPerson), [
            'ZAAKRELATIE_ONTBREEKT',
            'LICHTER_MIDDEL_BESCHIKBAAR',
          ])
          const otherParty = await gateway.query('gemeente-dijkdorp', {
            velden: amounts,
            zaak: 'ladder-1',
          })
          assert.deepEqual(codes(otherParty), ['LICHTER_MIDDEL_BESCHIKBAAR'])
        },
      )

      await t.test('amounts stay shut when the lighter answer was no', async () => {
        await ask(['heeftInkomstenverhouding'], '999992168', 'ladder-3')
        const answer = await ask(['loonSv'], '999992168', 'ladder-3')
        assert.deepEqual(codes(answer), ['LICHTER_MIDDEL_BESCHIKBAAR'])
      })

      await t.test(
        'each thing the law does not allow has its own reason, and is recorded',
        async () => {
          const wide = { van: '2025-01-01', totEnMet: '2026-06-30' }
          const { medewerker, zaak, parameters, ...rest } = goodBody()
          const path = '/v1/uitwisselingen/uwv-inkomsten-bijstand/_zoek'
          const refused: [string, () => Promise<Answer>, string, string?][] = [
            [
              'a field nobody may get',
              () => ask(['nationaliteit'], '999990019'),
              'VELD_NIET_TOEGESTAAN',
              'nationaliteit',
            ],
            [
              'a field the source has',
              () => ask(['loonheffingennummer'], '999990019'),
              'VELD_NIET_TOEGESTAAN',
              'loonheffingennummer',
            ],
            [
              'a wrong functie',
              () => gateway.query(waterstad, { medewerker: { id: 'x', functie: 'wmo-consulent' } }),
              'FUNCTIE_NIET_BEVOEGD',
            ],
            [
              'no case',
              () => gateway.ask(waterstad, { path, body: { ...rest, medewerker, parameters } }),
              'ZAAK_ONTBREEKT',
            ],
            [
              'too wide a period',
              () => gateway.query(waterstad, { periode: wide }),
              'PERIODE_TE_RUIM',
            ],
            [
              'no leefvorm',
              () => gateway.ask(waterstad, { path, body: { ...rest, medewerker, zaak } }),
              'PARAMETER_ONTBREEKT',
            ],
            ['uwv asking', () => gateway.query('uwv', {}), 'ONTVANGER_NIET_BEVOEGD'],
            ['toeslagen asking', () => gateway.query('toeslagen', {}), 'ONTVANGER_NIET_BEVOEGD'],
            ['fiod asking', () => gateway.query('fiod', {}), 'ONTVANGER_NIET_BEVOEGD'],
            [
              'a bill',
              () => gateway.query(waterstad, {}, 'proactieve-dienstverlening'),
              'GRONDSLAG_NIET_IN_WERKING',
            ],
            [
              'an unconfirmed basis',
              () => gateway.query(waterstad, {}, 'lu-inkomsten-bijstand'),
              'GRONDSLAG_ONBEVESTIGD',
            ],
            [
              'Wmo data for enforcement',
              () => gateway.query(waterstad, {}, 'wmo-handhaving'),
              'DOEL_ONVERENIGBAAR',
            ],
          ]
          void parameters
          for (const [what, call, code, veld] of refused) {
            const answer = await call()
            assert.equal(answer.status, 403, `${what}: ${answer.text}`)
            assert.ok(codes(answer).includes(code), `${what}: ${codes(answer)}`)
            assert.match(String(answer.headers['content-type']), /^application\/problem\+json/)
            if (veld)
              assert.ok(
                answer.body.redenen.some(reden => reden.veld === veld),
                what,
              )
            for (const { uitleg } of answer.body.redenen) assert.match(uitleg, /^['A-Z].{10,}\.$/s)
            const [decision, ...others] = await leavesOf(
              gateway.demo.serving.house.store,
              transactionOf(answer),
            )
            assert.equal(decision?.uitkomst, 'geweigerd', what)
            assert.deepEqual(
              decision?.redenen?.map(reden => reden.code),
              codes(answer),
              what,
            )
            assert.equal(others.length, 0, what)
            assert.equal(decision?.log, what.startsWith('fiod') ? 'vertrouwelijk' : 'gewoon')
          }
        },
      )

      await t.test('the confidential party leaves no trace in the ordinary log', async () => {
        await gateway.query('fiod', {})
        await gateway.query('fiod', { velden: [] })
        await gateway.ask('fiod', { path: '/v1/bestaat-niet' })
        const [row] = await gateway.demo.serving.house.store.query<{ n: number }>(
          "SELECT count(*) AS n FROM audit.leaf WHERE log = 'gewoon' AND tekst LIKE $1",
          [`%${partyHolder('fiod').oin}%`],
        )
        assert.equal(row?.n, 0)
        const [other] = await gateway.demo.serving.house.store.query<{ n: number }>(
          "SELECT count(*) AS n FROM audit.leaf WHERE log = 'vertrouwelijk' AND tekst LIKE $1",
          [`%${partyHolder('fiod').oin}%`],
        )
        assert.ok((other?.n ?? 0) >= 3)
      })

      await t.test(
        'a certificate that does not admit is refused, in the handshake or with 401 and a record',
        async () => {
          for (const client of ['verlopen', 'vreemd']) {
            await assert.rejects(gateway.query(client, {}), client)
          }
          for (const client of ['ingetrokken', 'onbekend', 'dubbel']) {
            const answer = await gateway.query(client, {})
            assert.equal(answer.status, 401, client)
            const [leaf] = await leavesOf(gateway.demo.serving.house.store, transactionOf(answer))
            assert.ok(leaf, `${client} is recorded`)
            assert.equal(leaf.uitkomst, 'geweigerd')
            if (client === 'onbekend') assert.equal(leaf.ontvanger, strangerOin)
          }
        },
      )

      await t.test(
        'bevoegdheden says what may be asked, and bewijzen gives the proofs again',
        async () => {
          const may = await gateway.ask(waterstad, { path: '/v1/bevoegdheden' })
          assert.equal(may.status, 200)
          assert.match(may.text, /uwv-inkomsten-bijstand/)
          const answer = await ask(['heeftInkomstenverhouding'], '999990019')
          const path = `/v1/bewijzen/${answer.body.transactie}`
          const proofs = await gateway.ask(waterstad, { path })
          assert.equal(proofs.status, 200, proofs.text)
          assert.equal(proofs.body.verstrekkingen[0]?.logregel, answer.body.bewijs.logregel)
          assert.equal((await gateway.ask('gemeente-dijkdorp', { path })).status, 404)
          assert.equal((await gateway.ask('uwv', { path })).status, 200)
        },
      )
    })
  })
}
