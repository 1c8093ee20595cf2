import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { PolicyFaults, type Rung } from '../../gateway/policy/law.ts'
import { loadPolicies, readYaml } from '../../gateway/policy/load.ts'
import { removeTree } from '../support/directory.ts'
import { edited, policyDir, shipped } from './law.ts'

test('the digest is SHA-256 over the sorted path and hash lines of the whole set', () => {
  const paths = readdirSync(policyDir, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.yaml'))
    .sort()
  const lines = paths.map(path => {
    const hash = createHash('sha256')
      .update(readFileSync(join(policyDir, path)))
      .digest('hex')
    return `${path} ${hash}\n`
  })
  const whole = createHash('sha256').update(lines.join('')).digest('hex')
  assert.equal(shipped.digest, `sha256:${whole}`)
  assert.deepEqual(
    shipped.files.map(file => file.path),
    paths,
  )
})

test('one changed comment in one file changes the digest; the same files give the same', async () => {
  const again = await edited({}, dir => loadPolicies(dir, 'test'))
  assert.equal(again.digest, shipped.digest)
  const changed = await edited({ 'codelijsten/leefvorm.yaml': [['id:', '# nieuw\nid:']] }, dir =>
    loadPolicies(dir, 'test'),
  )
  assert.notEqual(changed.digest, shipped.digest)
})

test('a loaded set cannot be changed, however deep', () => {
  const arrangement = shipped.uitwisselingen.get('uwv-inkomsten-bijstand')
  assert.ok(arrangement)
  const tries = [
    () => (shipped.partijen as Map<string, unknown>).delete('00000099000000001000'),
    () => (shipped.uitwisselingen as Map<string, unknown>).set('x', {}),
    () => (arrangement.rungOf as Map<string, unknown>).set('nationaliteit', {}),
    () => (arrangement.functies as Set<string>).add('iedereen'),
    () => ((arrangement.treden[0] as Rung).velden as string[]).push('nationaliteit'),
    () => Object.assign(arrangement.voorwaarden, { zaak: 'toegestaan' }),
    () => Object.assign(shipped, { digest: 'x' }),
    () => Object.assign(shipped.partijen.get('00000099000000004000') ?? {}, { soort: 'college' }),
  ]
  for (const one of tries) assert.throws(one, TypeError)
})

test('an unreadable directory is no faulty set', async () => {
  await assert.rejects(
    loadPolicies('/bestaat/niet', 'test'),
    error => !(error instanceof PolicyFaults),
  )
})

test('an empty directory is a faulty set', async () => {
  const { mkdtempSync } = await import('node:fs')
  const { tmpdir } = await import('node:os')
  const dir = mkdtempSync(join(tmpdir(), 'sluis-leeg-'))
  await assert.rejects(loadPolicies(dir, 'test'), PolicyFaults)
  removeTree(dir)
})

test('months of the last two years, and the coming one, have norms in the test profile', () => {
  for (const id of ['bijstandsnorm-netto', 'ioaw-grondslag-bruto']) {
    const bedragen = shipped.normen.get(id)?.bedragen ?? []
    for (const leefvorm of ['alleenstaande', 'alleenstaandeOuder', 'gehuwden']) {
      for (let back = -12; back <= 24; back++) {
        const day = new Date(Date.UTC(2026, 10 - back, 1)).toISOString().slice(0, 10)
        const rows = bedragen.filter(
          one =>
            [undefined, leefvorm].includes(one.leefvorm) &&
            one.geldigVan <= day &&
            (one.geldigTot === undefined || day <= one.geldigTot),
        )
        assert.equal(rows.length, 1, `${id} ${leefvorm} ${day}`)
      }
    }
  }
})

test('in every month the gross companion is above the net norm', () => {
  const net = shipped.normen.get('bijstandsnorm-netto')?.bedragen ?? []
  const gross = shipped.normen.get('ioaw-grondslag-bruto')?.bedragen ?? []
  for (const one of net) {
    for (const other of gross.filter(row => row.leefvorm === one.leefvorm)) {
      const together =
        one.geldigVan <= (other.geldigTot ?? '9') && other.geldigVan <= (one.geldigTot ?? '9')
      if (together) assert.ok(other.bedrag > one.bedrag, `${one.leefvorm} ${one.geldigVan}`)
    }
  }
})

test('other strict YAML is read plainly, and its faults are told', async () => {
  await edited({}, async dir => {
    const file = join(dir, 'bronnen.yaml')
    writeFileSync(file, 'uwv:\n  adapter: echo\n  instellingen: { poort: 1, lijst: [a, true] }\n')
    assert.deepEqual(await readYaml(file), {
      uwv: { adapter: 'echo', instellingen: { poort: 1, lijst: ['a', true] } },
    })
    for (const bad of ['a: 1\na: 2', 'a: &x 1', '- a', '', 'a: !!int "1"']) {
      writeFileSync(file, bad)
      await assert.rejects(readYaml(file), PolicyFaults, bad)
    }
  })
})
