// What is ever in a Redis? What it is told, what it keeps, what stands in its slow log and on its disk: all of it is searched.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { findPlanted } from './planted.ts'
import type { RedisServer } from './redis.ts'

/** What it must be started with, so that everything ever written stays on its disk, readable. */
export const keepAll: readonly string[] = [
  ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--auto-aof-rewrite-percentage', '0'],
  ...['--aof-use-rdb-preamble', 'no', '--rdbcompression', 'no'],
  ...['--slowlog-log-slower-than', '0', '--slowlog-max-len', '100000'],
]

export interface RedisWatch {
  /** What was found and where. */
  readonly found: ReadonlySet<string>
  bytes(): number
  /** Whether it saw the number of any request: else it looked at nothing. */
  sawRequests(): boolean
  /** Before its files are wiped. */
  searchDisk(): void
  /** Ends the watch. */
  searchAll(): Promise<void>
}

const request = /[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/

/** Resolves when it hears everything that is said. */
export async function watchRedis(
  { url, dir }: RedisServer,
  values: readonly string[],
): Promise<RedisWatch> {
  const planted = findPlanted(values)
  const found = new Set<string>()
  const listening = new AbortController()
  let bytes = 0
  let saw = false
  const look = (where: string, text: string) => {
    bytes += text.length
    saw ||= request.test(text)
    for (const value of planted(text)) found.add(`${value} in ${where}`)
  }
  const searchDisk = () => {
    for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
      const file = join(dir, name)
      if (statSync(file).isFile()) look(name, readFileSync(file, 'latin1'))
    }
  }
  const hears = Promise.withResolvers<void>()
  const told = monitor(url, {
    onStart: hears.resolve,
    onLine: line => look('MONITOR', line),
    signal: listening.signal,
  })
  await hears.promise
  return {
    found,
    bytes: () => bytes,
    sawRequests: () => saw,
    searchDisk,
    async searchAll() {
      listening.abort()
      await told
      const client = new Redis(url)
      for await (const keys of client.scanStream({ count: 1_000 })) {
        for (const key of keys as string[]) {
          look('een sleutel', key)
          look('een waarde', (await client.dumpBuffer(key))?.toString('latin1') ?? '')
        }
      }
      look('de slow log', JSON.stringify(await client.slowlog('GET', 100_000)))
      await client.save()
      client.disconnect()
      searchDisk()
    },
  }
}

/** Every command as it comes in; again after each time that Redis was away. */
async function monitor(
  url: string,
  {
    onStart,
    onLine,
    signal,
  }: { onStart: () => void; onLine: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    const client = new Redis(url, { retryStrategy: () => null, lazyConnect: true })
    client.on('error', () => {})
    try {
      await client.connect()
      const stream = await client.monitor()
      stream.on('error', () => {})
      stream.on('monitor', (_time: string, words: string[]) => onLine(words.join(' ')))
      const ended = Promise.withResolvers<void>()
      stream.once('end', ended.resolve)
      signal.addEventListener('abort', () => ended.resolve(), { once: true })
      onStart()
      if (signal.aborted) return
      await ended.promise
      stream.disconnect()
    } catch {
      await wait(100)
    } finally {
      client.disconnect()
    }
  }
}
