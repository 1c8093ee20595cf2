import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partyHolder } from '../../certs/names.ts'
import { kinds } from '../support/database.ts'
import { heldGateway } from '../support/held.ts'
import { lastIndex, leavesAfter, leavesOf, transactionOf } from '../support/log.ts'

for (const kind of kinds) {
  test(`${kind}: A17: who looks at the proofs of a transaction stands in the log, and who may not see them too`, async t => {
    const gateway = await heldGateway(t, kind)
    const { store } = gateway.serving.house
    const asked = transactionOf(await gateway.query('gemeente-waterstad'))
    const path = `/v1/bewijzen/${asked}`
    const before = await lastIndex(store)

    const refused = await gateway.ask('gemeente-dijkdorp', { path })
    assert.equal(refused.status, 404)
    const [rejection] = await leavesOf(store, transactionOf(refused))
    assert.equal(rejection?.soort, 'afwijzing')
    assert.equal(rejection?.ontvanger, partyHolder('gemeente-dijkdorp').oin)

    for (const party of ['gemeente-waterstad', 'uwv']) {
      const shown = await gateway.ask(party, { path })
      assert.equal(shown.status, 200, shown.text)
      assert.equal(shown.body.beslissing.logregel.includes(asked), true)
      const look = (await leavesAfter(store, before)).at(-1)
      assert.equal(look?.soort, 'inzage')
      assert.equal(look?.over, asked)
      assert.equal(look?.ontvanger, partyHolder(party).oin)
    }
    assert.equal((await leavesAfter(store, before)).length, 3, 'one record a look, nothing else')
  })
}
