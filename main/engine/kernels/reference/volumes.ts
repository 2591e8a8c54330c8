import { at, eachVoxel, volume, zeroHalo, type Kernel } from './kernel.ts'

export const padVolume: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [dense, y, n, d, h, w, c] = Array.from(ints)
  const to = volume(y, n, d, h, w, c)
  eachVoxel(to, (i, voxel) => floats.copyWithin(i, dense + voxel * c, dense + (voxel + 1) * c))
  zeroHalo(floats, to)
}

export const unpadVolume: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [x, dense, n, d, h, w, c, accumulate] = Array.from(ints)
  eachVoxel(volume(x, n, d, h, w, c), (i, voxel) => {
    for (let o = 0; o < c; o++) {
      const to = dense + voxel * c + o
      floats[to] = floats[i + o] + (accumulate ? floats[to] : 0)
    }
  })
}

export const maxPool: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [x, y, n, d, h, w, c, sd, sh, sw, xd, xh, xw] = Array.from(ints)
  const input = volume(x, n, xd, xh, xw, c)
  const output = volume(y, n, d, h, w, c)
  for (let b = 0; b < n; b++)
    for (let od = 0; od < d; od++)
      for (let oh = 0; oh < h; oh++)
        for (let ow = 0; ow < w; ow++)
          for (let o = 0; o < c; o++) {
            let most = -Infinity
            for (let i = 0; i < sd; i++)
              for (let j = 0; j < sh; j++)
                for (let k = 0; k < sw; k++)
                  most = Math.max(most, floats[at(input, b, od * sd + i, oh * sh + j, ow * sw + k) + o])
            floats[at(output, b, od, oh, ow) + o] = most
          }
  zeroHalo(floats, output)
}

export const maxPoolGrad: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [x, y, dy, dx, n, d, h, w, c, sd, sh, sw, xd, xh, xw, accumulate] = Array.from(ints)
  const input = volume(x, n, xd, xh, xw, c)
  const toInput = volume(dx, n, xd, xh, xw, c)
  const output = volume(0, n, d, h, w, c)
  if (!accumulate) eachVoxel(toInput, (i) => floats.fill(0, i, i + c))
  for (let b = 0; b < n; b++)
    for (let od = 0; od < d; od++)
      for (let oh = 0; oh < h; oh++)
        for (let ow = 0; ow < w; ow++)
          for (let o = 0; o < c; o++) {
            const from = at(output, b, od, oh, ow) + o
            let open = true
            for (let i = 0; i < sd && open; i++)
              for (let j = 0; j < sh && open; j++)
                for (let k = 0; k < sw && open; k++) {
                  const [id, ih, iw] = [od * sd + i, oh * sh + j, ow * sw + k]
                  if (floats[at(input, b, id, ih, iw) + o] !== floats[y + from]) continue
                  floats[at(toInput, b, id, ih, iw) + o] += floats[dy + from]
                  open = false
                }
          }
  zeroHalo(floats, toInput)
}

export const copyChannels: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [x, y, n, d, h, w, xC, yC, xc, yc, c, accumulate] = Array.from(ints)
  const to = volume(y, n, d, h, w, yC)
  for (let b = 0; b < n; b++)
    for (let i = 0; i < d; i++)
      for (let j = 0; j < h; j++)
        for (let k = 0; k < w; k++) {
          const source = at(volume(x, n, d, h, w, xC), b, i, j, k) + xc
          const target = at(to, b, i, j, k) + yc
          for (let o = 0; o < c; o++) floats[target + o] = floats[source + o] + (accumulate ? floats[target + o] : 0)
        }
  zeroHalo(floats, to, yc, yc + c)
}

export const globalMean: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [x, y, n, d, h, w, c] = Array.from(ints)
  const sums = new Float64Array(n * c)
  eachVoxel(volume(x, n, d, h, w, c), (i, _voxel, b) => {
    for (let o = 0; o < c; o++) sums[b * c + o] += floats[i + o]
  })
  for (let i = 0; i < n * c; i++) floats[y + i] = sums[i] / (d * h * w)
}

export const globalMeanGrad: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [dy, dx, n, d, h, w, c, accumulate] = Array.from(ints)
  const to = volume(dx, n, d, h, w, c)
  eachVoxel(to, (i, _voxel, b) => {
    for (let o = 0; o < c; o++) floats[i + o] = floats[dy + b * c + o] / (d * h * w) + (accumulate ? floats[i + o] : 0)
  })
  zeroHalo(floats, to)
}

export const softmaxChannels: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [x, y, n, d, h, w, c] = Array.from(ints)
  eachVoxel(volume(0, n, d, h, w, c), (i) => {
    let [most, sum] = [-Infinity, 0]
    for (let o = 0; o < c; o++) most = Math.max(most, floats[x + i + o])
    for (let o = 0; o < c; o++) sum += Math.exp(floats[x + i + o] - most)
    for (let o = 0; o < c; o++) floats[y + i + o] = Math.exp(floats[x + i + o] - most) / sum
  })
  zeroHalo(floats, volume(y, n, d, h, w, c))
}
