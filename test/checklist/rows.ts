import type { Row } from './row.ts'
import { AIML } from './rows-aiml.ts'
import { GATEWAY } from './rows-gateway.ts'
import { MODELMAX } from './rows-modelmax.ts'
import { OXEN } from './rows-oxen.ts'
import { RESPONSES } from './rows-responses.ts'

/** In order. */
export const ROWS: readonly Row[] = [...RESPONSES, ...OXEN, ...MODELMAX, ...AIML, ...GATEWAY]
