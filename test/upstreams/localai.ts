import { randomUUID } from 'node:crypto'
import { json, nowSeconds, Refusal, type Api, type Call, type Reply } from './call.ts'
import { isAbsent, readSize, textOf } from './fields.ts'
import { fetchImage } from './inputs.ts'
import { drawSlowly, link } from './pictures.ts'
import { serveFile } from './serve-file.ts'

const MODELS = ['stablediffusion', 'flux.1-dev']

const refuse = ({ status, message, details }: Refusal): Reply =>
  json({ error: { code: status, message, type: '' } }, status, details.headers)

const filePath = (name: string): string => `/localai/generated-images/${name}`

/** Images for the model: `file`, `files` and `ref_images`, each a URL or plain base64. */
async function readInputs({ json: body }: Call): Promise<Buffer[]> {
  const { file, files, ref_images: references } = body
  const single: unknown[] = isAbsent(file) || file === '' ? [] : [file]
  const all = single.concat(files ?? [], references ?? [])
  return Promise.all(
    all.map((image) => {
      const text = String(image)
      const url = /^(https?|data):/.test(text) ? text : `data:image/png;base64,${text}`
      return fetchImage(url, 'file').catch(() => {
        throw new Refusal(500, 'failed downloading file')
      })
    }),
  )
}

/** Generations and edits are one path; what is not known is ignored. */
async function generate(call: Call): Promise<Reply> {
  const { json: body } = call
  const model = textOf(body, 'model', '')
  if (!MODELS.includes(model)) throw new Refusal(404, `model "${model}" not found`)
  const asked = textOf(body, 'size', '')
  // A size without an x is replaced by the default, with a warning in the server's log.
  const size = readSize(asked.includes('x') ? asked : '512x512')
  if (!size) throw new Refusal(500, `invalid value for 'size'`)
  // What follows a bar is the negative prompt.
  const [prompt = ''] = textOf(body, 'prompt', '').split('|')
  const n = Number(body['n'] ?? 0) || 1
  const inputs = await readInputs(call)
  const pictures = await drawSlowly(call, { model, prompt, n, ...size, format: 'png', inputs })
  const data = pictures.map((picture) =>
    body['response_format'] === 'b64_json'
      ? { b64_json: picture.base64() }
      : { url: link(call, picture, filePath) },
  )
  const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
  return json({ created: nowSeconds(), id: randomUUID(), data, usage })
}

/** LocalAI: `core/http/endpoints/openai/image.go`. */
export const localai: Api = {
  name: 'localai',
  root: '/localai',
  base: '/localai/v1',
  auth: 'none',
  routes: [
    { method: 'POST', path: /^\/v1\/images\/generations$/, kind: 'submit', handle: generate },
    {
      method: 'GET',
      path: /^\/v1\/models$/,
      kind: 'list',
      handle: () => json({ object: 'list', data: MODELS.map((id) => ({ id, object: 'model' })) }),
    },
    { method: 'GET', path: /^\/generated-images\/.+$/, kind: 'result', handle: serveFile },
  ],
  refuse,
  moderation: new Refusal(500, 'could not generate'),
  noCredit: new Refusal(500, 'could not generate'),
}
