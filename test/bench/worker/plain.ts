import { forward, type BenchEnv } from './bench-env.ts'
import { nullBucket } from './null-bucket.ts'

/** What anybody would write first: the answer as JSON, its images decoded whole. */
export async function answerPlainly(request: Request, env: BenchEnv): Promise<Response> {
  const answer = await forward(request, env)
  const { data } = await answer.json<{ data: { b64_json: string }[] }>()
  const sizes: number[] = []
  for (const { b64_json } of data) {
    const bytes = Uint8Array.fromBase64(b64_json)
    await nullBucket(env).put(crypto.randomUUID(), bytes)
    sizes.push(bytes.length)
  }
  return Response.json({ sizes })
}
