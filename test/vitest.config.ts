import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { workerOptions } from './support/worker.ts'

/** Files that run in Node, against the gateway over HTTP or as a process. */
const NODE_SIDE = [
  'test/cli/**/*.test.ts',
  'test/conformance/**/*.test.ts',
  'test/crash/**/*.test.ts',
]

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [cloudflareTest({ main: 'src/index.ts', miniflare: workerOptions() })],
        test: { name: 'workers', include: ['test/**/*.test.ts'], exclude: NODE_SIDE },
      },
      {
        test: {
          name: 'node',
          include: NODE_SIDE,
          globalSetup: ['test/support/build.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
