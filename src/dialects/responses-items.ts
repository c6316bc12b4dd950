import { itemId } from '../core/ids.ts'
import { StoredBytes } from '../core/stored-bytes.ts'
import type { JobView } from '../core/view.ts'
import { readEcho, type EchoItem } from './responses-echo.ts'

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
  const isAnswer = role === 'assistant'
  const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : content
  return parts.flatMap(({ type, text, image_url: url, detail }): object[] => {
    if (text !== undefined)
      return isAnswer
        ? [{ type: 'output_text', text, annotations: [], logprobs: [] }]
        : [{ type: 'input_text', text }]
    if (type !== 'input_image' || url == null) return []
    const image_url =
      typeof url === 'string' ? url : new StoredBytes(url.r2, url.bytes, 'data-url', url.type)
    return [{ type, image_url, detail: detail ?? 'auto' }]
  })
}
