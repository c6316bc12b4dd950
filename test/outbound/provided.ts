/** Origin of the hostile server. */
export type Origin = string

declare module 'vitest' {
  export interface ProvidedContext {
    hostile: Origin
  }
}
