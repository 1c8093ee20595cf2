// How does text become a page? The one place that escapes; what comes from a policy file stays text.

const made = Symbol('html')

/** Markup that the tag below made. Nothing else is taken for markup. */
export interface Html {
  readonly [made]: true
  readonly text: string
}

export type Fragment = Html | string | number | undefined | readonly Fragment[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Characters that show text in another order than it is written (UTS #55), and control characters. */
const deceiving = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** Of what a file or page may show: never a character that hides or turns around what stands beside it. */
export function legible(text: string): string {
  return text.replace(deceiving, character => (/\s/.test(character) ? ' ' : '\ufffd'))
}

function asText(text: string): string {
  return legible(text).replace(/[&<>"']/g, character => entities[character] as string)
}

function render(fragment: Fragment): string {
  if (fragment === undefined) return ''
  if (typeof fragment === 'string' || typeof fragment === 'number') return asText(String(fragment))
  if (made in fragment) return fragment.text
  return fragment.map(render).join('')
}

/** Values may stand between tags and in quoted attributes, nowhere else. */
export function html(parts: TemplateStringsArray, ...values: readonly Fragment[]): Html {
  const text = parts.reduce((before, part, index) => before + render(values[index - 1]) + part)
  return { [made]: true, text }
}

/** A link only when it is https: any other scheme stays text. */
export function link(url: string, text: Fragment = url): Html {
  if (!/^https:\/\/[^\s]+$/.test(url)) return html`${text}`
  return html`<a href="${url}" rel="noreferrer">${text}</a>`
}
