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

async function stageAll(
  env: Env,
  { id, actor, submission }: JobFacts,
  signal: AbortSignal,
): Promise<Staged> {
  const allowPrivate = env.ALLOW_PRIVATE_URLS === 'true'
  const { request } = submission
  const stage = async (input: InputImage, n: number, param: string): Promise<InputImage> => {
    if ('r2' in input) return input
    const key = inputKey(actor.tenant, id, n)
    const staged = await stageUrl(env.IMAGES_BUCKET, key, input.url, { allowPrivate, signal })
    if (staged.ok) return staged.input
    const message = `Invalid '${param}': ${staged.reason}`
    const told = errors.invalid(param, message, 'failed_to_download_image')
    throw new Unreadable(inOwnNames(told, submission.names))
  }
  try {
    const inputs: InputImage[] = []
    for (const [n, input] of request.inputs.entries()) inputs.push(await stage(input, n, 'image'))
    const mask = request.mask && (await stage(request.mask, request.inputs.length, 'mask'))
    return { ok: true, inputs: { inputs, mask } }
  } catch (caught) {
    if (caught instanceof Unreadable) return { ok: false, error: caught.shown }
    throw caught
  }
}

class Unreadable extends Error {
  readonly shown: PublicError

  constructor(shown: PublicError) {
    super(shown.message)
    this.shown = shown
  }
}
