/** The hands that assemble a volume: all threads, in shared memory. */
import { sampleArrays, type Refusal, type SampleArray } from '../../../shared/domain/volume.ts'
import type { Hands, Placement, StoredFile } from '../../imaging/dicom.ts'
import { samplesOf, type SharedSamples } from './parts.ts'
import { doTogether } from './threads.ts'

/** hashes: of each file that was read, SHA-256, in the order of the files; there once a volume is filled. */
export type ManyHands = Hands & { hashes: Uint8Array[] }

export function manyHands(
  pathOf: (file: number) => string,
  cancelled: () => boolean,
  progress: (share: number) => void,
): ManyHands {
  const hands: ManyHands = {
    hashes: [],
    allocate(type, length) {
      return samplesOf({ type, memory: new SharedArrayBuffer(length * sampleArrays[type].BYTES_PER_ELEMENT) })
    },
    async fill(files, task, samples) {
      const parts = inParts(files, task.placement).map((own) => ({ files: own, paths: own.map(({ file }) => pathOf(file)) })) // prettier-ignore
      const done = await doTogether({ kind: 'fill', parts, task, samples: shared(samples) }, (taken) => {
        progress(taken / parts.length)
        return !cancelled()
      })
      const results = done.filter(() => true)
      const refused = results.find((part) => !part.ok)
      if (refused) return refused
      const read = results.filter((part) => part.ok)
      const wide = read.some((part) => part.wide)
      if (!wide && read.length < parts.length) return cancellation
      hands.hashes = read.flatMap((part) => part.hashes)
      return { ok: true, wide, least: read.reduce((least, part) => Math.min(least, part.least), Infinity) }
    },
    async mend(stored, mend, outside, placement, out) {
      const [nx, ny] = placement.shape
      const slices = out.length / (nx * ny)
      const parts = Array.from({ length: Math.ceil(slices / 4) }, (_, n) => ({
        from: 4 * n,
        to: Math.min(slices, 4 * n + 4),
      }))
      const task = { kind: 'mend' as const, parts, stored: shared(stored), mend, outside, placement, out: shared(out) }
      await doTogether(task, () => true)
    },
  }
  return hands
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
