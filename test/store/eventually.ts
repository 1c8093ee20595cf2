// The same store serves again: at once, or after the questions that were under way have failed.
import assert from 'node:assert/strict'
import { isUnavailable } from '../../gateway/store.ts'

export async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = 8; left > 1; left--) {
    try {
      return await ask()
    } catch (error) {
      assert.ok(isUnavailable(error))
    }
  }
  return await ask()
}
