/**
 * Starts the command line (program.ts). Compiled code is kept beside the packages, for this process and those that it
 * starts: the next start takes half the time. Where nothing can be written there, nothing is kept.
 */
import module from 'node:module'
import { join } from 'node:path'

const kept = join(import.meta.dirname, '../../node_modules/.cache/handful')
module.enableCompileCache?.(kept)
process.env.NODE_COMPILE_CACHE ??= kept
await import('./program.ts')
