/**
 * Which scan to label next, and why. Before there is a model: the one that stands best for those not yet represented by a
 * labelled one. Afterwards: one whose proposal was rejected, one where the model found nothing, else where it is least sure.
 */
import { open } from 'node:fs/promises'
import type { Handlers } from '../../shared/api/contract.ts'
import type { Suggestion } from '../../shared/domain/records.ts'
import { sampleArrays } from '../../shared/domain/volume.ts'
import { layout, readCacheHeader, type CacheHeader, type Library, type StoredCase } from '../library/index.ts'
import { openProject, type Context } from './context.ts'

export const suggestionHandlers = (context: Context): Pick<Handlers, 'cases.suggest'> => ({
  'cases.suggest': () => suggestCase(openProject(context)),
})

/** null where every training case is labelled, or is being reviewed. */
export async function suggestCase(library: Library): Promise<Suggestion | null> {
  const pool = library.cases().filter(({ role }) => role === 'training')
  const open = pool.filter(({ status, inReview }) => status !== 'labelled' && status !== 'accepted' && !inReview)
  if (open.length === 0) return null
  return open.some(({ proposalVersionId }) => proposalVersionId) ? byDoubt(open) : byDiversity(library, pool, open)
}

function byDoubt(open: readonly StoredCase[]): Suggestion {
  const rejected = open.find(({ status }) => status === 'rejected')
  if (rejected) return { caseId: rejected.id, reason: { kind: 'rejected' } }
  const proposed = open.filter(({ proposalVersionId }) => proposalVersionId !== null)
  const known = proposed.flatMap(({ id, uncertainty }) => (uncertainty === null ? [] : [{ id, uncertainty }]))
  const empty = proposed.find(({ undecided }) => undecided.length === 1 && undecided[0] === 0)
  // Where most scans have nothing marked, one more is no surprise.
  if (empty && known.length * 2 > proposed.length) return { caseId: empty.id, reason: { kind: 'nothing-found' } }
  const sorted = known.sort((a, b) => b.uncertainty - a.uncertainty)
  if (sorted.length === 0) return { caseId: open[0].id, reason: { kind: 'first' } }
  const median = sorted[Math.floor(sorted.length / 2)].uncertainty
  return {
    caseId: sorted[0].id,
    reason: { kind: 'unsure', uncertainty: sorted[0].uncertainty, median, of: sorted.length },
  }
}

/** More scans than this are represented by a sample of them: every pair is compared. */
const mostCompared = 400

/**
 * One more medoid beside the labelled scans: the one that lowers the sum of distances from each scan to its nearest
 * representative the most (the BUILD step of PAM; Kaufman & Rousseeuw 1990).
 */
async function byDiversity(
  library: Library,
  pool: readonly StoredCase[],
  open: readonly StoredCase[],
): Promise<Suggestion> {
  const every = Math.ceil(pool.length / mostCompared)
  const points: { entry: StoredCase; at: Float32Array; nearest: number }[] = []
  for (const [n, entry] of pool.entries()) {
    if (n % every !== 0 && !entry.labelVersionId) continue
    points.push({ entry, at: await featuresOf(library, entry), nearest: Infinity })
  }
  const taken = points.filter(({ entry }) => entry.labelVersionId !== null)
  for (const point of points)
    for (const other of taken) point.nearest = Math.min(point.nearest, away(point.at, other.at))
  // Without a labelled scan any choice lowers the sum from the same height.
  const height = taken.length > 0 ? null : Math.max(...points.map(({ at }) => away(at, points[0].at))) * 4
  let best = { entry: open[0], gain: -1, standsFor: 1 }
  const candidates = new Set(open)
  for (const { entry, at } of points) {
    if (!candidates.has(entry)) continue
    let gain = 0
    let standsFor = 0
    for (const other of points) {
      const closer = (height ?? other.nearest) - away(at, other.at)
      if (closer > 0) {
        gain += closer
        standsFor++
      }
    }
    if (gain > best.gain) best = { entry, gain, standsFor }
  }
  const { entry, standsFor } = best
  return taken.length === 0
    ? { caseId: entry.id, reason: { kind: 'typical', of: pool.length } }
    : { caseId: entry.id, reason: { kind: 'different', standsFor: standsFor * every, of: pool.length } }
}

const grid = 8
const features = new Map<string, Float32Array>()

/** What a scan looks like, roughly: 8 × 8 × 8 samples of its first channel (z-scored), and the logarithms of its size in mm. */
async function featuresOf(library: Library, { seriesId, shape, spacing }: StoredCase): Promise<Float32Array> {
  const key = `${library.folder}\n${seriesId}`
  const known = features.get(key)
  if (known) return known
  const result = new Float32Array(grid ** 3 + 3)
  const header = readCacheHeader(library.folder, seriesId)
  const samples = header ? await sample(layout.volumeFile(library.folder, seriesId), header) : []
  const mean = samples.reduce((sum, v) => sum + v, 0) / Math.max(1, samples.length)
  const deviation = Math.sqrt(samples.reduce((sum, v) => sum + (v - mean) ** 2, 0) / Math.max(1, samples.length)) || 1
  samples.forEach((value, n) => (result[n] = (value - mean) / deviation))
  // As much weight for the size as for a fair part of the picture.
  shape.forEach((n, axis) => (result[grid ** 3 + axis] = 8 * Math.log(n * spacing[axis])))
  if (header) features.set(key, result)
  return result
}

/** Reads 64 rows of the volume, not all of it. */
async function sample(file: string, { shape, type }: CacheHeader): Promise<number[]> {
  const kind = sampleArrays[type]
  const places = (n: number) => Array.from({ length: grid }, (_, i) => Math.floor(((i + 0.5) * n) / grid))
  const row = new kind(shape[0])
  const values: number[] = []
  const handle = await open(file, 'r')
  try {
    for (const z of places(shape[2])) {
      for (const y of places(shape[1])) {
        await handle.read(new Uint8Array(row.buffer), 0, row.byteLength, (z * shape[1] + y) * row.byteLength)
        for (const x of places(shape[0])) values.push(Number.isFinite(row[x]) ? row[x] : 0)
      }
    }
  } finally {
    await handle.close()
  }
  return values
}

function away(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let n = 0; n < a.length; n++) sum += (a[n] - b[n]) ** 2
  return Math.sqrt(sum)
}
