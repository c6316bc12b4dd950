import type { Fault } from '../upstreams/faults.ts'
import type { KindName } from './upstream-kinds.ts'
import type { VerdictName } from './upstream-verdicts.ts'

/** One of each way to answer: at once or by a handle, with bytes or with links, with a vendor's words or few. */
export const KINDS_TESTED = [
  'openai',
  'openai-responses',
  'oxen',
  'together',
  'vllm-omni',
] as const satisfies readonly KindName[]

type Tested = (typeof KINDS_TESTED)[number]

/** What an upstream's own words must not be passed on with. */
export const WORDS = 'canary words of the upstream'

export interface Row {
  name: string
  fault: Fault
  /** Beside the prompt. */
  body?: object
  /** Longest call, where the fault is to outlast it. */
  timeoutSeconds?: number
  verdicts: Record<Tested, VerdictName>
}

const all = (verdict: VerdictName, others: Partial<Record<Tested, VerdictName>> = {}) => ({
  openai: verdict,
  'openai-responses': verdict,
  oxen: verdict,
  together: verdict,
  'vllm-omni': verdict,
  ...others,
})

const row = (name: string, fault: Fault, verdicts: Row['verdicts'], body: object = {}): Row => ({
  name,
  fault,
  verdicts,
  body,
})

const status = (code: number, verdicts: Row['verdicts'], more: Partial<Fault> = {}): Row =>
  row(
    `${code}${more.retryAfter ? `, retry-after ${more.retryAfter}` : ''}`,
    { kind: 'status', status: code, message: WORDS, ...more },
    verdicts,
  )

const CONNECTION: Row[] = [
  row('reset before headers', { kind: 'reset_before_headers' }, all('unknown')),
  row('lost answer', { kind: 'lost_answer' }, all('unknown')),
  row('reset after headers', { kind: 'reset_after_headers' }, all('unknown')),
  row('short body', { kind: 'short_body' }, all('unknown')),
  { ...row('hang', { kind: 'hang' }, all('unknown')), timeoutSeconds: 2 },
  {
    ...row('headers too late', { kind: 'slow_headers', ms: 6000 }, all('unknown')),
    timeoutSeconds: 2,
  },
  row('late headers', { kind: 'slow_headers', ms: 200 }, all('image')),
  row('dripped body', { kind: 'drip', ms: 5 }, all('image')),
]

const ANSWER: Row[] = [
  status(400, all('invalid')),
  status(401, all('account')),
  status(402, all('account')),
  status(403, all('account')),
  status(404, all('account')),
  status(408, all('unknown')),
  status(409, all('unknown')),
  status(413, all('invalid')),
  status(422, all('invalid')),
  status(429, all('rate')),
  status(429, all('rate, late'), { retryAfter: '120' }),
  status(500, all('unknown')),
  status(500, all('unknown'), { work: true }),
  status(502, all('unknown')),
  status(503, all('capacity', { 'vllm-omni': 'unknown' })),
  status(503, all('capacity, late'), { retryAfter: '120' }),
  status(504, all('unknown')),
  status(521, all('trouble')),
  row(
    'moderation',
    { kind: 'moderation' },
    all('refused', { oxen: 'invalid', 'vllm-omni': 'invalid' }),
  ),
  row('no credit', { kind: 'no_credit' }, all('account', { 'vllm-omni': 'unknown' })),
  row('HTML', { kind: 'html' }, all('useless')),
  row('empty body', { kind: 'empty' }, all('useless')),
  row('JSON without its end', { kind: 'broken_json' }, all('unknown')),
  row('wrong media type', { kind: 'wrong_type' }, all('image')),
  row('redirect to a private address', { kind: 'redirect' }, all('trouble')),
  row(
    'stream that ends in an error',
    { kind: 'stream_error' },
    all('image', { openai: 'unknown' }),
    {
      partial_images: 2,
    },
  ),
]

const IMAGES: Row[] = [
  row('truncated base64', { kind: 'truncated_base64' }, all('useless')),
  row('SVG in the place of PNG', { kind: 'svg_as_png' }, all('useless')),
  row('the same image twice', { kind: 'duplicates' }, all('two images'), { n: 2 }),
  row('one image too many', { kind: 'wrong_count', count: 2 }, all('image')),
  row('no image', { kind: 'wrong_count', count: 0 }, all('useless')),
  row(
    'link to a private address',
    { kind: 'private_url' },
    all('image', { oxen: 'useless', together: 'useless' }),
  ),
]

const links = (name: string, fault: Fault): Row =>
  row(name, { ...fault, on: 'result' }, all('image', { oxen: 'useless', together: 'useless' }))

const LINKS: Row[] = [
  row(
    'link that fails twice',
    { kind: 'status', status: 500, on: 'result', times: 2 },
    all('image'),
  ),
  row(
    'link that is reset once',
    { kind: 'reset_before_headers', on: 'result', times: 1 },
    all('image'),
  ),
  row('link that breaks off once', { kind: 'short_body', on: 'result', times: 1 }, all('image')),
  links('link that is gone', { kind: 'status', status: 404, message: WORDS }),
  links('link that is forbidden', { kind: 'status', status: 403, message: WORDS }),
  links('link that fails', { kind: 'status', status: 500, message: WORDS }),
  links('link that is reset', { kind: 'reset_before_headers' }),
  links('link that breaks off', { kind: 'short_body' }),
  links('link to HTML', { kind: 'html' }),
  links('link that redirects to a private address', { kind: 'redirect' }),
]

const polls = (name: string, fault: Fault, verdict: VerdictName): Row =>
  row(name, { ...fault, on: 'poll' }, all('image', { 'openai-responses': verdict, oxen: verdict }))

const HANDLES: Row[] = [
  row(
    'work that fails',
    { kind: 'job_failed', message: WORDS },
    all('image', { 'openai-responses': 'unknown', oxen: 'unknown' }),
  ),
  polls('handle that is gone', { kind: 'gone' }, 'unknown'),
  polls('forbidden poll', { kind: 'status', status: 401, message: WORDS }, 'at work, unseen'),
  // These strike once and say nothing of the work.
  row('link that has expired once', { kind: 'expired_url', times: 1 }, all('image')),
  row('link that has always expired', { kind: 'expired_url' }, all('image', { oxen: 'useless' })),
  polls('unknown status', { kind: 'unknown_status', times: 1 }, 'image'),
  polls('poll that fails', { kind: 'status', status: 500, times: 1 }, 'image'),
  polls('poll that is reset', { kind: 'reset_before_headers', times: 1 }, 'image'),
  polls('poll answered with HTML', { kind: 'html', times: 1 }, 'image'),
  polls('poll that breaks off', { kind: 'short_body', times: 1 }, 'image'),
]

/** Every kind of fault; each strikes as often as it meets a call, unless it says otherwise. */
export const ROWS: readonly Row[] = [...CONNECTION, ...ANSWER, ...IMAGES, ...LINKS, ...HANDLES]
