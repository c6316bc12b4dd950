import { errors, GatewayError } from '../core/error.ts'

/** What a part of a form says about itself. */
export interface PartHead {
  name: string
  /** Sent as a file. */
  isFile: boolean
  /** The stated media type; null = none. */
  type: string | null
}

/** RFC 2046 section 5.1.1: 1 to 70 characters, no space at the end. */
const BOUNDARY = /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/

/** @param param the field at fault; null = none is known */
export const malformed = (what: string, param: string | null = null): GatewayError =>
  new GatewayError(errors.invalid(param, `The form is malformed: ${what}.`, 'invalid_multipart'))

/** @throws GatewayError 400 when a form's content type has no usable boundary */
export function boundaryOf(contentType: string): string {
  const parameter = /;\s*boundary=(?:"([^"]*)"|([^\s;"]+))/i.exec(contentType)
  const boundary = parameter?.[1] ?? parameter?.[2] ?? ''
  if (BOUNDARY.test(boundary)) return boundary
  throw malformed('its content type states no boundary of 1 to 70 characters')
}

/**
 * Reads the headers of a part, without the empty line behind them (RFC 7578 section 4).
 *
 * @throws GatewayError 400
 */
export function parsePartHead(bytes: Uint8Array): PartHead {
  const headers = new Map<string, string>()
  for (const line of decode(bytes).split('\r\n')) {
    const [, name, value] = /^([\w-]+):[ \t]*(.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) throw malformed('a part has a broken header')
    headers.set(name.toLowerCase(), value)
  }
  const parameters = parametersOf(headers.get('content-disposition') ?? '')
  const name = parameters?.get('name')
  if (!parameters || name === undefined)
    throw malformed("a part has no header 'Content-Disposition: form-data' with a name")
  const encoding = headers.get('content-transfer-encoding') ?? 'binary'
  if (!/^(binary|7bit|8bit)\s*$/i.test(encoding))
    throw malformed('a part has a Content-Transfer-Encoding', name)
  const isFile = parameters.has('filename') || parameters.has('filename*')
  return { name, isFile, type: headers.get('content-type') ?? null }
}

const FORM_DATA = /^form-data\s*(?=;|$)/i
const PARAMETER = /;\s*([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))\s*/y

/** The parameters of a part's `Content-Disposition`; null when it is another one or broken. */
function parametersOf(disposition: string): Map<string, string> | null {
  const start = FORM_DATA.exec(disposition)
  if (!start) return null
  const parameters = new Map<string, string>()
  PARAMETER.lastIndex = start[0].length
  while (PARAMETER.lastIndex < disposition.length) {
    const [, name, quoted, token] = PARAMETER.exec(disposition) ?? []
    if (name === undefined) return null
    parameters.set(name.toLowerCase(), unquote(quoted ?? token ?? ''))
  }
  return parameters
}

/** Browsers write a quote and line ends as `%22`, `%0D` and `%0A` (WHATWG), others put a backslash before. */
const unquote = (text: string): string =>
  text.replaceAll(/\\(["\\])/g, '$1').replaceAll(/%(?:22|0D|0A)/gi, decodeURIComponent)

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw malformed('a part has a header that is not UTF-8')
  }
}
