import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { commands } from '../../gateway/commands/adapter.ts'
import { UsageError } from '../../gateway/commands/command.ts'
import { removeTree } from '../support/directory.ts'

const dir = mkdtempSync(join(tmpdir(), 'sluis-adapter-test-'))
after(() => removeTree(dir))

async function run(name: string, ...args: string[]) {
  const command = commands.find(each => each.name === name)
  assert.ok(command)
  let out = ''
  let err = ''
  const code = await command.run(args, {
    env: {},
    out: text => {
      out += text
    },
    err: text => {
      err += text
    },
    stdin: async () => Buffer.alloc(0),
    clock: () => Date.now(),
  })
  return { code, out, err }
}

describe('sluis adapter test', () => {
  it('judges a shipped adapter and names every check', async () => {
    const { code, out } = await run('adapter test', 'echo', '--json')
    assert.equal(code, 0)
    const results: unknown = JSON.parse(out)
    assert.ok(Array.isArray(results) && results.length > 20)
    assert.ok(results.every(each => typeof each.controle === 'string' && !('fout' in each)))
  })

  it('is used wrongly without the name of a shipped adapter', async () => {
    await assert.rejects(run('adapter test'), UsageError)
    await assert.rejects(run('adapter test', 'bestaat-niet'), UsageError)
  })
})

describe('sluis adapter new', () => {
  it('makes a folder in the shape of echo under its own name', async () => {
    const { code, out } = await run('adapter new', 'mijn-bron', '--in', dir)
    assert.equal(code, 0)
    assert.match(out, /registry\.ts/)
    const text = readFileSync(join(dir, 'mijn-bron', 'adapter.ts'), 'utf8')
    assert.match(text, /name: 'mijn-bron'/)
    assert.match(text, /satisfies Adapter<MijnBronSettings>/)
    assert.doesNotMatch(text, /'echo'|EchoSettings/)
  })

  it('never writes over a folder that exists', async () => {
    await run('adapter new', 'twee-keer', '--in', dir)
    await assert.rejects(run('adapter new', 'twee-keer', '--in', dir), UsageError)
  })

  it('refuses a name that is no folder name', async () => {
    for (const name of ['', 'X', '../elders', 'a b', '-x']) {
      await assert.rejects(run('adapter new', name, '--in', dir), UsageError)
    }
  })
})
