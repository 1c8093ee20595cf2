import { EpochChanged } from './audit/writer.ts'
import { bring, tell } from './bring.ts'
import type { Change } from './delivery/requests.ts'
import { decideAgain, endRefused, needsApprovalOnly } from './kept.ts'
import { release } from './release.ts'
import { end, nextDue, note, reopen, type Task, taskOf, type Work, type WorkRooms } from './step.ts'

/** More than any request needs in a row: after this the doorbell must ring again. */
const maxSteps = 8

/** Does everything that is due now. Ordinary failures set the next moment in its row; only a broken house throws. */
export async function resume(
  verzoek: string,
  rooms: WorkRooms,
  signal: AbortSignal,
): Promise<void> {
  // A step towards another partner waits for its own bell: one that is slow keeps nobody else waiting.
  let wachtrij: string | undefined
  for (let steps = 0; steps < maxSteps && !signal.aborted; steps++) {
    const law = rooms.policies.current()
    const at = { now: rooms.clock(), epoch: law.epoch, wachtrij }
    const row = await rooms.requests.claim(verzoek, at)
    if (!row) return
    wachtrij = row.wachtrij
    await advance({ row, law, rooms, signal })
  }
}

/** How each thing is done; step.ts says when, and in which order. */
const tasks: Readonly<Record<Task, (work: Work) => Promise<unknown>>> = {
  expire: work => end(work, 'verlopen', 'TERMIJN_VERSTREKEN'),
  forgo: work => end(work, 'verlopen', 'NIET_OPGEHAALD'),
  purge: work =>
    note(work, 'einde', { uitkomst: 'gewist' }, { vanaf: work.rooms.clock(), purged: true }),
  remind,
  giveUp,
  release,
  judge,
  tell,
  bring,
}

async function advance(work: Work): Promise<void> {
  const { row, law, rooms } = work
  const now = rooms.clock()
  const task = taskOf(row, law, now)
  if (!task) {
    await rooms.requests.change(row, { vanaf: nextDue(row, law) })
    return
  }
  try {
    await tasks[task](work)
  } catch (error) {
    if (!(error instanceof EpochChanged)) throw error
    // Nothing was recorded: the law that is in force since decides.
    await rooms.policies.follow()
    await rooms.requests.change(row, { vanaf: now })
  }
}

/** The law changed while it waited: may it still? Nothing leaves, so only a no is recorded. */
async function judge(work: Work): Promise<void> {
  const { row, law, rooms } = work
  const again = reopen(work)
  if (!again) return await end(work, 'geweigerd', 'DOEL_ONBEKEND')
  const judged = await decideAgain(row, again, law, rooms)
  const waits = row.staat === 'wacht-op-goedkeuring' && needsApprovalOnly(judged.decision)
  if (judged.decision.uitkomst === 'toegestaan' || waits) {
    await rooms.requests.change(row, { vanaf: rooms.clock(), epoch: law.epoch })
    return
  }
  await endRefused(row, again.request, judged, rooms)
}

/** A dead letter: what was asked is kept until its last moment, for an operator who has it done again. */
async function giveUp(work: Work): Promise<void> {
  const { row, rooms } = work
  const reden = row.reden ?? 'interne-fout'
  const change: Change = { staat: 'mislukt', vanaf: rooms.clock(), reden }
  await note(work, 'einde', { uitkomst: 'mislukt', redenen: [{ code: reden }] }, change)
  if (row.log === 'gewoon') {
    rooms.alarm('verzoek-mislukt', { uitwisseling: row.uitwisseling, verzoek: row.verzoek })
  }
}

/** It lasts: its asker hears so, and the log holds that it did. */
async function remind(work: Work): Promise<void> {
  const { row, rooms } = work
  if (row.log === 'gewoon') {
    rooms.alarm('verzoek-wacht-lang', { uitwisseling: row.uitwisseling, staat: row.staat })
  }
  const change: Change = { herinnerd: row.herinnerd + 1, vanaf: rooms.clock() }
  await note(work, 'herinnering', { uitkomst: 'herinnerd' }, change)
}
