import type { EmbeddedProvider } from '../core/provider.ts'
import { sketch } from './sketch/sketch.ts'

/** Providers that draw inside the gateway, by name. */
export const embedded: ReadonlyMap<string, EmbeddedProvider> = new Map([[sketch.id, sketch]])
