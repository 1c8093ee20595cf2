// Which pages does the console have, and in which order does its menu name them?
import type { Page } from './page.ts'
import { searchPages } from './search-page.ts'

export const pages: readonly Page[] = [...searchPages]
