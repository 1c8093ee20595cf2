// With what do the tests of retention work? A log of months ago, whose records are past their term at the turn of a clock.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Audit, openAudit } from '../../gateway/audit/commit.ts'
import { createLogs } from '../../gateway/audit/create.ts'
import { generateKeys } from '../../gateway/audit/keys.ts'
import { recordActivation, recordDecision, recordDisclosure } from '../../gateway/audit/record.ts'
import { destroyPastKeys } from '../../gateway/audit/retention.ts'
import { newCall } from '../../gateway/call.ts'
import { permit } from '../../gateway/policy/permit.ts'
import { openStore, type Store } from '../../gateway/store.ts'
import { type Kind, type Place, testPlace } from '../support/database.ts'
import { removeTree } from '../support/directory.ts'
import { decisionOf, epoch, releaseOf, requestOf, termsOf } from './log.ts'

export const begun = Date.UTC(2026, 0, 15, 12)
/** The month after `begun` is that of destruction: its records have a term of one month. */
export const month = '2026-02'
export const past = Date.UTC(2026, 2, 1)
export const body = {
  betrokkene: { soort: 'bsn', waarde: '999993653' },
  zaak: 'zaak-geplant-81',
  medewerker: { id: 'mw-geplant-82', functie: 'inkomensconsulent' },
} as const
export interface Aged extends AsyncDisposable {
  readonly store: Store
  readonly audit: Audit
  readonly keysDir: string
  readonly place: Place
  readonly alarms: string[]
  /** The answer that a partner kept. */
  readonly answer: string
  now: number
}

/** A log of months ago, with one exchange and one look of an officer in it. */
export async function agedLog(t: TestContext, kind: Kind): Promise<Aged> {
  const place = await testPlace(t, kind)
  const stateDir = mkdtempSync(join(tmpdir(), 'sluis-aged-'))
  t.after(() => removeTree(stateDir))
  const keysDir = join(stateDir, 'keys')
  const aged = { now: begun }
  const clock = () => aged.now
  await using stack = new AsyncDisposableStack()
  const store = stack.use(await openStore(place))
  generateKeys(keysDir, begun, 3)
  generateKeys(keysDir, Date.UTC(2033, 0, 1), 3) // of what officers do
  await createLogs({ store, keysDir, clock })
  const alarms: string[] = []
  const onAlarm = (alarm: string) => void alarms.push(alarm)
  const audit = stack.use(await openAudit({ store, keysDir, stateDir, clock, onAlarm }))
  for (const log of ['gewoon', 'vertrouwelijk'] as const) {
    const previous = audit.head(log).epoch
    await recordActivation(audit, log, { call: newCall(begun), digest: epoch, previous })
  }
  const request = { ...requestOf(body), ...newCall(begun) }
  const decision = { ...decisionOf(request), tijd: begun }
  const terms = termsOf()
  const receipt = await recordDecision(audit, request, decision, terms)
  const permitted = permit(request, decision, receipt, terms)
  const {
    receipt: given,
    opening,
    tekst,
  } = await recordDisclosure(audit, permitted, releaseOf(permitted))
  const bewijs = { logregel: given.logregel, tlogProof: given.tlogProof(), opening }
  const running = stack.move()
  return Object.assign(aged, {
    ...{ store, audit, keysDir, place, alarms },
    answer: `${tekst.slice(0, -1)},"bewijs":${JSON.stringify(bewijs)}}`,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  })
}

export const destroy = (
  { audit, store, keysDir, alarms, now }: Aged,
  reached?: (at: string) => void | Promise<void>,
) =>
  destroyPastKeys(
    { audit, store, keysDir, onAlarm: alarm => void alarms.push(alarm) },
    now,
    reached,
  )
