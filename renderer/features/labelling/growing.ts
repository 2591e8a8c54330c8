/** Region growing in the window: a click starts it, the wheel changes the tolerance, Enter accepts. */
import type { Rule } from '../../labelling/map.ts'
import { viewer, type Spot } from '../../viewer/index.ts'
import { words } from '../../words/index.ts'
import { grow, halt, latest } from './background.ts'
import { work } from './current.ts'
import { onPreviewEnd, showPreview } from './preview.ts'
import { tolerance } from './tools.ts'

/** One growing from click to accept or cancel. */
interface Growing {
  seed: number
  centre: number
  rule: Rule
}

let present: Growing | null = null

/** Starts a preview from the voxel under the pointer. */
export function startGrowing(spot: Spot, rule: Rule): void {
  const painted = viewer.painted
  if (!work.value || !painted) return
  const { shape } = work.value.map
  const [x, y, z] = spot.index.map(Math.round)
  if (![x, y, z].every((at, axis) => at >= 0 && at < shape[axis])) return
  // The first guess: a twelfth of the display window.
  const [low, high] = viewer.state.window
  if (!tolerance.value) tolerance.value = Math.max(painted.slope, (high - low) / 12)
  const centre = meanAround(painted.samples, shape, [x, y, z])
  present = { seed: x + shape[0] * (y + shape[1] * z), centre, rule }
  update(present)
}

const update = latest<Growing>(async (growing) => {
  const painted = viewer.painted
  if (growing !== present || !painted || !work.value) return
  const { map } = work.value
  const { seed, centre, rule } = growing
  const { mask, voxels } = await grow(painted.samples, {
    shape: [...map.shape],
    seed,
    centre,
    // The seed itself always counts, however noisy it is.
    tolerance: Math.max(tolerance.value / painted.slope, Math.abs(painted.samples[seed] - centre)),
    value: rule.value,
    labels: rule.kept.size ? map.samples : null,
    kept: [...rule.kept],
    gate: rule.gate && [rule.gate.low, rule.gate.high],
  })
  if (growing !== present || mask.length !== map.samples.length) return
  const least = painted.slope / 2
  const set = (next: number) => {
    tolerance.value = Math.max(least, next)
    update(growing)
  }
  showPreview({
    name: words.labelling.edits.grow,
    hint: words.labelling.growHint((voxels * map.voxelVolume) / 1000),
    mask,
    rule,
    amount: {
      label: words.labelling.amounts.grow,
      unit: '',
      value: tolerance.value,
      least,
      most: painted.highest - painted.lowest,
      turned: (notches) => tolerance.value * 1.15 ** Math.sign(notches),
      set,
    },
  })
})

onPreviewEnd(() => {
  if (present) halt()
  present = null
})

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
