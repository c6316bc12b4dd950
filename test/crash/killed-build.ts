import { bundleSmall } from '../../src/cli/bundle.ts'

/** The gateway whose objects can be killed, as `buildKilled` leaves it. */
export const KILLED = 'dist/killed/killed-worker.js'

/** Bundles it as a deploy would. */
export const buildKilled = (): Promise<void> => bundleSmall('test/support/killed-worker.ts', KILLED)
