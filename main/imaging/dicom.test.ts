import { describe, expect, it } from 'vitest'
import type { Triple } from '../../shared/domain/geometry.ts'
import { apply } from './affine.ts'
import { toCanonical } from './canonical.ts'
import { decodePixels } from './dicom/pixels.ts'
import type { Encoding, Fields } from './dicom/testing.ts'
import { dicomFile, sliceFields, words } from './dicom/testing.ts'
import type { SeriesPlan } from './dicom.ts'
import { alone, assemble, groupSeries, looksLikeDicom, readHeader } from './dicom.ts'
import { seeded } from './testing.ts'

const shuffled = (files: Uint8Array[]) => [3, 0, 4, 1, 2].filter((n) => n < files.length).map((n) => files[n])

async function plansOf(files: Uint8Array[]): Promise<SeriesPlan[]> {
  const headers = await Promise.all(files.map((bytes) => readHeader(bytes)))
  return groupSeries(headers.map((read) => (read.ok ? read.header : expect.fail(read.reason))))
}

async function volumeOf(files: Uint8Array[]) {
  const [plan] = await plansOf(files)
  if (!plan.ok) throw new Error(plan.reason)
  const read = await assemble(
    plan,
    alone(async (n) => files[n]),
  )
  if (!read.ok) throw new Error(read.reason)
  return { ...read, plan }
}

async function reasonOf(files: Uint8Array[]): Promise<string> {
  const plans = await plansOf(files)
  expect(plans).toHaveLength(1)
  return plans[0].ok ? 'was read' : plans[0].reason
}

const stack = (count: number, change: (n: number) => Fields = () => ({}), encoding?: Encoding) =>
  Array.from({ length: count }, (_, n) => dicomFile(sliceFields(n, change(n)), encoding))

const at = (x: number, y: number, z: number): Fields => ({ '00200032': [x, y, z].join('\\') })

describe('a classic series', () => {
  for (const encoding of ['implicitLittle', 'explicitLittle', 'explicitBig', 'deflated'] as const)
    it(`in ${encoding}, whatever the order of files, becomes the volume in RAS`, async () => {
      const { volume, warnings } = await volumeOf(shuffled(stack(4, undefined, encoding)))
      expect(volume.geometry).toEqual({
        shape: [4, 3, 4],
        spacing: [0.5, 0.75, 2],
        affine: [
          [-0.5, 0, 0, 10],
          [0, -0.75, 0, 20],
          [0, 0, 2, 5],
          [0, 0, 0, 1],
        ],
      })
      expect([volume.type, volume.channels]).toEqual(['int16', 1])
      expect([...volume.samples.subarray(24, 28)]).toEqual([-824, -823, -822, -821])
      expect(warnings).toEqual([])
    })
  it('of 32 stored bits, signed or not, keeps every value; compressed ones are refused in words', async () => {
    const wide = (Type: typeof Int32Array | typeof Uint32Array, signed: number, first: number): Fields => ({
      '00280100': 32,
      '00280101': 32,
      '00280102': 31,
      '00280103': signed,
      '00281052': '0',
      '7fe00010': new Uint8Array(new Type(Array.from({ length: 12 }, (_, n) => first + n)).buffer),
    })
    for (const [Type, signed, first, type] of [
      [Int32Array, 1, -2e9, 'int32'],
      [Uint32Array, 0, 4e9, 'uint32'],
    ] as const) {
      const { volume } = await volumeOf(stack(3, () => wide(Type, signed, first)))
      expect([volume.type, volume.samples[0], volume.samples[11]]).toEqual([type, first, first + 11])
    }
    const packed = dicomFile(sliceFields(0, wide(Int32Array, 1, 0)), { syntax: '1.2.840.10008.1.2.5', frames: [new Uint8Array(64)] }) // prettier-ignore
    expect(await reasonOf([packed])).toMatch(/32 bits per pixel in compressed form/)
  })
  it('without preamble and meta header is read all the same', async () => {
    for (const encoding of ['implicitLittle', 'explicitLittle', 'explicitBig'] as const) {
      const files = Array.from({ length: 3 }, (_, n) => dicomFile(sliceFields(n), encoding, false))
      expect(looksLikeDicom(files[0])).toBe(true)
      expect((await volumeOf(files)).volume.samples[0]).toBe(-1024)
    }
  })
  it('is read though its transfer syntax is a lie', async () => {
    const file = dicomFile(sliceFields(0), 'implicitLittle', false)
    const lie = dicomFile({}, 'explicitLittle')
    expect((await volumeOf([Buffer.concat([lie, file])])).volume.samples[3]).toBe(-1021)
  })
  it('keeps the identity apart from everything else', async () => {
    const read = await readHeader(stack(1)[0])
    if (!read.ok) throw new Error(read.reason)
    const { identity, ...rest } = read.header
    expect(identity.patientName).toBe('Doe, Jane')
    expect(JSON.stringify(rest)).not.toMatch(/Doe|Jane/)
    expect(structuredClone(read.header)).toEqual(read.header)
  })
  it('tells when a file changed between header and pixels', async () => {
    const files = stack(3)
    const [plan] = await plansOf(files)
    if (!plan.ok) throw new Error(plan.reason)
    const other = [files[0], dicomFile(sliceFields(7)), files[2]]
    expect(
      await assemble(
        plan,
        alone(async (n) => other[n]),
      ),
    ).toMatchObject({ ok: false })
    expect(
      await assemble(
        plan,
        alone(async (n) => files[n].subarray(0, 200)),
      ),
    ).toMatchObject({ ok: false })
  })
})

describe('values', () => {
  const one = async (change: Fields) => (await volumeOf(stack(3, () => change))).volume
  it('rescale by fractions gives float32, slice by slice', async () => {
    const { volume } = await volumeOf(stack(3, (n) => ({ '00281053': `${0.5 * (n + 1)}`, '00281052': '1' })))
    expect([volume.type, volume.samples[1], volume.samples[12 + 1], volume.samples[24 + 1]]).toEqual([
      'float32',
      1.5,
      102,
      302.5,
    ])
  })
  it('a slope of 0 or nonsense is no rescale', async () => {
    expect((await one({ '00281053': '0', '00281052': 'x' })).samples[5]).toBe(5)
  })
  it('unsigned 16 bits with an intercept stay int16 unless a value does not fit', async () => {
    const wide = { '00280101': 16, '00280102': 15 }
    expect((await one(wide)).type).toBe('int16')
    const { volume } = await volumeOf(
      stack(3, (n) => ({ ...wide, ...(n === 1 ? { '7fe00010': words(Array(12).fill(65535)) } : {}) })),
    )
    expect([volume.type, volume.samples[0], volume.samples[12], volume.samples[24]]).toEqual([
      'int32',
      -1024,
      64511,
      -824,
    ])
    expect((await one({ ...wide, '00281052': '0' })).type).toBe('uint16')
  })
  it('dirt above the stored bits is masked away, and signs are extended', () => {
    const bytes = words([0xf801, 0x07ff, 0x0fff, 0x1800])
    const read = (signed: boolean, highBit = 11) => {
      const out = new Int16Array(4)
      const format = {
        bitsAllocated: 16,
        bitsStored: 12,
        highBit,
        signed,
        littleEndian: true,
        swappedBytes: false,
        slope: 1,
        intercept: 0,
      } as const
      decodePixels(bytes, 0, 4, format, out, 0)
      return [...out]
    }
    expect(read(false)).toEqual([0x801, 0x7ff, 0xfff, 0x800])
    expect(read(true)).toEqual([0x801 - 0x1000, 0x7ff, -1, -0x800])
    expect(read(false, 15)).toEqual([0xf80, 0x07f, 0x0ff, 0x180])
  })
  it('an intercept shifts each value, wherever the pixels begin and the target lies', () => {
    const values = [0xf000, 0x0fff, 0x13ff, 0x0400, 0x0001, 0x8000]
    for (const [lead, at] of [
      [0, 0],
      [2, 0],
      [0, 1],
      [2, 1],
    ])
      // prettier-ignore
      for (const intercept of [0, -1024, -4096, 24]) {
        const bytes = new Uint8Array(lead + 12)
        bytes.set(words(values), lead)
        const out = new Int16Array(8)
        const bits = { bitsAllocated: 16, bitsStored: 12, highBit: 11, signed: false, littleEndian: true } as const
        const fits = decodePixels(bytes, lead, 6, { ...bits, swappedBytes: false, slope: 1, intercept }, out, at)
        expect([fits, ...out.subarray(at, at + 6)]).toEqual([true, ...values.map((v) => (v & 0xfff) + intercept)])
      }
  })
  it('8-bit pixels, also in swapped words', async () => {
    const eight = {
      '00280100': 8,
      '00280101': 8,
      '00280102': 7,
      '00281052': '0',
      '7fe00010': Uint8Array.from({ length: 12 }, (_, n) => n),
    }
    for (const encoding of ['explicitLittle', 'explicitBig'] as const) {
      const { volume } = await volumeOf(stack(3, () => eight, encoding))
      expect([volume.type, ...volume.samples.subarray(0, 4)]).toEqual(['uint8', 0, 1, 2, 3])
    }
  })
  it('MONOCHROME1 keeps its values and says so', async () => {
    const { volume, warnings } = await volumeOf(stack(3, () => ({ '00280004': 'MONOCHROME1' })))
    expect([volume.samples[1], warnings.length]).toEqual([-1023, 1])
  })
})

describe('stacks', () => {
  const oblique = (n: number): Fields => {
    const [row, column]: Triple[] = [[0.8, 0.6, 0], [-0.36, 0.48, 0.8]] // prettier-ignore
    const normal: Triple = [0.48, -0.64, 0.6]
    return { '00200037': [...row, ...column].join('\\'), ...at(...(normal.map((v) => v * 3 * n) as Triple)) }
  }
  it('oblique slices are stacked along their normal', async () => {
    const { volume } = await volumeOf(shuffled(stack(5, oblique)))
    expect(volume.geometry.affine[2].map((v) => +v.toFixed(6))).toEqual([0, 0.6, 1.8, 0])
    expect(volume.geometry.spacing[2]).toBeCloseTo(3)
  })
  it('positions rounded when stored still make an even stack', async () => {
    const { volume } = await volumeOf(stack(5, (n) => at(0, 0, +(0.625 * n).toFixed(1))))
    expect(volume.geometry.spacing[2]).toBeCloseTo(0.625, 1)
  })
  it.each<[string, number, (n: number) => Fields, RegExp]>([
    ['a missing slice', 5, (n) => at(0, 0, 2 * (n < 3 ? n : n + 1)), /1 slice is missing/],
    ['several missing slices', 5, (n) => at(0, 0, 2 * (n < 3 ? n : n + 3)), /3 slices are missing/],
    ['very uneven spacing', 5, (n) => at(0, 0, [0, 2, 4, 9, 24][n]), /not evenly spaced/],
    [
      'tilt and very uneven spacing',
      5,
      (n) => at(0, 0.25 * [0, 2, 4, 9, 24][n], [0, 2, 4, 9, 24][n]),
      /apart, not evenly spaced.*tilted/,
    ],
    ['sideways shifts', 5, (n) => at(n === 2 ? 3 : 0, 0, 2 * n), /shifted against each other sideways/],
    ['one place', 4, (n) => ({ ...at(0, 0, 0), '00200012': `${n}` }), /same slice/],
    [
      'a rotating view',
      4,
      (n) => ({ '00200037': `${Math.cos(n)}\\${Math.sin(n)}\\0\\0\\0\\1` }),
      /different directions/,
    ],
  ])('%s is refused', async (_, count, change, words) => {
    expect(await reasonOf(stack(count, change))).toMatch(words)
  })
  it('tilted and uneven slices are resampled: a field that is linear in the world stays what it was', async () => {
    const places: Record<string, (n: number) => Triple> = {
      tilt: (n) => [0, 0.5 * n, 2 * n],
      uneven: (n) => [0, 0, 2 * n + (n > 2 ? 1.5 : 0)],
      both: (n) => [0, 0.3 * (2 * n + (n > 2 ? 1.5 : 0)), 2 * n + (n > 2 ? 1.5 : 0)],
    }
    for (const [name, place] of Object.entries(places)) {
      // LPS: value = 400 + 20 x + 40 y + 30 z at each voxel's centre; stored with 1 as unit.
      const value = ([x, y, z]: Triple) => 400 + 20 * x + 40 * y + 30 * z
      const files = stack(6, (n) => {
        const [x, y, z] = place(n)
        const pixels = Array.from({ length: 12 }, (_, p) => value([x + 0.5 * (p % 4), y + 0.75 * Math.floor(p / 4), z]))
        return { ...at(x, y, z), '00281052': '0', '7fe00010': words(pixels) }
      })
      const { volume, warnings } = await volumeOf(files)
      expect(warnings.join(), name).toMatch(/resampled/)
      const { geometry, samples } = volume
      const [nx, ny, nz] = geometry.shape
      expect(Math.max(...samples) - Math.min(...samples), name).toBeGreaterThan(100)
      let inside = 0
      for (let k = 0; k < nz; k++)
        for (let j = 0; j < ny; j++)
          for (let i = 0; i < nx; i++) {
            const [x, y, z] = apply(geometry.affine, [i, j, k])
            const lean = name === 'uneven' ? 0 : name === 'tilt' ? 0.25 * z : 0.3 * z
            const row = (-y - lean) / 0.75
            if (row < 0 || row > 2) continue
            inside++
            expect(Math.abs(samples[i + nx * (j + ny * k)] - value([-x, -y, z])), name).toBeLessThan(0.51)
          }
      expect(inside, name).toBeGreaterThanOrEqual(48)
    }
  })
  it('axes can be reordered while slices are read, with the same result as afterwards', async () => {
    const sagittal = (n: number): Fields => ({ '00200037': '0\\1\\0\\0\\0\\-1', ...at(3 * n, 0, 0) })
    const tilted = (n: number): Fields => at(0, 0.5 * n, 2 * n)
    for (const change of [sagittal, tilted, () => ({}), (n: number) => ({ '00281052': n ? '-1024' : '40000' })]) {
      const files = stack(4, change)
      const [plan] = await plansOf(files)
      if (!plan.ok) throw new Error(plan.reason)
      const plain = await assemble(
        plan,
        alone(async (file) => files[file]),
      )
      const { permutation, volume } = toCanonical(plain.ok ? plain.volume : (undefined as never))
      const got = await assemble(
        plan,
        alone(async (file) => files[file]),
        permutation,
      )
      expect(got.ok && got.volume).toEqual(volume)
    }
  })
  it('one missing slice in twelve is filled in, and said', async () => {
    const { volume, warnings } = await volumeOf(stack(11, (n) => at(0, 0, 2 * (n < 5 ? n : n + 1))))
    expect([volume.geometry.shape[2], warnings.join()]).toEqual([
      12,
      expect.stringMatching(/1 slice is missing.*filled/),
    ])
  })
  it('few slices are read with a warning', async () => {
    expect((await volumeOf(stack(2))).warnings.join()).toContain('two slices')
    const single = await volumeOf(stack(1, () => ({ '00180050': '4' })))
    expect([single.volume.geometry.spacing[2], single.warnings.join()]).toEqual([4, 'The series is a single slice.'])
  })
})

describe('grouping', () => {
  it('parts series by UID', async () => {
    expect(await plansOf([...stack(3), ...stack(4, (n) => ({ '0020000e': '9', '00080018': `9.${n}` }))])).toHaveLength(
      2,
    )
  })
  it('is not misled by a frame of reference that changes from slice to slice (careless anonymisation)', async () => {
    expect((await plansOf(stack(4, (n) => ({ '00200052': `8.${n}` })))).map((plan) => plan.ok)).toEqual([true])
  })
  it('leaves out copies, and says so', async () => {
    const { volume, warnings, plan } = await volumeOf([...stack(3), ...stack(3)])
    expect([volume.geometry.shape[2], plan.files.length]).toEqual([3, 6])
    expect(warnings.join()).toContain('3 files are copies')
  })
  it('parts two echoes at the same places', async () => {
    const files = [1, 2].flatMap((echo) =>
      stack(3, (n) => ({ '00180081': `${echo}`, '00080018': `5.${echo}.${n}`, '00200013': `${n * 2 + echo}` })),
    )
    const plans = await plansOf(files)
    expect(plans.map((plan) => [plan.ok, plan.part, plan.parts, plan.files.length])).toEqual([[true, 1, 2, 3], [true, 2, 2, 3]]) // prettier-ignore
  })
  it('puts repetitions told apart by image number only into channels, and refuses where not even that tells', async () => {
    const twice = (numbered: boolean) =>
      [0, 1].flatMap((time) => stack(3, (n) => ({ '00080018': `6.${time}.${n}`, '00200013': numbered ? `${time * 3 + n + 1}` : undefined, '00200012': numbered ? '1' : `${time + n}` }))) // prettier-ignore
    const [plan, ...others] = await plansOf(twice(true))
    expect([plan.ok && plan.channels, plan.ok && plan.geometry.shape, others.length]).toEqual([2, [4, 3, 3], 0])
    const { volume, warnings } = await volumeOf(twice(true))
    expect([volume.channels, volume.samples.length, warnings.join()]).toEqual([
      2,
      72,
      expect.stringContaining('over time'),
    ])
    expect(await reasonOf(twice(false))).toMatch(/nothing in the files tells/)
  })
  it('keeps a volume whose image types vary (GE) in one piece', async () => {
    expect(
      await plansOf(
        stack(4, (n) => ({ '00080008': n % 2 ? 'ORIGINAL\\PRIMARY\\AXIAL\\ADD' : 'ORIGINAL\\PRIMARY\\AXIAL' })),
      ),
    ).toHaveLength(1)
  })
  it('sets a localizer aside and reads the rest', async () => {
    const plans = await plansOf([
      ...stack(3),
      dicomFile(sliceFields(9, { '00080008': 'ORIGINAL\\PRIMARY\\LOCALIZER' })),
    ])
    expect(plans.map((plan) => plan.ok)).toEqual([false, true])
  })
  it('parts groups of slices far apart, and sets a lone slice aside', async () => {
    const plans = await plansOf(stack(5, (n) => at(0, 0, n === 0 ? 0 : 200 + 1.25 * n)))
    expect(plans.map((plan) => (plan.ok ? plan.geometry.shape[2] : plan.reason))).toEqual([expect.stringMatching(/far away/), 4]) // prettier-ignore
  })
  it('splits sizes, each a volume', async () => {
    const small = stack(3, (n) => ({ '00280011': 3, '00080018': `7.${n}` }))
    expect((await plansOf([...stack(3), ...small])).map((plan) => plan.ok && plan.geometry.shape[0])).toEqual([4, 3])
  })
  it('warns of slices left out because they are damaged', async () => {
    const files = stack(4)
    files[3] = files[3].slice(0, files[3].length - 10)
    const plans = await plansOf(files)
    expect(plans.map((plan) => plan.ok)).toEqual([false, true])
    expect(plans[1].warnings.join()).toContain('a damaged file')
  })
})

describe('what is not read says what it is', () => {
  it.each<[string, Fields, RegExp]>([
    ['RGB', { '00280002': 3, '00280004': 'RGB' }, /colour/],
    ['a DICOM SEG', { '00080016': '1.2.840.10008.5.1.4.1.1.66.4' }, /DICOM segmentation/],
    ['an RTSTRUCT', { '00080016': '1.2.840.10008.5.1.4.1.1.481.3' }, /RTSTRUCT/],
    ['frames without a place', { '00280008': '2', '00280010': 1 }, /multi-frame image \(2 frames\)/],
    ['fewer frames than claimed', { '00280008': '5' }, /ends before its last pixel/],
    ['a mosaic', { '00080008': 'ORIGINAL\\PRIMARY\\M\\MOSAIC' }, /mosaic/],
    ['a screenshot', { '00080016': '1.2.840.10008.5.1.4.1.1.7', '00200032': undefined }, /secondary capture/],
    ['no position', { '00200032': undefined }, /where its image lies/],
    ['no pixel size', { '00280030': undefined }, /how large its pixels are/],
    ['nonsense direction', { '00200037': '1\\0\\0\\1\\0\\0' }, /where its image lies/],
    ['no pixels', { '7fe00010': undefined }, /no image/],
    ['24 bits', { '00280100': 24 }, /24 bits/],
    ['more bits than room', { '00280101': 20 }, /more bits than room/],
    ['no rows', { '00280010': 0 }, /rows and columns/],
    ['a huge claim', { '00280010': 65535, '00280011': 65535 }, /ends before its last pixel/],
  ])('%s', async (_, change, words) => {
    expect(await reasonOf([dicomFile(sliceFields(0, change))])).toMatch(words)
  })
  it.each([
    ['1.2.840.10008.1.2.4.103', 'MPEG video'],
    ['1.2.840.10008.1.2.4.94', 'JPIP'],
    ['1.2.840.10008.1.2.4.92', 'JPEG 2000 with several components'],
  ])('syntax %s is %s', async (syntax, name) => {
    expect(await reasonOf([dicomFile(sliceFields(0), { syntax })])).toContain(name)
  })
  it('pixels that are not compressed although the file says so', async () => {
    expect(await reasonOf([dicomFile(sliceFields(0), { syntax: '1.2.840.10008.1.2.5' })])).toMatch(/not compressed/)
  })
  it('what is no DICOM at all', async () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(10), new Uint8Array(1000).fill(65)])
      expect(await readHeader(bytes)).toMatchObject({ ok: false, reason: expect.stringMatching(/\w{3}.*\./) })
  })
})

describe('damaged files', () => {
  it('a few hundred mutated ones neither throw nor hang nor allocate much', async () => {
    const random = seeded(11)
    const before = process.memoryUsage().arrayBuffers
    let readable = 0
    for (let n = 0; n < 600; n++) {
      const encoding = (['implicitLittle', 'explicitLittle', 'explicitBig', 'deflated'] as const)[n % 4]
      const files = stack(3, undefined, encoding).map((file) => {
        for (let hit = 0; hit < n % 6; hit++) file[Math.floor(random() * file.length)] = Math.floor(random() * 256)
        return n % 7 === 0 ? file.subarray(0, Math.floor(random() * file.length)) : file
      })
      const headers = (await Promise.all(files.map((file) => readHeader(file)))).filter((read) => read.ok)
      for (const plan of groupSeries(headers.map(({ header }) => header))) {
        if (!plan.ok) expect(plan.reason.length).toBeGreaterThan(20)
        else if (
          (
            await assemble(
              plan,
              alone(async (at) => files[at]),
            )
          ).ok
        )
          readable++
      }
    }
    expect(readable).toBeGreaterThan(50)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 2 ** 20)
  })
})
