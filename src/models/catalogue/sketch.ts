import type { Capabilities, Model } from '../../core/model.ts'
import { MAX_SEED, PROMPT_ONLY, day, living, perImage, route } from './base.ts'

const drawing: Capabilities = {
  ...PROMPT_ONLY,
  operations: ['generate', 'edit'],
  countMax: 10,
  size: {
    mode: 'free',
    minSide: 64,
    maxSide: 2048,
    multiple: 1,
    maxRatio: 32,
    maxPixels: null,
    default: '1024x1024',
  },
  aspect: 'derive',
  formats: ['png', 'jpeg'],
  compression: true,
  seed: { min: 0, max: MAX_SEED },
  // Not looked at: they choose which picture is drawn, and a warning says so.
  inputs: { max: 16 },
  mask: true,
  partials: true,
}

const sketch = (id: string, hidden: boolean, usualSeconds = 1): Model =>
  living({
    id,
    ownedBy: 'darkroom',
    created: day('2026-11-20'),
    capabilities: drawing,
    routes: [route('sketch', id)],
    price: [perImage(0)],
    timing: { usualSeconds, timeoutSeconds: 10 },
    hidden,
  })

/** The embedded artist, and the misbehaviours it simulates for people who test their clients. */
export const sketchModels: Model[] = [
  sketch('sketch-1', false),
  sketch('sketch-slow', true, 3),
  ...[
    'sketch-flaky',
    'sketch-429',
    'sketch-quota',
    'sketch-500',
    'sketch-502',
    'sketch-503',
    'sketch-moderated',
  ].map((id) => sketch(id, true)),
]
