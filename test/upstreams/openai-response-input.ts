import { Refusal, type Call } from './call.ts'
import { isAbsent } from './fields.ts'
import { findJob } from './jobs.ts'
import { readReference } from './openai-inputs.ts'
import type { KeptResponse } from './openai-response.ts'
import type { Json } from './shapes.ts'

interface Gathered {
  prompt: string
  images: Buffer[]
}

const invalid = (message: string, param: string, code = 'invalid_value'): Refusal =>
  new Refusal(400, message, { code, param })

async function readPart(part: Json, param: string, into: Gathered): Promise<void> {
  const { type, text, image_url, file_id } = part
  if (type === 'input_text' && typeof text === 'string') into.prompt += `${text}\n`
  else if (type === 'output_text') return
  else if (type === 'input_image') {
    into.images.push(await readReference({ image_url, file_id }, `${param}.image_url`))
  } else throw invalid(`Invalid value: '${String(type)}'.`, `${param}.type`)
}

/** An earlier result that the caller puts back by its id. */
function readEarlier(call: Call, id: unknown, param: string): Buffer[] {
  const kept = [...call.world.jobs.values()].find((job) => (job as KeptResponse).callId === id) as
    | KeptResponse
    | undefined
  if (kept && kept.job.key === call.key) return kept.job.pictures.map((image) => image.bytes())
  throw new Refusal(404, `Item with id '${String(id)}' not found.`, { param, code: null })
}

async function readItem(call: Call, item: Json, param: string, into: Gathered): Promise<void> {
  if (item['type'] === 'image_generation_call') {
    into.images.push(...readEarlier(call, item['id'], param))
    return
  }
  const { role, content } = item
  if (!['user', 'system', 'developer', 'assistant'].includes(String(role))) {
    throw invalid(`Invalid value: '${String(role)}'.`, `${param}.role`)
  }
  if (typeof content === 'string') {
    into.prompt += `${content}\n`
    return
  }
  if (!Array.isArray(content)) {
    throw invalid(`'${param}.content' is no array.`, `${param}.content`, 'invalid_type')
  }
  for (const [at, part] of content.entries()) {
    await readPart(part as Json, `${param}.content[${at}]`, into)
  }
}

/** Prompt and images of `input` and of the response before. @throws Refusal. */
export async function readInput(call: Call): Promise<Gathered> {
  const { input, previous_response_id: previous } = call.json
  const into: Gathered = { prompt: '', images: [] }
  if (!isAbsent(previous)) {
    const kept = findJob(call, String(previous)) as KeptResponse | undefined
    if (!kept) {
      throw new Refusal(404, `Previous response with id '${String(previous)}' not found.`, {
        code: 'previous_response_not_found',
        param: 'previous_response_id',
      })
    }
    into.images.push(...kept.job.pictures.map((image) => image.bytes()))
  }
  if (typeof input === 'string') into.prompt = input
  else if (Array.isArray(input)) {
    for (const [at, item] of input.entries()) {
      await readItem(call, item as Json, `input[${at}]`, into)
    }
  } else {
    throw invalid(`Missing required parameter: 'input'.`, 'input', 'missing_required_parameter')
  }
  into.prompt = into.prompt.trim()
  return into
}
