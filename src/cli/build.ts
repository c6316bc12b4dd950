/** What wrangler runs before it uploads, or serves, the module that wrangler.toml names as `main`. */
import { bundle, bundleSmall } from './bundle.ts'

const isUpload = !['dev', 'types'].includes(process.env['WRANGLER_COMMAND'] ?? '')
await (isUpload ? bundleSmall : bundle)('src/index.ts', 'dist/index.mjs')
