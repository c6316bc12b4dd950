import { buildIfStale } from './artefact.ts'

/** Once per run, before the test files of the Node side: two of them must not build at once. */
export const setup = (): void => buildIfStale()
