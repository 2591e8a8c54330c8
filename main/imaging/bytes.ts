/** Reading bytes in order, from memory or from a stream, never more than was asked for. */

/** Bytes in memory, or arriving in pieces (an inflating stream, a file). */
export type ByteSource = Uint8Array | AsyncIterable<Uint8Array>

/** Gives the inflated bytes of gzip (or raw deflate) data in pieces. Injected where a faster one exists, e.g. Node's zlib. */
export type Inflate = (bytes: Uint8Array, format: 'gzip' | 'deflate-raw') => AsyncIterable<Uint8Array>

/** Deflate cannot pack better than 1032 : 1, so a file of n bytes holds at most this many (zlib's technical notes). */
export const mostInflated = (packed: number) => packed * 1032 + 1024

/** Inflation by the web-standard DecompressionStream. One gzip member only, as the standard says; zlib reads several. */
export async function* inflate(bytes: Uint8Array, format: 'gzip' | 'deflate-raw'): AsyncIterable<Uint8Array> {
  const stream = new DecompressionStream(format)
  const writer = stream.writable.getWriter()
  // A failure of the writing half shows at the reading half as well; only there is it handled.
  const quiet = () => {}
  writer.write(bytes as Uint8Array<ArrayBuffer>).catch(quiet)
  writer.close().catch(quiet)
  const reader = stream.readable.getReader()
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(quiet)
  }
}

/** Whether bytes begin as gzip does (RFC 1952). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8
}

/** Takes bytes off a source in order. */
export class ByteReader {
  private readonly pieces: AsyncIterator<Uint8Array>
  private piece = new Uint8Array(0)
  /** Bytes handed out so far. */
  position = 0
  /** The error with which the source ended, if it did. */
  failure: unknown

  constructor(source: ByteSource) {
    this.pieces = source instanceof Uint8Array ? once(source) : source[Symbol.asyncIterator]()
  }

  /** Fills `target` from its start; returns how many bytes there were, fewer than asked only where the source ended. */
  async fill(target: Uint8Array): Promise<number> {
    let filled = 0
    while (filled < target.length && (await this.more())) {
      const take = this.piece.subarray(0, target.length - filled)
      target.set(take, filled)
      this.piece = this.piece.subarray(take.length)
      filled += take.length
    }
    this.position += filled
    return filled
  }

  /** Skips bytes; returns how many there were. */
  async skip(count: number): Promise<number> {
    let skipped = 0
    while (skipped < count && (await this.more())) {
      const take = Math.min(this.piece.length, count - skipped)
      this.piece = this.piece.subarray(take)
      skipped += take
    }
    this.position += skipped
    return skipped
  }

  /** Lets the source go. */
  async close(): Promise<void> {
    await this.pieces.return?.()
  }

  private async more(): Promise<boolean> {
    while (this.piece.length === 0) {
      try {
        const next = await this.pieces.next()
        if (next.done) return false
        this.piece = next.value as Uint8Array<ArrayBuffer>
      } catch (error) {
        this.failure = error
        return false
      }
    }
    return true
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
