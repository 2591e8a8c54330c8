/**
 * The memory plan: a place in the arena for every buffer, made once, so that the peak is known before the first run.
 *
 * Kept buffers lie one after the other. Each of the others is needed from the first to the last step that names it (or a
 * view of it); two buffers may share memory if their times do not meet. Largest first, each takes the smallest gap that
 * holds it among the buffers already placed whose times meet its own ("greedy by size", Pisarchyk & Lee 2020).
 */
import { alignment } from './kernels/table.ts'
import { buffersOf, owner, shiftInOwner, type Buffer, type Step } from './steps.ts'

export interface Plan {
  /** Size of the arena. */
  readonly floats: number
  /** Kept buffers lie before this place. From here on buffers share memory. */
  readonly kept: number
  /** Offset of a buffer or view in floats, a multiple of 16. */
  offsetOf(buffer: Buffer): number
}

/** The steps during which a buffer is needed, both ends included. */
export interface Lifetime {
  readonly buffer: Buffer
  readonly first: number
  readonly last: number
}

interface Placed extends Lifetime {
  readonly start: number
  readonly end: number
}

export const align = (floats: number): number => Math.ceil(floats / alignment) * alignment

/**
 * Buffers of up to this size (512 MiB) do not cross a multiple of it: a GPU that cannot bind a large arena whole can then
 * have it in pages.
 */
export const pageFloats = 2 ** 27

/** The first place from `start` on where a buffer crosses no page's end. */
const withinPage = (start: number, size: number, page: number): number =>
  size <= page && (start % page) + size > page ? Math.ceil(start / page) * page : start

/** When each buffer that owns memory is needed; kept buffers are left out. */
export function lifetimes(steps: readonly Step[]): Lifetime[] {
  const spans = new Map<Buffer, { first: number; last: number }>()
  steps.forEach((step, i) => {
    for (const buffer of buffersOf(step).map(owner)) {
      const span = spans.get(buffer)
      if (span) span.last = i
      else if (!buffer.kept) spans.set(buffer, { first: i, last: i })
    }
  })
  return [...spans].map(([buffer, span]) => ({ buffer, ...span }))
}

/**
 * Place all buffers. `reuse: false` gives each buffer memory of its own: for tests, which compare the two.
 * `buffers` tells the order of the kept ones.
 */
export function planMemory(
  buffers: readonly Buffer[],
  steps: readonly Step[],
  { reuse = true, page = pageFloats } = {},
): Plan {
  const starts = new Map<Buffer, number>()
  let kept = 0
  for (const buffer of buffers) {
    if (!buffer.kept || buffer.view) continue
    const start = withinPage(kept, align(buffer.size), page)
    starts.set(buffer, start)
    kept = start + align(buffer.size)
  }
  let floats = kept
  const placed: Placed[] = []
  const bySize = lifetimes(steps).sort((a, b) => b.buffer.size - a.buffer.size || a.first - b.first)
  for (const life of bySize) {
    const size = align(life.buffer.size)
    const rivals = reuse ? placed.filter((other) => other.first <= life.last && life.first <= other.last) : placed
    const start = smallestGap(rivals, size, kept, page)
    insertByStart(placed, { ...life, start, end: start + size })
    starts.set(life.buffer, start)
    floats = Math.max(floats, start + size)
  }
  const offsetOf = (buffer: Buffer): number => {
    const start = starts.get(owner(buffer))
    if (start === undefined) throw new Error(`The buffer "${buffer.label}" has no place.`)
    return start + shiftInOwner(buffer)
  }
  return { floats, kept, offsetOf }
}

/** Start of the smallest gap of at least `size` floats between the rivals (sorted by start), or the end of the last. */
function smallestGap(rivals: readonly Placed[], size: number, from: number, page: number): number {
  let [best, bestSize, end] = [-1, Infinity, from]
  for (const rival of rivals) {
    const gap = rival.start - end
    const start = withinPage(end, size, page)
    if (rival.start - start >= size && gap < bestSize) [best, bestSize] = [start, gap]
    end = Math.max(end, rival.end)
  }
  return best >= 0 ? best : withinPage(end, size, page)
}

function insertByStart(placed: Placed[], item: Placed): void {
  let i = placed.length
  while (i > 0 && placed[i - 1].start > item.start) i--
  placed.splice(i, 0, item)
}
