// Can a person instead of a machine hand in lines? An inspector's findings, each with its motivation, and never of a victim.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { leavesOf } from '../support/log.ts'
import { bulkGateway, stateOf } from './bulk-gateway.ts'
import { senderOin } from './bulk-law.ts'

const exchange = 'bevinding-arbeidsinspectie'
const inspectorate = '00000099000000021000'
const receiver = 'gemeente-waterstad'

const gegevens = {
  signaalId: 'nla-1',
  datumAangetroffen: '2026-03-02',
  aardWerk: 'horeca',
  werkgeverNaam: 'Bakkerij De Korst',
}

function line(more: object = {}): string {
  return JSON.stringify({
    betrokkene: { soort: 'bsn', waarde: '999990019' },
    ontvanger: '00000099000000001000',
    medewerker: { id: 'i-17', functie: 'inspecteur' },
    motivering: { noodzaak: 'mogelijk-gevolg-voor-uitkering', lichterMiddel: 'geen' },
    gegevens,
    ...more,
  })
}

/** Asked and handed over are told apart: the same code may come twice. */
function codesOf(redenen: readonly { readonly code: string }[] = []): readonly string[] {
  return [...new Set(redenen.map(({ code }) => code))]
}

test('an inspector hands in what was found, motivated; a machine, a line without reasons and a victim are refused', async t => {
  const gateway = await bulkGateway(t)
  for (const end of ['yaml', 'cases.yaml']) {
    const file = join(gateway.policyDir, `uitwisselingen/${exchange}.${end}`)
    // The demo has no certificate of the inspectorate: the sender of these tests stands in for it.
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(inspectorate, senderOin))
  }
  await gateway.demo.serving.reload()

  const refused: readonly (readonly [object, string])[] = [
    [{ motivering: undefined }, 'PROPORTIONALITEIT_ONTBREEKT'],
    [{ medewerker: undefined, systeemproces: 'maandbestand' }, 'FUNCTIE_NIET_BEVOEGD'],
    [{ medewerker: { id: 'a-1', functie: 'analist' } }, 'FUNCTIE_NIET_BEVOEGD'],
    [{ gegevens: { ...gegevens, slachtoffer: true } }, 'VELD_NIET_TOEGESTAAN'],
    [{ gegevens: { ...gegevens, slachtoffer: false } }, 'VELD_NIET_TOEGESTAAN'],
    [{ gegevens: { ...gegevens, verblijfsstatus: 'x' } }, 'VELD_NIET_TOEGESTAAN'],
    [{ ontvanger: '00000099000000004000' }, 'ONTVANGER_NIET_BEVOEGD'],
  ]
  const text = [line(), ...refused.map(([more]) => line(more))].map(one => `${one}\n`).join('')
  const answer = await gateway.send(text, { path: `/v1/uitwisselingen/${exchange}/leveringen` })
  assert.equal(answer.status, 202, answer.text)
  const report = await gateway.report(stateOf(answer).levering)
  assert.deepEqual(
    report.map(({ uitkomst, redenen }) => [uitkomst, codesOf(redenen)]),
    [['aanvaard', []], ...refused.map(([, code]) => ['geweigerd', [code]])],
  )
  const [first, ...others] = report
  assert.ok(first)
  for (const [index, { transactie }] of others.entries()) {
    const [leaf] = await leavesOf(gateway.store, transactie)
    assert.deepEqual([leaf?.uitkomst, codesOf(leaf?.redenen)], ['geweigerd', [refused[index]?.[1]]])
  }

  const picked = await gateway.ask(receiver, {
    path: '/v1/berichten/_ophalen',
    body: { aantal: 10 },
  })
  const [message, ...more] = picked.text
    .trim()
    .split('\n')
    .map(one => JSON.parse(one))
  assert.deepEqual(more, [])
  assert.deepEqual([message.uitwisseling, message.antwoord], [exchange, [gegevens]])
  assert.match(picked.text, /geen besluit/)
  assert.doesNotMatch(picked.text, /i-17|slachtoffer"/)
})
