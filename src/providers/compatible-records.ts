import type { ErrorRules } from './error-answer.ts'

/** Parameters whose names differ from server to server; an absent one is not sent. */
type Named =
  | 'count'
  | 'aspect'
  | 'resolution'
  | 'quality'
  | 'style'
  | 'background'
  | 'format'
  | 'compression'
  | 'moderation'
  | 'seed'
  | 'steps'
  | 'guidance'
  | 'negativePrompt'
  | 'endUser'

/** How input images travel. `list` fields are repeated (multipart) or arrays (JSON). */
type EditForm =
  | { form: 'multipart'; path: string; imageField: string; maskField: string | null }
  | {
      form: 'json'
      path: string
      imageField: string
      /** `either`: one image alone, several as an array. */
      as: 'one' | 'list' | 'either'
      /** `base64`: the server decodes no data URLs. */
      send: 'reference' | 'base64'
    }

/** What sets one server of the OpenAI Images form apart from the others. Paths start below its base URL. */
export interface CompatibleRecord {
  id: string
  generatePath: string
  /** Null = it cannot edit. */
  edit: EditForm | null
  /** What is asked for; null = the field is not understood. Answers may hold either all the same. */
  responseFormat: 'url' | 'b64_json' | null
  /** `size`: `WxH`; `sides`: `width` and `height`; `image_size`: an object of both; null = not sent. */
  size: 'size' | 'sides' | 'image_size' | null
  names: Partial<Record<Named, string>>
  /** The gateway's words -> the server's, by parameter. Null = left out. */
  words: Partial<Record<'quality' | 'moderation' | 'resolution', Record<string, string | null>>>
  /** Fields that its models have beside these come from the models' records. */
  passesOwn?: boolean
  /** What a tenant's prompt must not be able to say, and where parameters hide in the prompt. */
  prompt: 'as-is' | 'sd-cpp' | 'localai' | 'none'
  errors: ErrorRules
  /** What models of these names have otherwise; of several that fit, the last wins. */
  variants: readonly [RegExp, Partial<CompatibleRecord>][]
}

const base: Omit<CompatibleRecord, 'id'> = {
  generatePath: '/images/generations',
  edit: null,
  responseFormat: 'b64_json',
  size: 'size',
  names: { count: 'n' },
  words: {},
  prompt: 'as-is',
  errors: {},
  variants: [],
}

/** Images beside the fields of a prompt. */
const at = (imageField: string, as: 'one' | 'list' | 'either') =>
  ({ form: 'json', path: '/images/generations', imageField, as, send: 'reference' }) as const

const TUNED = {
  steps: 'num_inference_steps',
  guidance: 'guidance_scale',
  seed: 'seed',
  negativePrompt: 'negative_prompt',
}
const DIFFUSION = { ...TUNED, count: 'n' }

const AIML_NAMES = {
  ...TUNED,
  aspect: 'aspect_ratio',
  resolution: 'resolution',
  style: 'style',
  format: 'output_format',
  moderation: 'safety_tolerance',
}

const MULTIPART = { form: 'multipart', path: '/images/edits', maskField: null } as const

/** Sources: the vendors' pages and the servers' own code and documents; none was called. */
export const COMPATIBLE_RECORDS: readonly CompatibleRecord[] = [
  {
    ...base,
    id: 'modelmax',
    names: { count: 'n', quality: 'quality', style: 'style' },
    words: { quality: { low: 'standard', medium: 'standard', auto: null, high: 'hd' } },
  },
  {
    ...base,
    id: 'aimlapi',
    edit: at('image_url', 'either'),
    responseFormat: null,
    size: 'image_size',
    passesOwn: true,
    names: { ...AIML_NAMES, count: 'num_images' },
    // Its scale runs from 1, the strictest, to 6; its text calls 5 the loosest.
    words: { moderation: { auto: null, low: '5' } },
    // An empty account is a 403 here.
    errors: { credit: /^(?!body validation).*\b(credits?|balance)\b/is },
    variants: [
      // One image each.
      [
        /flux-2-(max|pro)|seedream-[345]|qwen-image-(2|edit)|wan-2-|luma|reve|banana-2|3-1-flash|mai-|seededit|dreamina|beeble|topaz/,
        { names: AIML_NAMES },
      ],
      [
        /^(alibaba|blackforestlabs|bytedance|google|klingai|luma|reve\/remix)/,
        { edit: at('image_urls', 'list') },
      ],
      [/qwen-image-edit$|seededit/, { edit: at('image', 'one'), size: null }],
      [/dreamina|beeble|topaz|reve\/edit/, { edit: at('image_url', 'one'), size: null }],
      [/dreamina|topaz/, { prompt: 'none' }],
      [/seedream-3|xl-base/, { size: 'size' }],
      [/xl-base/, { names: { count: 'n' } }],
      [
        /^x-ai/,
        {
          names: { count: 'n', aspect: 'aspect_ratio', resolution: 'resolution' },
          words: { resolution: { '1K': '1k', '2K': '2k' } },
          size: null,
        },
      ],
      [/dreamina/, { words: { resolution: { '2K': '2k', '4K': '4k' } } }],
    ],
  },
  {
    ...base,
    id: 'together',
    edit: at('image_url', 'one'),
    responseFormat: 'url',
    size: 'sides',
    names: { ...DIFFUSION, steps: 'steps', format: 'output_format' },
    errors: { moderated: /\bnsfw\b/i, busyBeforeWork: true },
  },
  {
    ...base,
    id: 'localai',
    edit: {
      form: 'json',
      path: '/images/generations',
      imageField: 'files',
      as: 'list',
      send: 'base64',
    },
    responseFormat: 'url',
    names: { count: 'n', steps: 'step' },
    prompt: 'localai',
  },
  {
    ...base,
    id: 'stable-diffusion.cpp',
    edit: { ...MULTIPART, imageField: 'image[]', maskField: 'mask' },
    responseFormat: null,
    names: { count: 'n', format: 'output_format', compression: 'output_compression' },
    prompt: 'sd-cpp',
  },
  {
    ...base,
    id: 'vllm-omni',
    // `url` is a 422 there.
    edit: { ...MULTIPART, imageField: 'image' },
    names: DIFFUSION,
  },
  {
    ...base,
    id: 'sglang',
    // `url` needs a cloud store at the server.
    edit: { ...MULTIPART, imageField: 'image' },
    names: DIFFUSION,
  },
]
