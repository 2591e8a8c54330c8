/** A U-Net and random inputs for tests and benchmarks of the engine. (The networks of the product are in main/training.) */
import { random } from '../../shared/domain/random.ts'
import { Graph } from './graph.ts'
import { concat, conv, convTransposed, diceCrossEntropy, normalise } from './ops/index.ts'
import type { Optimiser } from './program.ts'
import { count, type Shape, type Tensor } from './tensor.ts'

export const adamW: Optimiser = { kind: 'adamW', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0, clip: 0 }

/** Standard normal values. */
export function noise(size: number, seed: number, ...names: string[]): Float32Array {
  const stream = random(seed, 'noise', ...names)
  return Float32Array.from({ length: size }, () => stream.normal())
}

/** Whole numbers 0..n-1. */
export function labels(size: number, n: number, seed: number): Float32Array {
  const stream = random(seed, 'labels')
  return Float32Array.from({ length: size }, () => stream.integer(n))
}

export interface UnetOptions {
  readonly batch: number
  /** [D, H, W], each a multiple of 2^(levels-1). */
  readonly patch: Shape
  readonly levels: number
  /** Channels of the first level; they double per level. */
  readonly base: number
  readonly classes: number
  /** Of the image. */
  readonly channels?: number
}

/** Blocks of two 3³ convolutions with instance norm and leaky ReLU, strided down, transposed up, Dice + cross-entropy. */
export function unet({ batch, patch, levels, base, classes, channels = 1 }: UnetOptions) {
  const graph = new Graph()
  const image = graph.input('image', [batch, ...patch, channels])
  const target = graph.input('target', [batch, ...patch], 'dense')

  const block = (name: string, x: Tensor, co: number, stride: 1 | 2, group: string): Tensor => {
    const ci = x.shape[4]
    const filter = graph.parameter(`${name}.filter`, [3, 3, 3, ci, co], { kind: 'heNormal', fanIn: 27 * ci, slope: 0.01 }, { group }) // prettier-ignore
    const gamma = graph.parameter(`${name}.gamma`, [co], { kind: 'constant', value: 1 }, { group })
    const beta = graph.parameter(`${name}.beta`, [co], { kind: 'constant', value: 0 }, { group })
    return normalise(conv(x, filter, { stride: [stride, stride, stride] }), gamma, beta, { slope: 0.01 })
  }
  const skips: Tensor[] = []
  let x = image
  for (let level = 0; level < levels; level++) {
    const co = base * 2 ** level
    x = block(`down${level}.a`, x, co, level === 0 ? 1 : 2, 'encoder')
    x = block(`down${level}.b`, x, co, 1, 'encoder')
    skips.push(x)
  }
  for (let level = levels - 2; level >= 0; level--) {
    const co = base * 2 ** level
    const filter = graph.parameter(`up${level}.filter`, [2, 2, 2, 2 * co, co], { kind: 'heNormal', fanIn: 2 * co }, { group: 'decoder' }) // prettier-ignore
    const up = convTransposed(x, filter, { stride: [2, 2, 2] })
    x = block(`up${level}.a`, concat([up, skips[level]]), co, 1, 'decoder')
    x = block(`up${level}.b`, x, co, 1, 'decoder')
  }
  const filter = graph.parameter('head.filter', [1, 1, 1, base, classes], { kind: 'heNormal', fanIn: base }, { group: 'head' }) // prettier-ignore
  const bias = graph.parameter('head.bias', [classes], { kind: 'constant', value: 0 }, { group: 'head' })
  const logits = conv(x, filter, { bias })
  return { graph, image, target, logits, loss: diceCrossEntropy(logits, target) }
}

/** Inputs for `unet`. */
export function unetInputs({ batch, patch, classes, channels = 1 }: UnetOptions, seed: number) {
  const voxels = batch * count(patch)
  return { image: noise(voxels * channels, seed, 'image'), target: labels(voxels, classes, seed) }
}
