/** Fields and words that AI/ML API's models have beside those that all APIs know. */
export const SAFE = 'enable_safety_checker'
export const FASTER = 'acceleration'
export const EXPANDS = 'enable_prompt_expansion'
export const MARKS = 'watermark'
export const GOOGLES = ['enhance_prompt', 'person_generation', 'safety_setting', 'add_watermark']
export const RECRAFT = [
  'any',
  ...['', '/b_and_w', '/hard_flash', '/hdr', '/natural_light', '/studio_portrait'].map(
    (kind) => `realistic_image${kind}`,
  ),
  ...['/enterprise', '/motion_blur'].map((kind) => `realistic_image${kind}`),
  ...['', '/pixel_art', '/hand_drawn', '/grain', '/infantile_sketch', '/2d_art_poster'].map(
    (kind) => `digital_illustration${kind}`,
  ),
  ...['/handmade_3d', '/hand_drawn_outline', '/engraving_color', '/2d_art_poster_2'].map(
    (kind) => `digital_illustration${kind}`,
  ),
  ...['', '/engraving', '/line_art', '/line_circuit', '/linocut'].map(
    (kind) => `vector_illustration${kind}`,
  ),
]
export const TOPAZ = [
  'mode',
  'subject_detection',
  'face_enhancement',
  'face_enhancement_creativity',
  'face_enhancement_strength',
  'strength',
]
