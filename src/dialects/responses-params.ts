import { GatewayError, type PublicError } from '../core/error.ts'
import type { Body, ImageTool } from './responses-body.ts'

/** Names under which a field may have been sent, by that under which a fault of it is told. */
const NAMES: Partial<Record<string, string[]>> = {
  size: ['size', 'width', 'height'],
  // The side that is missing is named after the one that came.
  width: ['height'],
  height: ['width'],
  n: ['num_images', 'n'],
  user: ['safety_identifier', 'user'],
  mask: ['input_image_mask'],
}

/** Paths of the options that a request has sent; what holds for the whole request comes first. */
export function sentPaths(body: Body, tool: ImageTool | null): string[] {
  const { image, max } = body.provider_options ?? {}
  const { n, seed, user, safety_identifier } = body
  return [
    ...below('', { n, seed, user, safety_identifier }),
    ...(tool ? below(toolPath(body, tool), tool) : []),
    ...below('provider_options.image.', image),
    ...below('provider_options.max.', max),
  ]
}

const below = (place: string, fields: object | null | undefined): string[] =>
  Object.entries(fields ?? {}).flatMap(([name, value]) => (value == null ? [] : [place + name]))

export const toolPath = ({ tools }: Body, tool: ImageTool): string =>
  `tools.${tools?.indexOf(tool) ?? 0}.`

/** An error that names a field as the gateway knows it, told under the name that the caller wrote. */
export function renamed(error: PublicError, sent: string[]): PublicError {
  const { param, message } = error
  const own = param === null ? null : ownName(param, sent)
  return { ...error, param: own, message: message.replaceAll(`'${param}'`, `'${own}'`) }
}

function ownName(param: string, sent: string[]): string {
  if (param === 'prompt') return 'input'
  if (param === 'image') return sent.find((path) => /^(previous|input)/.test(path)) ?? 'input'
  const found = (NAMES[param] ?? [param]).flatMap((name) =>
    sent.filter((path) => path === name || path.endsWith(`.${name}`)),
  )
  const path = found[0] ?? param
  return param === 'width' || param === 'height' ? path.replace(/\w+$/, param) : path
}

/** @throws GatewayError as `read` does, in the caller's words */
export function inOwnWords<T>(sent: string[], read: () => T): T {
  try {
    return read()
  } catch (caught) {
    throw caught instanceof GatewayError ? new GatewayError(renamed(caught.shown, sent)) : caught
  }
}
