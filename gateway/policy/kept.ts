// Which sets ever decided? Each is kept by its digest, to be taken over by other processes and replayed years later.
import { createHash } from 'node:crypto'
import type { Store } from '../store.ts'
import type { Moment, Profile } from '../terms.ts'
import type { PolicyFile, PolicySet } from './law.ts'
import { loadTexts, readKept } from './load.ts'

/** False when this set was kept before. */
export async function keepPolicySet(store: Store, law: PolicySet, now: Moment): Promise<boolean> {
  const made = await store.query(
    `insert into policy.policy_set (digest, tijd, bestanden) values ($1, $2, $3)
     on conflict (digest) do nothing returning digest`,
    [law.digest, now, JSON.stringify(law.files.map(({ path, text }) => ({ path, text })))],
  )
  return made.length > 0
}

/** @throws when there is no such set, or when its files are not those of the digest */
export async function loadKept(store: Store, digest: string, profile: Profile): Promise<PolicySet> {
  const texts = await readTexts(store, digest)
  if (!texts) throw new Error('dit beleid is niet bewaard')
  const law = loadTexts(texts, profile)
  if (law.digest !== digest) throw new Error('het bewaarde beleid is niet dat van zijn digest')
  return law
}

/** To decide again as then: the linter of today does not judge it. Undefined when it was not kept. */
export async function findKept(
  store: Store,
  digest: string,
  profile: Profile,
): Promise<PolicySet | undefined> {
  const texts = await readTexts(store, digest)
  const hashed = texts?.map(file => ({
    ...file,
    sha256: createHash('sha256').update(file.text).digest('hex'),
  }))
  return hashed && readKept(hashed, digest, profile)
}

async function readTexts(
  store: Store,
  digest: string,
): Promise<readonly Pick<PolicyFile, 'path' | 'text'>[] | undefined> {
  const [row] = await store.query<{ bestanden: readonly Pick<PolicyFile, 'path' | 'text'>[] }>(
    'select bestanden from policy.policy_set where digest = $1',
    [digest],
  )
  return row?.bestanden
}
