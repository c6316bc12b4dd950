import { afterAll } from 'vitest'
import { faults } from './watched-fetch.ts'

/** Runs for each file of tests: an answer out of shape fails the file in which it came. */
afterAll(() => {
  const found = faults.splice(0)
  if (found.length > 0) throw new Error(found.join('\n'))
})
