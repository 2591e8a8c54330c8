import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** What the native addon (c/addon.c) exports. Levels are instruction sets, worst first. */
export interface Addon {
  /** The best level of this machine, or -1 if even the least is not supported. */
  bestLevel(): number
  /** The address of a typed array's memory. */
  address(view: ArrayBufferView): number
  /** Fill in the chunks of encoded calls; returns the scratch floats each thread needs. */
  prepare(level: number, program: Int32Array, calls: number): number
  run(
    control: Int32Array,
    level: number,
    arena: Float32Array,
    scratch: Float32Array,
    scratchPerThread: number,
    program: Int32Array,
    calls: number,
  ): void
  /** Work on the current run, if there is one, until it ends. */
  help(control: Int32Array, thread: number): void
  /** Do fused multiply-adds for this many rounds; returns the number of flops done. */
  peak(level: number, rounds: number): number
}

/** Names of the levels on this processor, worst first. */
export const levelNames: readonly string[] = process.arch === 'arm64' ? ['NEON'] : ['SSE4', 'AVX2', 'AVX-512']

/**
 * The folder of the built kernels, beside this file in the sources; the bundler puts it beside the bundle. HANDFUL_KERNELS
 * names another one, to test kernels that were built anew.
 */
export const prebuiltFolder = process.env.HANDFUL_KERNELS
  ? pathToFileURL(`${process.env.HANDFUL_KERNELS}/`)
  : new URL('./prebuilt/', import.meta.url)

/** Where this machine's addon is, or would be. */
export const addonPath = (): string =>
  fileURLToPath(new URL(`kernels-${process.platform}-${process.arch}.node`, prebuiltFolder))

/** Load the addon. Throws a sentence saying why it cannot be used. */
export function loadAddon(): Addon {
  const path = addonPath()
  if (!existsSync(path))
    throw new Error(`There is no native kernel library for ${process.platform} on ${process.arch}.`)
  const addon = createRequire(import.meta.url)(path) as Partial<Addon>
  if (!addon.bestLevel || !addon.run)
    throw new Error('The native kernel library did not find the functions of Node it needs.')
  if (addon.bestLevel() < 0) throw new Error('This processor lacks SSE4.1, which the native kernel library needs.')
  return addon as Addon
}
