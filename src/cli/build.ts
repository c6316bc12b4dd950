/** What wrangler runs before it uploads, or serves, `main` and the assets of wrangler.toml. */
import { bundle, bundleSmall } from './bundle.ts'
import { writeOpenapi } from './openapi-file.ts'

writeOpenapi()
const isUpload = !['dev', 'types'].includes(process.env['WRANGLER_COMMAND'] ?? '')
await (isUpload ? bundleSmall : bundle)('src/index.ts', 'dist/index.mjs')
