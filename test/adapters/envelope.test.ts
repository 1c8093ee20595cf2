import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readAnswer } from '../../adapters/uwv/envelope.ts'
import { SourceError } from '../../gateway/adapter.ts'

const soap11 = 'http://schemas.xmlsoap.org/soap/envelope/'
const soap12 = 'http://www.w3.org/2003/05/soap-envelope'
const service = 'http://bkwi.nl/SuwiML/Diensten/UWVDossierInkomstenGSD/v0200'
const payload = `<u:UWVPersoonsIkvInfoResponse xmlns:u="${service}"/>`
const wsa = 'xmlns:a="http://www.w3.org/2005/08/addressing"'

const envelope = (inside: string, space = soap11) =>
  Buffer.from(`<s:Envelope xmlns:s="${space}">${inside}</s:Envelope>`)
const answer = (body: string, header = '') =>
  envelope(`${header && `<s:Header>${header}</s:Header>`}<s:Body>${body}</s:Body>`)
const read = (bytes: Buffer) => readAnswer(bytes, 'urn:uuid:1').name

function fails(bytes: Buffer): SourceError {
  try {
    readAnswer(bytes, 'urn:uuid:1')
  } catch (error) {
    assert.ok(error instanceof SourceError)
    return error
  }
  assert.fail('accepted')
}

describe('the envelope of an answer', () => {
  const accepted: Readonly<Record<string, Buffer>> = {
    'without a header': answer(payload),
    'that relates to our message': answer(payload, `<a:RelatesTo ${wsa}>urn:uuid:1</a:RelatesTo>`),
    'with a signature that must be understood': answer(
      payload,
      '<w:Security s:mustUnderstand="1" xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"/>',
    ),
    'with a block that need not be understood': answer(
      payload,
      '<x:Y xmlns:x="urn:x" s:mustUnderstand="0"/>',
    ),
  }
  for (const [name, bytes] of Object.entries(accepted)) {
    it(`${name} is read`, () => assert.equal(read(bytes), 'UWVPersoonsIkvInfoResponse'))
  }

  const refused: Readonly<Record<string, Buffer>> = {
    'of SOAP 1.2': envelope(`<s:Body>${payload}</s:Body>`, soap12),
    'with two bodies': envelope(`<s:Body>${payload}</s:Body><s:Body>${payload}</s:Body>`),
    'with two payloads': answer(payload + payload),
    'with nothing in it': answer(''),
    'without a body': envelope(''),
    'with something after the body': envelope(`<s:Body>${payload}</s:Body><x/>`),
    'with its header after the body': envelope(`<s:Body>${payload}</s:Body><s:Header/>`),
    'that relates to another message': answer(
      payload,
      `<a:RelatesTo ${wsa}>urn:uuid:2</a:RelatesTo>`,
    ),
    'that relates to ours and to another': answer(
      payload,
      `<a:RelatesTo ${wsa}>urn:uuid:1</a:RelatesTo><a:RelatesTo ${wsa}>urn:uuid:2</a:RelatesTo>`,
    ),
    'with an unknown block that must be understood': answer(
      payload,
      '<x:Y xmlns:x="urn:x" s:mustUnderstand="1"/>',
    ),
    'of another service': answer(payload.replace('GSD', 'GSDDigitaleDiensten')),
    'in no namespace': answer('<UWVPersoonsIkvInfoResponse/>'),
    'with the request in it': answer(payload.replaceAll('Response', '')),
  }
  for (const [name, bytes] of Object.entries(refused)) {
    it(`${name} is refused`, () => assert.equal(fails(bytes).code, 'source-malformed'))
  }

  const fault = (code: string, detail = '') =>
    answer(
      `<s:Fault><faultcode>${code}</faultcode><faultstring>999990019</faultstring>${detail}</s:Fault>`,
    )
  const declared = (code: string) =>
    `<detail><f:Fout xmlns:f="http://bkwi.nl/SuwiML/FWI/v0205"><Code>${code}</Code><Tekst>999990019</Tekst><Bron><DN>x</DN></Bron></f:Fout></detail>`

  it('a fault of the server may pass, any other is a refusal', () => {
    const kinds = {
      's:Server': 'unavailable',
      'x:Server-SUWIML-0000': 'unavailable',
      Server: 'unavailable',
      's:Client': 'refused',
      'Client.Authentication': 'refused',
      anders: 'refused',
      '': 'refused',
    }
    for (const [code, kind] of Object.entries(kinds)) {
      assert.equal(fails(fault(code)).code, `source-${kind}`)
      assert.equal(fails(fault(code, '<detail/>')).code, `source-${kind}`)
    }
  })

  it('of a fault only what looks like a code is repeated', () => {
    assert.match(fails(fault('s:Server', declared('FWI0001'))).message, /\(FWI0001\)/)
    for (const code of ['999990019', 'BSN 999990019', 'FWI999990019']) {
      assert.doesNotMatch(fails(fault('s:Server', declared(code))).message, /9999/)
    }
  })
})
