import type { GenerationRequest, InputImage } from './request.ts'

/**
 * Whether two requests ask for the same: the SHA-256, in hex, of the canonical request without what does
 * not change the picture. Inputs count by their bytes where those are staged, by their text as URLs.
 *
 * @param stamp of an artist that stands in: its picture is another one.
 */
export async function fingerprintOf(
  request: GenerationRequest,
  stamp: string | null = null,
): Promise<string> {
  const { endUser: _endUser, partials: _partials, ...same } = request
  const mask = request.mask && contentOf(request.mask)
  return sha256Hex(canonicalJson({ ...same, inputs: request.inputs.map(contentOf), mask, stamp }))
}

/** What tells an input from others. */
export const contentOf = (input: InputImage): string => ('url' in input ? input.url : input.sha256)

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
