/** 3D exemplar: two views of one crop belong together. Pretrains the encoder. */
import {
  add,
  concat,
  constantOf,
  gatherRows,
  globalMean,
  Graph,
  leakyRelu,
  matmul,
  mean,
  multiply,
  normaliseRows,
  reshapeMatrix,
  scale,
  softmaxCrossEntropy,
  type Tensor,
} from '../../engine/index.ts'
import { isPlanar } from '../../../shared/domain/plan.ts'
import { random } from '../../../shared/domain/random.ts'
import { exemplarRecipe } from '../../../shared/tasks/exemplar.ts'
import { augmentIntensities, augmentRules, drawWarp } from '../augment.ts'
import { caseFor } from '../case-order.ts'
import { dense, encoder, inputShape, leakySlope } from '../network.ts'
import { cutPatch, drawTissueCentre, warpPatch } from '../patch.ts'
import { cubeSize } from './cube.ts'
import { paperExemplar } from './paper/exemplar.ts'
import type { PretextTask } from './pretext.ts'

/** Twice a likeness less another is 4 at most: with this margin a pair pulls at nothing. */
const noNegative = -5

const views = { ...augmentRules, spatial: 1, rotation: exemplarRecipe.rotation, scale: exemplarRecipe.scale }

export const exemplar: PretextTask = {
  name: 'exemplar',
  rate: exemplarRecipe.rate,
  paper: paperExemplar,
  build(plan, cases) {
    const cropShape = cubeSize(plan, cases)
    const cropVoxels = cropShape[0] * cropShape[1] * cropShape[2]
    const patchVoxels = plan.batch * plan.patch[0] * plan.patch[1] * plan.patch[2]
    const crops = Math.min(isPlanar(plan) ? 64 : 16, Math.max(4, Math.round(patchVoxels / (2 * cropVoxels))))
    const graph = new Graph()
    const image = graph.input('image', inputShape(plan, 2 * crops, cropShape), 'volume')
    const code = globalMean(encoder(graph, image, plan).at(-1)!)
    const hidden = leakyRelu(dense(graph, code, 'exemplar1', exemplarRecipe.codes), leakySlope)
    const codes = normaliseRows(dense(graph, hidden, 'exemplar2', exemplarRecipe.codes))
    const anchors = gatherRows(codes, graph.input('anchors', [crops], 'vector'))
    const positives = gatherRows(codes, graph.input('positives', [crops], 'vector'))
    const likeness = matmul(anchors, positives, { transposeB: true })
    const { correct } = softmaxCrossEntropy(likeness, graph.input('answer', [crops], 'vector'))
    // D² = 2 - 2·likeness of unit vectors, so D²(a,p) - D²(a,n) + margin = 2·(likeness to n - likeness to p) + margin.
    const own = matmul(multiply(anchors, positives), constantOf(graph, [exemplarRecipe.codes, 1], 1))
    const ownEverywhere = matmul(own, constantOf(graph, [1, crops], 1))
    const margins = graph.input('margins', [crops, crops], 'matrix')
    const hinge = add(scale(add(likeness, scale(ownEverywhere, -1)), 2), margins)
    const pull = exemplarRecipe.negatives === 'all' ? leakyRelu(hinge, 0) : semiHard(hinge, exemplarRecipe.margin)
    // Where there is no negative it is zero; the mean is over all pairs but the diagonal.
    const loss = mean(scale(pull, crops / (crops - 1)))

    // Every anchor with every negative: is the positive nearer? The negative stands first, so that a tie counts as wrong.
    const pairs = Array.from({ length: crops * crops }, (_, i) => i).filter((i) => Math.floor(i / crops) !== i % crops)
    const flat = reshapeMatrix(likeness, [crops * crops, 1])
    const [negative, positive] = ['negative', 'positive'].map((name) =>
      gatherRows(flat, graph.input(`${name} of pair`, [pairs.length], 'vector')),
    )
    const nearer = softmaxCrossEntropy(concat([negative, positive]), constantOf(graph, [pairs.length], 1))

    const size = cropVoxels * plan.channels
    const images = new Float32Array(2 * crops * size)
    const first = Float32Array.from({ length: crops }, (_, i) => i)
    const second = first.map((i) => i + crops)
    return {
      graph,
      loss,
      outputs: { correct, nearer: nearer.correct },
      chance: 1 / crops,
      feed(inputs, pool, seed, step) {
        const drawn = Array.from({ length: crops }, (_, n) => caseFor(pool, seed, step * crops + n))
        // Crops of one scan nearly are the same place: no negatives of each other, where there are others.
        const several = pool.length > 1
        const apart = (i: number) => {
          const [one, other] = [Math.floor(i / crops), i % crops]
          return one !== other && !(several && drawn[one] === drawn[other])
        }
        for (const [n, from] of drawn.entries()) {
          const draw = random(seed, 'exemplar', step, n)
          const centre = drawTissueCentre(draw, from, cropShape)
          for (const view of [n, crops + n]) {
            const target = {
              patch: cropShape,
              image: images.subarray(view * size, (view + 1) * size),
              label: null,
            }
            const warp = drawWarp(draw, plan, views)
            if (warp) warpPatch(from, centre, warp, target)
            else cutPatch(from, centre, target)
            augmentIntensities(draw, target.image, plan.channels)
          }
        }
        inputs.setInput('image', images)
        inputs.setInput('anchors', first)
        inputs.setInput('positives', second)
        inputs.setInput('answer', first)
        inputs.setInput(
          'margins',
          Float32Array.from({ length: crops * crops }, (_, i) => (apart(i) ? exemplarRecipe.margin : noNegative)),
        )
        // In place of a pair that is none another one counts again: the graph has a fixed number of them.
        const real = pairs.filter(apart)
        const shown = pairs.map((i, n) => (apart(i) ? i : real[n % real.length]))
        inputs.setInput('negative of pair', Float32Array.from(shown))
        inputs.setInput(
          'positive of pair',
          Float32Array.from(shown, (i) => Math.floor(i / crops) * (crops + 1)),
        )
      },
      figures: ({ loss, outputs }, prefix) => ({
        [`${prefix} loss`]: loss,
        [`${prefix} accuracy`]: outputs.correct,
        [`${prefix} triplet accuracy`]: outputs.nearer,
      }),
    }
  },
}

/**
 * The hinge where a negative is farther than the positive, and the margin, a constant that does not pull, where it is
 * nearer: such a one may well show the same anatomy.
 */
export function semiHard(hinge: Tensor, margin: number): Tensor {
  const beyond = add(hinge, constantOf(hinge.graph, hinge.shape, -margin))
  return add(leakyRelu(hinge, 0), scale(leakyRelu(beyond, 0), -1))
}
