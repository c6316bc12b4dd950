import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** In the folder of assets: it costs nothing of the Worker's size. */
const OPENAPI_FILE = 'public/openapi.json'

/** Writes the description of the HTTP surface, where it is not there yet: a running gateway follows each change. */
export function writeOpenapi(): void {
  const text = execFileSync(process.execPath, ['src/cli/openapi/print.ts'], { encoding: 'utf8' })
  if (existsSync(OPENAPI_FILE) && readFileSync(OPENAPI_FILE, 'utf8') === text) return
  writeFileSync(OPENAPI_FILE, text)
}
