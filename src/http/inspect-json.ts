import { errors, GatewayError } from '../core/error.ts'

/** Limits of reliability.md: deeper or larger documents are not requests. */
const MAX_DEPTH = 16
const MAX_NODES = 2000
const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype']

export const badJson = (message: string, code = 'invalid_json'): GatewayError =>
  new GatewayError(errors.invalid(null, message, code))

/** @throws GatewayError 400 for what is no JSON object, too deep, too large or out to change prototypes. */
export function inspectJson(value: unknown, maxNodes = MAX_NODES): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badJson('The request body must be a JSON object.', 'invalid_type')
  walk(value, maxNodes)
  return value as Record<string, unknown>
}

/** Without recursion: the depth is the attacker's choice. */
function walk(root: object, maxNodes: number): void {
  const pending: { value: object; depth: number }[] = [{ value: root, depth: 1 }]
  let nodes = 0
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (next.depth > MAX_DEPTH)
      throw badJson(`The request body is nested deeper than ${MAX_DEPTH} levels.`, 'json_too_deep')
    for (const [key, child] of Object.entries(next.value)) {
      nodes += 1
      if (nodes > maxNodes)
        throw badJson(`The request body holds more than ${maxNodes} values.`, 'json_too_large')
      if (FORBIDDEN_KEYS.includes(key))
        throw new GatewayError(errors.invalid(key, `The key '${key}' is not accepted.`))
      if (typeof child === 'object' && child !== null)
        pending.push({ value: child as object, depth: next.depth + 1 })
    }
  }
}
