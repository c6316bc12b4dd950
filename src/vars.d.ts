/**
 * Variables and secrets, all strings, which `wrangler types` cannot know. What
 * is missing switches its feature or upstream off; only SIGNING_KEYS must be there.
 */
interface Vars {
  /** `kid:base64,...`: the first signs links, all verify them. */
  SIGNING_KEYS: string
  /** `kid:base64,...`, seeds of Ed25519: the first signs receipts, all are published. */
  RECEIPT_KEYS?: string
  /** Bearer tokens of `/admin`, with commas between them while one replaces another; blank or missing: `/admin` is a 404. */
  ADMIN_KEY?: string
  /** 'true': sketch stands in for models whose upstream is not configured. */
  DEMO?: string
  /** How long jobs and images of tenants that say nothing are kept, seconds; missing: 7 days. */
  RETENTION_SECONDS?: string
  /** Longest that anything is kept, seconds; missing: 365 days. */
  MAX_RETENTION_SECONDS?: string
  /** Public model name used when a request in the OpenAI dialect names none. */
  DEFAULT_MODEL?: string
  /** JSON, merged over the built-in catalogue by model id. */
  MODELS?: string
  /** JSON array of further upstream servers. */
  UPSTREAMS?: string
  /** Origin of the API as clients see it, for links. */
  PUBLIC_URL?: string
  /** Origin of image links, when it is not PUBLIC_URL. */
  IMAGES_URL?: string
  /** 'true': tenants' URLs may be private. For local development only. */
  ALLOW_PRIVATE_URLS?: string

  OPENAI_API_KEY?: string
  OPENAI_BASE_URL?: string
  /** Missing: OPENAI_BASE_URL holds for OpenAI's Responses API too. */
  OPENAI_RESPONSES_BASE_URL?: string
  GOOGLE_API_KEY?: string
  GOOGLE_BASE_URL?: string
  FAL_KEY?: string
  FAL_BASE_URL?: string
  REPLICATE_API_TOKEN?: string
  REPLICATE_BASE_URL?: string
  BFL_API_KEY?: string
  BFL_BASE_URL?: string
  TOGETHER_API_KEY?: string
  TOGETHER_BASE_URL?: string
  OXEN_API_KEY?: string
  OXEN_BASE_URL?: string
  MODELMAX_API_KEY?: string
  MODELMAX_BASE_URL?: string
  AIML_API_KEY?: string
  AIMLAPI_BASE_URL?: string
  /** A Modular MAX server has no built-in address: this switches it on. */
  MAX_BASE_URL?: string
  MAX_API_KEY?: string
}

interface Env extends Vars {}

declare namespace Cloudflare {
  interface Env extends Vars {}
}
