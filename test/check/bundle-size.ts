/** Builds what a deploy would upload, prints its size and fails above the limit. */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { ARTEFACT, build } from '../support/artefact.ts'

/** KiB after gzip. hono and zod make up 13 of it; a vendor's SDK would add several hundred. */
const LIMIT_KIB = 120

console.log(build())
const sizeKiB = gzipSync(readFileSync(ARTEFACT)).length / 1024
console.log(`${ARTEFACT}: ${sizeKiB.toFixed(1)} KiB gzip of at most ${LIMIT_KIB}`)
if (sizeKiB > LIMIT_KIB) process.exitCode = 1
