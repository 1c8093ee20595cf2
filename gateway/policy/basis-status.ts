// Does this legal basis hold now? Its status is derived from its dates and marks, never written down (design §4).
import type { Moment } from '../terms.ts'
import type { BasisStatus, LegalBasis } from './law.ts'

export function basisStatus(basis: LegalBasis, now: Moment): BasisStatus {
  if (basis.stand === 'voorstel') return 'wetsvoorstel'
  if (now >= basis.geldig.tot) return 'vervallen'
  if (now >= basis.buitenVan) return 'buiten-toepassing'
  if (basis.bevestigd === undefined) return 'onbevestigd'
  return now < basis.geldig.van ? 'nog-niet-in-werking' : 'in-werking'
}
