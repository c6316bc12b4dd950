import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What an example is run for. */
export interface Case {
  /** The page's own lines that a fragment presumes, and what shows its result. */
  before?: string
  after?: string
  /** Examples that this one needs in its folder: run before it, or saved under their titles. */
  needs?: string[]
  /** Looks at what it printed and wrote. @throws when it is not what the page promises. */
  check: (printed: string, folder: string) => void | Promise<void>
}

function must(holds: unknown, what: string): void {
  if (!holds) throw new Error(what)
}

const isImage = (bytes: Buffer): boolean =>
  ['89504e47', 'ffd8ffe0', 'ffd8ffdb', '52494646'].includes(bytes.subarray(0, 4).toString('hex'))

async function mustOpen(url: unknown): Promise<void> {
  const answer = await fetch(String(url))
  must(isImage(Buffer.from(await answer.arrayBuffer())), `no image behind ${String(url)}`)
}

/** The page's client, with the base URL that all its examples have. */
const CLIENT = `from openai import OpenAI
client = OpenAI(base_url="http://localhost:8000/v1", api_key="EMPTY")
`
const SHOW = `
import base64
print(base64.b64decode(image_data)[:8].hex())
`

const fragment: Case = {
  before: CLIENT,
  after: SHOW,
  check: (printed) => must(isImage(Buffer.from(printed.trim(), 'hex')), printed),
}

interface MaxAnswer {
  object: string
  status: string
  output: { content: { image_data: string }[] }[]
}

const maxAnswer: Case = {
  check(printed) {
    const answer = JSON.parse(printed) as MaxAnswer
    must(answer.object === 'response' && answer.status === 'completed', printed.slice(0, 200))
    const { image_data: data } = answer.output[0]!.content[0]!
    must(isImage(Buffer.from(data, 'base64')), 'no image in image_data')
  },
}

const writes = (file: string, needs: string[] = []): Case => ({
  needs,
  check: (_, folder) => must(isImage(readFileSync(join(folder, file))), `${file} is no image`),
})

interface AimlAnswer {
  data: { url: string }[]
  meta: { usage: { credits_used: number } }
}

const aimlJson: Case = {
  async check(printed) {
    const { data, meta } = JSON.parse(printed) as AimlAnswer
    must(Number.isFinite(meta.usage.credits_used), printed)
    await mustOpen(data[0]!.url)
  },
}

const lastUrl: Case = { check: (printed) => mustOpen(/https?:\/\/\S+/.exec(printed)?.[0]) }

interface OxenAnswer {
  images: { url: string; b64_json: string }[]
}

/** Examples that are run, by name. */
export const CASES: Record<string, Case> = {
  'aimlapi-kontext-text-to-image 2': aimlJson,
  // Node prints an object, not JSON.
  'aimlapi-kontext-text-to-image 3': {
    check: (printed) => mustOpen(/url: '([^']+)'/.exec(printed)?.[1]),
  },
  'max-image-generation 1': fragment,
  'max-image-generation 2': maxAnswer,
  'max-image-generation 3': fragment,
  'max-image-generation 4': maxAnswer,
  'max-image-generation 5': fragment,
  'max-image-generation 8': writes('output-text-to-image.png', ['max-image-generation 7']),
  'max-image-generation 9': writes('output-text-to-image.png'),
  'max-image-generation 11': writes('output-image-to-image.png', [
    'max-image-generation 7',
    'max-image-generation 8',
    'max-image-generation 10',
  ]),
  'max-image-generation 12': {
    needs: ['max-image-generation 9'],
    after: '\necho -n "$IMAGE_BASE64" | base64 -d > again.png\n',
    check: writes('again.png').check,
  },
  'modelmax-images-generations 3': {
    check: (printed) => mustOpen((JSON.parse(printed) as AimlAnswer).data[0]!.url),
  },
  'modelmax-images-generations 4': lastUrl,
  'modelmax-images-generations 5': lastUrl,
  'oxen-image-generation 1': lastUrl,
  'oxen-image-generation 2': {
    check: (printed) => mustOpen((JSON.parse(printed) as OxenAnswer).images[0]!.url),
  },
  'oxen-image-generation 3': writes('output.png'),
  'oxen-image-generation 4': {
    check(printed) {
      const [image] = (JSON.parse(printed) as OxenAnswer).images
      must(isImage(Buffer.from(image!.b64_json, 'base64')), printed.slice(0, 200))
    },
  },
  'oxen-image-generation 5': {
    check(printed) {
      must(printed.includes('Status: succeeded'), printed)
      return mustOpen(/Result: (\S+)/.exec(printed)?.[1])
    },
  },
  // Its second half has an id to be filled in from the first: the test does what its comment says.
  'oxen-image-generation 6': {
    check: (printed) => must(/"status":"(queued|processing|succeeded)"/.test(printed), printed),
  },
}

/** Examples that are data: how answers are compared with them is in the test. */
export const DATA = [
  'aimlapi-kontext-text-to-image 1',
  'aimlapi-kontext-text-to-image 4',
  'modelmax-images-generations 1',
  'modelmax-images-generations 2',
]

/** Files of programs: other examples run them. */
export const PROGRAMS = ['max-image-generation 7', 'max-image-generation 10']

/** Published with their rest missing: nothing that could be run. */
export const CUT = ['max-image-generation 6', 'max-image-generation 13']
