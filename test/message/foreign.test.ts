import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foreignFault, holdsInsz } from '../../gateway/message/foreign.ts'
import { readBody } from '../../gateway/message/read.ts'
import { Problem } from '../../gateway/problem.ts'
import { readQuery } from '../../gateway/schema.ts'

const insz = (waarde: string, profile: 'test' | 'productie' = 'test') =>
  foreignFault({ land: 'BE', soort: 'insz', waarde }, profile)?.melding
const matricule = (waarde: string, profile: 'test' | 'productie' = 'test') =>
  foreignFault({ land: 'LU', soort: 'matricule', waarde }, profile)?.melding

/** By the definition, in whole numbers: `born` is JJMMDD, `century` 2000 puts the 2 before it. */
function made(born: string, century: 1900 | 2000, serial = '123'): string {
  const nine = BigInt((century === 2000 ? '2' : '') + born + serial)
  return born + serial + String(97n - (nine % 97n)).padStart(2, '0')
}

test('published and made-up numbers are numbers in profile test and refused in productie', () => {
  for (const number of [
    '85073003328',
    '93051822361',
    '00539900119',
    '01539900140',
    '01410199885',
  ]) {
    assert.equal(insz(number), undefined, number)
    assert.match(insz(number, 'productie') ?? '', /testnummer/, number)
  }
  for (const number of ['1893120105732', '1899010199938', '1855061512315']) {
    assert.equal(matricule(number), undefined, number)
    assert.match(matricule(number, 'productie') ?? '', /testnummer/, number)
  }
})

test('an INSZ is checked by 97 in both centuries, and its day of birth by that century', () => {
  for (const profile of ['test', 'productie'] as const) {
    assert.equal(insz(made('850730', 1900), profile), undefined)
    assert.equal(insz(made('050730', 2000), profile), undefined)
    assert.equal(insz(made('000229', 2000), profile), undefined, 'a leap day in 2000')
    assert.match(insz(made('000229', 1900), profile) ?? '', /geen geldig/, 'and none in 1900')
    assert.match(insz(made('850431', 1900), profile) ?? '', /geen geldig/)
  }
})

test('a BIS number has 20 or 40 more in its month, and what is unknown of the birth is 00', () => {
  for (const born of ['852730', '854730', '850000', '852000', '854000', '850700', '852100']) {
    assert.equal(insz(made(born, 1900)), undefined, born)
    assert.equal(insz(made(born, 2000)), undefined, born)
  }
  for (const born of ['851330', '853330', '855330', '858830', '850732', '850099']) {
    assert.match(insz(made(born, 1900)) ?? '', /geen geldig/, born)
    assert.match(insz(made(born, 2000)) ?? '', /geen geldig/, born)
  }
})

test('of all a hundred check numbers one is right for a person of the last century, and one for this', () => {
  for (const born of ['850730123', '930518223', '014101998']) {
    const right = Array.from({ length: 100 }, (_, n) => born + String(n).padStart(2, '0')).filter(
      number => insz(number) === undefined,
    )
    assert.equal(right.length, 2, born)
  }
})

test('a digit of an INSZ or a matricule that is another is found', () => {
  for (const [number, check] of [
    ['85073012313', insz],
    [made('050730', 2000), insz],
    ['1893120105732', matricule],
  ] as const) {
    const wrong = [...number].flatMap((digit, at) =>
      [...'0123456789']
        .filter(other => other !== digit)
        .map(other => number.slice(0, at) + other + number.slice(at + 1)),
    )
    const passed = wrong.filter(other => check(other) === undefined)
    // Two centuries are two chances of one in 97.
    assert.ok(passed.length <= 2, `${passed.length} of ${wrong.length}`)
  }
})

test('anything but digits of the right number is refused before counting', () => {
  for (const value of ['', '8507300332', '850730033280', '85.07.30-033.28', '٨٥٠٧٣٠٠٣٣٢٨']) {
    assert.match(insz(value) ?? '', /elf cijfers/, value)
  }
  assert.match(matricule('189312010573') ?? '', /dertien cijfers/)
})

test('a country or kind of number that is not known here is named, and the number never', () => {
  const fault = (land: string, soort: string) =>
    foreignFault({ land, soort, waarde: '85073003328' }, 'test')
  assert.equal(fault('DE', 'insz')?.member, 'land')
  assert.equal(fault('BE', 'matricule')?.member, 'soort')
  assert.equal(fault('LU', 'insz')?.member, 'soort')
  assert.equal(fault('constructor', 'insz')?.member, 'land')
  assert.equal(fault('BE', 'toString')?.member, 'soort')
  for (const one of [fault('DE', 'insz'), fault('BE', 'niss')]) {
    assert.doesNotMatch(JSON.stringify(one), /\d{4}/)
  }
})

const body = (change: object) => {
  const made = {
    betrokkene: { soort: 'bsn', waarde: '999990019' },
    buitenlands: { land: 'BE', soort: 'insz', waarde: '85073003328' },
    velden: ['heeftInkomstenInPeriode'],
    zaak: '2026-000123',
    medewerker: { id: 'u-4711', functie: 'inkomensconsulent' },
    ...change,
  }
  return Buffer.from(JSON.stringify(made))
}

function faultsIn(change: object): readonly string[] {
  try {
    readBody(body(change), readQuery, 'test')
    return []
  } catch (error) {
    assert.ok(error instanceof Problem)
    assert.doesNotMatch(JSON.stringify(error.members), /85073003|0033/)
    const { fouten } = error.members as { fouten: { pointer: string }[] }
    return fouten.map(({ pointer }) => pointer)
  }
}

test('B1: a foreign number that is none is refused where the body is read, by its place alone', () => {
  assert.deepEqual(faultsIn({}), [])
  const number = (change: object) =>
    faultsIn({ buitenlands: { land: 'BE', soort: 'insz', waarde: '85073003328', ...change } })
  assert.deepEqual(number({ waarde: '85073003329' }), ['/buitenlands/waarde'])
  assert.deepEqual(number({ soort: 'niss' }), ['/buitenlands/soort'])
  assert.deepEqual(number({ land: 'FR' }), ['/buitenlands/land'])
})

test('L14: an INSZ in a case number, an employee id, a process or a free text is refused like a BSN', () => {
  const motivering = { noodzaak: 'a', lichterMiddel: 'b' }
  const proces = { medewerker: undefined, systeemproces: 'p-85073003328' }
  for (const [change, pointer] of [
    [{ zaak: 'zaak-85073003328' }, '/zaak'],
    [{ zaak: '85.07.30-033.28' }, '/zaak'],
    [{ medewerker: { id: '85073003328', functie: 'x' } }, '/medewerker/id'],
    [proces, '/systeemproces'],
    [
      { motivering: { ...motivering, toelichting: 'van 85.07.30-033.28.' } },
      '/motivering/toelichting',
    ],
    [{ motivering: { ...motivering, toelichting: 'nr 850730 033 28' } }, '/motivering/toelichting'],
  ] as const) {
    assert.deepEqual(faultsIn(change), [pointer], JSON.stringify(change))
  }
})

test('an INSZ is found only whole and of a known birth, so that ordinary case numbers pass', () => {
  assert.equal(holdsInsz('x93051822361'), true)
  for (const text of ['', '2026-000123', '9305182236', '930518223611', '93a051822361']) {
    assert.equal(holdsInsz(text), false, text)
  }
  // A year and a counter, a day and a counter: as cases are numbered, also high ones.
  for (let n = 0; n < 20_000; n += 1) {
    const counter = String(n).padStart(7, '0')
    for (const zaak of [`2026-${counter}`, `2026/${counter}`, `2026${counter}`]) {
      assert.equal(holdsInsz(zaak), false, zaak)
    }
    const high = `2026-${String(n * 499).padStart(7, '0')}`
    assert.equal(holdsInsz(high), false, high)
    const day = `${String(1 + (n % 12)).padStart(2, '0')}${String(1 + (n % 28)).padStart(2, '0')}`
    const dated = `2026${day}${String(n % 1000).padStart(3, '0')}`
    assert.equal(holdsInsz(dated), false, dated)
  }
})
