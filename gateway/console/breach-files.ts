// What leaves about a breach? The facts that the authority asks (AVG art. 33(3)), and per controller who was touched.
import { logNameOf, unsealMember } from '../audit/find.ts'
import type { LogRecord } from '../audit/log-record.ts'
import type { PolicySet } from '../policy/law.ts'
import type { Oin } from '../terms.ts'
import {
  type Breach,
  type BreachDesk,
  reportBefore,
  touchedBy,
  touchedKinds,
  type Weighed,
} from './breach.ts'
import { csvLine } from './csv.ts'
import { localText } from './local-time.ts'
import type { Desk } from './page.ts'
import { exchangeName, partyName } from './words.ts'

/** What the officer wrote; sealed in the record, gone with its month. */
export interface Told {
  readonly aard: string
  readonly gevolgen: string
  readonly maatregelen: string
}

export async function toldOf(
  { store, keys, keysDir }: Pick<Desk, 'store' | 'keys' | 'keysDir'>,
  { log, idx }: Pick<Breach, 'log' | 'idx'>,
): Promise<Told | undefined> {
  const [leaf] = await store.query<{ tekst: string }>(
    'SELECT tekst FROM audit.leaf WHERE log = $1 AND idx = $2',
    [log, idx],
  )
  const record: LogRecord | undefined = leaf && JSON.parse(leaf.tekst)
  const text = record && unsealMember(keys, { log: logNameOf(log), keysDir }, record, 'motivering')
  return text === undefined ? undefined : JSON.parse(text)
}

const iso = (tijd: number) => new Date(tijd).toISOString()

/** Names of fields as people know them. */
export function fieldTitles(
  law: PolicySet,
  uitwisseling: string,
  velden: readonly string[],
): string[] {
  const set = law.gegevenssets.get(law.uitwisselingen.get(uitwisseling)?.gegevensset ?? '')
  return velden.map(
    veld =>
      set?.velden[veld]?.titel ?? set?.afgeleid[veld]?.titel ?? set?.perMaand[veld]?.titel ?? veld,
  )
}

/** AVG art. 33(3), a to d; what only people know is left to them. */
export function notification(
  breach: Breach,
  weighed: Weighed,
  {
    law,
    told,
    operator,
  }: { readonly law: PolicySet; readonly told: Told | undefined; readonly operator: Oin },
) {
  const { criteria, kenmerk, ontdekt, vastgelegd, gemeld, tot } = breach
  const named = (oin: Oin) => ({ oin, naam: partyName(law, oin) })
  const gone = 'niet meer te openen: de sleutel is vernietigd'
  return {
    kenmerk,
    ontdektOp: iso(ontdekt),
    meldenVoor: iso(reportBefore(breach)),
    gemeldOp: gemeld === undefined ? null : iso(gemeld),
    vastgelegdOp: iso(vastgelegd),
    melder: named(breach.oin),
    verwerker: named(operator),
    aardVanDeInbreuk: told?.aard ?? gone,
    selectie: {
      ...criteria,
      wat: touchedKinds.find(([kind]) => kind === criteria.wat)?.[1] ?? criteria.wat,
    },
    periode: {
      van: weighed.eerste === undefined ? null : iso(weighed.eerste),
      totEnMet: weighed.laatste === undefined ? null : iso(weighed.laatste),
    },
    aantalBetrokkenen: weighed.personen,
    aantalVerstrekkingen: weighed.transacties,
    gegevens: [...weighed.velden].map(([id, velden]) => ({
      uitwisseling: exchangeName(law, id),
      velden: fieldTitles(law, id, velden),
    })),
    verwerkingsverantwoordelijken: weighed.sides.map(({ oin, ...side }) => ({
      ...named(oin),
      ...side,
    })),
    ontvangers: weighed.ontvangers.map(named),
    contactpunt: 'naam en contactgegevens van de FG: zelf invullen',
    waarschijnlijkeGevolgen: told?.gevolgen ?? gone,
    maatregelen: told?.maatregelen ?? gone,
    logboek: tot,
  }
}

/** The same facts, one to a line. */
export function* notificationLines(facts: object, before = ''): Generator<string> {
  if (before === '') yield `\ufeff${csvLine(['onderdeel', 'waarde'])}`
  for (const [name, value] of Object.entries(facts)) {
    const path = before === '' ? name : `${before}.${name}`
    if (typeof value === 'object' && value !== null) yield* notificationLines(value, path)
    else yield csvLine([path, typeof value === 'number' ? value : String(value ?? '')])
  }
}

interface Affected {
  keren: number
  readonly eerste: number
  laatste: number
  readonly uitwisselingen: Set<string>
  readonly velden: Set<string>
}

/** Who was touched in the records of one controller, for the letter of AVG art. 34. Each person once. */
export async function affectedOf(
  desk: Omit<BreachDesk, 'catchUp'>,
  breach: Breach,
  controller: Oin,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Affected>> {
  const persons = new Map<string, Affected>()
  for await (const row of touchedBy(desk, breach, signal)) {
    if (row.persoon === undefined) continue
    if (row.verstrekking !== controller && row.ontvangst !== controller) continue
    const known = persons.get(row.persoon) ?? {
      ...{ keren: 0, eerste: row.tijd, laatste: row.tijd },
      ...{ uitwisselingen: new Set<string>(), velden: new Set<string>() },
    }
    known.keren += 1
    known.laatste = row.tijd
    known.uitwisselingen.add(row.uitwisseling)
    for (const veld of row.verstrekt) known.velden.add(veld)
    persons.set(row.persoon, known)
  }
  return persons
}

interface Named {
  readonly soort: string
  readonly waarde: string
  readonly buitenlands?: { readonly land: string; readonly soort: string; readonly waarde: string }
}

export function* affectedCsv(
  persons: ReadonlyMap<string, Affected>,
  law: PolicySet,
): Generator<string> {
  yield `\ufeff${csvLine([
    ...[
      'soort',
      'nummer',
      'land',
      'nummer in dat land',
      'aantal keren',
      'eerste keer',
      'laatste keer',
    ],
    ...['uitwisselingen', 'gegevens'],
  ])}`
  for (const [text, { keren, eerste, laatste, uitwisselingen, velden }] of persons) {
    const { soort, waarde, buitenlands }: Named = JSON.parse(text)
    const titles = [...uitwisselingen].flatMap(id => fieldTitles(law, id, [...velden].sort()))
    yield csvLine([
      ...[soort, waarde, buitenlands?.land ?? '', buitenlands?.waarde ?? ''],
      ...[keren, localText(eerste), localText(laatste)],
      [...uitwisselingen].map(id => exchangeName(law, id)).join(', '),
      [...new Set(titles)].join(', '),
    ])
  }
}

export function affectedJson(persons: ReadonlyMap<string, Affected>, law: PolicySet): string {
  const rows = [...persons].map(([text, { keren, eerste, laatste, uitwisselingen, velden }]) => ({
    betrokkene: JSON.parse(text),
    aantalKeren: keren,
    eersteKeer: iso(eerste),
    laatsteKeer: iso(laatste),
    uitwisselingen: [...uitwisselingen].map(id => exchangeName(law, id)),
    velden: [...velden].sort(),
  }))
  return `${JSON.stringify(rows, null, 2)}\n`
}
