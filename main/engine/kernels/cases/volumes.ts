import { volumeSize } from '../table.ts'
import { Draft, type Case } from './draft.ts'

export function normCases(
  n: number,
  d: number,
  h: number,
  w: number,
  c: number,
  slope: number,
  batch: number,
  accumulate = 0,
): Case[] {
  const label = `${n}×${d}×${h}×${w}×${c}, slope ${slope}${batch ? ', batch' : ''}${accumulate ? ', accumulate' : ''}`
  const shape = [n, d, h, w, c]
  const forward = new Draft(`normalise ${label}`)
  const x = forward.volume(n, d, h, w, c, 2, 5)
  const stats = forward.area(2 * n * c)
  const [gamma, beta] = [forward.dense(c), forward.dense(c)]
  const [sums, slabs] = forward.partial('normStatsPartial', (at) => [x, at, ...shape])
  forward.call('normStats', [sums, stats, n, d * h * w, c, slabs, batch], [1e-5])
  forward.call(
    'normApply',
    [x, stats, gamma, accumulate ? -1 : beta, forward.area(volumeSize(n, d, h, w, c)), ...shape],
    [slope],
  )
  // In place
  forward.call('normApply', [x, stats, -1, beta, x, ...shape], [slope])

  const backward = new Draft(`normalise, gradient ${label}`)
  const input = backward.volume(n, d, h, w, c, 2, 5)
  const [y, dy] = [backward.volume(n, d, h, w, c), backward.volume(n, d, h, w, c)]
  const given = backward.area(2 * n * c, (i) => (i % 2 ? 0.8 : 5))
  const scale = backward.positive(c)
  const total = backward.area(2 * n * c)
  const [parts, count] = backward.partial('normGradPartial', (at) => [input, given, y, dy, at, ...shape], [slope])
  backward.call('normGradSums', [parts, total, backward.area(c), accumulate ? -1 : backward.area(c), n, c, count])
  const dx = backward.target(accumulate, n, d, h, w, c)
  backward.call('normGradApply', [input, given, scale, y, dy, total, dx, ...shape, batch, accumulate], [slope])
  return [forward.done(), backward.done()]
}

export function volumeCases(n: number, d: number, h: number, w: number, c: number, accumulate = 0): Case[] {
  const label = `${n}×${d}×${h}×${w}×${c}${accumulate ? ', accumulate' : ''}`
  const shape = [n, d, h, w, c]
  const size = n * d * h * w * c
  const pad = new Draft(`pad, unpad, softmax, means ${label}`)
  const x = pad.volume(n, d, h, w, c, 3)
  pad.call('padVolume', [pad.dense(size), pad.area(volumeSize(n, d, h, w, c)), ...shape])
  pad.call('unpadVolume', [x, pad.dense(size), ...shape, accumulate])
  pad.call('softmaxChannels', [x, pad.area(volumeSize(n, d, h, w, c)), ...shape])
  const mean = pad.area(n * c)
  pad.call('globalMean', [x, mean, ...shape])
  pad.call('globalMeanGrad', [mean, pad.target(accumulate, n, d, h, w, c), ...shape, accumulate])
  const [partial, slabs, one] = pad.partial('volumeChannelSumPartial', (at) => [x, at, ...shape])
  pad.call('reducePartials', [partial, pad.dense(one), one, slabs, accumulate])

  const channels = new Draft(`copy channels ${label}`)
  const from = channels.volume(n, d, h, w, c + 3)
  const to = channels.volume(n, d, h, w, c + 5)
  channels.call('copyChannels', [from, to, n, d, h, w, c + 3, c + 5, 2, 4, c, accumulate])
  channels.call('copyChannels', [
    from,
    channels.target(accumulate, n, d, h, w, c),
    n,
    d,
    h,
    w,
    c + 3,
    c,
    3,
    0,
    c,
    accumulate,
  ])
  return [pad.done(), channels.done()]
}

export function poolCases(
  n: number,
  size: readonly number[],
  c: number,
  stride: readonly number[],
  accumulate = 0,
): Case[] {
  const [xd, xh, xw] = size
  const out = size.map((s, i) => Math.floor(s / stride[i]))
  const draft = new Draft(
    `max pooling ${n}×${size.join('×')}×${c}, stride ${stride.join('×')}${accumulate ? ', accumulate' : ''}`,
  )
  const x = draft.volume(n, xd, xh, xw, c)
  const y = draft.area(volumeSize(n, out[0], out[1], out[2], c))
  const dy = draft.volume(n, out[0], out[1], out[2], c)
  const sizes = [n, ...out, c, ...stride, xd, xh, xw]
  draft.call('maxPool', [x, y, ...sizes])
  draft.call('maxPoolGrad', [x, y, dy, draft.target(accumulate, n, xd, xh, xw, c), ...sizes, accumulate])
  // Equal values: the first takes the gradient.
  const flat = draft.volume(n, xd, xh, xw, c, 0, 0.5)
  const most = draft.area(volumeSize(n, out[0], out[1], out[2], c))
  draft.call('maxPool', [flat, most, ...sizes])
  draft.call('maxPoolGrad', [flat, most, dy, draft.target(accumulate, n, xd, xh, xw, c), ...sizes, accumulate])
  return [draft.done()]
}
