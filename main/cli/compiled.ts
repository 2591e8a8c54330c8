/**
 * Node keeps what it makes of the sources (types left out, compiled), so that the next start has it ready: a second becomes
 * less than half of one. What it keeps goes by the content of each file; where it can't be written, nothing is lost.
 * Processes that are started from here do the same.
 */
import { enableCompileCache, flushCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../../node_modules/.cache/handful', import.meta.url))
enableCompileCache(process.env.NODE_COMPILE_CACHE)
// Else it would be written at the end alone, which a killed process does not reach.
setTimeout(flushCompileCache, 3000).unref()
