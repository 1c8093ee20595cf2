// What happens when a receiver registers a case? Admit, read, judge, record, answer: the order of an exchange.
import { recordCase } from './audit/record.ts'
import { EpochChanged } from './audit/writer.ts'
import {
  type Incoming,
  onlyParties,
  outdated,
  type Rooms,
  reasonsTold,
  signedBy,
} from './exchange.ts'
import { readCaseBody } from './message/read.ts'
import { admit } from './peer/party.ts'
import { casePersonRows, judgeCase } from './policy/case-persons.ts'
import { Problem } from './problem.ts'
import { readCase } from './schema.ts'

/** What is answered when it stands in the log: the relations and the record are one commit. */
export interface Registered {
  readonly transactie: string
  readonly omgeving?: 'test'
  readonly betrokkenen: number
  readonly bewijs: { readonly logregel: string; readonly tlogProof: string }
}

/** @throws Problem: recorded already, or for the listener to hand to `refuse` before answering it */
export async function registerCase(
  incoming: Omit<Incoming, 'uitwisseling' | 'signal'>,
  rooms: Rooms,
): Promise<Registered> {
  const { transactie, trace, tijd, identity } = incoming
  const law = rooms.policies.current()
  if (identity instanceof Problem) throw identity
  const { party } = admit(identity, law.partijen, rooms.revocation, tijd)
  const bytes = await incoming.readBytes()
  const body = onlyParties(readCaseBody(bytes, readCase, rooms.profile), law)
  await signedBy(party, incoming, bytes, rooms)
  const judged = judgeCase(party, body, law, tijd)
  const { log, redenen } = judged
  const rijen = redenen.length > 0 ? [] : casePersonRows(rooms.facts.pseudonym, judged, body, tijd)
  const receipt = await recordCase(
    rooms.audit,
    { transactie, trace, tijd },
    {
      log,
      ontvanger: party.oin,
      body,
      beleid: { id: 'zaakregistratie', versie: law.digest.slice(0, 19), digest: law.digest },
      epoch: law.epoch,
      redenen,
      rijen,
    },
  ).catch(error => {
    if (error instanceof EpochChanged) outdated(error)
    throw error
  })
  // Crash here: the case is registered and nobody told; registering it again changes nothing.
  const bewijs = { logregel: receipt.logregel, tlogProof: receipt.tlogProof() }
  if (redenen.length > 0) {
    const told = reasonsTold(redenen, law)
    throw new Problem('geweigerd', told.map(({ uitleg }) => uitleg).join(' '), {
      recorded: true,
      reden: redenen[0]?.code ?? 'geweigerd',
      members: { redenen: told, bewijs },
    })
  }
  return {
    transactie,
    ...(rooms.profile === 'test' && { omgeving: 'test' }),
    betrokkenen: body.betrokkenen.length,
    bewijs,
  }
}
