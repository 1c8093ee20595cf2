// How is a permitted question put to its source? Once, within a time limit, and nothing more.
import {
  type DeliveryReceipt,
  type FileHolder,
  type FilesQuestion,
  type Source,
  type SourceAnswer,
  type SourceDelivery,
  SourceError,
  type SourceFile,
  type SourceLater,
  type SourceQuestion,
} from '../adapter.ts'
import { Problem, type ProblemOptions } from '../problem.ts'
import type { PermittedExchange, TraceHeaders } from '../terms.ts'

/** Sources by the name a dataset gives its holder (`bron`). */
export type Sources = ReadonlyMap<string, Source>

/** A source that has not answered by then is given up; below the 30 s a partner waits for us. */
export const sourceTimeoutMs = 10_000

/**
 * Asks the source of this dataset.
 * @throws SourceError as the adapter says, also `source-unavailable` when the time is over;
 *   NotConnected when no adapter serves the source.
 */
export async function carry(
  sources: Sources,
  permitted: PermittedExchange,
  trace: TraceHeaders,
  signal: AbortSignal,
  attempt?: Pick<SourceQuestion, 'kenmerk' | 'aflevering'>,
): Promise<SourceAnswer | SourceLater> {
  const source = sources.get(permitted.terms.bron)
  if (!source) throw new NotConnected()
  const asked = { ...sourceQuestion(permitted, trace), ...attempt }
  return await within(signal, limited => source.answer(asked, limited))
}

/**
 * Hands a recorded release to its receiver.
 * @throws as carry does
 */
export async function handOver(
  sources: Sources,
  delivery: SourceDelivery,
  signal: AbortSignal,
): Promise<DeliveryReceipt> {
  const source = sources.get(delivery.permitted.terms.bron)
  const { deliver } = source ?? {}
  if (!source || !deliver) throw new NotConnected()
  return await within(signal, limited => deliver.call(source, delivery, limited))
}

/** What the source may know of a permitted reading of files. */
export function filesQuestion(
  permitted: PermittedExchange,
  trace: TraceHeaders,
  periode: string,
): FilesQuestion {
  const { request, terms } = permitted
  const { doel, grondslagen, gegevensset, uitwisseling } = terms
  const { transactie } = request
  return { permitted, transactie, trace, doel, grondslagen, gegevensset, uitwisseling, periode }
}

/** The files that stand ready; undefined while the period is not. @throws SourceError as carry does */
export async function listFiles(
  holder: FileHolder,
  question: FilesQuestion,
  signal: AbortSignal,
): Promise<readonly SourceFile[] | undefined> {
  return await within(signal, limited => holder.list(question, limited))
}

/**
 * Nobody who is called is waited for longer than this.
 * By hand: AbortSignal.any and .timeout cost more than the rest of this step.
 */
export async function within<T>(
  signal: AbortSignal,
  work: (limited: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController()
  const stop = () => limit.abort()
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  const timer = setTimeout(stop, sourceTimeoutMs)
  try {
    return await work(limit.signal)
  } catch (error) {
    if (error instanceof SourceError) throw error
    if (limit.signal.aborted) {
      throw new SourceError('source-unavailable', 'geen antwoord binnen de tijd', { cause: error })
    }
    throw error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

/** No adapter serves the source; an operator must first connect it. */
export class NotConnected extends Problem {
  static readonly code = 'BRON_NIET_AANGESLOTEN'
  constructor(options: Pick<ProblemOptions, 'members' | 'recorded'> = {}) {
    super('bron-onbereikbaar', 'De bron van deze gegevens is nog niet aangesloten.', {
      ...options,
      reden: NotConnected.code,
      retryAfter: 3_600,
    })
  }
}

/** Whether somebody answers for this dataset, or takes what is handed over. */
export function isConnected(sources: Sources, bron: string, handsOver: boolean): boolean {
  const source = sources.get(bron)
  return source !== undefined && (!handsOver || source.deliver !== undefined)
}

/** A legal day, `YYYY-MM-DD`, runs in the Netherlands. */
const legalDay = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Amsterdam' })

/** What the source may know: who asks and why (Pw art. 65 lid 4), never the employee or the case. */
function sourceQuestion(permitted: PermittedExchange, trace: TraceHeaders): SourceQuestion {
  const { request, terms } = permitted
  const { body } = request
  const peildatum = body.peildatum ?? body.periode?.totEnMet ?? legalDay.format(request.tijd)
  return {
    permitted,
    transactie: request.transactie,
    trace,
    ontvanger: terms.ontvanger,
    ...(terms.namens && { namens: terms.namens }),
    doel: terms.doel,
    grondslagen: terms.grondslagen,
    gegevensset: terms.gegevensset,
    ...(body.betrokkene && { betrokkene: body.betrokkene }),
    ...(body.object && { object: body.object }),
    ...(body.buitenlands && { buitenlands: body.buitenlands }),
    velden: body.velden,
    periode: body.periode ?? { van: peildatum, totEnMet: peildatum },
    peildatum,
  }
}
