// Row g: from acceptance to delivery: requests are taken in, answered, sealed and brought to their asker, who asks again.
import { setTimeout as wait } from 'node:timers/promises'
import { clientAgent, goodBody, send } from '../test/support/gateway.ts'
import type { Taken } from '../test/support/receiver.ts'
import { type Figures, figures } from './support.ts'

/** So many are under way at once: enough to fill groups, few enough that nothing waits for long. */
const underway = 512
const path = '/v1/uitwisselingen/uwv-inkomsten-bijstand/verzoeken'

/** One receiver in this process for every row; who measures listens. */
export interface Bringing {
  readonly pkiDir: string
  readonly listen: (onTaken: (taken: Taken) => void) => void
}

/** Deliveries per second, and how long each took from the call that asked for it. */
export async function measureDeliveries(
  { pkiDir, listen }: Bringing,
  port: number,
  seconds: number,
): Promise<Figures> {
  const agent = clientAgent(pkiDir, 'gemeente-dijkdorp')
  const asked = new Map<string, number>()
  const early = new Set<string>()
  const times: number[] = []
  let going = true
  let counting = false
  let open = 0
  let number = 0
  const ended = Promise.withResolvers<void>()
  const failed = Promise.withResolvers<never>()

  function ask(): void {
    if (!going) {
      if (open === 0) ended.resolve()
      return
    }
    open++
    const began = performance.now()
    const body = { ...goodBody(), zaak: `z-${number++}` }
    send(agent, port, { path, body })
      .then(({ status, text }) => {
        if (status !== 202) throw new Error(`${status}: ${text}`)
        const { verzoek } = JSON.parse(text)
        asked.set(verzoek, began)
        if (early.delete(verzoek)) taken(verzoek)
      })
      .catch(failed.reject)
  }

  function taken(verzoek: string): void {
    const began = asked.get(verzoek)
    if (began === undefined) {
      early.add(verzoek) // it was there before its acceptance was heard
      return
    }
    asked.delete(verzoek)
    if (counting) times.push(performance.now() - began)
    open--
    ask()
  }

  listen(({ verzoek }) => taken(verzoek))
  for (let i = 0; i < underway; i++) ask()
  await Promise.race([wait((seconds * 1_000) / 4), failed.promise])
  counting = true
  const began = performance.now()
  await Promise.race([wait(seconds * 1_000), failed.promise])
  counting = false
  const rps = Math.round((times.length * 1_000) / (performance.now() - began))
  going = false
  await Promise.race([ended.promise, failed.promise])
  agent.destroy()
  return { ...figures(times), rps }
}
