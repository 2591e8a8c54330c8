/** Memory of the volume at hand, which all threads share. */
const pageBytes = 2 ** 16

/** Kept from one volume to the next: what the system has given once need not be found, and emptied, again. */
let kept: WebAssembly.Memory | null = null

/** Room for samples, from `offset` on. isAligned: it begins and ends with pages of memory. */
export type Room = { memory: SharedArrayBuffer; offset: number; isAligned: boolean }

/**
 * Lends the kept memory. `giveBack` may be called once no thread uses it any more; where it is not, the next volume gets
 * other memory, so that a thread that was left behind can do no harm.
 */
export class VolumeMemory {
  private own = kept
  private used = 0

  constructor() {
    kept = null
  }

  /** What is in it is anything. Throws RangeError where there is too little memory. */
  take(bytes: number): Room {
    const pages = Math.ceil(bytes / pageBytes)
    const offset = this.used
    try {
      // Only this kind of memory begins at a page, and can grow.
      this.own ??= new WebAssembly.Memory({ initial: 0, maximum: 2 ** 16, shared: true })
      const lacking = offset / pageBytes + pages - this.own.buffer.byteLength / pageBytes
      if (lacking > 0) this.own.grow(lacking)
    } catch {
      // More than 4 GiB, or a system that doesn't give as much at once.
      return ownMemory(bytes)
    }
    this.used += pages * pageBytes
    return { memory: this.own.buffer as unknown as SharedArrayBuffer, offset, isAligned: true }
  }

  giveBack(): void {
    kept = this.own
  }
}

/** Memory of its own, all zero. Throws RangeError where there is too little. */
export const ownMemory = (bytes: number): Room => ({
  memory: new SharedArrayBuffer(bytes),
  offset: 0,
  isAligned: false,
})

/** Gets memory for a volume of that size from the system, and keeps it. */
export function keepMemory(bytes: number): void {
  const lent = new VolumeMemory()
  const { memory, isAligned } = lent.take(bytes)
  // The system gives a page once something is written to it.
  if (isAligned) new Uint8Array(memory).fill(0)
  lent.giveBack()
}

/** Forgets kept memory of more than `mostBytes`. */
export function forgetMemory(mostBytes: number): void {
  if (kept && kept.buffer.byteLength > mostBytes) kept = null
}
