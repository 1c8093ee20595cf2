// What is asked? Bytes of a hostile world become a typed question, or every fault in them.
import { type Fault, Problem } from '../problem.ts'
import type {
  ActivitiesBody,
  ApprovalBody,
  CaseBody,
  CorrectionBody,
  DataSubject,
  DisclosuresBody,
  DoubtBody,
  ForeignId,
  LineBody,
  Profile,
  RequestBody,
} from '../terms.ts'
import { bsnFault, holdsBsn } from './bsn.ts'
import { foreignFault, holdsInsz } from './foreign.ts'
import { readJson } from './json.ts'

/** The schema's guard: the body, or every fault in it. */
type Check<Body> = (value: unknown) => Body | readonly Fault[]

/**
 * Reads the body of `_zoek`, or a line that is handed over: strict JSON, then schema, then what a schema
 * cannot say. `persoonsvelden` are the fields of this exchange that hold the number of another person.
 * @throws Problem ongeldig-verzoek with all faults as JSON pointers, never a value
 */
export function readBody(
  bytes: Buffer,
  check: Check<RequestBody>,
  profile: Profile,
  persoonsvelden: readonly string[] = [],
): RequestBody {
  return read(bytes, check, body => questionFaults(body, profile, persoonsvelden))
}

/** What nobody named is the machine that made the file. */
const machine = 'levering'

/** Reads one line of a file in the same way, as the request that it stands for. */
export function readLine(
  bytes: Buffer,
  check: Check<LineBody>,
  profile: Profile,
  persoonsvelden: readonly string[],
): RequestBody {
  const line = read(bytes, check, body => questionFaults(body, profile, persoonsvelden))
  const { velden = Object.keys(line.gegevens), medewerker } = line
  const { systeemproces = medewerker ? undefined : machine } = line
  return { ...line, velden, ...(systeemproces && { systeemproces }) }
}

function questionFaults(
  body: RequestBody | LineBody,
  profile: Profile,
  persoonsvelden: readonly string[],
): Fault[] {
  return [
    ...personFaults('/betrokkene', body.betrokkene, profile),
    ...namedFaults(body, persoonsvelden, profile),
    ...foreignFaults(body.buitenlands, profile),
    ...periodFaults(body),
    ...hiddenNumbers({
      '/zaak': body.zaak,
      '/medewerker/id': body.medewerker?.id,
      '/systeemproces': body.systeemproces,
      '/motivering/toelichting': body.motivering?.toelichting,
      ...handedTexts(body, persoonsvelden),
    }),
  ]
}

/** Reads the body of `POST /v1/zaken` in the same way. */
export function readCaseBody(bytes: Buffer, check: Check<CaseBody>, profile: Profile): CaseBody {
  return read(bytes, check, body => [
    ...hiddenNumbers({ '/zaak': body.zaak }),
    ...body.betrokkenen.flatMap(({ betrokkene }, i) =>
      personFaults(`/betrokkenen/${i}/betrokkene`, betrokkene, profile),
    ),
  ])
}

/** Reads the body of `POST /v1/verstrekkingen/_zoek` in the same way. */
export function readDisclosuresBody(
  bytes: Buffer,
  check: Check<DisclosuresBody>,
  profile: Profile,
): DisclosuresBody {
  return read(bytes, check, body => [
    ...personFaults('/betrokkene', body.betrokkene, profile),
    ...periodFaults(body),
  ])
}

/** Reads the body of `POST /v1/correcties` in the same way; whether the value fits its field, the law says. */
export function readCorrectionBody(
  bytes: Buffer,
  check: Check<CorrectionBody>,
  profile: Profile,
): CorrectionBody {
  return read(bytes, check, body => [
    ...personFaults('/betrokkene', body.betrokkene, profile),
    ...periodFaults(body),
    ...hiddenNumbers({ '/waarde': textsIn(body.waarde) }),
  ])
}

/** Reads the body of `POST /v1/terugmeldingen` in the same way. */
export function readDoubtBody(bytes: Buffer, check: Check<DoubtBody>): DoubtBody {
  return read(bytes, check, body =>
    hiddenNumbers({ '/waarde': textsIn(body.waarde), '/toelichting': body.toelichting }),
  )
}

/** Reads the body of an approval: a signed statement, judged elsewhere. */
export function readApprovalBody(bytes: Buffer, check: Check<ApprovalBody>): ApprovalBody {
  return read(bytes, check, () => [])
}

/** Reads a body that can name nobody: what its schema says is all. */
export function readPlainBody<Body extends object>(bytes: Buffer, check: Check<Body>): Body {
  return read(bytes, check, () => [])
}

/** Reads what processing is asked for; something must be named (LDV read extension), and a number must be a BSN. */
export function readActivitiesBody(
  bytes: Buffer,
  check: Check<ActivitiesBody>,
  profile: Profile,
): ActivitiesBody {
  return read(bytes, check, body => {
    const { traceId, startTime = 0, endTime = startTime } = body
    const activity = body['dpl.core.processing_activity_id']
    const subject = body['dpl.core.data_subject_id']
    const bsn = subject !== undefined && /^[0-9]{9}$/.test(subject) && bsnFault(subject, profile)
    const late = startTime > endTime
    return [
      ...((traceId ?? activity ?? subject) ? [] : [{ pointer: '', melding: nothingNamed }]),
      ...(bsn ? [{ pointer: '/dpl.core.data_subject_id', melding: bsn }] : []),
      ...(late ? [{ pointer: '/endTime', melding: 'ligt voor het begin van de periode' }] : []),
      ...hiddenNumbers({ '/dpl.core.processing_activity_id': activity }),
    ]
  })
}

const nothingNamed =
  'noem minstens één van traceId, dpl.core.processing_activity_id en dpl.core.data_subject_id'

function read<Body extends object>(
  bytes: Buffer,
  check: Check<Body>,
  further: (body: Body) => readonly Fault[],
): Body {
  const body = check(readJson(bytes))
  if (isFaults(body)) throw invalid(body)
  const faults = further(body)
  if (faults.length > 0) throw invalid(faults)
  return body
}

/** A person's number belongs in one place; elsewhere nobody would know that it must be hidden (UAVG art. 46). */
function hiddenNumbers(members: Readonly<Record<string, string | undefined>>): Fault[] {
  return Object.entries(members).flatMap(([pointer, text = '']) => {
    if (holdsBsn(text)) {
      return [{ pointer, melding: 'bevat cijfers die een burgerservicenummer kunnen zijn' }]
    }
    return holdsInsz(text)
      ? [{ pointer, melding: 'bevat cijfers die een Belgisch nummer (INSZ) kunnen zijn' }]
      : []
  })
}

/** In a field that is there for the number of a person, nothing but such a number. */
function namedFaults(
  { gegevens = {} }: Pick<RequestBody, 'gegevens'>,
  persoonsvelden: readonly string[],
  profile: Profile,
): Fault[] {
  return persoonsvelden.flatMap(name => {
    const value = Object.hasOwn(gegevens, name) ? gegevens[name] : undefined
    const melding = typeof value === 'string' && bsnFault(value, profile)
    return melding ? [{ pointer: `/gegevens/${name}`, melding }] : []
  })
}

/** Every other text of what is handed over, under its pointer. */
function handedTexts(
  { gegevens = {} }: Pick<RequestBody, 'gegevens'>,
  persoonsvelden: readonly string[],
): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(gegevens)) {
    if (persoonsvelden.includes(name)) continue
    const text = [value].flat().filter(one => typeof one === 'string')
    if (text.length > 0) texts[`/gegevens/${name}`] = text.join('\n')
  }
  return texts
}

/** Every text in a value, however deep, and every name in it. */
function textsIn(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return ''
  return Object.entries(value)
    .flatMap(([name, one]) => [name, textsIn(one)])
    .join('\n')
}

/** UAVG art. 46: a number that is no BSN is never looked up. */
function personFaults(pointer: string, person: DataSubject | undefined, profile: Profile): Fault[] {
  const melding = person && bsnFault(person.waarde, profile)
  return melding ? [{ pointer: `${pointer}/waarde`, melding }] : []
}

function foreignFaults(foreign: ForeignId | undefined, profile: Profile): Fault[] {
  const fault = foreign && foreignFault(foreign, profile)
  return fault ? [{ pointer: `/buitenlands/${fault.member}`, melding: fault.melding }] : []
}

function periodFaults(body: Pick<RequestBody, 'periode'>): Fault[] {
  const { periode } = body
  if (!periode || periode.van <= periode.totEnMet) return []
  return [{ pointer: '/periode/totEnMet', melding: 'ligt voor het begin van de periode' }]
}

function isFaults<T extends object>(value: T | readonly Fault[]): value is readonly Fault[] {
  return Array.isArray(value)
}

function invalid(fouten: readonly Fault[]): Problem {
  return new Problem('ongeldig-verzoek', 'Het bericht klopt niet; zie de lijst met fouten.', {
    members: { fouten },
  })
}
