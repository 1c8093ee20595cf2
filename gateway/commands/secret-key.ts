// Whose secret key is this? A private JWK out of a file that nobody else can read.
import { readFile, stat } from 'node:fs/promises'
import type { Approver } from '../terms.ts'
import { UsageError } from './command.ts'

/** A key that others on the machine can read proves nobody. */
export async function readPrivateKey(file: string): Promise<Approver['jwk']> {
  if (((await stat(file)).mode & 0o077) !== 0) {
    throw new UsageError('--sleutel is leesbaar voor anderen (chmod 600)')
  }
  const text = await readFile(file, 'utf8')
  try {
    const jwk: unknown = JSON.parse(text)
    if (typeof jwk === 'object' && jwk !== null && 'kty' in jwk && 'd' in jwk) return { ...jwk }
  } catch {} // told below, and never what stood in it
  throw new UsageError('--sleutel is geen geheime sleutel als JWK')
}
