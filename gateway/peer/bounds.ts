// How much may a certificate ask of us? Far above what any honest one holds (PKIoverheid: 3 kB, some
// ten extensions, one policy), and refused before it costs anything.
export const bounds = {
  /** DER of one certificate. */
  bytes: 16_384,
  extensions: 32,
  /** In one distinguished name. */
  attributes: 32,
  /** subjectAltName. */
  names: 128,
  /** Permitted and excluded subtrees of one issuer. */
  subtrees: 128,
  policies: 32,
  mappings: 32,
  /** Issuers between a leaf and its anchor, the anchor included. */
  depth: 6,
  /** Signatures checked in search of one path. */
  searches: 32,
  /** One CRL file: over a million entries. */
  crlBytes: 64 * 1024 * 1024,
} as const
