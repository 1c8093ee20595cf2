import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partyHolders } from '../../certs/names.ts'
import { completeMonths } from '../../demo/start.ts'
import type { Entitlements } from '../../gateway/policy/entitlements.ts'
import type { Arrangement } from '../../gateway/policy/law.ts'
import { visibleTo } from '../../gateway/policy/visible.ts'
import { type AnswerBody, testGateway } from '../support/gateway.ts'
import { roomy } from '../support/policies.ts'

/** Fields that stand behind no other field and no other person: what a first question can get. */
function firstFields({ treden }: Arrangement): ReadonlySet<string> {
  return new Set(
    treden
      .filter(({ na, goedkeuring }) => na === undefined && goedkeuring < 'A2')
      .flatMap(({ velden }) => velden),
  )
}

const foreign: Readonly<Record<string, object>> = {
  BE: { land: 'BE', soort: 'insz', waarde: '85073003328' },
  LU: { land: 'LU', soort: 'matricule', waarde: '1893120105732' },
}

/** Something that is no person, of each kind. */
const objects: Readonly<Record<string, string>> = {
  kvk: '12345678',
  loonheffingennummer: '001002041L02',
  adresseerbaarObject: '0363010000000001',
  lrk: '12345678',
}

/** Who is refused for this is refused every field. */
const whateverIsAsked = /^(ONTVANGER_NIET_BEVOEGD|MANDAAT_|GRONDSLAG_|GEEN_GRONDSLAG|DOEL_)/

/** Allowed, and then nobody holds the data ready for the gateway yet. */
function isUnconnected({ redenen = [] }: AnswerBody): boolean {
  return redenen.map(({ code }) => code).join() === 'BRON_NIET_AANGESLOTEN'
}

/** What a provider hands over to be weighed, without anybody's identity. */
const handedOver = {
  nadeelbedrag: 10_000_000,
  vermoedenOpzet: true,
  toelichtingOpzet: 'De facturen zijn van een adres zonder opvang',
  boeteOpgelegd: false,
}

/** Nothing is wrong with the question but the road: asked as a request it is accepted. */
function onlyLater({ redenen = [], vervolg }: AnswerBody): boolean {
  const codes = redenen.map(({ code }) => code)
  return vervolg?.endsWith('/verzoeken') === true && codes.join() === 'GEEN_LEVERINGSAFSPRAAK'
}

test('over mutual TLS each party gets exactly what bevoegdheden tells it, field by field', async t => {
  const gateway = await testGateway(t, 'postgres', roomy(t))
  const law = gateway.demo.serving.house.rooms.policies.current()
  const { totEnMet } = completeMonths(Date.now())
  const periode = { van: `${totEnMet.slice(0, 8)}01`, totEnMet }
  let allowed = 0
  let zaak = 0
  for (const { name, oin } of partyHolders) {
    const told = (await gateway.ask(name, { path: '/v1/bevoegdheden' }))
      .body as unknown as Entitlements
    const listed = new Set<string>()
    const got = new Set<string>()
    // What is supplied in files or as doubt is never asked: test/policy/entitlements.test.ts probes that.
    const asked = told.bevoegdheden.filter(({ patroon }) => patroon.endsWith('synchroon'))
    for (const one of asked) {
      const first = firstFields(law.uitwisselingen.get(one.uitwisseling)!)
      for (const veld of one.treden.flatMap(({ velden }) => velden)) {
        if (first.has(veld)) listed.add([one.uitwisseling, one.namens?.oin ?? '', veld].join(' '))
      }
    }
    for (const arrangement of law.uitwisselingen.values()) {
      const { voorwaarden, parameters } = arrangement
      const set = law.gegevenssets.get(arrangement.gegevensset)!
      const fields = [...firstFields(arrangement), Object.keys(set.velden)[0]!]
      for (const namens of ['', '00000099000000001000', '00000099000000002000']) {
        let hopeless = false
        for (const veld of new Set(fields)) {
          if (hopeless) break
          const body = {
            ...(arrangement.vorm === 'levering'
              ? { gegevens: handedOver, fase: voorwaarden.fase?.[0] }
              : arrangement.sleutel === 'bsn'
                ? { betrokkene: { soort: 'bsn', waarde: '999990019' } }
                : { object: { soort: arrangement.sleutel, waarde: objects[arrangement.sleutel] } }),
            velden: [veld],
            ...(voorwaarden.periode && { periode }),
            ...(voorwaarden.peildatum && { peildatum: periode.totEnMet }),
            ...(voorwaarden.aanleiding && {
              aanleiding: { soort: voorwaarden.aanleiding[0], betrouwbaarheid: 'bevestigd' },
            }),
            ...(voorwaarden.selectiegrond && { selectiegrond: voorwaarden.selectiegrond[0] }),
            ...(parameters.size > 0 && {
              parameters: Object.fromEntries([...parameters].map(([at, [value]]) => [at, value])),
            }),
            ...(voorwaarden.buitenlands && {
              buitenlands: foreign[voorwaarden.buitenlands.landen[0] ?? ''],
            }),
            zaak: `bevoegd-${zaak++}`,
            medewerker: { id: 'u-1', functie: voorwaarden.functie[0] ?? 'x' },
            ...(namens && { namens }),
            motivering: { noodzaak: 'nodig', lichterMiddel: 'geprobeerd' },
          }
          const path = `/v1/uitwisselingen/${arrangement.id}/_zoek`
          const { status, text, body: answer } = await gateway.ask(name, { path, body })
          const exists = visibleTo(arrangement, law.partijen.get(oin))
          assert.ok(
            (exists ? [200, 403, 503] : [404]).includes(status),
            `${name} ${path} ${veld}: ${text}`,
          )
          hopeless =
            !exists || answer.redenen?.some(({ code }) => whateverIsAsked.test(code)) === true
          if (status === 200 || isUnconnected(answer) || onlyLater(answer))
            got.add([arrangement.id, namens, veld].join(' '))
        }
      }
    }
    assert.deepEqual([...got].sort(), [...listed].sort(), name)
    allowed += got.size
  }
  assert.ok(allowed > 20, 'something was allowed')
})
