import { errors, type PublicError } from '../core/error.ts'
import { inputKey } from '../core/ids.ts'
import type { GenerationRequest, InputImage } from '../core/request.ts'
import { stageUrl } from '../images/stage-url.ts'
import type { JobFacts } from './rows.ts'

/**
 * Downloads the inputs that came as URLs, the first step of a job that has some. What is staged already
 * is found again by its key and not downloaded twice.
 */
export async function stageInputs(
  env: Env,
  { id, actor }: JobFacts,
  request: GenerationRequest,
  signal: AbortSignal,
): Promise<{ ok: true; request: GenerationRequest } | { ok: false; error: PublicError }> {
  const allowPrivate = env.ALLOW_PRIVATE_URLS === 'true'
  const stage = async (input: InputImage, n: number, param: string): Promise<InputImage> => {
    if ('r2' in input) return input
    const key = inputKey(actor.tenant, id, n)
    const staged = await stageUrl(env.IMAGES_BUCKET, key, input.url, { allowPrivate, signal })
    if (staged.ok) return staged.input
    throw new Unreadable(
      errors.invalid(param, `Invalid '${param}': ${staged.reason}`, 'failed_to_download_image'),
    )
  }
  try {
    const inputs: InputImage[] = []
    for (const [n, input] of request.inputs.entries()) inputs.push(await stage(input, n, 'image'))
    const mask = request.mask && (await stage(request.mask, request.inputs.length, 'mask'))
    return { ok: true, request: { ...request, inputs, mask } }
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
