import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'

/** In the folder of assets: it costs nothing of the Worker's size. */
export const OPENAPI_FILE = 'public/openapi.json'

/** Longest description, bytes: a tenth of it is used. */
const MAX_BYTES = 1024 * 1024

/** Writes the description of the HTTP surface, where it is not there yet: a running gateway follows each change. */
export async function writeOpenapi(): Promise<void> {
  const print = [process.execPath, ['src/cli/openapi/print.ts']] as const
  const { stdout } = await promisify(execFile)(...print, { maxBuffer: MAX_BYTES })
  if (existsSync(OPENAPI_FILE) && readFileSync(OPENAPI_FILE, 'utf8') === stdout) return
  writeFileSync(OPENAPI_FILE, stdout)
}
