// Whom of those it gave a field to does a provider reach with a correction, and of whom is it told?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { latestPerReceiver, scopeOf } from '../../gateway/policy/correction.ts'
import type { PolicySet } from '../../gateway/policy/law.ts'
import { Problem } from '../../gateway/problem.ts'
import type { CorrectionBody } from '../../gateway/terms.ts'
import { bsn, oins, shipped } from './law.ts'

const bijstand = 'uwv-inkomsten-bijstand'
const benefits = 'uwv-uitkeringen-bijstand'
const referral = 'aanmelding-toeslagendelict-fiod'

function scope(
  change: Partial<CorrectionBody> = {},
  { law = shipped, oin = oins.uwv as string } = {},
) {
  const party = law.partijen.get(oin)
  assert.ok(party)
  const betrokkene = { soort: 'bsn', waarde: bsn } as const
  const body = { betrokkene, veld: 'loonSv', waarde: 1, reden: 'onjuist', ...change }
  return scopeOf(body, party, law)
}

const given = (change: object = {}) => ({
  ...{ log: 'gewoon' as const, uitwisseling: bijstand, ontvanger: oins.waterstad, namens: null },
  ...{ verstrekt: ['loonSv'], periode: null, peildatum: null, ...change },
})

test('a name that means two things in two datasets needs its exchange, and is a fault without', () => {
  const datumEinde = { veld: 'datumEinde', waarde: '2026-01-31' }
  assert.throws(
    () => scope(datumEinde),
    (error: unknown) =>
      error instanceof Problem &&
      error.slug === 'ongeldig-verzoek' &&
      JSON.stringify(error.members).includes('/uitwisseling'),
  )
  const of = scope({ ...datumEinde, uitwisseling: benefits })
  assert.equal(of.covers(given({ uitwisseling: benefits })), true)
})

test('it is about the exchanges of one dataset, or the one that is named, and those that are no more', () => {
  const every = scope()
  const one = scope({ uitwisseling: bijstand })
  for (const [uitwisseling, byField, byName] of [
    [bijstand, true, true],
    ['uwv-inkomsten-anw', true, false],
    [benefits, false, false],
    ['uwv-lang-geleden', true, false],
  ] as const) {
    assert.equal(every.covers(given({ uitwisseling })), byField, uitwisseling)
    assert.equal(one.covers(given({ uitwisseling })), byName, uitwisseling)
  }
})

test('who asked about none of the days is not meant, and who named no day is', () => {
  const { covers } = scope({ periode: { van: '2026-03-01', totEnMet: '2026-03-31' } })
  const days = (van: string, totEnMet: string) => ({ periode: { van, totEnMet } })
  for (const [asked, meant] of [
    [{}, true],
    [days('2026-03-31', '2026-04-30'), true],
    [days('2026-02-01', '2026-03-01'), true],
    [days('2026-01-01', '2026-12-31'), true],
    [days('2026-04-01', '2026-04-30'), false],
    [days('2026-01-01', '2026-02-28'), false],
    [{ peildatum: '2026-03-15' }, true],
    [{ peildatum: '2026-04-01' }, false],
    [{ ...days('2026-01-01', '2026-02-28'), peildatum: '2026-03-15' }, false],
  ] as const) {
    assert.equal(covers(given(asked)), meant, JSON.stringify(asked))
    assert.equal(scope().covers(given(asked)), true)
  }
})

test('what was made out of the field is told when it was given, and where its exchange still is', () => {
  const { rests } = scope()
  const verstrekt = ['loonSv', 'maandinkomenKlasse']
  assert.deepEqual(rests(given({ verstrekt })), ['maandinkomenKlasse'])
  assert.deepEqual(rests(given()), [])
  assert.deepEqual(rests(given({ verstrekt, uitwisseling: 'uwv-lang-geleden' })), [])
})

test('a confidential receiver is shown to the parties of a confidential exchange alone', () => {
  const secret = { ...shipped, partijen: new Map(shipped.partijen) }
  const dijkdorp = shipped.partijen.get(oins.dijkdorp)
  const uwv = shipped.partijen.get(oins.uwv)
  assert.ok(dijkdorp && uwv)
  secret.partijen.set(oins.dijkdorp, { ...dijkdorp, vertrouwelijk: true })
  const own: PolicySet = {
    ...secret,
    partijen: new Map([...secret.partijen, [oins.uwv, { ...uwv, vertrouwelijk: true }]]),
  }
  const hidden = { log: 'vertrouwelijk' } as const
  const gone = { uitwisseling: 'uwv-lang-geleden' }
  for (const [what, one, shown, law] of [
    ['an ordinary one', {}, true],
    ['an ordinary one, of an exchange that is no more', gone, true],
    ['confidential when it was given', hidden, false],
    ['the same, of an exchange that is no more', { ...hidden, ...gone }, false],
    ['confidential now', { ontvanger: oins.dijkdorp }, false, secret],
    ['the one it acts for confidential now', { namens: oins.dijkdorp }, false, secret],
    ['of a provider that is confidential itself', hidden, true, own],
    ['of such a one, confidential too', { ...hidden, ontvanger: oins.dijkdorp }, false, own],
    ['an exchange of others', { ...hidden, uitwisseling: referral }, false],
  ] as const) {
    const { shows } = scope({}, { law: law ?? shipped })
    assert.equal(shows(given(one)), shown, what)
  }
  const fiod = { ...hidden, uitwisseling: referral, ontvanger: oins.fiod }
  const referring = scope({ veld: 'nadeelbedrag' }, { oin: oins.toeslagen })
  assert.equal(referring.shows(given(fiod)), true, 'its own')
  assert.equal(referring.vertrouwelijk, true, 'asking about it tells of it')
  assert.equal(scope().vertrouwelijk, false)
})

test('each receiver is meant once, by the last it got, apart for each it acts for', () => {
  const received = (transactie: string, change: object = {}) => ({ transactie, ...given(change) })
  const namens = { namens: oins.dijkdorp }
  const all = [received('a'), received('b', namens), received('c', { uitwisseling: benefits })]
  const last = [received('d'), received('e', namens), received('f', { ontvanger: oins.dijkdorp })]
  const meant = latestPerReceiver([...all, ...last]).map(({ transactie }) => transactie)
  assert.deepEqual([...meant].sort(), ['c', 'd', 'e', 'f'])
  assert.deepEqual(
    latestPerReceiver([...last, ...all]).map(({ transactie }) => transactie).length,
    meant.length,
  )
})
