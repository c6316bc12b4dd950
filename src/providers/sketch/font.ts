/** Columns and rows of a letter. */
export const GLYPH_WIDTH = 5
export const GLYPH_HEIGHT = 7

/**
 * Letters, each with its seven rows from the top: base-32 digits whose highest bit is the left column.
 */
const ROWS = new Map<string, string>(
  Array.from(
    (
      'AEHHVHHHBUHHUHHUCEHGGGHEDUHHHHHUEVGGUGGVFVGGUGGGGEHGNHHEHHHHVHHHIE44444EJ72222ICKHIKOKIH' +
      'LGGGGGGVMHRLLHHHNHPLJHHHOEHHHHHEPUHHUGGGQEHHHLIDRUHHUKIHSFGGE11UTV444444UHHHHHHEVHHHHHA4' +
      'WHHHLLLAXHHA4AHHYHHA4444ZV1248GV0EHJLPHE14C4444E2EH1248V3V2421HE426AIV225VGU11HE668GUHHE' +
      '7V1248888EHHEHHE9EHHF12C.00000CC,0000448!4444404?EH12404\'4480000"AA00000-000V000:0CC0CC0' +
      ';0CC0448/11248GG(2488842)8422248&CIK8LID#AAVAVAA+044V440%OP248J3*0AEVEA0=00V0V00@EH1DLLE' +
      '_000000V 0000000'
    ).matchAll(/(.)(.{7})/g),
    ([, letter, rows]) => [letter!, rows!],
  ),
)

/** Stands for what the font lacks: an empty box. */
const MISSING = 'VHHHHHV'

export const hasGlyph = (character: string): boolean => ROWS.has(character)

/** Whether the letter has ink in a cell; false outside its 5 columns and 7 rows. */
export function hasInk(character: string, column: number, row: number): boolean {
  const digit = (ROWS.get(character) ?? MISSING)[row]
  if (digit === undefined || column < 0 || column >= GLYPH_WIDTH) return false
  return ((Number.parseInt(digit, 32) >> (GLYPH_WIDTH - 1 - column)) & 1) === 1
}
