import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from 'wrangler'
import type { SourcelessWorkerOptions } from 'wrangler'

export const ADMIN_KEY = 'admin-key-for-tests-0123456789abcdef'

/** Enough for tests only: links made with it are worth nothing. */
const VARS = {
  ADMIN_KEY,
  SIGNING_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
  RECEIPT_KEYS: `r1:${Buffer.alloc(32, 9).toString('base64')}`,
  DEMO: 'true',
}

/** The Worker as wrangler.toml describes it, without its code. `vars` join or replace the defaults. */
export function workerOptions(vars: Record<string, string> = {}): SourcelessWorkerOptions {
  const config = unstable_readConfig({ config: 'wrangler.toml' }, { hideWarnings: true })
  // No secret is asked for, so none is read from .dev.vars: a test must not reach an upstream.
  const worker = unstable_getMiniflareWorkerOptions({ ...config, secrets: { required: [] } })
  const bindings = { ...config.vars, ...VARS, ...vars }
  return { ...worker.workerOptions, name: 'darkroom', bindings }
}

/**
 * The same without routers in front of it: requests go straight to the Worker, and workerd itself reads its
 * assets.
 */
export function directOptions(vars: Record<string, string> = {}): SourcelessWorkerOptions {
  const worker = workerOptions(vars)
  delete worker.assets
  return {
    ...worker,
    serviceBindings: { ASSETS: { disk: { path: 'public', writable: false } } },
    // Else another Worker stands between this one and the upstream.
    stripCfConnectingIp: false,
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
  }
}
