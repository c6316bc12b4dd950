import { errors, GatewayError } from '../core/error.ts'
import type { StoredImage } from '../core/image.ts'
import type { Json } from '../core/json.ts'
import { namesIn } from '../core/own-names.ts'
import {
  MAX_INPUTS,
  type Delivery,
  type GenerationRequest,
  type InputImage,
  type Submission,
  type Tier,
} from '../core/request.ts'
import { seconds } from '../core/seconds.ts'
import { formatSize, parseRatio, parseSize, type Ratio, type Size } from '../core/size.ts'
import { StoredBytes } from '../core/stored-bytes.ts'
import type { Dialect, ParseContext } from './dialect.ts'
import { readGateway } from './gateway-options.ts'
import { pixelsOf, tierOf } from './image-size.ts'
import { listOf, toInput, type NamedReference } from './image-reference.ts'
import { invalid, invalidBody } from './invalid.ts'
import { EditBody, imagesOf, maskOf } from './openai-edits-body.ts'
import { openaiFrames, toldQuality } from './openai-frames.ts'
import { Body, type ImagesBody } from './openai-images-body.ts'
import { openaiUsage, spent } from './openai-usage.ts'
import { unread } from './unread.ts'

/** Where a parameter has several names: ours, then those it is read from, in this order. */
const NAMES = [
  ['n', 'n', 'num_images'],
  ['size', 'size', 'width', 'image_size'],
  ['resolution', 'resolution', 'image_size'],
  ['steps', 'steps', 'num_inference_steps'],
  ['moderation', 'safety_tolerance', 'moderation'],
  ['user', 'safety_identifier', 'user'],
  ['image', 'image', 'images', 'image_url', 'image_urls'],
]

/** OpenAI Images, also understood by the clients of ModelMax and AI/ML API. */
export const openaiImages: Dialect = {
  name: 'openai',

  parse(json, context) {
    const read = Body.safeParse(json)
    if (!read.success) throw invalidBody(read.error, json)
    const body = read.data
    const images = [
      ...listOf('image_url', body.image_url),
      ...listOf('image_urls', body.image_urls),
    ]
    return toSubmission(body, Body, toInputs(images, context), context)
  },

  render({ view, links, reused }, { request, delivery }) {
    const [first] = view.images
    return {
      created: seconds(view.endedAt ?? view.createdAt),
      data: view.images.map((image) => item(image, links[image.n]!, delivery.format)),
      ...effective(request, first),
      usage: openaiUsage(view.usage),
      meta: { usage: spent(view, reused !== null) },
    }
  },

  frames: openaiFrames('image_generation'),

  renderError: ({ message, type, param, code }) => ({ error: { message, type, param, code } }),
}

/** `POST /v1/images/edits`: answers are those of generations. */
export const openaiEdits: Dialect = {
  ...openaiImages,

  parse(json, context) {
    const read = EditBody.safeParse(json)
    if (!read.success) throw invalidBody(read.error, json)
    const body = read.data
    const inputs = toInputs(imagesOf(body), context)
    const mask = maskOf(body)
    const submission = toSubmission(body, EditBody, inputs, context)
    const request: GenerationRequest = {
      ...submission.request,
      operation: 'edit',
      mask: mask && toInput(mask, context),
      inputFidelity: body.input_fidelity ?? null,
    }
    const { format } = submission.delivery
    const isOpen = (body.response_format ?? context.responseFormat) == null
    const delivery: Delivery = { ...submission.delivery, format: isOpen ? 'both' : format }
    return { ...submission, request, delivery }
  },

  frames: openaiFrames('image_edit'),
}

function toSubmission(
  body: ImagesBody,
  { shape }: { shape: object },
  inputs: InputImage[],
  context: ParseContext,
): Submission {
  if (body.stream) checkStream(body)
  const gateway = readGateway(body.gateway, context)
  return {
    request: toRequest(body, inputs, context),
    delivery: toDelivery(body, context),
    gateway,
    dialect: 'openai',
    echo: '{}',
    warnings: unread(body, shape, gateway.params),
    names: namesIn(body, NAMES),
  }
}

/** Streamed answers hold base64 of whole images, and are waited for. */
function checkStream({ output_format, gateway }: ImagesBody): void {
  if (output_format === 'gif') throw invalid('stream', 'a GIF is not streamed')
  if (gateway?.mode === 'async')
    throw invalid('stream', "it says true while 'gateway.mode' says 'async'; send one of them")
}

export function toRequest(
  body: ImagesBody,
  inputs: InputImage[],
  context: ParseContext,
): GenerationRequest {
  const model = body.model ?? context.defaultModel
  if (model === null) throw new GatewayError(errors.missing('model'))
  return {
    operation: inputs.length > 0 ? 'edit' : 'generate',
    model,
    prompt: body.prompt,
    count: same(['n', body.n], ['num_images', body.num_images]) ?? 1,
    size: toSize(body),
    aspect: toRatio(body.aspect_ratio ?? null),
    resolution: toTier(body),
    quality: body.quality ?? null,
    style: body.style ?? null,
    background: body.background ?? null,
    format: body.output_format ?? null,
    compression: body.output_compression ?? null,
    moderation: body.safety_tolerance ?? body.moderation ?? null,
    seed: body.seed ?? null,
    steps: same(['steps', body.steps], ['num_inference_steps', body.num_inference_steps]),
    guidance: body.guidance_scale ?? null,
    negativePrompt: body.negative_prompt ?? null,
    inputs,
    mask: null,
    inputFidelity: null,
    partials: body.partial_images ?? 0,
    endUser: body.safety_identifier || body.user || null,
    providerOptions: openaiOptions(body),
  }
}

type Spelling<T> = [name: string, value: T | null | undefined]

/** Two spellings of one thing may be sent together only when they agree. */
function same<T extends string | number>(...spellings: Spelling<T>[]): T | null {
  const [first, ...others] = spellings.filter(([, value]) => value != null)
  const other = others.find(([, value]) => value !== first![1])
  if (other)
    throw invalid(
      other[0],
      `it says ${other[1]} while '${first![0]}' says ${first![1]}; send one of them`,
    )
  return first?.[1] ?? null
}

function toSize({ size, width, height, image_size: named }: ImagesBody): Size | null {
  if (size != null && size !== 'auto' && !parseSize(size))
    throw invalid(
      'size',
      `expected 'auto' or 'WIDTHxHEIGHT' such as '1024x1024', received '${size}'`,
    )
  if (width == null && height != null) throw invalid('width', "expected beside 'height'")
  if (height == null && width != null) throw invalid('height', "expected beside 'width'")
  const pixels = named == null ? null : pixelsOf(named)
  const text = same(
    ['size', size === 'auto' ? null : size],
    ['width', width != null && height != null ? formatSize({ width, height }) : null],
    ['image_size', pixels && formatSize(pixels)],
  )
  return text === null ? null : parseSize(text)
}

const toTier = ({ resolution, image_size: named }: ImagesBody): Tier | null =>
  same<Tier>(
    ['resolution', resolution == null ? null : tierOf(resolution)],
    ['image_size', named == null ? null : tierOf(named)],
  )

function toRatio(text: string | null): Ratio | null {
  if (text === null || text === 'auto') return null
  const ratio = parseRatio(text)
  if (!ratio)
    throw invalid('aspect_ratio', `expected 'WIDTH:HEIGHT' such as '16:9', received '${text}'`)
  return ratio
}

function toInputs(images: NamedReference[], context: ParseContext): InputImage[] {
  const [tooMany] = images.slice(MAX_INPUTS)
  if (tooMany) throw invalid(tooMany.param, `expected at most ${MAX_INPUTS} images`)
  return images.map((image) => toInput(image, context))
}

function openaiOptions(body: ImagesBody): Record<string, Json> {
  const { complexity, frame_count, frame_duration_ms } = body
  const options = { complexity, frame_count, frame_duration_ms }
  return Object.fromEntries(
    Object.entries(options).flatMap(([key, value]) => (value == null ? [] : [[key, value]])),
  )
}

/**
 * The one rule that serves all clients: an explicit wish wins, then the tenant's default; else links,
 * and base64 beside them for names whose clients expect it unasked.
 */
function toDelivery(body: ImagesBody, { responseFormat }: ParseContext): Delivery {
  const asked = body.response_format ?? responseFormat
  const mode = body.stream ? 'stream' : (body.gateway?.mode ?? 'wait')
  if (asked != null) return { format: asked === 'url' ? 'url' : 'b64', mode, waitMs: null }
  const expectsBase64 = /^(chatgpt|gpt)-image-/.test(body.model ?? '')
  return { format: expectsBase64 ? 'both' : 'url', mode, waitMs: null }
}

function item(image: StoredImage, link: string, format: Delivery['format']) {
  return {
    ...(format !== 'b64' && { url: link }),
    ...(format !== 'url' && { b64_json: StoredBytes.base64(image) }),
    ...(image.revisedPrompt !== null && { revised_prompt: image.revisedPrompt }),
    width: image.width,
    height: image.height,
    content_type: image.type,
    ...(image.seed !== null && { seed: image.seed }),
  }
}

/** Values that took effect, never `auto`; what is not known is left out. */
function effective(request: GenerationRequest, image: StoredImage | undefined) {
  const { background } = request
  const quality = toldQuality(request)
  return {
    ...(image && { output_format: image.type.replace('image/', '') }),
    ...(image?.width &&
      image.height && { size: formatSize({ width: image.width, height: image.height }) }),
    ...(quality && { quality }),
    ...((background === 'opaque' || background === 'transparent') && { background }),
  }
}
