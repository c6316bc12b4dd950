import { phaseOf, seconds, type Job, type Phase } from './jobs.ts'
import { countTokens, type Drawing } from './openai-fields.ts'
import type { Json } from './shapes.ts'

/** One response with all that its answers are made of. */
export interface KeptResponse {
  job: Job
  /** Of the output item. */
  callId: string
  request: Json
  tool: Json | null
  drawing: Drawing | null
  /** Text instead of an image, where no image tool was called. */
  text: string | null
  background: boolean
  partials: number
}

const STATUSES: Record<Phase, string> = {
  queued: 'queued',
  running: 'in_progress',
  done: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
}

function message(text: string) {
  const content = [{ type: 'output_text', text, annotations: [], logprobs: [] }]
  return { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content }
}

export function outputItem({ callId, drawing, job }: KeptResponse, index: number, done: boolean) {
  const id = index === 0 ? callId : `${callId}_${index}`
  if (!done) return { id, type: 'image_generation_call', status: 'in_progress', result: null }
  return {
    id,
    type: 'image_generation_call',
    status: 'completed',
    action: drawing!.order.inputs?.length ? 'edit' : 'generate',
    background: drawing!.background,
    output_format: drawing!.format,
    quality: drawing!.quality,
    size: drawing!.size,
    revised_prompt: drawing!.order.prompt,
    result: job.pictures[index]!.base64(),
  }
}

/** The tool with the defaults that answers show. */
const shownTool = (tool: Json): Json => ({
  background: 'auto',
  moderation: 'auto',
  output_compression: 100,
  output_format: 'png',
  partial_images: 0,
  quality: 'auto',
  size: 'auto',
  model: 'gpt-image-2',
  ...tool,
})

function usage(kept: KeptResponse) {
  const input = 40 + Math.ceil(JSON.stringify(kept.request['input']).length / 4)
  const image = kept.drawing && countTokens(kept.drawing, kept.partials)
  return {
    usage: {
      input_tokens: input,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: 20,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: input + 20,
    },
    ...(image && { tool_usage: { image_gen: image, web_search: { num_requests: 0 } } }),
  }
}

function output(kept: KeptResponse) {
  if (kept.text !== null) return [message(kept.text)]
  return kept.job.pictures.map((_, index) => outputItem(kept, index, true))
}

/** The response object in a phase; `output` is an array in every one. */
export function render(kept: KeptResponse, phase = phaseOf(kept.job)): Json {
  const { job, request, tool, background } = kept
  const done = phase === 'done'
  return {
    id: job.id,
    object: 'response',
    created_at: seconds(job.createdAt),
    completed_at: done ? seconds(job.doneAt) : null,
    status: STATUSES[phase],
    background,
    error: phase === 'failed' ? job.failure : null,
    incomplete_details: null,
    instructions: request['instructions'] ?? null,
    max_output_tokens: request['max_output_tokens'] ?? null,
    metadata: request['metadata'] ?? {},
    model: request['model'],
    output: done ? output(kept) : [],
    parallel_tool_calls: true,
    previous_response_id: request['previous_response_id'] ?? null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    store: request['store'] ?? true,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: request['tool_choice'] ?? 'auto',
    tools: tool ? [shownTool(tool)] : [],
    top_p: 1,
    truncation: 'disabled',
    ...(typeof request['user'] === 'string' && { user: request['user'] }),
    ...(done ? usage(kept) : { usage: null }),
  }
}
