// Does the queue show what must be looked at to who may, and does everything an officer does with it stand in the log?
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { newCall } from '../../gateway/call.ts'
import { computeHints } from '../../gateway/console/hints.ts'
import type { Page, Role, View, Visit } from '../../gateway/console/page.ts'
import { readQueue } from '../../gateway/console/review.ts'
import { reviewPages } from '../../gateway/console/review-page.ts'
import { midnight } from '../../gateway/policy/legal-time.ts'
import { fiod, uwv, waterstad } from '../../soak/country.ts'
import { country } from './country.ts'

const options = { seed: 9, months: 2, until: '2026-11-01', perMonth: 700, misuse: true }

async function begin(t: TestContext) {
  const made = await country(t, options)
  const { store, keysDir, law, desk } = made
  made.at('2026-11-02')
  const computed = midnight('2026-11-02')
  await computeHints({ query: store.query, keys: desk.keys, keysDir, law }, 'gewoon', computed)
  return made
}

type Made = Awaited<ReturnType<typeof begin>>

interface Asked {
  readonly oin?: string
  readonly rol?: Role
  readonly rollen?: readonly Role[]
  readonly fields?: Readonly<Record<string, string>>
}

async function visit({ desk }: Made, path: string, asked: Asked = {}): Promise<View> {
  const { oin = uwv, rol = 'privacy-officer', rollen = [rol], fields } = asked
  const url = new URL(path, 'https://sluis.example')
  const page = reviewPages.find(one => matches(one, url.pathname))
  assert.ok(page, path)
  assert.ok(page.roles.includes(rol), `${rol} may open ${path}`)
  const form = new FormData()
  for (const [name, value] of Object.entries(fields ?? {})) form.set(name, value)
  const one: Visit = {
    officer: { id: `id-${rol}`, naam: rol, oin, rollen },
    rol,
    call: newCall(desk.clock()),
    params: { item: url.pathname.split('/')[2] ?? '' },
    query: url.searchParams,
    ...{ form, csrf: 'c', signal: new AbortController().signal },
  }
  const view = await (fields ? page.act : page.show)?.(one, desk)
  assert.ok(view)
  return view
}

function matches({ path }: Page, pathname: string): boolean {
  return (
    path === pathname || (path.endsWith(':item') && /^\/toetsing\/[\da-f-]{36}$/.test(pathname))
  )
}

function textOf(view: View): string {
  assert.equal(view.kind, 'page')
  return view.kind === 'page' ? view.body.text : ''
}

async function queueOf({ desk }: Made, oin = uwv, rol: Role = 'privacy-officer') {
  return await readQueue(desk, { oin, rol, rollen: [rol] })
}

test('the review queue', async t => {
  const made = await begin(t)

  await t.test(
    'shows 25 a page of what stands open, without a person, and each look is a record',
    async () => {
      const text = textOf(await visit(made, '/toetsing'))
      const { open, trekkingen } = await queueOf(made)
      assert.ok(open.length > 25)
      assert.equal(text.match(/href="\/toetsing\/[\da-f]{8}-/g)?.length, 25)
      assert.match(text, /vanaf=25/)
      assert.doesNotMatch(text, /(?<![\da-f-])999\d{6}(?![\da-f-])|verdacht|misbruik/)
      assert.deepEqual(made.acts.at(-1)?.handeling, { wat: 'toetsing' })
      assert.match(textOf(await visit(made, '/toetsing?vanaf=25')), /Naar het begin/)

      // Anybody repeats the draw: the first checkpoint after the week, and a hash per transaction.
      const [draw] = trekkingen
      assert.ok(draw)
      const [van, tot] = [midnight(draw.week), midnight(draw.week) + 7 * 86_400_000]
      const week = await made.store.query<{ transactie: string }>(
        `SELECT transactie FROM audit.leaf WHERE log = 'gewoon' AND soort IN ('beslissing', 'aanvaarding')
         AND tijd >= $1 AND tijd < $2 AND $3 IN (verstrekker, ontvanger, namens)
         AND tekst::jsonb->>'verzoek' IS NULL`,
        [van, tot, uwv],
      )
      const root = Buffer.from(draw.wortel, 'base64')
      const ranked = week
        .map(({ transactie }) => {
          const id = Buffer.from(transactie.replaceAll('-', ''), 'hex')
          return [hash('sha256', Buffer.concat([root, id])), transactie] as const
        })
        .sort(([one], [other]) => (one < other ? -1 : 1))
      assert.deepEqual(
        draw.getrokken.map(({ transactie }) => transactie),
        ranked.slice(0, 5).map(([, transactie]) => transactie),
      )
      const [signed] = await made.store.query<{ tijd: number }>(
        'SELECT tijd FROM audit.checkpoint WHERE log = $1 AND grootte = $2',
        ['gewoon', draw.grootte],
      )
      assert.ok((signed?.tijd ?? 0) >= tot, 'the seed was made when the week was over')
    },
  )

  await t.test(
    'an item is closed once, by who may, with a code and a reason that is sealed; its kind becomes more or less precise',
    async () => {
      const [item] = (await queueOf(made)).open.filter(({ soort }) => soort === 'zaak-hergebruikt')
      assert.ok(item)
      const path = `/toetsing/${item.id}`
      assert.match(
        textOf(await visit(made, path)),
        /Onder één zaaknummer is naar 1\d verschillende/,
      )
      const faulty = await visit(made, path, { fields: { doe: 'sluiten', code: 'weet-niet' } })
      assert.match(textOf(faulty), /Kies wat eruit kwam/)
      const unsaid = await visit(made, path, { fields: { doe: 'sluiten', code: 'onrechtmatig' } })
      assert.match(textOf(unsaid), /Schrijf kort op waarom/)
      for (const rol of ['teamleider', 'beveiligingsfunctionaris', 'fg'] as const) {
        const refused = await visit(made, path, {
          rol,
          fields: { doe: 'sluiten', code: 'terecht', toelichting: 'x' },
        })
        assert.equal(refused.kind === 'page' && (refused.status ?? 200) >= 400, true, rol)
      }
      assert.ok(
        (await queueOf(made)).open.some(({ id }) => id === item.id),
        'still open',
      )
      const fields = {
        doe: 'sluiten',
        code: 'onrechtmatig',
        toelichting: 'Besproken met 999990019.',
      }
      assert.deepEqual(await visit(made, path, { fields }), { kind: 'redirect', to: '/toetsing' })
      const { open, precisie } = await queueOf(made)
      assert.ok(!open.some(({ id }) => id === item.id))
      assert.deepEqual(
        precisie.find(({ soort }) => soort === 'zaak-hergebruikt'),
        { soort: 'zaak-hergebruikt', gesloten: 1, raak: 1 },
      )
      assert.match(textOf(await visit(made, '/toetsing')), /100%/)
      assert.match(textOf(await visit(made, path)), /Gesloten: Onrechtmatig/)
      const again = await visit(made, path, { fields })
      assert.match(textOf(again), /Dit kan hier niet/)
      const [leaf] = await made.store.query<{ tekst: string }>(
        `SELECT tekst FROM audit.leaf WHERE soort = 'toetsing'`,
      )
      assert.ok(!leaf?.tekst.includes('999990019') && leaf?.tekst.includes('"code":"onrechtmatig"'))
      const sampled = (await queueOf(made)).open.find(({ soort }) => soort === 'aselect')
      const byFg = { rol: 'fg', fields: { doe: 'sluiten', code: 'terecht' } } as const
      assert.equal((await visit(made, `/toetsing/${sampled?.id}`, byFg)).kind, 'redirect')
    },
  )

  await t.test(
    'a question to the receiver waits under its name, and its answer is noted',
    async () => {
      const [item] = (await queueOf(made)).open
      assert.ok(item)
      const path = `/toetsing/${item.id}`
      const partij = item.partijen[0] ?? ''
      const other = await visit(made, path, {
        fields: { doe: 'navraag', partij: fiod, vraag: 'Waarom?' },
      })
      assert.match(textOf(other), /Kies een ontvanger uit de lijst/)
      await visit(made, path, {
        fields: { doe: 'navraag', partij, vraag: 'Hoort dit bij het werk?' },
      })
      const waiting = await queueOf(made)
      assert.ok(!waiting.open.some(({ id }) => id === item.id))
      assert.deepEqual(
        waiting.uitgezet.map(({ id, bij }) => [id, bij]),
        [[item.id, partij]],
      )
      assert.match(textOf(await visit(made, path)), /Uitgezet bij .*Hoort dit bij het werk/s)
      await visit(made, path, { fields: { doe: 'antwoord', partij, antwoord: 'Ja, een project.' } })
      const after = await queueOf(made)
      assert.ok(
        after.open.some(({ id }) => id === item.id),
        'to be closed now',
      )
      assert.equal(after.uitgezet.length, 0)
      assert.match(textOf(await visit(made, path)), /antwoord van .* genoteerd.*Ja, een project/s)
    },
  )

  await t.test(
    'a kind is set aside for one party until a day within six months, with an owner, and heard again',
    async () => {
      const { open } = await queueOf(made)
      const item = open.find(({ soort }) => soort === 'ladder-overgeslagen')
      assert.ok(item)
      const fields = {
        doe: 'stil',
        soort: item.soort,
        partij: item.partijen[0] ?? '',
        eigenaar: 'privacy-officer',
        tot: '2027-01-31',
        toelichting: 'Nieuwe medewerkers worden ingewerkt.',
      }
      for (const [change, said] of [
        [{ tot: '2027-06-30' }, /Kies een dag tussen 2026-11-02 en 2027-05-02/],
        [{ tot: '2026-10-01' }, /Kies een dag tussen/],
        [{ eigenaar: '' }, /Kies wie hierop let/],
        [{ soort: 'aselect' }, /Kies een soort aanwijzing/],
        [{ partij: '' }, /Kies een organisatie, een uitwisseling of beide/],
        [{ toelichting: '' }, /Schrijf kort op waarom/],
      ] as const) {
        const refused = await visit(made, '/toetsing/stil', { fields: { ...fields, ...change } })
        assert.match(textOf(refused), said)
      }
      await visit(made, '/toetsing/stil', { fields })
      const still = await queueOf(made)
      assert.ok(!still.open.some(({ id }) => id === item.id))
      assert.ok(still.verborgen > 0)
      const [set] = still.stil
      made.at('2027-02-01')
      assert.equal((await queueOf(made)).stil.length, 0, 'over by itself')
      made.at('2026-11-03')
      await visit(made, '/toetsing/stil', {
        fields: { doe: 'aan', kenmerk: set?.deed.transactie ?? '' },
      })
      assert.ok((await queueOf(made)).open.some(({ id }) => id === item.id))
    },
  )

  await t.test(
    'another organisation’s item does not exist, a team lead sees what the own organisation received, and the second log only who may',
    async () => {
      const { open } = await queueOf(made)
      const foreign = await visit(made, `/toetsing/${open[0]?.id}`, { oin: fiod })
      assert.equal(foreign.kind === 'page' && foreign.status, 404)
      assert.deepEqual(made.acts.at(-1)?.handeling, { wat: 'toetsing', gevonden: false })
      assert.equal((await queueOf(made, fiod)).open.length, 0)
      const lead = await queueOf(made, uwv, 'teamleider')
      assert.ok(lead.open.length < open.length)
      assert.ok(lead.open.every(({ partijen }) => partijen.every(one => one === uwv)))
      const own = await queueOf(made, waterstad, 'teamleider')
      assert.ok(own.open.some(({ soort }) => soort === 'vaak-dezelfde-persoon'))
      const other = open.find(({ partijen }) => !partijen.includes(uwv))
      const hidden = await visit(made, `/toetsing/${other?.id}`, { rol: 'teamleider' })
      assert.equal(hidden.kind === 'page' && hidden.status, 404)
      await made.store.query(
        `INSERT INTO console.hint SELECT gen_random_uuid(), 'vertrouwelijk', soort, oin, maand, tijd, gevonden,
         partijen, uitwisselingen, transacties, aantal, 1e9, cijfers FROM console.hint WHERE oin = $1 LIMIT 1`,
        [uwv],
      )
      assert.ok((await queueOf(made)).open.every(({ log }) => log === 'gewoon'))
      const both = {
        oin: uwv,
        rol: 'privacy-officer',
        rollen: ['privacy-officer', 'vertrouwelijk'],
      } as const
      assert.ok((await readQueue(made.desk, both)).open.some(({ log }) => log === 'vertrouwelijk'))
    },
  )
})
