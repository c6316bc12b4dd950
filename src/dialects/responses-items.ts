import { itemId } from '../core/ids.ts'
import { StoredBytes } from '../core/stored-bytes.ts'
import type { JobView } from '../core/view.ts'
import {
  IMAGE_FIELDS,
  readEcho,
  type EchoItem,
  type EchoPart,
  type ImageField,
} from './responses-echo.ts'

type Item = Record<string, unknown> & { id: string }

/** What a response was asked for, item by item; images that came as bytes come back as such. */
export function renderInputItems({ id, echo }: JobView): Item[] {
  const { input } = readEcho(echo)
  const items: EchoItem[] = typeof input === 'string' ? [{ role: 'user', content: input }] : input
  return items.flatMap(({ role, content, type, id: own }, n): Item[] => {
    if (role)
      return [
        {
          id: itemId('in', id, n),
          type: 'message',
          role,
          status: 'completed',
          content: contentOf(role, content ?? []),
        },
      ]
    if (type !== 'image_generation_call' || !own) return []
    return [{ id: own, type, status: 'completed', result: null }]
  })
}

function contentOf(role: string, content: NonNullable<EchoItem['content']>): object[] {
  const type = role === 'assistant' ? 'output_text' : 'input_text'
  if (typeof content === 'string') return [{ type, text: content, annotations: [], logprobs: [] }]
  return content.map((part) => ({
    ...(part.type === 'input_image' && { detail: 'auto' }),
    ...part,
    ...Object.fromEntries(
      IMAGE_FIELDS.filter((name) => name in part).map((name) => [name, shown(name, part)]),
    ),
  }))
}

/** In the form in which it was sent. */
function shown(name: ImageField, part: EchoPart): string | StoredBytes | null {
  const image = part[name] ?? null
  if (image === null || typeof image === 'string') return image
  return new StoredBytes(
    image.r2,
    image.bytes,
    name === 'image_data' ? 'base64' : 'data-url',
    image.type,
  )
}
