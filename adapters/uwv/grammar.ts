// How is a message tree written down? Types, items and what they compile to (suwiml §3, §4.2).

export const fwiSpace = 'http://bkwi.nl/SuwiML/FWI/v0205'

/** SuwiML Basisschema v0801, stricter where its patterns admit non-ASCII digits or days that do not exist. */
export const types = {
  bsn: text => /^[0-9]{9}$/.test(text),
  dat: isDate,
  d1: text => /^[0-9]$/.test(text),
  d2: text => /^[0-9]{2}$/.test(text),
  d3: text => /^[0-9]{3}$/.test(text),
  d9: text => /^[0-9]{9}$/.test(text),
  a1: text => /^[A-Za-z]$/.test(text),
  a2: text => /^[A-Za-z]{2}$/.test(text),
  'a≤3': text => /^[A-Za-z]{0,3}$/.test(text),
  'a≤5': text => /^[A-Za-z]{0,5}$/.test(text),
  perc: text => /^[0-9]{5}$/.test(text) && Number(text) <= 10_000,
  soortUitkering: text => text === 'inkomen' || text === 'toeslag',
  volgnr: text => /^\s*\+?[0-9]{1,4}\s*$/.test(text),
  dagen: text => /^\s*\+?[0-9]{1,3}\s*$/.test(text),
  uren: text => /^\s*[+-]?[0-9]{1,5}\s*$/.test(text),
  huisnr: text => /^\s*\+?[0-9]{1,5}\s*$/.test(text),
  loonheffingennr: text => /^[0-9]{9}L[0-9]{2}$/.test(text),
  postcd: text => /^[1-9][0-9]{3}[A-Za-z]{2}$/.test(text),
  munt: text => text === 'EUR',
  teken: text => text === '+' || text === '-',
  waarde: text => /^\s*\+?[0-9]{1,18}\s*$/.test(text) && Number.isSafeInteger(Number(text)),
  tijdeenheid: text => /^(0[1-9]|10|20)$/.test(text),
  AN6: upTo(6),
  AN7: upTo(7),
  AN9: upTo(9),
  AN24: upTo(24),
  AN35: upTo(35),
  AN40: upTo(40),
  AN70: upTo(70),
  AN80: upTo(80),
  AN200: upTo(200),
  A200: text => upTo(200)(text) && !/\p{Nd}/u.test(text),
  vv: text => upTo(10)(text) && !/\p{Nd}/u.test(text),
  vrij: () => true,
} satisfies Record<string, (text: string) => boolean>

function upTo(length: number): (text: string) => boolean {
  return text => [...text].length <= length
}

/** JJJJMMDD; unknown parts are zeros, a known day lies in its month (suwiml §3.1). */
function isDate(text: string): boolean {
  const parts = /^([0-9]{4})([0-9]{2})([0-9]{2})$/.exec(text)
  if (!parts) return false
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  if (year === 0 && (month === 0) !== (day === 0)) return false
  if (month > 12) return false
  const longest = month === 0 ? 31 : new Date(Date.UTC(year || 2000, month, 0)).getUTCDate()
  return day <= longest
}

/**
 * `Name:type` once, `Name?` 0..1, `Name*` 0..n, `Name+` 1..n; a group has children in this order.
 * `fwi:` is the FWI namespace, every other element stands in none.
 */
export type Item = string | Branch | Choice
interface Branch {
  readonly head: string
  readonly content: readonly Item[]
}
interface Choice {
  readonly choice: readonly (readonly Item[])[]
}
export const group = (head: string, ...content: readonly Item[]): Branch => ({ head, content })
export const oneOf = (...choice: readonly (readonly Item[])[]): Choice => ({ choice })

export const amount = (name: string): Item =>
  group(
    `${name}?`,
    'CdMunteenheid?:munt',
    'CdPositiefNegatief?:teken',
    'WaardeBedr?:waarde',
    'CdPeriodeEenheidGeldigheidBedr?:tijdeenheid',
  )

/** What each Fout, Waarschuwing and Informatie of an FWI holds; these come in any mix and order. */
const noticeItems = ['Code:vrij', 'Tekst:vrij', 'Detail*:vrij', group('Bron', 'DN:vrij')]

export type TypeName = keyof typeof types
export interface Spec {
  readonly space: string
  readonly name: string
  readonly least: 0 | 1
  readonly most: number
  readonly content: Content
}
export type Content = TypeName | 'fwi' | readonly (Spec | Alternatives)[]
export interface Alternatives {
  readonly alternatives: readonly (readonly (Spec | Alternatives)[])[]
}

const grammar = /^(fwi:)?([A-Za-z]+)([?*+]?)(?::(.+))?$/

export function compile(item: Item): Spec | Alternatives {
  if (typeof item === 'object' && 'choice' in item) {
    return { alternatives: item.choice.map(each => each.map(compile)) }
  }
  const { head, content } = typeof item === 'string' ? group(item) : item
  const [, space, name = '', occurs, type] = grammar.exec(head) ?? []
  if (type !== undefined && type !== 'fwi' && !isTypeName(type)) throw new TypeError(head)
  return {
    space: space ? fwiSpace : '',
    name,
    least: occurs === '?' || occurs === '*' ? 0 : 1,
    most: occurs === '*' || occurs === '+' ? Number.POSITIVE_INFINITY : 1,
    content: type ?? content.map(compile),
  }
}

function isTypeName(text: string): text is TypeName {
  return Object.hasOwn(types, text)
}

export type Specs = readonly (Spec | Alternatives)[]
export const noticeSpecs: Specs = noticeItems.map(compile)
export const noticeKinds = ['Fout', 'Waarschuwing', 'Informatie']

/** One operation: its namespace, its address in WS-Addressing, and the trees of both messages. */
export interface Service {
  readonly space: string
  readonly action: string
  readonly operation: string
  readonly request: Specs
  readonly response: Specs
}

/** No data either way: FWI v0205 declares the last two, and this schema does not admit them (suwiml §4.1). */
export const withoutData = [
  ['fwi:FWI:fwi'],
  ['fwi:NietsGevonden:vrij'],
  ['fwi:NietGerechtigd:vrij'],
  ['fwi:NietVanToepassing:vrij'],
] as const
