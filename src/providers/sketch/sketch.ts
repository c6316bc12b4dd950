import { errors, type PublicError } from '../../core/error.ts'
import { contentOf } from '../../core/fingerprint.ts'
import type {
  EmbeddedProvider,
  Handle,
  ImageSource,
  Outcome,
  ProviderRequest,
  UpstreamErrorKind,
} from '../../core/provider.ts'
import type { GenerationRequest } from '../../core/request.ts'
import type { Size } from '../../core/size.ts'
import { draw, MIN_SIDE } from './draw.ts'
import { encodeJpeg } from './jpeg.ts'
import { encodePng } from './png.ts'
import { hashText } from './random.ts'

/** What `sketch-slow` takes, ms. */
const SLOW_MS = 3000
/** How often `sketch-flaky` answers 429 before it draws. */
const FLAKY_FAILURES = 2
/** Pause that the simulated 429 asks for, ms: long enough to be seen, short enough for a test. */
const RETRY_AFTER_MS = 250
/** JPEG quality, 1..100, when the request leaves compression open. */
const JPEG_QUALITY = 90
/** Sides of the partial images as parts of the image's. */
const PARTIAL_SCALES = [1 / 16, 1 / 8, 1 / 4]

/**
 * The embedded artist: no network, no account, equal images for equal seeds, `sketch-1` always. Its other
 * models fail in the ways that people need to test their own clients against.
 */
export const sketch: EmbeddedProvider = {
  id: 'sketch',

  submit(request) {
    if (request.model === 'sketch-slow') return slow(request)
    if (request.model === 'sketch-moderated')
      return { kind: 'refused', message: 'sketch-moderated refuses every prompt.' }
    if (request.model === 'sketch-flaky' && request.attempt > FLAKY_FAILURES) return drawn(request)
    const failure = FAILURES[request.model]
    return failure ? failed(failure) : drawn(request)
  },

  poll: (_handle, request) => drawn(request),

  partials(order) {
    const { partials, size } = order.request
    if (!size || partials === 0) return []
    return PARTIAL_SCALES.slice(-partials).map((scale) => picture(order, order.seed, { scale }))
  },
}

interface Failure {
  kind: UpstreamErrorKind
  shown: PublicError
}

const says = (model: string): string => `${model} always answers like this.`
const serverError = (status: number, model: string, code: string): PublicError => ({
  ...errors.internal(),
  status,
  code,
  message: says(model),
})

const RATE: Failure = { kind: 'rate', shown: errors.rate(says('sketch-429'), 1) }
const FAILURES: Record<string, Failure> = {
  'sketch-flaky': RATE,
  'sketch-429': RATE,
  'sketch-quota': { kind: 'credit', shown: errors.quota(says('sketch-quota')) },
  'sketch-500': { kind: 'no_image', shown: serverError(500, 'sketch-500', 'internal_error') },
  'sketch-502': {
    kind: 'no_image',
    shown: errors.upstreamFailed(says('sketch-502'), null),
  },
  'sketch-503': { kind: 'no_image', shown: errors.unavailable(says('sketch-503'), 1) },
}

const failed = ({ kind, shown }: Failure): Outcome => ({
  kind: 'failed',
  error: { kind, executed: 'no', status: shown.status, retryAfterMs: RETRY_AFTER_MS, shown },
})

function slow({ now }: ProviderRequest): Outcome {
  const handle: Handle = { v: 1, id: 'sketch-slow', stage: 'poll', deadline: now + 3_600_000 }
  return { kind: 'pending', handle, pollAfterMs: SLOW_MS, progress: { stage: 'drawing' } }
}

function drawn(order: ProviderRequest): Outcome {
  const images = Array.from({ length: order.request.count }, (_, n): ImageSource => {
    const seed = order.seed + n
    return { from: { body: picture(order, seed) }, seed, revisedPrompt: null }
  })
  return { kind: 'done', images }
}

/**
 * Draws when it is read, so that only one picture of a job is in memory. With a scale it is smaller and
 * has no caption; the composition is the same.
 */
function picture(
  { request, stamp }: ProviderRequest,
  seed: number,
  { scale = 1 } = {},
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (!request.size) throw new Error('plans state the size of what sketch draws')
      const size = scaled(request.size, scale)
      const drawnSeed = seedWithInputs(request, seed)
      const caption = scale === 1
      const rgb = draw({ prompt: request.prompt, seed: drawnSeed, ...size, stamp, caption })
      const jpeg = request.format === 'jpeg'
      const quality = Math.max(1, request.compression ?? JPEG_QUALITY)
      controller.enqueue(jpeg ? encodeJpeg(rgb, quality) : encodePng(rgb))
      controller.close()
    },
  })
}

/** Images are not looked at: they choose another picture, the same one for the same bytes. */
function seedWithInputs({ inputs, mask }: GenerationRequest, seed: number): number {
  if (inputs.length === 0) return seed
  const names = [...inputs, mask].map((it) => it && contentOf(it))
  return hashText(names.join(' '), seed)
}

/** Both sides by the same factor, as far as sketch can draw so small. */
function scaled({ width, height }: Size, scale: number): Size {
  const factor = Math.max(scale, MIN_SIDE / Math.min(width, height))
  const side = (pixels: number) => Math.round(pixels * factor)
  return { width: side(width), height: side(height) }
}
