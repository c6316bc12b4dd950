/** How often a run looks for what has become due beside its live calls, ms. */
const LOOK_MS = 1000

/**
 * Ends when what a run has begun has ended, and with it what its looks have begun: no call waits for
 * another. Rejects then, not before: what is still live would count as lost.
 */
export async function withLooks(begun: Promise<void>, look: () => Promise<void>): Promise<void> {
  const broken: unknown[] = []
  const note = (caught: unknown) => void broken.push(caught)
  const works = [begun.catch(note)]
  const looking = setInterval(() => works.push(look().catch(note)), LOOK_MS)
  for (const work of works) await work
  clearInterval(looking)
  if (broken.length > 0) throw broken[0]
}
