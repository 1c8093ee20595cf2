// Is this base64 the one spelling of these bytes? (RFC 4648 §3.5: no stray bits, no other padding.)

/** Bytes of standard padded base64, or undefined. */
export function readBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

/** Bytes of unpadded base64url, or undefined. */
export function readBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/** A SHA-256 hash in standard base64, or undefined. */
export function readHash(text: string): Buffer | undefined {
  const bytes = readBase64(text)
  return bytes?.length === 32 ? bytes : undefined
}
