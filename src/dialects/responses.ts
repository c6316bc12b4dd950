import type { Dialect } from './dialect.ts'
import { openaiImages } from './openai-images.ts'
import { BACKGROUND } from './response-kind.ts'
import { responseFrames } from './responses-frames.ts'
import { parseResponse } from './responses-parse.ts'
import { renderResponse } from './responses-render.ts'

/**
 * `/v1/responses` in both of its forms: OpenAI's where `tools` holds `image_generation`, else that of
 * Modular MAX and Open Responses.
 */
export const responses: Dialect = {
  name: 'responses',
  isNumbered: true,
  parse: parseResponse,
  render: (job, { echo }) => renderResponse(job, echo),
  renderPending: (job, { dialect, echo }) =>
    dialect === BACKGROUND ? renderResponse(job, echo) : undefined,
  frames: (row, job, { echo }) => responseFrames(row, job, echo),
  renderError: (error, context) => openaiImages.renderError(error, context),
}
