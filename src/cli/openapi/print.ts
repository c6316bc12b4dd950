/**
 * Prints what is served as /openapi.json. A process of its own: it loads the Worker's modules, whose types
 * are not Node's.
 */
import { openapi } from './document.ts'

console.log(JSON.stringify(openapi()))
