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
import { explainFileError } from '../../library/index.ts'
import type { KnownHash } from './ahead.ts'
import { inflateByZlib, rawHash, ReusedBytes } from './bytes.ts'

/** Samples in memory that threads share; they begin at byte `offset`. */
export type SharedSamples = { type: SampleType; memory: SharedArrayBuffer; offset: number; length: number }

export function samplesOf({ type, memory, offset, length }: SharedSamples): SampleArray {
  // The types know ordinary memory only, to be told apart from lists.
  const samples = sampleArrays[type] as unknown as new (m: SharedArrayBuffer, at: number, n: number) => SampleArray
  return new samples(memory, offset, length)
}

/** Where a file is, and its hash where that was made before. whole: what was read of it already, in shared memory. */
export type SourceBytes = { path: string; known: KnownHash | null; whole?: { bytes: Uint8Array; hash: Uint8Array } }

/** Plain data but for the shared memory, so that it can be sent to a thread. A part is one of `parts`. */
export type ShareableTask =
  | { kind: 'fill'; parts: { files: StoredFile[]; sources: SourceBytes[] }[]; task: FillTask; samples: SharedSamples }
  | {
      kind: 'mend'
      parts: { from: number; to: number }[]
      stored: SharedSamples
      mend: Mend
      outside: number
      placement: Placement
      out: SharedSamples
    }

/** hashes: SHA-256 of each file that was read, in order. */
export type PartDone = { ok: true; least: number; wide: boolean; hashes: Uint8Array[] } | Refusal

const buffer = new ReusedBytes()

/** Does one part. Never throws on bad bytes or files. */
export async function doPart(task: ShareableTask, part: number): Promise<PartDone> {
  const hashes: Uint8Array[] = []
  if (task.kind === 'mend') {
    const { from, to } = task.parts[part]
    mendSlices(samplesOf(task.stored), task.mend, task.outside, task.placement, samplesOf(task.out), from, to)
    return { ok: true, least: 0, wide: false, hashes }
  }
  const { files, sources } = task.parts[part]
  let next = 0
  const read = async () => {
    const { path, known, whole } = sources[next++]
    if (whole) {
      hashes.push(whole.hash)
      return whole.bytes
    }
    const bytes = buffer.read(path)
    const isSame = known?.size === bytes.length && known.modifiedMs === buffer.modifiedMs
    hashes.push(isSame ? known.hash : rawHash(bytes))
    return bytes
  }
  try {
    const filled = await fillSlices(files, task.task, samplesOf(task.samples), read, inflateByZlib)
    return filled.ok ? { ...filled, hashes } : filled
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return { ok: false, reason: `The file could not be read: ${explainFileError(error)}` }
  }
}
