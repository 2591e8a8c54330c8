/**
 * The network of Taleb et al. (NeurIPS 2020) as released (HealthML/self-supervised-3d-tasks, commit ecc86ef; models/unet3d.py,
 * models/fully_connected.py): encoder of 3.54 M parameters with one input channel, decoder of 2.11 M, head "big".
 * Block: twice {conv 3³ with bias, ReLU, batch norm}, with dropout 0.5 between the two. In 2D (models/unet.py) the same with
 * conv 3²: the input is one slice thick.
 *
 * Where it differs: a pool leaves out an axis of less than two voxels (tiles of small cubes); the decoder starts from the
 * bottleneck itself, where the code pools it and enlarges it again; batch norm's running averages are not biased towards their
 * start, and a pretraining leaves better ones (pretext/statistics.ts); the GRU's recurrent weights start normal, not orthogonal.
 */
import {
  concat,
  conv,
  convTransposed,
  flatten,
  globalMean,
  leakyRelu,
  matmul,
  maxPool,
  multiply,
  normalise,
  normaliseBy,
  runningSize,
  toVolume,
  type Graph,
  type Initialiser,
  type Tensor,
} from '../../engine/index.ts'
import { Dropouts } from './dropout.ts'

/** All constants from the code named above; epsilon and momentum are the defaults of Keras. */
export const paperNetwork = {
  /** Filters per level; the last is the bottleneck. */
  features: [16, 32, 64, 128, 256],
  /** Units of the head's hidden layers. */
  head: [2048, 1024],
  batchNorm: { epsilon: 1e-3, momentum: 0.99 },
}

/**
 * What a network is built for. `training`: batch norm by the batch, and dropout. `inference`: batch norm by the statistics
 * that stand beside the weights, no dropout. `statistics`: to estimate those (statistics.ts).
 */
export type PaperMode = 'training' | 'statistics' | 'inference'

/** What the parts of one network share. */
export interface PaperBuilder {
  readonly graph: Graph
  readonly mode: PaperMode
  readonly dropouts: Dropouts
  /** In the mode `statistics`, by the name of the parameter: means and mean squares [N, 2C] of what batch norm is given. */
  readonly moments: Record<string, Tensor>
}

export const paperBuilder = (graph: Graph, mode: PaperMode): PaperBuilder => ({
  graph,
  mode,
  dropouts: new Dropouts(),
  moments: {},
})

const zero: Initialiser = { kind: 'constant', value: 0 }
const one: Initialiser = { kind: 'constant', value: 1 }
/** Glorot & Bengio 2010, the default of Keras. */
const glorot = (fans: number): Initialiser => ({ kind: 'uniform', limit: Math.sqrt(6 / fans) })

const dropout = (b: PaperBuilder, x: Tensor): Tensor => (b.mode === 'training' ? b.dropouts.apply(x) : x)

function batchNorm({ graph, mode, moments }: PaperBuilder, x: Tensor, name: string, group: string): Tensor {
  const c = x.shape[4]
  const gamma = graph.parameter(`${name}.gamma`, [c], one, { group })
  const beta = graph.parameter(`${name}.beta`, [c], zero, { group })
  const { epsilon, momentum } = paperNetwork.batchNorm
  const statistics = `${name}.statistics`
  if (mode === 'statistics') {
    moments[statistics] = concat([globalMean(x), globalMean(multiply(x, x))])
    return normalise(x, gamma, beta, { batch: true, epsilon })
  }
  const average = graph.parameter(statistics, [1, runningSize(c)], zero, { group, running: true })
  if (mode === 'inference') return normaliseBy(x, average, gamma, beta)
  return normalise(x, gamma, beta, { batch: true, epsilon, running: { average, momentum } })
}

/** Batch norm of a matrix [R, C]: each row is a volume of one voxel. */
function batchNormRows(b: PaperBuilder, x: Tensor, name: string, group: string): Tensor {
  const [rows, c] = x.shape
  return flatten(batchNorm(b, toVolume(x, [rows, 1, 1, 1, c]), name, group))
}

function block(b: PaperBuilder, x: Tensor, name: string, group: string, features: number, planar: boolean): Tensor {
  const half = (from: Tensor, n: number) => {
    const depth = planar ? 1 : 3
    const fanIn = depth * 9 * from.shape[4]
    const shape = [depth, 3, 3, from.shape[4], features]
    const filter = b.graph.parameter(`${name}.conv${n}.weight`, shape, { kind: 'heNormal', fanIn }, { group })
    const bias = b.graph.parameter(`${name}.conv${n}.bias`, [features], zero, { group })
    return batchNorm(b, leakyRelu(conv(from, filter, { bias }), 0), `${name}.norm${n}`, group)
  }
  return half(dropout(b, half(x, 1)), 2)
}

function pool(x: Tensor): Tensor {
  const [d, h, w] = x.shape.slice(1, 4).map((n) => (n < 2 ? 1 : 2))
  return d * h * w === 1 ? x : maxPool(x, [d, h, w])
}

const isSlice = (image: Tensor): boolean => image.shape[1] === 1

/** image [N, D, H, W, C] → the features of every level, finest first, the bottleneck last; and that pooled once more. */
export function paperEncoder(b: PaperBuilder, image: Tensor): { levels: Tensor[]; pooled: Tensor } {
  const levels: Tensor[] = []
  let now = image
  paperNetwork.features.forEach((features, level) => {
    now = block(b, level === 0 ? now : pool(now), `encoder.${level}`, 'encoder', features, isSlice(image))
    levels.push(now)
  })
  return { levels, pooled: pool(now) }
}

/** One code a sample: the encoder's pooled map, flat. [N, values] */
export const paperCode = (b: PaperBuilder, image: Tensor): Tensor => flatten(paperEncoder(b, image).pooled)

/** Levels of the encoder → features of the finest level. */
export function paperDecoder(b: PaperBuilder, levels: readonly Tensor[]): Tensor {
  const planar = isSlice(levels[0])
  let now = levels[levels.length - 1]
  for (let level = levels.length - 2; level >= 0; level--) {
    const features = paperNetwork.features[level]
    const from = now.shape[4]
    const name = `decoder.${level}`
    const group = 'decoder'
    const stride: [number, number, number] = [planar ? 1 : 2, 2, 2]
    const initial = glorot(stride[0] * 4 * (from + features))
    const filter = b.graph.parameter(`${name}.up.weight`, [...stride, from, features], initial, { group })
    const bias = b.graph.parameter(`${name}.up.bias`, [features], zero, { group })
    const up = convTransposed(now, filter, { bias, stride })
    now = block(b, concat([up, levels[level]]), name, group, features, planar)
  }
  return now
}

/** 1³ convolution to `classes` channels. */
export function paperVoxels({ graph }: PaperBuilder, x: Tensor, classes: number): Tensor {
  const channels = x.shape[4]
  const initial = glorot(channels + classes)
  const filter = graph.parameter('head.segment.weight', [1, 1, 1, channels, classes], initial, { group: 'head' })
  const bias = graph.parameter('head.segment.bias', [classes], zero, { group: 'head' })
  return conv(x, filter, { bias })
}

/** Fully connected layer without activation: [R, C] → [R, units]. */
export function paperDense({ graph }: PaperBuilder, x: Tensor, name: string, units: number): Tensor {
  const initial = glorot(x.shape[1] + units)
  const weight = graph.parameter(`head.${name}.weight`, [x.shape[1], units], initial, { group: 'head' })
  const bias = graph.parameter(`head.${name}.bias`, [units], zero, { group: 'head' })
  return matmul(x, weight, { bias })
}

/** The nth {dense, ReLU, batch norm, dropout} of a head: [R, C] → [R, units]. */
export function hiddenLayer(b: PaperBuilder, x: Tensor, n: number, units: number): Tensor {
  const active = leakyRelu(paperDense(b, x, `dense${n}`, units), 0)
  return dropout(b, batchNormRows(b, active, `head.norm${n}`, 'head'))
}

/** The head "big": twice {dense, ReLU, batch norm, dropout}, then dense to the classes. */
export function bigHead(b: PaperBuilder, x: Tensor, classes: number): Tensor {
  let now = x
  paperNetwork.head.forEach((units, i) => (now = hiddenLayer(b, now, i + 1, units)))
  return paperDense(b, now, 'classes', classes)
}
