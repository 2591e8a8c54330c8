import { diceSumsSize } from '../sizes.ts'
import { volumeSize } from '../table.ts'
import { Draft, type Case } from './draft.ts'

export function lossCases(n: number, d: number, h: number, w: number, c: number, perSample: number): Case[] {
  const shape = [n, d, h, w, c]
  const voxels = n * d * h * w
  const dice = new Draft(`Dice and cross-entropy ${shape.join('×')}${perSample ? ', per sample' : ''}`)
  const logits = dice.volume(n, d, h, w, c, 4)
  const target = dice.whole(voxels, -1, c)
  const prob = dice.area(volumeSize(n, d, h, w, c))
  const sums = dice.area(diceSumsSize(n, c, perSample))
  const weights = [0.7, 1.3, 1e-3]
  const [partial, slabs] = dice.partial('diceCePartial', (at) => [logits, target, prob, at, ...shape, perSample])
  dice.call('diceCeLoss', [partial, sums, dice.area(1), n, c, slabs, perSample], weights)
  dice.call('diceCeGrad', [prob, target, sums, dice.area(volumeSize(n, d, h, w, c)), ...shape, perSample], weights)

  const square = new Draft(`masked square ${shape.join('×')}`)
  const x = square.volume(n, d, h, w, c)
  const [wanted, mask] = [square.dense(voxels * c), square.whole(voxels, 0, 1)]
  const total = square.area(2)
  const [parts, count] = square.partial('maskedSquarePartial', (at) => [x, wanted, mask, at, ...shape])
  square.call('maskedSquareLoss', [parts, total, square.area(1), c, count])
  square.call('maskedSquareGrad', [x, wanted, mask, total, square.area(volumeSize(n, d, h, w, c)), ...shape])
  return [dice.done(), square.done()]
}

export function optimiserCases(size: number): Case[] {
  const draft = new Draft(`optimisers, ${size} floats`)
  const g = draft.dense(size)
  const norm = draft.area(1)
  const [partial, slabs] = draft.partial('squareSumPartial', (at) => [g, at, size])
  draft.call('squareSum', [partial, norm, slabs])
  const schedule = draft.area(3, (i) => [0.01, 0.271, 0.003][i])
  const [half, frozen] = [draft.area(1, () => 0.5), draft.area(1, () => 0)]
  const broken = draft.area(1, () => NaN)
  const state = (): number => draft.positive(size)
  for (const [limit, group, clip] of [[norm, half, 0.5], [norm, -1, 0], [-1, -1, 1], [norm, frozen, 0], [broken, -1, 1]]) {
    draft.call('adamW', [state(), g, state(), state(), limit, schedule, group, size], [0.9, 0.999, 1e-8, 0.01, clip])
    draft.call('sgdNesterov', [state(), g, state(), limit, schedule, group, size], [0.99, 1e-4, clip])
  } // prettier-ignore
  const infinite = draft.area(size, (i) => (i === size - 1 ? Infinity : 1))
  const [sums, count] = draft.partial('squareSumPartial', (at) => [infinite, at, size])
  draft.call('squareSum', [sums, draft.area(1), count])
  return [draft.done()]
}
