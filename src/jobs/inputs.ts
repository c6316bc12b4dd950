import { errors, type PublicError } from '../core/error.ts'
import { inOwnNames } from '../core/own-names.ts'
import { inputKey } from '../core/ids.ts'
import type { GenerationRequest, InputImage } from '../core/request.ts'
import { stageUrl } from '../images/stage-url.ts'
import type { JobFacts } from './rows.ts'

type Inputs = Pick<GenerationRequest, 'inputs' | 'mask'>
type Staged = { ok: true; inputs: Inputs } | { ok: false; error: PublicError }

/** Calls of one job begin together and need the same inputs. Lost with the instance: what lies in R2 is found again. */
const staging = new WeakMap<JobFacts, Promise<Staged>>()

/**
 * Downloads the inputs that came as URLs, the first step of a job that has some. What is staged already
 * is found again by its key and not downloaded twice.
 */
export function stageInputs(env: Env, facts: JobFacts, signal: AbortSignal): Promise<Staged> {
  const known = staging.get(facts)
  if (known) return known
  const staged = stageAll(env, facts, signal)
  staging.set(facts, staged)
  // What broke on our side may go well the next time.
  staged.catch(() => staging.delete(facts))
  return staged
}

async function stageAll(env: Env, facts: JobFacts, signal: AbortSignal): Promise<Staged> {
  const allowPrivate = env.ALLOW_PRIVATE_URLS === 'true'
  const { inputs, mask } = facts.submission.request
  const found: InputImage[] = []
  for (const [n, input] of [...inputs, ...(mask ? [mask] : [])].entries()) {
    if ('url' in input) {
      const key = inputKey(facts.actor.tenant, facts.id, n)
      const staged = await stageUrl(env.IMAGES_BUCKET, key, input.url, { allowPrivate, signal })
      if (!staged.ok) {
        const param = n < inputs.length ? 'image' : 'mask'
        return { ok: false, error: unreadable(facts, param, staged.reason) }
      }
      found.push(staged.input)
    } else found.push('image' in input ? { ...input, r2: input.image } : input)
  }
  return {
    ok: true,
    inputs: { inputs: found.slice(0, inputs.length), mask: found[inputs.length] ?? null },
  }
}

/** An input that cannot be had, in its caller's name of it. */
export const unreadable = ({ submission }: JobFacts, param: string, reason: string): PublicError =>
  inOwnNames(
    errors.invalid(param, `Invalid '${param}': ${reason}`, 'failed_to_download_image'),
    submission.names,
  )
