import { Refusal } from './call.ts'

/** Kind of an image by its first bytes; null for anything else. */
export function sniff(bytes: Buffer): 'png' | 'jpeg' | 'webp' | null {
  if (bytes.subarray(0, 8).toString('hex') === '89504e470d0a1a0a') return 'png'
  if (bytes.subarray(0, 3).toString('hex') === 'ffd8ff') return 'jpeg'
  const [riff, webp] = [bytes.toString('latin1', 0, 4), bytes.toString('latin1', 8, 12)]
  return riff === 'RIFF' && webp === 'WEBP' ? 'webp' : null
}

/** As its header states it. */
export const pngSize = (png: Buffer): string => `${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`

/** Longest wait for an image behind a link, in ms. */
const DOWNLOAD_MS = 10_000

/** Reads an image given as a `data:` or http(s) URL. @throws Error when there is none. */
async function read(url: string): Promise<Buffer> {
  const data = /^data:image\/[a-z+.-]+;base64,([A-Za-z0-9+/]+={0,2})$/.exec(url)
  if (data) return Buffer.from(data[1]!, 'base64')
  if (!/^https?:\/\//.test(url)) throw new Error('Neither a data URL nor http.')
  const answer = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) })
  if (!answer.ok) throw new Error(`${answer.status}`)
  return Buffer.from(await answer.arrayBuffer())
}

/** The image behind a URL. @throws Refusal 400 when it cannot be had, or is no image. */
export async function fetchImage(url: string, param: string): Promise<Buffer> {
  const bytes = await read(url).catch(() => null)
  if (!bytes) {
    throw new Refusal(400, `Error while downloading the image of '${param}'.`, {
      code: 'invalid_image_url',
      param,
    })
  }
  if (!sniff(bytes)) {
    throw new Refusal(400, `The image of '${param}' is none.`, {
      code: 'invalid_image_format',
      param,
    })
  }
  return bytes
}
