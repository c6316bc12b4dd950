import { GatewayError } from '../core/error.ts'
import { inOwnNames, type OwnNames } from '../core/own-names.ts'
import type { Body, ImageTool } from './responses-body.ts'
import type { Read } from './responses-input.ts'

/** The gateway's names of fields that are called otherwise here. */
const OURS: Record<string, string> = {
  num_images: 'n',
  safety_identifier: 'user',
  input_image_mask: 'mask',
}

/**
 * The paths under which a request has sent what the gateway knows by one name. What holds for the whole
 * request comes first; where the input itself holds no image, none of it can be at fault.
 */
export function namesOf(body: Body, tool: ImageTool | null, { images, earlier }: Read): OwnNames {
  const { image, max } = body.provider_options ?? {}
  const { n, seed, user, safety_identifier, previous_response_id: previous } = body
  const isEarlier = images.length === 0 && (previous != null || earlier.length > 0)
  const chained = previous == null ? earlier[0]?.param : 'previous_response_id'
  const sent = [
    ...below('provider_options.max.', max),
    ...(tool ? below(toolPath(body, tool), tool) : []),
    ...below('', { n, seed, user, safety_identifier }),
    ...below('provider_options.image.', image),
  ]
  const own = new Map(sent.map(([name, path]) => [OURS[name] ?? name, path]))
  // Of two sides, the one that is missing is named after the one that came.
  const width = own.get('width') ?? own.get('height')?.replace(/height$/, 'width')
  if (width) {
    own.set('width', width).set('height', width.replace(/width$/, 'height'))
    if (!own.has('size')) own.set('size', own.get('width')!)
  }
  return [...own.set('prompt', 'input').set('image', (isEarlier && chained) || 'input')]
}

const below = (place: string, fields: object | null | undefined): [name: string, path: string][] =>
  Object.entries(fields ?? {}).flatMap(([name, value]) =>
    value == null ? [] : [[name, place + name]],
  )

export const toolPath = ({ tools }: Body, tool: ImageTool): string =>
  `tools.${tools?.indexOf(tool) ?? 0}.`

/** @throws GatewayError as `read` does, in the caller's words */
export function inOwnWords<T>(names: OwnNames, read: () => T): T {
  try {
    return read()
  } catch (caught) {
    if (caught instanceof GatewayError) throw new GatewayError(inOwnNames(caught.shown, names))
    throw caught
  }
}
