import * as z from 'zod/mini'
import type { InputImage } from '../core/request.ts'
import { StagedInput } from '../core/staged-input.ts'
import type { ParseContext } from './dialect.ts'
import { invalid } from './invalid.ts'

/** Longest `image_url` in characters (OpenAI Images API). */
const MAX_URL = 20_971_520

/** An image as a body names it: a URL, or what was a data URL or a file. */
export const Reference = z.union(
  [
    z.string().check(z.minLength(1), z.maxLength(MAX_URL)),
    z.custom<StagedInput>((it) => it instanceof StagedInput),
  ],
  {
    error: 'expected an https:// URL or a base64 data URL',
  },
)

type Reference = z.infer<typeof Reference>

/** An image and the field that names it. */
export interface NamedReference {
  param: string
  value: Reference
}

/** The images of one field, which holds one or a list. */
export const listOf = (
  param: string,
  value: Reference | Reference[] | null | undefined,
): NamedReference[] =>
  Array.isArray(value)
    ? value.map((item, i) => ({ param: `${param}.${i}`, value: item }))
    : value == null
      ? []
      : [{ param, value }]

/** @throws GatewayError 400 naming the field whose image is no usable one, or whose URL is refused */
export function toInput({ param, value }: NamedReference, { checkUrl }: ParseContext): InputImage {
  if (typeof value === 'string') {
    const fault = checkUrl(value)
    if (fault !== null) throw invalid(param, fault)
    return { url: value }
  }
  if ('fault' in value.input) throw invalid(param, value.input.fault)
  return value.input
}
