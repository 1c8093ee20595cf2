// Does a text hold what was planted in it? In clear, in hexadecimal or in base64, wherever it stands.

/** What to look for, in every form that it may have. */
export function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value)
  const hex = bytes.toString('hex')
  const forms = [value, hex, hex.toUpperCase()]
  // In base64 a text has one of three forms, by what stands before it; its edges mix with its neighbours.
  for (const before of [0, 1, 2]) {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    const start = Math.ceil((before * 8) / 6)
    const end = Math.floor(((before + bytes.length) * 8) / 6)
    const inner = whole.slice(start, end)
    forms.push(inner, inner.replaceAll('+', '-').replaceAll('/', '_'))
  }
  return [...new Set(forms)]
}

/** Which of the planted values it holds, each once. */
export function findPlanted(values: readonly string[]): (text: string) => readonly string[] {
  const forms = values.map(value => [value, formsOf(value)] as const)
  return text =>
    forms.filter(([, all]) => all.some(form => text.includes(form))).map(([value]) => value)
}
