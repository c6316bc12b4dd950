/** What wrangler runs before it uploads, or serves, `main` and the assets of wrangler.toml. */
import { bundle, bundleSmall } from './bundle.ts'
import { writeOpenapi } from './openapi-file.ts'

const isUpload = !['dev', 'types'].includes(process.env['WRANGLER_COMMAND'] ?? '')
const build = isUpload ? bundleSmall : bundle
await Promise.all([build('src/index.ts', 'dist/index.mjs'), writeOpenapi()])
