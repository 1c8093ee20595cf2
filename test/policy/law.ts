// The shipped law and variants of it, and requests to judge by it.
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { SourceAnswer } from '../../gateway/adapter.ts'
import { decide } from '../../gateway/policy/decide.ts'
import type { PolicyFault, PolicySet } from '../../gateway/policy/law.ts'
import { loadPolicies, readPolicies } from '../../gateway/policy/load.ts'
import { exchangeTerms, permit } from '../../gateway/policy/permit.ts'
import { question } from '../../gateway/policy/question.ts'
import type {
  Facts,
  PermittedExchange,
  Profile,
  PurposeRequest,
  Question,
  Receipt,
  RequestBody,
} from '../../gateway/terms.ts'
import { removeTree } from '../support/directory.ts'

export const policyDir = resolve(import.meta.dirname, '../../policies')
export const shipped = await loadPolicies(policyDir, 'test')

export const oins = {
  waterstad: '00000099000000001000',
  dijkdorp: '00000099000000002000',
  delta: '00000099000000003000',
  uwv: '00000099000000004000',
  svb: '00000099000000005000',
  dijk: '00000099000000012000',
  ib: '00000099000000006000',
  toeslagen: '00000099000000007000',
  fiod: '00000099000000008000',
  igss: '00000008000000002000',
} as const

/** Edits per file: replace one piece of text by another, write it whole, or take it away. */
export type Edits = Readonly<Record<string, string | null | readonly (readonly [string, string])[]>>

/** Runs `use` on a copy of the shipped policies with these edits. */
export async function edited<T>(edits: Edits, use: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-policies-'))
  try {
    cpSync(policyDir, dir, { recursive: true })
    for (const [path, edit] of Object.entries(edits)) {
      const file = join(dir, path)
      if (edit === null) {
        rmSync(file)
        continue
      }
      if (typeof edit === 'string') {
        writeFileSync(file, edit)
        continue
      }
      let text = readFileSync(file, 'utf8')
      for (const [from, to] of edit) {
        if (!text.includes(from)) throw new Error(`${path} does not hold: ${from}`)
        text = text.replace(from, to)
      }
      writeFileSync(file, text)
    }
    return await use(dir)
  } finally {
    removeTree(dir)
  }
}

export async function faultsOf(
  edits: Edits,
  profile: Profile = 'test',
): Promise<readonly PolicyFault[]> {
  return await edited(edits, async dir => (await readPolicies(dir, profile)).faults)
}

/** The shipped law with edits. The shipped cases may no longer hold for it; nothing else may be wrong. */
export async function variant(edits: Edits): Promise<PolicySet> {
  const { law, faults } = await edited(edits, dir => readPolicies(dir, 'test'))
  const others = faults.filter(
    one => !/dit geval klopt niet|geen enkel geval|^afgesproken is /.test(one.message),
  )
  assert.deepEqual(others, [])
  return law
}

/** What Servicecentrum Delta may do for others; take it away to give it something else. */
export const deltaTies =
  /, vertegenwoordigt: \[[^\]]*\][^\]]*\][^\]]*\](?= \})/.exec(
    readFileSync(join(policyDir, 'partijen/demo.yaml'), 'utf8'),
  )?.[0] ?? ''

export const noon = Date.parse('2026-09-15T12:00:00+02:00')
export const nothingOpen: Facts = { treden: [], noodrem: [] }
export const amountsOpen: Facts = { treden: ['bedragen'], noodrem: [] }

/** A question the shipped law allows; change it to see it refused. */
export function asked(change: Partial<Question> = {}): Question {
  return {
    uitwisseling: 'uwv-inkomsten-bijstand',
    ontvanger: oins.waterstad,
    velden: ['heeftInkomstenverhouding'],
    sleutel: 'bsn',
    periode: { van: '2026-05-01', totEnMet: '2026-07-31' },
    parameters: { leefvorm: 'alleenstaande' },
    zaak: true,
    functie: 'inkomensconsulent',
    systeemproces: false,
    ...change,
  }
}

export function without(question: Question, member: keyof Question): Question {
  const { [member]: _, ...rest } = question
  return rest as Question
}

/** The reason codes `decide` gives, in its order. */
export function codes(
  question: Question,
  { law = shipped, now = noon, facts = nothingOpen } = {},
): string[] {
  return decide(question, facts, law, now).redenen.map(reason => reason.code)
}

export const bsn = '999990019'

export function request(change: Partial<RequestBody> = {}, ontvanger: string = oins.waterstad) {
  const party = shipped.partijen.get(ontvanger)
  if (!party) throw new Error('unknown party in a test')
  const identity = { oin: ontvanger, naam: 'test', thumbprint: '', chain: [], validUntil: 0 }
  const body: RequestBody = {
    betrokkene: { soort: 'bsn', waarde: bsn },
    velden: ['heeftInkomstenverhouding'],
    periode: { van: '2026-05-01', totEnMet: '2026-07-31' },
    parameters: { leefvorm: 'alleenstaande' },
    zaak: '2026-000123',
    medewerker: { id: 'u-4711', functie: 'inkomensconsulent' },
    ...change,
  }
  return {
    transactie: '01990000-0000-7000-8000-000000000001',
    trace: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
    tijd: noon,
    peer: { party, identity },
    uitwisseling: 'uwv-inkomsten-bijstand',
    body,
  } satisfies PurposeRequest
}

/** Stands for audit/commit.ts, which alone makes receipts in the product. */
export function receiptFor(made: PurposeRequest): Receipt {
  const logregel = JSON.stringify({ transactie: made.transactie })
  return { log: 'gewoon', index: 0, logregel, tlogProof: () => '' } as unknown as Receipt
}

export function permitted(
  change: Partial<RequestBody> = {},
  { law = shipped, facts = amountsOpen, ontvanger = oins.waterstad as string } = {},
): PermittedExchange {
  const made = request(change, ontvanger)
  const decision = decide(question(made, law), facts, law, noon)
  return permit(made, decision, receiptFor(made), exchangeTerms(made, law))
}

export type Row = Readonly<Record<string, unknown>>

/** An answer of a source that is complete for months that are over. */
export function answered(
  rijen: readonly Row[],
  change: Partial<Extract<SourceAnswer, { resultaat: 'gegevens' }>['herkomst']> = {},
): Extract<SourceAnswer, { resultaat: 'gegevens' }> {
  return {
    resultaat: 'gegevens',
    betrokkene: bsn,
    rijen,
    herkomst: {
      peildatum: '2026-08-31',
      volledigTotEnMet: '2026-07-31',
      inOnderzoek: [],
      kwaliteit: 'A',
      ...change,
    },
  }
}

/** One row per month of a relation, as adapters give them. */
export function relation(
  relatie: number,
  soort: string,
  months: readonly string[],
  loonSv: number,
  extra: Row = {},
): Row[] {
  return months.map(month => ({
    relatie,
    volgnummer: 1,
    datumAanvang: '2025-03-01',
    soortInkomstenverhouding: soort,
    tijdvak: { van: `${month}-01`, tot: lastDay(month) },
    loonSv,
    aantalVerloondeUren: 40,
    naamInhoudingsplichtige: 'Bakkerij De Korst',
    loonheffingennummer: '900000004L01',
    fiNummer: '900000004',
    indicatieWajong: false,
    alimentatieRechtstreeks: 0,
    ...extra,
  }))
}

function lastDay(month: string): string {
  const [year, index] = month.split('-').map(Number) as [number, number]
  return new Date(Date.UTC(year, index, 0)).toISOString().slice(0, 10)
}
