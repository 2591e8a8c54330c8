/**
 * Name of the worker's file (without its ending) when bundled: a bundler must make worker.ts an entry of its own with this
 * name, beside the file that this one becomes.
 */
export const workerName = 'kernels-worker'

/**
 * The worker's file, with the ending of this file: `.ts` in the sources, `.js` (or `.mjs`, `.cjs`) when bundled as
 * `kernels-worker.js` beside the bundle.
 */
export function workerUrl(): URL {
  const ending = /\.[cm]?[jt]s$/.exec(new URL(import.meta.url).pathname)?.[0] ?? '.js'
  return new URL(ending === '.ts' ? './worker.ts' : `./${workerName}${ending}`, import.meta.url)
}
