/** 3D rotation as published: the whole cube, turned in one of ten ways, into the big head. */
import { Graph, softmaxCrossEntropy } from '../../../engine/index.ts'
import { random } from '../../../../shared/domain/random.ts'
import {
  drawRotation,
  rotateCube,
  rotationChance,
  rotationPaper,
  rotations,
} from '../../../../shared/tasks/rotation.ts'
import { inputShape } from '../../network.ts'
import { bigHead, paperCode } from '../../paper/network.ts'
import type { PaperTask } from '../pretext.ts'
import { cubeValues, paperBuilder, paperExercise, readCube, scanOf } from './paper.ts'

export const paperRotation: PaperTask = {
  rate: rotationPaper.rate,
  build(plan, { training }) {
    const { batch } = rotationPaper
    const graph = new Graph()
    const b = paperBuilder(graph, training)
    const image = graph.input('image', inputShape(plan, batch), 'volume')
    const logits = bigHead(b, paperCode(b, image), rotations.length)
    const { loss, correct } = softmaxCrossEntropy(logits, graph.input('answer', [batch], 'vector'))

    const size = cubeValues(plan)
    const cube = new Float32Array(size)
    const images = new Float32Array(batch * size)
    const answers = new Float32Array(batch)
    return paperExercise(b, graph, {
      loss,
      correct,
      chance: rotationChance(rotations.length),
      feed(session, pool, seed, step) {
        for (let n = 0; n < batch; n++) {
          readCube(plan, scanOf(pool, seed, step, batch, n), cube)
          answers[n] = drawRotation(random(seed, 'rotation', step, n), rotations.length)
          const to = images.subarray(n * size, (n + 1) * size)
          rotateCube(cube, to, plan.patch[0], plan.channels, rotations[answers[n]])
        }
        session.setInput('image', images)
        session.setInput('answer', answers)
      },
    })
  },
}
