// What does a partner meet that asks too often, and can it ask more through more doors?
import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import {
  clientExtensions,
  makeEcKey,
  signCertificate,
  signerOf,
  subjectName,
} from '../../certs/authority.ts'
import { partyHolder } from '../../certs/names.ts'
import { kinds } from '../support/database.ts'
import type { Answer } from '../support/gateway.ts'
import { type HeldGateway, heldGateway } from '../support/held.ts'
import { alarms, leavesOf, transactionOf, until } from '../support/log.ts'
import { roomy } from '../support/policies.ts'
import { startPostgres } from '../support/postgres.ts'

const waterstad = 'gemeente-waterstad'
const persons = [
  '999990019',
  '999993653',
  '999992168',
  '999993549',
  '999998493',
  '999990160',
  '999990238',
  '999990342',
  '999990007',
  '999990020',
]
const zaak = 'limiet-1'

const codes = (answer: Answer) => answer.body.redenen?.map(({ code }) => code) ?? []
const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status).sort()

/** A second process on the same database, log and keys. */
async function beside(t: TestContext, first: HeldGateway): Promise<HeldGateway> {
  return await heldGateway(t, 'postgres', {
    url: first.place.url ?? '',
    settings: {
      SLUIS_KEYS_DIR: join(first.dataDir, 'keys'),
      SLUIS_POLICY_DIR: policyDirOf.get(first),
    },
  })
}

const policyDirOf = new WeakMap<HeldGateway, string | undefined>()

async function limited(
  t: TestContext,
  kind: 'postgres' | 'embedded',
  limits: Record<string, number>,
  url?: string,
) {
  const settings = roomy(t, limits)
  const gateway = await heldGateway(t, kind, { settings, ...(url && { url }) })
  policyDirOf.set(gateway, settings.SLUIS_POLICY_DIR)
  return gateway
}

/** Further certificates of one party, as it may have one for each of its systems. */
async function certificates(
  pkiDir: string,
  party: string,
  names: readonly string[],
): Promise<void> {
  const authority = join(pkiDir, 'authority', 'intermediate')
  const chain = readFileSync(`${authority}.pem`, 'utf8')
  const issuer = signerOf({
    certificate: new X509Certificate(chain),
    key: createPrivateKey(readFileSync(`${authority}.key`, 'utf8')),
  })
  const { organisation, oin, country } = partyHolder(party)
  for (const name of names) {
    const key = await makeEcKey()
    const certificate = signCertificate(
      {
        subject: subjectName({ name, organisation, country, oins: [oin] }),
        key,
        notBefore: Date.now() - 60_000,
        notAfter: Date.now() + 3_600_000,
        extensions: clientExtensions(),
      },
      issuer,
    )
    const file = join(pkiDir, 'clients', name)
    writeFileSync(
      `${file}.pem`,
      certificate.toString() + readFileSync(join(pkiDir, 'trust', 'intermediate.pem'), 'utf8'),
    )
    writeFileSync(`${file}.key`, key.export({ format: 'pem', type: 'pkcs8' }).toString())
  }
}

for (const kind of kinds) {
  test(`${kind}: one question too many in a case is 429 with the reason, the proof and when to come back`, async t => {
    const gateway = await limited(t, kind, { perZaakPerDag: 2 })
    const { store } = gateway.serving.house
    assert.equal((await gateway.query(waterstad, { zaak, velden: ['nationaliteit'] })).status, 403)
    for (const n of [0, 1]) {
      const answer = await gateway.query(waterstad, { zaak })
      assert.equal(answer.status, 200, answer.text)
      const [decision] = await leavesOf(store, transactionOf(answer))
      assert.deepEqual(
        decision?.feiten?.gebruik,
        { zaakVandaag: n, partijDitUur: n },
        'a refusal counts for nothing',
      )
    }
    const third = await gateway.query(waterstad, { zaak })
    assert.equal(third.status, 429, third.text)
    assert.match(third.body.type, /\/problemen\/limiet-bereikt$/)
    assert.deepEqual(codes(third), ['LIMIET_BEREIKT'])
    const seconds = Number(third.headers['retry-after'])
    assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 25 * 3600, String(seconds))
    const leaves = await leavesOf(store, transactionOf(third))
    assert.deepEqual(
      leaves.map(({ soort, uitkomst }) => [soort, uitkomst]),
      [['beslissing', 'geweigerd']],
    )
    assert.match(third.body.bewijs.logregel, /LIMIET_BEREIKT/)
    const both = await gateway.query(waterstad, { zaak, velden: ['nationaliteit'] })
    assert.equal(both.status, 403, 'waiting does not make this right')
    assert.deepEqual(codes(both), ['VELD_NIET_TOEGESTAAN', 'LIMIET_BEREIKT'])
    assert.equal(both.headers['retry-after'], undefined)
    assert.equal((await gateway.query(waterstad, { zaak: 'limiet-2' })).status, 200)
    assert.equal((await gateway.query('gemeente-dijkdorp', { zaak })).status, 200)
    assert.equal(gateway.questions(), 4, 'the source heard of no refusal')
  })
}

suite('limits over many doors', { concurrency: 2 }, () => {
  test('L11: persons in sequence over five certificates of one OIN are counted as one party: 429 in the hour, an alarm over thirty days', async t => {
    const gateway = await limited(t, 'postgres', { perPartijPerUur: 8, personenPer30Dagen: 6 })
    const names = ['systeem-1', 'systeem-2', 'systeem-3', 'systeem-4', 'systeem-5']
    await certificates(gateway.pkiDir, waterstad, names)
    const answers: Answer[] = []
    for (const [n, bsn] of persons.entries()) {
      answers.push(
        await gateway.query(names[n % names.length] ?? '', {
          zaak: `reeks-${n}`,
          betrokkene: { soort: 'bsn', waarde: bsn },
        }),
      )
    }
    assert.deepEqual(
      answers.map(({ status }) => status),
      [...Array(8).fill(200), ...Array(2).fill(429)],
    )
    assert.ok(Number(answers.at(-1)?.headers['retry-after']) <= 3600)
    const { ops } = gateway.serving.addresses
    assert.equal(await alarms(ops, 'veel-personen'), 1, 'once, at the seventh person')
    const seventh = await leavesOf(gateway.serving.house.store, transactionOf(answers[6] as Answer))
    assert.deepEqual(
      seventh.map(({ soort }) => soort),
      ['beslissing', 'signaal', 'verstrekking'],
    )
    assert.deepEqual(seventh[1]?.redenen, [{ code: 'veel-personen', bij: { grens: 6 } }])
  })

  test('two gateways on one database let through the limit and what was under way, no more', async t => {
    const first = await limited(t, 'postgres', { perZaakPerDag: 6 })
    const second = await beside(t, first)
    // One after another, wherever they come in: exactly the limit.
    const turns: Answer[] = []
    for (let n = 0; n < 10; n++)
      turns.push(await (n % 2 ? first : second).query(waterstad, { zaak }))
    assert.deepEqual(statuses(turns), [...Array(6).fill(200), ...Array(4).fill(429)])
    // All at once: each process keeps to the limit by itself.
    const calls = Array.from({ length: 30 }, (_, n) =>
      (n % 2 ? first : second).query(waterstad, { zaak: 'samen' }),
    )
    const together = await Promise.all(calls)
    const allowed = together.filter(({ status }) => status === 200).length
    assert.ok(allowed >= 6 && allowed <= 12, `${allowed} were allowed`)
    assert.equal(together.filter(({ status }) => status === 429).length, 30 - allowed)
    assert.equal((await first.query(waterstad, { zaak: 'samen' })).status, 429)
    assert.equal((await second.query(waterstad, { zaak: 'samen' })).status, 429)
  })

  test('without a database nobody is told that a limit was reached, and nothing was counted afterwards', async t => {
    await using postgres = await startPostgres()
    const gateway = await limited(t, 'postgres', { perZaakPerDag: 2 }, postgres.url)
    assert.equal((await gateway.query(waterstad, { zaak })).status, 200)
    await postgres.stop()
    for (const _ of [1, 2, 3]) {
      const answer = await gateway.query(waterstad, { zaak })
      assert.equal(answer.status, 503, answer.text)
    }
    await postgres.start()
    const back = await until('an answer', async () => {
      const answer = await gateway.query(waterstad, { zaak })
      return answer.status === 503 ? undefined : answer
    })
    assert.equal(back.status, 200, back.text)
    assert.equal((await gateway.query(waterstad, { zaak })).status, 429)
  })
})
