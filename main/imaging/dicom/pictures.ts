/** The stored pictures of one file, decoded one at a time. */
import type { SampleArray } from '../../../shared/domain/volume.ts'
import { DamagedImage } from './codecs/decoded.ts'
import { encapsulatedFrames } from './codecs/encapsulated.ts'
import { decodeFrame } from './codecs/index.ts'
import type { Dataset } from './dataset.ts'
import type { PixelFormat } from './format.ts'
import { sliceBytes } from './format.ts'
import { isUncompressed } from './kinds.ts'
import type { Tile } from './mosaic.ts'
import { decodePixels } from './pixels.ts'

type Shape = { rows: number; columns: number; frameCount: number; pixels: PixelFormat }

export class Pictures {
  private readonly dataset: Dataset
  private readonly shape: Shape
  private readonly packed: (() => Uint8Array)[] | undefined
  /** The picture that was decoded last: the tiles of a mosaic come one after the other. */
  private last: { frame: number; bytes: Uint8Array } | undefined

  /** Throws DamagedImage where compressed pictures cannot be told apart. */
  constructor(dataset: Dataset, shape: Shape) {
    this.dataset = dataset
    this.shape = shape
    this.packed = isUncompressed(dataset.syntax) ? undefined : encapsulatedFrames(dataset, shape.frameCount)
  }

  /**
   * Writes the values of one slice into `target` from `at` on, rescaled by `format`. Throws DamagedImage, or what a codec
   * throws, on damaged bytes.
   */
  async read(
    frame: number,
    tile: Tile | undefined,
    format: PixelFormat,
    target: SampleArray,
    at: number,
  ): Promise<void> {
    const { rows, columns, pixels } = this.shape
    if (!this.packed) {
      const offset = this.dataset.pixels!.offset + frame * sliceBytes(this.shape, pixels)
      if (offset + sliceBytes(this.shape, pixels) > this.dataset.bytes.length)
        throw new DamagedImage('pixels are missing')
      if (!tile) return decodePixels(this.dataset.bytes, offset, rows * columns, format, target, at)
      return this.readTile(this.dataset.bytes, offset, tile, format, target, at)
    }
    const bytes = await this.unpacked(frame)
    const plain = { ...format, bitsAllocated: 16, littleEndian: true, swappedBytes: false } as const
    if (!tile) return decodePixels(bytes, 0, rows * columns, plain, target, at)
    return this.readTile(bytes, 0, tile, plain, target, at)
  }

  private readTile(
    bytes: Uint8Array,
    offset: number,
    { left, top, columns, rows }: Tile,
    format: PixelFormat,
    target: SampleArray,
    at: number,
  ): void {
    const pixelBytes = format.bitsAllocated / 8
    for (let row = 0; row < rows; row++) {
      const start = offset + ((top + row) * this.shape.columns + left) * pixelBytes
      decodePixels(bytes, start, columns, format, target, at + row * columns)
    }
  }

  /** A decompressed picture as 16-bit little-endian words. */
  private async unpacked(frame: number): Promise<Uint8Array> {
    if (this.last?.frame !== frame) {
      const { rows, columns, pixels } = this.shape
      const { samples } = await decodeFrame(this.packed![frame](), this.dataset.syntax, {
        rows,
        columns,
        bitsAllocated: pixels.bitsAllocated,
      })
      this.last = { frame, bytes: new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength) }
    }
    return this.last!.bytes
  }
}
