import { onTestFinished } from 'vitest'
import { BUDGET_BYTES, OWNER_BYTES, partBudget } from '../../src/images/budget.ts'

/** Takes all memory for images until the test is over. What is not touched dies after half a minute. */
export async function fillMemory() {
  const sizes = [OWNER_BYTES, OWNER_BYTES, BUDGET_BYTES - 2 * OWNER_BYTES]
  const tokens = await Promise.all(sizes.map((bytes) => partBudget.take(bytes, {}, 0)))
  onTestFinished(() => tokens.forEach((token) => token!.release()))
  return { touch: () => tokens.forEach((token) => token!.touch()) }
}
