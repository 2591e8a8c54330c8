/** 3D rotation: which of ten ways was this cube turned? Pretrains the encoder. */
import { globalMean, Graph, softmaxCrossEntropy } from '../../engine/index.ts'
import { isPlanar } from '../../../shared/domain/plan.ts'
import { random } from '../../../shared/domain/random.ts'
import { drawRotation, rotateCube, rotationChance, rotationsFor } from '../../../shared/tasks/rotation.ts'
import { caseFor } from '../case-order.ts'
import { dense, encoder, inputShape } from '../network.ts'
import { cutPatch, drawTissueCentre } from '../patch.ts'
import { cubeSize } from './cube.ts'
import { paperRotation } from './paper/rotation.ts'
import type { PretextTask } from './pretext.ts'

export const rotation: PretextTask = {
  name: 'rotation',
  paper: paperRotation,
  build(plan, cases) {
    const turns = rotationsFor(plan.spacing, isPlanar(plan))
    const cubeShape = cubeSize(plan, cases)
    const cubeVoxels = cubeShape[0] * cubeShape[1] * cubeShape[2]
    // As many cubes as make a step about as large as one of fine-tuning: many small puzzles rather than few.
    const patchVoxels = plan.batch * plan.patch[0] * plan.patch[1] * plan.patch[2]
    const batch = Math.min(isPlanar(plan) ? 64 : 16, Math.max(2, Math.round(patchVoxels / cubeVoxels)))
    const graph = new Graph()
    const image = graph.input('image', inputShape(plan, batch, cubeShape), 'volume')
    const answer = graph.input('answer', [batch], 'vector')
    const code = globalMean(encoder(graph, image, plan).at(-1)!)
    const { loss, correct } = softmaxCrossEntropy(dense(graph, code, 'rotation', turns.length), answer)

    const size = cubeVoxels * plan.channels
    const images = new Float32Array(batch * size)
    const cube = new Float32Array(size)
    const answers = new Float32Array(batch)
    return {
      graph,
      loss,
      outputs: { correct },
      chance: rotationChance(turns.length),
      feed(inputs, pool, seed, step) {
        for (let n = 0; n < batch; n++) {
          const draw = random(seed, 'rotation', step, n)
          const from = caseFor(pool, seed, step * batch + n)
          const at = drawTissueCentre(draw, from, cubeShape)
          cutPatch(from, at, { patch: cubeShape, image: cube, label: null })
          answers[n] = drawRotation(draw, turns.length)
          rotateCube(cube, images.subarray(n * size, (n + 1) * size), cubeShape, plan.channels, turns[answers[n]])
        }
        inputs.setInput('image', images)
        inputs.setInput('answer', answers)
      },
      figures: ({ loss, outputs }, prefix) => ({ [`${prefix} loss`]: loss, [`${prefix} accuracy`]: outputs.correct }),
    }
  },
}
