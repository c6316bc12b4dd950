import { errors, GatewayError } from '../core/error.ts'
import { parseItemId } from '../core/ids.ts'
import type { EarlierImages } from '../core/request.ts'
import type { NamedReference } from './image-reference.ts'
import type { Body, Item } from './responses-body.ts'

/** What is drawn, and from what. */
export interface Read {
  prompt: string
  images: NamedReference[]
  /** Images of earlier answers that were put back into the input. */
  earlier: EarlierImages[]
}

/**
 * The prompt is what `instructions` and system or developer messages say, then the last user message.
 * Images are those of the last user message, else of the newest message before it that has some.
 *
 * @throws GatewayError 400 naming the message without a text, or the part that cannot be an image
 */
export function readInput({ input, instructions }: Body): Read {
  const items: Item[] = typeof input === 'string' ? [{ role: 'user', content: input }] : input
  const last = items.findLastIndex(({ role }) => role === 'user')
  const said = last < 0 ? '' : textOf(items[last]!)
  if (said.trim() === '')
    throw invalid(
      'input',
      'expected a user message with a text, which is the prompt',
      'missing_required_parameter',
    )
  const rules = items.filter(({ role }) => role === 'system' || role === 'developer').map(textOf)
  const pictures = items.map((item, i) => imagesOf(item, `input.${i}.content`))
  return {
    prompt: [instructions ?? '', ...rules, said].filter((it) => it !== '').join('\n\n'),
    images: pictures.slice(0, last + 1).findLast((it) => it.length > 0) ?? [],
    earlier: items.flatMap(putBack),
  }
}

function textOf({ content }: Item): string {
  if (typeof content === 'string') return content
  const texts = (content ?? []).flatMap((it) => (it.type === 'input_text' ? [it.text ?? ''] : []))
  return texts.join(' ')
}

function imagesOf({ content }: Item, at: string): NamedReference[] {
  if (typeof content === 'string') return []
  return (content ?? []).flatMap((part, i): NamedReference[] => {
    const param = `${at}.${i}`
    const { type, image_url: url, file_data: file } = part
    if (type === 'input_file' && typeof file === 'object' && file !== null)
      return [{ param: `${param}.file_data`, value: file as NamedReference['value'] }]
    if (type === 'input_file' || type === 'input_video')
      throw invalid(
        `${param}.type`,
        'expected images as input_image, or as base64 data URLs in file_data',
        'unsupported_content',
      )
    if (url != null) return [{ param: `${param}.image_url`, value: url }]
    if (type !== 'input_image') return []
    if (part['file_id'] != null)
      throw invalid(`${param}.file_id`, 'files are not offered; send the image as image_url')
    throw invalid(`${param}.image_url`, 'expected an https:// URL or a base64 data URL')
  })
}

/** Clients put an earlier answer back by the ids of its items. */
function putBack({ id, type, role }: Item, i: number): EarlierImages[] {
  const found = role == null && id != null ? parseItemId(id) : null
  const isImage = found !== null || type === 'image_generation_call'
  return isImage ? [{ job: null, n: null, ...found, param: `input.${i}.id` }] : []
}

export const invalid = (param: string, message: string, code?: string): GatewayError =>
  new GatewayError(errors.invalid(param, `Invalid '${param}': ${message}.`, code))
