// What does a caller call this request of its own? One name, so that a repeat is known.
import { Problem } from '../problem.ts'

/** @throws Problem ongeldig-verzoek */
export function readIdempotencyKey(text: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(text)) return text
  throw new Problem(
    'ongeldig-verzoek',
    'De Idempotency-Key klopt niet. Gebruik 1 tot 255 tekens, zonder spaties en accenten.',
  )
}
