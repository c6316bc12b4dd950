import type { ProviderRequest } from '../../src/core/provider.ts'
import type { UpstreamRequest } from '../../src/core/upstream.ts'

/** An answer, and what it must be read as. All of them are written from documents: none was recorded live. */
export interface Recording {
  name: string
  /** 200 where it is left out. */
  status?: number
  headers?: Record<string, string>
  reply: unknown
  /** Compared with `toMatchObject`. */
  becomes: object
}

export interface Recordings {
  /** A model's name at the upstream. */
  model: string
  /** Whether inputs may be sent. */
  edits: boolean
  /** Where the body says how many images; null = always one. */
  count: string | null
  /** The prompt in a body; null = it is changed on purpose. */
  promptOf: ((body: Record<string, unknown>) => unknown) | null
  /** The field that carries the end user; null = none. */
  endUser: string | null
  sends: {
    name: string
    order: ProviderRequest
    path: string
    body: NonNullable<UpstreamRequest['body']>
  }[]
  submit: Recording[]
  poll?: {
    /** A poll's answer in a state that nobody has seen. */
    unseen: (status: string) => unknown
    /** Every state that the documents name. */
    states: string[]
    answers: Recording[]
  }
  events?: { name: string; event: string; json: unknown; becomes: object }[]
  errors: (Recording & { during?: 'poll' })[]
}
