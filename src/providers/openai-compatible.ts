import type { ProviderRequest } from '../core/provider.ts'
import type { GenerationRequest } from '../core/request.ts'
import { formatRatio, formatSize, type Size } from '../core/size.ts'
import { InputMark } from '../core/upstream.ts'
import type { FormPart, HttpProvider, UpstreamRequest } from '../core/upstream.ts'
import { promptFor } from './compatible-prompt.ts'
import type { CompatibleRecord } from './compatible-records.ts'
import { readErrorAnswer } from './error-answer.ts'
import { readImages } from './images-answer.ts'
import { callSeed, stated } from './stated.ts'

/** A server of the OpenAI Images form: one call, the images or their URLs in its answer. */
export const openaiCompatible = (record: CompatibleRecord): HttpProvider => ({
  id: record.id,
  imageKeys: ['b64_json', 'url'],
  submit: (order) => submit(order, variantOf(record, order.model)),
  readSubmit: readImages,
  readError: (answer, during) => readErrorAnswer(answer, during, record.errors),
})

const variantOf = (record: CompatibleRecord, model: string): CompatibleRecord =>
  record.variants.reduce(
    (known, [names, variant]) => (names.test(model) ? { ...known, ...variant } : known),
    record,
  )

/** @throws Error when images are to be edited at a server that cannot: its model's record is wrong */
function submit(order: ProviderRequest, record: CompatibleRecord): UpstreamRequest {
  const { request } = order
  const fields = fieldsOf({ ...request, seed: callSeed(order) }, order.model, record)
  if (request.inputs.length === 0) return post(record.generatePath, { json: fields })
  const { edit } = record
  if (!edit) throw new Error(`${record.id} cannot edit images.`)
  return edit.form === 'json'
    ? post(edit.path, { json: { ...fields, [edit.imageField]: marksOf(request, edit) } })
    : post(edit.path, { form: [...textParts(fields), ...fileParts(request, edit)] })
}

const post = (path: string, body: UpstreamRequest['body']): UpstreamRequest => ({
  method: 'POST',
  path,
  headers: {},
  body,
})

function fieldsOf(
  request: GenerationRequest,
  model: string,
  record: CompatibleRecord,
): Record<string, unknown> {
  const { names, words } = record
  const values: Record<keyof typeof names, unknown> = {
    count: request.count,
    aspect: request.aspect && formatRatio(request.aspect),
    quality: inWords(request.quality, words.quality),
    style: request.style,
    resolution: inWords(request.resolution, words.resolution),
    background: request.background,
    format: request.format,
    compression: request.compression,
    moderation: inWords(request.moderation, words.moderation),
    seed: request.seed,
    steps: request.steps,
    guidance: request.guidance,
    negativePrompt: request.negativePrompt,
    endUser: request.endUser,
  }
  const named = Object.entries(values).flatMap(([key, value]) => {
    const name = names[key as keyof typeof names]
    return name === undefined ? [] : [[name, value] as const]
  })
  return stated({
    model,
    prompt: promptFor(request, record),
    response_format: record.responseFormat,
    ...(request.size ? sizeFields(request.size, record) : {}),
    ...Object.fromEntries(named),
    ...(record.passesOwn && request.providerOptions),
  })
}

function inWords(
  value: string | null,
  words: Record<string, string | null> | undefined,
): string | null {
  return value !== null && words && Object.hasOwn(words, value) ? (words[value] ?? null) : value
}

function sizeFields(size: Size, { size: form }: CompatibleRecord): Record<string, unknown> {
  switch (form) {
    case 'size':
      return { size: formatSize(size) }
    case 'sides':
      return { width: size.width, height: size.height }
    case 'image_size':
      return { image_size: { width: size.width, height: size.height } }
    case null:
      return {}
  }
}

type Edit<Form> = Extract<CompatibleRecord['edit'], { form: Form }>

function marksOf({ inputs }: GenerationRequest, { as, send }: Edit<'json'>) {
  const marks = inputs.map((_, i) => new InputMark(i, send))
  return as === 'one' || (as === 'either' && marks.length === 1) ? marks[0] : marks
}

const textParts = (fields: Record<string, unknown>): FormPart[] =>
  Object.entries(fields).map(([name, value]) => ({ name, value: String(value) }))

const fileParts = (
  { inputs, mask }: GenerationRequest,
  { imageField, maskField }: Edit<'multipart'>,
): FormPart[] => [
  ...inputs.map((_, i) => ({ name: imageField, input: i })),
  ...(mask && maskField !== null ? [{ name: maskField, input: -1 }] : []),
]
