/** 3D rotation as published: the whole cube, turned in one of ten ways, into the big head. */
import { Graph, softmaxCrossEntropy } from '../../../engine/index.ts'
import { isPlanar } from '../../../../shared/domain/plan.ts'
import { random } from '../../../../shared/domain/random.ts'
import {
  drawRotation,
  rotateCube,
  rotationChance,
  rotationPaper,
  rotations,
  planarRotations,
} from '../../../../shared/tasks/rotation.ts'
import { inputShape } from '../../network.ts'
import { bigHead, paperCode } from '../../paper/network.ts'
import type { PaperTask } from '../pretext.ts'
import { cubeValues, paperBuilder, paperExercise, readCube, scanOf } from './paper.ts'

export const paperRotation: PaperTask = {
  rate: (plan) => (isPlanar(plan) ? rotationPaper.planar : rotationPaper).rate,
  build(plan, { mode }) {
    const { batch } = isPlanar(plan) ? rotationPaper.planar : rotationPaper
    const turns = isPlanar(plan) ? planarRotations : rotations
    const graph = new Graph()
    const b = paperBuilder(graph, mode)
    const image = graph.input('image', inputShape(plan, batch), 'volume')
    const logits = bigHead(b, paperCode(b, image), turns.length)
    const { loss, correct } = softmaxCrossEntropy(logits, graph.input('answer', [batch], 'vector'))

    const size = cubeValues(plan)
    const cube = new Float32Array(size)
    const images = new Float32Array(batch * size)
    const answers = new Float32Array(batch)
    return paperExercise(b, graph, {
      loss,
      correct,
      chance: rotationChance(turns.length),
      feed(inputs, pool, seed, step) {
        for (let n = 0; n < batch; n++) {
          const draw = random(seed, 'rotation', step, n)
          readCube(plan, scanOf(pool, seed, step, batch, n), draw, cube)
          answers[n] = drawRotation(draw, turns.length)
          const to = images.subarray(n * size, (n + 1) * size)
          rotateCube(cube, to, plan.patch, plan.channels, turns[answers[n]])
        }
        inputs.setInput('image', images)
        inputs.setInput('answer', answers)
      },
    })
  },
}
