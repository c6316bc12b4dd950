import { show } from '../core/issue.ts'
import type { Bounds, Capabilities } from '../core/model.ts'
import type { GenerationRequest } from '../core/request.ts'
import { anyOf, notTaken, shown } from './finding.ts'
import type { Finding } from './finding.ts'

type Check = (request: GenerationRequest, capabilities: Capabilities) => Finding[]

/** Parameters that change how a picture looks, not what was asked: the parameter policy's business. */
export function checkCosmetic(request: GenerationRequest, capabilities: Capabilities): Finding[] {
  return CHECKS.flatMap((check) => check(request, capabilities))
}

const CHECKS: Check[] = [
  (request, { seed }) => number(request, 'seed', 'seed', seed, true),
  (request, { steps }) => number(request, 'steps', 'steps', steps, true),
  (request, { guidance }) => number(request, 'guidance', 'guidance_scale', guidance, false),
  (request, { negativePrompt }) =>
    understood(request, 'negativePrompt', 'negative_prompt', negativePrompt),
  (request, { endUser }) => understood(request, 'endUser', 'user', endUser),
  (request, { quality }) => word(request, 'quality', 'quality', quality),
  (request, { style }) => word(request, 'style', 'style', style),
  (request, { moderation }) => word(request, 'moderation', 'moderation', moderation),
  (request, { inputFidelity }) => word(request, 'inputFidelity', 'input_fidelity', inputFidelity),
  compression,
  own,
]

type Key = keyof GenerationRequest

/** Left out, with what the caller is told about it. */
const leftOut = (key: Key, param: string, message: string, left: unknown = null): Finding[] => [
  { kind: 'left_out', overrides: { [key]: left }, warning: { param, message } },
]

const lacks = (request: GenerationRequest, key: Key, param: string): Finding[] =>
  leftOut(key, param, `${request.model} does not understand ${param}.`)

function number(
  request: GenerationRequest,
  key: 'seed' | 'steps' | 'guidance' | 'compression',
  param: string,
  bounds: Bounds | false,
  whole: boolean,
): Finding[] {
  const value = request[key]
  if (value === null) return []
  if (bounds === false) return lacks(request, key, param)
  const { min, max } = bounds
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return []
  const kind = whole ? 'a whole number' : 'a number'
  const error = notTaken(param, `${kind} from ${min} to ${max}`, request.model, value)
  return [{ kind: 'refused', error }]
}

const understood = (
  request: GenerationRequest,
  key: 'negativePrompt' | 'endUser',
  param: string,
  known: boolean,
): Finding[] => (request[key] === null || known ? [] : lacks(request, key, param))

/** Words of one family that mean something in another. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['standard', 'medium'],
  ['medium', 'standard'],
  ['hd', 'high'],
  ['high', 'hd'],
])

function word(
  request: GenerationRequest,
  key: 'quality' | 'style' | 'moderation' | 'inputFidelity',
  param: string,
  values: readonly string[] | false,
): Finding[] {
  const value = request[key]
  if (value === null || (values && values.includes(value))) return []
  // `auto` asks for what comes without the parameter.
  if (value === 'auto') return [{ kind: 'changed', overrides: { [key]: null }, warning: null }]
  if (!values) return lacks(request, key, param)
  const synonym = key === 'quality' ? SYNONYMS.get(value) : undefined
  if (synonym !== undefined && values.includes(synonym))
    return [{ kind: 'changed', overrides: { [key]: synonym }, warning: null }]
  const message = `${param} ${shown(value)} is not known to ${request.model}. Accepted: ${anyOf(values)}.`
  return leftOut(key, param, message)
}

function own(request: GenerationRequest, { own: known = [] }: Capabilities): Finding[] {
  const all = Object.entries(request.providerOptions)
  const taken = Object.fromEntries(all.filter(([name]) => known.includes(name)))
  return all.flatMap(([name, value]) => {
    const message = `${request.model} does not understand ${name} ${show(value)}.`
    return known.includes(name) ? [] : leftOut('providerOptions', name, message, taken)
  })
}

function compression(request: GenerationRequest, capabilities: Capabilities): Finding[] {
  const param = 'output_compression'
  const bounds = capabilities.compression && { min: 0, max: 100 }
  const format = request.format ?? capabilities.formats[0]
  const found = number(request, 'compression', param, bounds, true)
  if (found.length > 0 || request.compression === null) return found
  return format === 'png' || format === 'gif'
    ? leftOut('compression', param, `${param} is for jpeg and webp; the image is a ${format}.`)
    : []
}
