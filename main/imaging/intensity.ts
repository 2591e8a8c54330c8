/** Statistics of intensities. */
import type { SampleArray } from '../../shared/domain/volume.ts'

/** At most this many samples are sorted for percentiles, or counted; of more, evenly spread ones are taken. */
const mostSorted = 1 << 18
const mostCounted = 1 << 22

/**
 * Percentiles (each 0…100) of samples, linearly between ranks. Exact for up to 4,194,304 samples of 8 and 16 bits, which
 * are counted, and for up to 262,144 others; of more, evenly spread ones are taken. NaN for every percentile of nothing.
 */
export function percentiles(samples: SampleArray, which: readonly number[]): number[] {
  if (samples.length === 0) return which.map(() => NaN)
  const { count, at } = samples.BYTES_PER_ELEMENT <= 2 ? counted(samples) : sorted(samples)
  return which.map((p) => {
    const rank = (Math.min(100, Math.max(0, p)) / 100) * (count - 1)
    const below = Math.floor(rank)
    const low = at(below)
    return low + (at(Math.min(count - 1, below + 1)) - low) * (rank - below)
  })
}

type Ranks = { count: number; at(rank: number): number }

function counted(samples: SampleArray): Ranks {
  // Two lists in turn: most samples are like the one before, and counting one twice in a row waits for memory.
  const [counts, others] = [new Uint32Array(3 << 15), new Uint32Array(3 << 15)]
  const least = -32768
  // An odd step: it meets all columns of a volume, whose sides are mostly even.
  const step = samples.length > mostCounted ? Math.ceil(samples.length / mostCounted) | 1 : 1
  const last = samples.length - step
  for (let n = 0; n < last; n += 2 * step) {
    counts[samples[n] - least]++
    others[samples[n + step] - least]++
  }
  const count = Math.ceil(samples.length / step)
  if (count % 2 === 1) counts[samples[(count - 1) * step] - least]++
  for (let n = 0; n < counts.length; n++) counts[n] += others[n]
  return {
    count,
    at(rank) {
      let [value, seen] = [0, counts[0]]
      while (seen <= rank) seen += counts[++value]
      return value + least
    },
  }
}

function sorted(samples: SampleArray): Ranks {
  const count = Math.min(samples.length, mostSorted)
  const stride = samples.length / count
  const picked = Float64Array.from({ length: count }, (_, n) => samples[Math.floor(n * stride)]).sort()
  return { count, at: (rank) => picked[rank] }
}
