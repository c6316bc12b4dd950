import type { GenerationRequest, InputImage } from './request.ts'

/** An input image that was staged. */
export type StoredInput = Extract<InputImage, { r2: string }>

/** Where the inputs lie that came with a request as bytes. Others are images of jobs, and not its own. */
export const stagedKeys = ({
  inputs,
  mask,
}: Pick<GenerationRequest, 'inputs' | 'mask'>): string[] =>
  [...inputs, mask].flatMap((it) =>
    it && 'r2' in it && it.r2.startsWith('inputs/') ? [it.r2] : [],
  )

/**
 * Stands in a parsed request body where the bytes of an image were: they were stored, or `fault` says
 * as the end of a sentence why not. A class, so that no JSON from outside can look like one.
 */
export class StagedInput {
  readonly input: StoredInput | { fault: string }

  constructor(input: StoredInput | { fault: string }) {
    this.input = input
  }
}
