import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Affine } from '../../shared/domain/geometry.ts'
import type { SampleType } from '../../shared/domain/volume.ts'
import { allocateSamples, sampleArrays } from '../../shared/domain/volume.ts'
import { fromColumns } from './affine.ts'
import { makeGeometry } from './geometry.ts'
import { readNifti, readNiftiHeader, writeNifti } from './nifti.ts'
import { obliqueAffine, ramp, seeded } from './testing.ts'

const float32 = (affine: Affine) => affine.map((row) => row.map(Math.fround))
const plain = obliqueAffine([1, 1.5, 2], [-10, 20, -30], 0, 0)

/** A written file whose header can be spoilt before it is read. */
function spoilt(
  change: (view: DataView, bytes: Uint8Array) => void,
  type: SampleType = 'int16',
): Uint8Array<ArrayBuffer> {
  const bytes = writeNifti(ramp([4, 3, 2], plain, type))
  change(new DataView(bytes.buffer), bytes)
  return bytes
}

async function volumeOf(bytes: Uint8Array) {
  const read = await readNifti(bytes)
  if (!read.ok) throw new Error(read.reason)
  return read
}

async function reasonOf(bytes: Uint8Array) {
  const read = await readNifti(bytes)
  if (read.ok) throw new Error('was read')
  return read.reason
}

describe('write, then read', () => {
  const affines = {
    plain,
    oblique: obliqueAffine([0.5, 0.7, 3], [1.23456, -99, 12], 2.9, -1.1),
    'left-handed': fromColumns([-1, 0, 0], [0, 1, 0], [0, 0, 1], [90, -126, -72]),
    sheared: fromColumns([1, 0, 0], [0, 1, 0], [0, 1, 3], [0, 0, 0]),
  }
  for (const [name, affine] of Object.entries(affines))
    it(`a ${name} grid comes back`, async () => {
      const { volume, info } = await volumeOf(writeNifti({ ...ramp([4, 3, 2], affine), formCode: 2 }))
      expect(volume.geometry.affine).toEqual(float32(affine))
      expect([info.form, info.formCode]).toEqual(['sform', 2])
    })
  for (const [name, affine] of Object.entries(affines).filter(([name]) => name !== 'sheared'))
    it(`the qform says the same as the sform on a ${name} grid`, async () => {
      const bytes = writeNifti(ramp([4, 3, 2], affine))
      new DataView(bytes.buffer).setInt16(254, 0, true)
      const { volume, info } = await volumeOf(bytes)
      expect(info.form).toBe('qform')
      volume.geometry.affine.forEach((row, r) => row.forEach((v, c) => expect(v).toBeCloseTo(affine[r][c], 4)))
    })
  it('a sheared grid has no qform', () => {
    expect(new DataView(writeNifti(ramp([2, 2, 2], affines.sheared)).buffer).getInt16(252, true)).toBe(0)
  })
  it('quaternions survive every turn', async () => {
    const random = seeded(7)
    for (let n = 0; n < 60; n++) {
      const affine = obliqueAffine(
        [1, 1, 1],
        [0, 0, 0],
        Math.PI * Math.round(random() * 8) * 0.25,
        Math.PI * (n % 3 ? random() * 2 : 1),
      )
      const bytes = writeNifti(ramp([2, 2, 2], affine))
      new DataView(bytes.buffer).setInt16(254, 0, true)
      const { volume } = await volumeOf(bytes)
      volume.geometry.affine.forEach((row, r) => row.forEach((v, c) => expect(v).toBeCloseTo(affine[r][c], 3)))
    }
  })
  for (const type of Object.keys(sampleArrays) as SampleType[])
    it(`${type} samples come back bit by bit, packed or not, with channels`, async () => {
      const random = seeded(1)
      const samples = allocateSamples(type, 4 * 3 * 2 * 5)
      samples.forEach((_, n) => (samples[n] = (random() - (type.startsWith('u') ? 0 : 0.5)) * 2 ** 40))
      const bytes = writeNifti({ geometry: makeGeometry([4, 3, 2], plain), channels: 5, type, samples })
      for (const file of [bytes, gzipSync(bytes)]) {
        const { volume } = await volumeOf(file)
        expect([volume.type, volume.channels, volume.samples]).toEqual([type, 5, samples])
      }
    })
  it('labels say that they are labels, and the header can be read alone', async () => {
    const file = writeNifti({ ...ramp([4, 3, 2], plain, 'uint8'), labels: true })
    for (const start of [file.subarray(0, 352), gzipSync(file).subarray(0, 300)]) {
      const head = await readNiftiHeader(start)
      expect(head).toMatchObject({
        ok: true,
        channels: 1,
        info: { labels: true, stored: 'uint8' },
        geometry: { shape: [4, 3, 2] },
      })
    }
  })
  it('refuses to write what NIfTI-1 cannot hold', () => {
    expect(() => writeNifti({ ...ramp([4, 3, 2], plain), samples: new Int16Array(3) })).toThrow(RangeError)
    expect(() => writeNifti({ ...ramp([40000, 1, 1], plain) })).toThrow(RangeError)
  })
})

describe('scaling', () => {
  const scaled = (slope: number, inter: number, type: SampleType = 'int16') =>
    spoilt((v) => (v.setFloat32(112, slope, true), v.setFloat32(116, inter, true)), type)
  it.each([
    [0, 5],
    [NaN, 5],
    [Infinity, 1],
    [1, 0],
    [1, NaN],
  ])('slope %s with intercept %s scales nothing', async (slope, inter) => {
    // prettier-ignore
    const { volume } = await volumeOf(scaled(slope, inter))
    expect([volume.type, volume.samples[5]]).toEqual(['int16', 5])
  })
  it('slope and intercept give float32', async () => {
    const { volume } = await volumeOf(scaled(0.5, -10))
    expect([volume.type, volume.samples[5]]).toEqual(['float32', -7.5])
  })
  it('gives float64 where float32 would lose whole numbers', async () => {
    expect((await volumeOf(scaled(2, 0, 'int32'))).volume.type).toBe('float64')
    expect((await volumeOf(scaled(1, 2 ** 30))).volume.samples[5]).toBe(2 ** 30 + 5)
  })
  it('reads NaN and infinity as 0 and says how many', async () => {
    const { volume, warnings } = await volumeOf(
      spoilt((v) => (v.setFloat32(352, NaN, true), v.setFloat32(360, Infinity, true)), 'float32'),
    )
    expect([...volume.samples.subarray(0, 4)]).toEqual([0, 1, 0, 3])
    expect(warnings.join()).toContain('2 voxels hold no number')
  })
})

describe('64-bit integers', () => {
  const wide = (unsigned: boolean, values: bigint[]) => {
    const bytes = writeNifti(ramp([values.length, 2, 1], plain, 'float64'))
    const view = new DataView(bytes.buffer)
    view.setInt16(70, unsigned ? 1280 : 1024, true)
    ;[...values, ...values].forEach((v, n) => view.setBigUint64(352 + 8 * n, BigInt.asUintN(64, v), true))
    return bytes
  }
  it.each([
    ['int32', false, [-5n, 2n ** 31n - 1n]],
    ['uint32', true, [0n, 2n ** 32n - 1n]],
    ['float64', false, [-(2n ** 53n) + 1n, 7n]],
  ] as const)('become %s where that holds them', async (type, unsigned, values) => {
    const { volume } = await volumeOf(wide(unsigned, [...values]))
    expect([volume.type, ...volume.samples.subarray(0, 2)]).toEqual([type, ...values.map(Number)])
  })
  it('are refused where nothing does', async () => {
    expect(await reasonOf(wide(true, [2n ** 53n, 0n]))).toContain('64-bit')
  })
})

describe('where the scan lies', () => {
  it('a damaged sform falls back to the qform, then to the voxel sizes, each with a warning', async () => {
    const noSform = (v: DataView) => [280, 296, 312].forEach((at) => v.setFloat32(at, 0, true))
    const first = await volumeOf(spoilt(noSform))
    expect([first.info.form, first.warnings.length]).toEqual(['qform', 1])
    const second = await volumeOf(spoilt((v) => (noSform(v), v.setFloat32(268, NaN, true))))
    expect([second.info.form, second.warnings.length]).toEqual(['pixdim', 3])
    expect(second.volume.geometry.spacing).toEqual([1, 1.5, 2])
  })
  it('says when sform and qform disagree about left and right, and follows the sform', async () => {
    const { volume, warnings } = await volumeOf(spoilt((v) => v.setFloat32(280, -1, true)))
    expect(volume.geometry.affine[0][0]).toBe(-1)
    expect(warnings.join()).toContain('disagree')
  })
  it('converts micrometres, and does not believe voxels of a metre', async () => {
    const micro = spoilt((v, b) => ((b[123] = 3), [280, 300, 320].forEach((at, n) => v.setFloat32(at, 50 + n, true)), [80, 84, 88].forEach((at, n) => v.setFloat32(at, 50 + n, true)))) // prettier-ignore
    const { volume } = await volumeOf(micro)
    volume.geometry.spacing.forEach((s, n) => expect(s).toBeCloseTo(0.05 + 0.001 * n))
    const metres = await volumeOf(spoilt((_, b) => (b[123] = 1)))
    expect(metres.volume.geometry.spacing).toEqual([1, 1.5, 2])
    expect(metres.warnings.join()).toContain('mm is assumed')
  })
  it('warns of axes that are not at right angles', async () => {
    const { warnings } = await volumeOf(
      writeNifti(ramp([2, 2, 2], fromColumns([1, 0, 0], [0, 1, 0], [0, 1, 3], [0, 0, 0]))),
    )
    expect(warnings.join()).toContain('18.4°')
  })
})

describe('damaged files are refused with a plain reason, and nothing large is allocated', () => {
  const dims = (...d: number[]) => spoilt((v) => d.forEach((n, at) => v.setInt16(40 + 2 * at, n, true)))
  it.each([
    ['no dimensions', dims(0), 'number of dimensions'],
    ['nine dimensions', dims(9), 'number of dimensions'],
    ['a negative side', dims(3, 4, -3), 'no voxels'],
    ['a line', dims(1, 24), 'single line'],
    ['sides of 32767', dims(3, 32767, 32767, 32767), 'GB'],
    ['more voxels than the file holds', dims(3, 300, 300, 300), 'ends before its last voxel'],
    ['five dimensions', dims(5, 2, 2, 2, 2, 2), 'more than four dimensions'],
    ['colours', spoilt((v) => v.setInt16(70, 128, true)), 'RGB'],
    ['no such type', spoilt((v) => v.setInt16(70, 77, true)), 'does not exist'],
    ['a mad offset', spoilt((v) => v.setFloat32(108, 1e30, true)), 'where the voxels begin'],
    ['an offset of NaN', spoilt((v) => v.setFloat32(108, NaN, true)), 'where the voxels begin'],
    ['nothing', new Uint8Array(0), '0 bytes'],
    ['a few bytes', new Uint8Array(20), 'too short'],
    ['noise', new Uint8Array(4000).fill(7), 'not a NIfTI'],
    ['ANALYZE', spoilt((_, b) => b.fill(0, 344, 348)), 'ANALYZE'],
    ['cut short', spoilt(() => {}).subarray(0, 390), 'ends before its last voxel'],
    ['gzip cut short', gzipSync(spoilt(() => {})).subarray(0, 100), 'cut short'],
    ['gzip of noise', new Uint8Array([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), 'damaged'],
    ['gzip of too little for its claim', gzipSync(dims(3, 2000, 2000, 200)), 'ends before its last voxel'],
  ])('%s', async (_, bytes, words) => {
    const before = process.memoryUsage().arrayBuffers
    expect(await reasonOf(bytes)).toContain(words)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20)
  })
  it('a packed file whose checksum is wrong is refused, one with bytes too many is not', async () => {
    const packed = gzipSync(spoilt(() => {}))
    expect((await readNifti(Buffer.concat([packed, Buffer.alloc(7)]))).ok).toBe(true)
    packed[packed.length - 6] ^= 1
    expect(await reasonOf(packed)).toContain('damaged')
    const { createGunzip } = await import('node:zlib')
    const { Readable } = await import('node:stream')
    const unpacked = await readNifti(packed, { inflate: (bytes) => Readable.from([bytes]).pipe(createGunzip()) })
    expect(unpacked.ok).toBe(false)
  })
  it('what packs extremely well is read in full', async () => {
    const zeros = { ...ramp([128, 128, 128], plain, 'uint8'), samples: new Uint8Array(128 ** 3) }
    zeros.samples[128 ** 3 - 1] = 9
    const { volume } = await volumeOf(gzipSync(writeNifti(zeros)))
    expect(volume.samples).toEqual(zeros.samples)
  })
  it('a pair needs both files', async () => {
    const single = spoilt((v, b) => (b.set([0x6e, 0x69, 0x31, 0], 344), v.setFloat32(108, 0, true)))
    const [header, image] = [single.subarray(0, 348), single.subarray(352)]
    expect(await reasonOf(header)).toContain('.img')
    const read = await readNifti(gzipSync(header), { image: gzipSync(image) })
    expect(read.ok && read.volume.samples[7]).toBe(7)
    expect(await readNifti(header, { image: image.subarray(0, 10) })).toMatchObject({ ok: false })
  })
  it('several gzip members need an inflater that knows them, which can be given', async () => {
    const file = writeNifti(ramp([4, 3, 2], plain))
    const packed = Buffer.concat([gzipSync(file.subarray(0, 380)), gzipSync(file.subarray(380))])
    const { gunzipSync } = await import('node:zlib')
    const read = await readNifti(packed, {
      inflate: async function* (bytes) {
        yield gunzipSync(bytes)
      },
    })
    expect(read.ok && read.volume.samples[23]).toBe(23)
  })
  it('a few hundred spoilt headers neither throw nor hang', async () => {
    const random = seeded(42)
    let read = 0
    for (let n = 0; n < 600; n++) {
      const bytes = spoilt((_, b) => {
        for (let flips = 0; flips < 1 + n % 8; flips++) b[Math.floor(random() * 352)] = Math.floor(random() * 256) // prettier-ignore
      })
      const result = await readNifti(n % 5 ? bytes : gzipSync(bytes))
      if (result.ok) read++
      else expect(result.reason.length).toBeGreaterThan(20)
    }
    expect(read).toBeGreaterThan(100)
  })
})
