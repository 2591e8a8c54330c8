/** A zeroed, shared array of floats. Throws a plain sentence if the memory cannot be had. */
export function allocateFloats(floats: number): Float32Array<SharedArrayBuffer> {
  try {
    return new Float32Array(new SharedArrayBuffer(floats * 4))
  } catch {
    throw outOfMemory(floats)
  }
}

export const outOfMemory = (floats: number): Error =>
  new Error(
    `There is not enough memory for ${Math.ceil(floats / 2 ** 18)} MiB. Close other programs, or use smaller patches.`,
  )
