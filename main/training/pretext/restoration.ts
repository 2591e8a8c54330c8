/** Masked-volume restoration on the whole U-Net: encoder and decoder are both pretrained. */
import { Graph, maskedSquareError } from '../../engine/index.ts'
import { random } from '../../../shared/domain/random.ts'
import { blank, drawMask, restorationRecipe } from '../../../shared/tasks/restoration.ts'
import { caseFor } from '../case-order.ts'
import { decoder, encoder, inputShape, voxelHead } from '../network.ts'
import { cutPatch, drawTissueCentre } from '../patch.ts'
import type { PretextTask } from './pretext.ts'

export const restoration: PretextTask = {
  name: 'restoration',
  paper: null,
  build(plan) {
    const graph = new Graph()
    const image = graph.input('image', inputShape(plan, plan.batch), 'volume')
    const whole = graph.input('whole', inputShape(plan, plan.batch), 'dense')
    const mask = graph.input('mask', inputShape(plan, plan.batch).slice(0, 4), 'dense')
    const features = decoder(graph, encoder(graph, image, plan), plan)[0]
    const painted = voxelHead(graph, features, 'restore', plan.channels)
    const loss = maskedSquareError(painted, whole, mask)

    const voxels = plan.patch[0] * plan.patch[1] * plan.patch[2]
    const block = restorationRecipe.block(plan.patch)
    const values = new Float32Array(plan.batch * voxels * plan.channels)
    const inside = new Float32Array(voxels)
    const masks = new Float32Array(plan.batch * voxels)
    /** Of the batch that was fed last. */
    let errorOfMean = 1
    return {
      graph,
      loss,
      outputs: {},
      chance: null,
      feed(inputs, pool, seed, step) {
        for (let n = 0; n < plan.batch; n++) {
          const draw = random(seed, 'restoration', step, n)
          const from = caseFor(pool, seed, step * plan.batch + n)
          const part = values.subarray(n * voxels * plan.channels, (n + 1) * voxels * plan.channels)
          const centre = drawTissueCentre(draw, from, plan.patch)
          cutPatch(from, centre, { patch: plan.patch, image: part, label: null, inside })
          const share = draw.uniform(...restorationRecipe.masked)
          const mask = masks.subarray(n * voxels, (n + 1) * voxels)
          drawMask(draw, plan.patch, block, share, mask)
          // What lies outside the scan is zero anyway: painting it is no lesson.
          for (let v = 0; v < voxels; v++) mask[v] *= inside[v]
        }
        errorOfMean = maskedVariance(values, masks, plan.channels)
        inputs.setInput('whole', values)
        inputs.setInput('mask', masks)
        blank(values, masks, plan.channels)
        inputs.setInput('image', values)
      },
      figures: ({ loss }, prefix, fed = false) => ({
        [`${prefix} loss`]: loss,
        // 1 is what painting each hidden voxel with their mean would give.
        ...(fed ? { [`${prefix} error relative to the mean`]: loss / Math.max(errorOfMean, 1e-12) } : {}),
      }),
    }
  },
}

/** Variance of the masked values about their own mean, averaged over channels. values: channels fastest. */
function maskedVariance(values: Float32Array, masks: Float32Array, channels: number): number {
  let total = 0
  for (let c = 0; c < channels; c++) {
    let [count, sum, squares] = [0, 0, 0]
    for (let v = 0; v < masks.length; v++) {
      if (masks[v] === 0) continue
      const value = values[v * channels + c]
      count++
      sum += value
      squares += value * value
    }
    total += count === 0 ? 0 : squares / count - (sum / count) ** 2
  }
  return total / channels
}
