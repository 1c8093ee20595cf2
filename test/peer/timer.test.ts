// Does the certificate of the gateway renew without a signal? The minute passes by hand.
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { issueDevelopmentPki } from '../../certs/issue.ts'
import { reloadEveryMs } from '../../gateway/peer/revocation.ts'
import { heldGateway } from '../support/held.ts'
import { until } from '../support/log.ts'
import { openRaw } from '../support/raw.ts'

test('T15: without SIGHUP a renewed key of the gateway counts when the timer is round', async t => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { pkiDir, exchangePort } = await heldGateway(t, 'postgres')
  const file = join(pkiDir, 'servers', 'gateway')
  const onDisk = () => new X509Certificate(readFileSync(`${file}.pem`)).fingerprint256
  const shown = async () => {
    const socket = await openRaw(pkiDir, exchangePort, 'uwv')
    const { fingerprint256 } = socket.getPeerCertificate()
    socket.destroy()
    return fingerprint256
  }
  const first = onDisk()
  for (const end of ['pem', 'key']) rmSync(`${file}.${end}`)
  await issueDevelopmentPki(pkiDir, { clock: Date.now })
  t.mock.timers.tick(reloadEveryMs - 1)
  assert.equal(await shown(), first)
  t.mock.timers.tick(1)
  await until('the renewed certificate', async () => (await shown()) === onDisk())
})
