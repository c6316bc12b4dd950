import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** Starts the fake upstream: OpenAI's Images form under `/images/generations`, files under `/file`. */
export async function startUpstream(): Promise<{ url: string; stop(): Promise<unknown> }> {
  const thread = new Worker(new URL('upstream-thread.ts', import.meta.url))
  const [url] = (await once(thread, 'message')) as [string]
  return { url, stop: () => thread.terminate() }
}
