// Which certificates are there, and would this one be let in? Issues the development PKI and judges a
// certificate as the exchange listener does.
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  readCertPolicies,
  readPolicyDir,
  readProfile,
  readStorePlace,
  readTrustDir,
} from '../config.ts'
import { identityOf } from '../peer/certificate.ts'
import { admit } from '../peer/party.ts'
import { notAdmitted } from '../peer/reason.ts'
import { openRevocation } from '../peer/revocation.ts'
import { readCertificates } from '../peer/trust.ts'
import { loadPolicies } from '../policy/load.ts'
import { Problem } from '../problem.ts'
import type { Identity, Party } from '../terms.ts'
import { type Command, type Io, readArguments, UsageError } from './command.ts'

type Verdict =
  | { readonly toegelaten: true; readonly identity: Identity; readonly party: Party }
  | { readonly toegelaten: false; readonly reden: string; readonly uitleg: string }

export const commands: readonly Command[] = [
  {
    name: 'certs issue',
    usage: '[map] [--host <naam of adres>]… [--json]',
    async run(args, io) {
      const { values, positionals } = readArguments(
        args,
        { host: { type: 'string', multiple: true } },
        1,
      )
      const dir = resolve(positionals[0] ?? join(readStorePlace(io.env).dataDir, 'pki'))
      const { issueDevelopmentPki } = await import('../../certs/issue.ts')
      await issueDevelopmentPki(dir, { clock: io.clock, hosts: values.host ?? [] })
      io.out(
        values.json ? `${JSON.stringify({ map: dir })}\n` : `Ontwikkelcertificaten in ${dir}\n`,
      )
      return 0
    },
  },
  {
    name: 'cert check',
    usage: '<keten.pem> [--at <tijd>] [--trust <map>] [--json]',
    async run(args, io) {
      const { values, positionals } = readArguments(
        args,
        { at: { type: 'string' }, trust: { type: 'string' } },
        1,
      )
      const [file] = positionals
      if (file === undefined) throw new UsageError('welk certificaat?')
      const now = readMoment(values.at, io)
      const pem = await readFile(file, 'utf8')
      const verdict = await judge(pem, values.trust ?? readTrustDir(io.env), now, io)
      io.out(values.json ? `${JSON.stringify(asJson(verdict))}\n` : asText(verdict))
      return verdict.toegelaten ? 0 : 1
    },
  },
]

/** The steps of the listener: identity from the leaf, then admission at this moment. */
async function judge(pem: string, trustDir: string, now: number, io: Io): Promise<Verdict> {
  const profile = readProfile(io.env)
  const law = await loadPolicies(readPolicyDir(io.env), profile)
  await using revocation = await openRevocation({
    trustDir,
    stateDir: readStorePlace(io.env).dataDir,
    forgetful: true,
    profile,
    policies: readCertPolicies(io.env),
    clock: () => now,
    onAlarm: (_alarm, { file, reden }) => io.err(`${file}: ${reden}\n`),
  })
  try {
    const identity = identityOf(readLeaf(pem), revocation.rules())
    const { party } = admit(identity, law.partijen, revocation, now)
    return { toegelaten: true, identity, party }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { toegelaten: false, reden: error.reden, uitleg: error.detail }
  }
}

function readLeaf(pem: string) {
  try {
    const [leaf] = readCertificates(pem)
    if (leaf !== undefined) return leaf.x509
  } catch {
    // falls through: malformed evidence is judged, not an error of ours
  }
  throw notAdmitted('certificaat-onleesbaar')
}

function readMoment(at: string | undefined, io: Io): number {
  if (at === undefined) return io.clock()
  const moment = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(at) ? Date.parse(at) : NaN
  if (Number.isNaN(moment)) throw new UsageError('--at is een datum of een tijd in RFC 3339')
  return moment
}

function asJson(verdict: Verdict): Record<string, unknown> {
  if (!verdict.toegelaten) return { ...verdict }
  const { identity, party } = verdict
  return {
    toegelaten: true,
    oin: identity.oin,
    partij: party.naam,
    soort: party.soort,
    geldigTot: new Date(identity.validUntil).toISOString(),
    vingerafdruk: identity.thumbprint,
  }
}

function asText(verdict: Verdict): string {
  if (!verdict.toegelaten) return `Niet toegelaten (${verdict.reden}): ${verdict.uitleg}\n`
  const { identity, party } = verdict
  const until = new Date(identity.validUntil).toISOString()
  return `Toegelaten: ${party.naam} (${party.soort}), OIN ${identity.oin}, tot ${until}\n`
}
