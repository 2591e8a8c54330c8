/**
 * Augmentation of fine-tuning patches, drawn from the step's own random stream. Ranges after nnU-Net's defaults, with
 * smaller rotations: with a handful of labels large ones cost Dice. There is no mirroring: a label may mean left or right,
 * front or back, and the plan can't tell.
 */
import { isPlanar, type Plan } from '../../shared/domain/plan.ts'
import type { Random } from '../../shared/domain/random.ts'
import type { Matrix3 } from './patch.ts'

type Range = readonly [number, number]

export interface AugmentRules {
  /** Share of the patches that are turned and scaled. */
  spatial: number
  /** Largest rotation about each axis, degrees. */
  rotation: number
  scale: Range
  noise: { chance: number; deviation: number }
  brightness: { chance: number; range: Range }
  contrast: { chance: number; range: Range }
  gamma: { chance: number; range: Range }
}

export const augmentRules: AugmentRules = {
  spatial: 0.6,
  rotation: 15,
  scale: [0.8, 1.25],
  noise: { chance: 0.2, deviation: 0.3 },
  brightness: { chance: 0.2, range: [0.75, 1.25] },
  contrast: { chance: 0.2, range: [0.7, 1.4] },
  gamma: { chance: 0.3, range: [0.7, 1.5] },
}

/**
 * Rotation and scaling, in voxels of the plan's grid, or null for a straight cut.
 * Rotations about an axis in a strongly anisotropic plane are left out: they would mix fine and coarse axes. Those that would
 * tilt a slice are, too, where the network is one of slices.
 */
export function drawWarp(random: Random, plan: Pick<Plan, 'spacing' | 'patch'>, rules = augmentRules): Matrix3 | null {
  if (!random.chance(rules.spatial)) return null
  const { spacing } = plan
  const finest = Math.min(...spacing)
  const anisotropic = spacing.map((s, axis) => s > 3 * finest || (axis === 2 && isPlanar(plan)))
  const angle = [0, 1, 2].map((axis) => {
    const drawn = (random.uniform(-rules.rotation, rules.rotation) * Math.PI) / 180
    return anisotropic.some((coarse, other) => coarse && other !== axis) ? 0 : drawn
  })
  const scale = Math.exp(random.uniform(Math.log(rules.scale[0]), Math.log(rules.scale[1])))
  const rotation = multiply(multiply(aboutX(angle[0]), aboutY(angle[1])), aboutZ(angle[2]))
  // Voxels → mm, turn, mm → voxels.
  return rotation.map((row, i) => row.map((value, j) => (value * scale * spacing[j]) / spacing[i])) as Matrix3
}

/** Changes intensities of one normalised patch in place. image: channels fastest. */
export function augmentIntensities(random: Random, image: Float32Array, channels: number, rules = augmentRules): void {
  if (random.chance(rules.noise.chance)) {
    const deviation = random.uniform(0, rules.noise.deviation)
    for (let i = 0; i < image.length; i++) image[i] += deviation * random.normal()
  }
  for (let c = 0; c < channels; c++) {
    if (random.chance(rules.brightness.chance)) {
      const factor = random.uniform(...rules.brightness.range)
      for (let i = c; i < image.length; i += channels) image[i] *= factor
    }
    if (random.chance(rules.contrast.chance)) stretch(image, c, channels, random.uniform(...rules.contrast.range))
    if (random.chance(rules.gamma.chance)) {
      bend(image, c, channels, random.uniform(...rules.gamma.range), random.chance(0.25))
    }
  }
}

/** Contrast: away from (or towards) the mean, kept within the range that was there. */
function stretch(image: Float32Array, c: number, channels: number, factor: number): void {
  const { low, high, mean } = range(image, c, channels)
  for (let i = c; i < image.length; i += channels) {
    image[i] = Math.min(high, Math.max(low, mean + factor * (image[i] - mean)))
  }
}

/** Gamma on values scaled to [0, 1]; afterwards mean and range are as before. `inverted` bends the bright end. */
function bend(image: Float32Array, c: number, channels: number, gamma: number, inverted: boolean): void {
  const { low, high, mean } = range(image, c, channels)
  const width = high - low
  if (!(width > 1e-6)) return
  let sum = 0
  for (let i = c; i < image.length; i += channels) {
    const unit = (image[i] - low) / width
    const bent = inverted ? 1 - (1 - unit) ** gamma : unit ** gamma
    image[i] = low + width * bent
    sum += image[i]
  }
  const shift = mean - sum / (image.length / channels)
  for (let i = c; i < image.length; i += channels) image[i] += shift
}

function range(image: Float32Array, c: number, channels: number) {
  let low = Infinity
  let high = -Infinity
  let sum = 0
  for (let i = c; i < image.length; i += channels) {
    const value = image[i]
    if (value < low) low = value
    if (value > high) high = value
    sum += value
  }
  return { low, high, mean: sum / (image.length / channels) }
}

const aboutX = (t: number): Matrix3 => [
  [1, 0, 0],
  [0, Math.cos(t), -Math.sin(t)],
  [0, Math.sin(t), Math.cos(t)],
]
const aboutY = (t: number): Matrix3 => [
  [Math.cos(t), 0, Math.sin(t)],
  [0, 1, 0],
  [-Math.sin(t), 0, Math.cos(t)],
]
const aboutZ = (t: number): Matrix3 => [
  [Math.cos(t), -Math.sin(t), 0],
  [Math.sin(t), Math.cos(t), 0],
  [0, 0, 1],
]
const multiply = (a: Matrix3, b: Matrix3): Matrix3 =>
  a.map((row) => [0, 1, 2].map((j) => row[0] * b[0][j] + row[1] * b[1][j] + row[2] * b[2][j])) as Matrix3
