import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { DEFINED, writeCatalogue } from '../src/cli/catalogue.ts'
import { writeOpenapi } from '../src/cli/openapi-file.ts'
import { Checklist } from './checklist/reporter.ts'
import { workerOptions } from './support/worker.ts'

/** Files that run in Node: against the gateway over HTTP or as a process, or on threads. */
const NODE_SIDE = [
  'test/cli/**/*.test.ts',
  'test/conformance/**/*.test.ts',
  'test/core/advance-laws.test.ts',
  'test/crash/**/*.test.ts',
  'test/upstreams/**/*.test.ts',
]

/** Models that cost money, as an operator would add them. */
const price = [{ unit: 'image', usd: 0.04 }]
const priceFrom = (year: string, i: number) => ({
  unit: 'image',
  usd: 0.01 * (i + 1),
  effective_from: `${year}-01-01`,
})
const PRICES = {
  MODELS: JSON.stringify({
    'sketch-priced': { base: 'sketch-1', price },
    'sketch-slow-priced': { base: 'sketch-slow', price },
    'sketch-moderated-priced': { base: 'sketch-moderated', price },
    'sketch-by-megapixel': { base: 'sketch-1', price: [{ unit: 'megapixel', usd: 0.01 }] },
    'sketch-dated': { base: 'sketch-1', price: ['2020', '2024', '2999'].map(priceFrom) },
    'sketch-unpriced': { base: 'sketch-1', price: null },
  }),
}

// The Worker under test is not built, its assets are.
writeCatalogue()
await writeOpenapi()

export default defineConfig({
  test: {
    // The gateway logs each request: shown for tests that fail.
    silent: 'passed-only',
    reporters: ['default', new Checklist()],
    // Twice the cores of a small machine: many files wait more than they compute.
    maxWorkers: 4,
    projects: [
      {
        plugins: [
          cloudflareTest({
            main: 'test/support/counted-worker.ts',
            miniflare: workerOptions(PRICES),
          }),
        ],
        define: DEFINED,
        // One runtime for all files: starting one takes most of a second. Files leave nothing behind.
        test: {
          name: 'workers',
          isolate: false,
          // Some wait for a job of 3 s: a busy machine has its time.
          testTimeout: 20_000,
          include: ['test/**/*.test.ts'],
          exclude: NODE_SIDE,
          globalSetup: ['test/outbound/hostile-server.ts'],
        },
      },
      {
        test: {
          name: 'node',
          // A file leaves nothing behind but what it imported: 25 s less.
          isolate: false,
          include: NODE_SIDE,
          globalSetup: ['test/support/build.ts'],
          setupFiles: ['test/support/checked-fetch.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
