// What must exist before the gateway can serve on a fresh machine? PKI, keys, schema and logs.
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { issueDevelopmentPki } from '../certs/issue.ts'
import { operator } from '../certs/names.ts'
import { createLogs } from '../gateway/audit/create.ts'
import { generateKeys } from '../gateway/audit/keys.ts'
import { demoPolicyDir, readKeysDir, readPolicyDir, readStorePlace } from '../gateway/config.ts'
import { clock } from '../gateway/open.ts'
import { prepareDatabase } from '../gateway/role.ts'
import { openStore } from '../gateway/store.ts'
import { withDemoKeys } from './keys.ts'

/** Disposed last: an embedded database that was opened here serves the gateway too. */
export interface Prepared extends AsyncDisposable {
  /** The environment `readConfig` needs, the caller's own settings first. */
  readonly settings: NodeJS.ProcessEnv
  readonly dataDir: string
  readonly pkiDir: string
  /** Takes over what changed in the shipped law since; nothing, when the law is the caller's own. */
  readonly renewLaw: () => Promise<void>
}

/**
 * Makes what is missing and keeps what is there: also a law of the caller's own. `sources` is the text of
 * SLUIS_SOURCES; `shipped` is the law that the keys of this machine are put in.
 */
export async function prepare(
  environment: NodeJS.ProcessEnv,
  sources: (pkiDir: string) => Promise<string>,
  shipped: string = readPolicyDir({}),
): Promise<Prepared> {
  const { url, dataDir } = readStorePlace(environment)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const pkiDir = join(dataDir, 'pki')
  await issueDevelopmentPki(pkiDir, { clock })
  const sourcesFile = join(dataDir, 'bronnen.yaml')
  await writeFile(`${sourcesFile}.nieuw`, await sources(pkiDir), { mode: 0o600 })
  await rename(`${sourcesFile}.nieuw`, sourcesFile)
  const own = environment.SLUIS_POLICY_DIR
  const policyDir = own || demoPolicyDir(dataDir)
  const renewLaw = async () => {
    if (!own) await withDemoKeys(shipped, pkiDir, policyDir)
  }
  await renewLaw()
  const settings: NodeJS.ProcessEnv = {
    SLUIS_PROFIEL: 'test',
    SLUIS_OIN: operator.oin,
    SLUIS_DATA_DIR: dataDir,
    SLUIS_SOURCES: sourcesFile,
    SLUIS_TLS_CERT: join(pkiDir, 'servers', 'gateway.pem'),
    SLUIS_TLS_KEY: join(pkiDir, 'servers', 'gateway.key'),
    ...environment,
    SLUIS_POLICY_DIR: policyDir,
  }
  const keysDir = readKeysDir(settings)
  await mkdir(keysDir, { recursive: true, mode: 0o700 })
  await generateKeys(keysDir, clock())
  const owner = settings.DATABASE_MIGRATE_URL || url
  await using stack = new AsyncDisposableStack()
  const store = stack.use(await openStore({ ...(owner && { url: owner }), dir: dataDir }))
  await prepareDatabase(store, settings.DATABASE_MIGRATE_URL ? url : undefined)
  await createLogs({ store, keysDir, clock })
  const open = store.embedded ? stack.move() : undefined
  return {
    settings,
    dataDir,
    pkiDir,
    renewLaw,
    [Symbol.asyncDispose]: async () => await open?.disposeAsync(),
  }
}
