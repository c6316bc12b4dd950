import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Block } from './blocks.ts'

const run = promisify(execFile)

/** Longest run of one example, ms. */
const TIMEOUT_MS = 60_000
/** Below the repository, so that its packages are found; ignored by git. */
const RUNS = 'dist/seeds'
const STAND_INS = fileURLToPath(new URL('./stand-ins', import.meta.url))

/** The interpreter; another one by `PYTHON`. */
const PYTHON = process.env['PYTHON'] ?? 'python3'

const works = (command: string, ...options: string[]): boolean =>
  spawnSync(command, options).status === 0

/** What this machine has of what the examples need. */
const HAS = {
  python: works(PYTHON, '--version'),
  openai: works(PYTHON, '-c', 'import openai'),
  requests: works(PYTHON, '-c', 'import requests'),
  jq: works('jq', '--version'),
  curl: works('curl', '--version'),
}

/** What is missing for an example, in words; null = nothing. */
export function lackOf({ language, code }: Pick<Block, 'language' | 'code'>): string | null {
  const isPython = language === 'python' || code.startsWith('python ')
  if (isPython && !HAS.python) return 'there is no python3 here'
  if (isPython && !code.includes('import requests') && !HAS.openai)
    return 'python3 has no package openai here'
  if (language === 'bash' && !isPython && !HAS.curl) return 'there is no curl here'
  return code.includes('jq ') && !HAS.jq ? 'there is no jq here' : null
}

/** A folder of its own for what examples read and write. */
export function newFolder(): string {
  mkdirSync(RUNS, { recursive: true })
  const folder = mkdtempSync(join(RUNS, 'run-'))
  mkdirSync(join(folder, 'bin'))
  // The examples call it `python`.
  writeFileSync(join(folder, 'bin/python'), `#!/bin/sh\nexec "${PYTHON}" "$@"\n`, { mode: 0o755 })
  return folder
}

const COMMANDS = { python: PYTHON, javascript: process.execPath, bash: 'bash' }
const ENDINGS = { python: 'py', javascript: 'mjs', bash: 'sh' }

/** What the example prints. @throws when it fails. */
export async function runExample(
  folder: string,
  { language, code }: Pick<Block, 'language' | 'code'>,
  env: Record<string, string>,
): Promise<string> {
  if (language === 'json') throw new Error('JSON is nothing to run.')
  const file = `example.${ENDINGS[language]}`
  writeFileSync(join(folder, file), language === 'bash' ? `set -eo pipefail\n${code}` : code)
  const { stdout } = await run(COMMANDS[language], [file], {
    cwd: folder,
    timeout: TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      PATH: `${join(process.cwd(), folder, 'bin')}:${process.env['PATH']}`,
      ...(!HAS.requests && { PYTHONPATH: STAND_INS }),
      ...env,
    },
  })
  return stdout
}
