/** 3D exemplar as published: an augmented scan, the scan itself and another one; triplet loss. */
import {
  add,
  concat,
  constantOf,
  gatherRows,
  Graph,
  leakyRelu,
  matmul,
  mean,
  multiply,
  scale,
  sigmoid,
  softmaxCrossEntropy,
  type Tensor,
} from '../../../engine/index.ts'
import { isPlanar } from '../../../../shared/domain/plan.ts'
import { random } from '../../../../shared/domain/random.ts'
import { drawAnchor, exemplarPaper } from '../../../../shared/tasks/exemplar.ts'
import { inputShape } from '../../network.ts'
import { paperCode, paperDense } from '../../paper/network.ts'
import type { PaperTask } from '../pretext.ts'
import { cubeValues, paperBuilder, paperExercise, readCube, scanOf } from './paper.ts'

const roles = ['anchor', 'positive', 'negative']

export const paperExemplar: PaperTask = {
  rate: (plan) => (isPlanar(plan) ? exemplarPaper.planar : exemplarPaper).rate,
  build(plan, { mode, variant }) {
    const { codes, margin } = exemplarPaper
    const { batch } = isPlanar(plan) ? exemplarPaper.planar : exemplarPaper
    const graph = new Graph()
    const b = paperBuilder(graph, mode)
    const features = paperCode(b, graph.input('image', inputShape(plan, 3 * batch), 'volume'))
    const rowsOf = roles.map((role) => graph.input(`rows of ${role}`, [batch], 'vector'))
    const gather = (all: Tensor) => rowsOf.map((rows) => gatherRows(all, rows))
    const [anchor, positive, negative] =
      variant === 'code'
        ? gather(features).map((own, i) => sigmoid(paperDense(b, own, roles[i], codes)))
        : gather(paperDense(b, features, 'exemplar', codes))
    const distance = (other: Tensor) => {
      const difference = add(anchor, scale(other, -1))
      return matmul(multiply(difference, difference), constantOf(graph, [codes, 1], 1 / codes))
    }
    const [near, far] = [distance(positive), distance(negative)]
    const hinge = leakyRelu(add(add(near, scale(far, -1)), constantOf(graph, [batch, 1], margin)), 0)
    // The nearer one is chosen; the negative stands first, so that a tie counts as wrong.
    const chosen = softmaxCrossEntropy(concat([scale(far, -1), scale(near, -1)]), constantOf(graph, [batch], 1))

    const size = cubeValues(plan)
    const images = new Float32Array(3 * batch * size)
    const indices = Array.from({ length: 3 }, (_, i) => Float32Array.from({ length: batch }, (__, n) => i * batch + n))
    return paperExercise(b, graph, {
      loss: mean(hinge),
      correct: chosen.correct,
      chance: 0.5,
      accuracy: 'triplet accuracy',
      feed(inputs, pool, seed, step) {
        const image = (i: number, n: number) => images.subarray((i * batch + n) * size, (i * batch + n + 1) * size)
        for (let n = 0; n < batch; n++) {
          const draw = random(seed, 'exemplar', step, n)
          const scan = scanOf(pool, seed, step, batch, n)
          const others = pool.filter((other) => other !== scan)
          readCube(plan, scan, draw, image(1, n))
          readCube(plan, others.length > 0 ? draw.pick(others) : scan, draw, image(2, n))
          image(0, n).set(drawAnchor(draw, image(1, n), plan.patch, plan.channels))
        }
        inputs.setInput('image', images)
        roles.forEach((role, i) => inputs.setInput(`rows of ${role}`, indices[i]))
      },
    })
  },
}
