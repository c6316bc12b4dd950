import { extractJson } from '../../../src/images/extract-json.ts'
import { ingestUrl } from '../../../src/images/ingest-url.ts'
import { openSink } from '../../../src/images/ingest.ts'
import type { About, Ingested } from '../../../src/images/intake.ts'
import { callUpstream, type UpstreamResponse } from '../../../src/outbound/upstream.ts'
import type { BenchEnv } from './bench-env.ts'
import { nullBucket } from './null-bucket.ts'

const DEADLINES = { headersMs: 30_000, bodyMs: 30_000, totalMs: 60_000 }

/** An answer's images into R2 as a job takes them in, without the job: POST brings base64, GET a file. */
export async function ingestAnswer(request: Request, env: BenchEnv): Promise<Response> {
  const { pathname } = new URL(request.url)
  const isPost = request.method === 'POST'
  const length = Number(request.headers.get('content-length'))
  const called = await callUpstream({
    request: { method: isPost ? 'POST' : 'GET', path: pathname, headers: {}, body: null },
    body: request.body && { stream: request.body, length, type: 'application/json' },
    upstream: { id: 'bench', baseUrl: env.UPSTREAM, credential: null },
    deadlines: DEADLINES,
  })
  if (!called.ok) return Response.json({ error: called.error }, { status: 502 })
  const { response } = called
  try {
    const images = isPost ? await extract(response, env) : [await fromUrl(response, env)]
    return Response.json({ images })
  } finally {
    response.end()
  }
}

const about: About = { job: 'job', model: 'image', provider: 'bench', seed: null, created: 0 }

const fromUrl = (
  response: { headers: Headers; body: ReadableStream<Uint8Array> | null },
  env: BenchEnv,
): Promise<Ingested> => ingestUrl(nullBucket(env), crypto.randomUUID(), response, about)

/** An answer of one image. */
async function extract({ headers, body }: UpstreamResponse, env: BenchEnv): Promise<Ingested[]> {
  const length = Number(headers.get('content-length'))
  const expectedBytes = Math.ceil(0.75 * length)
  const { images } = await extractJson(body!, {
    imageKeys: ['b64_json'],
    sink: () => openSink(nullBucket(env), crypto.randomUUID(), about, { expectedBytes }),
    maxSkeletonBytes: 1024 * 1024,
    signal: new AbortController().signal,
    length,
  })
  return images
}
