import fc from 'fast-check'

/** Any JSON at all. */
export const hostile: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 4 })

/** Recorded answers in which some values were replaced by others or taken out. */
export const mutated = (replies: unknown[]): fc.Arbitrary<unknown> =>
  fc
    .tuple(
      fc.constantFrom(...(replies.length > 0 ? replies : [null])),
      fc.array(fc.tuple(fc.nat(), fc.oneof(hostile, fc.constant(undefined))), {
        minLength: 1,
        maxLength: 3,
      }),
    )
    .map(([reply, changes]) =>
      changes.reduce<unknown>((json, [at, value]) => replaced(json, at, value), reply),
    )

/** The value with its node number `at`, counted over all nodes and around, replaced. */
function replaced(json: unknown, at: number, value: unknown): unknown {
  let left = at % Math.max(1, nodes(json))
  const walk = (node: unknown): unknown => {
    if (left-- === 0) return value
    if (Array.isArray(node)) return node.map(walk)
    if (typeof node !== 'object' || node === null) return node
    return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, walk(inner)]))
  }
  return walk(json)
}

const nodes = (json: unknown): number =>
  typeof json === 'object' && json !== null
    ? Object.values(json).reduce<number>((sum, inner) => sum + nodes(inner), 1)
    : 1
