import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type ExitCode, UsageError } from '../../gateway/commands/command.ts'
import { commands } from '../../gateway/commands/policy.ts'
import { edited, oins, shipped } from '../policy/law.ts'
import { removeTree } from '../support/directory.ts'

const dir = mkdtempSync(join(tmpdir(), 'sluis-explain-'))
after(() => removeTree(dir))

function file(name: string, content: unknown): string {
  const path = join(dir, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

interface Ran {
  readonly exit: ExitCode
  readonly out: string
  readonly err: string
}

async function sluis(words: string, args: readonly string[], env = {}): Promise<Ran> {
  const command = commands.find(one => one.name === words)
  assert.ok(command)
  let out = ''
  let err = ''
  const exit = await command.run(args, {
    env,
    out: text => {
      out += text
    },
    err: text => {
      err += text
    },
    stdin: async () => Buffer.alloc(0),
    clock: () => Date.parse('2026-09-15T12:00:00+02:00'),
  })
  return { exit, out, err }
}

const body = {
  betrokkene: { soort: 'bsn', waarde: '999990019' },
  velden: ['heeftInkomstenverhouding'],
  periode: { van: '2026-05-01', totEnMet: '2026-07-31' },
  parameters: { leefvorm: 'alleenstaande' },
  zaak: '2026-000123',
  medewerker: { id: 'u-4711', functie: 'inkomensconsulent' },
}
const good = file('goed.json', body)
const id = 'uwv-inkomsten-bijstand'
const explain = (args: readonly string[], env = {}) => sluis('policy explain', args, env)

test('policy check finds the shipped set sound and prints its digest', async () => {
  const { exit, out, err } = await sluis('policy check', [])
  assert.deepEqual([exit, err], [0, ''])
  assert.ok(out.includes(shipped.digest))
})

test('policy check --json prints one object and nothing else', async () => {
  const { exit, out } = await sluis('policy check', ['--json'])
  const told = JSON.parse(out)
  assert.deepEqual([exit, told.geldig, told.digest, told.fouten], [0, true, shipped.digest, []])
})

test('policy check tells every fault with file, line and column, and exits 1', async () => {
  const edits = {
    'codelijsten/leefvorm.yaml': [['titel: Leef', 'kleur: groen\ntitel: Leef']],
    'uitwisselingen/uwv-inkomsten-bijstand.yaml': [['pw-53a-1, suwi', 'pw-53a-9, suwi']],
  } as const
  await edited(edits, async policies => {
    const plain = await sluis('policy check', [policies])
    assert.equal(plain.exit, 1)
    assert.match(plain.err, /^codelijsten\/leefvorm\.yaml:2:1: onbekende sleutel 'kleur'/m)
    assert.match(plain.err, /^uitwisselingen\/uwv-inkomsten-bijstand\.yaml:\d+:26: deze grondslag/m)
    assert.match(
      plain.err,
      /deze grondslag is niet bekend\n {2}grondslagen: \[pw-64-1-b, pw-53a-9, suwi-62-1\]\n {27}\^\n {2}wel goed: leg haar eerst vast in grondslagen\/$/m,
    )
    assert.equal(plain.out, '')
    const json = await sluis('policy check', ['--json'], { SLUIS_POLICY_DIR: policies })
    const told = JSON.parse(json.out)
    assert.deepEqual([json.exit, told.geldig, told.fouten[0].line], [1, false, 2])
  })
})

test('policy check cannot judge a folder that is not there', async () => {
  await assert.rejects(
    sluis('policy check', [join(dir, 'weg')]),
    error => !(error instanceof UsageError),
  )
})

test('policy check finds a demo set faulty for productie', async () => {
  const { exit, err } = await sluis('policy check', [], { SLUIS_PROFIEL: 'productie' })
  assert.equal(exit, 1)
  assert.match(err, /testset/)
})

test('a review that is due is a warning, not a fault', async () => {
  const edit = [['herzienOp: 2027-06-01', 'herzienOp: 2026-09-14']] as const
  const edits = { [`uitwisselingen/${id}.yaml`]: edit, [`uitwisselingen/${id}.cases.yaml`]: edit }
  await edited(edits, async policies => {
    const { exit, err } = await sluis('policy check', [policies])
    assert.equal(exit, 0)
    assert.match(err, /waarschuwing: uwv-inkomsten-bijstand: DPIA-2026-014/)
  })
})

test('policy explain says yes to a good question, with the law, and exits 0', async () => {
  const { exit, out } = await explain([id, '--request', good])
  assert.equal(exit, 0)
  assert.match(out, /Gemeente Waterstad/)
  assert.match(out, /Toegestaan/)
  assert.match(out, /Participatiewet, artikel 64, eerste lid, onder b/)
  assert.ok(!out.includes('999990019') && !out.includes('u-4711') && !out.includes('2026-000123'))
})

test('policy explain asks as signed when told so, of an exchange that wants a signature', async () => {
  const edit = [['  zaak: verplicht', '  zaak: verplicht\n  handtekening: verplicht']] as const
  const cases = [
    ['  zaak: true\n', '  zaak: true\n  handtekening: true\n'],
    [
      'gevallen:\n',
      'gevallen:\n  - naam: x\n    zonder: [handtekening]\n    dan: geweigerd\n    redenen: [HANDTEKENING_ONTBREEKT]\n',
    ],
  ] as const
  const edits = { [`uitwisselingen/${id}.yaml`]: edit, [`uitwisselingen/${id}.cases.yaml`]: cases }
  await edited(edits, async policies => {
    const env = { SLUIS_POLICY_DIR: policies }
    const bare = await sluis('policy explain', [id, '--request', good, '--at', '2026-09-15'], env)
    assert.equal(bare.exit, 1)
    assert.match(bare.out, /moet ondertekend zijn/)
    const signed = await sluis(
      'policy explain',
      [id, '--request', good, '--at', '2026-09-15', '--ondertekend'],
      env,
    )
    assert.equal(signed.exit, 0, signed.out)
  })
})

test('policy explain says no with every reason, and exits 1', async () => {
  const bad = file('slecht.json', { ...body, velden: ['loonSv', 'nationaliteit'], zaak: undefined })
  const { exit, out } = await explain([id, '--request', bad, '--as', oins.toeslagen])
  assert.equal(exit, 1)
  for (const code of [
    'ONTVANGER_NIET_BEVOEGD',
    'ZAAK_ONTBREEKT',
    'VELD_NIET_TOEGESTAAN',
    'LICHTER_MIDDEL_BESCHIKBAAR',
  ]) {
    assert.match(out, new RegExp(`- ${code}: `))
  }
})

test('policy explain judges a line, a file, a correction and a doubt each by what judges it', async () => {
  const of = (gegevens: object, more: object = { ontvanger: oins.waterstad }) =>
    JSON.stringify({ betrokkene: body.betrokkene, gegevens, ...more })
  const line = file('regel.json', of({ datumAanvang: '2026-08-01' }))
  const value = file('waarde.json', of({ loonSv: 250000 }))
  const doubted = file(
    'twijfel.json',
    of({ transactie: 'x', veld: 'loonSv', reden: 'onjuist' }, { ontvanger: oins.uwv }),
  )
  const given = file('eerder.json', { eerder: true })
  const signal = 'uwv-signaal-nieuwe-inkomsten'
  const rows: readonly (readonly [string[], number, RegExp])[] = [
    [[signal, '--request', line], 0, /^Vraag van UWV .*mogen worden verstrekt: datumAanvang\./s],
    [[signal, '--request', line, '--as', oins.ib], 1, /Noem als tussenstation bij elke regel/],
    [
      [signal, '--request', line, '--as', oins.ib, '--stap', 'bestand'],
      0,
      /Het bestand mag worden gelezen\. Elke regel wordt daarna apart beoordeeld\./,
    ],
    [[signal, '--request', good], 1, /^$/],
    [[id, '--request', value, '--stap', 'correctie'], 1, /niet eerder gekregen/],
    [
      [id, '--request', value, '--stap', 'correctie', '--feiten', given],
      0,
      /^Vraag van UWV .*hersteld bij wie ze eerder kreeg: loonSv\./s,
    ],
    [
      ['terugmelding', '--request', doubted, '--as', oins.waterstad, '--feiten', given],
      1,
      /POST \/v1\/terugmeldingen/,
    ],
    [
      [
        ...['terugmelding', '--request', doubted, '--as', oins.waterstad, '--feiten', given],
        ...['--stap', 'terugmelding'],
      ],
      0,
      /gemeld aan wie het gegeven verstrekte: transactie, veld, reden\./,
    ],
  ]
  for (const [args, wanted, text] of rows) {
    const { exit, out } = await explain(args)
    assert.equal(exit, wanted, `${args.join(' ')}: ${out}`)
    assert.match(out, text)
  }
  await assert.rejects(explain([id, '--request', good, '--stap', 'inzage']), UsageError)
})

test('policy explain --json gives the whole decision with its explanations', async () => {
  const { exit, out } = await explain(['lu-inkomsten-bijstand', '--request', good, '--json'])
  const told = JSON.parse(out)
  assert.deepEqual([exit, told.uitkomst, told.beleid.digest], [1, 'geweigerd', shipped.digest])
  assert.ok(told.redenen.every((reason: { uitleg: string }) => reason.uitleg.endsWith('.')))
})

test('policy explain takes facts: an open rung, a brake', async () => {
  const request = file('bedragen.json', { ...body, velden: ['loonSv'] })
  const open = file('open.json', { treden: ['bedragen'] })
  const brake = file('noodrem.json', { treden: ['bedragen'], noodrem: ['alles'] })
  assert.equal((await explain([id, '--request', request])).exit, 1)
  assert.equal((await explain([id, '--request', request, '--feiten', open])).exit, 0)
  const stopped = await explain([id, '--request', request, '--feiten', brake])
  assert.deepEqual([stopped.exit, /NOODREM/.test(stopped.out)], [1, true])
  for (const bad of ['niets', '[]', '{"treden":"bedragen"}', '{"anders":[]}']) {
    const { exit, err } = await explain([id, '--request', good, '--feiten', file('fout.json', bad)])
    assert.deepEqual([exit, /feiten/.test(err)], [1, true], bad)
  }
})

test('policy explain judges at the moment asked, a date meaning its first moment', async () => {
  const at = async (moment: string) => (await explain([id, '--request', good, '--at', moment])).exit
  assert.equal(await at('2027-12-01'), 0)
  assert.equal(await at('2027-12-02'), 1)
  assert.equal(await at('2027-12-01T22:59:59Z'), 0)
  assert.equal(await at('2027-12-01T23:00:00Z'), 1)
  for (const bad of ['gisteren', '2027-02-30', '2027-12-01T12:00:00']) {
    await assert.rejects(at(bad), UsageError)
  }
})

test('policy explain judges a malformed question no, and never repeats a value', async () => {
  const strange = file('vreemd.json', {
    ...body,
    betrokkene: { soort: 'bsn', waarde: 'x999990019' },
  })
  const { exit, out, err } = await explain([id, '--request', strange])
  assert.deepEqual([exit, out], [1, ''])
  assert.match(err, /^\/betrokkene\/waarde: /m)
  assert.ok(!err.includes('999990019'))
  assert.equal((await explain([id, '--request', file('geen.json', '{"velden":')])).exit, 1)
})

test('policy explain without what it needs is bad usage; an unreadable file cannot be judged', async () => {
  for (const args of [
    [],
    [id],
    ['--request', good],
    [id, '--request', good, '--as', 'niemand'],
    [id, 'x', '--request', good],
    [id, '--request', good, '--kleur'],
  ]) {
    await assert.rejects(explain(args), UsageError, args.join(' '))
  }
  const missing = explain([id, '--request', join(dir, 'weg.json')])
  await assert.rejects(missing, error => !(error instanceof UsageError))
})

test('policy explain of an unknown exchange is refused with its reason', async () => {
  const { exit, out } = await explain(['bestaat-niet', '--request', good])
  assert.equal(exit, 1)
  assert.match(out, /bestaat niet/)
})
