import type { Job } from '../../src/jobs/job-object.ts'

/** The bindings of one object, which only it may see: a test puts something between it and others. */
export const envOf = (instance: Job): Env => (instance as unknown as { env: Env }).env
