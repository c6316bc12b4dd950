import { ask, download } from './client.ts'
import type { Server, Stage } from './upstream-stage.ts'

/** What the tests read of a job of `/v1/jobs/{id}`. */
export interface Job {
  id: string
  status: string
  data: { url: string; sha256: string }[]
  error: { code: string } | null
  attempts: { upstream: string; outcome: string; upstream_job_id: string | null }[]
  cost: { usd: number | null }
  usage: { input_tokens: number; output_tokens: number } | null
  warnings: { param: string | null; message: string }[]
  urls: { images: string[] }
}

export interface ImagesAnswer {
  data?: { url?: string; b64_json?: string; seed?: number; revised_prompt?: string }[]
  usage?: { input_tokens: number; output_tokens: number }
  error?: { type: string; code: string; message: string; param: string | null }
}

/** A request and all that came of it. */
export interface Ordered {
  status: number
  headers: Headers
  json: ImagesAnswer
  job: Job
  /** What the links of the job give. */
  links: { status: number; sha256: string }[]
}

/** Asks for images, waits, and looks at everything that a tenant can see of it. */
export async function order(
  stage: Stage,
  model: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Ordered> {
  const { gateway, account } = stage
  const { key } = account
  const answer = await ask<ImagesAnswer>(`${gateway.url}/v1/images/generations`, {
    key,
    headers,
    body: { model, prompt: 'a mill', response_format: 'url', ...body },
  })
  const id = answer.headers.get('x-darkroom-job')
  if (id === null) throw new Error(`No job: ${answer.status} ${JSON.stringify(answer.json)}`)
  const { json: job } = await ask<Job>(`${gateway.url}/v1/jobs/${id}`, { key })
  const links = await Promise.all(job.urls.images.map((url) => download(url)))
  return { ...answer, job, links }
}

/** Everything a tenant or an operator can read of it, as one text. */
export const told = ({ headers, json, job }: Ordered): string =>
  JSON.stringify([[...headers], json, job])

/** Calls that asked for images. */
export const submits = ({ ledger }: Server) =>
  ledger.requests.filter(({ method, path }) => method === 'POST' && !path.endsWith('/cancel'))

export const sent = ({ ledger }: Server): string[] => ledger.calls.flatMap((call) => call.sent())
