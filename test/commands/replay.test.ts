// Is what was decided decided like that again, and what would another law or another day change?
import assert from 'node:assert/strict'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openStore } from '../../gateway/store.ts'
import { policyDir } from '../policy/law.ts'
import { asOwner, kinds } from '../support/database.ts'
import { goodBody } from '../support/gateway.ts'
import { heldGateway } from '../support/held.ts'
import { leavesOf, transactionOf } from '../support/log.ts'
import { ask } from './sluis.ts'

const waterstad = 'gemeente-waterstad'

for (const kind of kinds) {
  test(`${kind}: decisions that were recorded are decided again beside a running gateway: by the law of then all are the same, and each that another law or day would change is counted`, async t => {
    const gateway = await heldGateway(t, kind)
    const { query, place } = gateway
    const env = { SLUIS_DATA_DIR: place.dir, ...(place.url && { DATABASE_URL: place.url }) }
    const run = (...args: string[]) => ask(['policy', 'replay', ...args], { env, clock: Date.now })
    const zaak = 'opnieuw-1'
    const asked = [
      await query(waterstad, { zaak }),
      await query(waterstad, { zaak, velden: ['loonSv'] }),
      await query(waterstad, { zaak, velden: ['nationaliteit'] }),
      await query(waterstad, { medewerker: { id: 'u-1', functie: 'onbekend' } }),
      await gateway.ask(waterstad, {
        path: '/v1/uitwisselingen/uwv-inkomsten-bijstand/verzoeken',
        body: { ...goodBody(), zaak },
      }),
    ]
    assert.deepEqual(
      asked.map(({ status }) => status),
      [200, 200, 403, 403, 202],
    )
    const decisions = Number((await run('--json')).out.match(/"beslissingen":(\d+)/)?.[1])
    assert.ok(decisions >= 5)

    const same = await run()
    assert.deepEqual(
      [same.code, same.out, same.err],
      [0, `${decisions} beslissingen opnieuw: ${decisions} gelijk, 0 anders\n`, ''],
    )
    if (kind === 'embedded') return
    const other = await run('--log', 'vertrouwelijk', '--json')
    assert.deepEqual([other.code, JSON.parse(other.out).beslissingen], [0, 0])
    for (const [from, to, n] of [
      ['2000-01-01', '2000-12-31', 0],
      ['2000-01-01', '2999-12-31', decisions],
      ['2999-01-01', undefined, 0],
    ] as const) {
      const said = await run('--from', from, ...(to ? ['--to', to] : []), '--json')
      assert.equal(JSON.parse(said.out).beslissingen, n)
    }

    // Long after the DPIA must have been looked at again nothing would be allowed.
    const later = await run('--at', '2099-01-01')
    assert.equal(later.code, 1)
    assert.match(
      later.out,
      /^uwv-inkomsten-bijstand +toegestaan +geweigerd +\+DPIA_ONTBREEKT_OF_VERLOPEN +3$/m,
    )
    assert.match(later.out, /^uwv-inkomsten-bijstand +geweigerd +geweigerd +\+DPIA_/m)

    const changed = join(place.dir, 'ander-beleid')
    cpSync(policyDir, changed, { recursive: true })
    const file = join(changed, 'uitwisselingen', 'uwv-inkomsten-bijstand.yaml')
    const text = readFileSync(file, 'utf8')
    writeFileSync(
      file,
      text.replace('functie: [inkomensconsulent,', 'functie: [onbekend, inkomensconsulent,'),
    )
    const told = await run('--policies', changed, '--json')
    assert.equal(told.code, 1, told.err)
    const { anders, gewijzigd, telling, beleid } = JSON.parse(told.out)
    assert.match(beleid, /^sha256:/)
    const refused = transactionOf(asked[3] as (typeof asked)[0])
    assert.deepEqual(
      anders.map(({ log, index, ...rest }: Record<string, unknown>) => rest),
      [
        {
          transactie: refused,
          uitwisseling: 'uwv-inkomsten-bijstand',
          toen: 'geweigerd',
          nu: 'toegestaan',
          verschil: ['-FUNCTIE_NIET_BEVOEGD'],
        },
      ],
    )
    assert.deepEqual([gewijzigd, telling.length, telling[0].aantal], [1, 1, 1])
    writeFileSync(file, 'id: half')
    const faulty = await run('--policies', changed)
    assert.deepEqual([faulty.code, faulty.out], [3, ''])
    assert.match(faulty.err, /fouten: zie policy check/)
    assert.equal((await run('--from', 'gisteren')).code, 2)

    // A record that says something else than the law of then is named; so is one whose law is not kept.
    await using owner = await openStore(asOwner(place))
    const [leaf] = await leavesOf(owner, refused)
    await owner.query(
      `UPDATE audit.leaf SET tekst = replace(tekst, '"uitkomst":"geweigerd"', '"uitkomst":"toegestaan"')
       WHERE log = 'gewoon' AND idx = $1`,
      [leaf?.idx],
    )
    const wrong = await run()
    assert.equal(wrong.code, 1)
    assert.equal(wrong.err, `gewoon: regel ${leaf?.idx}: toen toegestaan, nu geweigerd: uitkomst\n`)
    await owner.query('DELETE FROM policy.policy_set')
    const unknown = await run('--json')
    assert.equal(unknown.code, 3)
    assert.equal(JSON.parse(unknown.out).nietBewaard, decisions)
    assert.ok(
      JSON.parse(unknown.out).anders.every(
        ({ nietBewaard }: Record<string, unknown>) => nietBewaard,
      ),
    )
  })
}
