// Does the description keep the NL GOV API Design Rules, and would each rule notice when it did not?
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { openapi } from '../../gateway/listen/public.ts'
import { openRuleset } from '../support/spectral.ts'

const root = resolve(import.meta.dirname, '../..')
const description = join(root, 'schemas/openapi.json')
const ours = openRuleset(join(root, 'schemas/api-design-rules.spectral.yaml'))
const official = join(root, '../shared/adr/linter.yaml')

test('the description breaks none of the API Design Rules, as it stands and as it is served', async () => {
  assert.deepEqual(await ours.lint(readFileSync(description, 'utf8'), description), [])
  assert.deepEqual(await ours.lint(JSON.stringify(openapi())), [])
})

test('the official ruleset of the API Design Rules finds nothing either', {
  skip: existsSync(official)
    ? false
    : 'the official ruleset does not stand beside this clone (../shared/adr/linter.yaml); our own was run',
}, async () => {
  const { lint, rules } = openRuleset(official)
  assert.ok(rules.length > 20)
  assert.deepEqual(await lint(readFileSync(description, 'utf8'), description), [])
  assert.deepEqual(await lint(JSON.stringify(openapi())), [])
  const broken = JSON.stringify(openapi()).replace('"/bevoegdheden"', '"/Bevoegd_heden/"')
  assert.notDeepEqual(await lint(broken), [], 'it is really read')
})

interface Part {
  [member: string]: Part
}
const query = '/uitwisselingen/{uitwisseling}/_zoek'
const propertyOf = (schema: string, name: string, value: unknown) => (document: Part) => {
  put(document, ['components', 'schemas', schema, 'properties', name], value)
}

/** Sets, or with undefined removes, what stands at this place. */
function put(document: Part, place: readonly string[], value: unknown): void {
  let at = document
  for (const name of place.slice(0, -1)) at = at[name] as Part
  const last = place.at(-1) as string
  if (value === undefined) delete at[last]
  else Object.assign(at, { [last]: value })
}

/** Gives an operation another address, or a copy of it under another method. */
function move(document: Part, from: readonly string[], to: readonly string[]): void {
  let at = document
  for (const name of from) at = at[name] as Part
  if (from.length === to.length) put(document, from, undefined)
  put(document, to, structuredClone(at))
}

const good = {
  description: 'x',
  headers: { 'API-Version': { schema: { type: 'string' }, example: '1.0.0' } },
}
const ask = ['paths', query, 'post']
const read = ['paths', '/bevoegdheden', 'get']

/** Rule, what is wrong, and how the description is broken; `also` names what cannot but break with it. */
const broken: readonly {
  readonly rule: string
  readonly what: string
  readonly how: (document: Part) => void
  readonly also?: readonly string[]
}[] = [
  {
    rule: 'oas3-schema',
    what: 'a member OpenAPI does not know',
    how: d => put(d, ['info', 'onbekend'], 1),
  },
  { rule: 'oas3-api-servers', what: 'no server', how: d => put(d, ['servers'], []) },
  {
    rule: 'oas3-server-variables',
    what: 'a server with a variable that nobody explains',
    how: d => put(d, ['servers', '0', 'url'], 'https://{wie}.example/v1'),
  },
  {
    rule: 'oas3-valid-media-example',
    what: 'an example that does not fit its schema',
    how: d =>
      put(d, [...ask, 'requestBody', 'content', 'application/json', 'examples', 'fout'], {
        value: { velden: 7 },
      }),
  },
  {
    rule: 'oas3-valid-schema-example',
    what: 'a property with an example of another type',
    how: propertyOf('Herkomst', 'voorbeeld', { type: 'integer', example: 'x' }),
  },
  {
    rule: 'openapi-tags-uniqueness',
    what: 'a tag twice',
    how: d => put(d, ['tags', '1'], { name: 'uitwisselingen', description: 'x' }),
    also: ['operation-tag-defined'],
  },
  {
    rule: 'operation-operationId-unique',
    what: 'two operations with one name',
    how: d => put(d, [...read, 'operationId'], 'zoek'),
  },
  {
    rule: 'operation-tag-defined',
    what: 'a tag that is not declared',
    how: d => put(d, [...read, 'tags'], ['elders']),
  },
  {
    rule: 'path-params',
    what: 'a parameter in the path that is not described',
    how: d => move(d, ['paths', '/bevoegdheden'], ['paths', '/bevoegdheden/{wie}']),
  },
  {
    rule: '/core/doc-openapi',
    what: 'OpenAPI 3.1 without its last number',
    how: d => put(d, ['openapi'], '3.1'),
    also: ['oas3-schema'],
  },
  {
    rule: '/core/doc-openapi-contact',
    what: 'nobody to reach',
    how: d => put(d, ['info', 'contact'], undefined),
  },
  {
    rule: '/core/doc-openapi-contact',
    what: 'a contact without an e-mail address',
    how: d => put(d, ['info', 'contact', 'email'], undefined),
  },
  {
    rule: '/core/semver',
    what: 'a version of two numbers',
    how: d => put(d, ['info', 'version'], '1.0'),
  },
  {
    rule: '/core/semver',
    what: 'a version with a v',
    how: d => put(d, ['info', 'version'], 'v1.0.0'),
  },
  {
    rule: '/core/uri-version',
    what: 'a server without version',
    how: d => put(d, ['servers', '0', 'url'], 'https://sluis.example'),
  },
  {
    rule: '/core/uri-version',
    what: 'a server with a minor version',
    how: d => put(d, ['servers', '0', 'url'], 'https://sluis.example/v1.0'),
  },
  {
    rule: '/core/version-header',
    what: 'an answer without headers',
    how: d => put(d, [...read, 'responses', '200', 'headers'], undefined),
  },
  {
    rule: '/core/version-header',
    what: 'an error without the version',
    how: d =>
      put(d, ['components', 'responses', 'NietGevonden', 'headers', 'API-Version'], undefined),
  },
  {
    rule: '/core/deprecation-schedule',
    what: 'an operation that ends without saying when',
    how: d => put(d, [...read, 'deprecated'], true),
  },
  {
    rule: '/core/transport/tls',
    what: 'a server without TLS',
    how: d => put(d, ['servers', '0', 'url'], 'http://sluis.example/v1'),
  },
  {
    rule: '/core/transport/no-sensitive-uris',
    what: 'a BSN in the address',
    how: d =>
      put(d, [...read, 'parameters'], [{ name: 'bsn', in: 'query', schema: { type: 'string' } }]),
  },
  {
    rule: '/core/transport/no-sensitive-uris#sleutel',
    what: 'a key in the address',
    how: d =>
      put(d, ['components', 'securitySchemes', 'los'], { type: 'apiKey', in: 'query', name: 'k' }),
  },
  {
    rule: '/core/no-trailing-slash',
    what: 'a slash at the end',
    how: d => move(d, ['paths', '/bevoegdheden'], ['paths', '/bevoegdheden/']),
  },
  ...['/Bevoegdheden', '/bevoegd_heden', '/_zoek/bevoegdheden', '/bevoegd--heden'].map(path => ({
    rule: '/core/path-segments-kebab-case',
    what: `the path ${path}`,
    how: (d: Part) => move(d, ['paths', '/bevoegdheden'], ['paths', path]),
  })),
  {
    rule: '/core/query-keys-camel-case',
    what: 'a query parameter in kebab-case',
    how: d =>
      put(
        d,
        [...read, 'parameters'],
        [{ name: 'per-pagina', in: 'query', schema: { type: 'string' } }],
      ),
  },
  ...['head', 'options', 'trace'].map(method => ({
    rule: '/core/http-methods',
    what: `an operation ${method}`,
    how: (d: Part) => put(d, ['paths', '/bevoegdheden', method], { responses: { 200: good } }),
  })),
  {
    rule: '/core/http-safety',
    what: 'a GET with a body',
    how: d =>
      put(d, [...read, 'requestBody'], {
        content: { 'application/json': { schema: { type: 'string' } } },
      }),
  },
  {
    rule: '/core/resource-operations',
    what: 'a search by GET',
    how: d => move(d, ask, ['paths', query, 'get']),
    also: ['/core/http-safety'],
  },
  {
    rule: '/core/error-handling/problem-details',
    what: 'an error as plain JSON',
    how: d => {
      put(d, ['components', 'responses', 'NietGevonden', 'content'], {
        'application/json': { schema: { type: 'object' } },
      })
    },
  },
  {
    rule: '/core/error-handling/problem-details',
    what: 'an error without a body',
    how: d => put(d, ['components', 'responses', 'NietGevonden', 'content'], undefined),
  },
  ...['status', 'title', 'detail'].map(member => ({
    rule: '/core/error-handling/problem-details',
    what: `a problem without ${member}`,
    how: (d: Part) =>
      put(d, ['components', 'schemas', 'Probleem', 'properties', member], undefined),
  })),
  {
    rule: '/core/error-handling/invalid-input',
    what: 'a POST that cannot say 400',
    how: d => put(d, [...ask, 'responses', '400'], undefined),
  },
  {
    rule: '/core/error-handling/invalid-input',
    what: 'a GET with parameters that cannot say 400',
    how: d => put(d, ['paths', '/bewijzen/{transactie}', 'get', 'responses', '400'], undefined),
  },
  {
    rule: '/core/error-handling/invalid-input#422',
    what: 'a 422',
    how: d =>
      put(d, [...ask, 'responses', '422'], { $ref: '#/components/responses/OngeldigVerzoek' }),
  },
  {
    rule: '/core/date-time/format',
    what: 'a moment in another notation',
    how: propertyOf('Herkomst', 'toen', { type: 'string', format: 'timestamp' }),
  },
  ...['date-time-local', 'time'].map(format => ({
    rule: '/core/date-time/timezone',
    what: `a property of the format ${format}`,
    how: propertyOf('Herkomst', 'toen', { type: 'string', format }),
  })),
  ...['datum', 'datumAanvang', 'peildatum', 'geboorteDatum', 'startDate'].map(name => ({
    rule: '/core/date-time/date-omit-time-portion',
    what: `${name} with a time`,
    how: propertyOf('Organisatie', name, { type: 'string', format: 'date-time' }),
  })),
  {
    rule: '/core/date-time/date-omit-time-portion',
    what: 'a day without format',
    how: propertyOf('Herkomst', 'datumEinde', { type: 'string' }),
  },
  {
    rule: 'schema-camel-case',
    what: 'a schema in lower case',
    how: d => put(d, ['components', 'schemas', 'klein'], { type: 'string' }),
  },
  {
    rule: 'property-camel-case',
    what: 'a property with a low line',
    how: propertyOf('Herkomst', 'op_tijd', { type: 'string' }),
  },
]

for (const { rule, what, how, also = [] } of broken) {
  test(`${rule} finds ${what}`, async () => {
    const document = openapi() as unknown as Part
    how(document)
    const found = await ours.lint(JSON.stringify(document))
    const errors = new Set(found.filter(({ error }) => error).map(each => each.rule))
    assert.ok(errors.delete(rule), JSON.stringify(found, null, 1))
    assert.deepEqual(
      [...errors].filter(each => !also.includes(each)),
      [],
    )
  })
}

test('every rule of the ruleset has a description that breaks it', () => {
  const tried = new Set(broken.map(({ rule }) => rule))
  assert.deepEqual(
    ours.rules.filter(rule => !tried.has(rule)),
    [],
  )
})
