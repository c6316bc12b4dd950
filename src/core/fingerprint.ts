import type { GenerationRequest } from './request.ts'

/**
 * Whether two requests ask for the same: the SHA-256, in hex, of the canonical request without what does
 * not change the picture. Inputs count by their bytes where those are staged, by their text as URLs.
 */
export async function fingerprintOf(request: GenerationRequest): Promise<string> {
  const { endUser: _endUser, partials: _partials, ...same } = request
  const inputs = request.inputs.map((input) => ('url' in input ? input.url : input.sha256))
  return sha256Hex(canonicalJson({ ...same, inputs }))
}

export async function sha256Hex(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text)
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).toHex()
}

/** JSON with sorted keys, so that equal values have equal texts. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`)
  return `{${fields.join(',')}}`
}
