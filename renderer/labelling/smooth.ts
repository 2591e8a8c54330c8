/** Smoothing a label's surface. */
import type { Triple } from './map.ts'

/**
 * The shape whose Gaussian mean (`sigma` in mm, on each axis by its own spacing, kernel cut at 3 sigma) is at least one
 * half: bumps smaller than about sigma go, corners are rounded. 1 inside. Outside the scan the nearest voxel counts.
 */
export function smoothed(inside: Uint8Array, shape: Triple, spacing: Triple, sigma: number): Uint8Array<ArrayBuffer> {
  const strides = [1, shape[0], shape[0] * shape[1]]
  const field = Float32Array.from(inside)
  for (const axis of [0, 1, 2] as const) {
    const width = sigma / spacing[axis]
    const reach = Math.min(shape[axis] - 1, Math.ceil(3 * width))
    // Slices much thicker than sigma have nothing to say to one another.
    if (reach < 1 || width < 0.25) continue
    const kernel = Float32Array.from({ length: 2 * reach + 1 }, (_, n) =>
      Math.exp(-((n - reach) ** 2) / (2 * width * width)),
    )
    const sum = kernel.reduce((a, b) => a + b)
    const line = new Float32Array(shape[axis])
    const [u, v] = ([0, 1, 2] as const).filter((other) => other !== axis)
    for (let q = 0; q < shape[v]; q++)
      for (let p = 0; p < shape[u]; p++) {
        const start = p * strides[u] + q * strides[v]
        let any = false
        for (let n = 0; n < line.length; n++) any = (line[n] = field[start + n * strides[axis]]) > 0 || any
        if (!any) continue
        for (let n = 0; n < line.length; n++) {
          let mean = 0
          for (let k = -reach; k <= reach; k++)
            mean += kernel[k + reach] * line[Math.min(line.length - 1, Math.max(0, n + k))]
          field[start + n * strides[axis]] = mean / sum
        }
      }
  }
  return Uint8Array.from(field, (mean) => (mean >= 0.5 ? 1 : 0))
}
