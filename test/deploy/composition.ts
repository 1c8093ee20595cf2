// What do Dockerfile, compose.yaml and README tell an engine and an operator to do? Read as data.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'

export const root = resolve(import.meta.dirname, '../..')

export interface Instruction {
  readonly word: string
  readonly text: string
}

export interface Stage {
  readonly image: string
  readonly instructions: readonly Instruction[]
}

/** The stages of a Dockerfile, comments and line ends taken out. */
export function stagesOf(dockerfile: string): readonly Stage[] {
  const lines = dockerfile
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter(line => line.trim())
  const stages: { image: string; instructions: Instruction[] }[] = []
  for (const line of lines) {
    const [, word = '', text = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? []
    if (word === 'FROM') stages.push({ image: text.split(' ')[0] ?? '', instructions: [] })
    else stages.at(-1)?.instructions.push({ word, text })
  }
  return stages
}

export function textsOf(stage: Stage, word: string): readonly string[] {
  return stage.instructions.filter(each => each.word === word).map(({ text }) => text)
}

/** Exec form only: a shell would neither pass on signals nor say what it runs. */
export function execForm(text: string): readonly string[] {
  const words: unknown = JSON.parse(text.slice(text.indexOf('[')))
  if (!Array.isArray(words) || !words.every(word => typeof word === 'string')) {
    throw new Error(`not in exec form: ${text}`)
  }
  return words
}

export interface Service {
  readonly image: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly user?: string
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly ulimits?: { readonly core?: number }
  readonly mem_limit?: string
  readonly memswap_limit?: string
  readonly stop_grace_period?: string
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly secrets?: readonly string[]
  readonly networks?: readonly string[]
  readonly healthcheck?: { readonly test?: readonly string[]; readonly interval?: string }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
}

export interface Composition {
  readonly services: Readonly<Record<string, Service>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
  readonly volumes: Readonly<Record<string, unknown>>
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>
}

/** As the engine's client reads it: merged, and each text with the variables of `.env` filled in. */
export function readComposition(variables: Readonly<Record<string, string>>): Composition {
  const filled = (text: string) =>
    text.replaceAll(
      /\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g,
      (whole, name: string, fallback?: string) => {
        const value = variables[name] || fallback
        if (value === undefined) throw new Error(`${whole} has no value`)
        return value
      },
    )
  const text = readFileSync(join(root, 'compose.yaml'), 'utf8')
  const whole = parse(text, { merge: true })
  return JSON.parse(JSON.stringify(whole), (_key, value) =>
    typeof value === 'string' ? filled(value) : value,
  )
}

const readme = readFileSync(join(root, 'README.md'), 'utf8')

/** The blocks of one language below a heading of README, in order. */
export function blocksBelow(heading: string, language: string): readonly string[] {
  const [, part = ''] = readme.split(`\n### ${heading}\n`)
  const section = part.split(/\n##+ /)[0] ?? ''
  const blocks = section.matchAll(
    new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^\\1\`\`\`$`, 'gm'),
  )
  return [...blocks].map(([, indent = '', body = '']) =>
    body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  )
}

export const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')
