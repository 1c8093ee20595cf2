// Does it balance? What was accepted against what became of it, what was received and what the log holds.
import { createHash } from 'node:crypto'
import { logNames, readSigner } from '../gateway/audit/keys.ts'
import type { LogRecord } from '../gateway/audit/log-record.ts'
import { verifyLog } from '../gateway/audit/verify.ts'
import { partsOf } from '../gateway/policy/brake-state.ts'
import type { Store } from '../gateway/store.ts'
import type { Askers } from './queue-askers.ts'
import { fickle, type Place } from './queue-place.ts'

/** By name what does not balance: every list must be empty. */
export type Unbalanced = ReadonlyMap<string, readonly string[]>

export interface Balance {
  readonly counts: readonly (readonly [what: string, count: number])[]
  readonly unbalanced: Unbalanced
}

interface Row {
  readonly verzoek: string
  readonly partij: string
  readonly staat: string
  readonly reden: string | null
  readonly aflevering: string
  readonly leeg: boolean
}

const delivered = ['opgehaald', 'afgeleverd']
const namedEnds: Readonly<Record<string, (record: LogRecord) => boolean>> = {
  geweigerd: ({ soort, uitkomst }) =>
    (soort === 'beslissing' || soort === 'einde') && uitkomst === 'geweigerd',
  ingetrokken: ({ soort }) => soort === 'intrekking',
  verlopen: ({ soort, uitkomst }) => soort === 'einde' && uitkomst === 'verlopen',
  mislukt: ({ soort }) => soort === 'bronfout' || soort === 'niet-afgeleverd',
}

export async function balance(place: Place, askers: Askers): Promise<Balance> {
  const rows = await place.store.query<Row>(
    `select verzoek::text, partij, staat, reden, aflevering::text,
       (verzegeld is null and antwoord is null and kenmerk is null) as leeg from delivery.verzoek`,
  )
  const log = await readLog(place.store)
  const unbalanced = new Map<string, string[]>()
  const wrong = (what: string, who: string) => {
    const list = unbalanced.get(what) ?? []
    unbalanced.set(what, list)
    list.push(who)
  }
  const byId = new Map(rows.map(row => [row.verzoek, row]))
  const taken = new Map([...place.receiver.taken.values()].map(one => [one.verzoek, one]))

  for (const { verzoek, received } of askers.told.values()) {
    if (!byId.has(verzoek)) wrong('aangenomen, en er is geen rij', verzoek)
    for (const fault of received?.faults ?? []) wrong(`ontvangen, maar ${fault}`, verzoek)
    if (received && !log.texts.has(hash(received.logregel))) {
      wrong('ontvangen zonder verstrekking in het log', verzoek)
    }
    if (received && !log.of(verzoek).some(({ soort }) => soort === 'ophaling')) {
      wrong('ontvangen zonder ophaling in het log', verzoek)
    }
  }
  for (const logregel of askers.refusals) {
    if (!log.texts.has(hash(logregel))) wrong('geweigerd zonder logregel', logregel.slice(0, 80))
  }
  for (const row of rows) {
    for (const fault of judge(row, log.of(row.verzoek), {
      received: askers.told.get(row.verzoek)?.received !== undefined,
      delivery: taken.get(row.verzoek)?.aflevering,
    })) {
      wrong(fault, `${row.verzoek} ${row.staat} ${row.reden ?? ''}`)
    }
  }
  // Of two calls of one moment under one Idempotency-Key both are in the log, and one is a row.
  const rowless = log.acceptances.filter(verzoek => !byId.has(verzoek))
  for (const verzoek of rowless.slice(askers.retries())) {
    wrong('aanvaard in het log zonder rij', verzoek)
  }
  for (const one of place.receiver.different) wrong('ander antwoord onder één aflevering', one)
  for (const one of askers.different) wrong('één sleutel, twee verzoeken', one)
  for (const [transactie, times] of place.ksz.questions()) {
    if (times > 1) wrong('één vraag twee keer toegepast bij de KSZ', transactie)
  }
  for (const one of forbidden(log.records, place.withdrawn))
    wrong('verstrekt onder rem of zonder afspraak', one)
  for (const one of await verify(place, askers.held())) wrong('log verify', one)

  const states = Map.groupBy(rows, ({ staat }) => staat)
  const outcome = (staat: string) => states.get(staat)?.length ?? 0
  const heard = [...askers.told.values()].filter(({ asked }) => asked !== undefined)
  return {
    counts: [
      ['vragers hoorden 202', heard.length],
      ['geweigerd vóór aanneming', [...askers.refused.values()].reduce((sum, n) => sum + n, 0)],
      ...[...askers.refused].sort().map(([code, n]) => [`  ${code}`, n] as const),
      ['nooit iets gehoord', askers.unheard()],
      ['rijen', rows.length],
      ['  waarvan niemand hoorde', rows.length - heard.length],
      ['aanvaard, maar een herhaling van een ander', rowless.length],
      ...[...delivered, ...Object.keys(namedEnds)].map(
        staat => [`  ${staat}`, outcome(staat)] as const,
      ),
      [
        'antwoorden ontvangen en gelezen',
        [...askers.told.values()].filter(one => one.received).length,
      ],
      ['keer bij de ontvanger aangeboden', place.receiver.posts()],
      ['  onder een nieuw afleveringsnummer', place.receiver.taken.size],
      ['logregels', log.records.length],
      ['besluiten zonder einde (proces gedood)', log.endless],
    ],
    unbalanced,
  }
}

/** What one row, its records and what arrived say of each other. */
function* judge(
  row: Row,
  records: readonly LogRecord[],
  arrived: { readonly received: boolean; readonly delivery: string | undefined },
): Generator<string> {
  const count = (kind: string) => records.filter(({ soort }) => soort === kind).length
  if (count('aanvaarding') !== 1) yield `${count('aanvaarding')} aanvaardingen in het log`
  if (arrived.delivery !== undefined && arrived.delivery !== row.aflevering) {
    yield 'afgeleverd onder een ander afleveringsnummer'
  }
  if (delivered.includes(row.staat)) {
    if (!arrived.received) yield 'afgeleverd, en niemand ontving het'
    for (const kind of ['verstrekking', 'ophaling', 'ontvangst']) {
      if (count(kind) === 0) yield `afgeleverd zonder ${kind} in het log`
    }
  } else {
    const recorded = namedEnds[row.staat]
    if (!recorded) yield 'niet in een eindstaat'
    else if (!records.some(recorded)) yield 'geëindigd zonder regel in het log'
    if (recorded && row.staat !== 'ingetrokken' && row.reden === null)
      yield 'geëindigd zonder reden'
  }
  // What failed may be placed again until its term; everything else is gone.
  if (!row.leeg && row.staat !== 'mislukt') yield 'inhoud niet gewist'
}

const ends = ['verstrekking', 'bronfout', 'afgebroken', 'uitgesteld', 'niet-afgeleverd', 'ophaling']

export interface ReadLog {
  readonly records: readonly LogRecord[]
  readonly texts: ReadonlySet<string>
  readonly acceptances: readonly string[]
  readonly endless: number
  of(verzoek: string): readonly LogRecord[]
}

/** In the order of the log. */
export async function readLog(store: Store): Promise<ReadLog> {
  const records: LogRecord[] = []
  const texts = new Set<string>()
  for (let from = 0; ; from += page) {
    const rows = await store.query<{ tekst: string }>(
      'SELECT tekst FROM audit.leaf WHERE log = $1 AND idx >= $2 AND idx < $3 ORDER BY idx',
      ['gewoon', from, from + page],
    )
    for (const { tekst } of rows) {
      texts.add(hash(tekst))
      records.push(slim(JSON.parse(tekst)))
    }
    if (rows.length < page) break
  }
  const steps = Map.groupBy(records, ({ verzoek }) => verzoek)
  const byTransaction = Map.groupBy(records, ({ transactie }) => transactie)
  return {
    records,
    texts,
    acceptances: records.flatMap(({ soort, verzoek }) =>
      soort === 'aanvaarding' && verzoek !== undefined ? [verzoek] : [],
    ),
    endless: [...byTransaction.values()].filter(
      all =>
        all.some(({ soort, uitkomst }) => soort === 'beslissing' && uitkomst === 'toegestaan') &&
        !all.some(({ soort }) => ends.includes(soort)),
    ).length,
    of: verzoek => steps.get(verzoek) ?? [],
  }
}

const page = 5_000

/** The members that are looked at; the rest of a hundred thousand leaves would fill the memory. */
function slim({ vraag: _v, feiten: _f, ...record }: LogRecord): LogRecord {
  return record
}

/** Releases after a record that forbids them and before the one that lifts it: in the order of the log. */
export function* forbidden(
  records: readonly LogRecord[],
  withdrawn: ReadonlySet<string>,
): Generator<string> {
  let noodrem: readonly string[] = []
  let digest = ''
  for (const { soort, noodrem: scopes, epoch, uitwisseling, transactie } of records) {
    if (epoch !== undefined) {
      const { digest: leading, rem } = partsOf(epoch)
      noodrem = scopes ?? (rem === undefined ? [] : noodrem)
      digest = leading
      continue
    }
    if (soort !== 'verstrekking' && soort !== 'ophaling') continue
    const braked = noodrem.some(scope => touches(scope, uitwisseling ?? ''))
    if (braked) yield `${transactie} ${uitwisseling} onder ${noodrem.join()}`
    if (uitwisseling === fickle && withdrawn.has(digest)) {
      yield `${transactie} ${uitwisseling} zonder afspraak`
    }
  }
}

/** Of the scopes that the campaign uses. */
function touches(scope: string, uitwisseling: string): boolean {
  const [kind, of = ''] = scope.split(':')
  if (kind === 'alles') return true
  if (kind === 'uitwisseling') return uitwisseling === of
  if (kind === 'bron') return uitwisseling.startsWith(`${of}-`)
  return kind === 'veld' && uitwisseling === 'uwv-uitkeringen-bijstand'
}

async function verify({ store, keysDir }: Place, held: string | undefined): Promise<string[]> {
  const faults: string[] = []
  for (const log of logNames) {
    const notes = log === 'gewoon' && held ? [held] : []
    const known = readSigner(keysDir, log)
    const verdict = await verifyLog(store.query, { log, known, held: notes })
    if (!verdict.geldig) faults.push(JSON.stringify(verdict))
  }
  return faults
}

const hash = (text: string) => createHash('sha256').update(text).digest('base64url')
