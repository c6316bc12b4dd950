import { fromHue, type Lab, toSrgb } from './oklab.ts'
import { pickBetween, type Random } from './random.ts'
import { type Colour, mix } from './rgb.ts'
import { COLOUR_WORDS, SCENES, type Swatch } from './swatches.ts'
import { allKnown, mentions, wordSet } from './words.ts'

/** Eight colours from dark (0) to light (7), even steps for the eye. */
export type Palette = readonly Colour[]

const STOPS = 8

const SOFT = wordSet('pastel soft baby mist misty fog watercolor watercolour pale')
const LOUD = wordSet('neon vivid vibrant cyberpunk bright')
const COLOURLESS = wordSet('monochrome noir grayscale greyscale bw')

const toLab = ([lightness, chroma, turns]: Swatch): Lab => fromHue(lightness, chroma, turns)

/** Hue of skylight, which tints shadows. */
const SHADOW_TURNS = 0.78

/** The shadow of a colour in daylight: a little bluer and calmer. */
function shadowOf([lightness, chroma, turns]: Swatch): Swatch {
  const away = ((turns - SHADOW_TURNS + 1.5) % 1) - 0.5
  return [lightness * 0.6, chroma, turns - Math.sign(away) * Math.min(0.045, Math.abs(away))]
}

/** A pair of neighbouring hues, for prompts that say nothing about colour. */
function anyPair(random: Random): readonly [Swatch, Swatch] {
  const turns = random()
  const apart = (random() < 0.5 ? -1 : 1) * pickBetween(random, 0.1, 0.3)
  return [
    [0.4, pickBetween(random, 0.09, 0.14), turns],
    [0.82, pickBetween(random, 0.1, 0.15), turns + apart],
  ]
}

function chooseScene(words: string[]): readonly Swatch[] {
  const order = Array.from(SCENES.values())
  const named = allKnown(words, SCENES).map((scene) => order.indexOf(scene))
  return order[Math.min(...named)] ?? []
}

/** The colours between which the palette runs: what the words say, then the subject, then chance. */
function chooseEnds(words: string[], random: Random): readonly [Swatch, Swatch] {
  const chance = anyPair(random)
  const [first, second] = allKnown(words, COLOUR_WORDS).flat()
  if (first && second) return first[0] <= second[0] ? [first, second] : [second, first]
  const [shadow, light] = chooseScene(words)
  if (first) return [shadow ?? shadowOf(first), first]
  return shadow && light ? [shadow, light] : chance
}

/** How much of the colours' own chroma the words ask for. */
function strengthOf(words: string[]): number {
  if (mentions(words, COLOURLESS)) return 0
  if (mentions(words, SOFT)) return 0.85
  return mentions(words, LOUD) ? 1.5 : 1.12
}

/** Chroma that survives near black and near white; full in the upper middle. */
const envelope = (t: number): number => 0.5 + 0.75 * Math.sin(Math.PI * (0.12 + 0.76 * t))

/**
 * The palette that a prompt asks for. Between its two ends it runs through
 * OKLab, so that blue to orange passes grey and not a third hue.
 */
export function choosePalette(words: string[], random: Random): Palette {
  const [shadow, light] = chooseEnds(words, random)
  const soft = mentions(words, SOFT)
  const dark = soft ? 0.36 : pickBetween(random, 0.19, 0.24)
  const bright = soft ? 0.97 : pickBetween(random, 0.93, 0.96)
  return Array.from({ length: STOPS }, (_, i) => {
    const t = i / (STOPS - 1)
    const [, a, b] = mix(toLab(shadow), toLab(light), t)
    const chroma = strengthOf(words) * envelope(t)
    return toSrgb([dark + (bright - dark) * t, a * chroma, b * chroma])
  })
}

/** The colour at `t`, 0..1, of a palette or any other row of colours. */
export function colourAt(colours: readonly Colour[], t: number): Colour {
  const along = Math.min(0.99999, Math.max(0, t)) * (colours.length - 1)
  const stop = Math.floor(along)
  return mix(colours[stop]!, colours[stop + 1]!, along - stop)
}

/** Whether the prompt asked for a picture without colours. A byte's rounding is no colour. */
export const isColourless = (palette: Palette): boolean =>
  palette.every((colour) => Math.max(...colour) - Math.min(...colour) < 1)
