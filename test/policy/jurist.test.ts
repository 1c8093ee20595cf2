// Can somebody who knows the law and no code change it, as policies/README.md says? Each recipe, exactly as printed.
import assert from 'node:assert/strict'
import { appendFileSync, cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { commands } from '../../gateway/commands/policy.ts'
import { readPolicies } from '../../gateway/policy/load.ts'
import { removeTree } from '../support/directory.ts'
import { policyDir } from './law.ts'

/** What the sentence above a block says to do with it. */
type Step =
  | { readonly doe: 'vervang'; readonly files: readonly string[]; van: string; naar: string }
  | { readonly doe: 'erbij' | 'nieuw' | 'vraag'; readonly file: string; readonly text: string }
  | { readonly doe: 'draai'; readonly lines: readonly string[]; output: string }

interface Recipe {
  readonly titel: string
  readonly steps: readonly Step[]
}

const work = mkdtempSync(join(tmpdir(), 'sluis-jurist-'))
after(() => removeTree(work))
const readme = readFileSync(join(policyDir, 'README.md'), 'utf8')

function recipes(): Recipe[] {
  return readme
    .split(/^(?=#{2,3} )/m)
    .filter(section => section.startsWith('### '))
    .map(section => ({ titel: /^### (.*)/.exec(section)?.[1] ?? '', steps: stepsOf(section) }))
}

function stepsOf(section: string): Step[] {
  const steps: Step[] = []
  for (const [, said = '', language, text = ''] of section.matchAll(
    /([^\n]*)\n\n```(\w+)\n([\s\S]*?)\n```/g,
  )) {
    const files = [...said.matchAll(/`([^`]+\.(?:yaml|json))`/g)].flatMap(([, file]) => file ?? [])
    const file = files.at(-1) ?? ''
    const last = steps.at(-1)
    if (/staat:$/.test(said)) steps.push({ doe: 'vervang', files, van: text, naar: text })
    else if (said === 'Maak daarvan:' && last?.doe === 'vervang') last.naar = text
    else if (language === 'text' && last?.doe === 'draai') last.output = text
    else if (language === 'sh') steps.push({ doe: 'draai', lines: text.split('\n'), output: '' })
    else if (/Zet onderaan .*:$/.test(said)) steps.push({ doe: 'erbij', file, text })
    else if (/Maak het bestand .*:$/.test(said)) steps.push({ doe: 'nieuw', file, text })
    else if (/Zet in .*:$/.test(said)) steps.push({ doe: 'vraag', file, text })
    else assert.fail(`nobody knows what to do with: ${said}`)
  }
  return steps
}

function copyOf(name: string): string {
  const dir = join(work, name)
  cpSync(policyDir, dir, { recursive: true })
  return dir
}

const isCase = (file: string) => file.endsWith('.cases.yaml')

/** The changes of law, or those of cases, as somebody would type them. */
function change(dir: string, steps: readonly Step[], cases: boolean): void {
  for (const step of steps) {
    if (step.doe === 'vervang') {
      for (const file of step.files.filter(one => isCase(one) === cases)) {
        const text = readFileSync(join(dir, file), 'utf8')
        assert.equal(text.split(step.van).length, 2, `${file} holds this once: ${step.van}`)
        writeFileSync(
          join(dir, file),
          text.replace(step.van, () => step.naar),
        )
      }
    } else if (step.doe === 'erbij' && isCase(step.file) === cases) {
      appendFileSync(join(dir, step.file), `${step.text}\n`)
    } else if (step.doe === 'nieuw' && isCase(step.file) === cases) {
      writeFileSync(join(dir, step.file), `${step.text}\n`)
    }
  }
}

async function sluis(line: string, dir: string): Promise<string> {
  const [, name = '', rest = ''] = /^npx sluis (policy \w+) ?(.*)$/.exec(line) ?? []
  const command = commands.find(one => one.name === name)
  assert.ok(command, line)
  let told = ''
  const write = (text: string) => {
    told += text
  }
  const args = rest.split(' ').filter(arg => arg !== '')
  await command.run(
    args.map(arg => (arg.startsWith('data/') ? join(work, arg.slice('data/'.length)) : arg)),
    {
      env: { SLUIS_POLICY_DIR: dir },
      out: write,
      err: write,
      stdin: async () => Buffer.alloc(0),
      clock: () => Date.parse('2026-09-15T12:00:00+02:00'),
    },
  )
  return told
}

/** `…` stands for what was left out, within a line or whole lines. */
function printed(output: string): RegExp {
  const parts = output.split('…').map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[\\s\\S]*?')}\\s*$`)
}

const all = recipes()

test('the README for jurists shortens a term, adds a field, postpones a law, closes an exchange and registers an instrument', () => {
  assert.deepEqual(
    all.map(({ titel }) => titel),
    [
      'Verkort een termijn',
      'Voeg een veld toe',
      'Stel een wet uit',
      'Sluit een uitwisseling',
      'Registreer een selectie-instrument',
    ],
  )
})

test('without its case the check refuses each recipe, and names where', async () => {
  const dir = copyOf('zonder')
  for (const { steps } of all) change(dir, steps, false)
  const { faults } = await readPolicies(dir, 'test')
  for (const { titel, steps } of all) {
    const files = steps.flatMap(filesOf)
    const found = faults.filter(({ file }) => files.includes(file))
    assert.ok(found.length > 0, titel)
    assert.ok(
      found.every(({ message }) => /^(dit geval klopt niet|geen enkel geval)/.test(message)),
      `${titel}: ${found.map(({ message }) => message)}`,
    )
  }
  const told = new Set(all.flatMap(({ steps }) => steps.flatMap(filesOf)))
  assert.deepEqual(
    faults.filter(({ file }) => !told.has(file)),
    [],
    'no recipe breaks what it does not speak of',
  )
})

function filesOf(step: Step): readonly string[] {
  if (step.doe === 'vervang') return step.files
  return step.doe === 'draai' ? [] : [step.file]
}

test('with its case each recipe is good law, and its question comes out otherwise, as printed', async () => {
  const dir = copyOf('met')
  for (const { steps } of all) {
    change(dir, steps, false)
    change(dir, steps, true)
    for (const step of steps) {
      if (step.doe === 'vraag') writeFileSync(join(work, step.file.slice(5)), step.text)
    }
  }
  const check = await sluis('npx sluis policy check', dir)
  for (const { titel, steps } of all) {
    const runs = steps.flatMap(step => (step.doe === 'draai' ? step : []))
    assert.equal(runs.length, 1, titel)
    for (const { lines, output } of runs) {
      const [first, explain = ''] = lines
      assert.equal(first, 'npx sluis policy check')
      const after = await sluis(explain, dir)
      assert.match(check + after, printed(output), titel)
      assert.notEqual(verdict(after), verdict(await sluis(explain, policyDir)), titel)
    }
  }
})

/** The decision of an explanation, with its reasons. */
function verdict(told: string): string {
  return told.match(/^(Toegestaan|Geweigerd)|^- [A-Z_]+:/gm)?.join(' ') ?? ''
}
