// What do the audit tests record? Keys, logs and events that a real exchange would bring.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Audit, openAudit } from '../../gateway/audit/commit.ts'
import { createLogs } from '../../gateway/audit/create.ts'
import { generateKeys, logNames } from '../../gateway/audit/keys.ts'
import { recordActivation, recordDecision, recordDisclosure } from '../../gateway/audit/record.ts'
import { newCall } from '../../gateway/call.ts'
import { permit } from '../../gateway/policy/permit.ts'
import { question } from '../../gateway/policy/question.ts'
import type { Store } from '../../gateway/store.ts'
import type {
  Answer,
  Decision,
  ExchangeTerms,
  LogName,
  PermittedExchange,
  PurposeRequest,
  Reason,
  Receipt,
  Release,
  RequestBody,
  RoomRow,
} from '../../gateway/terms.ts'
import { removeTree } from '../support/directory.ts'

export const noon = Date.UTC(2026, 9, 1, 12)
export const clock = () => noon
export const epoch = `sha256:${'a'.repeat(64)}`
export const uwv = '00000099000000004000'
export const waterstad = '00000099000000001000'
export const bsn = '999990019'

export interface Dirs {
  readonly keysDir: string
  readonly stateDir: string
}

/** Keys for one term and logs, in a directory of their own. */
export async function beginLogs(t: TestContext, store: Store): Promise<Dirs> {
  const stateDir = mkdtempSync(join(tmpdir(), 'sluis-audit-'))
  t.after(() => removeTree(stateDir))
  return await beginLogsIn(stateDir, store)
}

export async function beginLogsIn(stateDir: string, store: Store): Promise<Dirs> {
  const keysDir = join(stateDir, 'keys')
  generateKeys(keysDir, noon, 12)
  await createLogs({ store, keysDir, clock })
  return { keysDir, stateDir }
}

/** Both logs, with the epoch of these tests active. */
export async function openActive(
  store: Store,
  dirs: Dirs,
  options: Partial<Parameters<typeof openAudit>[0]> = {},
): Promise<Audit> {
  const audit = await openAudit({ store, ...dirs, clock, ...options })
  if (audit.epoch() !== epoch) await activate(audit, epoch)
  return audit
}

export async function activate(audit: Audit, to: string): Promise<void> {
  for (const log of logNames) {
    const previous = audit.head(log).epoch
    await recordActivation(audit, log, { call: newCall(noon), digest: to, previous })
  }
}

export function termsOf(log: LogName = 'gewoon', digest = epoch): ExchangeTerms {
  return {
    uitwisseling: 'uwv-inkomsten-bijstand',
    doel: { id: 'bijstand-recht-en-hoogte', omschrijving: 'Vaststellen of er recht is.' },
    grondslagen: [
      { id: 'pw-64-1-b', regeling: 'Participatiewet', artikel: '64, eerste lid, onder b' },
    ],
    beleid: { id: 'uwv-inkomsten-bijstand', versie: '1.0.0', digest },
    verstrekker: uwv,
    ontvanger: waterstad,
    via: [],
    verwerkingsactiviteit: {
      verstrekking: 'https://a.example/1',
      ontvangst: 'https://b.example/2',
    },
    verantwoordelijke: { verstrekking: uwv, ontvangst: waterstad },
    gegevensset: 'uwv-inkomstenverhoudingen',
    bron: 'uwv',
    log,
    logTermijn: 'P1M',
  }
}

const body: RequestBody = {
  betrokkene: { soort: 'bsn', waarde: bsn },
  velden: ['heeftInkomstenverhouding', 'inkomenBovenBijstandsnorm'],
  periode: { van: '2026-07-01', totEnMet: '2026-09-30' },
  parameters: { leefvorm: 'alleenstaande' },
  zaak: '2026-000123',
  medewerker: { id: 'u-4711', functie: 'inkomensconsulent' },
}

export function requestOf(changes: Partial<RequestBody> = {}): PurposeRequest {
  const party = {
    oin: waterstad,
    naam: 'Gemeente Waterstad',
    soort: 'college',
    status: 'actief',
    vertrouwelijk: false,
    vertegenwoordigt: [],
  } as const
  const identity = { oin: waterstad, naam: 'w', thumbprint: 'x', chain: [], validUntil: noon + 1e9 }
  return {
    ...newCall(noon),
    peer: { party, identity },
    uitwisseling: 'uwv-inkomsten-bijstand',
    body: { ...body, ...changes },
  }
}

export function decisionOf(
  request: PurposeRequest,
  redenen: readonly Reason[] = [],
  digest = epoch,
): Decision {
  return {
    uitkomst: redenen.length === 0 ? 'toegestaan' : 'geweigerd',
    redenen,
    vraag: question(request, { uitwisselingen: new Map() }),
    feiten: { treden: ['licht'], noodrem: [] },
    tijd: request.tijd,
    beleid: termsOf('gewoon', digest).beleid,
    epoch: digest,
    trede: 'licht',
  }
}

export async function allow(
  audit: Audit,
  options: { body?: Partial<RequestBody>; log?: LogName } = {},
): Promise<PermittedExchange> {
  const request = requestOf(options.body)
  const terms = termsOf(options.log)
  const decision = decisionOf(request)
  return permit(request, decision, await recordDecision(audit, request, decision, terms), terms)
}

export async function refuse(audit: Audit, redenen: readonly Reason[]): Promise<Receipt> {
  const request = requestOf()
  return await recordDecision(audit, request, decisionOf(request, redenen), termsOf())
}

export function releaseOf(
  { request: { transactie }, terms }: PermittedExchange,
  rijen: readonly RoomRow[] = [],
): Release {
  const { uitwisseling, doel, grondslagen, beleid } = terms
  const antwoord: Answer = {
    transactie,
    omgeving: 'test',
    uitwisseling,
    doel,
    grondslagen,
    beleid,
    velden: body.velden,
    resultaat: 'gegevens',
    antwoord: [{ heeftInkomstenverhouding: true, loonSv: 251300, inkomenBovenBijstandsnorm: null }],
    nietGeleverd: [],
    herkomst: {
      bron: uwv,
      peildatum: '2026-09-30',
      volledigTotEnMet: '2026-09-30',
      inOnderzoek: [],
      kwaliteit: 'A',
      ontvangenOp: '2026-10-01T12:00:00.000Z',
    },
    gebruiksbeperkingen: ['Alleen voor “deze” zaak; één keer.'],
    bewaarregel: 'Zolang de zaak duurt.',
  }
  return { antwoord, verstrekt: body.velden, weggelaten: [], aantal: 1, rijen }
}

/** What a partner receives, as the listener writes it. */
export async function disclose(audit: Audit, rijen: readonly RoomRow[] = []): Promise<string> {
  const permitted = await allow(audit)
  const { receipt, opening, tekst } = await recordDisclosure(
    audit,
    permitted,
    releaseOf(permitted, rijen),
  )
  const bewijs = { logregel: receipt.logregel, tlogProof: receipt.tlogProof(), opening }
  return `${tekst.slice(0, -1)},"bewijs":${JSON.stringify(bewijs)}}`
}

/** A refusal as the listener writes it. */
export async function refuseAnswer(audit: Audit, redenen: readonly Reason[]): Promise<string> {
  const receipt = await refuse(audit, redenen)
  const { transactie } = JSON.parse(receipt.logregel)
  return JSON.stringify({
    type: 'https://sluis.example/problemen/geweigerd',
    title: 'Dit mag niet worden verstrekt',
    status: 403,
    detail: 'Het mag niet.',
    instance: `urn:uuid:${transactie}`,
    redenen: redenen.map(({ code, veld, grondslag }) => ({
      code,
      uitleg: 'Dit mag niet.',
      ...(veld && { veld }),
      ...(grondslag && { grondslag }),
    })),
    bewijs: { logregel: receipt.logregel, tlogProof: receipt.tlogProof() },
  })
}

export function factRow(sleutel: string): RoomRow {
  const waarden = {
    sleutel,
    uitwisseling: 'uwv-inkomsten-bijstand',
    trede: 'licht',
    open: true,
    tijd: noon,
    vervalt: noon + 1000,
  }
  return { tabel: 'policy.case_fact', waarden }
}
