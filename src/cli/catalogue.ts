import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CATALOGUE } from '../models/catalogue/built-in.ts'

/** In the folder of assets; src/http/deployment.ts reads it there. */
export const CATALOGUE_FILE = 'public/build/catalogue.json'

const digest = createHash('sha256').update(JSON.stringify(CATALOGUE)).digest('hex')
const version = digest.slice(0, 16)

/** What the build puts in place of a name: by it, the script knows the catalogue that was built with it. */
export const DEFINED = { CATALOGUE_VERSION: JSON.stringify(version) }

/** Writes the models as JSON, where that is not there yet: a running gateway follows each change. */
export function writeCatalogue(): void {
  const text = JSON.stringify({ version, ...CATALOGUE })
  if (existsSync(CATALOGUE_FILE) && readFileSync(CATALOGUE_FILE, 'utf8') === text) return
  mkdirSync(dirname(CATALOGUE_FILE), { recursive: true })
  writeFileSync(CATALOGUE_FILE, text)
}
