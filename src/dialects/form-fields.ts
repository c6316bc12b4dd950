import type { StagedInput } from '../core/staged-input.ts'

/** One field of a form; files that are images were staged. */
export interface FormEntry {
  name: string
  value: string | StagedInput
}

/**
 * Which field of an edit a form's field carries images for; null = none. Clients write `image`, repeat
 * it, or write `image[]` or `image[0]`.
 */
export function imageFieldOf(name: string): 'image' | 'mask' | 'markup' | null {
  if (/^images?(\[\d{0,4}\])?$/.test(name)) return 'image'
  return name === 'mask' || name === 'markup' ? name : null
}
