import { randomUUID } from 'node:crypto'
import { json, Refusal, type Call, type Reply } from './call.ts'
import { isAbsent, type Rules } from './fields.ts'
import { cancelJob, findJob, keepJob, startJob, until } from './jobs.ts'
import { checkFields, DRAWING_RULES, readDrawing } from './openai-fields.ts'
import { STREAM_HEADERS } from './openai-images.ts'
import { fetchImage } from './inputs.ts'
import { checkDriver } from './openai-models.ts'
import { readInput } from './openai-response-input.ts'
import { events } from './openai-response-stream.ts'
import { render, type KeptResponse } from './openai-response.ts'
import { draw } from './pictures.ts'
import type { Json } from './shapes.ts'

/** Fields of text models, which change nothing here. */
const OTHER_FIELDS = [
  'access_programs',
  'conversation',
  'image',
  'include',
  'input',
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'moderation',
  'parallel_tool_calls',
  'previous_response_id',
  'prompt',
  'prompt_cache_key',
  'prompt_cache_retention',
  'reasoning',
  'safety_identifier',
  'service_tier',
  'stream_options',
  'temperature',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'truncation',
  'user',
]
const REQUEST_RULES: Rules = {
  model: { is: 'text', required: true },
  background: { is: 'boolean' },
  store: { is: 'boolean' },
  stream: { is: 'boolean' },
  ...Object.fromEntries(OTHER_FIELDS.map((name) => [name, { is: 'any' as const }])),
}
const TOOL_RULES: Rules = {
  type: { is: 'text', required: true },
  model: { is: 'text' },
  action: { is: 'choice', of: ['generate', 'edit', 'auto'] },
  input_image_mask: { is: 'any' },
  ...DRAWING_RULES,
}

const id = (prefix: string): string => `${prefix}_${randomUUID().replaceAll('-', '')}`

/** The tool that will be called, with its place in the request. */
function findTool({ tools, tool_choice: choice }: Json): { tool: Json; prefix: string } | null {
  if (!Array.isArray(tools) || choice === 'none') return null
  const at = tools.findIndex((tool: Json) => tool['type'] === 'image_generation')
  return at < 0 ? null : { tool: tools[at] as Json, prefix: `tools[${at}].` }
}

async function accept(call: Call): Promise<KeptResponse> {
  const request = call.json
  checkFields(request, REQUEST_RULES)
  checkDriver(String(request['model']))
  const found = findTool(request)
  if (found) checkFields(found.tool, TOOL_RULES, found.prefix)
  const { prompt, images } = await readInput(call)
  const base = {
    callId: id('ig'),
    request,
    tool: found?.tool ?? null,
    background: request['background'] === true,
    partials: Number(found?.tool['partial_images'] ?? 0),
  }
  if (!found) {
    const job = startJob(call, id('resp'), { prompt, pictures: [] })
    return { ...base, job, drawing: null, text: 'I only draw.' }
  }
  const model = isAbsent(found.tool['model']) ? 'gpt-image-2' : String(found.tool['model'])
  const drawing = readDrawing(found.tool, model, prompt, found.prefix)
  const mask = found.tool['input_image_mask'] as Json | null | undefined
  if (mask)
    images.push(await fetchImage(String(mask['image_url']), `${found.prefix}input_image_mask`))
  drawing.order.inputs = images
  const pictures = draw(call, drawing.order)
  return { ...base, job: startJob(call, id('resp'), { prompt, pictures }), drawing, text: null }
}

const stream = (kept: KeptResponse, call: Call, after?: number): Reply => ({
  status: 200,
  headers: STREAM_HEADERS,
  body: events(kept, call.world, after),
})

/** `POST /v1/responses`. */
export async function create(call: Call): Promise<Reply> {
  const kept = await accept(call)
  if (call.json['store'] !== false || kept.background) keepJob(call, kept)
  if (call.json['stream'] === true) return stream(kept, call)
  if (kept.background) return json(render(kept, 'queued'))
  await until(kept.job, kept.job.doneAt)
  return json(render(kept))
}

function find(call: Call): KeptResponse {
  const [wanted = ''] = call.params
  const kept = findJob(call, wanted) as KeptResponse | undefined
  if (kept) return kept
  throw new Refusal(404, `Response with id '${wanted}' not found.`, { code: null })
}

/** `GET /v1/responses/{id}`, also as a stream. */
export function retrieve(call: Call): Reply {
  const kept = find(call)
  if (call.query.get('stream') === 'true') {
    return stream(kept, call, Number(call.query.get('starting_after') ?? -1))
  }
  const shown = render(kept)
  return json(call.fault?.kind === 'unknown_status' ? { ...shown, status: 'warming_up' } : shown)
}

/** `POST /v1/responses/{id}/cancel`: one that has ended stays as it is. */
export function cancel(call: Call): Reply {
  const kept = find(call)
  if (!kept.background) throw new Refusal(400, 'Cannot cancel a synchronous response.')
  cancelJob(kept.job)
  return json(render(kept))
}

/** `DELETE /v1/responses/{id}`. */
export function remove(call: Call): Reply {
  const kept = find(call)
  call.world.jobs.delete(`${call.api}:${kept.job.id}`)
  return json({ id: kept.job.id, object: 'response', deleted: true })
}
