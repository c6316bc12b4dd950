import * as z from 'zod/mini'
import { MAX_INPUTS } from '../core/request.ts'
import { listOf, Reference, type NamedReference } from './image-reference.ts'
import { invalid } from './invalid.ts'
import { Body } from './openai-images-body.ts'

const ImageObject = z.looseObject({
  image_url: z.nullish(Reference),
  file_id: z.optional(z.unknown()),
})
const Image = z.union([Reference, ImageObject], {
  error: 'expected an image: a file, or an object with image_url',
})
const Images = z.array(Image).check(z.minLength(1), z.maxLength(MAX_INPUTS))

/** OpenAI `POST /v1/images/edits`, as JSON and as a form, with the fields of generations beside it. */
export const EditBody = z.looseObject({
  ...Body.shape,
  image: z.nullish(z.union([Image, Images])),
  images: z.nullish(z.union([Image, Images])),
  mask: z.nullish(Image),
  input_fidelity: z.nullish(z.enum(['high', 'low'])),
  markup: z.nullish(z.enum([], 'expected nothing: a markup image is not offered')),
})

export type EditBody = z.infer<typeof EditBody>

type Image = z.infer<typeof Image>

type ImageFields = Pick<EditBody, 'image' | 'images' | 'image_url' | 'image_urls'>

/** Images in the order in which they stand, fields in the order of OpenAI's names first. */
export const imagesOf = (body: ImageFields): NamedReference[] => [
  ...named('image', body.image),
  ...named('images', body.images),
  ...listOf('image_url', body.image_url),
  ...listOf('image_urls', body.image_urls),
]

export const maskOf = (body: EditBody): NamedReference | null => named('mask', body.mask)[0] ?? null

function named(param: string, value: Image | Image[] | null | undefined): NamedReference[] {
  if (value == null) return []
  return Array.isArray(value)
    ? value.map((item, i) => toReference(`${param}.${i}`, item))
    : [toReference(param, value)]
}

function toReference(param: string, image: Image): NamedReference {
  const parsed = Reference.safeParse(image)
  if (parsed.success) return { param, value: parsed.data }
  const { image_url: url, file_id: file } = image as z.infer<typeof ImageObject>
  if (file != null)
    throw invalid(`${param}.file_id`, 'files are not offered; send the image as image_url')
  if (url != null) return { param: `${param}.image_url`, value: url }
  throw invalid(`${param}.image_url`, 'expected an https:// URL or a base64 data URL')
}
