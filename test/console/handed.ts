// What do pages show of what is handed over? A file, its lines, their steps, a correction and a doubt, as the log holds them.

import { partyHolder } from '../../certs/names.ts'
import type { Audit } from '../../gateway/audit/commit.ts'
import { disclosureDraft, recordDecision } from '../../gateway/audit/record.ts'
import { recordAcceptance, type StepKind, stepDraft } from '../../gateway/audit/record-request.ts'
import { newCall } from '../../gateway/call.ts'
import { fileRow, type LineReport, lineRow } from '../../gateway/delivery/files.ts'
import { messageRow, messageStepRow } from '../../gateway/delivery/messages.ts'
import type { House } from '../../gateway/open.ts'
import type { PolicySet } from '../../gateway/policy/law.ts'
import { exchangeTerms } from '../../gateway/policy/permit.ts'
import { question } from '../../gateway/policy/question.ts'
import type {
  Call,
  Decision,
  ExchangeTerms,
  MessageState,
  Moment,
  Oin,
  PurposeRequest,
  ReasonCode,
  RequestBody,
} from '../../gateway/terms.ts'

export const waterstad = partyHolder('gemeente-waterstad').oin
export const dijkdorp = partyHolder('gemeente-dijkdorp').oin
export const uwv = partyHolder('uwv').oin
const exchange = 'uwv-inkomsten-bijstand'
const nobody = '0'.repeat(20)

interface Place {
  readonly audit: Audit
  readonly law: PolicySet
  readonly clock: () => Moment
}

export function placeOf({ rooms }: House): Place {
  const { audit, policies, clock } = rooms
  return { audit, law: policies.current(), clock }
}

interface What {
  readonly ontvanger?: Oin
  readonly bsn?: string
  readonly stap?: 'bestand' | 'correctie' | 'terugmelding'
  readonly regel?: { readonly levering: string; readonly regel: number } | undefined
  readonly velden?: readonly string[]
  readonly redenen?: readonly ReasonCode[]
  readonly verslag?: LineReport
  readonly uitwisseling?: string
  readonly log?: ExchangeTerms['log']
}

/** Writes as the gateway does; what decides is not asked, but what was decided is written down. */
export function handing({ audit, law, clock }: Place) {
  const party = (oin: Oin) => {
    const found = law.partijen.get(oin)
    if (!found) throw new Error('no such party')
    return found
  }

  function requestOf(call: Call, what: What): PurposeRequest {
    const { ontvanger = waterstad, bsn, stap, regel, velden = ['loonSv', 'tijdvak'] } = what
    const body: RequestBody = {
      ...(bsn && { betrokkene: { soort: 'bsn', waarde: bsn } }),
      velden,
      gegevens: Object.fromEntries(velden.map(veld => [veld, 1])),
      systeemproces: 'levering',
    }
    return {
      ...{ ...call, peer: { party: party(ontvanger === nobody ? waterstad : ontvanger) }, body },
      uitwisseling: what.uitwisseling ?? exchange,
      ...(stap && { stap }),
      ...(regel && { levering: regel }),
    }
  }

  function decided(request: PurposeRequest, { redenen = [], ontvanger, log }: What) {
    const terms: ExchangeTerms = {
      ...exchangeTerms({ ...request, peer: { party: request.peer.party } }, law),
      verstrekker: uwv,
      ...(ontvanger && { ontvanger }),
      ...(log && { log }),
    }
    const decision: Decision = {
      uitkomst: redenen.length > 0 ? 'geweigerd' : 'toegestaan',
      redenen: redenen.map(code => ({ code })),
      vraag: { ...question(request, law), ontvanger: terms.ontvanger, indiener: uwv },
      feiten: { treden: [], noodrem: [] },
      tijd: request.tijd,
      beleid: terms.beleid,
      epoch: law.epoch,
    }
    return { terms, decision }
  }

  return {
    /** @returns the levering */
    async file(what: What & { readonly kenmerk?: string } = {}): Promise<string> {
      const call = newCall(clock())
      const request = requestOf(call, { velden: [], ...what, stap: 'bestand' })
      const { terms, decision } = decided(request, what)
      const levering = call.transactie
      const row = fileRow({
        ...{ levering, log: terms.log, uitwisseling: exchange, partij: uwv },
        ...{ richting: 'ingediend', begonnen: call.tijd, epoch: law.epoch },
        ...{ idempotentie: undefined, regelsTotaal: undefined },
        ...{ bytesTotaal: undefined, kenmerk: undefined },
      })
      await recordDecision(audit, request, decision, terms, what.redenen ? [] : [row])
      return levering
    },
    /** A line, a correction or a doubt; @returns its transaction */
    async offer(what: What): Promise<string> {
      const call = newCall(clock())
      const { transactie } = call
      const { regel, redenen, verslag = {}, stap } = what
      const request = { ...requestOf(call, what), ...(!redenen && { verzoek: transactie }) }
      const { terms, decision } = decided(request, what)
      const uitkomst = redenen ? 'geweigerd' : 'aanvaard'
      const lines = regel ? [lineRow(regel, { uitkomst, transactie, lichaam: 'x', verslag })] : []
      if (redenen) await recordDecision(audit, request, decision, terms, lines)
      else {
        const until = call.tijd + 10 * 86_400_000
        const row = messageRow({
          ...{ bericht: transactie, soort: stap === 'bestand' || !stap ? 'levering' : stap },
          ...{
            log: terms.log,
            uitwisseling: exchange,
            verstrekker: uwv,
            ontvanger: terms.ontvanger,
          },
          ...{ aangenomen: call.tijd, bewarenTot: until, geldigTot: until, verzegeld: 'AAAA' },
        })
        const rijen = [row, ...lines]
        await recordAcceptance(audit, request, { decision, terms, staat: 'aanvaard', rijen })
      }
      return transactie
    },
    async unreadable(regel: { readonly levering: string; readonly regel: number }) {
      const { transactie, tijd, trace } = newCall(clock())
      const { traceId, spanId } = trace
      const verslag = { fouten: [{ pointer: '', melding: 'is geen JSON' }] }
      await audit.append('gewoon', {
        record: {
          ...{
            v: 1,
            soort: 'afwijzing',
            transactie,
            tijd,
            traceId,
            spanId,
            programma: 'sluis/0.0.0',
          },
          ...{ uitkomst: 'geweigerd', redenen: [{ code: 'ongeldig-verzoek' }] },
          ...{ ontvanger: uwv, uitwisseling: exchange, ...regel },
        },
        rijen: [lineRow(regel, { uitkomst: 'onleesbaar', transactie, lichaam: 'x', verslag })],
      })
      return transactie
    },
    /** Decides again, and gives. */
    async pickUp(bericht: string, what: What): Promise<string> {
      const call = newCall(clock())
      const request = { ...requestOf(call, what), verzoek: bericht }
      const { terms, decision } = decided(request, what)
      await recordDecision(audit, request, decision, terms)
      if (decision.uitkomst === 'geweigerd') return call.transactie
      const release = { verstrekt: request.body.velden, weggelaten: [], aantal: 1, rijen: [] }
      const made = { tijd: clock(), afdruk: 'x' }
      await audit.append(terms.log, disclosureDraft({ request, terms, decision }, release, made))
      return call.transactie
    },
    async step(
      bericht: string,
      soort: StepKind | 'beoordeling',
      uitkomst: string,
      more: {
        readonly afloop?: string
        readonly ontvanger?: Oin
        readonly stand?: number
        readonly reden?: string
      } = {},
    ): Promise<string> {
      const { afloop, ontvanger = waterstad, stand = 1, reden } = more
      const call = { ...newCall(clock()), verzoek: bericht }
      const terms = {
        ...exchangeTerms(requestOf(call, { ontvanger }), law),
        verstrekker: uwv,
        ontvanger,
      }
      const states: readonly MessageState[] = ['signaal', 'beoordeeld', 'verlopen']
      const staat = states.find(one => one === uitkomst) ?? 'opgehaald'
      const redenen = reden && { redenen: [{ code: reden }] }
      const about = { log: terms.log, uitwisseling: exchange, ontvanger, terms, ...redenen }
      const change = { staat, ...(afloop && { afloop }) }
      const rijen = [messageStepRow({ bericht, stand }, call.transactie, change)]
      const draft = stepDraft(call, { soort: 'einde', uitkomst, ...about, rijen }, clock())
      const judged = { over: bericht, handeling: { ...(afloop && { afloop }) } }
      await audit.append(terms.log, {
        ...draft,
        record: { ...draft.record, soort, ...(soort === 'beoordeling' && judged) },
      })
      return call.transactie
    },
  }
}
