import { allKnown, wordSet } from './words.ts'

/** A way to fill a picture. */
export type Style = 'ridges' | 'nebula' | 'facets' | 'tiles' | 'silk'

/** Words that ask for a style; plurals come with them. No word stands in two lists. */
const SUBJECTS: Record<Style, Set<string>> = {
  ridges: wordSet(`
    ridge mountain mountainous hill landscape valley desert sunset sunrise dawn dusk horizon lake
    ocean sea beach island river fjord sky forest dune village field castle meadow canyon coast bay
    shore cliff volcano city cityscape skyline town street downtown night moonlight moon boat ship
    sailboat lighthouse house cabin tree wood winter snow cyberpunk`),
  nebula: wordSet(`
    nebula space galaxy cosmos cosmic universe planet star wave underwater smoke ink marble cloud
    dream fire flame lava storm aurora fog mist liquid fluid explosion coral jellyfish whale fish`),
  facets: wordSet(`
    facet crystal gem diamond poly lowpoly glass ice geometric origami robot dragon fox wolf bear
    lion tiger eagle owl car mosaic armor armour sword knight machine spaceship dog horse`),
  tiles: wordSet(`
    tile logo icon poster pattern bauhaus flat minimal minimalist retro cube circle square quilt
    sticker app building architecture toy geometry triangle sphere box chair vase fruit apple`),
  silk: wordSet(`
    silk wind hair flow music cat portrait woman man person girl boy people flower rose feather
    abstract light dance dancer ribbon butterfly bird ballet dress scarf curve energy`),
}

const STYLES: readonly Style[] = ['nebula', 'silk', 'facets', 'tiles', 'ridges']

const STYLE_BY_WORD = new Map(
  STYLES.flatMap((style) => Array.from(SUBJECTS[style], (word) => [word, style] as const)),
)

/** The style that the prompt's words name first; if none is named, one by `hash`. */
export const chooseStyle = (words: string[], hash: number): Style =>
  allKnown(words, STYLE_BY_WORD)[0] ?? STYLES[hash % STYLES.length]!
