// Which questions does each scope of the brake stop? Those it touches, and no other.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { braked } from '../../gateway/policy/brake.ts'
import { decide } from '../../gateway/policy/decide.ts'
import { uitleg } from '../../gateway/policy/explain.ts'
import { loadPolicies } from '../../gateway/policy/load.ts'
import type { Question } from '../../gateway/terms.ts'

const law = await loadPolicies(join(import.meta.dirname, '../../policies'), 'test')
const waterstad = '00000099000000001000'
const dijkdorp = '00000099000000002000'
const delta = '00000099000000003000'
const uwv = '00000099000000004000'
const svb = '00000099000000005000'

const bijstand: Question = {
  uitwisseling: 'uwv-inkomsten-bijstand',
  ontvanger: waterstad,
  velden: ['heeftInkomstenverhouding'],
  sleutel: 'bsn',
  zaak: true,
  functie: 'inkomensconsulent',
  systeemproces: false,
  parameters: { leefvorm: 'alleenstaande' },
  periode: { van: '2026-07-01', totEnMet: '2026-09-30' },
}
const wages: Question = { ...bijstand, velden: ['loonSv'] }
const onBehalf: Question = { ...bijstand, ontvanger: delta, namens: dijkdorp }
const handedOver: Question = { ...bijstand, indiener: svb }
const pension: Question = { ...bijstand, uitwisseling: 'svb-uitkering-uwv', ontvanger: uwv }
const unknown: Question = { ...bijstand, uitwisseling: 'bestaat-niet' }
const questions = { bijstand, wages, onBehalf, handedOver, pension, unknown }
type Name = keyof typeof questions

const everything = Object.keys(questions) as Name[]
const ofUwv: Name[] = ['bijstand', 'wages', 'onBehalf', 'handedOver']

const touches: Readonly<Record<string, readonly Name[]>> = {
  alles: everything,
  [`partij:${waterstad}`]: ['bijstand', 'wages', 'handedOver', 'unknown'],
  [`partij:${delta}`]: ['onBehalf'],
  [`partij:${dijkdorp}`]: ['onBehalf'],
  [`partij:${uwv}`]: [...ofUwv, 'pension'],
  [`partij:${svb}`]: ['handedOver', 'pension'],
  'doel:bijstand-recht-en-hoogte': ofUwv,
  'uitwisseling:uwv-inkomsten-bijstand': ofUwv,
  'uitwisseling:svb-uitkering-uwv': ['pension'],
  'veld:loonSv': ['wages'],
  'veld:heeftInkomstenverhouding': everything.filter(name => name !== 'wages'),
  'bron:uwv': ofUwv,
  'bron:svb': ['pension'],
  'bron:uw': [],
  'partij:0000009900000000100': [],
  'uitwisseling:uwv': [],
}

for (const [bereik, stopped] of Object.entries(touches)) {
  test(`${bereik} stops ${stopped.length === 0 ? 'nothing' : stopped.join(', ')}, and nothing else`, () => {
    const under = { ...law, noodrem: [bereik] }
    const found = everything.filter(name => braked(questions[name], under).length > 0)
    assert.deepEqual(
      found,
      everything.filter(name => stopped.includes(name)),
    )
    for (const name of found) assert.deepEqual(braked(questions[name], under), [bereik])
  })
}

test('an intermediary under the brake stops the exchanges that go through it', () => {
  const arrangement = law.uitwisselingen.get('uwv-inkomsten-bijstand')
  assert.ok(arrangement)
  const uitwisselingen = new Map(law.uitwisselingen)
  uitwisselingen.set(arrangement.id, { ...arrangement, via: ['00000099000000006000'] })
  const noodrem = ['partij:00000099000000006000']
  assert.deepEqual(braked(bijstand, { ...law, uitwisselingen, noodrem }), noodrem)
  assert.deepEqual(braked(bijstand, { ...law, noodrem }), [])
})

test('a provider under the brake stops the lines that another hands in for it, and no other lines', () => {
  const line: Question = {
    uitwisseling: 'doelgroep-kinderopvangtoeslag',
    levering: true,
    indiener: '00000099000000006000',
    namens: waterstad,
    ontvanger: '00000099000000007000',
    velden: ['volgdeVoorziening'],
    zaak: false,
    systeemproces: true,
  }
  const under = { ...law, noodrem: [`partij:${waterstad}`] }
  assert.deepEqual(braked(line, under), under.noodrem)
  assert.deepEqual(braked({ ...line, namens: dijkdorp }, under), [])
  assert.deepEqual(
    braked({ ...line, namens: dijkdorp, ontvanger: waterstad }, under),
    under.noodrem,
  )
})

test('each scope that touches the question is a reason of its own, told by its kind', () => {
  const noodrem = [
    'alles',
    'bron:svb',
    'bron:uwv',
    `partij:${uwv}`,
    'veld:heeftInkomstenverhouding',
  ]
  const facts = { treden: [], noodrem: braked(bijstand, { ...law, noodrem }) }
  const { redenen } = decide(bijstand, facts, law, Date.UTC(2026, 10, 1))
  const told = redenen.filter(({ code }) => code === 'NOODREM').map(one => uitleg(one, law))
  assert.deepEqual(
    told.map(text => /voor (.*)\. Er/.exec(text)?.[1]),
    [
      'alle uitwisselingen',
      'de bron van deze gegevens',
      'een organisatie die bij deze vraag hoort',
      'een gegeven dat u vraagt',
    ],
  )
  assert.ok(!told.join().includes(uwv))
})
