import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { OctetString } from '@peculiar/asn1-schema'
import * as asn from '@peculiar/asn1-x509'
import { authorityExtensions, extension, policies } from '../../certs/authority.ts'
import { authorityName, bent, goodOin } from '../support/pki.ts'
import { authority, type Link, leaf, opensslAccepts, verdictOf } from './chain.ts'

const any = asn.id_ce_certificatePolicies_anyPolicy
const [a, b, c] = ['2.16.528.1.1', '2.16.528.1.2', '2.16.528.1.3']
const missing = 'certificaatbeleid-ontbreekt'

const mapping = (...pairs: readonly (readonly [string, string])[]) =>
  extension(
    '2.5.29.33',
    new asn.PolicyMappings(
      pairs.map(([issuerDomainPolicy, subjectDomainPolicy]) =>
        Object.assign(new asn.PolicyMapping(), { issuerDomainPolicy, subjectDomainPolicy }),
      ),
    ),
    true,
  )
const raw = (extnID: string, ...bytes: number[]) =>
  new asn.Extension({ extnID, critical: true, extnValue: new OctetString(Buffer.from(bytes)) })
const requireExplicit = (skip: number) => raw('2.5.29.36', 0x30, 3, 0x80, 1, skip)
const inhibitMapping = (skip: number) => raw('2.5.29.36', 0x30, 3, 0x81, 1, skip)
const inhibitAny = (skip: number) => raw('2.5.29.54', 2, 1, skip)

interface Level {
  readonly under?: readonly string[]
  readonly more?: readonly asn.Extension[]
  /** A renewed key of the authority above it. */
  readonly selfIssued?: true
}

const root = authority('root')

/** Authorities from the root down, then the leaf. */
function chain(levels: readonly Level[], own: Level): [ReturnType<typeof leaf>, Link[]] {
  const found = [root]
  for (const [depth, { under, more = [], selfIssued }] of levels.entries()) {
    const above = found.at(-1) ?? root
    const others = authorityExtensions(4).filter(one => one.extnID !== '2.5.29.32')
    const subject = selfIssued ? above.name : authorityName(`level ${depth}`)
    const extensions = [...others, ...(under ? [policies(under)] : []), ...more]
    found.push(authority(`level ${depth}`, above, { subject, extensions }))
  }
  const held = bent('2.5.29.32', own.under && policies(own.under))
  return [leaf(found.at(-1) ?? root, { extensions: [...held, ...(own.more ?? [])] }), found]
}

const rows: readonly (readonly [
  what: string,
  levels: readonly Level[],
  leaf: Level,
  wanted: readonly string[],
  admitted: boolean,
])[] = [
  ['every level under the wanted policy', [{ under: [a] }], { under: [a] }, [a], true],
  ['one of two wanted policies', [{ under: [a, b] }], { under: [b] }, [a, b], true],
  ['another policy', [{ under: [b] }], { under: [b] }, [a], false],
  ['no policy', [{ under: [a] }], {}, [a], false],
  ['a policy that its authority lacks', [{ under: [b] }], { under: [a] }, [a], false],
  ['an authority without any policy', [{}], { under: [a] }, [a], false],
  ['an authority under anyPolicy', [{ under: [any] }], { under: [a] }, [a], true],
  ['anyPolicy broken off above', [{ under: [b] }, { under: [any] }], { under: [a] }, [a], false],
  [
    'anyPolicy keeping what came from above',
    [{ under: [a] }, { under: [any] }],
    { under: [a] },
    [a],
    true,
  ],
  ['no policy while none is wanted', [{}], {}, [], true],
  [
    'a policy mapped to the one below',
    [{ under: [a], more: [mapping([a, b])] }],
    { under: [b] },
    [a],
    true,
  ],
  [
    'the name from before the mapping',
    [{ under: [a], more: [mapping([a, b])] }],
    { under: [a] },
    [a],
    false,
  ],
  [
    'the wanted policy only by mapping another to it',
    [{ under: [b], more: [mapping([b, a])] }],
    { under: [a] },
    [a],
    false,
  ],
  [
    'a mapping of a policy that does not hold',
    [{ under: [b], more: [mapping([a, c])] }],
    { under: [c] },
    [a],
    false,
  ],
  [
    'a mapping out of anyPolicy',
    [{ under: [any], more: [mapping([a, c])] }],
    { under: [c] },
    [a],
    true,
  ],
  [
    'two mappings in a row',
    [
      { under: [a], more: [mapping([a, b])] },
      { under: [b], more: [mapping([b, c])] },
    ],
    { under: [c] },
    [a],
    true,
  ],
  [
    'one policy mapped to two',
    [{ under: [a], more: [mapping([a, b], [a, c])] }],
    { under: [c] },
    [a],
    true,
  ],
  [
    'a mapping where none may be any more',
    [
      { under: [a], more: [inhibitMapping(0)] },
      { under: [a], more: [mapping([a, b])] },
    ],
    { under: [b] },
    [a],
    false,
  ],
  [
    'a mapping where one more may be',
    [
      { under: [a], more: [inhibitMapping(1)] },
      { under: [a], more: [mapping([a, b])] },
    ],
    { under: [b] },
    [a],
    true,
  ],
  [
    'anyPolicy where it may not be any more',
    [{ under: [a], more: [inhibitAny(0)] }, { under: [any] }],
    { under: [a] },
    [a],
    false,
  ],
  [
    'anyPolicy where it may be once more',
    [{ under: [a], more: [inhibitAny(1)] }, { under: [any] }],
    { under: [a] },
    [a],
    true,
  ],
  [
    'anyPolicy twice where it may be once',
    [{ under: [a], more: [inhibitAny(1)] }, { under: [any] }, { under: [any] }],
    { under: [a] },
    [a],
    false,
  ],
  [
    'anyPolicy of a renewed key, which is not counted',
    [
      { under: [a], more: [inhibitAny(0)] },
      { under: [any], selfIssued: true },
    ],
    { under: [a] },
    [a],
    true,
  ],
  [
    'no policy where its authority asks one',
    [{ under: [a], more: [requireExplicit(0)] }],
    {},
    [],
    false,
  ],
  [
    'no policy where one is asked from the level below',
    [{ under: [a], more: [requireExplicit(1)] }],
    {},
    [],
    false,
  ],
  [
    'no policy where one is asked further down',
    [{ under: [a], more: [requireExplicit(3)] }],
    {},
    [],
    true,
  ],
  [
    'no policy where a renewed key does not bring the demand nearer',
    [
      { under: [a], more: [requireExplicit(2)] },
      { under: [a], selfIssued: true },
    ],
    {},
    [],
    true,
  ],
  [
    'some policy where its authority asks one',
    [{ under: [a], more: [requireExplicit(0)] }],
    { under: [a] },
    [],
    true,
  ],
  [
    'a demand of its own for a policy it lacks',
    [{ under: [a] }],
    { more: [requireExplicit(0)] },
    [],
    false,
  ],
]

suite('certificate policies', { concurrency: 4 }, () => {
  for (const [what, levels, own, wanted, admitted] of rows) {
    test(`T10: a certificate with ${what} is ${admitted ? 'let in' : 'refused'}`, async () => {
      const [certificate, authorities] = chain(levels, own)
      const expected = admitted ? goodOin : missing
      assert.equal(verdictOf(certificate, authorities, { policies: wanted }), expected)
      const asked = (wanted.length > 0 ? wanted : [any]).flatMap(policy => ['-policy', policy])
      const options = [...asked, wanted.length > 0 ? '-explicit_policy' : '-policy_check']
      assert.equal(await opensslAccepts(certificate, authorities, ...options), admitted, 'OpenSSL')
    })
  }
})

test('what an anchor asks of policies counts too (RFC 5937)', () => {
  const extensions = [...authorityExtensions(5), requireExplicit(0)]
  const strict = authority('root', undefined, { extensions })
  const issuer = authority('issuer', strict)
  assert.equal(verdictOf(leaf(issuer), [strict, issuer]), goodOin)
  const without = leaf(issuer, { extensions: bent('2.5.29.32', undefined) })
  assert.equal(verdictOf(without, [strict, issuer]), missing)
})

test('a mapping from or to anyPolicy is refused', () => {
  for (const pair of [
    [any, a],
    [a, any],
  ] as const) {
    const [certificate, authorities] = chain([{ under: [a], more: [mapping(pair)] }], {
      under: [a],
    })
    assert.equal(verdictOf(certificate, authorities), missing)
  }
})

test('T10: a leaf under anyPolicy is refused where a policy is asked, also where OpenSSL lets it in', () => {
  const [certificate, authorities] = chain([{ under: [a] }], { under: [any] })
  assert.equal(verdictOf(certificate, authorities, { policies: [a] }), missing)
})

test('T10: in productie a certificate or authority issued for tests or examples is refused', () => {
  for (const [level, own, expected] of [
    [{ under: [a] }, { under: [a] }, 'oin-test'],
    [{ under: [a] }, { under: [a, '2.999.1.1'] }, 'certificaatbeleid-test'],
    [{ under: [a, '2.999.7'] }, { under: [a] }, 'certificaatbeleid-test'],
  ] as const) {
    const [certificate, authorities] = chain([level], own)
    const rules = { policies: [a], profile: 'productie' } as const
    assert.equal(verdictOf(certificate, authorities, rules), expected)
  }
})
