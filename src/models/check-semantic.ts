import { characters } from '../core/characters.ts'
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

const unsupported = (param: string, expected: string, model: string, received: string | number) =>
  notTaken(param, expected, model, received, 'unsupported_parameter')

const missing = (param: string, expected: string, model: string, received = 'none'): PublicError =>
  notTaken(param, expected, model, received, 'missing_required_parameter')

function operation(
  { operation: asked, model, inputs: images }: GenerationRequest,
  { operations }: Capabilities,
): PublicError | null {
  if (asked === 'edit' && !operations.includes(asked))
    return unsupported('image', 'a prompt without images', model, images.length)
  const isNeeded = asked === 'edit' || !operations.includes(asked)
  return isNeeded && images.length === 0 ? missing('image', 'at least one image', model) : null
}

function prompt(
  { prompt: text, model }: GenerationRequest,
  { promptMax }: Capabilities,
): PublicError | null {
  if (text === '') return missing('prompt', 'a text', model, 'an empty one')
  const length = characters(text)
  return length > promptMax
    ? notTaken('prompt', `at most ${promptMax} characters`, model, length)
    : null
}

const count = ({ count: images, model }: GenerationRequest): PublicError | null =>
  Number.isInteger(images) && images >= 1 && images <= MAX_COUNT
    ? null
    : notTaken('n', `a whole number from 1 to ${MAX_COUNT}`, model, images)

function inputs(
  { inputs: images, model }: GenerationRequest,
  { inputs: limit }: Capabilities,
): PublicError | null {
  if (images.length === 0) return null
  if (!limit) return unsupported('image', 'a prompt without images', model, images.length)
  return images.length > limit.max
    ? notTaken('image', `at most ${limit.max} images`, model, images.length)
    : null
}

function mask(request: GenerationRequest, capabilities: Capabilities): PublicError | null {
  if (!request.mask) return null
  if (!capabilities.mask) return unsupported('mask', 'images without a mask', request.model, 'one')
  return request.inputs.length === 0
    ? missing('image', 'the image that the mask is for', request.model)
    : null
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
    anyOf(capabilities.background || ['opaque', 'auto']),
    model,
    'transparent',
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
