// What does our log say in the words of the Logboek Dataverwerkingen? One line per action, for one controller.
import type { LogRecord, RecordKind } from '../audit/log-record.ts'
import type { Moment, Oin } from '../terms.ts'
import type { Transaction } from './selection.ts'

/** Names as the standard spells them; no employee, purpose, ground or term, those are elsewhere (MUST NOT). */
export interface LdvRecord {
  readonly trace_id: string
  readonly span_id: string
  readonly parent_span_id?: string
  readonly status: 'Unset' | 'Ok' | 'Error'
  readonly name: string
  /** Milliseconds since the epoch. */
  readonly start_time: Moment
  readonly end_time: Moment
  readonly resource: { readonly attributes: Readonly<Record<string, string>> }
  readonly attributes: Readonly<Record<string, string>>
}

/** Instead of those, of what was handed over. */
const handed: Readonly<Partial<Record<RecordKind, string>>> = {
  beslissing: 'Levering van gegevens getoetst',
  aanvaarding: 'Geleverde gegevens aangenomen voor een ontvanger',
  einde: 'Levering van gegevens beëindigd',
}

/** What is an action of the processing that an arrangement is about; the rest is of the house itself. */
const names: Readonly<Partial<Record<RecordKind, string>>> = {
  beslissing: 'Vraag om gegevens getoetst',
  verstrekking: 'Gegevens verstrekt',
  bronfout: 'Bron bevraagd zonder antwoord',
  afgebroken: 'Vraag om gegevens afgebroken',
  'niet-afgeleverd': 'Antwoord niet afgeleverd',
  aanvaarding: 'Verzoek om gegevens aangenomen',
  goedkeuring: 'Verzoek om gegevens beoordeeld door een tweede persoon',
  uitgesteld: 'Bron antwoordt later',
  ophaling: 'Antwoord opgehaald of gebracht',
  ontvangst: 'Ontvangst bevestigd',
  herinnering: 'Herinnering gestuurd',
  intrekking: 'Verzoek om gegevens ingetrokken',
  herplaatsing: 'Verzoek om gegevens opnieuw in behandeling',
  einde: 'Verzoek om gegevens beëindigd',
  beoordeling: 'Signaal beoordeeld door de ontvanger',
}

type Side = 'verstrekking' | 'ontvangst'

/** A refusal or a caller who left was handled cleanly; Error is for what failed here or at the source. */
const failures: ReadonlySet<string> = new Set([
  'source-unavailable',
  'source-malformed',
  'interne-fout',
  'opslag-onbereikbaar',
  'bron-onbereikbaar',
  'bron-onbetrouwbaar',
  'mislukt',
])

/**
 * Each controller has its own lines about its own processing: none for who acts for another, or passes on.
 * @param base public address of the register, where a reader of the receiver's line finds whom to ask on
 */
export function ldvRecords(
  { leaves, acceptance }: Transaction,
  oin: Oin,
  base: string | undefined,
): readonly LdvRecord[] {
  const own = new Set(leaves.map(({ spanId }) => spanId))
  const [first] = leaves
  const message = acceptance ?? first
  const isHanded = message?.levering !== undefined || message?.vraag?.stap !== undefined
  const subject = leaves.find(leaf => leaf.betrokkene)?.betrokkene ?? acceptance?.betrokkene
  return leaves.flatMap(leaf => {
    const name = (isHanded ? handed[leaf.soort] : undefined) ?? names[leaf.soort]
    const side = sideOf(leaf, oin)
    const activity = side && leaf.verwerkingsactiviteit?.[side]
    if (!name || !side || !activity) return []
    const { traceId, spanId, ouderSpanId, tijd, programma } = leaf
    const code = failureOf(leaf)
    // From outside: the trace of the caller goes on here.
    const foreign = ouderSpanId !== undefined && !own.has(ouderSpanId)
    const other = side === 'verstrekking' ? leaf.ontvanger : leaf.verstrekker
    return [
      {
        trace_id: traceId,
        span_id: spanId,
        ...(ouderSpanId && { parent_span_id: ouderSpanId }),
        status: code ? 'Error' : endless(leaf, leaves) ? 'Unset' : 'Ok',
        name,
        start_time: first?.tijd ?? tijd,
        end_time: leaf === first ? (leaves.at(-1)?.tijd ?? tijd) : tijd,
        resource: { attributes: producer(programma, oin) },
        attributes: {
          'dpl.core.processing_activity_id': activity,
          ...(subject && {
            'dpl.core.data_subject_id': subject.pseudoniem,
            'dpl.core.data_subject_id_type': 'BSN',
          }),
          ...(foreign && other && { 'dpl.core.foreign_operation.processor': organisation(other) }),
          ...(base &&
            side === 'ontvangst' &&
            leaf.uitkomst !== 'geweigerd' && {
              'dpl.read.externalReadAPI_id': `${base}/register`,
            }),
          ...(code && { 'exception.type': code }),
        },
      } satisfies LdvRecord,
    ]
  })
}

/** The controllers of these records: whose lines there are. */
export function controllersOf({ leaves }: Transaction): readonly Oin[] {
  const all = leaves.flatMap(({ verantwoordelijke: is }) =>
    is ? [is.verstrekking, is.ontvangst] : [],
  )
  return [...new Set(all)]
}

/** On which side this organisation answers for the processing. */
export function sideOf({ verantwoordelijke: is }: LogRecord, oin: Oin): Side | undefined {
  if (is?.verstrekking === oin) return 'verstrekking'
  return is?.ontvangst === oin ? 'ontvangst' : undefined
}

/** Who wrote it, and for whom: lines of several organisations may be laid together. */
export function producer(programma: string, oin?: Oin): Readonly<Record<string, string>> {
  const [name = '', version = ''] = programma.split('/')
  return {
    'service.name': name,
    'service.version': version,
    ...(oin && { 'service.namespace': organisation(oin) }),
  }
}

function organisation(oin: Oin): string {
  return `https://oinregister.logius.nl/oin/${oin}`
}

function failureOf({ soort, uitkomst, redenen = [] }: LogRecord): string | undefined {
  if (soort === 'beslissing' || soort === 'aanvaarding') return undefined
  const code = redenen[0]?.code ?? uitkomst
  return failures.has(code) ? code : undefined
}

/** Allowed, and nobody knows how it ended: the source may have been asked. */
function endless(leaf: LogRecord, leaves: readonly LogRecord[]): boolean {
  return leaf.soort === 'beslissing' && leaf.uitkomst === 'toegestaan' && leaves.at(-1) === leaf
}
