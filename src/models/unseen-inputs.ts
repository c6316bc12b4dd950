import type { PlanRoute } from '../core/plan.ts'
import type { GenerationRequest, Warning } from '../core/request.ts'

/** `sketch` accepts images so that clients can be tried, but cannot see. */
export const unseenInputs = (
  { inputs }: GenerationRequest,
  routes: readonly PlanRoute[],
): Warning[] =>
  inputs.length > 0 && routes.every(({ upstream }) => upstream === 'sketch')
    ? [
        {
          param: 'image',
          message:
            'sketch does not look at images: it draws a new picture from the prompt, another one for other images.',
        },
      ]
    : []
