import { partialSlabs } from './sizes.ts'
import { kernels, type KernelCall, type KernelName } from './table.ts'

/** Bytes of one call as the C scheduler reads it (schedule.h): kernel, chunks, 5 doubles, 20 integers. */
export const callBytes = 128
/** Bytes of the shared control block (schedule.h). */
export const controlBytes = 256
/** First word of the control block before the first run: without it, helpers wait for a run and a back end that never ran cannot be closed. */
export const idle = -1

const numbers = new Map(Object.keys(kernels).map((name, i) => [name, i]))
const isPartial = (name: KernelName): boolean => name.endsWith('Partial')

/** Write the calls to `bytes` at `offset`; the number of chunks is filled in by the C side. */
export function encodeCalls(calls: readonly KernelCall[], bytes: ArrayBufferLike, offset: number): void {
  const ints = new Int32Array(bytes, offset, (calls.length * callBytes) / 4)
  const reals = new Float64Array(bytes, offset, (calls.length * callBytes) / 8)
  calls.forEach((call, i) => {
    ints[(i * callBytes) / 4] = numbers.get(call.kernel)!
    reals.set(call.reals, (i * callBytes) / 8 + 1)
    const at = (i * callBytes) / 4 + 12
    ints.set(call.ints, at)
    if (isPartial(call.kernel)) ints[at + call.ints.length] = partialSlabs(call.kernel, call.ints)
  })
}
