import { errors, GatewayError } from '../core/error.ts'
import type { Handler } from './context.ts'

/** OpenAI has retired variations; its clients still have the call. */
export const refuseVariations: Handler = () => {
  throw new GatewayError(
    errors.notFound(
      "Variations are not offered. Send the image to '/v1/images/edits' with a prompt such as 'a variation of this image'.",
    ),
  )
}
