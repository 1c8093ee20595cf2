import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { verifyAnswer } from '../../gateway/audit/judge.ts'
import { Problem } from '../../gateway/problem.ts'
import { leavesOf, transactionOf, until } from '../support/log.ts'
import {
  bulk,
  changed,
  linesOf,
  messageGateway,
  openBatch,
  receiver,
  signal,
} from '../support/messages.ts'
import { day, told } from '../support/requests.ts'

type Line = Readonly<Record<string, unknown>>
const text = (line: Line) => JSON.stringify(line)
const ids = (lines: readonly Line[]) => lines.map(({ bericht }) => bericht)

/** One gateway for all of these; each begins with nothing that waits. */
test('a batch of messages', async t => {
  const gateway = await messageGateway(t, { limits: { answerMs: 400 } })
  const { owner, rooms } = gateway
  const { vkey } = rooms.audit.head('gewoon')
  const many = (count: number, naam = 'Bakkerij') =>
    Promise.all(Array.from({ length: count }, () => gateway.hand({ naam }))).then(made =>
      made.sort(),
    )
  const count = async (soort: string) => {
    const [row] = await owner.query<{ aantal: number }>(
      'select count(*) as aantal from audit.leaf where soort = $1',
      [soort],
    )
    return row?.aantal ?? 0
  }
  const check = (name: string, body: () => Promise<void>) =>
    t.test(name, async () => {
      await owner.query('delete from delivery.bericht')
      try {
        await body()
      } finally {
        gateway.amend(() => ({}))
        gateway.beforeRecord = () => {}
        gateway.later = 0
      }
    })

  await check('nothing waits: an answer without lines', async () => {
    const answer = await gateway.ask(receiver, { path: '/v1/berichten/_ophalen', body: {} })
    assert.deepEqual([answer.status, answer.text], [200, ''])
    assert.match(String(answer.headers['content-type']), /^application\/x-ndjson/)
  })

  await check(
    'every message is a line with a proof of its own, oldest first, and they share commits',
    async () => {
      const made = await many(150)
      const commits = async () => (await owner.query('select 1 from audit.checkpoint')).length
      const before = await commits()
      const lines = await gateway.batch()
      const made2 = await commits()
      assert.ok(made2 - before < 60, `${made2 - before} commits`)
      assert.deepEqual(ids(lines), made)
      assert.equal(new Set(lines.map(({ transactie }) => transactie)).size, 150)
      for (const line of lines) {
        assert.equal(verifyAnswer(Buffer.from(text(line)), vkey).record.verzoek, line.bericht)
      }
      const [first] = made
      assert.deepEqual(told(await gateway.steps(first ?? '')), [
        'beslissing toegestaan',
        'verstrekking verstrekt',
      ])
    },
  )

  await check(
    'what is not confirmed comes again; what is asked for is no more than that',
    async () => {
      const made = [...(await many(3)), await gateway.hand({ uitwisseling: bulk })]
      assert.deepEqual(ids(await gateway.batch({ aantal: 2 })), made.slice(0, 2))
      assert.deepEqual(ids(await gateway.batch({ aantal: 2 })), made.slice(0, 2))
      assert.deepEqual(ids(await gateway.batch({ na: made[1] })), made.slice(2))
      assert.deepEqual(ids(await gateway.batch({ uitwisseling: bulk })), [made[3]])
      assert.deepEqual(ids(await gateway.batch({ soort: 'levering' })), [made[3]])
      await gateway.confirm(made[0] ?? '')
      assert.deepEqual(ids(await gateway.batch()), made.slice(1))
    },
  )

  await check(
    'one that may not leave any more is a line with its reasons and proof, and the rest goes on',
    async () => {
      const [one] = await many(1)
      const refused = await gateway.hand({ uitwisseling: bulk })
      const [last] = await many(1)
      gateway.amend(() => ({ noodrem: [`uitwisseling:${bulk}`] }))
      const lines = await gateway.batch()
      assert.deepEqual(ids(lines), [one, refused, last])
      const line = lines[1] ?? {}
      assert.deepEqual([line.geweigerd, line.status], [true, 403])
      assert.deepEqual(
        (line.redenen as { code: string }[]).map(({ code }) => code),
        ['NOODREM'],
      )
      const { soort, record } = verifyAnswer(Buffer.from(text(line)), vkey)
      assert.deepEqual([soort, record.verzoek], ['weigering', refused])
      assert.ok(!text(line).includes('Bakkerij'))
      const row = await gateway.row(refused)
      assert.deepEqual([row.staat, row.verzegeld], ['geweigerd', null])
      assert.deepEqual(ids(await gateway.batch()), [one, last])
    },
  )

  await check('one whose key is gone keeps no other waiting, and waits itself', async () => {
    const [one] = await many(1)
    gateway.later = 40 * day
    const keyless = await gateway.hand()
    gateway.later = 0
    const [last] = await many(1)
    const at = new Date(Date.now() + 40 * day)
    const month = `${at.getUTCFullYear() + 7}-${String(at.getUTCMonth() + 1).padStart(2, '0')}`
    const path = join(gateway.keysDir, `gewoon-${month}.key`)
    renameSync(path, `${path}.weg`)
    rooms.audit.keys.forget('gewoon', month)
    const lines = await gateway.batch()
    renameSync(`${path}.weg`, path)
    const byId = new Map(lines.map(line => [line.bericht, line]))
    assert.deepEqual([...byId.keys()].sort(), [one, keyless, last].sort())
    assert.deepEqual([byId.get(keyless)?.status, byId.get(keyless)?.geweigerd], [503, undefined])
    assert.ok(byId.get(last)?.bewijs)
    assert.equal((await gateway.metadata(keyless)).staat, 'ontvangen')
    assert.equal((await gateway.batch()).filter(({ bewijs }) => bewijs).length, 3)
  })

  await check(
    'the log is gone half way: what was recorded is told, then why it ends, and nothing more',
    async () => {
      const made = await many(120)
      let left = 70
      gateway.beforeRecord = ({ record }) => {
        if (record.soort === 'verstrekking' && left-- <= 0) {
          throw new Problem('log-onbereikbaar', 'Er is geen log.', { retryAfter: 5 })
        }
      }
      const before = await count('verstrekking')
      const lines = await gateway.batch()
      const last = lines.at(-1) ?? {}
      assert.deepEqual([last.bericht, last.status], [undefined, 503], text(last))
      const answers = lines.slice(0, -1)
      assert.ok(answers.length > 0 && answers.length <= 70)
      for (const line of answers) {
        const [, disclosure] = await leavesOf(owner, String(line.transactie))
        assert.deepEqual([disclosure?.soort, disclosure?.verzoek], ['verstrekking', line.bericht])
      }
      // What was recorded and came after the one that could not be, was never told.
      const unsent = (await count('verstrekking')) - before - answers.length
      await until('each of them is told', async () => (await undelivered(made)) === unsent)
      gateway.beforeRecord = () => {}
      assert.deepEqual(ids(await gateway.batch()), made)
    },
  )

  async function undelivered(made: readonly string[]): Promise<number> {
    const rows = await owner.query<{ tekst: string }>(
      `select tekst from audit.leaf where soort = 'niet-afgeleverd'`,
    )
    return rows.filter(({ tekst }) => made.includes(JSON.parse(tekst).verzoek)).length
  }

  for (const [what, after, status] of [
    [
      'the arrangement ends',
      () => gateway.amend(law => changed(law, signal, { geldig: { van: 0, tot: 1 } })),
      403,
    ],
    [
      'its receiver is suspended',
      () =>
        gateway.amend(law => {
          const oin = '00000099000000001000'
          const party = law.partijen.get(oin)
          assert.ok(party)
          const status = 'geschorst' as const
          return { partijen: new Map([...law.partijen, [oin, { ...party, status }]]) }
        }),
      401,
    ],
  ] as const) {
    await check(`${what} half way: from there on nothing leaves`, async () => {
      const made = await many(120)
      let left = 70
      gateway.beforeRecord = ({ record }) => {
        if (record.soort === 'beslissing' && --left === 0) after()
      }
      const lines = await gateway.batch()
      const given = lines.filter(({ bewijs, status }) => bewijs && status === undefined)
      assert.ok(given.length > 0 && given.length < 120, `${given.length}`)
      assert.equal(lines.at(-1)?.status, status)
      const position = lines.findIndex(line => line.status !== undefined)
      assert.ok(lines.slice(position).every(line => line.status !== undefined) || status === 403)
      gateway.amend(() => ({}))
      if (status === 403) return
      const { instance } = lines.at(-1) ?? {}
      const [leaf] = await leavesOf(owner, String(instance).slice('urn:uuid:'.length))
      assert.equal(leaf?.redenen?.[0]?.code, 'partij-niet-actief')
      assert.deepEqual(ids(await gateway.batch()), made)
    })
  }

  await check(
    'a connection cut half way: what did not leave is written down, and all of it comes again',
    async () => {
      const made = await many(200, 'x'.repeat(4_000))
      const before = await count('verstrekking')
      const response = await openBatch(gateway)
      let received = ''
      response.on('error', () => {})
      await new Promise<void>(resolve => {
        response.once('data', chunk => {
          received += chunk
          response.destroy()
          resolve()
        })
      })
      const whole = linesOf(`${received.slice(0, received.lastIndexOf('\n') + 1)}`)
      const disclosed = async () => (await count('verstrekking')) - before
      await until('what did not leave is written down', async () => (await undelivered(made)) > 0)
      await until('it is over', async () => {
        const [now, gone] = [await disclosed(), await undelivered(made)]
        return gone > 0 && now === (await disclosed()) && gone === (await undelivered(made))
      })
      assert.ok((await disclosed()) >= whole.length)
      assert.ok((await disclosed()) < 200, 'nothing more was recorded once nobody was there')
      assert.ok((await undelivered(made)) <= (await disclosed()))
      assert.deepEqual(ids(await gateway.batch()), made)
    },
  )

  await check(
    'who takes nothing is cut off, and holds no more than what is under way',
    async () => {
      // Ten megabytes: more than a kernel keeps for a connection.
      const made = await many(800, '€'.repeat(4_000))
      const before = await count('verstrekking')
      const response = await openBatch(gateway)
      response.on('error', () => {})
      response.pause()
      // Sixty-three were under way; what was written and did not leave is written down too.
      await until('it is cut off', async () => (await undelivered(made)) > 63)
      assert.ok((await count('verstrekking')) - before < 800, 'it was not read ahead')
      response.destroy()
    },
  )

  await check(
    'a signature that is wrong is never passed over, and a body has its form',
    async () => {
      const path = '/v1/berichten/_ophalen'
      for (const body of [{ aantal: 1_001 }, { staat: 'ontvangen' }, { na: '1' }, []]) {
        assert.equal((await gateway.ask(receiver, { path, body })).status, 400, text({ body }))
      }
      const headers = { 'Content-Type': 'application/json', 'Message-Signature': 'a..b' }
      const answer = await gateway.ask(receiver, { path, body: {}, headers })
      assert.equal(answer.status, 401, answer.text)
      const [leaf] = await leavesOf(owner, transactionOf(answer))
      assert.equal(leaf?.soort, 'afwijzing')
    },
  )
})
