// What if PostgreSQL can write no more? No half entry, no answer, and it goes on by itself afterwards.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import pg from 'pg'
import { openStore } from '../../gateway/store.ts'
import { removeTree } from '../support/directory.ts'
import { outlives } from '../support/load.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'

/** Keeps so little spare that a full disk is met at the next megabyte. */
const thrifty = {
  min_wal_size: '2MB',
  max_wal_size: '4MB',
  wal_recycle: 'off',
  wal_init_zero: 'on',
}

/** A disk of 16 MB of its own; undefined where nobody may mount one. */
function smallDisk(t: TestContext): string | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'sluis-disk-'))
  t.after(() => {
    spawnSync('umount', ['-l', dir])
    removeTree(dir)
  })
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=777', 'tmpfs', dir])
  return mounted.status === 0 ? dir : undefined
}

function fill(path: string): void {
  for (const size of [1 << 20, 1 << 12]) {
    try {
      for (;;) appendFileSync(path, Buffer.alloc(size, 1))
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
    }
  }
}

/** Uses up what is left in spare segments: what comes next needs the disk. The server may give up meanwhile. */
async function switchWal({ url }: Postgres): Promise<void> {
  try {
    await using store = await openStore({ url, dir: '', connections: 1 })
    for (let n = 0; n < 5; n += 1) {
      await store.query(`SELECT pg_logical_emit_message(true, 'x', 'y'), pg_switch_wal()`)
    }
  } catch {
    // as it should
  }
}

suite('a database that cannot write', { concurrency: true }, () => {
  test('A2: with the disk of the write-ahead log full nothing is released, no half record stands, and it recovers', async t => {
    const disk = smallDisk(t)
    if (disk === undefined)
      return t.skip('no disk may be mounted here; the next test fails every write')
    await using postgres = await startPostgres(thrifty, { wal: join(disk, 'wal') })
    const filler = join(disk, 'vol')
    await outlives(t, postgres, {
      async begin() {
        fill(filler)
        await switchWal(postgres)
      },
      async end() {
        rmSync(filler)
        await postgres.start()
      },
    })
  })

  test('A2: with every write to disk failing nothing is released, no half record stands, and it recovers', async t => {
    await using postgres = await startPostgres()
    await outlives(t, postgres, {
      begin: () => postgres.failWrites(),
      async end() {
        postgres.mendWrites()
        await postgres.start()
      },
    })
  })

  test('A2: with a write-ahead log that has become read-only nothing is released, and it recovers', async t => {
    const dir = mkdtempSync(join(tmpdir(), 'sluis-wal-'))
    chmodSync(dir, 0o777)
    t.after(() => removeTree(dir))
    await using postgres = await startPostgres(thrifty, { wal: join(dir, 'wal') })
    await outlives(t, postgres, {
      async begin() {
        chmodSync(postgres.wal, 0o500)
        await switchWal(postgres)
      },
      async end() {
        chmodSync(postgres.wal, 0o700)
        await postgres.start()
      },
    })
  })

  test('A1: without a connection left to PostgreSQL nothing is released, and it recovers', async t => {
    await using postgres = await startPostgres({ max_connections: '20' })
    const taken: pg.Client[] = []
    t.after(async () => {
      for (const client of taken) await client.end().catch(() => {})
    })
    await outlives(t, postgres, {
      begin: () => takeAll(postgres, taken),
      async end() {
        for (const client of taken.splice(0)) await client.end()
      },
    })
  })
})

/** Takes each place as it comes free, and makes the gateway let go of its own. */
async function takeAll({ url }: Postgres, taken: pg.Client[]): Promise<void> {
  for (let others = 1; others > 0 || taken.length < 20; ) {
    const client = new pg.Client(url)
    client.on('error', () => {})
    try {
      await client.connect()
      taken.push(client)
    } catch (error) {
      if ((error as { code?: string }).code !== '53300') throw error
    }
    const [first] = taken
    if (!first) continue
    const { rows } = await first.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND pid <> ALL($1)`,
      [taken.map(one => Reflect.get(one, 'processID'))],
    )
    others = rows.length
  }
}
