import { partialSlabs } from '../sizes.ts'
import { doubles, type Kernel } from './kernel.ts'

export const squareSumPartial: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [g, partial, size] = Array.from(ints)
  const sums = doubles(floats, partial, 2 * partialSlabs('squareSumPartial', ints)).fill(0)
  for (let i = 0; i < size; i++)
    if (Number.isFinite(floats[g + i])) sums[0] += floats[g + i] ** 2
    else sums[1]++
}

export const squareSum: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [partial, norm, slabs] = Array.from(ints)
  const parts = doubles(floats, partial, 2 * slabs)
  let [squares, broken] = [0, 0]
  for (let s = 0; s < slabs; s++) {
    squares += parts[s * 2]
    broken += parts[s * 2 + 1]
  }
  floats[norm] = broken ? NaN : Math.sqrt(squares)
}

/** What the gradient is multiplied by, or null if this step changes nothing. An absent norm means: no clipping. */
function gradientScale(floats: Float32Array, norm: number, clip: number): number | null {
  if (norm < 0) return 1
  if (!Number.isFinite(floats[norm])) return null
  return clip > 0 && floats[norm] > clip ? clip / floats[norm] : 1
}

export const adamW: Kernel = (floats, ints, reals, thread) => {
  if (thread !== 0) return
  const [p, g, m, v, norm, schedule, groupScale, size] = Array.from(ints)
  const [beta1, beta2, epsilon, decay, clip] = Array.from(reals)
  const factor = gradientScale(floats, norm, clip)
  const group = groupScale < 0 ? 1 : floats[groupScale]
  if (factor === null || group === 0) return
  const rate = floats[schedule] * group
  for (let i = 0; i < size; i++) {
    const gradient = floats[g + i] * factor
    const first = beta1 * floats[m + i] + (1 - beta1) * gradient
    const second = beta2 * floats[v + i] + (1 - beta2) * gradient * gradient
    const step = first / floats[schedule + 1] / (Math.sqrt(second / floats[schedule + 2]) + epsilon)
    floats[m + i] = first
    floats[v + i] = second
    floats[p + i] -= rate * (step + decay * floats[p + i])
  }
}

export const sgdNesterov: Kernel = (floats, ints, reals, thread) => {
  if (thread !== 0) return
  const [p, g, m, norm, schedule, groupScale, size] = Array.from(ints)
  const [momentum, decay, clip] = Array.from(reals)
  const factor = gradientScale(floats, norm, clip)
  const group = groupScale < 0 ? 1 : floats[groupScale]
  if (factor === null || group === 0) return
  const rate = floats[schedule] * group
  for (let i = 0; i < size; i++) {
    const gradient = floats[g + i] * factor + decay * floats[p + i]
    const velocity = momentum * floats[m + i] + gradient
    floats[m + i] = velocity
    floats[p + i] -= rate * (gradient + momentum * velocity)
  }
}
