/** The hands that assemble a volume: all threads, in shared memory. */
import { sampleArrays, type Refusal, type SampleArray } from '../../../shared/domain/volume.ts'
import { slabOf, slicesTogether, type Hands, type Placement, type StoredFile } from '../../imaging/dicom.ts'
import type { VolumeDraft } from '../../library/index.ts'
import { rawHash, readWhole } from './bytes.ts'
import { ownMemory, type Room, type VolumeMemory } from './memory.ts'
import { samplesOf, type SharedSamples, type SourceBytes } from './parts.ts'
import { doTogether, threadCount } from './threads.ts'

/** hashes: of each file that was read, SHA-256, in the order of the files; there once a volume is filled. */
export type ManyHands = Hands & { hashes: Uint8Array[] }

/** Which samples a part makes, where they follow each other. */
type Slab = { from: number; to: number }

/** Where a volume is made: the file that it is written to while it is read, and memory that the next one gets as well. */
export type Workplace = { draft: VolumeDraft; memory: VolumeMemory }

/** Without `workplace` the memory is the volume's own, and nothing is written. */
export function manyHands(
  sourceOf: (file: number) => SourceBytes,
  cancelled: () => boolean,
  progress: (share: number) => void,
  workplace?: Workplace,
): ManyHands {
  const rooms = new Map<SampleArray, Room & SharedSamples>()
  const hands: ManyHands = {
    hashes: [],
    allocate(type, length) {
      const bytes = length * sampleArrays[type].BYTES_PER_ELEMENT
      const room = { type, length, ...(workplace?.memory.take(bytes) ?? ownMemory(bytes)) }
      const samples = samplesOf(room)
      rooms.set(samples, room)
      return samples
    },
    async fill(files, task, samples) {
      const whole = readForAll(files, sourceOf)
      const parts = whole
        ? sharesOf(files[0], task.placement).map((own) => ({ files: [own], sources: [whole] }))
        : inParts(files, task.placement).map((own) => ({ files: own, sources: own.map(({ file }) => sourceOf(file)) }))
      const { isAligned, ...shared } = rooms.get(samples)!
      const draft = task.toMend ? undefined : workplace?.draft
      const slabs = parts.map((part) => slabOfFiles(part.files, task.placement))
      await draft?.begin(samples as ArrayBufferView<SharedArrayBuffer>, isAligned)
      const add = whenDone(draft, samples, slabs)
      const done = await doTogether({ kind: 'fill', parts, task, samples: shared }, add, (taken) => {
        progress(taken / parts.length)
        return !cancelled()
      })
      const results = done.filter(() => true)
      const refused = results.find((part) => !part.ok)
      if (refused) return refused
      const read = results.filter((part) => part.ok)
      const wide = read.some((part) => part.wide)
      if (!wide && read.length < parts.length) return cancellation
      hands.hashes = whole ? read[0].hashes : read.flatMap((part) => part.hashes)
      return { ok: true, wide, least: read.reduce((least, part) => Math.min(least, part.least), Infinity) }
    },
    async mend(stored, mend, outside, placement, out) {
      const [nx, ny] = placement.shape
      const slices = out.length / (nx * ny)
      const parts = Array.from({ length: Math.ceil(slices / 4) }, (_, n) => ({
        from: 4 * n,
        to: Math.min(slices, 4 * n + 4),
      }))
      const slabs = parts.map(({ from, to }) => slabOf(placement, from, to - from))
      const [{ isAligned, ...shared }, from] = [rooms.get(out)!, rooms.get(stored)!]
      await workplace?.draft.begin(out as ArrayBufferView<SharedArrayBuffer>, isAligned)
      const add = whenDone(workplace?.draft, out, slabs)
      await doTogether({ kind: 'mend', parts, stored: from, mend, outside, placement, out: shared }, add, () => true)
    },
  }
  return hands
}

/** Tells the draft which samples are there when a part is done; all at once where the parts are no slabs of the volume. */
function whenDone(
  draft: VolumeDraft | undefined,
  samples: SampleArray,
  slabs: readonly (Slab | undefined)[],
): (part: number) => void {
  const [size, inSlabs] = [samples.BYTES_PER_ELEMENT, slabs.every((slab) => slab)]
  let left = slabs.length
  return (part) => {
    const slab = inSlabs ? slabs[part] : undefined
    if (slab) draft?.add(slab.from * size, slab.to * size)
    else if (!inSlabs && --left === 0) draft?.add(0, samples.byteLength)
  }
}

/** The samples that files make, where these follow each other in the volume. */
function slabOfFiles(files: readonly StoredFile[], placement: Placement): Slab | undefined {
  const numbers = files.flatMap(({ slices }) => slices.map(({ n }) => n))
  const inOrder = numbers.every((n, at) => n === numbers[0] + at)
  return inOrder ? slabOf(placement, numbers[0], numbers.length) : undefined
}

const cancellation: Refusal = { ok: false, reason: 'The import was cancelled.' }

/**
 * The bytes of a series that is one file of many compressed frames, for all threads to decode some of them; undefined for
 * any other, and where it can't be read: that is said when it is tried once more.
 */
function readForAll(files: readonly StoredFile[], sourceOf: (file: number) => SourceBytes): SourceBytes | undefined {
  const [{ file, raw, frameCount, slices }] = files
  if (files.length > 1 || raw || frameCount < 2 || slices.length < 2 * threadCount() || threadCount() < 2)
    return undefined
  const { path } = sourceOf(file)
  try {
    const bytes = readWhole(path, (size) => new Uint8Array(new SharedArrayBuffer(size)))
    return { path, known: null, whole: { bytes, hash: rawHash(bytes) } }
  } catch {
    return undefined
  }
}

/** A file's slices, a share for each thread, as each must find its way in the file; what is placed together stays together. */
function sharesOf(file: StoredFile, placement: Placement): StoredFile[] {
  const together = slicesTogether(placement)
  const each = Math.ceil(file.slices.length / threadCount() / together) * together
  const shares = Math.ceil(file.slices.length / each)
  return Array.from({ length: shares }, (_, n) => ({ ...file, slices: file.slices.slice(n * each, (n + 1) * each) }))
}

/** Enough parts for every thread to have some to the end; slices that are placed together stay together. */
function inParts(files: readonly StoredFile[], { steps }: Placement): StoredFile[][] {
  const each = Math.abs(steps[2]) === 1 ? 32 : Math.min(16, Math.ceil(files.length / 16))
  return Array.from({ length: Math.ceil(files.length / each) }, (_, n) => files.slice(n * each, (n + 1) * each))
}
