import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readBody } from '../../gateway/message/read.ts'
import { Problem } from '../../gateway/problem.ts'
import { readQuery } from '../../gateway/schema.ts'
import type { Profile } from '../../gateway/terms.ts'

function read(gegevens: object, profile: Profile = 'test', persoonsvelden?: readonly string[]) {
  const body = {
    betrokkene: { soort: 'bsn', waarde: profile === 'test' ? '999990019' : '900000004' },
    velden: ['bsnKind'],
    medewerker: { id: 'u-1', functie: 'medewerker' },
    gegevens,
  }
  try {
    return readBody(Buffer.from(JSON.stringify(body)), readQuery, profile, persoonsvelden)
  } catch (error) {
    assert.ok(error instanceof Problem)
    return error.members.fouten
  }
}

const named = ['bsnKind']

test('the number of another person is read in a field that is there for it, and nowhere else', () => {
  assert.ok('betrokkene' in Object(read({ bsnKind: '999993653' }, 'test', named)))
  const hidden = 'bevat cijfers die een burgerservicenummer kunnen zijn'
  assert.deepEqual(read({ bsnKind: '999993653' }), [
    { pointer: '/gegevens/bsnKind', melding: hidden },
  ])
  assert.deepEqual(read({ bsnKind: '999993653', naam: '999990032' }, 'test', named), [
    { pointer: '/gegevens/naam', melding: hidden },
  ])
})

test('a number that is no BSN, or a test number in production, is refused without being repeated', () => {
  for (const [value, melding] of [
    ['123456789', 'is geen geldig burgerservicenummer'],
    ['000000000', 'is geen geldig burgerservicenummer'],
    ['99999365', 'moet uit precies negen cijfers bestaan'],
  ] as const) {
    assert.deepEqual(read({ bsnKind: value }, 'test', named), [
      { pointer: '/gegevens/bsnKind', melding },
    ])
  }
  assert.deepEqual(read({ bsnKind: '999993653' }, 'productie', named), [
    { pointer: '/gegevens/bsnKind', melding: 'is een testnummer; dat kan hier niet' },
  ])
  assert.ok('betrokkene' in Object(read({ bsnKind: '900000016' }, 'productie', named)))
})
