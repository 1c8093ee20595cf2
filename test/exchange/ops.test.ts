import assert from 'node:assert/strict'
import { test } from 'node:test'
import supertest from 'supertest'
import { type OpsListener, opsApp } from '../../gateway/listen/ops.ts'
import { openMetrics } from '../../gateway/metrics.ts'

function ops(checks: OpsListener['checks'], checkMs = 50) {
  return supertest(opsApp({ checks, instance, checkMs, metrics: openMetrics() }))
}

const instance = () => ({ programma: '0.1.0', beleid: 'sha256:a', beleidInMap: 'sha256:b' })

const good = async () => ({ database: true, logboek: true })

test('a live process says so, whatever its parts do', async () => {
  const broken = ops(() => Promise.reject(new Error('geheim')))
  const { status, text } = await broken.get('/livez')
  assert.deepEqual([status, text], [200, 'ok\n'])
})

test('a process with working parts is ready', async () => {
  const { status, body } = await ops(good).get('/readyz')
  assert.equal(status, 200)
  assert.deepEqual(body, {
    gereed: true,
    onderdelen: { database: true, logboek: true },
    instantie: instance(),
  })
})

test('one part that does not work makes the process not ready, and is named', async () => {
  const { status, body } = await ops(async () => ({ database: false, logboek: true })).get(
    '/readyz',
  )
  assert.equal(status, 503)
  assert.deepEqual(body, {
    gereed: false,
    onderdelen: { database: false, logboek: true },
    instantie: instance(),
  })
})

test('a check that fails makes the process not ready, without its text', async () => {
  const { status, text } = await ops(() => Promise.reject(new Error('geheim'))).get('/readyz')
  assert.equal(status, 503)
  assert.doesNotMatch(text, /geheim/)
})

test('a check that never answers makes the process not ready within its time', async () => {
  const { status, body } = await ops(() => new Promise(() => {}), 20).get('/readyz')
  assert.equal(status, 503)
  assert.equal(body.gereed, false)
})

test('the metrics are Prometheus text and show which parts work', async () => {
  const half = ops(async () => ({ database: true, certificaten: false }))
  const { status, text, headers } = await half.get('/metrics')
  assert.equal(status, 200)
  assert.match(headers['content-type'] ?? '', /^text\/plain/)
  assert.match(text, /^sluis_gereed\{onderdeel="database"\} 1$/m)
  assert.match(text, /^sluis_gereed\{onderdeel="certificaten"\} 0$/m)
  assert.match(
    text,
    /^sluis_instantie\{programma="0.1.0",beleid="sha256:a",beleidInMap="sha256:b"\} 1$/m,
  )
})

test('the metrics stay readable while a part is silent', async () => {
  const { status, text } = await ops(() => new Promise(() => {}), 20).get('/metrics')
  assert.equal(status, 200)
  assert.match(text, /^sluis_antwoorden_total|^# HELP/m)
})

test('metrics that cannot be made are a 500 without the reason', async () => {
  const metrics = { ...openMetrics(), text: () => Promise.reject(new Error('geheim')) }
  const { status, text } = await supertest(opsApp({ checks: good, instance, metrics })).get(
    '/metrics',
  )
  assert.equal(status, 500)
  assert.doesNotMatch(text, /geheim/)
})

test('every answer of the ops listener carries the security headers', async () => {
  for (const path of ['/livez', '/readyz', '/metrics', '/', '/onbekend']) {
    const { headers } = await ops(good).get(path)
    assert.equal(headers['api-version'], '1.0.0', path)
    assert.equal(headers['x-content-type-options'], 'nosniff', path)
    assert.equal(headers['x-frame-options'], 'DENY', path)
    assert.equal(headers['cache-control'], 'no-store', path)
    assert.equal(headers['x-powered-by'], undefined, path)
  }
})

test('another address is 404 and another method 405 with Allow', async () => {
  for (const path of ['/', '/livez/', '/LIVEZ', '/metrics/x', '/v1/openapi.json']) {
    assert.equal((await ops(good).get(path)).status, 404, path)
  }
  for (const path of ['/livez', '/readyz', '/metrics']) {
    for (const method of ['post', 'put', 'delete', 'options'] as const) {
      const { status, headers } = await ops(good)[method](path)
      assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], `${method} ${path}`)
    }
    assert.equal((await ops(good).head(path)).status, 200, path)
  }
})
