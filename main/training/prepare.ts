/**
 * A case as training sees it: normalised intensities on the plan's grid, its label beside it, and the way back.
 * The same preparation serves pretraining, fine-tuning and prediction.
 */
import { boxOf, cut, isWhole, nonzeroRegion, paste, union, volumeOf, widen, type Region } from '../imaging/region.ts'
import { resampleLabels, resampleProbabilities, resampleSamples } from '../imaging/resample.ts'
import { isPlanar, type Normalisation, type Plan } from '../../shared/domain/plan.ts'
import type { TrainerCase } from '../../shared/domain/trainer.ts'
import type { SampleArray } from '../../shared/domain/volume.ts'
import { toClasses } from './classes.ts'
import { TrainingError, type Host } from './host.ts'
import { unknownLabel } from './patch.ts'
import { BoxRoom, fileParts, inMemory, inSharedMemory, onDisk, type Voxels } from './voxels.ts'

type Triple = [number, number, number]

export interface PreparedCase {
  id: string
  name: string
  channels: number
  /** On the plan's grid, [x, y, z]. */
  shape: Triple
  /** Image and label; 255 = unknown. */
  voxels: Voxels
  labelled: boolean
  /** Of the first channel's values, over all that was prepared. */
  mean: number
  /** Places of each label in the case, thinned out: what foreground patches are centred on. */
  foreground: { value: number; voxels: number[] }[]
  /** The canonical grid it came from, and what of it was prepared. */
  source: { shape: Triple; spacing: Triple; region: Region }
}

/** Spacings that differ by less than this share count as equal: resampling would only blur. */
const tolerance = 0.01
const placesPerLabel = 20_000

/** Shape on the plan's grid: the same extent in mm, rounded to whole voxels; or the cube of the `paper` recipe (2D: its square, as often as the scan has slices). */
export function shapeOnPlan(shape: Triple, spacing: Triple, plan: Pick<Plan, 'spacing' | 'patch' | 'recipe'>): Triple {
  if (plan.recipe === 'paper') return isPlanar(plan) ? [plan.patch[0], plan.patch[1], shape[2]] : plan.patch
  return shape.map((n, axis) => {
    const ratio = spacing[axis] / plan.spacing[axis]
    return Math.abs(ratio - 1) < tolerance ? n : Math.max(1, Math.round(n * ratio))
  }) as Triple
}

/** As shapeOnPlan, of what a scan will probably be cropped to: that is known for certain once it is read. */
export function likelyOnPlan({ shape, spacing }: Pick<TrainerCase, 'shape' | 'spacing'>, plan: Plan): Triple {
  const { crop } = plan
  if (!crop) return shapeOnPlan(shape, spacing, plan)
  const about = marginOf(spacing, crop)
  const left = shape.map((n, axis) => Math.min(n, Math.round(n * crop.share[axis]) + 2 * about[axis])) as Triple
  return shapeOnPlan(left, spacing, plan)
}

/** In voxels of a scan. */
const marginOf = (spacing: Triple, { margin }: NonNullable<Plan['crop']>): Triple =>
  spacing.map((s, axis) => Math.ceil(margin[axis] / s - 1e-6)) as Triple

/**
 * Which labels: none; those of classes, whose label values these are (background first; others count as unknown); or what a
 * labeller makes of the scan: a class for each voxel of the plan's grid.
 */
interface LabelChoice {
  labels: false | readonly number[] | ((prepared: PreparedCase) => Promise<Uint8Array>)
  /** Nothing but the part of a case that is `shown`, where it names one. */
  shown?: boolean
  /** Asked before anything of the scan's size on the plan's grid is made; may throw. */
  check?(shape: Triple): void
}

/** In memory. */
export async function prepareCase(
  source: TrainerCase,
  plan: Plan,
  host: Host,
  options: LabelChoice,
): Promise<PreparedCase> {
  const { image, label, ...rest } = await loadCase(source, plan, host, options)
  return { ...rest, labelled: label !== null, voxels: inMemory(rest.shape, image, label) }
}

async function loadCase(source: TrainerCase, plan: Plan, host: Host, { labels, shown, check }: LabelChoice) {
  const volume = await host.volume(source)
  const map = labels && typeof labels !== 'function' ? await host.label(source) : null
  const region = (shown && source.shown) || regionOf(source, plan, volume.samples, map?.samples ?? null)
  const all = isWhole(region, source.shape)
  const left = <T extends Float32Array | Uint8Array>(values: T): T => (all ? values : cut(values, source.shape, region))
  const shape = shapeOnPlan(region.size, source.spacing, plan)
  check?.(shape)
  const same = shape.every((n, axis) => n === region.size[axis])
  const voxels = source.shape[0] * source.shape[1] * source.shape[2]
  const image = new Float32Array(shape[0] * shape[1] * shape[2] * source.channels)
  for (let c = 0; c < source.channels; c++) {
    // Cropped afterwards: how much of a scan is zero decides about its mean, in pretraining as in what follows.
    const whole = normalise(volume.samples.subarray(c * voxels, (c + 1) * voxels), plan.normalisation[c])
    const plane = left(whole)
    image.set(same ? plane : resampleSamples(plane, region.size, shape), c * volumeOf(shape))
  }
  const { id, name, channels } = source
  const mean = meanOf(image.subarray(0, volumeOf(shape)))
  const from = { shape: source.shape, spacing: source.spacing, region }
  const scan = { id, name, channels, shape, image, mean, source: from }
  if (typeof labels === 'function') {
    const bare = { ...scan, labelled: false, foreground: [], voxels: inMemory(shape, image, null) }
    const label = await labels(bare)
    return { ...scan, label, foreground: findForeground(label) }
  }
  const own = map && left(map.samples)
  const values = own && (same ? own : resampleLabels(own, region.size, shape))
  const known = labels || []
  return {
    ...scan,
    label: values && toClasses(values, known),
    foreground: values === null ? [] : findForeground(values).filter(({ value }) => known.includes(value)),
  }
}

/** What of a scan is prepared: all, or the box about what is not zero, with a margin, or has a label. */
function regionOf(source: TrainerCase, plan: Plan, samples: SampleArray, label: Uint8Array | null): Region {
  const { shape } = source
  const whole: Region = { low: [0, 0, 0], size: shape }
  if (!plan.crop) return whole
  const found = nonzeroRegion(samples, shape)
  const image = found && widen(found, marginOf(source.spacing, plan.crop), shape)
  const drawn = label && boxOf(label, shape, (value) => value !== 0 && value !== unknownLabel)
  return image && drawn ? union(image, drawn) : (image ?? whole)
}

/**
 * All cases: in memory as long as the host has room, the others in files, of which a patch reads what it needs. `closeCases`
 * lets go of them.
 */
export async function prepareCases(
  cases: readonly TrainerCase[],
  plan: Plan,
  host: Host,
  options: LabelChoice,
): Promise<PreparedCase[]> {
  const result: PreparedCase[] = []
  const room = new BoxRoom()
  const taken = { memory: 0, files: 0, inFiles: 0 }
  for (const [i, source] of cases.entries()) {
    if (source.channels !== plan.channels) {
      throw new TrainingError(
        `${source.name} has ${source.channels} channel${source.channels === 1 ? '' : 's'}, the plan is for ${plan.channels}.`,
      )
    }
    const { image, label, ...rest } = await loadCase(source, plan, host, options)
    const bytes = image.byteLength + (label?.byteLength ?? 0)
    let voxels: Voxels
    if (taken.memory + bytes <= host.memory) {
      voxels = (host.makeAhead ? inSharedMemory : inMemory)(rest.shape, image, label)
      taken.memory += bytes
    } else {
      const file = await host.store(fileParts(image, label))
      voxels = onDisk(file, rest.shape, rest.channels, label !== null, room)
      taken.files += bytes
      taken.inFiles++
    }
    result.push({ ...rest, labelled: label !== null, voxels })
    host.tell({ type: 'progress', stage: 'Preparing scans', done: i + 1, total: cases.length, etaSeconds: null })
    await host.breathe()
  }
  if (taken.inFiles > 0) {
    const gigabytes = (taken.files / 1e9).toFixed(1)
    const text = `${taken.inFiles} of the ${cases.length} scans do not fit in memory beside the others: they are read from disk (${gigabytes} GB) while it learns.`
    host.tell({ type: 'notice', text })
  }
  return result
}

/** Lets go of the files that cases are kept in. */
export function closeCases(cases: readonly PreparedCase[]): void {
  for (const { voxels } of cases) voxels.close()
}

/**
 * Class probabilities on the plan's grid (x fastest, class slowest) → labels on the canonical grid: the likeliest class.
 * `entropy`: as for resampleProbabilities.
 */
export function backToSource(
  prepared: PreparedCase,
  probabilities: Float32Array,
  classes: number,
  entropy: Uint8Array | null = null,
): Uint8Array {
  const { shape, region } = prepared.source
  if (isWhole(region, shape)) {
    return resampleProbabilities(probabilities, prepared.shape, shape, classes, entropy)
  }
  const doubt = entropy && new Uint8Array(volumeOf(region.size))
  const part = resampleProbabilities(probabilities, prepared.shape, region.size, classes, doubt)
  if (doubt) entropy!.set(paste(doubt, region, shape))
  return paste(part, region, shape)
}

/** Values that are not finite count as the mean; with min-max as the lowest. */
function normalise(samples: SampleArray, how: Normalisation): Float32Array {
  const result = new Float32Array(samples.length)
  if (how.kind === 'fixed') {
    for (let i = 0; i < samples.length; i++) {
      const value = Number.isFinite(samples[i]) ? samples[i] : how.mean
      result[i] = (Math.min(how.high, Math.max(how.low, value)) - how.mean) / how.deviation
    }
    return result
  }
  if (how.kind === 'min-max') {
    let [low, high] = [Infinity, -Infinity]
    for (let i = 0; i < samples.length; i++) {
      if (!Number.isFinite(samples[i])) continue
      if (samples[i] < low) low = samples[i]
      if (samples[i] > high) high = samples[i]
    }
    const width = high > low ? high - low : 1
    for (let i = 0; i < samples.length; i++) result[i] = Number.isFinite(samples[i]) ? (samples[i] - low) / width : 0
    return result
  }
  const { mean, deviation } = statistics(samples)
  for (let i = 0; i < samples.length; i++) {
    result[i] = Number.isFinite(samples[i]) ? (samples[i] - mean) / deviation : 0
  }
  return result
}

/** Mean and deviation; over non-zero voxels only when more than a quarter are exactly zero (a background set to zero). */
function statistics(samples: SampleArray): { mean: number; deviation: number } {
  let zeros = 0
  for (let i = 0; i < samples.length; i++) if (samples[i] === 0) zeros++
  const skip = zeros > samples.length / 4 && zeros < samples.length
  let sum = 0
  let count = 0
  for (let i = 0; i < samples.length; i++) {
    if ((skip && samples[i] === 0) || !Number.isFinite(samples[i])) continue
    sum += samples[i]
    count++
  }
  const mean = count === 0 ? 0 : sum / count
  let squares = 0
  for (let i = 0; i < samples.length; i++) {
    if ((skip && samples[i] === 0) || !Number.isFinite(samples[i])) continue
    squares += (samples[i] - mean) ** 2
  }
  // A scan of one value only has no deviation: it becomes all zeros.
  return { mean, deviation: Math.sqrt(squares / Math.max(1, count)) || 1 }
}

const meanOf = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length

function findForeground(label: Uint8Array): PreparedCase['foreground'] {
  const counts = new Map<number, number>()
  for (const value of label) if (value !== 0 && value !== 255) counts.set(value, (counts.get(value) ?? 0) + 1)
  const places = new Map([...counts.keys()].sort((a, b) => a - b).map((value) => [value, [] as number[]]))
  const seen = new Map<number, number>()
  for (let i = 0; i < label.length; i++) {
    const voxels = places.get(label[i])
    if (!voxels) continue
    const nth = seen.get(label[i]) ?? 0
    seen.set(label[i], nth + 1)
    if (nth % Math.ceil(counts.get(label[i])! / placesPerLabel) === 0) voxels.push(i)
  }
  return [...places].map(([value, voxels]) => ({ value, voxels }))
}

/** All of a prepared scan's voxels. */
export const wholeOf = ({ voxels, shape }: PreparedCase) => voxels.box([0, 0, 0], shape.map((n) => n - 1) as Triple)!

/**
 * Label maps of cases, classes in place of label values; without those that have voxels of unknown label. Each is good until the
 * next is asked for: scans in files are read into one room.
 */
export function* labelledInFull(cases: readonly PreparedCase[]): ReturnType<typeof labelMaps> {
  for (const one of labelMaps(cases)) if (!one.label.includes(unknownLabel)) yield one
}

/** Of all labelled cases. */
export function* labelMaps(cases: readonly PreparedCase[]): Generator<{ label: Uint8Array; shape: Triple }> {
  for (const one of cases) {
    const { label } = wholeOf(one)
    if (label !== null) yield { label, shape: one.shape }
  }
}
