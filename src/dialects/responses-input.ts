import { parseItemId } from '../core/ids.ts'
import type { EarlierImages } from '../core/request.ts'
import { StagedInput } from '../core/staged-input.ts'
import type { NamedReference } from './image-reference.ts'
import { invalid } from './invalid.ts'
import type { Body, Item } from './responses-body.ts'

/** What is drawn, and from what. */
export interface Read {
  prompt: string
  /** Images that came with the request. */
  images: NamedReference[]
  /** Images of earlier answers that the input names; they come first. */
  earlier: EarlierImages[]
}

/**
 * The prompt is what `instructions` and system or developer messages say, then the last user message.
 * Its images are those of the newest answer, before it or behind it (OpenAI's guide on image ids), and its
 * own; else of the newest message that has some.
 *
 * @throws GatewayError 400 naming the message without a text, or the part that cannot be an image
 */
export function readInput({ input, instructions }: Body): Read {
  const items: Item[] = typeof input === 'string' ? [{ role: 'user', content: input }] : input
  const last = items.findLastIndex(({ role }) => role === 'user')
  const said = last < 0 ? '' : textOf(items[last]!)
  if (said.trim() === '') throw invalid('input', 'expected a user message with a text')
  const rules = items.filter(({ role }) => role === 'system' || role === 'developer').map(textOf)
  const sent = items.map((item, i) => imagesOf(item, `input.${i}.content`))
  const answer = newestAnswer(items)
  const images = [...answer.filter((it) => 'value' in it), ...sent[last]!]
  const earlier = answer.filter((it) => 'job' in it)
  const isNone = images.length + earlier.length === 0
  return {
    prompt: [instructions ?? '', ...rules, said].filter((it) => it !== '').join('\n\n'),
    images: isNone ? (sent.slice(0, last).findLast((it) => it.length > 0) ?? []) : images,
    earlier,
  }
}

function textOf({ content }: Item): string {
  if (typeof content === 'string') return content
  const texts = (content ?? []).flatMap((it) =>
    /^(input_)?text$/.test(it.type) ? [it.text ?? ''] : [],
  )
  return texts.join(' ')
}

function imagesOf({ content, role }: Item, at: string): NamedReference[] {
  if (typeof content === 'string' || role === 'assistant') return []
  return (content ?? []).flatMap(({ type, image_url: url, file_data: file }, i) => {
    const param = `${at}.${i}`
    if (url != null) return [{ param: `${param}.image_url`, value: url }]
    if (file != null) return [{ param: `${param}.file_data`, value: file }]
    if (!/^input_(image|file|video)$/.test(type)) return []
    throw invalid(param, 'expected an image as image_url', 'unsupported_content')
  })
}

/** What the newest turn with images has put back of its answer. */
function newestAnswer(items: Item[]): (NamedReference | EarlierImages)[] {
  const turns: (NamedReference | EarlierImages)[][] = [[]]
  for (const [i, item] of items.entries())
    if (item.role === 'user') turns.push([])
    else turns.at(-1)!.push(...putBack(item, `input.${i}`))
  return turns.findLast((it) => it.length > 0) ?? []
}

/** Clients put an earlier answer back as it was, with its bytes, or by the ids of its items. */
function putBack(item: Item, at: string): (NamedReference | EarlierImages)[] {
  const { id, type, content } = item
  const parts = typeof content === 'string' ? [] : (content ?? [])
  const bytes = [
    { param: `${at}.result`, value: item['result'] },
    ...parts.map((part, k) => ({ param: `${at}.content.${k}`, value: part['image_data'] })),
  ].filter((it): it is NamedReference => it.value instanceof StagedInput)
  if (bytes.length > 0) return bytes
  const found = id == null ? null : parseItemId(id)
  if (found || type === 'image_generation_call')
    return [{ job: null, n: null, ...found, param: `${at}.id` }]
  return parts.flatMap(({ type: kind, image_url: value }, k) =>
    kind === 'output_image' && value != null ? [{ param: `${at}.content.${k}`, value }] : [],
  )
}
