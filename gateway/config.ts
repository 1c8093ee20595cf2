// Which settings does this process run with? The only reader of the environment.
import { join, resolve } from 'node:path'
import type { Profile } from './terms.ts'

type Env = NodeJS.ProcessEnv

const packageDir = resolve(import.meta.dirname, '..')

/** Where state lives: the database URL, or the data directory of the embedded database. */
export function readStorePlace(env: Env): { url?: string; dataDir: string } {
  const dataDir = resolve(env.SLUIS_DATA_DIR || 'data')
  return env.DATABASE_URL ? { url: env.DATABASE_URL, dataDir } : { dataDir }
}

export function readKeysDir(env: Env): string {
  return resolve(env.SLUIS_KEYS_DIR || join(readStorePlace(env).dataDir, 'keys'))
}

export function readPolicyDir(env: Env): string {
  return resolve(env.SLUIS_POLICY_DIR || join(packageDir, 'policies'))
}

export function readTrustDir(env: Env): string {
  return resolve(env.SLUIS_TRUST_DIR || join(readStorePlace(env).dataDir, 'pki', 'trust'))
}

export function readProfile(env: Env): Profile {
  return env.SLUIS_PROFIEL === 'productie' ? 'productie' : 'test'
}
