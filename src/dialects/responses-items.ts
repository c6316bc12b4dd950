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
  const type = role === 'assistant' ? 'output_text' : 'input_text'
  if (typeof content === 'string') return [{ type, text: content, annotations: [], logprobs: [] }]
  return content.map(({ image_url: url, ...part }) => {
    if (url === undefined) return part
    const image_url =
      typeof url === 'string'
        ? url
        : url && new StoredBytes(url.r2, url.bytes, 'data-url', url.type)
    return { detail: 'auto', ...part, image_url }
  })
}
