import { describeCause, log } from '../core/log.ts'
import { deletionOf } from '../core/receipt.ts'
import type { Removed } from '../core/view.ts'
import { readReceiptKeys, signJws } from './receipt-keys.ts'

/** Never rejects: the job is deleted, whether that can be signed or not. */
export async function signDeletion(
  env: Env,
  { view, erased }: Removed,
): Promise<{ receipt?: string }> {
  try {
    const keys = await readReceiptKeys(env.RECEIPT_KEYS)
    return keys ? { receipt: await signJws(keys, deletionOf(view, erased, Date.now())) } : {}
  } catch (caught) {
    log('receipt_failed', { job: view.id, cause: describeCause(caught) })
    return {}
  }
}
