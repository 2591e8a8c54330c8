import type { KernelCall } from './table.ts'

export type BackendKind = 'addon' | 'wasm' | 'reference'

/** A program made ready to run by the back end that loaded it. */
export interface LoadedProgram {
  readonly calls: readonly KernelCall[]
}

/** Something that runs kernels over one arena of floats. Not re-entrant: one run at a time. */
export interface Backend {
  readonly kind: BackendKind
  /** For people: "CPU, 2 threads, AVX-512". */
  readonly name: string
  readonly threads: number
  /** The arena: zeroed when opened, 64-byte aligned. */
  readonly floats: Float32Array
  /** Check and encode a list of calls. Throws on a call that does not fit the kernel table or the arena. */
  load(calls: readonly KernelCall[]): LoadedProgram
  /** Run all calls in order. Synchronous: returns when every thread is done. */
  run(program: LoadedProgram): void
  /** Stop the threads and let go of the arena. */
  close(): Promise<void>
}
