import createOpenjph from '@cornerstonejs/codec-openjph'
import { describe, expect, it } from 'vitest'
import { alone, assemble, groupSeries, readHeader } from '../../dicom.ts'
import { seeded } from '../../testing.ts'
import { dicomFile, sliceFields } from '../testing.ts'
import { decodeFrame } from './index.ts'
import { decodeRle } from './rle.ts'
import { jpegSize } from './size.ts'

const read = async (file: Uint8Array) => {
  const header = await readHeader(file)
  if (!header.ok) throw new Error(header.reason)
  const [plan] = groupSeries([header.header])
  if (!plan.ok) return plan
  return assemble(
    plan,
    alone(async () => file),
  )
}

/** RLE of 16-bit pixels: each byte plane as literal runs. */
function rle(values: readonly number[]): Uint8Array {
  const planes = [values.map((v) => (v >> 8) & 255), values.map((v) => v & 255)].map((plane) => {
    const out: number[] = []
    for (let n = 0; n < plane.length; n += 128) {
      const run = plane.slice(n, n + 128)
      out.push(run.length - 1, ...run)
    }
    return Uint8Array.from(out)
  })
  const out = new Uint8Array(64 + planes[0].length + planes[1].length)
  new Uint32Array(out.buffer, 0, 3).set([2, 64, 64 + planes[0].length])
  out.set(planes[0], 64)
  out.set(planes[1], 64 + planes[0].length)
  return out
}

describe('compressed slices', () => {
  const values = [5, 900, 4095, 0, 17, 300, 2, 77, 1024, 8, 9, 10]

  it('RLE: both bytes of each pixel, then sign and rescale as ever', async () => {
    const file = dicomFile(sliceFields(0), { syntax: '1.2.840.10008.1.2.5', frames: [rle(values)] })
    const got = await read(file)
    expect(got).toMatchObject({ ok: true, volume: { type: 'int16' } })
    if (got.ok) expect([...got.volume.samples]).toEqual(values.map((v) => v - 1024))
  })

  it('RLE runs repeat and literals end where the frame does', () => {
    const bytes = new Uint8Array(70)
    new Uint32Array(bytes.buffer, 0, 2).set([1, 64])
    bytes.set([257 - 4, 7, 128, 1, 8, 9], 64)
    expect([...decodeRle(bytes, 2, 3, 1).samples]).toEqual([7, 7, 7, 7, 8, 9])
    expect(() => decodeRle(bytes, 2, 4, 1)).toThrow(/early/)
    expect(() => decodeRle(bytes.subarray(0, 50), 2, 3, 1)).toThrow(/cut short/)
  })

  it('HTJ2K: what the encoder of the same package made comes back exactly', async () => {
    const { HTJ2KEncoder } = (await createOpenjph({})) as unknown as Record<string, new () => HtEncoder>
    const encoder = new HTJ2KEncoder()
    const frame = {
      width: 64,
      height: 48,
      bitsPerSample: 16,
      componentCount: 1,
      isSigned: false,
      isUsingColorTransform: false,
    }
    const random = seeded(3)
    const pixels = Uint16Array.from({ length: 64 * 48 }, () => Math.floor(4096 * random()))
    encoder.getDecodedBuffer(frame).set(new Uint8Array(pixels.buffer))
    encoder.setQuality(true, 0)
    encoder.encode()
    const bytes = encoder.getEncodedBuffer().slice()
    const fields = sliceFields(0, { '00280010': 48, '00280011': 64 })
    const got = await read(dicomFile(fields, { syntax: '1.2.840.10008.1.2.4.201', frames: [bytes] }))
    expect(got.ok && [...got.volume.samples]).toEqual([...pixels].map((v) => v - 1024))
  })

  it('a codestream of another size than the data set says is refused before it is decoded', async () => {
    const siz = new Uint8Array(100)
    siz.set([0xff, 0x4f, 0xff, 0x51])
    new DataView(siz.buffer).setUint32(8, 60000)
    new DataView(siz.buffer).setUint32(12, 60000)
    new DataView(siz.buffer).setUint16(40, 1)
    const wanted = { rows: 3, columns: 4, bitsAllocated: 16 }
    await expect(decodeFrame(siz, '1.2.840.10008.1.2.4.90', wanted)).rejects.toThrow(/60000 × 60000 instead of 4 × 3/)
    expect(() => jpegSize(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9))).toThrow(/no JPEG frame header/)
  })

  it('damaged ones are refused with the reason', async () => {
    const file = dicomFile(sliceFields(0), { syntax: '1.2.840.10008.1.2.5', frames: [rle(values).subarray(0, 80)] })
    expect(await read(file)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('damaged and cannot be decoded'),
    })
  })
})

type HtEncoder = {
  getDecodedBuffer(frame: object): Uint8Array
  setQuality(lossless: boolean, step: number): void
  encode(): void
  getEncodedBuffer(): Uint8Array
}
