/** Reading files for the importer: whole, or only their beginning. */
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip, createInflateRaw } from 'node:zlib'
import type { Inflate } from '../../imaging/bytes.ts'

/** All bytes of a file, also of one above Node's 2 GiB limit for a single read. */
export function readWhole(
  path: string,
  // Not zeroed first: what was not filled is cut off.
  allocate: (size: number) => Uint8Array = (size) => Buffer.allocUnsafeSlow(size),
): Uint8Array {
  const handle = openSync(path, 'r')
  try {
    const bytes = allocate(fstatSync(handle).size)
    return new Uint8Array(bytes.buffer, 0, fill(handle, bytes))
  } finally {
    closeSync(handle)
  }
}

/** Reads files into the same memory, one after the other: what one gave is overwritten by the next. */
export class ReusedBytes {
  private memory = Buffer.alloc(0)
  /** When the file that was read last had been changed, milliseconds since 1970. */
  modifiedMs = NaN

  /** At most the first `count` bytes of a file; all of it where no count is given. */
  read(path: string, count = Infinity): Uint8Array {
    const handle = openSync(path, 'r')
    try {
      const stats = fstatSync(handle)
      const size = Math.min(count, stats.size)
      this.modifiedMs = stats.mtimeMs
      // Memory for large files is not kept.
      if (size > 1 << 24) return readWhole(path)
      if (this.memory.length < size) this.memory = Buffer.allocUnsafeSlow(Math.ceil(size * 1.25))
      return new Uint8Array(this.memory.buffer, 0, fill(handle, this.memory.subarray(0, size)))
    } finally {
      closeSync(handle)
    }
  }
}

function fill(handle: number, bytes: Uint8Array): number {
  let filled = 0
  while (filled < bytes.length) {
    const got = readSync(handle, bytes, filled, Math.min(1 << 30, bytes.length - filled), null)
    if (got === 0) break
    filled += got
  }
  return filled
}

/** zlib's own inflation: faster than the web stream, and it reads files of several gzip members. */
export const inflateByZlib: Inflate = (bytes, format) => {
  const unpack = format === 'gzip' ? createGunzip({ chunkSize: 1 << 18 }) : createInflateRaw({ chunkSize: 1 << 18 })
  // A source error would go unheard in the pipe; an in-memory source has none.
  return Readable.from([bytes]).pipe(unpack)
}

/** SHA-256 over several byte strings, each preceded by its length, so that no two lists hash alike. */
export const hashBytes = (...parts: Uint8Array[]): string => rawHash(...parts).toString('hex')

/** The same as 32 bytes. */
export function rawHash(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest()
}
