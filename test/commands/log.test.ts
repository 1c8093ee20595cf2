import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openAudit } from '../../gateway/audit/commit.ts'
import { recordRejection } from '../../gateway/audit/record.ts'
import { newCall } from '../../gateway/call.ts'
import { openStore, type Store } from '../../gateway/store.ts'
import { clock, noon } from '../audit/log.ts'
import { asOwner, type Kind, kinds, testPlace } from '../support/database.ts'
import { ask, type Said } from './sluis.ts'

interface Place {
  readonly open: () => Promise<Store>
  readonly env: NodeJS.ProcessEnv
  readonly run: (...args: string[]) => Promise<Said>
  readonly fill: (count: number) => Promise<void>
  readonly sql: (text: string) => Promise<unknown>
  readonly file: (name: string, text: string) => string
}

/** A migrated database of which the commands know no more than the environment. */
async function place(t: TestContext, kind: Kind): Promise<Place> {
  const where = await testPlace(t, kind)
  mkdirSync(where.dir, { recursive: true })
  const env = { SLUIS_DATA_DIR: where.dir, ...(where.url && { DATABASE_URL: where.url }) }
  const keysDir = join(where.dir, 'keys')
  return {
    env,
    open: () => openStore(asOwner(where)),
    run: (...args) => ask(args, { env }),
    async fill(count) {
      await using store = await openStore(asOwner(where))
      await using audit = await openAudit({ store, keysDir, stateDir: where.dir, clock })
      const rejection = { log: 'gewoon', redenen: ['x'] } as const
      await Promise.all(
        Array.from({ length: count }, () =>
          recordRejection(audit, { ...rejection, call: newCall(noon) }),
        ),
      )
    },
    async sql(text) {
      await using store = await openStore(asOwner(where))
      return await store.query(text)
    },
    file(name, text) {
      const path = join(where.dir, name)
      writeFileSync(path, text)
      return path
    },
  }
}

async function begin({ run }: Place): Promise<void> {
  await run('keys', 'generate', '--months', '1')
  for (const log of ['gewoon', 'vertrouwelijk']) {
    const said = await run('log', 'create', '--log', log, '--origin', `sluis.example/t/${log}`)
    assert.equal(said.code, 0, said.err)
  }
}

test('log verify shows how far it is on a terminal and leaves nothing of it, and not in a pipe', async t => {
  const at = await place(t, 'postgres')
  await begin(at)
  await at.fill(600)
  const sluis = join(import.meta.dirname, '..', '..', 'gateway', 'sluis.ts')
  const verify = `'${process.execPath}' '${sluis}' log verify --log gewoon`
  // `script` gives the command a terminal of its own (util-linux).
  const shown = execFileSync(
    'script',
    [
      ...['--quiet', '--return', '--command'],
      ...[`stty cols 100; ${verify}; ${verify} 2>&1 | cat`, '/dev/null'],
    ],
    { encoding: 'utf8', env: { ...process.env, ...at.env, TERM: 'xterm' } },
  )
  const [nothing, first = '', ...others] = shown.split('\r\u001b[2K')
  assert.equal(nothing, '')
  assert.match(first, /^gewoon: 250 van 600 regels nagerekend .*\[=+ +\]$/)
  const last = 'gewoon: geldig, 600 regels\r\n'
  assert.equal(others.at(-1), last + last, 'the second in a pipe')
})

for (const kind of kinds) {
  test(`${kind}: what the log commands print feeds the tlog commands`, async t => {
    const at = await place(t, kind)
    await using _running = await at.open() // the commands find the embedded database running
    await begin(at)
    await at.fill(300)
    const json = async (...args: string[]) => {
      const { code, out, err } = await at.run('log', ...args, '--json')
      assert.deepEqual([code, err], [0, ''])
      return out
    }
    const feed = (command: string, input: string) => ask(['tlog', command], { input })
    const checkpoint = JSON.parse(await json('checkpoint'))
    assert.equal(checkpoint.size, 300)
    const note = await at.run('log', 'checkpoint')
    assert.equal(note.out, checkpoint.note)
    const signed = ['tlog', 'verify-note', '--key', checkpoint.vkey]
    assert.equal((await ask(signed, { input: note.out })).code, 0)
    for (const [index, size] of [
      [0, 1],
      [7, 300],
      [299, 300],
      [255, 257],
    ]) {
      const text = await json('inclusion', '--index', `${index}`, '--size', `${size}`)
      const names = Object.keys(JSON.parse(text)).sort()
      assert.deepEqual(names, ['leafHash', 'leafIdx', 'proof', 'root', 'treeSize'])
      assert.equal((await feed('verify-inclusion', text)).code, 0, text)
      const moved = text.replace(`"leafIdx":${index}`, `"leafIdx":${Number(index) + 1}`)
      assert.equal((await feed('verify-inclusion', moved)).code, 1)
      if (size === 300) assert.equal(JSON.parse(text).root, checkpoint.root)
    }
    for (const [older, newer] of [
      [1, 300],
      [256, 300],
      [300, 300],
    ]) {
      const text = await json('consistency', '--old', `${older}`, '--new', `${newer}`)
      assert.equal((await feed('verify-consistency', text)).code, 0, text)
    }
    for (const args of [
      ['inclusion', '--index', '300', '--size', '300'],
      ['inclusion', '--index', '0', '--size', '301'],
      ['inclusion', '--index', '0', '--size', '0'],
      ['consistency', '--old', '0', '--new', '300'],
      ['consistency', '--old', '2', '--new', '1'],
      ['consistency', '--old', '1', '--new', '301'],
    ]) {
      assert.equal((await at.run('log', ...args)).code, 1, args.join(' '))
    }
  })
}

test('log verify judges both logs, or one against an older checkpoint', async t => {
  const at = await place(t, 'postgres')
  await begin(at)
  await at.fill(5)
  const older = at.file('ouder', (await at.run('log', 'checkpoint')).out)
  await at.fill(20)
  const newer = at.file('nieuwer', (await at.run('log', 'checkpoint')).out)
  const both = await at.run('log', 'verify', '--json')
  assert.equal(both.code, 0)
  assert.deepEqual(
    both.out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line)),
    [
      { geldig: true, log: 'gewoon', grootte: 25 },
      { geldig: true, log: 'vertrouwelijk', grootte: 0 },
    ],
  )
  assert.match(
    (await at.run('log', 'verify')).out,
    /^gewoon: geldig, 25 regels\nvertrouwelijk: geldig/,
  )
  const from = (file: string, ...args: string[]) =>
    at.run('log', 'verify', '--from', file, '--log', 'gewoon', ...args)
  assert.equal((await from(older)).code, 0)
  assert.equal((await from(newer)).code, 0)
  assert.equal((await at.run('log', 'verify', '--from', older)).code, 0)
  assert.equal((await at.run('log', 'verify', '--from', older, '--log', 'vertrouwelijk')).code, 1)
  assert.equal((await from(at.file('stuk', 'x'))).code, 1)
  const forged = (await at.run('log', 'checkpoint')).out.replace('\n25\n', '\n24\n')
  assert.equal((await from(at.file('vals', forged))).code, 1)
  assert.equal((await from(join(older, 'niets'))).code, 3)

  await at.sql(`UPDATE audit.leaf SET tekst = replace(tekst, '"v":1', '"v":2') WHERE idx = 11`)
  const edited = await at.run('log', 'verify', '--json', '--log', 'gewoon')
  assert.equal(edited.code, 1)
  const { reden, ...verdict } = JSON.parse(edited.out)
  assert.deepEqual(verdict, { geldig: false, log: 'gewoon', grootte: 25, index: 11 })
  assert.match(reden, /hash/)
  await at.sql(`UPDATE audit.leaf SET tekst = replace(tekst, '"v":2', '"v":1') WHERE idx = 11`)
  assert.equal((await at.run('log', 'verify')).code, 0)

  await at.sql(`DELETE FROM audit.leaf WHERE idx >= 5`)
  await at.sql(`DELETE FROM audit.checkpoint WHERE log = 'gewoon' AND vorige >= 5`)
  assert.equal((await from(older)).code, 1, 'this host saw more')
  for (const name of readdirSync(at.env.SLUIS_DATA_DIR ?? '')) {
    if (name.startsWith('gezien-')) at.file(name, (await at.run('log', 'checkpoint')).out)
  }
  const cut = await from(newer, '--json')
  assert.equal(cut.code, 1)
  assert.deepEqual(JSON.parse(cut.out).groep, [5, 25])
})

test('a log begins once, ends once, and goes on under the name it gave', async t => {
  const at = await place(t, 'postgres')
  await begin(at)
  const create = (origin: string) => at.run('log', 'create', '--origin', origin)
  assert.equal((await create('sluis.example/ander')).code, 1)
  assert.equal((await at.run('log', 'close', '--successor', 'sluis.example/t/2')).code, 0)
  assert.equal((await at.run('log', 'close', '--successor', 'sluis.example/t/3')).code, 1)
  await assert.rejects(at.fill(1))
  assert.equal((await create('sluis.example/t/3')).code, 1)
  const begun = await create('sluis.example/t/2')
  assert.match(begun.out, /^Begonnen: sluis\.example\/t\/2\+/)
  assert.deepEqual(await create('sluis.example/t/2'), begun, 'asked again, it is what it was')
  await at.fill(3)
  const verdicts = (await at.run('log', 'verify', '--log', 'gewoon', '--json')).out
    .trim()
    .split('\n')
  assert.deepEqual(
    verdicts.map(line => JSON.parse(line)),
    [
      { geldig: true, log: 'gewoon', grootte: 1 },
      { geldig: true, log: 'gewoon-2', grootte: 3 },
    ],
  )
})

test('after a loss a log goes on under a name that nothing announced, and the old one stays as it is', async t => {
  const at = await place(t, 'postgres')
  await begin(at)
  await at.fill(2)
  const create = ['log', 'create', '--origin', 'sluis.example/t/na']
  assert.equal((await at.run(...create)).code, 1, 'not by accident')
  assert.equal((await at.run(...create, '--after-loss')).code, 0)
  await at.fill(3)
  const { out } = await at.run('log', 'verify', '--log', 'gewoon')
  assert.equal(out, 'gewoon: geldig, 2 regels\ngewoon-2: geldig, 3 regels\n')
})

test('bad usage is told from what cannot be judged', async t => {
  const at = await place(t, 'postgres')
  for (const args of [
    ['log', 'create'],
    ['log', 'create', '--origin', 'https://sluis.example/a'],
    ['log', 'create', '--origin', 'a b'],
    ['log', 'create', '--origin', 'a', '--log', 'geheim'],
    ['log', 'close'],
    ['log', 'verify', '--log', 'x'],
    ['log', 'verify', 'extra'],
    ['log', 'inclusion', '--index', '1'],
    ['log', 'inclusion', '--index', 'x', '--size', '3'],
    ['log', 'inclusion', '--index', '-1', '--size', '3'],
    ['log', 'consistency', '--old', '1', '--new', '1e3'],
    ['keys', 'generate', '--months', 'x'],
  ]) {
    assert.equal((await at.run(...args)).code, 2, args.join(' '))
  }
  for (const command of ['verify', 'checkpoint']) {
    assert.equal((await at.run('log', command)).code, 3, `${command} without a log`)
  }
  const nowhere = { ...at.env, DATABASE_URL: 'postgresql://x@127.0.0.1:1/x' }
  assert.equal((await ask(['log', 'verify'], { env: nowhere })).code, 3)
})
