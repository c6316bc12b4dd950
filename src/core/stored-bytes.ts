import type { StoredImage } from './image.ts'

/** Stands in a JSON answer where the base64 of a stored image belongs; the serialiser streams it out of R2. */
export class StoredBytes {
  readonly image: StoredImage
  readonly form: 'base64' | 'data-url'

  constructor(image: StoredImage, form: 'base64' | 'data-url') {
    this.image = image
    this.form = form
  }
}
