/**
 * The 3D U-Net as a graph. Volumes are [N, D, H, W, C] with D = z, H = y, W = x; the plan's triples are [x, y, z].
 * Block: twice {conv, instance norm, leaky ReLU}; max pooling down, transposed convolution up, skips concatenated.
 * Parameter names say where they belong: `encoder.<level>.…`, `decoder.<level>.…`, `head.…`; groups are their first word.
 */
import { concat, conv, convTransposed, Graph, matmul, maxPool, normalise, type Tensor } from '../engine/index.ts'
import type { Plan } from '../../shared/domain/plan.ts'

type Triple = readonly [number, number, number]

export const leakySlope = 0.01
/** [x, y, z] → [z, y, x], the order of the engine's D, H, W. */
export const zyx = (t: Triple): [number, number, number] => [t[2], t[1], t[0]]

/** conv (no bias: the norm takes it away again) → instance norm → leaky ReLU. */
function convNormRelu(
  graph: Graph,
  x: Tensor,
  name: string,
  group: string,
  features: number,
  kernel: Triple,
  batch: boolean,
): Tensor {
  const channels = x.shape[4]
  const [kd, kh, kw] = zyx(kernel)
  const fanIn = kd * kh * kw * channels
  const filter = graph.parameter(
    `${name}.weight`,
    [kd, kh, kw, channels, features],
    { kind: 'heNormal', fanIn, slope: leakySlope },
    { group, decay: true },
  )
  const gamma = graph.parameter(`${name}.gamma`, [features], { kind: 'constant', value: 1 }, { group })
  const beta = graph.parameter(`${name}.beta`, [features], { kind: 'constant', value: 0 }, { group })
  return normalise(conv(x, filter, {}), gamma, beta, { slope: leakySlope, batch })
}

function block(
  graph: Graph,
  x: Tensor,
  name: string,
  group: string,
  features: number,
  kernel: Triple,
  batch = false,
): Tensor {
  const once = convNormRelu(graph, x, `${name}.conv1`, group, features, kernel, batch)
  return convNormRelu(graph, once, `${name}.conv2`, group, features, kernel, batch)
}

/**
 * Down path. Returns the features of every level, finest first; the last is the bottleneck. batch: normalise over the whole
 * batch instead of each sample, for small tiles, whose bottleneck is one voxel: alone it would be normalised to nothing.
 */
export function encoder(graph: Graph, x: Tensor, plan: Plan, { batch = false } = {}): Tensor[] {
  const levels: Tensor[] = []
  let now = x
  plan.features.forEach((features, level) => {
    if (level > 0) now = maxPool(now, zyx(plan.pools[level - 1]))
    now = block(graph, now, `encoder.${level}`, 'encoder', features, plan.kernels[level], batch)
    levels.push(now)
  })
  return levels
}

/** Up path. Returns the features of every level but the bottleneck, finest first. */
export function decoder(graph: Graph, skips: Tensor[], plan: Plan): Tensor[] {
  const levels: Tensor[] = []
  let now = skips[skips.length - 1]
  for (let level = skips.length - 2; level >= 0; level--) {
    const features = plan.features[level]
    const stride = zyx(plan.pools[level])
    const from = now.shape[4]
    const filter = graph.parameter(
      `decoder.${level}.up.weight`,
      [...stride, from, features],
      { kind: 'heNormal', fanIn: from, slope: 1 },
      { group: 'decoder', decay: true },
    )
    const up = convTransposed(now, filter, { stride })
    now = block(graph, concat([skips[level], up]), `decoder.${level}`, 'decoder', features, plan.kernels[level])
    levels.unshift(now)
  }
  return levels
}

/** 1³ convolution to `classes` channels. */
export function voxelHead(graph: Graph, x: Tensor, name: string, classes: number): Tensor {
  const channels = x.shape[4]
  const filter = graph.parameter(
    `head.${name}.weight`,
    [1, 1, 1, channels, classes],
    { kind: 'heNormal', fanIn: channels, slope: 1 },
    { group: 'head', decay: true },
  )
  const bias = graph.parameter(`head.${name}.bias`, [classes], { kind: 'constant', value: 0 }, { group: 'head' })
  return conv(x, filter, { bias })
}

/** Fully connected layer: matrix [R, C] → [R, features], without activation. */
export function dense(graph: Graph, x: Tensor, name: string, features: number): Tensor {
  const fanIn = x.shape[1]
  const weight = graph.parameter(
    `head.${name}.weight`,
    [fanIn, features],
    { kind: 'heNormal', fanIn, slope: leakySlope },
    { group: 'head', decay: true },
  )
  const bias = graph.parameter(`head.${name}.bias`, [features], { kind: 'constant', value: 0 }, { group: 'head' })
  return matmul(x, weight, { bias })
}

/** Shape [N, D, H, W, C] of the network's input for a patch [x, y, z]. */
export const inputShape = (plan: Plan, batch: number, patch: Triple = plan.patch): number[] => [
  batch,
  ...zyx(patch),
  plan.channels,
]
