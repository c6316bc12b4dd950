import { Refusal, type Call } from './call.ts'
import { isAbsent } from './fields.ts'
import { fetchImage, pngSize, sniff } from './inputs.ts'
import type { ImageModel } from './openai-models.ts'
import type { Form, Json } from './shapes.ts'

const MAX_IMAGES = 16
/** In bytes. */
const MAX_IMAGE = 50_000_000
const MAX_MASK = 4_000_000
/** In characters. */
const MAX_URL = 20_971_520

const invalid = (message: string, param: string, code = 'invalid_value'): Refusal =>
  new Refusal(400, message, { code, param })

function checkImage(bytes: Buffer, param: string): Buffer {
  if (bytes.length >= MAX_IMAGE) throw invalid('Image too large.', param, 'image_file_too_large')
  if (bytes.length === 0) throw invalid('Empty image file.', param, 'empty_image_file')
  if (sniff(bytes)) return bytes
  throw invalid('Invalid image file or mode.', param, 'unsupported_image_media_type')
}

/** A mask or markup has the first image's dimensions. */
function checkOverlay(bytes: Buffer, first: Buffer, param: string): Buffer {
  if (sniff(bytes) !== 'png') throw invalid(`'${param}' must be a PNG.`, param)
  if (bytes.length >= MAX_MASK) throw invalid(`'${param}' too large.`, param)
  if (sniff(first) === 'png' && pngSize(first) !== pngSize(bytes)) {
    throw invalid(`Invalid ${param} size: it must match the first image.`, param)
  }
  return bytes
}

function readForm({ files }: Form, model: ImageModel): Buffer[] {
  const single = files.filter(({ name }) => name === 'image')
  if (single.length > 1) {
    throw invalid(
      `Duplicate parameter: 'image'. If you are trying to provide a list of values, use the array syntax instead e.g. 'image[]=<value>'.`,
      'image',
      'duplicate_parameter',
    )
  }
  const images = files.filter(({ name }) => name === 'image' || name === 'image[]')
  if (images.length === 0) {
    throw invalid(`Missing required parameter: 'image'.`, 'image', 'missing_required_parameter')
  }
  if (images.length > MAX_IMAGES) throw invalid('Too many images.', 'image')
  const inputs = images.map(({ bytes }) => checkImage(bytes, 'image'))
  for (const { name, bytes } of files) {
    if (name === 'mask') inputs.push(checkOverlay(bytes, inputs[0]!, 'mask'))
    else if (name === 'markup' && model.markup) {
      inputs.push(checkOverlay(bytes, inputs[0]!, 'markup'))
    } else if (!images.some((image) => image.name === name)) {
      throw invalid(`Unknown parameter: '${name}'.`, name, 'unknown_parameter')
    }
  }
  return inputs
}

/** One `{image_url}` or `{file_id}`; the simulator has no files. */
export async function readReference(value: unknown, param: string): Promise<Buffer> {
  const { image_url: url, file_id: id } = (value ?? {}) as Json
  if (typeof id === 'string' && isAbsent(url)) {
    throw new Refusal(404, `No such File object: ${id}`, { param, code: null })
  }
  if (typeof url !== 'string' || !isAbsent(id)) {
    throw invalid(`'${param}' needs exactly one of image_url and file_id.`, param)
  }
  if (url.length > MAX_URL) throw invalid(`'${param}' is too long.`, param, 'image_too_large')
  return checkImage(await fetchImage(url, param), param)
}

async function readJson({ images, mask }: Json): Promise<Buffer[]> {
  if (isAbsent(images)) {
    throw invalid(`Missing required parameter: 'images'.`, 'images', 'missing_required_parameter')
  }
  if (!Array.isArray(images)) throw invalid(`'images' is no array.`, 'images', 'invalid_type')
  if (images.length === 0) throw invalid(`Invalid 'images': empty array.`, 'images', 'empty_array')
  if (images.length > MAX_IMAGES) throw invalid('Too many images.', 'images')
  const inputs = await Promise.all(
    images.map((image: unknown, at) => readReference(image, `images[${at}]`)),
  )
  if (!isAbsent(mask))
    inputs.push(checkOverlay(await readReference(mask, 'mask'), inputs[0]!, 'mask'))
  return inputs
}

/** The images of an edit, mask and markup last. @throws Refusal 400. */
export const readInputs = (call: Call, model: ImageModel): Promise<Buffer[]> =>
  call.form ? Promise.resolve(readForm(call.form, model)) : readJson(call.json)
