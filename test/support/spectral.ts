// What does Spectral say of a description? A ruleset in YAML, offline and without the command line.
import { readFileSync } from 'node:fs'
import { Document, Ruleset, type RulesetDefinition, Spectral } from '@stoplight/spectral-core'
import * as functions from '@stoplight/spectral-functions'
import Parsers from '@stoplight/spectral-parsers'
import { oas } from '@stoplight/spectral-rulesets'
import { parse } from 'yaml'

export interface Finding {
  readonly rule: string
  readonly place: string
  readonly message: string
  readonly error: boolean
}

type Lint = (text: string, path?: string) => Promise<readonly Finding[]>

/** @param file a ruleset that extends nothing but what Spectral brings itself */
export function openRuleset(file: string): {
  readonly rules: readonly string[]
  readonly lint: Lint
} {
  const written = parse(readFileSync(file, 'utf8'))
  const spectral = new Spectral()
  spectral.setRuleset(new Ruleset(withFunctions(written) as RulesetDefinition))
  return {
    rules: Object.keys(written.rules),
    async lint(text, path) {
      const found = await spectral.run(new Document(text, Parsers.Json, path))
      return found.map(({ code, path: place, message, severity }) => ({
        rule: String(code),
        place: place.join('/'),
        message,
        error: severity === 0,
      }))
    },
  }
}

const known: Readonly<Record<string, unknown>> = { ...functions }

/** Names of functions become the functions, and the name of Spectral's own rules those rules. */
function withFunctions(node: unknown): unknown {
  if (node === 'spectral:oas') return oas
  if (Array.isArray(node)) return node.map(withFunctions)
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(
    Object.entries(node).map(([name, value]) => {
      if (name === 'functionOptions') return [name, value]
      if (name !== 'function') return [name, withFunctions(value)]
      if (!known[value]) throw new Error(`Spectral has no function ${value}`)
      return [name, known[value]]
    }),
  )
}
