// How much may one caller ask of us? Every limit of the exchange listener, with its unit and reason.

export const limits = {
  /** Bytes. The largest request of the catalogue is under 4 KiB; the schema's longest under 32. */
  bodyBytes: 64 * 1024,
  /** Bytes of the request line and all headers together; Node answers 431 above it. */
  headerBytes: 16 * 1024,
  /** Headers; an honest call carries a dozen. */
  headers: 100,
  /** Nesting of arrays and objects; the contract needs four. Keeps every later recursion shallow. */
  jsonDepth: 32,
  /** Milliseconds for the TLS handshake: half a ClientHello holds nothing for long. */
  handshakeMs: 10_000,
  /** Milliseconds until the last header: slow headers. */
  headersMs: 10_000,
  /** Milliseconds from the last header until the last byte of the body: slow bodies. A file has limits of its own. */
  requestMs: 20_000,
  /** Bytes of one line of a file; as much as a request. Of a longer one nothing is kept. */
  lineBytes: 64 * 1024,
  /** Lines of one file; a month of a large provider is a tenth of it. */
  fileLines: 1_000_000,
  /** Milliseconds without a byte of a file that is being sent. */
  fileIdleMs: 20_000,
  /** Bytes a second of a file, over the time that we wait for them: slower is no sender. */
  fileBytesPerSecond: 512,
  /** Milliseconds that the rest of a file is thrown away once it is answered, so that its sender reads the answer. */
  lingerMs: 3_000,
  /** Lines of one file that are decided and recorded at once: fills a group, and leaves room for others. */
  linesAtOnce: 32,
  /** Milliseconds until the last byte of an answer is taken: slow readers. */
  answerMs: 20_000,
  /** Milliseconds an idle connection is kept for the next request. */
  keepAliveMs: 60_000,
  /** Milliseconds a connection lives: after it the certificate is read anew (design §2 step 1). */
  connectionMs: 3_600_000,
  /** Open connections in all; one costs about 60 KiB. */
  connections: 2_000,
  /** Open connections of one party, so that one cannot take them all. */
  connectionsPerPeer: 256,
  /** Requests under way in all; more would wait longer than a group commit may take. */
  inFlight: 1_024,
  /** Requests under way of one party. */
  inFlightPerPeer: 256,
} as const

export type Limits = { readonly [name in keyof typeof limits]: number }
