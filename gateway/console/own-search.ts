// Which transactions is this party the provider of? The search of the console, for a system instead of an officer.
import { logNameOf } from '../audit/find.ts'
import type { LogName, Oin, Period } from '../terms.ts'
import { type Cursor, type SearchSlice, searchWithin } from './search.ts'

/** As design §3.4 has it; a procedure gives and takes the same. */
interface OwnQuestion {
  readonly betrokkene?: { readonly soort: 'bsn'; readonly waarde: string }
  readonly uitwisseling?: string
  readonly ontvanger?: Oin
  readonly periode?: Period
  readonly uitkomst?: string
  readonly levering?: string
  readonly na?: string
  readonly aantal?: number
}

const logs: readonly LogName[] = ['gewoon', 'vertrouwelijk']
const pageSize = 25

/**
 * Of a confidential exchange too: who provides in it is a party to it (policy/visible.ts). A step that decides
 * nothing, such as a reminder, is none of a provider's disclosures.
 */
export async function searchOwn(slice: SearchSlice, verstrekker: Oin, question: OwnQuestion) {
  const { betrokkene, uitwisseling, ontvanger, periode, uitkomst, levering } = question
  const { na, aantal = pageSize } = question
  const after = na === undefined ? undefined : readCursor(na)
  if (na !== undefined && !after) return undefined
  const sight = { logs, terms: [`verstrekker:${verstrekker}`], soorten }
  const criteria = {
    ...(betrokkene && { betrokkene: { betrokkene } }),
    ...(uitwisseling && { uitwisseling }),
    ...(ontvanger && { partij: ontvanger, rol: 'ontvanger' as const }),
    ...(periode && { van: periode.van, totEnMet: periode.totEnMet }),
    ...(uitkomst && { uitkomst }),
    ...(levering && { levering }),
  }
  const { rows, next } = await searchWithin(slice, sight, criteria, { after, limit: aantal })
  return {
    rows: rows.map(row => ({
      transactie: row.transactie,
      log: logNameOf(row.log),
      tijd: row.tijd,
      uitwisseling: row.uitwisseling ?? '',
      doel: row.doel ?? '',
      grondslagen: row.grondslagen,
      ontvanger: row.ontvanger ?? '',
      namens: row.namens,
      velden: row.velden,
      verstrekt: row.verstrekt,
      uitkomst: row.uitkomst,
      redenen: row.redenen,
      ...(row.aard && { aard: row.aard }),
      ...(row.levering && { levering: row.levering }),
      ...(row.regel !== null && { regel: row.regel }),
    })),
    ...(next && { volgende: writeCursor(next) }),
  }
}

const soorten = ['beslissing', 'aanvaarding'] as const

function writeCursor({ tijd, idx, log }: Cursor): string {
  return Buffer.from(JSON.stringify([tijd, idx, log])).toString('base64url')
}

function readCursor(text: string): Cursor | undefined {
  try {
    const [tijd, idx, log] = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (!Number.isSafeInteger(tijd) || !Number.isSafeInteger(idx) || typeof log !== 'string') return
    return { tijd, idx, log }
  } catch {
    return undefined
  }
}
