// What waits for a second person, and what does such a person sign? Amounts from Belgium, asked by Waterstad.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { signJws } from '../../gateway/message/jws.ts'
import { goodBody, type TestGateway } from './gateway.ts'

export const me = 'gemeente-waterstad'
export const path = '/v1/uitwisselingen/be-inkomsten-bijstand/verzoeken'

export function jwkOf({ demo }: TestGateway, ...place: readonly string[]) {
  return JSON.parse(readFileSync(join(demo.pkiDir, ...place), 'utf8'))
}

/** A question to Belgium about the demo person who works there; `bedragen` needs a second person. */
export function question(zaak: string, velden: readonly string[]) {
  const { parameters: _, ...body } = goodBody()
  return {
    ...body,
    zaak,
    velden,
    buitenlands: { land: 'BE', soort: 'insz', waarde: '85073003328' },
    motivering: { noodzaak: 'samenloop', lichterMiddel: 'niet-beschikbaar' },
  }
}

export async function untilState(
  { ask }: Pick<TestGateway, 'ask'>,
  place: string,
  staat: string,
  client = me,
): Promise<Record<string, unknown>> {
  for (let tries = 0; ; tries++) {
    const { text } = await ask(client, { path: place })
    const found = JSON.parse(text)
    if (found.staat === staat) return found
    assert.ok(tries < 600, `${text} is not ${staat}`)
    await wait(100)
  }
}

/** A case in which the lighter answer was given, and the request for amounts that then waits. */
export async function waiting(gateway: TestGateway, zaak: string) {
  const light = await gateway.ask(me, { path, body: question(zaak, ['heeftInkomstenInPeriode']) })
  assert.equal(light.status, 202, light.text)
  await untilState(gateway, String(light.headers.location), 'gereed')
  const heavy = await gateway.ask(me, { path, body: question(zaak, ['brutoLoonPerKwartaal']) })
  assert.equal(heavy.status, 202, heavy.text)
  const place = String(heavy.headers.location)
  const state = JSON.parse(heavy.text)
  assert.equal(state.staat, 'wacht-op-goedkeuring')
  return { place, verzoek: state.verzoek as string, inhoud: state.inhoud.sha256 as string }
}

export function signed(gateway: TestGateway, id: string, members: Record<string, unknown>): string {
  const iat = Math.floor(Date.now() / 1000)
  const statement = {
    goedkeurder: id,
    functie: 'teamleider',
    besluit: 'akkoord',
    iat,
    exp: iat + 3600,
  }
  const jwk = jwkOf(gateway, 'goedkeurders', `${id}.jwk`)
  return signJws({ ...statement, ...members }, { jwk })
}
