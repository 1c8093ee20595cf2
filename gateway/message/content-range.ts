// Which part of a file is this? Content-Range in bytes (RFC 9110 §14.4) or in lines, counted from 1.
import { Problem } from '../problem.ts'

export interface FilePart {
  readonly eenheid: 'bytes' | 'regels'
  /** Absent: nothing is sent, only asked where to go on. */
  readonly van?: number
  /** The last of it. */
  readonly totEnMet?: number
  /** Of the whole file; absent: not known yet. */
  readonly totaal?: number
}

const form = /^(bytes|regels) (?:(\d{1,15})-(\d{1,15})|\*)\/(\d{1,15}|\*)$/

/** @throws Problem ongeldig-verzoek */
export function readContentRange(text: string): FilePart {
  const [whole, eenheid, first, last, all] = form.exec(text) ?? []
  if (whole === undefined) throw invalid()
  const unit = eenheid === 'bytes' ? 'bytes' : 'regels'
  const totaal = all === '*' || all === undefined ? {} : { totaal: Number(all) }
  if (first === undefined) return { eenheid: unit, ...totaal }
  const van = Number(first)
  const totEnMet = Number(last)
  const lowest = unit === 'bytes' ? 0 : 1
  const beyond = totaal.totaal !== undefined && totEnMet > totaal.totaal - 1 + lowest
  if (van < lowest || van > totEnMet || beyond) throw invalid()
  return { eenheid: unit, van, totEnMet, ...totaal }
}

function invalid(): Problem {
  return new Problem(
    'ongeldig-verzoek',
    'De Content-Range klopt niet. Gebruik bytes a-b/totaal (vanaf 0), regels a-b/totaal (vanaf 1), of een * voor wat u niet weet.',
    { reden: 'content-range' },
  )
}
