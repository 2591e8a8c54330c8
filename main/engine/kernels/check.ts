import { kernels, type KernelCall } from './table.ts'

/** Largest number of floats of an arena: offsets are 32-bit integers. */
export const mostFloats = 2 ** 31 - 64

/** Throw unless the call has a kernel of the table and the right number of whole-number arguments. */
export function checkCall(call: KernelCall): void {
  const signature = kernels[call.kernel]
  if (!signature) throw new Error(`There is no kernel named ${JSON.stringify(call.kernel)}.`)
  if (call.ints.length !== signature.ints.length || call.reals.length !== signature.reals.length)
    throw new Error(
      `The kernel ${call.kernel} takes ${signature.ints.length} integers and ${signature.reals.length} reals, ` +
        `but was given ${call.ints.length} and ${call.reals.length}.`,
    )
  call.ints.forEach((value, i) => {
    if (!Number.isInteger(value) || value < -1 || value > mostFloats)
      throw new Error(
        `The argument ${signature.ints[i]} of the kernel ${call.kernel} must be a whole number, not ${value}.`,
      )
  })
}
