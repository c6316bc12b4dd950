/** Columns and rows of a letter. */
export const GLYPH_WIDTH = 5
export const GLYPH_HEIGHT = 7

/** Seven rows of a letter from the top, each a base-32 digit whose highest bit is the left column. */
const ROWS = new Map<string, string>([
  ['A', 'EHHVHHH'],
  ['B', 'UHHUHHU'],
  ['C', 'EHGGGHE'],
  ['D', 'UHHHHHU'],
  ['E', 'VGGUGGV'],
  ['F', 'VGGUGGG'],
  ['G', 'EHGNHHE'],
  ['H', 'HHHVHHH'],
  ['I', 'E44444E'],
  ['J', '72222IC'],
  ['K', 'HIKOKIH'],
  ['L', 'GGGGGGV'],
  ['M', 'HRLLHHH'],
  ['N', 'HPLJHHH'],
  ['O', 'EHHHHHE'],
  ['P', 'UHHUGGG'],
  ['Q', 'EHHHLID'],
  ['R', 'UHHUKIH'],
  ['S', 'FGGE11U'],
  ['T', 'V444444'],
  ['U', 'HHHHHHE'],
  ['V', 'HHHHHA4'],
  ['W', 'HHHLLLA'],
  ['X', 'HHA4AHH'],
  ['Y', 'HHA4444'],
  ['Z', 'V1248GV'],
  ['0', 'EHJLPHE'],
  ['1', '4C4444E'],
  ['2', 'EH1248V'],
  ['3', 'V2421HE'],
  ['4', '26AIV22'],
  ['5', 'VGU11HE'],
  ['6', '68GUHHE'],
  ['7', 'V124888'],
  ['8', 'EHHEHHE'],
  ['9', 'EHHF12C'],
  ['.', '00000CC'],
  [',', '0000448'],
  ['!', '4444404'],
  ['?', 'EH12404'],
  ["'", '4480000'],
  ['"', 'AA00000'],
  ['-', '000V000'],
  [':', '0CC0CC0'],
  [';', '0CC0448'],
  ['/', '11248GG'],
  ['(', '2488842'],
  [')', '8422248'],
  ['&', 'CIK8LID'],
  ['#', 'AAVAVAA'],
  ['+', '044V440'],
  ['%', 'OP248J3'],
  ['*', '0AEVEA0'],
  ['=', '00V0V00'],
  ['@', 'EH1DLLE'],
  ['_', '000000V'],
  [' ', '0000000'],
])

/** Stands for what the font lacks: an empty box. */
const MISSING = 'VHHHHHV'

export const hasGlyph = (character: string): boolean => ROWS.has(character)

/** Whether the letter has ink in a cell; false outside its 5 columns and 7 rows. */
export function hasInk(character: string, column: number, row: number): boolean {
  const digit = (ROWS.get(character) ?? MISSING)[row]
  if (digit === undefined || column < 0 || column >= GLYPH_WIDTH) return false
  return ((Number.parseInt(digit, 32) >> (GLYPH_WIDTH - 1 - column)) & 1) === 1
}
