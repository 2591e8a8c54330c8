/** One slice of a watched scan as the network gets better at it: what the Train panel and the report show. */
import type { LearningPictures } from '../../shared/domain/records.ts'
import type { TrainerCase } from '../../shared/domain/trainer.ts'
import { json, readJson, type Host } from './host.ts'

export const picturesFile = 'pictures.json'

/** Pixels along the longer side at most: pictures are small files that travel as messages. */
const mostPixels = 160

/**
 * Adds what the network says of a scan after a step to the run's pictures. The slice is the axial one with the most of the
 * reference, made once; frames of later steps, left by a run that was killed, are replaced.
 * predicted: the label map on the scan's canonical grid.
 */
export async function addPicture(
  host: Host,
  source: TrainerCase,
  look: { step: number; dice: number | null; predicted: Uint8Array },
): Promise<void> {
  const before = (await readJson(host.run, picturesFile)) as LearningPictures | null
  const pictures = before?.caseId === source.id ? before : await begin(host, source)
  if (!pictures) return
  const { slice, stride } = pictures
  const labels = encode(cut(look.predicted, source.shape, slice, stride))
  const frames = pictures.frames.filter(({ step }) => step < look.step)
  frames.push({ step: look.step, dice: look.dice, labels })
  await host.run.write(picturesFile, json({ ...pictures, frames }))
}

async function begin(host: Host, source: TrainerCase): Promise<LearningPictures | null> {
  const reference = await host.label(source)
  if (!reference) return null
  const { shape, spacing } = source
  const slice = fullestSlice(reference.samples, shape)
  const stride = Math.ceil(Math.max(shape[0], shape[1]) / mostPixels)
  const { samples } = await host.volume(source)
  const values = Float32Array.from(cut(samples, shape, slice, stride), (v) => (Number.isFinite(v) ? v : 0))
  const sorted = values.slice().sort()
  const [low, high] = [0.01, 0.99].map((share) => sorted[Math.floor(share * (sorted.length - 1))])
  const grey = Uint8Array.from(values, (v) => Math.max(0, Math.min(255, (255 * (v - low)) / (high - low || 1))))
  return {
    caseId: source.id,
    slice,
    stride,
    width: Math.ceil(shape[0] / stride),
    height: Math.ceil(shape[1] / stride),
    spacing: [spacing[0] * stride, spacing[1] * stride],
    grey: encode(grey),
    reference: encode(cut(reference.samples, shape, slice, stride)),
    frames: [],
  }
}

function fullestSlice(labels: Uint8Array, [nx, ny, nz]: readonly number[]): number {
  let best = Math.floor(nz / 2)
  let most = 0
  for (let z = 0; z < nz; z++) {
    let count = 0
    for (let i = z * nx * ny; i < (z + 1) * nx * ny; i++) if (labels[i] !== 0 && labels[i] !== 255) count++
    if (count > most) [best, most] = [z, count]
  }
  return best
}

/** Radiological: the patient's right on the left, anterior on top. The first channel. */
function cut(samples: ArrayLike<number>, [nx, ny]: readonly number[], z: number, stride: number): number[] {
  const result: number[] = []
  for (let y = ny - 1; y >= 0; y -= stride) {
    for (let x = nx - 1; x >= 0; x -= stride) result.push(samples[x + nx * (y + ny * z)])
  }
  return result
}

const encode = (bytes: Iterable<number>): string => btoa(String.fromCharCode(...bytes))
