// The shipped law and variants of it, and requests to judge by it.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { SourceAnswer } from '../../gateway/adapter.ts'
import { decide } from '../../gateway/policy/decide.ts'
import type { PolicyFault, PolicySet } from '../../gateway/policy/law.ts'
import {
  type KnownTrees,
  loadPolicies,
  type PolicyText,
  readTexts,
} from '../../gateway/policy/load.ts'
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
/** Most files of most variants are those of the shipped law: each is parsed once in a process. */
export const known: KnownTrees = new Map()
export const shipped = await loadPolicies(policyDir, 'test', known)

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

/** The files of the shipped law with these edits, sorted by nothing. */
export function textsWith(edits: Edits): readonly PolicyText[] {
  const texts = new Map(shipped.files.map(({ path, text }) => [path, text]))
  for (const [path, edit] of Object.entries(edits)) {
    if (edit === null) texts.delete(path)
    else texts.set(path, typeof edit === 'string' ? edit : replaced(path, texts.get(path), edit))
  }
  return [...texts].map(([path, text]) => ({ path, text }))
}

function replaced(
  path: string,
  text: string | undefined,
  edits: readonly (readonly [string, string])[],
): string {
  return edits.reduce((done, [from, to]) => {
    if (!done.includes(from)) throw new Error(`${path} does not hold: ${from}`)
    return done.replace(from, to)
  }, text ?? '')
}

/** Runs `use` on a copy of the shipped policies with these edits, for who needs files. */
export async function edited<T>(edits: Edits, use: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-policies-'))
  try {
    for (const { path, text } of textsWith(edits)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true })
      writeFileSync(join(dir, path), text)
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
  return readTexts(textsWith(edits), profile, known).faults
}

/** The shipped law with edits. The shipped cases may no longer hold for it; nothing else may be wrong. */
export async function variant(edits: Edits): Promise<PolicySet> {
  const { law, faults } = readTexts(textsWith(edits), 'test', known)
  const others = faults.filter(
    one => !one.file.endsWith('.cases.yaml') && !/geen enkel geval/.test(one.message),
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
