/**
 * What a session needs of a device: an arena that it writes to and reads from, and programs to run there. Writes and runs
 * take place in the order of the calls; only reading waits. So one session serves the processor, where everything is done
 * when a call returns, and a GPU, where it is not.
 */
import type { Backend, KernelCall, LoadedProgram } from './kernels/index.ts'
import type { Range } from './program.ts'

export interface Executor {
  readonly kind: string
  /** For people: "CPU, 8 threads, AVX2". */
  readonly name: string
  readonly threads: number
  /** Make calls ready to run. Throws (or rejects) on a call that does not fit the kernel table or the arena. */
  load(calls: readonly KernelCall[]): LoadedProgram | Promise<LoadedProgram>
  /** Start the calls. */
  run(program: LoadedProgram): void
  /** Let `fill` write a stretch of the arena. What it leaves out becomes, or stays, zero in a fresh arena. */
  write(range: Range, fill: (values: Float32Array) => void): void
  /** The values after all runs so far. They may be the arena itself: copy what must outlive the next run. */
  read(ranges: readonly Range[]): Promise<readonly Float32Array[]>
  close(): Promise<void>
}

/** An executor over the arena of a back end on this processor. */
export function processorExecutor(backend: Backend): Executor {
  const part = ({ offset, size }: Range): Float32Array => backend.floats.subarray(offset, offset + size)
  return {
    kind: backend.kind,
    name: backend.name,
    threads: backend.threads,
    load: (calls) => backend.load(calls),
    run: (program) => backend.run(program),
    write: (range, fill) => fill(part(range)),
    read: async (ranges) => ranges.map(part),
    close: () => backend.close(),
  }
}
