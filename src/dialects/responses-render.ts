import type { PublicError } from '../core/error.ts'
import { itemId, showResponseId } from '../core/ids.ts'
import type { PartialImage } from '../core/event.ts'
import type { StoredImage } from '../core/image.ts'
import type { Usage } from '../core/provider.ts'
import { seconds } from '../core/seconds.ts'
import { formatSize } from '../core/size.ts'
import { StoredBytes } from '../core/stored-bytes.ts'
import type { JobView, PublicStatus } from '../core/view.ts'
import type { ShownJob } from './dialect.ts'
import { openaiUsage, spent } from './openai-usage.ts'
import { NEUTRAL, readEcho, type Echo } from './responses-echo.ts'

/** `expired`: the time was over before the output was there. */
const STATUS: Record<PublicStatus, string> = {
  queued: 'queued',
  running: 'in_progress',
  succeeded: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
  expired: 'incomplete',
}

/** A job as a response: all keys of Open Responses, and those of OpenAI's image tool. */
export function renderResponse({ view, links, reused }: ShownJob, echoText: string) {
  const echo = readEcho(echoText)
  const isDone = view.status === 'succeeded'
  // With the image tool, `usage` is that of a language model, and there is none.
  const text = echo.isTool ? null : view.usage
  return {
    id: showResponseId(view.id),
    object: 'response',
    created_at: seconds(view.createdAt),
    completed_at: seconds(view.endedAt),
    status: STATUS[view.status],
    model: view.model,
    ...NEUTRAL,
    ...echo.shown,
    output: isDone ? outputOf(view, links, echo) : [],
    error: errorOf(view),
    // Both schemas have two reasons, max_output_tokens and content_filter; a deadline is told as the error.
    incomplete_details: null,
    usage:
      isDone && (text || echo.isTool)
        ? {
            ...usageOf(text),
            input_tokens_details: {
              cached_tokens: (text?.cachedTextTokens ?? 0) + (text?.cachedImageTokens ?? 0),
              cache_write_tokens: 0,
            },
            output_tokens_details: { reasoning_tokens: 0 },
          }
        : null,
    ...(view.charge !== null && { meta: { usage: spent(view, reused !== null) } }),
    ...(echo.isTool && {
      access_programs: null,
      tool_usage: { image_gen: usageOf(view.usage), web_search: { num_requests: 0 } },
    }),
  }
}

export const messageId = ({ id }: JobView): string => itemId('msg', id, 0)
export const callId = ({ id }: JobView, n: number): string => itemId('ig', id, n)

const outputOf = (view: JobView, links: string[], echo: Echo): object[] =>
  echo.isTool
    ? view.images.map((image) => callOf(view, image, links, echo))
    : [
        messageOf(
          view,
          view.images.map((image) => partOf(image, links, echo)),
        ),
      ]

/** The one item of Modular MAX. */
export const messageOf = (view: JobView, content: object[], status = 'completed') => ({
  type: 'message',
  id: messageId(view),
  role: 'assistant',
  status,
  content,
})

/** One image of it. `head` = before its bytes. */
export const partOf = (
  image: StoredImage,
  links: string[],
  { isLinked }: Echo,
  isHead = false,
) => ({
  type: 'output_image',
  ...(!isLinked && !isHead && { image_data: StoredBytes.base64(image) }),
  image_url: links[image.n],
  format: formatOf(image),
  width: image.width,
  height: image.height,
})

/** One image of OpenAI's tool. */
export function callOf(view: JobView, image: StoredImage, links: string[], echo: Echo) {
  const { width, height, revisedPrompt } = image
  return {
    id: callId(view, image.n),
    type: 'image_generation_call',
    status: 'completed',
    result: StoredBytes.base64(image),
    action: echo.isEdit ? 'edit' : 'generate',
    ...toldOf(echo),
    output_format: formatOf(image),
    ...(width && height && { size: formatSize({ width, height }) }),
    ...(revisedPrompt !== null && { revised_prompt: revisedPrompt }),
    url: links[image.n],
  }
}

/** What the tool was asked for and is told again with its images. */
export function toldOf({ shown }: Echo): { background?: string; quality?: string } {
  const tools = shown['tools'] as { type: string; background?: string; quality?: string }[]
  const { background, quality } = tools.find(({ type }) => type === 'image_generation') ?? {}
  return {
    ...(background && background !== 'auto' && { background }),
    ...(quality && quality !== 'auto' && { quality }),
  }
}

export const formatOf = ({ type }: PartialImage): string => type.replace('image/', '')

/** OpenAI's codes; what is ours is said in the message. */
function errorOf({ status, error }: JobView) {
  if (error === null || status === 'cancelled') return null
  const { message, type, param } = error
  return { code: codeOf(error), message, type, param }
}

function codeOf({ code, status }: PublicError): string {
  if (code === 'moderation_blocked') return 'image_content_policy_violation'
  if (status === 429) return 'rate_limit_exceeded'
  if (status >= 500) return 'server_error'
  // What is not about the request's fields has no code of theirs.
  return status === 400 && code !== 'failed_to_download_image' ? 'invalid_prompt' : code
}

function usageOf(usage: Usage | null) {
  const { prompt_tokens: _prompt, completion_tokens: _completion, ...told } = openaiUsage(usage)
  return told
}
