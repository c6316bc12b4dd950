import type { StoredInput } from '../core/staged-input.ts'
import { fetchTenantUrl } from '../outbound/fetch-tenant-url.ts'
import { MAX_INPUT_BYTES, openInputSink } from './input-sink.ts'
import { readBody } from './read.ts'

export type StagedUrl = { ok: true; input: StoredInput } | { ok: false; reason: string }

/**
 * Downloads the image at a tenant's URL to a key, unless an earlier call did: what lies there is its own
 * record, so that a job that starts again does not download again. `reason` is a sentence for the
 * tenant. Rejects when R2 fails, and when the signal goes off while it waits for memory.
 */
export async function stageUrl(
  bucket: R2Bucket,
  key: string,
  url: string,
  rules: { allowPrivate: boolean; signal: AbortSignal },
  fetcher?: Parameters<typeof fetchTenantUrl>[2],
): Promise<StagedUrl> {
  const known = await findStored(bucket, key)
  if (known) return { ok: true, input: known }
  const fetched = await fetchTenantUrl(url, rules, fetcher)
  if (!fetched.ok) return fetched
  try {
    return await store(bucket, key, fetched.body, rules.signal)
  } finally {
    fetched.end()
  }
}

const BROKEN = `The file of the URL broke off, or is larger than ${MAX_INPUT_BYTES} bytes.`

/** An object under a key is whole: it becomes visible with its last byte. */
async function findStored(bucket: R2Bucket, key: string): Promise<StoredInput | null> {
  const object = await bucket.head(key)
  const sha256 = object?.customMetadata?.['sha256']
  const type = object?.httpMetadata?.contentType
  return object && sha256 && type ? { r2: key, type, bytes: object.size, sha256 } : null
}

/** Another job's own copy of a staged input. Rejects when R2 fails. */
export async function copyInput(
  bucket: R2Bucket,
  input: StoredInput,
  n: number,
): Promise<StoredInput> {
  const r2 = `${input.r2}.${n}`
  const object = await bucket.get(input.r2)
  if (!object) throw new Error('a staged input is gone')
  const { httpMetadata = {}, customMetadata = {} } = object
  await bucket.put(r2, object.body, { httpMetadata, customMetadata })
  return { ...input, r2 }
}

async function store(
  bucket: R2Bucket,
  key: string,
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): Promise<StagedUrl> {
  const reader = readBody(body)
  const sink = openInputSink(bucket, key, null, { signal })
  try {
    for (;;) {
      const piece = await reader.next().catch(() => 'broken' as const)
      if (piece === 'broken') return { ok: false, reason: BROKEN }
      if (piece === null || !(await sink.write(piece))) break
    }
    await sink.close()
    const { input } = sink.result()
    if ('r2' in input) return { ok: true, input }
    return { ok: false, reason: `The URL was read, but ${input.fault}.` }
  } finally {
    void reader.cancel()
    await sink.abort()
  }
}
