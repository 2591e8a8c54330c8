/** The hands that assemble a volume: all threads, in shared memory. */
import { sampleArrays, type Refusal, type SampleArray } from '../../../shared/domain/volume.ts'
import { slabOf, type Hands, type Placement, type StoredFile } from '../../imaging/dicom.ts'
import type { VolumeDraft } from '../../library/index.ts'
import { samplesOf, type SharedSamples, type Slab } from './parts.ts'
import { doTogether } from './threads.ts'

/** hashes: of each file that was read, SHA-256, in the order of the files; there once a volume is filled. */
export type ManyHands = Hands & { hashes: Uint8Array[] }

/** `draft`: where the volume is written as well while it is read, if its parts lie one after the other. */
export function manyHands(
  pathOf: (file: number) => string,
  cancelled: () => boolean,
  progress: (share: number) => void,
  draft?: VolumeDraft,
): ManyHands {
  const fileFor = (parts: readonly { slab: Slab | null }[]) =>
    draft && parts.every(({ slab }) => slab) ? draft.handle : null
  const hands: ManyHands = {
    hashes: [],
    allocate(type, length) {
      return samplesOf({ type, memory: new SharedArrayBuffer(length * sampleArrays[type].BYTES_PER_ELEMENT) })
    },
    async fill(files, task, samples) {
      const parts = inParts(files, task.placement).map((own) => ({
        files: own,
        paths: own.map(({ file }) => pathOf(file)),
        slab: task.toMend ? null : slabOfFiles(own, task.placement),
      }))
      const file = fileFor(parts)
      const done = await doTogether({ kind: 'fill', parts, task, samples: shared(samples), file }, (taken) => {
        progress(taken / parts.length)
        if (file !== null) draft?.forceSoon()
        return !cancelled()
      })
      const results = done.filter(() => true)
      const refused = results.find((part) => !part.ok)
      if (refused) return refused
      const read = results.filter((part) => part.ok)
      const wide = read.some((part) => part.wide)
      if (!wide && read.length < parts.length) return cancellation
      hands.hashes = read.flatMap((part) => part.hashes)
      if (draft && !wide) draft.isWhole = read.every(({ written }) => written)
      return { ok: true, wide, least: read.reduce((least, part) => Math.min(least, part.least), Infinity) }
    },
    async mend(stored, mend, outside, placement, out) {
      const [nx, ny] = placement.shape
      const slices = out.length / (nx * ny)
      const parts = Array.from({ length: Math.ceil(slices / 4) }, (_, n) => {
        const [from, to] = [4 * n, Math.min(slices, 4 * n + 4)]
        return { from, to, slab: slabOf(placement, from, to - from) ?? null }
      })
      const file = fileFor(parts)
      const task = { kind: 'mend' as const, parts, stored: shared(stored), mend, outside, placement, out: shared(out), file } // prettier-ignore
      const done = await doTogether(task, () => {
        if (file !== null) draft?.forceSoon()
        return true
      })
      if (draft) draft.isWhole = done.every((part) => part.ok && part.written)
    },
  }
  return hands
}

/** The samples that files make, where these follow each other in the volume. */
function slabOfFiles(files: readonly StoredFile[], placement: Placement): Slab | null {
  const numbers = files.flatMap(({ slices }) => slices.map(({ n }) => n))
  const inOrder = numbers.every((n, at) => n === numbers[0] + at)
  return (inOrder && slabOf(placement, numbers[0], numbers.length)) || null
}

const cancellation: Refusal = { ok: false, reason: 'The import was cancelled.' }

function shared(samples: SampleArray): SharedSamples {
  const type = (Object.keys(sampleArrays) as (keyof typeof sampleArrays)[]).find((name) => samples instanceof sampleArrays[name])! // prettier-ignore
  return { type, memory: samples.buffer as SharedArrayBuffer }
}

/** Enough parts for every thread to have some to the end; slices that are placed together stay together. */
function inParts(files: readonly StoredFile[], { steps }: Placement): StoredFile[][] {
  const each = Math.abs(steps[2]) === 1 ? 32 : Math.min(16, Math.ceil(files.length / 16))
  return Array.from({ length: Math.ceil(files.length / each) }, (_, n) => files.slice(n * each, (n + 1) * each))
}
