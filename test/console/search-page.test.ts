// Is what an officer searches for recorded before it is shown, and does what was typed go nowhere else?
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { partyHolder } from '../../certs/names.ts'
import { unsealMember } from '../../gateway/audit/find.ts'
import type { View, Visit } from '../../gateway/console/page.ts'
import { pages } from '../../gateway/console/pages.ts'
import { heldGateway } from '../support/held.ts'
import { lastIndex, leavesAfter, transactionOf } from '../support/log.ts'
import { plant } from './copy.ts'
import { deskOf, officerOf, visitOf } from './desk.ts'

const waterstad = partyHolder('gemeente-waterstad').oin
const uwv = partyHolder('uwv').oin
const bsn = '999990019'

function formOf(values: Readonly<Record<string, string>>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(values)) form.set(name, value)
  return form
}

function textOf(view: View): string {
  assert.ok(view.kind === 'page', view.kind)
  return `${view.title} ${view.body.text}`
}

test('A17: an officer who searches for a person, case or employee gives a reason; each page of what is found is recorded before it is shown', async t => {
  const gateway = await heldGateway(t, 'postgres')
  const { house } = gateway.serving
  const desk = deskOf(house, join(gateway.dataDir, 'keys'))
  const page = pages.find(({ path }) => path === '/zoeken')
  assert.ok(page?.show && page.act)
  const { show, act } = page
  const officer = officerOf(waterstad, 'privacy-officer')
  const post = (values: Readonly<Record<string, string>>) =>
    act(visitOf(officer, { form: formOf(values) }), desk)
  const get = (to: string, changes: Partial<Visit> = {}) =>
    show(visitOf(officer, { query: new URL(to, 'https://x').searchParams, ...changes }), desk)
  const looks = async (since: number) =>
    (await leavesAfter(house.store, since)).filter(({ soort }) => soort === 'raadpleging')
  const asked = transactionOf(await gateway.query('gemeente-waterstad', { zaak: 'z-77' }))
  const person = { persoonSoort: 'NL/bsn', nummer: bsn }

  await t.test(
    'without a reason, or with a number that is none: a fault at its field, without the value',
    async () => {
      const before = await lastIndex(house.store)
      for (const [values, field] of [
        [person, 'reden'],
        [{ ...person, reden: 'nieuwsgierig' }, 'reden'],
        [{ ...person, reden: 'anders' }, 'toelichting'],
        [{ zaak: 'z-77', organisatie: waterstad }, 'reden'],
        [{ zaak: 'z-77', reden: 'klacht' }, 'organisatie'],
        [{ medewerker: 'u 1', organisatie: waterstad, reden: 'klacht' }, 'medewerker'],
        [{ ...person, nummer: '999990018', reden: 'klacht' }, 'nummer'],
        [{ ...person, persoonSoort: 'x', reden: 'klacht' }, 'persoonSoort'],
        [{ doel: bsn }, 'doel'],
        [{ van: bsn }, 'van'],
        [{ van: '2026-02-01', totEnMet: '2026-01-01' }, 'totEnMet'],
      ] as const) {
        const view = await post(values)
        assert.ok(view.kind === 'page' && view.status === 400, JSON.stringify(values))
        const text = textOf(view)
        assert.match(text, new RegExp(`href="#${field}"`))
        assert.match(text, new RegExp(`id="${field}-fout"`))
        for (const typed of [bsn, '999990018', 'z-77', 'u 1']) assert.ok(!text.includes(typed))
      }
      assert.equal((await looks(before)).length, 0)
    },
  )

  await t.test(
    'a person, a case and an employee are in no address and on no page; the record seals them',
    async () => {
      const before = await lastIndex(house.store)
      const sent = await post({
        ...person,
        zaak: 'z-77',
        medewerker: 'u-4711',
        organisatie: waterstad,
        reden: 'anders',
        toelichting: 'op verzoek van mevrouw',
        doel: 'bijstand-recht-en-hoogte',
      })
      assert.ok(sent.kind === 'redirect')
      const text = textOf(await get(sent.to))
      assert.match(text, new RegExp(`/verstrekkingen/${asked}`))
      assert.match(text, /•••••• 019/)
      assert.match(text, /Verstrekt/)
      for (const typed of [bsn, 'z-77', 'u-4711', 'mevrouw']) {
        assert.ok(!sent.to.includes(typed), typed)
        assert.ok(!text.includes(typed), typed)
      }
      const [look, ...others] = await looks(before)
      assert.ok(look)
      assert.equal(others.length, 0)
      assert.deepEqual(look.handeling, {
        wat: 'zoeken',
        filters: ['betrokkene', 'zaak', 'medewerker', 'doel'],
        reden: 'anders',
        aantal: 1,
        meer: false,
      })
      assert.deepEqual([look.ontvanger, look.rol], [waterstad, 'privacy-officer'])
      const opened = (member: 'betrokkene' | 'gezocht' | 'motivering') =>
        unsealMember(desk.keys, { log: 'gewoon', keysDir: desk.keysDir }, look, member)
      assert.match(opened('betrokkene') ?? '', new RegExp(bsn))
      assert.deepEqual(JSON.parse(opened('gezocht') ?? ''), {
        zaak: [waterstad, 'z-77'],
        medewerker: [waterstad, 'u-4711'],
      })
      assert.equal(opened('motivering'), 'op verzoek van mevrouw')
      const gone = await get('/zoeken?vraag=weg')
      assert.ok(gone.kind === 'page' && gone.status === 400, 'a search that is over is asked again')
    },
  )

  await t.test('no record, no page: what the log does not take is not shown', async () => {
    const sent = await post({ ...person, reden: 'klacht' })
    assert.ok(sent.kind === 'redirect')
    const deaf = { ...desk, record: () => Promise.reject(new Error('log-onbereikbaar')) }
    const query = new URL(sent.to, 'https://x').searchParams
    await assert.rejects(show(visitOf(officer, { query }), deaf), /log-onbereikbaar/)
  })

  await t.test(
    'page after page: each of a person search is a look, an ordinary search is one',
    async () => {
      await desk.catchUp()
      const begin = Date.UTC(2025, 0, 1)
      const rows = Array.from({ length: 60 }, (_, i) => ({
        tijd: begin + i,
        verstrekker: uwv,
        ontvanger: waterstad,
        termen: ['veld:loonSv'],
      }))
      await plant(gateway.place, rows)
      await desk.store.query(
        `INSERT INTO audit.persoon (hmac, idx, log, maand)
       SELECT p.hmac, t.idx, 'gewoon', p.maand FROM audit.persoon p JOIN audit.leaf l ON l.log = p.log AND l.idx = p.idx,
         console.transactie t WHERE l.transactie = $1 AND l.soort = 'beslissing' AND t.tijd < $2`,
        [asked, begin + 60],
      )
      const walk = async (first: string) => {
        const seen: string[] = []
        for (let to: string | undefined = first; to; ) {
          const text = textOf(await get(to))
          seen.push(
            ...Array.from(text.matchAll(/\/verstrekkingen\/([0-9a-f-]{36})/g), ([, id]) =>
              String(id),
            ),
          )
          to = /href="([^"]*)">Volgende</.exec(text)?.[1]?.replaceAll('&amp;', '&')
        }
        return seen
      }
      for (const [values, pages] of [
        [{ ...person, reden: 'controle' }, 3],
        [{ veld: 'loonSv' }, 1],
      ] as const) {
        const before = await lastIndex(house.store)
        const sent = await post(values)
        assert.ok(sent.kind === 'redirect')
        const seen = await walk(sent.to)
        assert.ok(seen.length >= 60)
        assert.equal(new Set(seen).size, seen.length, 'each once')
        assert.equal((await looks(before)).length, pages)
      }
      const before = await lastIndex(house.store)
      await get('/zoeken?veld=loonSv&na=verzonnen')
      assert.equal((await looks(before)).length, 1, 'a place that no page named is the first page')
    },
  )

  await t.test(
    'the form itself shows nothing and is no look; of another organisation nothing is found',
    async () => {
      const before = await lastIndex(house.store)
      const text = textOf(await get('/zoeken'))
      assert.match(text, /<form[^>]*method="post"[^>]*action="\/zoeken"/)
      assert.equal((await looks(before)).length, 0)
      const svb = officerOf(partyHolder('svb').oin, 'fg')
      const query = new URLSearchParams({ alles: 'ja' })
      const empty = textOf(await show(visitOf(svb, { query }), desk))
      assert.match(empty, /Er is niets gevonden/)
      assert.ok(!page.roles.includes('beheerder'), 'who runs the machine sees no persons')
    },
  )
})
