/**
 * Label values and the network's classes. Values are the user's, with gaps wherever labels were deleted or imported so;
 * classes are numbered 0 (background), 1, 2 … without gaps, since each costs memory and time.
 */
import type { Label } from '../../shared/domain/records.ts'
import type { TrainerCase } from '../../shared/domain/trainer.ts'
import { TrainingError, type Host } from './host.ts'
import { unknownLabel } from './patch.ts'
import type { PreparedCase } from './prepare.ts'

/** Label value of each class, background first. */
export const classValues = (labels: readonly Label[]): number[] => [
  0,
  ...labels.map(({ value }) => value).sort((a, b) => a - b),
]

/**
 * The labels that some case shows. Only they become classes: a network that is never shown a label would still mark it here
 * and there as long as it knows little.
 */
export async function shownLabels(
  cases: readonly TrainerCase[],
  labels: readonly Label[],
  host: Host,
): Promise<Label[]> {
  const shown = new Uint8Array(256)
  for (const source of cases) for (const value of (await host.label(source))?.samples ?? []) shown[value] = 1
  return labels.filter(({ value }) => shown[value] === 1)
}

/** Classes in place of label values. A value that is not among them counts as unknown. */
export function toClasses(label: Uint8Array, values: readonly number[]): Uint8Array {
  const lookup = new Uint8Array(256).fill(unknownLabel)
  values.forEach((value, index) => (lookup[value] = index))
  return label.map((value) => lookup[value])
}

/** Label values in place of classes, in place. */
export function toValues(classes: Uint8Array, values: readonly number[]): Uint8Array {
  if (values.some((value, index) => value !== index)) {
    for (let i = 0; i < classes.length; i++) classes[i] = values[classes[i]]
  }
  return classes
}

/** probabilities: class slowest. The lowest class where two are equal. */
export function likeliest(probabilities: Float32Array, classes: number): Uint8Array {
  const voxels = probabilities.length / classes
  const result = new Uint8Array(voxels)
  for (let v = 0; v < voxels; v++) {
    for (let c = 1; c < classes; c++) {
      if (probabilities[c * voxels + v] > probabilities[result[v] * voxels + v]) result[v] = c
    }
  }
  return result
}

/**
 * Whether the labels can be learnt from. Throws a TrainingError where they mark nothing at all; tells the user of labels
 * that no case shows, and of cases that show none.
 */
export function checkLabels(cases: readonly PreparedCase[], labels: readonly Label[], host: Host): void {
  const shown = new Set(cases.flatMap((prepared) => prepared.foreground.map(({ value }) => value)))
  if (shown.size === 0) {
    throw new TrainingError(
      'The labelled cases mark no voxel of any label: there is nothing to learn. Paint at least one.',
    )
  }
  const missing = labels.filter(({ value }) => !shown.has(value)).map(({ name }) => name)
  if (missing.length > 0) {
    const text = `No labelled case shows ${missing.join(', ')}: the model can’t learn ${missing.length === 1 ? 'it' : 'them'}. Label ${missing.length === 1 ? 'it' : 'each'} in at least one case.`
    host.tell({ type: 'notice', text, warning: true })
  }
  const empty = cases.filter((prepared) => prepared.foreground.length === 0).map(({ name }) => name)
  if (empty.length > 0) {
    const text = `Nothing is marked in ${empty.join(', ')}: learnt from as ${empty.length === 1 ? 'a scan' : 'scans'} in which no label is seen.`
    host.tell({ type: 'notice', text, warning: true })
  }
}
