/**
 * Hashes of files, made by threads that would have nothing to do while this one reads headers. They follow it from file to
 * file; what they don't get done is hashed when the file is read.
 */
import { rawHash, ReusedBytes } from './bytes.ts'
import { tellThreads } from './threads.ts'
import type { FoundFile } from './walk.ts'

/** SHA-256 of a file, and what it was like then. */
export type KnownHash = { hash: Uint8Array; size: number; modifiedMs: number }

/** All in shared memory. states: of each file, see below. stats: its size and time. hashes: 32 bytes each. */
export type AheadOrder = { paths: string[]; steps: Int32Array; states: Int32Array; stats: Float64Array; hashes: Uint8Array } // prettier-ignore

/** How many files were looked at, and 1 once it is over. */
const [looked, over] = [0, 1]
const [wanted, taken, hashed] = [1, 2, 3]
/** Larger files are read in one piece; and what was read ahead should still be in the system's memory when it is read again. */
const [mostOfFile, mostOfAll] = [2 ** 24, 2 ** 29]

export class Ahead {
  private readonly order: AheadOrder
  private readonly numbers: Map<string, number>
  private bytes = 0

  constructor(files: readonly FoundFile[]) {
    const shared = (bytes: number) => new SharedArrayBuffer(bytes)
    this.numbers = new Map(files.map(({ path }, n) => [path, n]))
    this.order = {
      paths: files.map(({ path }) => path),
      steps: new Int32Array(shared(8)),
      states: new Int32Array(shared(4 * files.length)),
      stats: new Float64Array(shared(16 * files.length)),
      hashes: new Uint8Array(shared(32 * files.length)),
    }
    tellThreads(this.order)
  }

  /** Says that the next file, in order, was looked at, and whether its hash will be needed. */
  pass({ path, size }: FoundFile, isNeeded: boolean): void {
    const n = this.numbers.get(path)
    // A file that came out of an archive.
    if (n === undefined) return
    const { steps, states } = this.order
    if (isNeeded && size <= mostOfFile && (this.bytes += size) <= mostOfAll) Atomics.store(states, n, wanted)
    Atomics.store(steps, looked, n + 1)
    Atomics.notify(steps, looked)
  }

  /** The threads finish what they have in hand, and no more. */
  stop(): void {
    Atomics.store(this.order.steps, over, 1)
    Atomics.store(this.order.steps, looked, this.order.paths.length + 1)
    Atomics.notify(this.order.steps, looked)
  }

  /** Null where it was not hashed. */
  hashOf(path: string): KnownHash | null {
    const n = this.numbers.get(path)
    const { states, stats, hashes } = this.order
    if (n === undefined || Atomics.load(states, n) !== hashed) return null
    return { hash: hashes.slice(32 * n, 32 * n + 32), size: stats[2 * n], modifiedMs: stats[2 * n + 1] }
  }
}

const buffer = new ReusedBytes()

/** A thread's part: hashes what nobody else has, until it is over. */
export function hashAhead({ paths, steps, states, stats, hashes }: AheadOrder): void {
  for (const [n, path] of paths.entries()) {
    for (let at; Atomics.load(steps, over) === 0 && (at = Atomics.load(steps, looked)) <= n;)
      Atomics.wait(steps, looked, at)
    if (Atomics.load(steps, over) === 1) return
    if (Atomics.compareExchange(states, n, wanted, taken) !== wanted) continue
    try {
      const bytes = buffer.read(path)
      hashes.set(rawHash(bytes), 32 * n)
      stats.set([bytes.length, buffer.modifiedMs], 2 * n)
      Atomics.store(states, n, hashed)
    } catch {
      // Whoever reads it next hears why.
    }
  }
}
