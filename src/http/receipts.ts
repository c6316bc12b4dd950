import { errors, GatewayError } from '../core/error.ts'
import { receiptOf } from '../core/receipt.ts'
import { callObject } from '../outbound/object-call.ts'
import { answerJson } from './answer.ts'
import type { Handler } from './context.ts'
import { jobIdOf, unknownJob } from './jobs.ts'
import { readReceiptKeys, signJws } from './receipt-keys.ts'

/** How long the public keys may be kept, seconds: a new one is published before anybody has to know it. */
const KEYS_MAX_AGE_SECONDS = 300

/** `GET /v1/jobs/{id}/receipt`: made from the job as it is read, and nothing is kept of it. */
export const readReceipt: Handler = async (c) => {
  const keys = await readReceiptKeys(c.env.RECEIPT_KEYS)
  if (!keys)
    throw new GatewayError(
      errors.notConfigured('Receipts need RECEIPT_KEYS, which is not set here.'),
    )
  const view = await callObject(c.env.JOBS, jobIdOf(c), async (job) => job.view(c.var.caller))
  if (!view) throw unknownJob()
  const payload = receiptOf(view)
  if (!payload) {
    const message = `This job is ${view.status}: a receipt tells how a job has ended.`
    throw new GatewayError(errors.invalid(null, message, 'job_not_ended'))
  }
  const receipt = await signJws(keys, payload)
  if (!c.req.header('accept')?.includes('application/jose'))
    return answerJson(c, { receipt, payload })
  c.header('cache-control', 'no-store')
  return c.body(receipt, 200, { 'content-type': 'application/jose' })
}

/** `GET /.well-known/jwks.json` (RFC 7517 section 5). Empty when nothing is signed here. */
export const readPublicKeys: Handler = async (c) => {
  const keys = await readReceiptKeys(c.env.RECEIPT_KEYS)
  return c.json({ keys: keys?.published ?? [] }, 200, {
    'cache-control': `public, max-age=${KEYS_MAX_AGE_SECONDS}`,
  })
}
