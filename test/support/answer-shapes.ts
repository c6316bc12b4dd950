import * as z from 'zod'
import {
  ErrorResponse,
  ImageEditStreamEvent,
  ImageGenStreamEvent,
  ImagesResponseOfSdk,
  ListModelsResponse,
  Model,
  ResponseItemList,
  ResponseOfMax,
  ResponseOfSdk,
} from '../conformance/schemas.ts'
import {
  AimlError,
  AimlImages,
  AimlModel,
  AimlModels,
  ModelmaxConfig,
  ModelmaxError,
  ModelmaxImages,
  OpenaiError,
} from './dialect-answers.ts'
import { describedAs } from './described.ts'
import { BrokenOff, JobEvent, ResponseEvent } from './event-answers.ts'
import { NativeJob, NativeJobs } from './native-answers.ts'
import * as oxen from './oxen-schemas.ts'

/** Of zod, or of its smaller form. */
interface Schema {
  safeParse(json: unknown): { success: boolean; error?: unknown }
}

/** An answer that nobody has described. */
const NO_SHAPE: Schema = { safeParse: () => ({ success: false, error: 'not described' }) }

/** The first whose path fits states what a success looks like: each of `success` must take it. */
interface Rule {
  path: RegExp
  success: Schema[]
}

const Plan = z.object({ object: z.literal('gateway.plan') })
const Deleted = z.object({ object: z.string(), deleted: z.literal(true) })
/** A 202: the job goes on. */
const orJob = (schema: Schema): Schema => ({
  safeParse: (json) => (isOf(json, 'image.job') ? NativeJob : schema).safeParse(json),
})
const isOf = (json: unknown, object: string): boolean =>
  z.object({ object: z.literal(object) }).safeParse(json).success
const orPlan = (schema: Schema): Schema => ({
  safeParse: (json) => (isOf(json, 'gateway.plan') ? Plan : schema).safeParse(json),
})
const orDeleted = (schema: Schema): Schema => ({
  safeParse: (json) => (Deleted.safeParse(json).success ? Deleted : schema).safeParse(json),
})
const isTool = z.object({ tool_usage: z.object({}) })
/** Either flavour of a response, before and after it has images. */
const AnyResponse: Schema = {
  safeParse: (json) =>
    (isTool.safeParse(json).success ? ResponseOfSdk : ResponseOfMax).safeParse(json),
}

const isPutBack = z.object({ role: z.literal('assistant') })
const Items = z.looseObject({ data: z.array(z.unknown()) })
/** OpenAI has no shape for an answer of Modular MAX that was put back: such an item is left out. */
const InputItems: Schema = {
  safeParse(json) {
    const list = Items.safeParse(json).data
    const data = list?.data.filter((item) => !isPutBack.safeParse(item).success)
    return ResponseItemList.safeParse(list ? { ...list, data } : json)
  },
}

/** The first where the answer has this key, else the second. */
const either = (key: string, has: Schema, hasNot: Schema): Schema => ({
  safeParse: (json) => (Object.hasOwn(Object(json), key) ? has : hasNot).safeParse(json),
})

const images = (...schemas: Schema[]): Schema[] => schemas.map((it) => orPlan(orJob(it)))

const RULES: Rule[] = [
  { path: /^\/v1\/images\/(generations|edits)\/?$/, success: images(ImagesResponseOfSdk) },
  { path: /^\/v1\/models\/?$/, success: [ListModelsResponse] },
  { path: /^\/v1\/models\/./, success: [Model] },
  { path: /^\/v1\/jobs\/?$/, success: [NativeJobs] },
  { path: /^\/v1\/jobs\/[^/]+(\/cancel)?$/, success: [orDeleted(NativeJob)] },
  { path: /^\/v1\/responses\/[^/]+\/input_items$/, success: [InputItems] },
  { path: /^\/v1\/responses/, success: [orDeleted(orPlan(orJob(AnyResponse)))] },
  { path: /^\/modelmax.*\/images\/generations\/?$/, success: images(ModelmaxImages) },
  { path: /^\/aiml.*\/images\/(generations|edits)\/?$/, success: images(AimlImages) },
  { path: /^\/aiml.*\/models\/?$/, success: [AimlModels] },
  { path: /^\/aiml.*\/models\/./, success: [AimlModel] },
  {
    path: /^\/api\/ai\/images\/(generate|edit|generations)\/?$/,
    success: images(oxen.Images),
  },
  { path: /^\/api\/ai\/queue\/?$/, success: [orPlan(either('count', oxen.List, oxen.Enqueued))] },
  {
    path: /^\/api\/ai\/queue\/./,
    success: [either('model_name', oxen.Generation, oxen.Cancelled)],
  },
  { path: /^\/api\/ai\/models(\/search)?\/?$/, success: [oxen.Models] },
  { path: /^\/api\/ai\/models\/./, success: [oxen.Model] },
  { path: /^\/modelmax\/v1\/config$/, success: [ModelmaxConfig] },
]

const ERRORS: [path: RegExp, schemas: Schema[]][] = [
  [/^\/modelmax(\/|$)/, [ModelmaxError]],
  [/^\/aiml(\/|$)/, [AimlError]],
  [/^\/api(\/|$)/, [oxen.Refusal]],
  [/^\//, [ErrorResponse, OpenaiError]],
]

/** What JSON of the gateway with this status looks like: the vendors' shape, and that of our document. */
function schemasFor(method: string, path: string, status: number): Schema[] {
  if (status >= 400) return ERRORS.find(([pattern]) => pattern.test(path))?.[1] ?? []
  const vendors = RULES.find((rule) => rule.path.test(path))?.success ?? []
  return [...vendors, describedAs(method, path, status) ?? NO_SHAPE]
}

/** The document itself. */
const NOT_DESCRIBED = ['/openapi.json']

/** What is wrong with the shape of an answer of the gateway; null = nothing, or it is no JSON. */
export async function faultOf(
  method: string,
  url: string,
  answer: Response,
): Promise<string | null> {
  const { pathname } = new URL(url)
  const isJson = answer.headers.get('content-type')?.startsWith('application/json')
  if (!isJson || method === 'HEAD' || NOT_DESCRIBED.includes(pathname)) return null
  const schemas = schemasFor(method, pathname, answer.status)
  const json: unknown = JSON.parse(await answer.clone().text())
  const wrong = schemas.flatMap((schema) => schema.safeParse(json).error ?? [])
  return wrong.length === 0
    ? null
    : `${method} ${pathname} ${answer.status} is out of shape: ${JSON.stringify(wrong)} in ${JSON.stringify(json).slice(0, 2000)}`
}

const EVENTS: [path: RegExp, schema: Schema][] = [
  [/^\/v1\/images\/generations\/?$/, z.union([ImageGenStreamEvent, BrokenOff])],
  [/^\/v1\/images\/edits\/?$/, z.union([ImageEditStreamEvent, BrokenOff])],
  [/^\/v1\/responses/, ResponseEvent],
  [/^\/(v1\/jobs|watch)\//, JobEvent],
  [/^\/api\/events/, oxen.Completion],
]

/** Looks at each event of a streamed answer as it goes by; null = there is no shape for it. */
export function watchEvents(
  url: string,
  answer: Response,
  tell: (fault: string) => void,
): TransformStream<Uint8Array, Uint8Array> | null {
  const { pathname } = new URL(url)
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream')
  const schema = isStream && EVENTS.find(([pattern]) => pattern.test(pathname))?.[1]
  if (!schema) return null
  const decoder = new TextDecoder()
  let text = ''
  return new TransformStream({
    transform(chunk, controller) {
      controller.enqueue(chunk)
      const blocks = (text + decoder.decode(chunk, { stream: true })).split('\n\n')
      text = blocks.pop()!
      for (const block of blocks) {
        const fault = eventFault(schema, block)
        if (fault !== null) tell(`${pathname} streams out of shape: ${fault}`)
      }
    },
  })
}

function eventFault(schema: Schema, block: string): string | null {
  const data = /^data: (\{.*)$/m.exec(block)?.[1]
  if (data === undefined) return null
  const { error } = schema.safeParse(JSON.parse(data))
  return error === undefined ? null : `${JSON.stringify(error)} in ${data.slice(0, 1000)}`
}
