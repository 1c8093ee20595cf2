// Whose request is it, how often does it count, and what is written of it? Seen from outside, in the log and in every byte.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { ask as sluis } from '../commands/sluis.ts'
import { kinds } from '../support/database.ts'
import { type Answer, goodBody } from '../support/gateway.ts'
import {
  exchange,
  me,
  opened,
  type RequestGateway,
  requestGateway,
  told,
} from '../support/requests.ts'

const other = 'gemeente-dijkdorp'
const path = `/v1/uitwisselingen/${exchange}/verzoeken`

/** All of an answer but what no two answers share. */
function shown({ status, text, headers }: Answer): string {
  const same = text.replace(/urn:uuid:[0-9a-f-]{36}/g, 'urn:uuid:…')
  const { date: _, 'content-length': length, ...rest } = headers
  return JSON.stringify([status, same, length, Object.entries(rest).sort()])
}

async function keyed(
  gateway: RequestGateway,
  key: string,
  { client = me, body = goodBody() }: { client?: string; body?: object } = {},
): Promise<Answer> {
  return await gateway.ask(client, { path, body, headers: { 'Idempotency-Key': key } })
}
const idOf = ({ text }: Answer) => String(JSON.parse(text).verzoek)

for (const kind of kinds) {
  test(`${kind}: a request is its asker's own, counts once, and is told of in the log alone`, async t => {
    const gateway = await requestGateway(t, kind)

    await t.test('somebody else, or an id nobody has, on every route: the same bytes', async () => {
      const verzoek = await gateway.accept()
      await gateway.work(verzoek)
      const unknown = '01890a5d-ac96-774b-bcce-b302099a8057'
      for (const [method, tail] of [
        ['GET', ''],
        ['DELETE', ''],
        ['GET', '/antwoord'],
        ['POST', '/ontvangstbevestiging'],
      ] as const) {
        const [theirs, nobodys] = await Promise.all(
          [verzoek, unknown].map(id =>
            gateway.ask(other, { method, path: `/v1/verzoeken/${id}${tail}` }),
          ),
        )
        assert.ok(theirs && nobodys)
        assert.equal(theirs.status, 404)
        assert.equal(
          shown(theirs).replaceAll(verzoek, unknown),
          shown(nobodys),
          `${method} ${tail}`,
        )
      }
      assert.equal((await gateway.row(verzoek)).staat, 'gereed')
      for (const id of ['x', verzoek.toUpperCase(), `${verzoek}0`, '%00', "'%20or%201=1"]) {
        assert.equal((await gateway.ask(me, { path: `/v1/verzoeken/${id}` })).status, 404, id)
      }
    })

    await t.test('the wrong moment: 409 with the state, and nothing changes', async () => {
      const verzoek = await gateway.accept()
      const own = `/v1/verzoeken/${verzoek}`
      const early = [
        await gateway.pickUp(verzoek),
        await gateway.ask(me, { method: 'POST', path: `${own}/ontvangstbevestiging` }),
      ]
      for (const { status, text } of early) {
        assert.deepEqual([status, JSON.parse(text).staat], [409, 'aanvaard'])
      }
      const first = await gateway.ask(me, { method: 'DELETE', path: own })
      assert.deepEqual([first.status, JSON.parse(first.text).staat], [200, 'ingetrokken'])
      const again = await gateway.ask(me, { method: 'DELETE', path: own })
      assert.deepEqual([again.status, JSON.parse(again.text).staat], [200, 'ingetrokken'])
      assert.equal(
        told(await gateway.leaves(verzoek)).filter(one => one.startsWith('intrekking')).length,
        1,
      )
      await gateway.work(verzoek)
      assert.equal((await gateway.row(verzoek)).staat, 'ingetrokken')
    })

    await t.test('withdrawn in every state: while it may, and 409 after its end', async () => {
      for (const [staat, status] of [
        ...(['wacht-op-goedkeuring', 'aanvaard', 'in-behandeling', 'gereed'] as const).map(
          s => [s, 200] as const,
        ),
        ...(['opgehaald', 'afgeleverd', 'geweigerd', 'verlopen', 'mislukt'] as const).map(
          s => [s, 409] as const,
        ),
      ]) {
        const verzoek = await gateway.accept()
        await gateway.set(verzoek, `staat = '${staat}'`)
        const answer = await gateway.ask(me, { method: 'DELETE', path: `/v1/verzoeken/${verzoek}` })
        assert.equal(answer.status, status, `${staat}: ${answer.text}`)
        const row = await gateway.row(verzoek)
        assert.equal(row.staat, status === 200 ? 'ingetrokken' : staat)
        if (status === 200) assert.equal(row.verzegeld, null)
      }
    })

    await t.test('a receipt is recorded once, and confirming again changes nothing', async () => {
      const verzoek = await gateway.accept()
      await gateway.work(verzoek)
      assert.equal((await gateway.pickUp(verzoek)).status, 200)
      const call = { method: 'POST', path: `/v1/verzoeken/${verzoek}/ontvangstbevestiging` }
      const first = await gateway.ask(me, call)
      assert.deepEqual([first.status, JSON.parse(first.text).staat], [200, 'opgehaald'])
      const { verzegeld, antwoord } = await gateway.row(verzoek)
      assert.deepEqual([verzegeld, antwoord], [null, null])
      assert.equal((await gateway.ask(me, call)).status, 200)
      assert.equal(
        told(await gateway.leaves(verzoek)).filter(one => one.startsWith('ontvangst')).length,
        1,
      )
      assert.equal((await gateway.pickUp(verzoek)).status, 409)
    })

    await t.test(
      'one Idempotency-Key: one request per party and body, in sequence, in parallel, done and purged',
      async () => {
        const body = goodBody()
        const first = await keyed(gateway, 'sleutel-1', { body })
        assert.equal(first.status, 202)
        const verzoek = idOf(first)
        assert.equal(idOf(await keyed(gateway, 'sleutel-1', { body })), verzoek)
        const changed = await keyed(gateway, 'sleutel-1', {
          body: { ...body, zaak: 'andere-zaak' },
        })
        assert.equal(changed.status, 409, changed.text)
        assert.notEqual(idOf(await keyed(gateway, 'sleutel-1', { body, client: other })), verzoek)
        await gateway.ask(me, { method: 'DELETE', path: `/v1/verzoeken/${verzoek}` })
        assert.equal(idOf(await keyed(gateway, 'sleutel-1', { body })), verzoek, 'after its end')
        assert.deepEqual(told(await gateway.leaves(verzoek)), [
          ...['aanvaarding aanvaard', 'intrekking ingetrokken'],
        ])
        const same = goodBody()
        const many = await Promise.all(
          Array.from({ length: 4 }, () => keyed(gateway, 'sleutel-2', { body: same })),
        )
        assert.deepEqual(
          many.map(({ status }) => status),
          [202, 202, 202, 202],
        )
        const [one] = new Set(many.map(idOf))
        assert.equal(new Set(many.map(idOf)).size, 1)
        assert.ok(one)
        const rows = await gateway.owner.query(
          'select 1 from delivery.verzoek where idempotentie = (select idempotentie from delivery.verzoek where verzoek = $1)',
          [one],
        )
        assert.equal(rows.length, 1)
        // Who was taken in beside it at that moment has its end in the log: no acceptance is without one.
        const lost = await gateway.owner.query<{ verzoek: string }>(
          `select transactie::text as verzoek from audit.leaf where soort = 'aanvaarding'
         and transactie not in (select verzoek from delivery.verzoek)`,
        )
        for (const { verzoek: id } of lost) {
          assert.deepEqual(told(await gateway.leaves(id)), [
            'aanvaarding aanvaard',
            'einde geweigerd',
          ])
        }
        const two = [
          await gateway.ask(me, { path, body: same }),
          await gateway.ask(me, { path, body: same }),
        ]
        assert.equal(new Set(two.map(idOf)).size, 2, 'without a key each is one of its own')
        for (const key of ['', 'met spatie', 'x'.repeat(256), 'é']) {
          assert.equal((await keyed(gateway, key)).status, 400, key)
        }
      },
    )

    await t.test('it counts when it is taken in, and not for each attempt or pick-up', async () => {
      const body = goodBody()
      const ids: string[] = []
      for (let asked = 0; asked < 5; asked++) ids.push(await gateway.accept(body))
      const sixth = await gateway.ask(me, { path, body })
      assert.equal(sixth.status, 429, sixth.text)
      for (const verzoek of ids) {
        await gateway.work(verzoek)
        assert.equal((await gateway.row(verzoek)).staat, 'gereed', 'its own count refused it')
        assert.equal((await gateway.pickUp(verzoek)).status, 200)
        assert.equal((await gateway.pickUp(verzoek)).status, 200)
      }
    })

    await t.test(
      'the ladder, the case relation and its escape are what they are for `_zoek`',
      async () => {
        const heavy = { ...goodBody(), velden: ['loonSv'] }
        const closed = await gateway.ask(me, { path, body: heavy })
        assert.equal(closed.status, 403)
        assert.equal(closed.body.redenen[0]?.code, 'LICHTER_MIDDEL_BESCHIKBAAR')
        const light = await gateway.accept({ ...heavy, velden: ['heeftInkomstenverhouding'] })
        await gateway.work(light)
        const next = await gateway.accept(heavy)
        await gateway.work(next)
        assert.equal((await gateway.row(next)).staat, 'gereed')
        const stranger = {
          ...heavy,
          betrokkene: { soort: 'bsn', waarde: '999993653' },
          velden: ['heeftInkomstenverhouding'],
        }
        const strange = await gateway.ask(me, { path, body: stranger })
        assert.equal(strange.body.redenen[0]?.code, 'ZAAKRELATIE_ONTBREEKT')
        const urgent = {
          ...stranger,
          motivering: { noodzaak: 'spoedvoorschot', lichterMiddel: 'geen' },
        }
        const urgentOne = await gateway.accept(urgent)
        assert.equal((await gateway.ask(me, { path, body: urgent })).status, 403, 'twice')
        await gateway.work(urgentOne)
        assert.equal((await gateway.row(urgentOne)).staat, 'gereed', 'its own escape refused it')
        assert.equal((await gateway.pickUp(urgentOne)).status, 200)
      },
    )

    await t.test(
      'every record is of the schema, the log verifies, and its proofs are there for its parties',
      async () => {
        const schema = JSON.parse(
          readFileSync(join(import.meta.dirname, '../../schemas/logregel.schema.json'), 'utf8'),
        )
        const check = new Ajv2020({ strict: false }).compile(schema)
        const rows = await gateway.owner.query<{ tekst: string }>('select tekst from audit.leaf')
        for (const { tekst } of rows)
          assert.ok(check(JSON.parse(tekst)), `${tekst} ${JSON.stringify(check.errors)}`)
        const verzoek = await gateway.accept()
        await gateway.work(verzoek)
        const { body, text } = await opened(gateway, (await gateway.pickUp(verzoek)).text)
        const [taken, given] = await Promise.all(
          [verzoek, body.transactie].map(id => gateway.ask(me, { path: `/v1/bewijzen/${id}` })),
        )
        assert.equal(JSON.parse(taken?.body.beslissing.logregel ?? '{}').soort, 'aanvaarding')
        assert.equal(taken?.body.verstrekkingen.length, 0)
        assert.equal(JSON.parse(given?.body.beslissing.logregel ?? '{}').verzoek, verzoek)
        assert.equal(given?.body.verstrekkingen.length, 1)
        assert.equal(given?.body.verstrekkingen[0]?.logregel, body.bewijs.logregel)
        assert.equal((await gateway.ask(other, { path: `/v1/bewijzen/${verzoek}` })).status, 404)
        const { vkey } = gateway.rooms.audit.head('gewoon')
        const file = join(gateway.dataDir, 'antwoord.json')
        writeFileSync(file, text)
        assert.equal((await sluis(['proof', 'verify', file, '--key', vkey])).code, 0)
        if (kind === 'embedded') return // one process at a time has that database
        const { out, code } = await sluis(['log', 'verify'], { env: gateway.env, clock: Date.now })
        assert.equal(code, 0, out)
      },
    )

    await t.test(
      'no person, case, employee or explanation is readable in a row, a leaf or a metric',
      async () => {
        const planted = {
          zaak: 'zaak-onvindbaar',
          medewerker: { id: 'm-onvindbaar', functie: 'inkomensconsulent' },
          motivering: {
            noodzaak: 'aanvraag',
            lichterMiddel: 'geen',
            toelichting: 'Jansje Pietersen',
          },
        }
        const verzoek = await gateway.accept(planted)
        await gateway.work(verzoek)
        const ready = await gateway.row(verzoek)
        assert.match(String(ready.antwoord), /^[\w-]+(\.[\w-]*){4}$/, 'no compact JWE')
        assert.equal((await gateway.pickUp(verzoek)).status, 200)
        const written = [
          await gateway.owner.query('select * from delivery.verzoek'),
          await gateway.owner.query('select * from delivery.goedkeuring'),
          await gateway.owner.query('select tekst from audit.leaf'),
          await (await fetch(`${gateway.serving.addresses.ops}/metrics`)).text(),
          gateway.alarms,
        ].map(found => JSON.stringify(found))
        const { zaak, medewerker, motivering } = planted
        for (const secret of [
          '999990019',
          zaak,
          medewerker.id,
          motivering.toelichting,
          'loonSv":400',
        ]) {
          for (const [place, text] of written.entries()) {
            const disguises = [secret, Buffer.from(secret).toString('hex')]
            for (const each of disguises) assert.ok(!text.includes(each), `${each} in ${place}`)
          }
        }
        await assert.rejects(
          opened(gateway, String(ready.antwoord), other),
          'another party reads it',
        )
      },
    )
  })
}
