import { setTimeout } from 'node:timers/promises'
import { json, nowSeconds, type Call, type Reply } from './call.ts'
import { fromForm } from './fields.ts'
import { expand } from './inline.ts'
import {
  checkFields,
  countTokens,
  EDIT_RULES,
  GENERATION_RULES,
  readDrawing,
  type Drawing,
} from './openai-fields.ts'
import { readInputs } from './openai-inputs.ts'
import { imageModel } from './openai-models.ts'
import { draw, drawSlowly, latencyOf, toPicture } from './pictures.ts'
import type { Json, Picture } from './shapes.ts'

/** One server-sent event. */
export const frame = (body: { type: string } & Json): Buffer[] =>
  expand(`event: ${body.type}\ndata: ${JSON.stringify(body)}\n\n`)

export const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
}

interface Drawn {
  call: Call
  drawing: Drawing
  /** Of the event names. */
  kind: 'image_generation' | 'image_edit'
  partials: number
  pictures: Picture[]
}

async function* events({ call, drawing, kind, partials, pictures }: Drawn) {
  const { order, size, quality, background, format: output_format } = drawing
  const pause = latencyOf(order.prompt, call.world.settings) / (partials + 1)
  const shared = { created_at: nowSeconds(), size, quality, background, output_format }
  for (let k = 0; k < partials; k++) {
    await setTimeout(pause)
    const preview = toPicture({ ...order, seed: k }, 0, call.world.settings, call.fault)
    yield frame({
      type: `${kind}.partial_image`,
      b64_json: preview.base64(),
      partial_image_index: k,
      ...shared,
    })
  }
  await setTimeout(pause)
  // Nothing is documented for more than one image: one such event for each.
  for (const image of pictures) {
    const usage = countTokens(drawing, partials)
    yield frame({ type: `${kind}.completed`, b64_json: image.base64(), ...shared, usage })
  }
}

async function answer(call: Call, body: Json, drawing: Drawing, kind: Drawn['kind']) {
  const { order, size, quality, background, format } = drawing
  if (body['stream'] === true) {
    const partials = Number(body['partial_images'] ?? 0)
    const pictures = draw(call, order)
    return {
      status: 200,
      headers: STREAM_HEADERS,
      body: events({ call, drawing, kind, partials, pictures }),
    }
  }
  const pictures = await drawSlowly(call, order)
  return json({
    created: nowSeconds(),
    background,
    data: pictures.map((image) => ({ b64_json: image.base64() })),
    output_format: format,
    quality,
    size,
    usage: countTokens(drawing),
  })
}

/** `POST /v1/images/generations`. */
export function generate(call: Call): Promise<Reply> {
  const body = call.json
  checkFields(body, GENERATION_RULES)
  const drawing = readDrawing(body, String(body['model']), String(body['prompt']))
  return answer(call, body, drawing, 'image_generation')
}

/** `POST /v1/images/edits`, as a form or as JSON. */
export async function edit(call: Call): Promise<Reply> {
  const body = call.form ? fromForm(call.form, EDIT_RULES) : call.json
  checkFields(body, EDIT_RULES)
  const model = String(body['model'])
  const drawing = readDrawing(body, model, String(body['prompt']))
  drawing.order.inputs = await readInputs(call, imageModel(model))
  return answer(call, body, drawing, 'image_edit')
}
