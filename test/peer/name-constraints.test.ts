import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import * as asn from '@peculiar/asn1-x509'
import { authorityExtensions, clientExtensions, extension } from '../../certs/authority.ts'
import { goodOin } from '../support/pki.ts'
import { authority, leaf, leafName, opensslAccepts, verdictOf } from './chain.ts'

const root = authority('root')

type Form = ConstructorParameters<typeof asn.GeneralName>[0]
const general = (form: Form): asn.GeneralName => new asn.GeneralName(form)
const dns = (dNSName: string) => general({ dNSName })
const mail = (rfc822Name: string) => general({ rfc822Name })
const uri = (uniformResourceIdentifier: string) => general({ uniformResourceIdentifier })
const directory = (name: asn.Name) => general({ directoryName: name })
/** An address of a certificate, or with its mask of a constraint. */
const ip = (...bytes: number[]) => {
  const form = new asn.GeneralName({ iPAddress: '0.0.0.0' })
  return Object.assign(form, { raw: Buffer.from([0x87, bytes.length, ...bytes]) })
}

/** The library knows only whole addresses: these are written byte for byte. */
const der = (name: asn.GeneralName): Buffer =>
  'raw' in name && Buffer.isBuffer(name.raw) ? name.raw : Buffer.from(AsnConvert.serialize(name))

const wrap = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  const length =
    body.length < 0x80
      ? Buffer.from([body.length])
      : Buffer.from([0x82, body.length >> 8, body.length & 0xff])
  return Buffer.concat([Buffer.from([tag]), length, body])
}

interface Limits {
  readonly permitted?: readonly asn.GeneralName[]
  readonly excluded?: readonly asn.GeneralName[]
  readonly critical?: boolean
}

function limiting({ permitted, excluded, critical = true }: Limits): asn.Extension {
  const trees = (tag: number, bases: readonly asn.GeneralName[] | undefined) =>
    bases ? [wrap(tag, ...bases.map(base => wrap(0x30, der(base))))] : []
  const value = wrap(0x30, ...trees(0xa0, permitted), ...trees(0xa1, excluded))
  return new asn.Extension({
    extnID: asn.id_ce_nameConstraints,
    critical,
    extnValue: new OctetString(value),
  })
}

function named(...names: readonly asn.GeneralName[]): asn.Extension {
  const value = wrap(0x30, ...names.map(der))
  return new asn.Extension({ extnID: asn.id_ce_subjectAltName, extnValue: new OctetString(value) })
}

const limited = (limits: Limits) =>
  authority('intermediate', root, { extensions: [...authorityExtensions(0), limiting(limits)] })

const part = (type: string, value: ConstructorParameters<typeof asn.AttributeValue>[0]) =>
  new asn.RelativeDistinguishedName([
    new asn.AttributeTypeAndValue({ type, value: new asn.AttributeValue(value) }),
  ])
const country = part('2.5.4.6', { printableString: 'NL' })
const organisation = (value: ConstructorParameters<typeof asn.AttributeValue>[0]) =>
  part('2.5.4.10', value)
const withMail = (address: string) =>
  new asn.Name([...leafName, part('1.2.840.113549.1.9.1', { ia5String: address })])

const inside = 'binnen'
const outside = 'naam-niet-toegestaan'

/** What the authority may name, what the leaf is named, and whether that is within it. */
const rows: readonly (readonly [
  what: string,
  limits: Limits,
  names: readonly asn.GeneralName[],
  outcome: string,
  subject?: asn.Name,
])[] = [
  [
    'a host below a permitted domain',
    { permitted: [dns('sluis.nl')] },
    [dns('a.b.sluis.nl')],
    inside,
  ],
  ['the permitted domain itself', { permitted: [dns('sluis.nl')] }, [dns('SLUIS.NL')], inside],
  ['a domain that only ends alike', { permitted: [dns('sluis.nl')] }, [dns('onsluis.nl')], outside],
  [
    'one of two hosts elsewhere',
    { permitted: [dns('sluis.nl')] },
    [dns('sluis.nl'), dns('x.nl')],
    outside,
  ],
  [
    'either of two permitted domains',
    { permitted: [dns('a.nl'), dns('b.nl')] },
    [dns('x.b.nl')],
    inside,
  ],
  [
    'a host below an excluded domain',
    { excluded: [dns('sluis.nl')] },
    [dns('a.sluis.nl')],
    outside,
  ],
  ['a host beside an excluded domain', { excluded: [dns('sluis.nl')] }, [dns('a.nl')], inside],
  [
    'an excluded host within a permitted domain',
    { permitted: [dns('nl')], excluded: [dns('x.nl')] },
    [dns('a.x.nl')],
    outside,
  ],
  [
    'no host at all where hosts are limited',
    { permitted: [dns('sluis.nl')] },
    [mail('a@x.nl')],
    inside,
  ],
  ['any host where the base is empty', { excluded: [dns('')] }, [dns('a.nl')], outside],
  [
    'an address of a permitted range',
    { permitted: [ip(10, 1, 0, 0, 255, 255, 0, 0)] },
    [ip(10, 1, 2, 3)],
    inside,
  ],
  [
    'an address outside a permitted range',
    { permitted: [ip(10, 1, 0, 0, 255, 255, 0, 0)] },
    [ip(10, 2, 2, 3)],
    outside,
  ],
  [
    'an address of an excluded range',
    { excluded: [ip(10, 0, 0, 0, 255, 0, 0, 0)] },
    [ip(10, 2, 2, 3)],
    outside,
  ],
  [
    'an IPv6 address where a range of IPv4 is excluded',
    { excluded: [ip(10, 0, 0, 0, 255, 0, 0, 0)] },
    [ip(...Array(16).fill(10))],
    inside,
  ],
  [
    'an IPv6 address where IPv4 is permitted',
    { permitted: [ip(10, 0, 0, 0, 255, 0, 0, 0)] },
    [ip(...Array(16).fill(10))],
    outside,
  ],
  [
    'a mailbox of a permitted host',
    { permitted: [mail('sluis.nl')] },
    [mail('a@SLUIS.nl')],
    inside,
  ],
  [
    'a mailbox of a host below a permitted host',
    { permitted: [mail('sluis.nl')] },
    [mail('a@x.sluis.nl')],
    outside,
  ],
  [
    'a mailbox below a permitted domain',
    { permitted: [mail('.sluis.nl')] },
    [mail('a@x.sluis.nl')],
    inside,
  ],
  [
    'a mailbox of the domain itself',
    { permitted: [mail('.sluis.nl')] },
    [mail('a@sluis.nl')],
    outside,
  ],
  ['the one permitted mailbox', { permitted: [mail('a@sluis.nl')] }, [mail('a@sluis.nl')], inside],
  [
    'another mailbox than the permitted one',
    { permitted: [mail('a@sluis.nl')] },
    [mail('A@sluis.nl')],
    outside,
  ],
  [
    'a mail address in the subject that is excluded',
    { excluded: [mail('x.nl')] },
    [],
    outside,
    withMail('a@x.nl'),
  ],
  [
    'a mail address in the subject that is permitted',
    { permitted: [mail('x.nl')] },
    [],
    inside,
    withMail('a@x.nl'),
  ],
  [
    'a URI of a permitted host',
    { permitted: [uri('sluis.nl')] },
    [uri('https://sluis.nl/pad')],
    inside,
  ],
  [
    'a URI of a host below a permitted host',
    { permitted: [uri('sluis.nl')] },
    [uri('https://a.sluis.nl/')],
    outside,
  ],
  [
    'a URI below a permitted domain',
    { permitted: [uri('.sluis.nl')] },
    [uri('https://a.sluis.nl:444/')],
    inside,
  ],
  [
    'a URI of an excluded host',
    { excluded: [uri('sluis.nl')] },
    [uri('https://sluis.nl')],
    outside,
  ],
  [
    'a URI that hides its host behind a user',
    { permitted: [uri('sluis.nl')] },
    [uri('https://sluis.nl@x.nl/')],
    outside,
  ],
  ['a URI without a host', { excluded: [uri('x.nl')] }, [uri('urn:nl:sluis')], outside],
  [
    'a subject below a permitted name',
    { permitted: [directory(new asn.Name([country]))] },
    [],
    inside,
  ],
  [
    'a subject below another name',
    { permitted: [directory(new asn.Name([organisation({ utf8String: 'Elders' })]))] },
    [],
    outside,
  ],
  [
    'a subject below an excluded name',
    { excluded: [directory(new asn.Name([country, organisation({ utf8String: 'Proef' })]))] },
    [],
    outside,
  ],
  [
    'an excluded name in other case, white space and kind of string',
    {
      excluded: [directory(new asn.Name([country, organisation({ printableString: ' PROEF ' })]))],
    },
    [],
    outside,
  ],
  [
    'an alternative name below another than the permitted name',
    { permitted: [directory(new asn.Name([country]))] },
    [directory(new asn.Name([part('2.5.4.6', { printableString: 'BE' })]))],
    outside,
  ],
  [
    'a name of a form that is not limited',
    { permitted: [dns('sluis.nl')] },
    [general({ registeredID: '2.999.1' })],
    inside,
  ],
]

suite('a name constraint of an authority', { concurrency: 4 }, () => {
  for (const [what, limits, names, outcome, subject = leafName] of rows) {
    test(`T10: a certificate with ${what} is ${outcome === inside ? 'let in' : 'refused'}`, async () => {
      const intermediate = limited(limits)
      const extensions = [...clientExtensions(), ...(names.length > 0 ? [named(...names)] : [])]
      const certificate = leaf(intermediate, { subject, extensions })
      const expected = outcome === inside ? goodOin : outcome
      assert.equal(verdictOf(certificate, [root, intermediate]), expected)
      const accepted = await opensslAccepts(certificate, [root, intermediate])
      assert.equal(accepted, outcome === inside, 'OpenSSL agrees')
    })
  }
})

/** Where the standard is silent or leaves a choice, we are at least as strict as OpenSSL. */
const stricter: readonly (readonly [string, Limits, readonly asn.GeneralName[], string])[] = [
  [
    'a wildcard that could stand for an excluded host',
    { excluded: [dns('x.sluis.nl')] },
    [dns('*.sluis.nl')],
    outside,
  ],
  [
    'a URI with an address for a host',
    { excluded: [uri('x.nl')] },
    [uri('https://10.0.0.1/')],
    outside,
  ],
  ['a host name with a space in it', { excluded: [dns('x.nl')] }, [dns('a .nl')], outside],
  [
    'an address of five bytes',
    { excluded: [ip(10, 0, 0, 0, 255, 0, 0, 0)] },
    [ip(1, 2, 3, 4, 5)],
    outside,
  ],
  [
    'a range whose mask has holes',
    { permitted: [ip(10, 0, 0, 0, 255, 0, 255, 0)] },
    [ip(10, 9, 0, 1)],
    outside,
  ],
  ['a mailbox without a host', { excluded: [mail('x.nl')] }, [mail('iemand')], outside],
]

for (const [what, limits, names, outcome] of stricter) {
  test(`T10: a certificate with ${what} is refused`, () => {
    const intermediate = limited(limits)
    const extensions = [...clientExtensions(), named(...names)]
    assert.equal(verdictOf(leaf(intermediate, { extensions }), [root, intermediate]), outcome)
  })
}

test('T10: a constraint on a form of name that is not read here is refused, critical or not', () => {
  const other = general({ registeredID: '2.999.1' })
  for (const critical of [true, false]) {
    for (const limits of [{ permitted: [other] }, { excluded: [other] }]) {
      const intermediate = limited({ ...limits, critical })
      assert.equal(verdictOf(leaf(intermediate), [root, intermediate]), 'extensie-onbekend')
    }
  }
})

test('a constraint with a minimum, or without any tree, is refused', () => {
  const minimum = wrap(
    0x30,
    wrap(0xa0, wrap(0x30, der(dns('sluis.nl')), Buffer.from([0x80, 1, 1]))),
  )
  for (const value of [minimum, wrap(0x30), wrap(0x30, wrap(0xa2))]) {
    const constraints = new asn.Extension({
      extnID: asn.id_ce_nameConstraints,
      critical: true,
      extnValue: new OctetString(value),
    })
    const extensions = [...authorityExtensions(0), constraints]
    const intermediate = authority('intermediate', root, { extensions })
    assert.equal(verdictOf(leaf(intermediate), [root, intermediate]), 'extensie-onbekend')
  }
})

test('what each authority above may name holds for all below it, the anchor included', async () => {
  const permitted = [dns('sluis.nl')]
  const narrow = authority('root', undefined, {
    extensions: [...authorityExtensions(5), limiting({ permitted })],
  })
  const wide = authority('intermediate', narrow, {
    extensions: [
      ...authorityExtensions(0),
      limiting({ permitted: [dns('sluis.nl'), dns('x.nl')] }),
    ],
  })
  for (const [name, expected] of [
    ['a.sluis.nl', goodOin],
    ['a.x.nl', outside],
  ] as const) {
    const certificate = leaf(wide, { extensions: [...clientExtensions(), named(dns(name))] })
    assert.equal(verdictOf(certificate, [narrow, wide]), expected)
    assert.equal(await opensslAccepts(certificate, [narrow, wide]), expected === goodOin)
  }
})

test('an intermediate is bound as its leafs are, but not one that renews its own key', () => {
  const permitted = [directory(new asn.Name([country, organisation({ utf8String: 'Proef' })]))]
  const top = authority('top', root, {
    extensions: [...authorityExtensions(3), limiting({ permitted })],
  })
  const stranger = authority('stranger', top)
  assert.equal(verdictOf(leaf(stranger), [root, top, stranger]), outside)
  const renewed = authority('top', top, { key: stranger.key })
  assert.equal(verdictOf(leaf(renewed), [root, top, renewed]), goodOin)
})

test('a name that no DER writer spells so slips past no constraint', () => {
  const intermediate = limited({ permitted: [dns('sluis.nl')] })
  const value = wrap(0x30, wrap(0xa2, Buffer.from('x.nl')))
  const alternative = new asn.Extension({
    extnID: asn.id_ce_subjectAltName,
    extnValue: new OctetString(value),
  })
  const certificate = leaf(intermediate, { extensions: [...clientExtensions(), alternative] })
  assert.equal(verdictOf(certificate, [root, intermediate]), 'certificaat-onleesbaar')
})

suite('names of authorities', () => {
  const spelled = (...values: ConstructorParameters<typeof asn.AttributeValue>[0][]) =>
    new asn.Name([country, ...values.map(organisation)])

  for (const [what, above, below] of [
    ['case', { utf8String: 'Kleine CA' }, { utf8String: 'KLEINE ca' }],
    ['white space', { utf8String: 'Kleine CA' }, { utf8String: '  Kleine \t CA ' }],
    ['kind of string', { utf8String: 'Kleine CA' }, { printableString: 'Kleine CA' }],
    ['compatible letters', { utf8String: 'Kleine ＣＡ' }, { bmpString: 'kleine ca' }],
  ] as const) {
    test(`an issuer is found under its name in another ${what} (RFC 5280 §7.1)`, () => {
      const issuer = authority('spelled', root, { subject: spelled(above) })
      const certificate = leaf({ ...issuer, name: spelled(below) })
      assert.equal(verdictOf(certificate, [root, issuer]), goodOin)
    })
  }

  test('another name, another order and another type of attribute are another issuer', () => {
    const issuer = authority('spelled', root, { subject: spelled({ utf8String: 'Kleine CA' }) })
    for (const name of [
      spelled({ utf8String: 'Kleine CA.' }),
      spelled({ utf8String: 'KleineCA' }),
      spelled({ utf8String: 'Kleine CA' }, { utf8String: 'Kleine CA' }),
      new asn.Name([organisation({ utf8String: 'Kleine CA' }), country]),
      new asn.Name([country, part('2.5.4.11', { utf8String: 'Kleine CA' })]),
      new asn.Name([country]),
    ]) {
      assert.equal(verdictOf(leaf({ ...issuer, name }), [root, issuer]), 'keten-onbekend')
    }
  })

  test('attributes of one relative name have no order', () => {
    const attributes = [country, organisation({ utf8String: 'Kleine CA' })].flatMap(one => [...one])
    const one = new asn.Name([new asn.RelativeDistinguishedName(attributes)])
    const other = new asn.Name([new asn.RelativeDistinguishedName(attributes.toReversed())])
    const issuer = authority('set', root, { subject: one })
    assert.equal(verdictOf(leaf({ ...issuer, name: other }), [root, issuer]), goodOin)
  })
})

test('an OIN is compared as it stands: another case or a space makes it none', () => {
  const intermediate = authority('intermediate', root)
  const subject = (oin: string) => new asn.Name([country, part('2.5.4.5', { utf8String: oin })])
  assert.equal(
    verdictOf(leaf(intermediate, { subject: subject(goodOin) }), [root, intermediate]),
    goodOin,
  )
  for (const oin of [` ${goodOin}`, `${goodOin} `, goodOin.replace('9', '９'), '']) {
    assert.equal(
      verdictOf(leaf(intermediate, { subject: subject(oin) }), [root, intermediate]),
      'oin-ongeldig',
      oin,
    )
  }
})

test('the extension is made by hand here as the library makes it', () => {
  const ours = named(dns('a.nl'))
  const theirs = extension(asn.id_ce_subjectAltName, new asn.SubjectAlternativeName([dns('a.nl')]))
  assert.deepEqual(Buffer.from(ours.extnValue.buffer), Buffer.from(theirs.extnValue.buffer))
})
