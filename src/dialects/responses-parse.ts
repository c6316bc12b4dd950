import { parseJobId } from '../core/ids.ts'
import { MAX_INPUTS, type GenerationRequest, type Submission } from '../core/request.ts'
import { StagedInput } from '../core/staged-input.ts'
import type { Json } from '../core/json.ts'
import { parseSize } from '../core/size.ts'
import type { ParseContext } from './dialect.ts'
import { readGateway } from './gateway-options.ts'
import { toInput } from './image-reference.ts'
import { invalid, invalidBody } from './invalid.ts'
import { toRequest } from './openai-images.ts'
import { BACKGROUND, WAITED } from './response-kind.ts'
import { Body, OWN_OPTIONS, type ImageTool } from './responses-body.ts'
import { writeEcho } from './responses-echo.ts'
import { readInput, type Read } from './responses-input.ts'
import { inOwnWords, namesOf, toolPath } from './responses-names.ts'
import { unread } from './unread.ts'

/** The tool's own default (OpenAI). */
const TOOL_MODEL = 'gpt-image-2'
/** OpenAI's language models, which call the tool there and draw nothing themselves. */
const LANGUAGE_MODEL = /^(ft:|gpt-|chatgpt-|o\d)(?!.*image)/

/** @throws GatewayError 400 naming the first field at fault */
export function parseResponse(json: unknown, context: ParseContext): Submission {
  const read = Body.safeParse(json)
  if (!read.success) throw invalidBody(read.error, json)
  const body = read.data
  const tool = body.tools?.find(isImageTool) ?? null
  refuseWhatMisleads(body, tool !== null)
  const said = readInput(body)
  const names = namesOf(body, tool, said)
  const request = inOwnWords(names, () => requestOf(body, tool, said, context))
  const earlier = earlierOf(body, said, tool)
  const { response_format: format } = body.provider_options?.image ?? {}
  const isLinked = tool === null && format === 'url'
  const isEdit = request.operation === 'edit' || earlier.length > 0
  const { background } = body
  const metadata = body.gateway?.metadata ?? body.metadata
  const gateway = readGateway({ ...body.gateway, metadata }, context)
  return {
    request,
    delivery: {
      format: isLinked ? 'url' : 'both',
      mode: body.stream ? 'stream' : background ? 'async' : (body.gateway?.mode ?? 'wait'),
      waitMs: body.stream && background ? 0 : null,
    },
    gateway,
    dialect: background ? BACKGROUND : WAITED,
    echo: writeEcho(toldAgain(body), request.inputs, {
      isTool: tool !== null,
      isLinked,
      isEdit,
    }),
    names,
    warnings: unread(body, Body.shape, gateway.params),
    earlier,
  }
}

const isImageTool = (tool: { type: string }): tool is ImageTool => tool.type === 'image_generation'

/** Fields that promise what is not done here. */
function refuseWhatMisleads(body: Body, isTool: boolean): void {
  for (const name of ['conversation', 'prompt'] as const)
    if (body[name] != null) throw invalid(name, 'it is not offered', 'unsupported_parameter')
  if ((body.text?.format?.type ?? 'text') !== 'text')
    throw invalid('text.format', "expected 'text'")
  const choice = body.tool_choice ?? 'auto'
  const chosen = typeof choice === 'string' ? choice : choice.type
  const possible = isTool
    ? ['auto', 'required', 'image_generation', 'allowed_tools']
    : ['auto', 'none']
  if (!possible.includes(chosen))
    throw invalid('tool_choice', `expected one of ${possible.join(', ')}`)
  if (body.stream && body.gateway?.mode === 'async')
    throw invalid('stream', "it says true while 'gateway.mode' says 'async'; send one of them")
}

/** MAX's sides and the tool's size are two spellings of one wish. */
function refuseTwoSizes(body: Body, tool: ImageTool): void {
  const { width, height } = body.provider_options?.image ?? {}
  const size = parseSize(tool.size ?? '')
  if (!size || ((width ?? size.width) === size.width && (height ?? size.height) === size.height))
    return
  const what = "it differs from 'provider_options.image.width' and 'height'; send one of them"
  throw invalid(`${toolPath(body, tool)}size`, what)
}

function requestOf(
  body: Body,
  tool: ImageTool | null,
  { prompt, images }: Read,
  context: ParseContext,
): GenerationRequest {
  const image = body.provider_options?.image ?? {}
  if (tool) refuseTwoSizes(body, tool)
  const [tooMany] = images.slice(MAX_INPUTS)
  if (tooMany) throw invalid(tooMany.param, `expected at most ${MAX_INPUTS} images`)
  const { input_image_mask: mask, input_fidelity: fidelity, action, ...options } = tool ?? {}
  const inputs = action === 'generate' ? [] : images.map((it) => toInput(it, context))
  const request = toRequest(
    {
      ...image,
      ...options,
      ...(!body.stream && { partial_images: 0 }),
      model: modelOf(body, tool),
      prompt,
      num_images: null,
      n: image.num_images ?? body.n ?? tool?.n,
      seed: body.seed ?? tool?.seed,
      user: body.user ?? tool?.user,
      safety_identifier: body.safety_identifier ?? tool?.safety_identifier,
    },
    inputs,
    context,
  )
  const given: Record<string, Json | undefined> = { ...image, ...body.provider_options?.max }
  return {
    ...request,
    operation: action === 'edit' ? 'edit' : request.operation,
    mask:
      tool && mask
        ? toInput(
            { param: `${toolPath(body, tool)}input_image_mask.image_url`, value: mask.image_url },
            context,
          )
        : null,
    inputFidelity: fidelity ?? null,
    providerOptions: {
      ...request.providerOptions,
      ...Object.fromEntries(
        OWN_OPTIONS.flatMap((name) => (given[name] == null ? [] : [[name, given[name]]])),
      ),
    },
  }
}

/** The tool names its image model, or the request does; a language model leaves it to the tool's default. */
const modelOf = ({ model }: Body, tool: ImageTool | null): string =>
  tool?.model ?? (tool && LANGUAGE_MODEL.test(model) ? TOOL_MODEL : model)

function earlierOf(body: Body, { earlier }: Read, tool: ImageTool | null) {
  const id = body.previous_response_id
  if (tool?.action === 'generate') return []
  if (id == null) return earlier
  return [{ job: parseJobId(id), n: null, param: 'previous_response_id' }, ...earlier]
}

/** As answers show them: a mask's place there takes a URL only, and functions have keys that may be left out. */
const toldAgain = (body: Body): Body => ({
  ...body,
  tools: body.tools?.map((tool) =>
    isImageTool(tool)
      ? { ...tool, input_image_mask: undefined }
      : tool.type === 'function'
        ? { strict: null, parameters: null, ...tool }
        : withoutSecrets(tool),
  ),
})

/** Tools of servers, which are never called: addresses, too, may hold a credential. */
const withoutSecrets = (tool: object): { type: string } =>
  JSON.parse(
    JSON.stringify(tool, (key, value: unknown) =>
      SECRET.test(key) || value instanceof StagedInput ? undefined : value,
    ),
  )

const SECRET = /^(authorization|headers)$|url$|secret|password|token$|api_?key/i
