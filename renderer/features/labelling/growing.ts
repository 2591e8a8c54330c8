/** Region growing in the window: a click starts it, the wheel changes the tolerance, Enter accepts. */
import { growRegion } from '../../labelling/grow.ts'
import type { Rule } from '../../labelling/map.ts'
import { viewer, type Spot } from '../../viewer/index.ts'
import { words } from '../../words/index.ts'
import { work } from './current.ts'
import { showPreview } from './preview.ts'
import { tolerance } from './tools.ts'

/** Starts a preview from the voxel under the pointer. */
export function startGrowing(spot: Spot, rule: Rule): void {
  const painted = viewer.painted
  if (!work.value || !painted) return
  const { map } = work.value
  const { shape } = map
  const [x, y, z] = spot.index.map(Math.round)
  if (![x, y, z].every((at, axis) => at >= 0 && at < shape[axis])) return
  const seed = x + shape[0] * (y + shape[1] * z)
  const centre = meanAround(painted.samples, shape, [x, y, z])
  // The first guess: a twelfth of the display window.
  const [low, high] = viewer.state.window
  if (!tolerance.value) tolerance.value = Math.max(painted.slope, (high - low) / 12)
  const mask = new Uint8Array(map.samples.length)
  const closed = (index: number) =>
    rule.kept.has(map.samples[index]) ||
    (rule.gate !== null && !(painted.samples[index] >= rule.gate.low && painted.samples[index] <= rule.gate.high))
  const grow = () => {
    // The seed itself always counts, however noisy it is.
    const reach = Math.max(tolerance.value / painted.slope, Math.abs(painted.samples[seed] - centre))
    const voxels = growRegion(painted.samples, shape, seed, centre, reach, closed, rule.value, mask)
    const millilitres = (voxels * map.voxelVolume) / 1000
    showPreview({ name: words.labelling.edits.grow, hint: words.labelling.growHint(millilitres), mask, rule, turn })
  }
  const turn = (notches: number) => {
    tolerance.value = Math.max(painted.slope / 2, tolerance.value * 1.15 ** Math.sign(notches))
    grow()
  }
  grow()
}

/** Mean of the sample and its neighbours in the slice and across it: one noisy voxel is a bad guide. */
function meanAround(samples: ArrayLike<number>, shape: readonly number[], [x, y, z]: number[]): number {
  let [sum, count] = [0, 0]
  for (let k = Math.max(0, z - 1); k <= Math.min(shape[2] - 1, z + 1); k++)
    for (let j = Math.max(0, y - 1); j <= Math.min(shape[1] - 1, y + 1); j++)
      for (let i = Math.max(0, x - 1); i <= Math.min(shape[0] - 1, x + 1); i++) {
        sum += samples[i + shape[0] * (j + shape[1] * k)]
        count++
      }
  return sum / count
}
