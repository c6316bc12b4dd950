import { json, Refusal, type Api, type Call, type Reply } from './call.ts'
import { edit, generate } from './openai-images.ts'
import { MODEL_IDS } from './openai-models.ts'
import { cancel, create, remove, retrieve } from './openai-responses.ts'

const TYPES: Record<number, string> = {
  403: 'permission_error',
  429: 'rate_limit_error',
  503: 'service_unavailable_error',
}
const CODES: Record<number, string> = {
  401: 'invalid_api_key',
  429: 'rate_limit_exceeded',
  500: 'server_error',
  503: 'server_is_overloaded',
}

/** OpenAI's envelope: all four keys, always. Other servers copy it. */
export function refuse({ status, message, details }: Refusal): Reply {
  const { code = CODES[status] ?? null, param = null, headers } = details
  const type =
    details.type ?? TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error')
  return json({ error: { message, type, param, code } }, status, headers)
}

const describe = (id: string) => ({ id, object: 'model', created: 1776700800, owned_by: 'system' })

function showModel(call: Call): Reply {
  const id = call.params[0]!
  if (MODEL_IDS.includes(id)) return json(describe(id))
  throw new Refusal(404, `The model '${id}' does not exist`, {
    code: 'model_not_found',
    param: 'model',
  })
}

function refuseVariations(): never {
  throw new Refusal(404, 'Image variations are no longer available; use edits.', { code: null })
}

/** OpenAI: Images and Responses, from its OpenAPI file and the types of its Node client 7.55.0. */
export const openai: Api = {
  name: 'openai',
  root: '/openai',
  base: '/openai/v1',
  auth: 'bearer',
  routes: [
    { method: 'POST', path: /^\/v1\/images\/generations$/, kind: 'submit', handle: generate },
    { method: 'POST', path: /^\/v1\/images\/edits$/, kind: 'submit', handle: edit },
    {
      method: 'POST',
      path: /^\/v1\/images\/variations$/,
      kind: 'submit',
      handle: refuseVariations,
    },
    { method: 'POST', path: /^\/v1\/responses$/, kind: 'submit', handle: create },
    { method: 'GET', path: /^\/v1\/responses\/([^/]+)$/, kind: 'poll', handle: retrieve },
    { method: 'DELETE', path: /^\/v1\/responses\/([^/]+)$/, kind: 'cancel', handle: remove },
    { method: 'POST', path: /^\/v1\/responses\/([^/]+)\/cancel$/, kind: 'cancel', handle: cancel },
    {
      method: 'GET',
      path: /^\/v1\/models$/,
      kind: 'list',
      handle: () => json({ object: 'list', data: MODEL_IDS.map(describe) }),
    },
    { method: 'GET', path: /^\/v1\/models\/(.+)$/, kind: 'list', handle: showModel },
  ],
  refuse,
  moderation: new Refusal(
    400,
    'Your request was rejected by the safety system. safety_violations=[violence].',
    { type: 'image_generation_user_error', code: 'moderation_blocked' },
  ),
  noCredit: new Refusal(
    429,
    'You exceeded your current quota, please check your plan and billing details.',
    { type: 'insufficient_quota', code: 'insufficient_quota' },
  ),
  headers: ({ requestId }) => ({
    'x-request-id': requestId,
    'openai-version': '2020-10-01',
    'openai-organization': 'org-simulated',
    'openai-processing-ms': '12',
    'x-ratelimit-limit-requests': '500',
    'x-ratelimit-remaining-requests': '499',
    'x-ratelimit-reset-requests': '120ms',
  }),
}
