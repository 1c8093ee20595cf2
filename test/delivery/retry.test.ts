import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { openBreaker } from '../../gateway/delivery/breaker.ts'
import { mostAttempts, nextAttempt } from '../../gateway/delivery/retry.ts'

const shortest = 5_000
const longest = 3_600_000
const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('every wait lies between five seconds and an hour, under a ceiling that doubles, and after the last try there is none', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: mostAttempts + 50 }), anyRandom, (attempts, random) => {
      const wait = nextAttempt(attempts, random)
      if (attempts >= mostAttempts) return wait === undefined
      return (
        wait !== undefined &&
        Number.isInteger(wait) &&
        wait >= shortest &&
        wait <= Math.min(longest, shortest * 2 ** attempts)
      )
    }),
  )
  assert.equal(nextAttempt(1, 0), shortest)
  assert.equal(nextAttempt(mostAttempts - 1, 0.999999), longest - 4)
})

test('the wait follows the dice over its whole range: two thousand that fail together do not come back together', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: mostAttempts - 1 }),
      anyRandom,
      anyRandom,
      (attempts, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)]
        return (nextAttempt(attempts, low) ?? 0) <= (nextAttempt(attempts, high) ?? 0)
      },
    ),
  )
  const waits = Array.from({ length: 2_000 }, (_, i) => nextAttempt(8, i / 2_000) ?? 0)
  const inOneMinute = Math.max(
    ...waits.map(from => waits.filter(wait => wait >= from && wait < from + 60_000).length),
  )
  assert.ok(inOneMinute < 110, `${inOneMinute} in one minute of the twenty`)
})

test('what the partner asks for is kept to, up to a day, and spread', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200_000 }), anyRandom, (retryAfter, random) => {
      const asked = Math.min(24 * longest, retryAfter * 1_000)
      const wait = nextAttempt(1, random, retryAfter) ?? 0
      return wait >= asked && wait <= asked + shortest
    }),
  )
  assert.equal(nextAttempt(1, 0, 0), shortest)
  assert.equal(nextAttempt(1, 0, -5), shortest)
  assert.equal(nextAttempt(mostAttempts, 0, 60), undefined, 'it does not keep a dead letter alive')
})

const bad = '00000099000000004000'
const good = '00000099000000005000'

test('a breaker opens after five failures in a row, lets one through after its wait, and closes when that one succeeds', () => {
  const breaker = openBreaker()
  for (let failure = 1; failure <= 5; failure++) {
    assert.ok(breaker.allows(bad, 0), `${failure}`)
    assert.equal(breaker.until(bad), undefined)
    breaker.failed(bad, 0)
  }
  assert.ok(!breaker.allows(bad, 0))
  assert.ok(breaker.allows(good, 0), 'another partner does not pay for it')
  const until = breaker.until(bad) ?? 0
  assert.ok(until >= 5_000)
  assert.ok(!breaker.allows(bad, until - 1))
  assert.ok(breaker.allows(bad, until), 'one tries')
  assert.ok(!breaker.allows(bad, until), 'and nobody beside it')
  breaker.failed(bad, until)
  assert.ok((breaker.until(bad) ?? 0) - until > until, 'longer than before')
  const again = breaker.until(bad) ?? 0
  assert.ok(breaker.allows(bad, again))
  breaker.succeeded(bad)
  assert.equal(breaker.until(bad), undefined)
  for (let i = 0; i < 10; i++) assert.ok(breaker.allows(bad, again))
})

test('thirty that fail at once leave a partner alone as long as five do', () => {
  const [few, many] = [openBreaker(), openBreaker()]
  for (let failure = 1; failure <= 5; failure++) few.failed(bad, 0)
  for (let failure = 1; failure <= 30; failure++) many.failed(bad, 0)
  assert.equal(many.until(bad), few.until(bad))
  assert.ok((few.until(bad) ?? 0) > 0)
})

test('a try that ended without a word of the partner lets the next one try, and no other than its own', () => {
  const breaker = openBreaker()
  for (let failure = 1; failure <= 5; failure++) breaker.failed(bad, 0)
  breaker.over(bad, 0)
  assert.ok(breaker.allows(bad, 10_000))
  breaker.over(bad, 9_999)
  assert.ok(!breaker.allows(bad, 10_001), 'who was allowed before ends nothing of this one')
  breaker.over(bad, 10_000)
  assert.ok(breaker.allows(bad, 10_002))
  breaker.failed(bad, 10_002)
  breaker.over(bad, 10_002)
  assert.ok(!breaker.allows(bad, 10_003), 'what it learnt stays')
})

test('a try that never came back does not keep the breaker open for ever', () => {
  const breaker = openBreaker()
  for (let failure = 1; failure <= 5; failure++) breaker.failed(bad, 0)
  assert.ok(breaker.allows(bad, 10_000))
  assert.ok(!breaker.allows(bad, 11_000))
  assert.ok(breaker.allows(bad, 10_000 + 300_000))
})

test('whatever happens: fewer than five failures since the last success open nothing, and no wait is longer than five minutes', () => {
  const event = fc.record({
    ok: fc.boolean(),
    later: fc.integer({ min: 0, max: 400_000 }),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), events => {
      const breaker = openBreaker()
      let now = 0
      let inARow = 0
      for (const { ok, later } of events) {
        now += later
        const allowed = breaker.allows(bad, now)
        if (inARow < 5 && !allowed) return false
        if (later >= 300_000 && !allowed) return false
        if (!allowed) continue
        if (ok) breaker.succeeded(bad)
        else breaker.failed(bad, now)
        inARow = ok ? 0 : inARow + 1
        if ((breaker.until(bad) ?? now) > now + 300_000) return false
      }
      return breaker.allows(good, now)
    }),
  )
})
