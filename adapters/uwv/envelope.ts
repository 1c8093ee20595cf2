// What stands around the message? SOAP 1.1 with WS-Addressing, both ways (suwiml §2).
import { SourceError } from '../../gateway/adapter.ts'
import { fwiSpace, type Service } from './grammar.ts'
import { readNotice } from './message.ts'
import { incomes } from './tree.ts'
import { type Element, escapeText, readXml } from './xml.ts'

const soapSpace = 'http://schemas.xmlsoap.org/soap/envelope/'
const addressingSpace = 'http://www.w3.org/2005/08/addressing'
const securitySpace =
  'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd'

export interface Addressing {
  readonly action: string
  readonly messageId: string
  readonly to: string
  readonly from: string
  readonly relatesTo?: string
}

/** The prefix stands on the body root alone, so its children are in no namespace (suwiml §14, trap 1). */
export function writeEnvelope(
  addressing: Addressing,
  name: string,
  content: string,
  { space }: Service = incomes,
): string {
  return writeSoap(
    addressing,
    `<u:${name} xmlns:u="${space}" xmlns:fwi="${fwiSpace}">${content}</u:${name}>`,
  )
}

export function writeFault(addressing: Addressing, code: string, detail: string): string {
  return writeSoap(
    addressing,
    `<s:Fault><faultcode>${escapeText(code)}</faultcode><faultstring>AanvraagNietOk</faultstring>` +
      `<detail>${detail}</detail></s:Fault>`,
  )
}

function writeSoap(addressing: Addressing, body: string): string {
  const header = [
    element('a:To', addressing.to),
    `<a:From>${element('a:Address', addressing.from)}</a:From>`,
    element('a:MessageID', addressing.messageId),
    element('a:Action', addressing.action),
    addressing.relatesTo === undefined ? '' : element('a:RelatesTo', addressing.relatesTo),
  ].join('')
  return (
    `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${soapSpace}" ` +
    `xmlns:a="${addressingSpace}"><s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`
  )
}

function element(tag: string, text: string): string {
  return `<${tag}>${escapeText(text)}</${tag}>`
}

export interface Envelope {
  readonly header: readonly Element[]
  readonly body: Element
}

export function readEnvelope(bytes: Uint8Array): Envelope {
  const root = readXml(bytes)
  if (!isSoap(root, 'Envelope')) throw malformed('het antwoord is geen SOAP 1.1-bericht')
  const [first, ...rest] = root.children
  const header = first && isSoap(first, 'Header') ? first : undefined
  const [body, ...more] = header ? rest : root.children
  const [payload, ...others] = body && isSoap(body, 'Body') ? body.children : []
  if (!payload || others.length > 0 || more.length > 0) {
    throw malformed('het SOAP-bericht heeft niet precies één inhoud')
  }
  return { header: header?.children ?? [], body: payload }
}

/** The root of the response, or the fault as an error. */
export function readAnswer(
  bytes: Uint8Array,
  messageId: string,
  service: Service = incomes,
): Element {
  const { header, body } = readEnvelope(bytes)
  for (const block of header) verifyBlock(block, messageId)
  if (isSoap(body, 'Fault')) throw faultError(body)
  if (body.name !== `${service.operation}Response` || body.space !== service.space) {
    throw malformed('het antwoord hoort bij een andere dienst of versie')
  }
  return body
}

function verifyBlock(block: Element, messageId: string): void {
  if (block.space === addressingSpace) {
    if (block.name === 'RelatesTo' && block.text.trim() !== messageId) {
      throw malformed('het antwoord hoort bij een ander bericht (RelatesTo)')
    }
    return
  }
  // SOAP 1.1 §4.2.3: a block that must be understood and is not ends the reading.
  const must = block.attributes.find(
    each => each.space === soapSpace && each.name === 'mustUnderstand',
  )
  if (must && must.value !== '0' && block.space !== securitySpace) {
    throw malformed('het antwoord eist een SOAP-header die hier niet bekend is')
  }
}

/** Fault codes are free text in practice: `Server*` may pass, anything else is a refusal (suwiml §4.3). */
function faultError(fault: Element): SourceError {
  const code = fault.children.find(child => child.name === 'faultcode')?.text.trim() ?? ''
  const local = code.slice(code.indexOf(':') + 1)
  const kind = /^server/i.test(local) ? 'source-unavailable' : 'source-refused'
  const detail = fault.children.find(child => child.name === 'detail')
  const declared = detail?.children.find(child => child.name === 'Fout' && child.space === fwiSpace)
  const notice = declared ? noticeCode(readNotice(declared).Code?.[0]) : ''
  return new SourceError(kind, `de bron antwoordt met een SOAP-fout${notice}`)
}

/** A code is the source's own text: only what looks like a code is repeated. */
export function noticeCode(code: unknown): string {
  return typeof code === 'string' && /^[A-Z]{2,8}[0-9]{1,5}$/.test(code) ? ` (${code})` : ''
}

function isSoap(element: Element, name: string): boolean {
  return element.name === name && element.space === soapSpace
}

function malformed(message: string): SourceError {
  return new SourceError('source-malformed', message)
}
