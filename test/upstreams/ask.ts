interface Answer<Body> {
  status: number
  headers: Headers
  body: Body
}

/** One request with a key, as the examples in the vendors' documents make it. */
export async function ask<Body>(
  url: string,
  json?: unknown,
  { method, headers }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer<Body>> {
  const answer = await fetch(url, {
    method: method ?? (json === undefined ? 'GET' : 'POST'),
    ...(json !== undefined && { body: JSON.stringify(json) }),
    headers: { authorization: 'Bearer k', 'content-type': 'application/json', ...headers },
  })
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Body }
}

export const download = async (url: string): Promise<Buffer> =>
  Buffer.from(await (await fetch(url)).arrayBuffer())
