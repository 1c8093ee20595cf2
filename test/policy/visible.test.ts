import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isConfidential, placeOf, visibleTo } from '../../gateway/policy/visible.ts'
import { oins, shipped } from './law.ts'

const referral = 'aanmelding-toeslagendelict-fiod'

function party(oin: string) {
  const found = shipped.partijen.get(oin)
  assert.ok(found)
  return found
}

test('an exchange is confidential by its provider, an intermediary, or all who can receive', () => {
  const ordinary = shipped.uitwisselingen.get('uwv-inkomsten-bijstand')
  assert.ok(ordinary)
  assert.equal(isConfidential(ordinary, shipped.partijen), false)
  const variants = [
    { ...ordinary, verstrekker: { ...ordinary.verstrekker, oin: oins.fiod } },
    { ...ordinary, via: [oins.fiod] },
    { ...ordinary, ontvangers: { ...ordinary.ontvangers, soort: 'fiod' } },
  ]
  for (const one of variants) assert.equal(isConfidential(one, shipped.partijen), true)
})

test('a confidential exchange is there for its provider and its receiver, and for nobody else', () => {
  const arrangement = shipped.uitwisselingen.get(referral)
  assert.ok(arrangement)
  const sees = [...shipped.partijen.values()].filter(one => visibleTo(arrangement, one))
  assert.deepEqual(
    sees.map(({ oin }) => oin),
    [oins.toeslagen, oins.fiod],
  )
  assert.equal(visibleTo(arrangement, undefined), false)
})

test('a call stands in the log of its exchange or its party, and names only what its party may see', () => {
  const places: readonly (readonly [string | undefined, string | undefined, object])[] = [
    [oins.toeslagen, referral, { log: 'vertrouwelijk', uitwisseling: referral }],
    [oins.waterstad, referral, { log: 'gewoon' }],
    [undefined, referral, { log: 'gewoon' }],
    [oins.fiod, undefined, { log: 'vertrouwelijk' }],
    [oins.toeslagen, 'bestaat-niet', { log: 'gewoon' }],
    [
      undefined,
      'uwv-inkomsten-bijstand',
      { log: 'gewoon', uitwisseling: 'uwv-inkomsten-bijstand' },
    ],
  ]
  for (const [oin, named, place] of places) {
    assert.deepEqual(placeOf(shipped, oin, named), place, `${oin} ${named}`)
  }
  assert.ok(party(oins.fiod).vertrouwelijk)
})
