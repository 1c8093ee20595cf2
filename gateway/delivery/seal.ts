// How does an answer wait? Encrypted to a key that its receiver registered (ADR encryption module).
import { CompactEncrypt, importJWK } from 'jose'
import type { PartyKey } from '../terms.ts'

export async function sealAnswer(text: string, keys: readonly PartyKey[]): Promise<string> {
  const [key] = keys
  if (!key) throw new Error('the receiver has no valid encryption key')
  const alg = String(key.jwk.alg)
  return await new CompactEncrypt(new TextEncoder().encode(text))
    .setProtectedHeader({ alg, enc: 'A256GCM', typ: 'JWE', cty: 'application/json', kid: key.id })
    .encrypt(await importJWK({ ...key.jwk }, alg))
}
