import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Triple } from '../../shared/domain/geometry.ts'
import type { Volume } from '../../shared/domain/volume.ts'
import { apply, fromColumns } from '../../main/imaging/affine.ts'
import { toCanonical } from '../../main/imaging/canonical.ts'
import type { DicomHeader } from '../../main/imaging/dicom.ts'
import { alone, assemble, groupSeries, readHeader } from '../../main/imaging/dicom.ts'
import { gridDistance, makeGeometry } from '../../main/imaging/geometry.ts'
import {
  readSegmentation,
  readStructureSet,
  segmentationLabels,
  segmentMasks,
  structureLabels,
  withoutIdentity,
  writeSegmentation,
  type Segmentation,
} from '../../main/imaging/segmentation.ts'
import { dataFolder, filesBelow, hasData, unpack } from './shared-data.ts'

const there = hasData('dicom')
const dicom = join(dataFolder, 'dicom')
const load = (path: string) => new Uint8Array(readFileSync(path))
const dcmqi = join(dicom, 'seg-dcmqi')
const highdicom = join(dicom, 'seg-highdicom')

async function segmentationIn(path: string): Promise<Segmentation> {
  const read = await readSegmentation(load(path))
  if (!read.ok) throw new Error(`${path}: ${read.reason} ${read.detail}`)
  return read.segmentation
}

async function scanIn(paths: string[]): Promise<{ volume: Volume; headers: DicomHeader[] }> {
  const headers: DicomHeader[] = []
  for (const path of paths) {
    const read = await readHeader(load(path))
    if (read.ok) headers.push(read.header)
  }
  const [plan] = groupSeries(headers)
  if (!plan.ok) throw new Error(plan.reason)
  const read = await assemble(
    plan,
    alone(async (file) => load(paths[file])),
  )
  if (!read.ok) throw new Error(read.reason)
  return { volume: read.volume, headers }
}

/** A gzip NRRD of shorts in LPS: its grid in RAS, and its values. */
function nrrd(path: string): Volume {
  const bytes = readFileSync(path)
  const end = bytes.indexOf('\n\n')
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(bytes.subarray(0, end).toString())![1]
  const triples = (text: string) =>
    [...text.matchAll(/\(([^)]*)\)/g)].map(([, list]) => list.split(',').map(Number) as Triple)
  const [i, j, k] = triples(field('space directions')).map(([x, y, z]): Triple => [-x, -y, z])
  const [[x, y, z]] = triples(field('space origin'))
  const data = gunzipSync(bytes.subarray(end + 2))
  const size = field('sizes').split(' ').map(Number) as Triple
  const short = field('type') !== 'unsigned char'
  const samples = short ? new Int16Array(data.buffer, data.byteOffset, data.length / 2) : new Uint8Array(data)
  return { geometry: makeGeometry(size, fromColumns(i, j, k, [-x, -y, z])), channels: 1, type: 'int16', samples }
}

const different = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let count = a.length === b.length ? 0 : Infinity
  for (let n = 0; n < a.length; n++) if (a[n] !== b[n]) count++
  return count
}

describe.skipIf(!there)('DICOM segmentations', () => {
  const series = () => filesBelow(join(dcmqi, 'ct-3slice'))

  it("dcmqi's liver lies on its CT, voxel for voxel as in the NRRD", async () => {
    const { volume } = await scanIn(series())
    const read = segmentationLabels(await segmentationIn(join(dcmqi, 'liver.dcm')), volume.geometry)
    if (!read.ok) throw new Error(read.reason)
    expect([...read.values]).toEqual([[1, 'Liver']])
    const wanted = nrrd(join(dcmqi, 'liver_seg.nrrd'))
    expect(gridDistance(wanted.geometry, volume.geometry)).toBeLessThan(1e-3)
    expect(different(read.labels.samples, wanted.samples)).toBe(0)
    expect(wanted.samples.some((v) => v > 0)).toBe(true)
  })

  it('it lies on the canonical grid as well, axes reordered exactly', async () => {
    const { volume } = await scanIn(series())
    const segmentation = await segmentationIn(join(dcmqi, 'liver.dcm'))
    const [own, canonical] = [volume.geometry, toCanonical(volume).volume.geometry].map((grid) => segmentationLabels(segmentation, grid)) // prettier-ignore
    if (!own.ok || !canonical.ok) throw new Error()
    const turned = toCanonical({ ...volume, type: 'uint8', samples: own.labels.samples }).volume
    expect(different(turned.samples, canonical.labels.samples)).toBe(0)
  })

  it('overlapping segments keep their masks, and make one label map with a word about it', async () => {
    const { volume } = await scanIn(series())
    const segmentation = await segmentationIn(join(dcmqi, 'partial_overlaps.dcm'))
    const wanted = [1, 2, 3].map((n) => nrrd(join(dcmqi, `partial_overlaps-${n}.nrrd`)))
    const masks = segmentMasks(segmentation)
    if (!masks.ok) throw new Error(masks.reason)
    const total = (values: ArrayLike<number>) => Array.from(values).filter((v) => v > 0).length
    // The NRRDs hold segments 1…5 spread over three files, each segment by its number.
    for (const { segment, values } of masks.masks) {
      const counts = wanted.map(({ samples }) => Array.from(samples).filter((v) => v === segment).length)
      expect(counts, `segment ${segment}`).toContain(total(values))
    }
    const labels = segmentationLabels(segmentation, volume.geometry)
    expect(labels).toMatchObject({ ok: true, warnings: [expect.stringMatching(/more than one segment/)] })
  })

  it('drawn on the slices of a tilted, uneven series, it follows them onto the right-angled grid', async ({ skip }) => {
    const folder = unpack(join(dicom, 'ct', 'ge-variable-tilt-28.tar.xz'))
    if (!folder) return skip()
    const paths = filesBelow(folder)
    const { volume, headers } = await scanIn(paths)
    const bone = (value: number) => Number(value > 200)
    const frames = headers.map(({ place, raw, rows, columns }, n) => {
      const bytes = new Uint8Array(load(paths[n]))
      const pixels = new Int16Array(bytes.buffer.slice(raw!.pixels, raw!.pixels + 2 * rows * columns))
      return { place: place!, segment: 1, values: Uint8Array.from(pixels, bone) }
    })
    const nobody = { studyUid: '', frameOfReference: '', sourceSeries: [], sourceInstances: [] }
    const segmentation: Segmentation = { ...nobody, type: 'BINARY', most: 1, rows: 512, columns: 512, segments: [{ number: 1, label: 'Bone' }], frames, sliceDistance: undefined, sliceThickness: undefined } // prettier-ignore
    expect(segmentationLabels(segmentation, volume.geometry)).toMatchObject({ ok: false })
    const read = segmentationLabels(segmentation, volume.geometry, true)
    if (!read.ok) throw new Error(read.reason)
    expect(read.warnings).toEqual([expect.stringMatching(/each slice took the nearest/)])
    // Beside the same threshold in the resampled scan, which differs where slices were mixed.
    let [both, either] = [0, 0]
    for (let n = 0; n < volume.samples.length; n++) {
      both += read.labels.samples[n] & bone(volume.samples[n])
      either += read.labels.samples[n] + bone(volume.samples[n])
    }
    expect((2 * both) / either).toBeGreaterThan(0.9)
  })

  it('a LABELMAP is what the NRRD holds', async () => {
    const segmentation = await segmentationIn(join(dcmqi, 'sparse-labelmap-noppv.dcm'))
    const wanted = nrrd(join(dcmqi, 'sparse_labelmap_noppv_seg.nrrd'))
    const read = segmentationLabels(segmentation, wanted.geometry)
    if (!read.ok) throw new Error(read.reason)
    expect(different(read.labels.samples, wanted.samples)).toBe(0)
  })

  it("highdicom's segmentations lie in the frame of reference of their slice; fractions are told", async () => {
    for (const path of filesBelow(highdicom).filter((file) => /seg_image/.test(file))) {
      const segmentation = await segmentationIn(path)
      const masks = segmentMasks(segmentation)
      expect(masks.ok, path).toBe(true)
      expect(segmentation.segments[0].label, path).toMatch(/segment/)
      if (masks.ok) {
        const labels = segmentationLabels(segmentation, masks.geometry)
        expect(labels.ok, path).toBe(true)
        if (/fractional/.test(path)) expect(labels.ok && labels.warnings.join()).toMatch(/fractions/)
      }
    }
  })

  it('read → write → read gives identical voxels and geometry, in every type', async () => {
    const files = [...filesBelow(dcmqi), ...filesBelow(highdicom)].filter((file) =>
      /liver.dcm|overlaps.dcm|labelmap-noppv.dcm|seg_image/.test(file),
    )
    expect(files).toHaveLength(8)
    for (const path of files) {
      const first = await segmentationIn(path)
      const masks = segmentMasks(first)
      if (!masks.ok) throw new Error(masks.reason)
      const labels = segmentationLabels(first, masks.geometry)
      if (!labels.ok) throw new Error(labels.reason)
      const byNumber = new Map(masks.masks.map(({ segment, values }) => [segment, values]))
      for (const type of new Set([first.type, 'BINARY', 'LABELMAP'] as const)) {
        const whole = type === first.type && type !== 'LABELMAP'
        let uid = 0
        const bytes = writeSegmentation({
          type,
          geometry: masks.geometry,
          most: first.most,
          segments: first.segments
            .filter(({ number }) => number > 0)
            .map((segment) => ({ ...segment, values: whole ? byNumber.get(segment.number) : undefined })),
          labels: labels.labels.samples,
          uid: () => `2.25.${++uid}`,
          source: { studyUid: first.studyUid, seriesUid: first.sourceSeries[0] ?? '', frameOfReference: first.frameOfReference, images: first.sourceInstances.map((sopInstance) => ({ sopClass: '1.2.840.10008.5.1.4.1.1.2', sopInstance })), patient: withoutIdentity(true) }, // prettier-ignore
        })
        const again = await readSegmentation(bytes)
        if (!again.ok) throw new Error(again.reason)
        expect(again.segmentation.type).toBe(type)
        expect(again.segmentation.segments.map(({ number, label }) => [number, label])).toEqual(
          first.segments.filter(({ number }) => number > 0).map(({ number, label }) => [number, label]),
        )
        expect(again.segmentation.sourceInstances.sort()).toEqual(first.sourceInstances.sort())
        const back = segmentMasks(again.segmentation)
        const backLabels = back.ok ? segmentationLabels(again.segmentation, back.geometry) : back
        if (!back.ok || !backLabels.ok) throw new Error(`${path} ${type}`)
        expect(gridDistance(back.geometry, masks.geometry), `${path} ${type}`).toBeLessThan(1e-4)
        expect(different(backLabels.labels.samples, labels.labels.samples), `${path} ${type}`).toBe(0)
        if (whole)
          for (const { segment, values } of back.masks)
            expect(different(values, byNumber.get(segment)!), `${path} ${type} segment ${segment}`).toBe(0)
      }
    }
  })

  it('what does not lie on a scan is refused with the reason', async () => {
    const { volume } = await scanIn(filesBelow(join(dcmqi, '24x38x3/image')))
    const read = segmentationLabels(await segmentationIn(join(dcmqi, 'liver.dcm')), volume.geometry)
    expect(read).toMatchObject({ ok: false, reason: expect.stringMatching(/another size or direction/) })
  })

  it('cut or mutated ones neither throw nor hang', async () => {
    const whole = load(join(dcmqi, 'partial_overlaps.dcm'))
    for (let n = 0; n < 150; n++) {
      const bytes = whole.slice(0, n % 3 ? whole.length : Math.floor((whole.length * n) / 150))
      for (let hit = 0; hit < 10; hit++)
        bytes[(n * 7919 + hit * 104729) % Math.min(bytes.length || 1, 8000)] ^= 1 << (hit % 8)
      const read = await readSegmentation(bytes)
      if (!read.ok) expect(read.reason.length).toBeGreaterThan(20)
      else segmentMasks(read.segmentation)
    }
  })
})

describe.skipIf(!there)('RTSTRUCT', () => {
  const folder = join(dicom, 'rtstruct-rt-utils/mock_data')

  it('a square of 24 mm with a hole becomes the voxels whose centres it encloses', async () => {
    const { volume } = await scanIn([join(folder, 'ct_1.dcm'), join(folder, 'ct_2.dcm')])
    const read = await readStructureSet(load(join(folder, 'rt.dcm')))
    if (!read.ok) throw new Error(read.reason)
    const labels = structureLabels(read.structures, volume.geometry)
    if (!labels.ok) throw new Error(labels.reason)
    expect([...labels.values]).toEqual([[1, 'ROI-1']])
    const { geometry } = volume
    const within = (low: number, high: number, ...place: number[]) => place.every((v) => v > low && v < high)
    let wrong = 0
    let inside = 0
    for (let k = 0; k < geometry.shape[2]; k++)
      for (let j = 0; j < 512; j++)
        for (let i = 0; i < 512; i++) {
          const [x, y, z] = apply(geometry.affine, [i, j, k])
          const ring = Math.abs(z - 60) < 1 && within(27, 51, x, y) && !within(31, 48, x, y)
          const clear = !within(27, 51, x, y) || within(33.5, 45, x, y) || Math.abs(z - 60) > 1
          const got = labels.labels.samples[i + 512 * (j + 512 * k)] === 1
          if (ring) inside++
          if ((ring && !got) || (clear && got)) wrong++
        }
    expect(inside).toBeGreaterThan(1000)
    expect(wrong).toBe(0)
  })

  it('others with broken references can be read, or say why not', async () => {
    for (const file of ['invalid_reference_rt.dcm', 'non_existent_reference_rt.dcm']) {
      const read = await readStructureSet(load(join(folder, file)))
      expect(read.ok ? read.structures.rois.length : read.reason.length).toBeGreaterThan(0)
    }
  })
})
