/** Measures the data that a plan is made for. */
import type { Fingerprint } from '../../shared/domain/plan.ts'
import type { TrainerCase } from '../../shared/domain/trainer.ts'
import type { SampleArray } from '../../shared/domain/volume.ts'
import { nonzeroRegion } from '../imaging/region.ts'
import { TrainingError, type Host } from './host.ts'
import { quantile } from './plan.ts'

/** Voxels looked at per case and channel: enough for percentiles, few enough to be quick. */
const sampled = 20_000

/** Reads every case once. All must have the same number of channels. */
export async function measureFingerprint(cases: readonly TrainerCase[], host: Host): Promise<Fingerprint> {
  const channels = cases[0].channels
  const odd = cases.find((c) => c.channels !== channels)
  if (odd) {
    throw new TrainingError(
      `${odd.name} has ${odd.channels} channel${odd.channels === 1 ? '' : 's'}, ${cases[0].name} has ${channels}. Train on scans with the same channels.`,
    )
  }
  const nonzero: TrainerCase['shape'][] = []
  const values: number[][] = Array.from({ length: channels }, () => [])
  for (const [i, source] of cases.entries()) {
    const volume = await host.volume(source)
    const label = await host.label(source)
    nonzero.push(nonzeroRegion(volume.samples, source.shape)?.size ?? source.shape)
    const voxels = source.shape[0] * source.shape[1] * source.shape[2]
    for (let c = 0; c < channels; c++) {
      collect(volume.samples.subarray(c * voxels, (c + 1) * voxels), label?.samples ?? null, values[c])
    }
    host.tell({ type: 'progress', stage: 'Reading scans', done: i + 1, total: cases.length, etaSeconds: null })
    await host.breathe()
  }
  return {
    cases: cases.map(({ id, shape, spacing }, i) => ({ id, shape, spacing, nonzero: nonzero[i] })),
    modality: commonModality(cases),
    channels,
    intensities: values.map(summarise),
  }
}

function commonModality(cases: readonly TrainerCase[]): string {
  const kinds = new Set(cases.map((c) => c.modality))
  return kinds.size === 1 ? [...kinds][0] : 'mixed'
}

/**
 * Labelled voxels where there are any (nnU-Net's rule), else all but air: CT is mostly air, and percentiles of the whole would
 * cut off bone and tell soft tissues hardly apart.
 */
function collect(samples: SampleArray, label: Uint8Array | null, into: number[]): void {
  const hasLabel = label !== null && label.some((v) => v !== 0 && v !== 255)
  const air = hasLabel ? 0 : airBelow(samples)
  const wanted = (i: number) => (hasLabel ? label![i] !== 0 && label![i] !== 255 : samples[i] > air)
  let count = 0
  for (let i = 0; i < samples.length; i++) if (wanted(i)) count++
  const every = Math.max(1, Math.floor(count / sampled))
  let seen = 0
  for (let i = 0; i < samples.length; i++) if (wanted(i) && seen++ % every === 0) into.push(samples[i])
}

/** Hounsfield units of the densest air in a scanner, noise included; lung is denser. */
const airHu = -950

/** Where values go far below zero they are Hounsfield units; else air has the lowest twentieth of the range. */
function airBelow(samples: SampleArray): number {
  const every = Math.max(1, Math.floor(samples.length / sampled))
  const some = Array.from({ length: Math.floor((samples.length - 1) / every) + 1 }, (_, i) => samples[i * every])
  const low = some.reduce((lowest, value) => Math.min(lowest, value), Infinity)
  return low < airHu ? airHu : low + 0.05 * (quantile(some, 0.995) - low)
}

function summarise(values: number[]) {
  if (values.length === 0) return { low: 0, high: 1, mean: 0, deviation: 1 }
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length
  const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length)
  return { low: quantile(values, 0.005), high: quantile(values, 0.995), mean, deviation }
}
