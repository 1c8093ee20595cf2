// Which pages does the console have, and in which order does its menu name them?
import { brakePages } from './brake-page.ts'
import { breachPages } from './breach-page.ts'
import { deliveryPages } from './delivery-page.ts'
import { disclosurePages } from './disclosure-page.ts'
import { keptPages } from './kept-page.ts'
import { logbookPages } from './logbook-page.ts'
import { mandatePages } from './mandate-page.ts'
import { overviewPages } from './overview-page.ts'
import type { Page } from './page.ts'
import { partyPages } from './party-page.ts'
import { policyPages } from './policy-page.ts'
import { reportPages } from './report-page.ts'
import { reviewPages } from './review-page.ts'
import { searchPages } from './search-page.ts'
import { subjectPages } from './subject-page.ts'

export const pages: readonly Page[] = [
  ...overviewPages,
  ...searchPages,
  ...disclosurePages,
  ...deliveryPages,
  ...reviewPages,
  ...subjectPages,
  ...reportPages,
  ...breachPages,
  ...policyPages,
  ...brakePages,
  ...keptPages,
  ...logbookPages,
  ...partyPages,
  ...mandatePages,
]
