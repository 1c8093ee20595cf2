// How does a test leave nothing behind? One way to remove a directory, also while something still closes in it.
import { rmSync } from 'node:fs'

/**
 * What a test opened may still be writing its last file when the directory goes (hooks run in the order in
 * which they were asked for): the removal is tried again then, instead of failing a test that was right.
 */
export function removeTree(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
}
