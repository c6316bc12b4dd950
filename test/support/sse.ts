/** One server-sent event as it came. */
export interface Sent {
  id: string | null
  event: string
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads what came, whatever it is
  data: any
}

/** Events as they come; comments are left out. A stream that breaks off throws. */
export async function* readSse(body: ReadableStream<Uint8Array>): AsyncGenerator<Sent> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let text = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      text += decoder.decode(value, { stream: true })
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const block = text.slice(0, end)
        text = text.slice(end + 2)
        if (!block.startsWith(':')) yield parse(block)
      }
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

function parse(block: string): Sent {
  const fields = new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon), line.slice(colon + 2)]
    }),
  )
  return {
    id: fields.get('id') ?? null,
    event: fields.get('event') ?? '',
    data: JSON.parse(fields.get('data') ?? 'null'),
  }
}

/** All events of a stream that ends. */
export async function allSse(answer: Response): Promise<Sent[]> {
  const all: Sent[] = []
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`)
  for await (const sent of readSse(answer.body!)) all.push(sent)
  return all
}
