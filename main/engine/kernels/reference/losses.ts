import { diceSumsSize, partialSlabs } from '../sizes.ts'
import { doubles, eachVoxel, volume, zeroHalo, type Kernel } from './kernel.ts'

/** A class from a target vector, or -1 where the voxel or row is ignored. */
const classAt = (value: number, classes: number): number => (value >= 0 && value < classes ? Math.trunc(value) : -1)

export const softmaxCrossEntropy: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [logits, target, dlogits, loss, correct, rows, c] = Array.from(ints)
  let [count, sum, right] = [0, 0, 0]
  for (let r = 0; r < rows; r++) if (classAt(floats[target + r], c) >= 0) count++
  for (let r = 0; r < rows; r++) {
    const wanted = classAt(floats[target + r], c)
    const row = floats.subarray(logits + r * c, logits + (r + 1) * c)
    const most = row.reduce((a, b) => Math.max(a, b), -Infinity)
    let exponentials = 0
    for (const value of row) exponentials += Math.exp(value - most)
    if (wanted >= 0) {
      sum += Math.log(exponentials) - (row[wanted] - most)
      if (row.indexOf(most) === wanted) right++
    }
    for (let o = 0; o < c; o++) {
      const difference = Math.exp(row[o] - most) / exponentials - (o === wanted ? 1 : 0)
      floats[dlogits + r * c + o] = wanted < 0 ? 0 : difference / count
    }
  }
  floats[loss] = count ? sum / count : 0
  floats[correct] = count ? right / count : 0
}

export const diceCePartial: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [logits, target, prob, partial, n, d, h, w, c, perSample] = Array.from(ints)
  const size = diceSumsSize(n, c, perSample)
  const sums = doubles(floats, partial, size * partialSlabs('diceCePartial', ints)).fill(0)
  eachVoxel(volume(0, n, d, h, w, c), (i, voxel, b) => {
    const wanted = classAt(floats[target + voxel], c)
    const group = 2 + (perSample ? b * c * 3 : 0)
    let [most, exponentials] = [-Infinity, 0]
    for (let o = 0; o < c; o++) most = Math.max(most, floats[logits + i + o])
    for (let o = 0; o < c; o++) exponentials += Math.exp(floats[logits + i + o] - most)
    if (wanted >= 0) {
      sums[0] += Math.log(exponentials) - (floats[logits + i + wanted] - most)
      sums[1]++
    }
    for (let o = 0; o < c; o++) {
      const p = Math.exp(floats[logits + i + o] - most) / exponentials
      floats[prob + i + o] = p
      if (wanted < 0) continue
      sums[group + o * 3 + 1] += p
      if (o !== wanted) continue
      sums[group + o * 3] += p
      sums[group + o * 3 + 2]++
    }
  })
  zeroHalo(floats, volume(prob, n, d, h, w, c))
}

/** No foreground class, or nothing to compare (and smooth 0): a Dice of 1. */
export const diceCeLoss: Kernel = (floats, ints, reals, thread) => {
  if (thread !== 0) return
  const [partial, sums, loss, n, c, slabs, perSample] = Array.from(ints)
  const [wce, wdice, smooth] = Array.from(reals)
  const size = diceSumsSize(n, c, perSample)
  const parts = doubles(floats, partial, size * slabs)
  const total = new Float64Array(size)
  for (let s = 0; s < slabs; s++) for (let i = 0; i < size; i++) total[i] += parts[s * size + i]
  floats.set(total, sums)
  let [dice, terms] = [0, 0]
  for (let g = 0; g < (perSample ? n : 1); g++)
    for (let o = 1; o < c; o++, terms++) {
      const at = 2 + (g * c + o) * 3
      const whole = total[at + 1] + total[at + 2] + smooth
      dice += whole > 0 ? (2 * total[at] + smooth) / whole : 1
    }
  const ce = total[1] > 0 ? total[0] / total[1] : 0
  floats[loss] = wce * ce + wdice * (1 - (terms ? dice / terms : 1))
}

export const diceCeGrad: Kernel = (floats, ints, reals, thread) => {
  if (thread !== 0) return
  const [prob, target, sums, dlogits, n, d, h, w, c, perSample] = Array.from(ints)
  const [wce, wdice, smooth] = Array.from(reals)
  const terms = (c - 1) * (perSample ? n : 1)
  const count = floats[sums + 1]
  const gradient = new Float64Array(c)
  eachVoxel(volume(0, n, d, h, w, c), (i, voxel, b) => {
    const wanted = classAt(floats[target + voxel], c)
    if (wanted < 0) {
      floats.fill(0, dlogits + i, dlogits + i + c)
      return
    }
    let mean = 0
    for (let o = 0; o < c; o++) {
      const at = sums + 2 + ((perSample ? b * c : 0) + o) * 3
      const whole = floats[at + 1] + floats[at + 2] + smooth
      // d(-dice)/dp of this class at this voxel
      const t = o === wanted ? 1 : 0
      gradient[o] =
        o === 0 || !(whole > 0) ? 0 : (-wdice / terms) * ((2 * t * whole - (2 * floats[at] + smooth)) / whole ** 2)
      mean += gradient[o] * floats[prob + i + o]
    }
    for (let o = 0; o < c; o++) {
      const p = floats[prob + i + o]
      floats[dlogits + i + o] = (wce / count) * (p - (o === wanted ? 1 : 0)) + p * (gradient[o] - mean)
    }
  })
  zeroHalo(floats, volume(dlogits, n, d, h, w, c))
}

export const maskedSquarePartial: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [x, target, mask, partial, n, d, h, w, c] = Array.from(ints)
  const sums = doubles(floats, partial, 2 * partialSlabs('maskedSquarePartial', ints)).fill(0)
  eachVoxel(volume(x, n, d, h, w, c), (i, voxel) => {
    for (let o = 0; o < c; o++) sums[0] += floats[mask + voxel] * (floats[i + o] - floats[target + voxel * c + o]) ** 2
    sums[1] += floats[mask + voxel]
  })
}

export const maskedSquareLoss: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [partial, sums, loss, c, slabs] = Array.from(ints)
  const parts = doubles(floats, partial, 2 * slabs)
  let [squares, masked] = [0, 0]
  for (let s = 0; s < slabs; s++) {
    squares += parts[s * 2]
    masked += parts[s * 2 + 1]
  }
  floats[sums] = squares
  floats[sums + 1] = masked
  floats[loss] = squares / Math.max(1, c * masked)
}

export const maskedSquareGrad: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [x, target, mask, sums, dx, n, d, h, w, c] = Array.from(ints)
  const scale = 2 / Math.max(1, c * floats[sums + 1])
  eachVoxel(volume(0, n, d, h, w, c), (i, voxel) => {
    for (let o = 0; o < c; o++)
      floats[dx + i + o] = scale * floats[mask + voxel] * (floats[x + i + o] - floats[target + voxel * c + o])
  })
  zeroHalo(floats, volume(dx, n, d, h, w, c))
}
