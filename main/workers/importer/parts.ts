/** Work on one volume that is shared out among threads: filled file by file, or resampled slice by slice. */
import { sampleArrays, type Refusal, type SampleArray, type SampleType } from '../../../shared/domain/volume.ts'
import {
  fillSlices,
  mendSlices,
  type FillTask,
  type Mend,
  type Placement,
  type StoredFile,
} from '../../imaging/dicom.ts'
import { explainFileError, writeAt } from '../../library/index.ts'
import { hashBytes, inflateByZlib, ReusedBytes } from './bytes.ts'

/** Samples in memory that threads share. */
export type SharedSamples = { type: SampleType; memory: SharedArrayBuffer }

export function samplesOf({ type, memory }: SharedSamples): SampleArray {
  // The types know ordinary memory only, to be told apart from lists.
  return new (sampleArrays[type] as unknown as new (memory: SharedArrayBuffer) => SampleArray)(memory)
}

/** Which samples a part makes, where they follow each other. */
export type Slab = { from: number; to: number }

/**
 * Plain data but for the shared memory, so that it can be sent to a thread. A part is one of `parts`. file: where the
 * samples are written as well as soon as they are there, where each part makes a slab; null for nowhere.
 */
export type ShareableTask = { file: number | null } & (
  | {
      kind: 'fill'
      parts: { files: StoredFile[]; paths: string[]; slab: Slab | null }[]
      task: FillTask
      samples: SharedSamples
    }
  | {
      kind: 'mend'
      parts: { from: number; to: number; slab: Slab | null }[]
      stored: SharedSamples
      mend: Mend
      outside: number
      placement: Placement
      out: SharedSamples
    }
)

/** hashes: SHA-256 of each file that was read, in order. written: whether the slab is in the file. */
export type PartDone = { ok: true; least: number; wide: boolean; hashes: Uint8Array[]; written: boolean } | Refusal

const buffer = new ReusedBytes()

/** Does one part. Never throws on bad bytes or files. */
export async function doPart(task: ShareableTask, part: number): Promise<PartDone> {
  const hashes: Uint8Array[] = []
  if (task.kind === 'mend') {
    const { from, to, slab } = task.parts[part]
    mendSlices(samplesOf(task.stored), task.mend, task.outside, task.placement, samplesOf(task.out), from, to)
    return { ok: true, least: 0, wide: false, hashes, written: writeSlab(task.file, slab, samplesOf(task.out)) }
  }
  const { files, paths, slab } = task.parts[part]
  let next = 0
  const read = async () => {
    const bytes = buffer.read(paths[next++])
    hashes.push(Buffer.from(hashBytes(bytes), 'hex'))
    return bytes
  }
  try {
    const filled = await fillSlices(files, task.task, samplesOf(task.samples), read, inflateByZlib)
    if (!filled.ok) return filled
    const written = !filled.wide && writeSlab(task.file, slab, samplesOf(task.samples))
    return { ...filled, hashes, written }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return { ok: false, reason: `The file could not be read: ${explainFileError(error)}` }
  }
}

/** Where that fails, as on a full disk, the whole volume is written later, and the failure is heard then. */
function writeSlab(file: number | null, slab: Slab | null, samples: SampleArray): boolean {
  if (file === null || !slab) return false
  const { buffer, BYTES_PER_ELEMENT: size } = samples
  try {
    writeAt(file, new Uint8Array(buffer, slab.from * size, (slab.to - slab.from) * size), slab.from * size)
    return true
  } catch {
    return false
  }
}
