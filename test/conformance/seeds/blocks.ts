import { readdirSync, readFileSync } from 'node:fs'

export type Language = 'python' | 'javascript' | 'bash' | 'json'

/** One example of a vendor's page, as it stands there. */
export interface Block {
  /** Document and place in it, from 1, such as `oxen-image-generation 3`. */
  name: string
  document: string
  language: Language
  code: string
  /** Name of the file that the page saves it under; null = it has none. */
  title: string | null
  /** The page was published with the rest of the block missing. */
  cut: boolean
}

const LANGUAGES: Record<string, Language> = {
  python: 'python',
  javascript: 'javascript',
  bash: 'bash',
  json: 'json',
  json5: 'json',
}
const FOLDER = new URL('./documents/', import.meta.url)

/** Every example of every page. @throws Error for a fence of a language that nobody runs. */
export const readBlocks = (): Block[] =>
  readdirSync(FOLDER)
    .toSorted()
    .flatMap((file) => {
      const document = file.replace('.txt', '')
      const lines = readFileSync(new URL(file, FOLDER), 'utf8').split('\n')
      const found = lines.some((line) => isFence(line)) ? fenced(lines) : bare(lines)
      return found.map((block, i) => ({ name: `${document} ${i + 1}`, document, ...block }))
    })

type Found = Omit<Block, 'name' | 'document'>

const isFence = (line: string): boolean => line.trimStart().startsWith('```')

function fenced(lines: string[]): Found[] {
  const found: Found[] = []
  let open: (Omit<Found, 'code' | 'cut'> & { indent: number; lines: string[] }) | null = null
  const close = (cut: boolean): void => {
    if (open) {
      const { indent: _, lines: code, ...rest } = open
      found.push({ ...rest, code: code.join('\n'), cut })
    }
    open = null
  }
  for (const line of lines) {
    const [, indent = '', word = ''] = /^(\s*)```(\w*)/.exec(line) ?? []
    const [, title = null] = /title="([^"]+)"/.exec(line) ?? []
    if (!isFence(line)) open?.lines.push(line.slice(open.indent))
    else if (word === '') close(false)
    else {
      // Another block begins before this one has ended.
      close(true)
      const language = LANGUAGES[word]
      if (!language) throw new Error(`Nobody runs examples in ${word}.`)
      open = { language, title, indent: indent.length, lines: [] }
    }
  }
  close(true)
  return found
}

/** How an example begins on a page that lost its fences. */
const STARTS: [RegExp, Language][] = [
  [/^curl /, 'bash'],
  [/^from openai /, 'python'],
  [/^import OpenAI /, 'javascript'],
  [/^\{$/, 'json'],
]

function bare(lines: string[]): Found[] {
  const found: Found[] = []
  /** Brackets of a JSON example that are still open. */
  let depth = 0
  let isOpen = false
  for (const line of lines) {
    const [, language] = STARTS.find(([pattern]) => pattern.test(line)) ?? []
    if (language && depth === 0) {
      found.push({ language, title: null, code: '', cut: false })
      isOpen = true
    }
    const block = found.at(-1)
    if (!block || !isOpen) continue
    block.code += `${line}\n`
    if (block.language !== 'json') continue
    depth += line.split(/[{[]/).length - line.split(/[}\]]/).length
    isOpen = depth > 0
  }
  return found
}
