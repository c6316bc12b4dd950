import type { Capabilities, Model } from '../../core/model.ts'
import type { PriceLine } from '../../core/price.ts'
import { PROMPT_ONLY, day, living, perImage, priced, retired, route, tiers } from './base.ts'

/** What a ratio gives at 1K; other tiers are multiples. Nominal: an image may differ by some pixels. */
const AT_1K: Record<string, string> = {
  '1:1': '1024x1024',
  '2:3': '848x1264',
  '3:2': '1264x848',
  '3:4': '896x1200',
  '4:3': '1200x896',
  '4:5': '928x1152',
  '5:4': '1152x928',
  '9:16': '768x1376',
  '16:9': '1376x768',
  '21:9': '1584x672',
}

/** Ratios that only the 3.1 models take (second hand). */
const LONG_AT_1K: Record<string, string> = {
  '1:4': '512x2048',
  '4:1': '2048x512',
  '1:8': '352x2928',
  '8:1': '2928x352',
}

/** One image per call, no mask, the output format is the upstream's choice: png. */
const gemini = (pixels: Record<string, string>): Capabilities => ({
  ...PROMPT_ONLY,
  operations: ['generate', 'edit'],
  size: { mode: 'ratio', default: '1024x1024', pixels },
  aspect: Object.keys(pixels).filter((key) => !key.includes('@')),
  seed: { min: 0, max: 2_147_483_647 },
  inputs: { max: 14 },
})

/** Second hand. */
const google = priced('https://ai.google.dev/gemini-api/docs/pricing', '2026-05-28')

const at = (resolution: string, usd: number): PriceLine => ({
  ...perImage(usd),
  when: { resolution },
})

const flash = living({
  id: 'gemini-3.1-flash-image',
  ownedBy: 'google',
  created: day('2026-05-28'),
  capabilities: gemini(tiers({ ...AT_1K, ...LONG_AT_1K }, { '512': 0.5, '2K': 2, '4K': 4 })),
  routes: [route('google', 'gemini-3.1-flash-image')],
  price: google(perImage(0.067), at('512', 0.045), at('2K', 0.101), at('4K', 0.151)),
  timing: { usualSeconds: 15, timeoutSeconds: 300 },
})

const pro = living({
  id: 'gemini-3-pro-image',
  ownedBy: 'google',
  created: day('2026-05-28'),
  capabilities: gemini(tiers(AT_1K, { '2K': 2, '4K': 4 })),
  routes: [route('google', 'gemini-3-pro-image')],
  price: google(perImage(0.134), at('4K', 0.24)),
  timing: { usualSeconds: 30, timeoutSeconds: 300 },
  aliases: ['gemini-3-pro-image-preview'],
})

/** ModelMax documents this name, one size by example, and neither edits nor a price. */
const atModelMax = living({
  id: 'gemini-3.1-flash-image-preview',
  ownedBy: 'google',
  created: day('2026-02-26'),
  capabilities: {
    ...PROMPT_ONLY,
    size: { mode: 'list', sizes: ['1024x1024'], auto: true, default: '1024x1024' },
    quality: ['standard', 'hd'],
    style: ['natural', 'vivid'],
  },
  routes: [route('modelmax', 'gemini-3.1-flash-image-preview')],
  price: null,
  timing: { usualSeconds: 20, timeoutSeconds: 120 },
})

/** Shut down by Google; still in the documents of systems that old clients were written for. */
export const geminiModels: Model[] = [
  flash,
  pro,
  atModelMax,
  retired('imagen-3', '2025-02-06', flash),
  retired('imagen-4.0-generate-001', '2025-08-14', flash),
  retired('imagen-4.0-fast-generate-001', '2025-08-14', flash),
  retired('imagen-4.0-ultra-generate-001', '2025-08-14', pro),
  retired('gemini-2.5-flash-image', '2025-10-02', flash),
]
