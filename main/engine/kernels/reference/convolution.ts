import { partialSlabs } from '../sizes.ts'
import { at, volume, zeroHalo, type Kernel } from './kernel.ts'

/** Dense [taps, Ci, Co] → blocks of 16 output channels, each [taps·Ci][16], the last one filled up with zeros. */
export const packFilter: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [filter, packed, taps, ci, co, transpose] = Array.from(ints)
  const [inputs, outputs] = transpose ? [co, ci] : [ci, co]
  let at = packed
  for (let block = 0; block < outputs; block += 16)
    for (let tap = 0; tap < taps; tap++)
      for (let i = 0; i < inputs; i++)
        for (let o = block; o < block + 16; o++) {
          const source = transpose ? ((taps - 1 - tap) * ci + o) * co + i : (tap * ci + i) * co + o
          floats[at++] = o < outputs ? floats[filter + source] : 0
        }
}

export const conv: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [x, packed, bias, y, n, d, h, w, ci, co, kd, kh, kw, sd, sh, sw, xd, xh, xw, accumulate] = Array.from(ints)
  const input = volume(x, n, xd, xh, xw, ci)
  const output = volume(y, n, d, h, w, co)
  const reduction = kd * kh * kw * ci
  const sums = new Float64Array(co)
  for (let b = 0; b < n; b++)
    for (let od = 0; od < d; od++)
      for (let oh = 0; oh < h; oh++)
        for (let ow = 0; ow < w; ow++) {
          for (let o = 0; o < co; o++) sums[o] = bias < 0 ? 0 : floats[bias + o]
          let tap = 0
          for (let i = 0; i < kd; i++)
            for (let j = 0; j < kh; j++)
              for (let k = 0; k < kw; k++, tap++) {
                const from = at(input, b, od * sd + i - (kd >> 1), oh * sh + j - (kh >> 1), ow * sw + k - (kw >> 1))
                for (let c = 0; c < ci; c++) {
                  const value = floats[from + c]
                  if (value === 0) continue
                  const row = tap * ci + c
                  for (let o = 0; o < co; o++)
                    sums[o] += value * floats[packed + ((o >> 4) * reduction + row) * 16 + (o & 15)]
                }
              }
          const to = at(output, b, od, oh, ow)
          for (let o = 0; o < co; o++) floats[to + o] = sums[o] + (accumulate ? floats[to + o] : 0)
        }
  zeroHalo(floats, output)
}

export const convInputGradStrided: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [dy, filter, dx, n, d, h, w, ci, co, kd, kh, kw, sd, sh, sw, xd, xh, xw, accumulate] = Array.from(ints)
  const output = volume(dy, n, d, h, w, co)
  const input = volume(dx, n, xd, xh, xw, ci)
  const sums = new Float64Array(ci)
  for (let b = 0; b < n; b++)
    for (let id = 0; id < xd; id++)
      for (let ih = 0; ih < xh; ih++)
        for (let iw = 0; iw < xw; iw++) {
          sums.fill(0)
          let tap = 0
          for (let i = 0; i < kd; i++)
            for (let j = 0; j < kh; j++)
              for (let k = 0; k < kw; k++, tap++) {
                // od·sd + i - pd = id, so od = (id + pd - i) / sd where that is whole and inside.
                const [od, oh, ow] = [(id + (kd >> 1) - i) / sd, (ih + (kh >> 1) - j) / sh, (iw + (kw >> 1) - k) / sw]
                if (!(Number.isInteger(od) && od >= 0 && od < d)) continue
                if (!(Number.isInteger(oh) && oh >= 0 && oh < h)) continue
                if (!(Number.isInteger(ow) && ow >= 0 && ow < w)) continue
                const from = at(output, b, od, oh, ow)
                for (let c = 0; c < ci; c++) {
                  const row = filter + (tap * ci + c) * co
                  for (let o = 0; o < co; o++) sums[c] += floats[from + o] * floats[row + o]
                }
              }
          const to = at(input, b, id, ih, iw)
          for (let c = 0; c < ci; c++) floats[to + c] = sums[c] + (accumulate ? floats[to + c] : 0)
        }
  zeroHalo(floats, input)
}

export const convFilterGradPartial: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [x, dy, partial, n, d, h, w, ci, co, kd, kh, kw, sd, sh, sw, xd, xh, xw] = Array.from(ints)
  const input = volume(x, n, xd, xh, xw, ci)
  const output = volume(dy, n, d, h, w, co)
  const size = kd * kh * kw * ci * co
  const sums = new Float64Array(size)
  for (let b = 0; b < n; b++)
    for (let od = 0; od < d; od++)
      for (let oh = 0; oh < h; oh++)
        for (let ow = 0; ow < w; ow++) {
          const gradient = at(output, b, od, oh, ow)
          let row = 0
          for (let i = 0; i < kd; i++)
            for (let j = 0; j < kh; j++)
              for (let k = 0; k < kw; k++) {
                const from = at(input, b, od * sd + i - (kd >> 1), oh * sh + j - (kh >> 1), ow * sw + k - (kw >> 1))
                for (let c = 0; c < ci; c++, row += co)
                  for (let o = 0; o < co; o++) sums[row + o] += floats[from + c] * floats[gradient + o]
              }
        }
  floats.set(sums, partial)
  floats.fill(0, partial + size, partial + size * partialSlabs('convFilterGradPartial', ints))
}

export const reducePartials: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [partial, out, size, slabs, accumulate] = Array.from(ints)
  for (let i = 0; i < size; i++) {
    let sum = 0
    for (let s = 0; s < slabs; s++) sum += floats[partial + s * size + i]
    floats[out + i] = sum + (accumulate ? floats[out + i] : 0)
  }
}

export const convTransposed: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [x, filter, bias, y, n, d, h, w, ci, co, sd, sh, sw] = Array.from(ints)
  const input = volume(x, n, d, h, w, ci)
  const output = volume(y, n, d * sd, h * sh, w * sw, co)
  const sums = new Float64Array(co)
  for (let b = 0; b < n; b++)
    for (let od = 0; od < d * sd; od++)
      for (let oh = 0; oh < h * sh; oh++)
        for (let ow = 0; ow < w * sw; ow++) {
          const from = at(input, b, Math.floor(od / sd), Math.floor(oh / sh), Math.floor(ow / sw))
          const tap = ((od % sd) * sh + (oh % sh)) * sw + (ow % sw)
          for (let o = 0; o < co; o++) sums[o] = bias < 0 ? 0 : floats[bias + o]
          for (let c = 0; c < ci; c++)
            for (let o = 0; o < co; o++) sums[o] += floats[from + c] * floats[filter + (tap * ci + c) * co + o]
          floats.set(sums, at(output, b, od, oh, ow))
        }
  zeroHalo(floats, output)
}

export const convTransposedInputGrad: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [dy, filter, dx, n, d, h, w, ci, co, sd, sh, sw, accumulate] = Array.from(ints)
  const output = volume(dy, n, d * sd, h * sh, w * sw, co)
  const input = volume(dx, n, d, h, w, ci)
  const sums = new Float64Array(ci)
  for (let b = 0; b < n; b++)
    for (let id = 0; id < d; id++)
      for (let ih = 0; ih < h; ih++)
        for (let iw = 0; iw < w; iw++) {
          sums.fill(0)
          let row = filter
          for (let i = 0; i < sd; i++)
            for (let j = 0; j < sh; j++)
              for (let k = 0; k < sw; k++) {
                const from = at(output, b, id * sd + i, ih * sh + j, iw * sw + k)
                for (let c = 0; c < ci; c++, row += co)
                  for (let o = 0; o < co; o++) sums[c] += floats[from + o] * floats[row + o]
              }
          const to = at(input, b, id, ih, iw)
          for (let c = 0; c < ci; c++) floats[to + c] = sums[c] + (accumulate ? floats[to + c] : 0)
        }
  zeroHalo(floats, input)
}

export const convTransposedFilterGradPartial: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [x, dy, partial, n, d, h, w, ci, co, sd, sh, sw] = Array.from(ints)
  const input = volume(x, n, d, h, w, ci)
  const output = volume(dy, n, d * sd, h * sh, w * sw, co)
  const size = sd * sh * sw * ci * co
  const sums = new Float64Array(size)
  for (let b = 0; b < n; b++)
    for (let od = 0; od < d * sd; od++)
      for (let oh = 0; oh < h * sh; oh++)
        for (let ow = 0; ow < w * sw; ow++) {
          const from = at(input, b, Math.floor(od / sd), Math.floor(oh / sh), Math.floor(ow / sw))
          const gradient = at(output, b, od, oh, ow)
          let row = (((od % sd) * sh + (oh % sh)) * sw + (ow % sw)) * ci * co
          for (let c = 0; c < ci; c++, row += co)
            for (let o = 0; o < co; o++) sums[row + o] += floats[from + c] * floats[gradient + o]
        }
  floats.set(sums, partial)
  floats.fill(0, partial + size, partial + size * partialSlabs('convTransposedFilterGradPartial', ints))
}

export const volumeChannelSumPartial: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [x, partial, n, d, h, w, c] = Array.from(ints)
  const input = volume(x, n, d, h, w, c)
  const sums = new Float64Array(c)
  for (let b = 0; b < n; b++)
    for (let i = 0; i < d; i++)
      for (let j = 0; j < h; j++)
        for (let k = 0; k < w; k++) {
          const from = at(input, b, i, j, k)
          for (let o = 0; o < c; o++) sums[o] += floats[from + o]
        }
  floats.set(sums, partial)
  floats.fill(0, partial + c, partial + c * partialSlabs('volumeChannelSumPartial', ints))
}
