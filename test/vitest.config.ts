import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** Enough for tests only: links made with it are worth nothing. */
const SIGNING_KEYS = `k1:${Buffer.alloc(32, 7).toString('base64')}`

export default defineConfig({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: {
        bindings: { SIGNING_KEYS, ADMIN_KEY: 'admin-key-for-tests-0123456789abcdef', DEMO: 'true' },
      },
    }),
  ],
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/conformance/**', 'test/crash/**'],
  },
})
