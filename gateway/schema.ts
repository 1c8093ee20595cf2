// Does this value have the agreed shape? Compiles schemas/ and datasets (ajv, strict); exports guards.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { Fault } from './problem.ts'
import type {
  ActivitiesBody,
  ApprovalBody,
  CaseBody,
  CorrectionBody,
  DisclosuresBody,
  DoubtBody,
  JudgementBody,
  LineBody,
  MessagesBody,
  ReceivedBody,
  RequestBody,
} from './terms.ts'

const schemaDir = join(import.meta.dirname, '..', 'schemas')

/** What is wrong, per schema keyword; never with the value. */
const messages: Record<string, (params: Record<string, unknown>) => string> = {
  required: () => 'dit lid is verplicht',
  additionalProperties: () => 'dit lid is hier niet bekend',
  'false schema': () => 'dit lid mag hier niet bij staan',
  type: p => `moet van het type ${p.type} zijn`,
  const: () => 'heeft niet de enige waarde die hier kan',
  enum: () => 'staat niet in de lijst van waarden die hier kunnen',
  pattern: () => 'heeft niet de goede vorm',
  format: p => `is geen geldige ${p.format === 'date' ? 'datum (JJJJ-MM-DD)' : p.format}`,
  minLength: p => `moet minstens ${p.limit} tekens hebben`,
  maxLength: p => `mag hoogstens ${p.limit} tekens hebben`,
  minItems: p => `moet minstens ${p.limit} onderdelen hebben`,
  maxItems: p => `mag hoogstens ${p.limit} onderdelen hebben`,
  minProperties: p => `moet minstens ${p.limit} leden hebben`,
  maxProperties: p => `mag hoogstens ${p.limit} leden hebben`,
  uniqueItems: () => 'noemt hetzelfde onderdeel twee keer',
  minimum: p => `moet minstens ${p.limit} zijn`,
  maximum: p => `mag hoogstens ${p.limit} zijn`,
  anyOf: () => 'is geen waarde die hier kan',
  propertyNames: () => 'heeft een lid met een naam die hier niet kan',
}

/** Repeats of what another error already says. */
const echoes = new Set(['if', 'dependentSchemas'])

/** An unknown name comes from the caller, so it is repeated only when it cannot be a number or a text. */
function memberName(name: unknown): string {
  return typeof name === 'string' && /^[A-Za-z][A-Za-z_-]{0,39}$/.test(name) ? name : '*'
}

/** Six digits may be part of somebody's number. */
const manyDigits = /(?:\d\D*){6}/

function pointer(error: ErrorObject): string {
  const extra = error.params.additionalProperty ?? error.params.missingProperty
  const path = error.instancePath.replace(/\/[^/]*/g, part =>
    /^\/[A-Za-z0-9_-]{0,40}$/.test(part) && !manyDigits.test(part) ? part : '/*',
  )
  return extra === undefined ? path : `${path}/${memberName(extra)}`
}

function faults(errors: readonly ErrorObject[] | null | undefined): Fault[] {
  return (errors ?? [])
    .filter(error => !echoes.has(error.keyword) && !/\/anyOf\/\d/.test(error.schemaPath))
    .map(error => ({
      pointer: pointer(error),
      melding: messages[error.keyword]?.(error.params) ?? 'klopt niet',
    }))
}

function compiler(): Ajv2020 {
  const made = new Ajv2020({
    strict: true,
    strictRequired: false,
    allErrors: true,
    ownProperties: true,
    allowUnionTypes: false,
    multipleOfPrecision: 9,
    // It compiles in half the time; the engine removes what is unused as well.
    code: { optimize: false },
  })
  addFormats.default(made)
  return made
}

/** Of the schemas in schemas/: what a compiler costs is its own meta-schema, far more than a schema of ours. */
const ajv = compiler()

/** Renewed after so many: it keeps something of all it compiled, and sets of law come and go. */
const perCompiler = 128
let passing = { compiler: ajv, left: 0 }

export function readSchema(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(schemaDir, `${name}.schema.json`), 'utf8'))
}

/** A schema of schemas/, compiled once. */
function known(name: string) {
  const schema = readSchema(name)
  return ajv.getSchema(String(schema.$id)) ?? ajv.compile(schema)
}

/**
 * A check of one schema of schemas/, which may lean on others: an empty list means the value fits.
 * Compiled when it is first asked: a command, a worker or a test asks few of them.
 */
export function guard(
  name: string,
  others: readonly string[] = [],
): (value: unknown) => readonly Fault[] {
  let validate: ReturnType<typeof known> | undefined
  return value => {
    if (!validate) {
      for (const other of others) known(other)
      validate = known(name)
    }
    return validate(value) ? [] : faults(validate.errors)
  }
}

/** A check of a schema that is not in schemas/: a dataset's rows, an adapter's settings. */
export function compileDataset(schema: object): (value: unknown) => readonly Fault[] {
  if (passing.left === 0) passing = { compiler: compiler(), left: perCompiler }
  passing.left -= 1
  const validate = passing.compiler.compile(schema)
  // Its name is free for the next of that name.
  passing.compiler.removeSchema(schema)
  return value => (validate(value) ? [] : faults(validate.errors))
}

/** Reads a body by its schema: the body, or every fault in it. */
function reader<Body>(
  name: string,
  others: readonly string[] = [],
): (value: unknown) => Body | readonly Fault[] {
  const check = guard(name, others)
  return value => {
    const found = check(value)
    return found.length === 0 ? (value as Body) : found
  }
}

/** The body of `_zoek`. */
export const readQuery = reader<RequestBody>('zoekvraag')

/** The body of `POST /v1/zaken`. */
export const readCase = reader<CaseBody>('zaak')

/** A line of a file. What is handed over is what is offered, unless it says otherwise. */
export const readFileLine = reader<LineBody>('leveringsregel', ['zoekvraag'])

/** The body of an approval. */
export const readApproval = reader<ApprovalBody>('goedkeuring')

/** The body of `POST /v1/verstrekkingen/_zoek`. */
export const readDisclosuresQuery = reader<DisclosuresBody>('verstrekkingenvraag')

/** The body of `POST /v1/correcties`. */
export const readCorrection = reader<CorrectionBody>('correctie')

/** The body of `POST /v1/terugmeldingen`. */
export const readDoubt = reader<DoubtBody>('terugmelding')

/** The body of `POST /v1/processing-activities`. */
export const readActivities = reader<ActivitiesBody>('verwerkingsvraag')

/** The body of `POST /v1/berichten/_zoek`. */
export const readMessagesQuery = reader<MessagesBody>('berichtenvraag')

/** The body of `POST /v1/berichten/_ophalen`. */
export const readPickUp = reader<Omit<MessagesBody, 'staat'>>('ophaalvraag')

/** The body of `POST /v1/berichten/_bevestig`. */
export const readReceived = reader<ReceivedBody>('bevestiging')

/** The body of `POST /v1/berichten/{bericht}/beoordeling`. */
export const readJudgement = reader<JudgementBody>('beoordeling')
