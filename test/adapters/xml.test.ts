import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as ksz from '../../adapters/ksz/xml.ts'
import * as uwv from '../../adapters/uwv/xml.ts'
import { SourceError } from '../../gateway/adapter.ts'

/** Each adapter that reads XML has a copy of its own. */
for (const [name, { readXml, escapeText }] of Object.entries({ ksz, uwv })) {
  const read = (text: string) => readXml(Buffer.from(text))

  function refused(text: string | Uint8Array): SourceError {
    try {
      readXml(Buffer.from(text))
    } catch (error) {
      assert.ok(error instanceof SourceError)
      assert.equal(error.code, 'source-malformed')
      assert.equal(error.cause, undefined)
      return error
    }
    assert.fail('accepted')
  }

  describe(`XML of ${name} is read strictly`, () => {
    it('namespaces are resolved wherever they are declared, and prefixes mean nothing', () => {
      const root = read(
        '<a:x xmlns:a="urn:1" xmlns="urn:2"><y/><b:z xmlns:b="urn:1" a:k="v"/></a:x>',
      )
      assert.deepEqual([root.space, root.name], ['urn:1', 'x'])
      assert.deepEqual(
        root.children.map(child => [child.space, child.name]),
        [
          ['urn:2', 'y'],
          ['urn:1', 'z'],
        ],
      )
      assert.deepEqual(root.children[1]?.attributes, [{ space: 'urn:1', name: 'k', value: 'v' }])
    })

    it('a default namespace can be taken back', () => {
      const root = read('<x xmlns="urn:1"><y xmlns=""><z/></y></x>')
      assert.deepEqual(
        [root.space, root.children[0]?.space, root.children[0]?.children[0]?.space],
        ['urn:1', '', ''],
      )
    })

    it('text stays text, comments are skipped and CDATA is taken as it is', () => {
      const root = read('<x>00<!-- 99 -->12<![CDATA[&amp;<]]>&lt;&#65;&#x42; </x>')
      assert.equal(root.text, '0012&amp;<<AB ')
    })

    const hostile: Readonly<Record<string, string | Uint8Array>> = {
      'a DOCTYPE': '<!DOCTYPE x><x/>',
      'a DOCTYPE in lower case': '<!doctype x><x/>',
      'an entity declaration': '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
      'an undeclared entity': '<x>&euro;</x>',
      'an undeclared entity in an attribute': '<x a="&euro;"/>',
      'a lone ampersand': '<x>a & b</x>',
      'a reference to a control character': '<x>&#0;</x>',
      'a reference to a lone surrogate': '<x>&#xD800;</x>',
      'a reference beyond Unicode': '<x>&#x110000;</x>',
      'a control character': '<x>\u0001</x>',
      'two roots': '<x/><y/>',
      'text after the root': '<x></x>999990019',
      'text before the root': '999990019<x/>',
      'a closing tag of another element': '<x><y></x></y>',
      'an unclosed element': '<x><y></y>',
      'an unclosed comment': '<x/><!-- ',
      'an undeclared prefix': '<a:x/>',
      'an undeclared prefix of an attribute': '<x a:b="c"/>',
      'a prefix with two colons': '<a:b:c xmlns:a="urn:1"/>',
      'an attribute twice': '<x a="1" a="2"/>',
      'a name that is a trap in JavaScript': '<x><__proto__>1</__proto__></x>',
      'too many levels': `${'<x>'.repeat(60)}${'</x>'.repeat(60)}`,
      'another declared encoding': '<?xml version="1.0" encoding="ISO-8859-1"?><x/>',
      'another real encoding': Buffer.from('<x>\u00e9</x>', 'latin1'),
      'UTF-16': Buffer.from('\ufeff<x/>', 'utf16le'),
      nothing: '',
      'white space': ' \n ',
      'a sentence': 'Service Unavailable',
    }
    for (const [name, text] of Object.entries(hostile)) {
      it(`${name} is refused, and not quoted`, () => {
        assert.doesNotMatch(refused(text).message, /999990019|euro/)
      })
    }

    it('whatever is cut off anywhere is refused', () => {
      const whole = '<?xml version="1.0"?><a:x xmlns:a="urn:1"><y>12</y><!-- c --><z/></a:x>'
      read(whole)
      for (let length = 0; length < whole.length; length += 1) refused(whole.slice(0, length))
    })

    it('any bytes are read or refused, and nothing else is thrown', () => {
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc
          .string({ unit: fc.constantFrom(...'<>/?!&;="\' x:-[]CDATA'), maxLength: 60 })
          .map(Buffer.from),
      )
      fc.assert(
        fc.property(bytes, given => {
          try {
            readXml(given)
          } catch (error) {
            assert.ok(error instanceof SourceError)
          }
        }),
      )
    })

    it('text that was escaped reads back as itself', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme' }), text => {
          // A carriage return has no survivor in XML (1.0 §2.11), a control character no place.
          // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to leave out
          const plain = text.replaceAll(/[\u0000-\u001f\ufffe\uffff]/g, '').toWellFormed()
          assert.equal(read(`<x>${escapeText(plain)}</x>`).text, plain)
        }),
      )
    })
  })
}
