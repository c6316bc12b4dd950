import { errors } from '../core/error.ts'
import type { PublicError } from '../core/error.ts'
import type { Capabilities } from '../core/model.ts'
import type { GenerationRequest } from '../core/request.ts'
import { anyOf, notTaken } from './finding.ts'
import type { Finding } from './finding.ts'

/** Images of one request, whatever the model. */
const MAX_COUNT = 10

/** Parameters that say what is asked for: understood, or the request is refused. */
export function checkSemantic(request: GenerationRequest, capabilities: Capabilities): Finding[] {
  const error =
    operation(request, capabilities) ??
    prompt(request, capabilities) ??
    count(request) ??
    inputs(request, capabilities) ??
    mask(request, capabilities) ??
    format(request, capabilities)
  return error
    ? [{ kind: 'refused', error }]
    : [...background(request, capabilities), ...partials(request, capabilities)]
}

const unsupported = (param: string, message: string): PublicError =>
  errors.invalid(param, message, 'unsupported_parameter')

const missing = (param: string, message: string): PublicError =>
  errors.invalid(param, message, 'missing_required_parameter')

function operation(
  { operation: asked, model, inputs: images }: GenerationRequest,
  { operations }: Capabilities,
): PublicError | null {
  if (!operations.includes(asked))
    return asked === 'edit'
      ? unsupported('image', `${model} cannot edit images. Accepted: a prompt without images.`)
      : missing('image', `${model} edits images. Accepted: a prompt with at least one image.`)
  return asked === 'edit' && images.length === 0
    ? missing('image', 'An edit needs at least one image.')
    : null
}

function prompt(
  { prompt: text, model }: GenerationRequest,
  { promptMax }: Capabilities,
): PublicError | null {
  if (text === '') return missing('prompt', 'prompt is empty.')
  return text.length > promptMax
    ? notTaken('prompt', `at most ${promptMax} characters`, model, text.length)
    : null
}

const count = ({ count: images }: GenerationRequest): PublicError | null =>
  Number.isInteger(images) && images >= 1 && images <= MAX_COUNT
    ? null
    : errors.invalid('n', `n is ${images}. Accepted: a whole number from 1 to ${MAX_COUNT}.`)

function inputs(
  { inputs: images, model }: GenerationRequest,
  { inputs: limit }: Capabilities,
): PublicError | null {
  if (images.length === 0) return null
  if (!limit)
    return unsupported('image', `${model} takes no images. Accepted: a prompt without images.`)
  return images.length > limit.max
    ? notTaken('image', `at most ${limit.max} images`, model, images.length)
    : null
}

function mask(request: GenerationRequest, capabilities: Capabilities): PublicError | null {
  if (!request.mask) return null
  if (!capabilities.mask)
    return unsupported('mask', `${request.model} takes no mask. Accepted: images without a mask.`)
  return request.inputs.length === 0 ? missing('image', 'A mask needs the image it is for.') : null
}

const format = (
  { format: asked, model }: GenerationRequest,
  { formats }: Capabilities,
): PublicError | null =>
  asked === null || formats.includes(asked)
    ? null
    : notTaken('output_format', anyOf(formats), model, asked)

function background(request: GenerationRequest, capabilities: Capabilities): Finding[] {
  const asked = request.background
  if (asked === null) return []
  const known = capabilities.background !== false && capabilities.background.includes(asked)
  if (asked === 'transparent') {
    const error = known
      ? opaqueFormat(request, capabilities)
      : noTransparency(request, capabilities)
    return error ? [{ kind: 'refused', error }] : []
  }
  // Images are opaque where nothing else is possible, and `auto` asks for what comes anyway.
  return known ? [] : [{ kind: 'changed', overrides: { background: null }, warning: null }]
}

const noTransparency = ({ model }: GenerationRequest, capabilities: Capabilities): PublicError =>
  unsupported(
    'background',
    `${model} draws no transparent background. ` +
      `Accepted: ${anyOf(capabilities.background || ['opaque', 'auto'])}.`,
  )

function opaqueFormat(request: GenerationRequest, { formats }: Capabilities): PublicError | null {
  const able = formats.filter((it) => it === 'png' || it === 'webp')
  const chosen = request.format ?? formats[0]
  return able.some((it) => it === chosen)
    ? null
    : errors.invalid(
        'background',
        `background transparent is not possible in ${chosen}. Accepted: output_format ${anyOf(able)}.`,
      )
}

/** `partials` is what the caller can use at most, so that none at all is no breach. */
const partials = (request: GenerationRequest, capabilities: Capabilities): Finding[] =>
  request.partials > 0 && !capabilities.partials
    ? [{ kind: 'changed', overrides: { partials: 0 }, warning: null }]
    : []
