import * as z from 'zod/mini'

/** The fallback stands for whatever else an upstream writes, also for nothing. */
export const orElse = <T>(schema: z.ZodMiniType<T>, fallback: T) =>
  z.pipe(
    z.optional(z.unknown()),
    z.transform((value): T => {
      const read = schema.safeParse(value)
      return read.success ? read.data : fallback
    }),
  )
