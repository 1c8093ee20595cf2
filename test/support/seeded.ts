// What do pages show in tests and pictures? A morning at the demo gateway: real exchanges, refusals, one that takes time.
import assert from 'node:assert/strict'
import { me, path, question, untilState } from './approval.ts'
import { type Answer, goodBody, type TestGateway } from './gateway.ts'
import { transactionOf } from './log.ts'

export interface Seeded {
  /** Disclosed to gemeente Waterstad, about `person`. */
  readonly disclosed: string
  readonly refused: string
  /** Between UWV and SVB: no business of Waterstad. */
  readonly ofOthers: string
  /** The request to Belgium, which answered later. */
  readonly verzoek: string
  readonly person: string
  readonly zaak: string
}

const person = '999990019'
/** Of everybody who was asked about here. */
export const numbers = [person, '999993653', '999992168', '111222333', '999990007']
const about = (waarde: string) => ({ betrokkene: { soort: 'bsn', waarde } }) as const

export async function seed(gateway: Pick<TestGateway, 'ask' | 'query'>): Promise<Seeded> {
  const zaak = goodBody().zaak ?? ''
  const ask = (body: Parameters<TestGateway['query']>[1], exchange?: string, client = me) =>
    gateway.query(client, body, exchange)
  const later = await gateway.ask(me, {
    path,
    body: question(goodBody().zaak ?? '', ['heeftInkomstenInPeriode']),
  })
  assert.equal(later.status, 202, later.text)

  const disclosed = expect(200, await ask({ ...about(person), zaak }))
  expect(200, await ask({ ...about(person), zaak, velden: ['loonSv', 'tijdvak'] }))
  for (const waarde of ['999993653', '999992168', '111222333']) {
    expect(200, await ask(about(waarde)))
  }
  expect(
    200,
    await ask(
      { ...about('999990007'), velden: ['heeftVoorliggendeUitkering'] },
      'uwv-uitkeringen-bijstand',
    ),
  )
  const { parameters: _, periode: __, ...bare } = goodBody()
  const direct = (client: string, exchange: string, body: object) =>
    gateway.ask(client, {
      path: `/v1/uitwisselingen/${exchange}/_zoek`,
      body: { ...bare, ...body },
    })
  expect(200, await direct(me, 'svb-uitkeringen-bijstand', { velden: ['ontvangtSvbUitkering'] }))
  const ofOthers = expect(
    200,
    await direct('uwv', 'svb-uitkering-uwv', {
      velden: ['ontvangtAnwOfAow'],
      medewerker: { id: 'u-8', functie: 'claimbeoordelaar' },
    }),
  )
  expect(200, await ask({ namens: '00000099000000001000' }, undefined, 'servicecentrum-delta'))

  const refused = expect(403, await ask({ ...about(person), velden: ['nationaliteit'] }))
  expect(403, await ask({ medewerker: { id: 'u-9', functie: 'stagiair' } }))
  expect(403, await ask({ ...about('999993653'), velden: ['loonSv'] }))
  expect(403, await direct(me, 'lu-inkomsten-bijstand', { velden: ['loon'] }))
  await untilState(gateway, String(later.headers.location), 'gereed')
  return {
    disclosed,
    refused,
    ofOthers,
    verzoek: String(JSON.parse(later.text).verzoek),
    person,
    zaak,
  }
}

/** @returns its transaction */
function expect(status: number, answer: Answer): string {
  assert.equal(answer.status, status, answer.text)
  return transactionOf(answer)
}
