import { partialSlabs } from '../sizes.ts'
import { doubles, eachVoxel, volume, zeroHalo, type Kernel } from './kernel.ts'

export const normStatsPartial: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [x, partial, n, d, h, w, c] = Array.from(ints)
  const sums = doubles(floats, partial, 2 * n * c * partialSlabs('normStatsPartial', ints)).fill(0)
  eachVoxel(volume(x, n, d, h, w, c), (at, _voxel, b) => {
    for (let o = 0; o < c; o++) {
      sums[(b * c + o) * 2] += floats[at + o]
      sums[(b * c + o) * 2 + 1] += floats[at + o] ** 2
    }
  })
}

export const normStats: Kernel = (floats, ints, reals, thread) => {
  if (thread !== 0) return
  const [partial, stats, n, voxels, c, slabs, batch] = Array.from(ints)
  const sums = doubles(floats, partial, 2 * n * c * slabs)
  for (let b = 0; b < n; b++)
    for (let o = 0; o < c; o++) {
      let [sum, squares] = [0, 0]
      for (let s = 0; s < slabs; s++)
        for (let m = batch ? 0 : b; m < (batch ? n : b + 1); m++) {
          sum += sums[((s * n + m) * c + o) * 2]
          squares += sums[((s * n + m) * c + o) * 2 + 1]
        }
      const count = batch ? n * voxels : voxels
      const mean = sum / count
      const variance = Math.max(0, squares / count - mean * mean)
      floats[stats + (b * c + o) * 2] = mean
      floats[stats + (b * c + o) * 2 + 1] = 1 / Math.sqrt(variance + reals[0])
    }
}

export const normApply: Kernel = (floats, ints, reals, thread) => {
  if (thread !== 0) return
  const [x, stats, gamma, beta, y, n, d, h, w, c] = Array.from(ints)
  eachVoxel(volume(0, n, d, h, w, c), (at, _voxel, b) => {
    for (let o = 0; o < c; o++) {
      const [mean, inverse] = [floats[stats + (b * c + o) * 2], floats[stats + (b * c + o) * 2 + 1]]
      const scale = (gamma < 0 ? 1 : floats[gamma + o]) * inverse
      const value = scale * (floats[x + at + o] - mean) + (beta < 0 ? 0 : floats[beta + o])
      floats[y + at + o] = value > 0 ? value : value * reals[0]
    }
  })
  zeroHalo(floats, volume(y, n, d, h, w, c))
}

export const normGradPartial: Kernel = (floats, ints, reals, thread) => {
  if (thread !== 0) return
  const [x, stats, y, dy, partial, n, d, h, w, c] = Array.from(ints)
  const sums = doubles(floats, partial, 2 * n * c * partialSlabs('normGradPartial', ints)).fill(0)
  eachVoxel(volume(0, n, d, h, w, c), (at, _voxel, b) => {
    for (let o = 0; o < c; o++) {
      const i = b * c + o
      const g = floats[dy + at + o] * (floats[y + at + o] > 0 ? 1 : reals[0])
      sums[i * 2] += g
      sums[i * 2 + 1] += g * (floats[x + at + o] - floats[stats + i * 2]) * floats[stats + i * 2 + 1]
    }
  })
}

export const normGradSums: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [partial, sums, dgamma, dbeta, n, c, slabs] = Array.from(ints)
  const parts = doubles(floats, partial, 2 * n * c * slabs)
  for (let o = 0; o < c; o++) {
    let [allG, allGx] = [0, 0]
    for (let b = 0; b < n; b++) {
      let [g, gx] = [0, 0]
      for (let s = 0; s < slabs; s++) {
        g += parts[((s * n + b) * c + o) * 2]
        gx += parts[((s * n + b) * c + o) * 2 + 1]
      }
      floats[sums + (b * c + o) * 2] = g
      floats[sums + (b * c + o) * 2 + 1] = gx
      allG += g
      allGx += gx
    }
    if (dgamma >= 0) floats[dgamma + o] = allGx
    if (dbeta >= 0) floats[dbeta + o] = allG
  }
}

export const normGradApply: Kernel = (floats, ints, reals, thread) => {
  if (thread !== 0) return
  const [x, stats, gamma, y, dy, sums, dx, n, d, h, w, c, batch, accumulate] = Array.from(ints)
  const count = d * h * w * (batch ? n : 1)
  eachVoxel(volume(0, n, d, h, w, c), (at, _voxel, b) => {
    for (let o = 0; o < c; o++) {
      let [sumG, sumGx] = [0, 0]
      for (let m = batch ? 0 : b; m < (batch ? n : b + 1); m++) {
        sumG += floats[sums + (m * c + o) * 2]
        sumGx += floats[sums + (m * c + o) * 2 + 1]
      }
      const [mean, inverse] = [floats[stats + (b * c + o) * 2], floats[stats + (b * c + o) * 2 + 1]]
      const g = floats[dy + at + o] * (floats[y + at + o] > 0 ? 1 : reals[0])
      const normalised = (floats[x + at + o] - mean) * inverse
      const value = (gamma < 0 ? 1 : floats[gamma + o]) * inverse * (g - (sumG + normalised * sumGx) / count)
      floats[dx + at + o] = value + (accumulate ? floats[dx + at + o] : 0)
    }
  })
  zeroHalo(floats, volume(dx, n, d, h, w, c))
}
