import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { beginLogs, disclose, openActive, refuseAnswer } from '../audit/log.ts'
import { testStore } from '../support/database.ts'
import { ask } from './sluis.ts'

test('an answer in a file is verified without a database', async t => {
  const store = await testStore(t, 'postgres')
  const dirs = await beginLogs(t, store)
  await using audit = await openActive(store, dirs)
  const answer = await disclose(audit)
  const refusal = await refuseAnswer(audit, [{ code: 'OPT_OUT' }])
  const { vkey, size } = audit.head('gewoon')
  const file = (name: string, text: string) => {
    const path = join(dirs.stateDir, name)
    writeFileSync(path, text)
    return path
  }
  const verify = (text: string, ...args: string[]) =>
    ask(['proof', 'verify', file('antwoord.json', text), '--key', vkey, '--json', ...args])
  const said = await verify(answer)
  assert.equal(said.code, 0)
  assert.equal(said.err, '')
  assert.equal(JSON.parse(said.out).soort, 'antwoord')
  assert.equal(JSON.parse((await verify(refusal)).out).soort, 'weigering')
  assert.equal((await verify(answer, '--min-size', String(size - 1))).code, 0)
  assert.equal((await verify(answer, '--min-size', String(size + 1))).code, 1)
  assert.equal((await verify(answer.replace('251300', '251301'))).code, 1)
  assert.equal((await verify(refusal.replace('OPT_OUT', 'NOODREM'))).code, 1)
  assert.equal((await verify('')).code, 1)
  assert.deepEqual(JSON.parse((await verify('{}')).out), {
    geldig: false,
    reden: 'dit document heeft geen bewijs',
  })
  const path = file('goed.json', answer)
  const plain = await ask(['proof', 'verify', path, '--key', file('sleutel', `${vkey}\n`)])
  assert.equal(plain.code, 0)
  assert.match(plain.out, /^Geldig: /)
  const other = audit.head('vertrouwelijk').vkey
  assert.equal((await ask(['proof', 'verify', path, '--key', other])).code, 1)
  assert.equal((await ask(['proof', 'verify', `${path}x`, '--key', vkey])).code, 3)
  for (const args of [
    ['--key', vkey],
    [path],
    [path, path, '--key', vkey],
    [path, '--key', vkey, '--min-size', 'x'],
    [path, '--key', vkey, '--min-size', '-1'],
    [path, '--key', vkey, '--anders'],
  ]) {
    assert.equal((await ask(['proof', 'verify', ...args])).code, 2, args.join(' '))
  }
})
