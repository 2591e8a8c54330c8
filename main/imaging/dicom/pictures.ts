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

/** Where the pictures begin in a file's bytes. */
type Source = { bytes: Uint8Array; offset: number }

/** Compressed pictures, each on demand, and how they are compressed. */
type Packed = { frames: (() => Uint8Array)[]; syntax: string }

export class Pictures {
  private readonly source: Source
  private readonly shape: Shape
  private readonly packed: Packed | undefined
  /** The picture that was decoded last: the tiles of a mosaic come one after the other. */
  private last: { frame: number; bytes: Uint8Array } | undefined

  constructor(source: Source, shape: Shape, packed?: Packed) {
    this.source = source
    this.shape = shape
    this.packed = packed
  }

  /** Those of a data set that has pixels. Throws DamagedImage where compressed pictures cannot be told apart. */
  static of(dataset: Dataset, shape: Shape): Pictures {
    const { bytes, syntax } = dataset
    const packed = isUncompressed(syntax)
      ? undefined
      : { frames: encapsulatedFrames(dataset, shape.frameCount), syntax }
    return new Pictures({ bytes, offset: dataset.pixels!.offset }, shape, packed)
  }

  /**
   * Writes the values of one slice into `target` from `at` on, rescaled by `format`; says whether all lie in
   * -32768…32767. Throws DamagedImage, or what a codec throws, on damaged bytes.
   */
  async read(
    frame: number,
    tile: Tile | undefined,
    format: PixelFormat,
    target: SampleArray,
    at: number,
  ): Promise<boolean> {
    const { rows, columns, pixels } = this.shape
    if (!this.packed) {
      const { bytes } = this.source
      const offset = this.source.offset + frame * sliceBytes(this.shape, pixels)
      if (offset + sliceBytes(this.shape, pixels) > bytes.length) throw new DamagedImage('pixels are missing')
      if (!tile) return decodePixels(bytes, offset, rows * columns, format, target, at)
      return this.readTile(bytes, offset, tile, format, target, at)
    }
    const bytes = await this.unpacked(frame, this.packed)
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
  ): boolean {
    const pixelBytes = format.bitsAllocated / 8
    let fits = true
    for (let row = 0; row < rows; row++) {
      const start = offset + ((top + row) * this.shape.columns + left) * pixelBytes
      fits = decodePixels(bytes, start, columns, format, target, at + row * columns) && fits
    }
    return fits
  }

  /** A decompressed picture as 16-bit little-endian words. */
  private async unpacked(frame: number, { frames, syntax }: Packed): Promise<Uint8Array> {
    if (this.last?.frame !== frame) {
      const { rows, columns, pixels } = this.shape
      const { samples } = await decodeFrame(frames[frame](), syntax, {
        rows,
        columns,
        bitsAllocated: pixels.bitsAllocated,
      })
      this.last = { frame, bytes: new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength) }
    }
    return this.last!.bytes
  }
}
