// What does a certificate cost that was made to cost? Each against the time of a normal chain.
import assert from 'node:assert/strict'
import type { X509Certificate } from 'node:crypto'
import { after, before, test } from 'node:test'
import { OctetString } from '@peculiar/asn1-schema'
import * as asn from '@peculiar/asn1-x509'
import {
  authorityExtensions,
  clientExtensions,
  extension,
  policies,
} from '../../certs/authority.ts'
import { identityOf } from '../../gateway/peer/certificate.ts'
import type { PathRules } from '../../gateway/peer/path.ts'
import { readCertificate, type Trust, trustOf } from '../../gateway/peer/trust.ts'
import { Problem } from '../../gateway/problem.ts'
import { authorityName, bent, goodOin, type SmallPki, smallPki } from '../support/pki.ts'
import { authority, keyOf, type Link, leaf, leafName } from './chain.ts'
import { activeParty, type Door, openDoor } from './server.ts'

/** How many normal chains an absurd one may cost. */
const judgements = 50
const handshakes = 20

const count = <T>(length: number, make: (index: number) => T): T[] =>
  Array.from({ length }, (_, index) => make(index))
const trusting = (links: readonly Link[]): Trust =>
  trustOf(links.map(one => readCertificate(one.certificate)))
const raw = (extnID: string, length: number) =>
  new asn.Extension({ extnID, extnValue: new OctetString(Buffer.alloc(length)) })
const hosts = (length: number, letter: string) =>
  count(length, index => new asn.GeneralName({ dNSName: `${letter}${index}.nl` }))
const san = (length: number) =>
  extension(asn.id_ce_subjectAltName, new asn.SubjectAlternativeName(hosts(length, 'n')))
const excluding = (length: number) =>
  extension(
    asn.id_ce_nameConstraints,
    new asn.NameConstraints({
      excludedSubtrees: new asn.GeneralSubtrees(
        hosts(length, 'x').map(base => new asn.GeneralSubtree({ base })),
      ),
    }),
    true,
  )
const manyPolicies = (length: number) => policies(count(length, index => `1.2.3.${index}`))
const everyMapping = (length: number) =>
  extension(
    '2.5.29.33',
    new asn.PolicyMappings(
      count(length, index =>
        Object.assign(new asn.PolicyMapping(), {
          issuerDomainPolicy: `1.2.3.${index % 6}`,
          subjectDomainPolicy: `1.2.3.${Math.floor(index / 6)}`,
        }),
      ),
    ),
    true,
  )

const root = authority('root')
const issuer = authority('issuer', root)
const normal = trusting([root, issuer])
const under = (...more: readonly asn.Extension[]): readonly Link[] => [
  root,
  authority('issuer', root, {
    extensions: [
      ...authorityExtensions(0).filter(one => more.every(({ extnID }) => extnID !== one.extnID)),
      ...more,
    ],
  }),
]

/** Authorities of one name whose every key vouches for every other of the next name, and no root. */
function maze(levels: number, width: number): Link[] {
  return count(levels, level =>
    count(width, below =>
      count(width, above =>
        authority(
          `${level}.${below}`,
          {
            ...root,
            name: authorityName(`level ${level + 1}`),
            key: keyOf(`${level + 1}.${above}`),
          },
          { subject: authorityName(`level ${level}`) },
        ),
      ),
    ).flat(),
  ).flat()
}

/** Two authorities that vouch for each other. */
const loop = [
  authority('one', { ...root, name: authorityName('two'), key: keyOf('two') }),
  authority('two', { ...root, name: authorityName('one'), key: keyOf('one') }),
]

/** A tower of authorities, each under the last. */
function tower(height: number): Link[] {
  const links = [root]
  for (let level = 0; level < height; level++) {
    const extensions = authorityExtensions(height)
    links.push(authority(`tower ${level}`, links.at(-1) ?? root, { extensions }))
  }
  return links
}

const longName = new asn.Name([
  ...leafName,
  ...count(400, index => {
    const value = new asn.AttributeValue({ utf8String: `deel ${index}` })
    return new asn.RelativeDistinguishedName([
      new asn.AttributeTypeAndValue({ type: '2.5.4.11', value }),
    ])
  }),
])
const tooLarge = 'certificaat-te-groot'
const high = tower(120)
const lost = maze(5, 4)

const absurd: readonly (readonly [string, X509Certificate, Trust, string])[] = [
  [
    'a certificate of 90 kB',
    leaf(issuer, { extensions: [...clientExtensions(), raw('2.999.5', 90_000)] }),
    normal,
    tooLarge,
  ],
  [
    'five hundred extensions',
    leaf(issuer, {
      extensions: [...clientExtensions(), ...count(500, index => raw(`2.999.5.${index}`, 2))],
    }),
    normal,
    tooLarge,
  ],
  ['a subject of four hundred attributes', leaf(issuer, { subject: longName }), normal, tooLarge],
  [
    'a thousand names under one constraint',
    leaf(issuer, { extensions: [...clientExtensions(), san(1000)] }),
    trusting(under(excluding(1))),
    tooLarge,
  ],
  [
    'a thousand constraints above it',
    leaf(issuer, { extensions: [...clientExtensions(), san(1)] }),
    trusting(under(excluding(1000))),
    tooLarge,
  ],
  [
    'as many names and constraints as are read',
    leaf(issuer, { extensions: [...clientExtensions(), san(128)] }),
    trusting(under(excluding(128))),
    goodOin,
  ],
  [
    'a thousand policies',
    leaf(issuer, { extensions: bent('2.5.29.32', manyPolicies(1000)) }),
    normal,
    tooLarge,
  ],
  ['a thousand mappings above it', leaf(issuer), trusting(under(everyMapping(1000))), tooLarge],
  [
    'two authorities that vouch for each other',
    leaf(loop[0] ?? root),
    trusting([root, ...loop]),
    'keten-onbekend',
  ],
  [
    'a tower of a hundred and twenty authorities',
    leaf(high.at(-1) ?? root),
    trusting(high),
    'keten-onbekend',
  ],
  [
    'a maze of a thousand ways to nowhere',
    leaf(lost[0] ?? root),
    trusting([root, ...lost]),
    'keten-onbekend',
  ],
]

/** Shortest of some tries: what it costs when the machine looks at nothing else. */
function timeOf(certificate: X509Certificate, trust: Trust, tries: number): number {
  const rules: PathRules = { trust, profile: 'test', policies: [], now: Date.now() }
  return Math.min(
    ...count(tries, () => {
      const begun = performance.now()
      // A trust of its own each time: what was judged before is not remembered.
      const verdict = verdictOf(certificate, { ...rules, trust: { ...trust } })
      assert.ok(verdict)
      return performance.now() - begun
    }),
  )
}

function verdictOf(certificate: X509Certificate, rules: PathRules): string {
  try {
    return identityOf(certificate, rules).oin
  } catch (error) {
    if (error instanceof Problem) return error.reden
    throw error
  }
}

for (const [what, certificate, trust, reason] of absurd) {
  test(`T10: ${what} is judged at the cost of fewer than ${judgements} normal chains`, t => {
    const rules: PathRules = { trust, profile: 'test', policies: [], now: Date.now() }
    assert.equal(verdictOf(certificate, rules), reason)
    const base = timeOf(leaf(issuer), normal, 20)
    const ratio = timeOf(certificate, trust, 10) / base
    t.diagnostic(`${ratio.toFixed(1)} times a normal chain of ${base.toFixed(2)} ms`)
    assert.ok(ratio < judgements, `${ratio}`)
  })
}

test('an authority too large to look into stops the reading of the trust', () => {
  const extensions = [...authorityExtensions(0), raw('2.999.5', 20_000)]
  assert.throws(() => trusting(under(...extensions)), { reden: tooLarge })
})

let pki: SmallPki
let door: Door
before(async () => {
  pki = await smallPki()
  door = await openDoor({
    trustDir: pki.trustDir,
    server: { cert: pki.file('server.pem'), key: pki.file('server.key') },
    parties: [activeParty(goodOin)],
  })
})
after(async () => {
  await door[Symbol.asyncDispose]()
  pki[Symbol.dispose]()
})

const shortest = async (client: Parameters<Door['knock']>[0], tries: number): Promise<number> => {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < tries; round++) {
    const begun = performance.now()
    await door.knock(client)
    best = Math.min(best, performance.now() - begun)
  }
  return best
}

const chains: readonly (readonly [string, () => Parameters<Door['knock']>[0], RegExp])[] = [
  [
    'a chain of a hundred and twenty strangers behind a good leaf',
    () => {
      const good = pki.leaf()
      return { ...good, cert: good.cert + high.map(one => one.certificate).join('') }
    },
    new RegExp(`^(${goodOin}|handshake.*)$`),
  ],
  [
    'a chain that is longer than any handshake',
    () => {
      const good = pki.leaf()
      return {
        ...good,
        cert: good.cert + count(4, () => high.map(one => one.certificate).join('')).join(''),
      }
    },
    /^handshake/,
  ],
  [
    'a tower of strangers under a leaf of theirs',
    () => {
      const top = high.at(-1) ?? root
      const key = keyOf('leaf').export({ format: 'pem', type: 'pkcs8' }).toString()
      const cert = [leaf(top), ...high.map(one => one.certificate).toReversed()].join('')
      return { cert, key }
    },
    /^handshake/,
  ],
  [
    'a leaf of 90 kB',
    () => pki.leaf({ extensions: [...clientExtensions(), raw('2.999.5', 90_000)] }),
    /^(handshake.*|certificaat-te-groot)$/,
  ],
  [
    'a leaf with three thousand names',
    () => pki.leaf({ extensions: [...clientExtensions(), san(3000)] }),
    /^(handshake.*|certificaat-te-groot)$/,
  ],
  [
    'a leaf with two thousand policies',
    () => pki.leaf({ extensions: bent('2.5.29.32', manyPolicies(2000)) }),
    /^(handshake.*|certificaat-te-groot)$/,
  ],
]

for (const [what, make, outcome] of chains) {
  test(`T10: ${what} costs the listener fewer than ${handshakes} normal handshakes`, async t => {
    const client = make()
    assert.match(await door.knock(client), outcome)
    const base = await shortest(pki.leaf(), 10)
    const ratio = (await shortest(client, 5)) / base
    t.diagnostic(`${ratio.toFixed(1)} times a normal handshake of ${base.toFixed(1)} ms`)
    assert.ok(ratio < handshakes, `${ratio}`)
    assert.equal(await door.knock(pki.leaf()), goodOin, 'others come in as before')
  })
}
