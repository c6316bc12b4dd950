import type { JobView } from '../core/view.ts'

/** Dialect of jobs whose caller took an id for an answer: their end is told in OpenAI's words, too. */
export const BACKGROUND = 'responses'
/** Of those whose caller waits, or reads a stream. */
export const WAITED = 'responses-waited'

/** Whether a job was asked for as a response. */
export const isResponse = ({ dialect }: Pick<JobView, 'dialect'>): boolean =>
  dialect === BACKGROUND || dialect === WAITED
