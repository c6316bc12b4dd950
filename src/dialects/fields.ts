import * as z from 'zod/mini'

/** Text of at most `max` characters, or null. */
export const text = (max: number) => z.nullish(z.string().check(z.maxLength(max)))

/** A whole number within bounds, or null; whichever bound is missed, the message names both. */
export function whole(min: number, max: number) {
  const error = `expected a whole number from ${min} to ${max}`
  return z.nullish(z.int({ error }).check(z.minimum(min, { error }), z.maximum(max, { error })))
}

export const flag = z.nullish(z.boolean())
