import * as z from 'zod/mini'
import { deepest, expectation } from '../core/issue.ts'

/**
 * One of several objects, told apart by the text under `key`: what is wrong is told of the one that was
 * meant. (zod's own discriminated union is 0.4 KiB of the Worker.)
 */
export const oneOf = <T>(key: string, variants: Record<string, z.ZodMiniType<T>>) =>
  z.pipe(
    z.looseObject({ [key]: z.enum(Object.keys(variants)) }),
    z.transform((given, { issues }): T => {
      const read = variants[String(given[key])]!.safeParse(given)
      if (read.success) return read.data
      const issue = deepest(read.error.issues[0]!)
      const path = [...issue.path]
      issues.push({ code: 'custom', path, message: expectation(issue), input: given })
      return z.NEVER
    }),
  )
