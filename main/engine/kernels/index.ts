import type { Backend, BackendKind } from './backend.ts'
import { mostFloats } from './check.ts'
import { openReference } from './reference-backend.ts'

export type { Backend, BackendKind, LoadedProgram } from './backend.ts'
export { diceSumsSize, normStatsSize, partialSize, partialSlabs, partialSlabSize } from './sizes.ts'
export * from './table.ts'

export interface OpenOptions {
  /** Size of the arena in floats. */
  readonly floats: number
  /** Threads, the calling one included; by default one per core. */
  readonly threads?: number
  /** auto: the addon, else WebAssembly, else the plain kernels. */
  readonly kind?: BackendKind | 'auto'
}

/** Open a back end with an arena. Throws a plain sentence if the memory cannot be had. */
export async function openBackend(options: OpenOptions): Promise<Backend> {
  if (!Number.isInteger(options.floats) || options.floats < 0 || options.floats > mostFloats)
    throw new Error(`The arena must have between 0 and ${mostFloats} floats, not ${options.floats}.`)
  return openReference(allocate(options.floats))
}

function allocate(floats: number): Float32Array {
  try {
    return new Float32Array(new SharedArrayBuffer(floats * 4))
  } catch {
    throw new Error(
      `There is not enough memory for ${Math.ceil(floats / 2 ** 18)} MiB. Close other programs, or use smaller patches.`,
    )
  }
}
