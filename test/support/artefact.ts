import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, statSync } from 'node:fs'
import { CATALOGUE_FILE } from '../../src/cli/catalogue.ts'
import { OPENAPI_FILE } from '../../src/cli/openapi-file.ts'

const UPLOADED = 'dist/index.mjs'

/** What a deploy would upload, where a running `npm start` does not build over it. */
export const ARTEFACT = 'dist/artefact/index.mjs'

const SOURCES = ['src', 'wrangler.toml', 'package-lock.json']

/** Last change, in ms; 0 for what is missing. */
const changedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

function newest(path: string): number {
  if (!statSync(path).isDirectory()) return changedAt(path)
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' })
  return Math.max(...files.map((file) => changedAt(`${path}/${file}`)))
}

/** Builds the Worker as a deploy would, without uploading it. @throws with wrangler's words. */
export function build(): string {
  const words = execFileSync('wrangler', ['deploy', '--dry-run'], {
    encoding: 'utf8',
    // The secrets of .dev.vars are for the local gateway; a build needs none.
    env: { ...process.env, SIGNING_KEYS: 'k1:unused', WRANGLER_SEND_METRICS: 'false' },
  })
  for (const end of ['', '.map']) cpSync(UPLOADED + end, ARTEFACT + end)
  return words
}

/** Builds when the artefact is missing or older than a source, or without one of its assets. */
export function buildIfStale(): void {
  const isWhole = [CATALOGUE_FILE, OPENAPI_FILE].every((asset) => changedAt(asset) > 0)
  if (!isWhole || changedAt(ARTEFACT) < Math.max(...SOURCES.map(newest))) build()
}
