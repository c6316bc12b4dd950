import type { GenerationRequest } from '../core/request.ts'
import type { CompatibleRecord } from './compatible-records.ts'
import { stated } from './stated.ts'

/** The prompt as a server may be given it: what has a meaning of its own there cannot come from a tenant. */
export function promptFor(request: GenerationRequest, { prompt }: CompatibleRecord): string | null {
  switch (prompt) {
    case 'none':
      return null
    case 'as-is':
      return request.prompt
    case 'sd-cpp':
      return `${withoutTags(request.prompt)}${extraArguments(request)}`
    case 'localai':
      return [request.prompt, request.negativePrompt ?? '']
        .filter((text, i) => i === 0 || text !== '')
        .map(withoutPipes)
        .join('|')
  }
}

const BLOCK = /<sd_cpp_extra_args>.*?<\/sd_cpp_extra_args>/gis
const TAG = /<\/?sd_cpp_extra_args>/gi

/** Without blocks and tags of `sd_cpp_extra_args`, also those that only arise by taking others out. */
function withoutTags(text: string): string {
  const less = text.replaceAll(BLOCK, '').replaceAll(TAG, '')
  return less === text ? text : withoutTags(less)
}

/** The server reads these from the prompt only. `<` is escaped, so that no value can end the block. */
function extraArguments({ seed, steps, guidance, negativePrompt }: GenerationRequest): string {
  const sampling = stated({
    sample_steps: steps,
    guidance: guidance === null ? null : { txt_cfg: guidance },
  })
  const given = stated({
    seed,
    negative_prompt: negativePrompt,
    sample_params: Object.keys(sampling).length > 0 ? sampling : null,
  })
  if (Object.keys(given).length === 0) return ''
  const json = JSON.stringify(given).replaceAll('<', '\\u003c')
  return `<sd_cpp_extra_args>${json}</sd_cpp_extra_args>`
}

/** LocalAI takes what follows a pipe as the negative prompt and knows no escape: a broken bar looks the same. */
const withoutPipes = (text: string): string => text.replaceAll('|', '¦')
