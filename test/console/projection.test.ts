// Does the console find everything that stands in the log, once, without a person, also with two that read?
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { project } from '../../gateway/console/projection.ts'
import { kinds } from '../support/database.ts'
import { heldGateway } from '../support/held.ts'
import { transactionOf } from '../support/log.ts'

const waterstad = 'gemeente-waterstad'

for (const kind of kinds) {
  suite(`a copy of the log to search in (${kind})`, () => {
    test('each transaction is one row with its outcome, also when its end is read later', async t => {
      const gateway = await heldGateway(t, kind)
      const { query } = gateway.serving.house.store
      const refused = transactionOf(
        await gateway.query(waterstad, { velden: ['heeftInkomstenverhouding', 'nationaliteit'] }),
      )
      gateway.hold()
      const asking = gateway.query(waterstad)
      while (gateway.questions() === 0) await new Promise(setImmediate)
      await project(query)
      gateway.release()
      const allowed = transactionOf(await asking)
      const row = async (transactie: string) =>
        (await query(`SELECT * FROM console.transactie WHERE transactie = $1`, [transactie]))[0]
      assert.equal((await row(allowed))?.uitkomst, 'toegestaan')
      await Promise.all([project(query), project(query)])
      const { uitkomst, verstrekt, velden, eind_idx, idx } = (await row(allowed)) ?? {}
      assert.equal(uitkomst, 'verstrekt')
      assert.deepEqual(verstrekt, velden)
      assert.ok(Number(eind_idx) > Number(idx))
      const no = await row(refused)
      assert.equal(no?.uitkomst, 'geweigerd')
      assert.deepEqual(no?.redenen, ['VELD_NIET_TOEGESTAAN'])
      assert.match(String(no?.termen), /veld:nationaliteit/)
      const all = JSON.stringify([
        await query('SELECT * FROM console.transactie'),
        await query('SELECT * FROM console.handeling'),
      ])
      for (const planted of ['999990019', '2026-000123', 'u-4711']) {
        assert.ok(!all.includes(planted), planted)
      }
      const [counted] = await query<{ rijen: number; bladen: number }>(
        `SELECT (SELECT count(*) FROM console.transactie) AS rijen,
           (SELECT count(DISTINCT transactie) FROM audit.leaf
            WHERE soort NOT IN ('beleidsactivering', 'signaal')) AS bladen`,
      )
      assert.equal(counted?.rijen, counted?.bladen)
    })
  })
}
