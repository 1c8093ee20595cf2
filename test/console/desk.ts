// With what do pages work in a test? The desk of a running gateway, without a browser or a login.
import { recordOfficer } from '../../gateway/audit/record-officer.ts'
import { newCall } from '../../gateway/call.ts'
import type { Desk, Officer, Role, Visit } from '../../gateway/console/page.ts'
import { project } from '../../gateway/console/projection.ts'
import type { House } from '../../gateway/open.ts'
import { loadKept } from '../../gateway/policy/kept.ts'

export function deskOf({ rooms, store, checks }: House, keysDir: string): Desk {
  const { audit, clock, profile, oin, policies } = rooms
  const waiting = new Map<string, string>()
  const laws = new Map<string, ReturnType<Desk['lawOf']>>()
  return {
    store,
    keys: audit.keys,
    keysDir,
    clock,
    profile,
    operator: oin,
    base: 'https://sluis.example',
    law: policies.current,
    lawOf(digest) {
      const law = laws.get(digest) ?? loadKept(store, digest, profile).catch(() => undefined)
      laws.set(digest, law)
      return law
    },
    head: audit.head,
    record: (call, act) => recordOfficer(audit, call, act),
    catchUp: async () => {
      await project(store.query)
    },
    searches: {
      async keep(_officer, text) {
        const id = String(waiting.size)
        waiting.set(id, text)
        return id
      },
      find: async (_officer, id) => waiting.get(id),
    },
    checks,
    certificateEnds: async () => clock() + 10 * 86_400_000,
  }
}

export function officerOf(oin: string, ...rollen: readonly Role[]): Officer {
  return { id: `ambtenaar-${oin}-${rollen[0]}`, naam: 'Privacy officer', oin, rollen }
}

export function visitOf(officer: Officer, changes: Partial<Visit> = {}): Visit {
  return {
    officer,
    rol: officer.rollen[0] ?? 'teamleider',
    call: newCall(Date.now()),
    params: {},
    query: new URLSearchParams(),
    form: new FormData(),
    csrf: 'csrf',
    signal: new AbortController().signal,
    ...changes,
  }
}

export async function joined(texts: AsyncIterable<string | Uint8Array>): Promise<string> {
  const parts: Buffer[] = []
  for await (const text of texts) parts.push(Buffer.from(text))
  return Buffer.concat(parts).toString()
}
