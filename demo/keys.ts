// How do the keys of the demo get into its law? A copy of the policy folder, with the public half of every key.
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isMap, isSeq, parseDocument } from 'yaml'
import { approvers, keyUses, partyHolders } from '../certs/names.ts'
import { thumbprint } from '../gateway/policy/party-keys.ts'

/** A fixed day, so that a set made again of the same keys has the same digest. */
const since = '2026-01-01'

/**
 * Makes `target` (which may be `policyDir` itself) the same law with these keys, and returns it. What is
 * right already is not written, so a gateway that runs on it never sees half of it.
 */
export async function withDemoKeys(
  policyDir: string,
  pkiDir: string,
  target: string,
): Promise<string> {
  const files = await yamlIn(policyDir)
  const keys = await membersByOin(pkiDir)
  for (const path of files) {
    const text = await readFile(join(policyDir, path), 'utf8')
    await writeChanged(join(target, path), /^partijen\//.test(path) ? registered(text, keys) : text)
  }
  const extra = (await yamlIn(target)).filter(path => !files.includes(path))
  for (const path of extra) await rm(join(target, path))
  return target
}

async function yamlIn(dir: string): Promise<readonly string[]> {
  const names = await readdir(dir, { recursive: true })
  return names.filter(name => name.endsWith('.yaml')).map(name => name.replaceAll('\\', '/'))
}

async function writeChanged(file: string, text: string): Promise<void> {
  const there = await readFile(file, 'utf8').catch(() => undefined)
  if (there === text) return
  await mkdir(dirname(file), { recursive: true })
  const beside = `${file}.${randomUUID()}`
  await writeFile(beside, text)
  await rename(beside, file)
}

type Members = Record<string, readonly object[]>

/** `sleutels` and `goedkeurders` of every party that has keys on this machine. */
async function membersByOin(pkiDir: string): Promise<ReadonlyMap<string, Members>> {
  const byOin = new Map<string, Members>()
  for (const { name, oin } of partyHolders) {
    const sleutels = []
    for (const gebruik of Object.keys(keyUses)) {
      const jwk = await publicHalf(join(pkiDir, 'sleutels', `${name}-${gebruik}.jwk`))
      sleutels.push({ id: thumbprint(jwk), gebruik, jwk, geldigVan: since })
    }
    byOin.set(oin, { sleutels })
  }
  for (const { id, oin, functie } of approvers) {
    const jwk = await publicHalf(join(pkiDir, 'goedkeurders', `${id}.jwk`))
    const { goedkeurders = [], ...others } = byOin.get(oin) ?? {}
    const one = { id, functie, jwk, geldigVan: since }
    byOin.set(oin, { ...others, goedkeurders: [...goedkeurders, one] })
  }
  return byOin
}

async function publicHalf(file: string): Promise<Readonly<Record<string, unknown>>> {
  const { kty, crv, x, y, alg } = JSON.parse(await readFile(file, 'utf8'))
  return { kty, crv, x, y, alg }
}

/** A party that has such members of its own keeps those. */
function registered(text: string, keys: ReadonlyMap<string, Members>): string {
  const document = parseDocument(text)
  const parties = document.get('partijen')
  // Who loads it says what is wrong with it.
  if (document.errors.length > 0 || !isSeq(parties)) return text
  for (const party of parties.items) {
    if (!isMap(party)) continue
    const members = keys.get(String(party.get('oin'))) ?? {}
    for (const [name, value] of Object.entries(members)) {
      if (!party.has(name)) party.set(name, document.createNode(value, { flow: true }))
    }
  }
  return document.toString({ lineWidth: 0 })
}
