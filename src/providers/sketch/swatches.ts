/** Lightness 0..1, chroma (0 grey, 0.2 vivid), hue in turns: OKLCH of what a colour word means. */
export type Swatch = readonly [lightness: number, chroma: number, turns: number]

/** Words with the swatches after them: lightness and chroma in hundredths, hue in thousandths of a turn. */
const readSwatches = (list: string): Map<string, Swatch[]> =>
  new Map(
    Array.from(list.matchAll(/([a-z]+)(\d+)/g), ([, word, digits]) => [
      word!,
      Array.from(digits!.matchAll(/(..)(..)(...)/g), ([, lightness, chroma, turns]): Swatch => [
        Number(lightness) / 100,
        Number(chroma) / 100,
        Number(turns) / 1000,
      ]),
    ]),
  )

/** What colour words mean. */
export const COLOUR_WORDS = readSwatches(`
    red6020075 crimson5019050 orange7517160 brown4508160 amber8016200 gold8415225 golden8415225
    yellow9016280 lime8520350 green6216400 emerald6514440 teal6010520 turquoise7812530 cyan8213560
    blue5018715 navy3512730 purple5019840 violet5519820 magenta6323920 pink7814970
    black1000000 grey5500000 gray5500000 silver7501700 white9500000`)

/**
 * The shadows and the lights that a subject brings along; a colour word replaces
 * the lights. Of several the uppermost counts: an hour or a season colours a
 * picture more than a place does.
 */
export const SCENES = readSwatches(`
    sunset40138708016170 sunrise42108008512160 autumn40100407815190
    dusk40138007813060 dawn45107608509080 snow45077209203600 aurora35128008217450 night30107608008630 space30157907516950
    neon40228008022950 cyberpunk40207707522940 desert45100508410200 winter45077209203600
    storm35066908204600 forest40084808212330 meadow45094508813300
    mountain42137208513090 lake42116408612200 ocean40116808509530 sea40116608509500`)
