// What does our log say in the words of the Authorization Decision Log? One line per evaluation.
import type { LogRecord, RecordKind } from '../audit/log-record.ts'
import type { Moment, Oin, Step } from '../terms.ts'
import { producer, sideOf } from './ldv.ts'
import type { Transaction } from './selection.ts'

/** The current generation: a record as OpenTelemetry knows it. Each item is either raw in `body` or a reference in `attributes`. */
export interface AdlRecord {
  readonly trace_id: string
  readonly span_id: string
  readonly parent_span_id?: string
  readonly event_name: 'adl.access_evaluation'
  /** Milliseconds since the epoch. */
  readonly timestamp: Moment
  readonly status: 'Unset' | 'Ok' | 'Error'
  readonly attributes: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
  readonly resource: { readonly attributes: Readonly<Record<string, string>> }
}

/** What was evaluated, and which outcomes are a permit. */
const permits: Readonly<Partial<Record<RecordKind, readonly string[]>>> = {
  beslissing: ['toegestaan'],
  aanvaarding: ['aanvaard'],
  goedkeuring: ['goedgekeurd'],
  zaakregistratie: ['geregistreerd'],
}

/** @param oin whose lines: the activity of another organisation is not told; absent for the whole log */
export function adlRecords(
  { leaves, acceptance }: Transaction,
  oin: Oin | undefined,
): readonly AdlRecord[] {
  return leaves.flatMap(leaf => {
    const permit = permits[leaf.soort]
    if (!permit) return []
    const { traceId, spanId, ouderSpanId, tijd, programma, beleid, feiten } = leaf
    const subject = leaf.betrokkene ?? acceptance?.betrokkene
    const undecided = leaf.redenen?.some(({ bij }) => bij?.oorzaak === 'niet te beoordelen')
    return [
      {
        trace_id: traceId,
        span_id: spanId,
        ...(ouderSpanId && { parent_span_id: ouderSpanId }),
        event_name: 'adl.access_evaluation',
        timestamp: tijd,
        status: undecided ? 'Error' : 'Ok',
        attributes: {
          ...(beleid && { 'adl.core.policies': `${beleid.digest}#${beleid.id}@${beleid.versie}` }),
          'adl.core.configuration': programma,
          ...(subject && {
            'dpl.core.data_subject_id': subject.pseudoniem,
            'dpl.core.data_subject_id_type': 'BSN',
          }),
        },
        body: {
          'adl.core.request': requestOf(leaf, oin),
          'adl.core.response': {
            decision: permit.includes(leaf.uitkomst),
            ...(leaf.redenen?.length && { context: { redenen: leaf.redenen } }),
          },
          ...(feiten && { 'adl.core.information': feiten }),
        },
        resource: { attributes: producer(programma, oin) },
      } satisfies AdlRecord,
    ]
  })
}

/** An AuthZEN request: an organisation asks; employee, case and person stay sealed where they are. */
function requestOf(leaf: LogRecord, oin: Oin | undefined) {
  const { vraag, ontvanger, namens, transactie, tijd, soort } = leaf
  const { uitwisseling, ontvanger: _asker, indiener, functie, ...asked } = vraag ?? {}
  const stap = vraag?.stap
  const side = oin === undefined ? undefined : sideOf(leaf, oin)
  const activity = side && leaf.verwerkingsactiviteit?.[side]
  return {
    subject: {
      type: 'organisatie',
      id: indiener ?? vraag?.ontvanger ?? ontvanger ?? '',
      ...((functie || namens) && {
        properties: { ...(functie && { functie }), ...(namens && { namens }) },
      }),
    },
    action: {
      name: soort === 'zaakregistratie' ? 'registreren' : actionOf(stap, indiener),
      ...(activity && { properties: { processing_activity_id: activity } }),
    },
    resource: vraag
      ? { type: 'uitwisseling', id: String(uitwisseling), properties: asked }
      : { type: 'zaak', id: transactie },
    context: { time: new Date(tijd).toISOString() },
  }
}

/** What an organisation wants to do with the data: ask, hand over, set right, or doubt. */
function actionOf(stap: Step | undefined, indiener: Oin | undefined): string {
  if (stap === 'correctie') return 'corrigeren'
  if (stap === 'terugmelding') return 'terugmelden'
  return indiener ? 'leveren' : 'opvragen'
}
