import * as z from 'zod/mini'
import { expectation } from '../core/issue.ts'

/** An object with keys of one kind and values of one kind. (zod's own record is 0.4 KiB of the Worker.) */
export const pairs = <T>(key: z.ZodMiniType<string>, value: z.ZodMiniType<T>) =>
  z.catchall(z.object({}), value).check(({ value: input, issues }) => {
    for (const name of Object.keys(input)) {
      const { error } = key.safeParse(name)
      if (!error) continue
      const message = `a key that does not fit: ${expectation(error.issues[0]!)}`
      issues.push({ code: 'custom', path: [name], message, input })
    }
  })
