// How does an answer wait? Encrypted to a key that its receiver registered (ADR encryption module).
import { CompactEncrypt, compactDecrypt, importJWK } from 'jose'
import type { PartyKey } from '../terms.ts'

/**
 * A compact JWE (RFC 7516) that only the receiver can open.
 * @param keys of the receiver, to encrypt with, that count now; of several the one that began last
 * @throws when there is none
 */
export async function sealAnswer(text: string, keys: readonly PartyKey[]): Promise<string> {
  const [key] = keys.toSorted((a, b) => (a.geldigVan < b.geldigVan ? 1 : -1))
  if (!key) throw new Error('the receiver has no valid encryption key')
  const alg = String(key.jwk.alg)
  return await new CompactEncrypt(new TextEncoder().encode(text))
    .setProtectedHeader({ alg, enc: 'A256GCM', typ: 'JWE', cty: 'application/json', kid: key.id })
    .encrypt(await importJWK({ ...key.jwk }, alg))
}

/** As its receiver opens it. @throws when it is not for this key, or is changed, or is no JWE */
export async function openAnswer(jwe: string, jwk: PartyKey['jwk']): Promise<string> {
  const alg = String(jwk.alg)
  const { plaintext } = await compactDecrypt(jwe, await importJWK({ ...jwk }, alg))
  return new TextDecoder('utf-8', { fatal: true }).decode(plaintext)
}
