import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { zipSync, type Zippable } from 'fflate'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readCacheHeader, unpackLabels } from '../../main/library/index.ts'
import { labelFile } from '../../main/library/layout.ts'
import { readNiftiChannels } from '../../main/workers/importer/channels.ts'
import { readDicomScan } from '../../main/workers/importer/dicom.ts'
import { runImport } from '../../main/workers/importer/import.ts'
import type { ImporterMessage, ImportRequest } from '../../main/workers/importer/messages.ts'
import { dataFolder, hasData, unpack } from './shared-data.ts'

const there = hasData('dicom')
const dicom = join(dataFolder, 'dicom')

type Of<T extends ImporterMessage['type']> = Extract<ImporterMessage, { type: T }>

async function importing(paths: string[], request: Partial<ImportRequest> = {}) {
  const folder = request.folder ?? mkdtempSync(join(tmpdir(), 'handful-import-'))
  mkdirSync(join(folder, 'labels'), { recursive: true })
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const messages: ImporterMessage[] = []
  const whole = { folder, paths, labelFolder: null, modality: null, known: [], labels: [], ...request }
  await runImport(whole, (message) => messages.push(message), () => false) // prettier-ignore
  const of = <T extends ImporterMessage['type']>(type: T) => messages.filter((m): m is Of<T> => m.type === type)
  return { folder, of }
}

describe.skipIf(!there)('labels in DICOM', () => {
  it('segmentations find their scans by reference; several of one scan become one label map, named', async () => {
    const { folder, of } = await importing([join(dicom, 'seg-dcmqi')])
    expect(of('series')).toHaveLength(3)
    const labels = of('label')
    expect(labels.map(({ name }) => name)).toEqual(['liver.dcm, partial_overlaps.dcm', 'sparse-labelmap-noppv.dcm'])
    const ct = of('series').find(({ series }) => series.grid.shape.join() === '512,512,3')!
    expect(labels[0].seriesId).toBe(ct.series.id)
    expect(labels[0].names?.map(({ name }) => name)).toContain('Liver')
    const samples = unpackLabels(labelFile(folder, labels[0].written.id))
    expect(samples).toHaveLength(512 * 512 * 3)
    expect(of('label-refused')).toEqual([])
  })

  it('alone they are refused with the reason; contours too', async () => {
    const alone = await importing([
      join(dicom, 'seg-dcmqi/liver.dcm'),
      join(dicom, 'rtstruct-rt-utils/mock_data/rt.dcm'),
    ])
    expect(alone.of('label-refused').map(({ reason }) => reason)).toEqual([
      expect.stringContaining('is not here'),
      expect.stringContaining('is not here'),
    ])
  })

  it('a folder of label maps may hold them, also for scans of an earlier import', async () => {
    const first = await importing([join(dicom, 'seg-dcmqi/ct-3slice')])
    const [{ series, dicom: ids }] = first.of('series')
    const known = { ...series, names: ['x'], labelSha256: null, dicom: ids }
    const { of } = await importing([], { known: [known], labelFolder: join(dicom, 'seg-dcmqi') })
    expect(of('label').map(({ seriesId }) => seriesId)).toEqual([series.id])
    expect(of('label-refused').map(({ name }) => name)).toContain('ct-3slice/01.dcm')
  })

  it('contours become labels of the scan that they name', async () => {
    const { of } = await importing([join(dicom, 'rtstruct-rt-utils/mock_data')])
    expect(of('label').some(({ names }) => names?.[0].name === 'ROI-1')).toBe(true)
  })
})

describe.skipIf(!there)('several volumes of one file', () => {
  it('are cases of their own, and can be made again from it', async () => {
    const path = join(dicom, 'dcm_qa_enh/In/Philips/IM_0027_fMAP.dcm')
    const { folder, of } = await importing([path])
    const found = of('series').map(({ series }) => series)
    expect(found).toHaveLength(2)
    expect(new Set(found.map(({ contentSha256 }) => contentSha256)).size).toBe(2)
    for (const series of found) {
      expect(readCacheHeader(folder, series.id)).not.toBeNull()
      const again = await readDicomScan([path], series.contentSha256)
      expect(again.ok && again.contentSha256).toBe(series.contentSha256)
    }
  })
})

describe.skipIf(!there)('archives and directories', () => {
  const slice = (n: number) => new Uint8Array(readFileSync(join(dicom, `seg-dcmqi/ct-3slice/0${n}.dcm`)))

  it('a zip is unpacked into the project and read; nothing leaves its folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'handful-zip-'))
    const zip = join(folder, 'study.zip')
    const text = new TextEncoder().encode('hello')
    const files: Zippable = { 'ct/1': slice(1), 'ct/2': [slice(2), { level: 0 }], 'ct/3': slice(3), '../../evil.dcm': slice(1), 'inner.zip': zipSync({ a: text }) } // prettier-ignore
    writeFileSync(zip, zipSync(files))
    const { of } = await importing([zip], { folder })
    expect(of('series').map(({ series }) => series.grid.shape)).toEqual([[512, 512, 3]])
    expect(of('series')[0].sources.every(({ path }) => path.startsWith(join(folder, 'unpacked')))).toBe(true)
    const reasons = of('refused').map(({ reason }) => reason)
    expect(reasons).toEqual([expect.stringMatching(/leads out/), expect.stringMatching(/zip archive/)])
    expect(existsSync(join(folder, '../evil.dcm'))).toBe(false)
  })

  it('damaged and lying zips are refused with the reason', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'handful-zip-'))
    const whole = zipSync({ a: slice(1), b: slice(2) })
    const flipped = whole.slice()
    flipped[2000] ^= 255
    const lying = whole.slice()
    // The uncompressed size in the central directory: 4 GB less one.
    const at = Buffer.from(lying).lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]))
    new DataView(lying.buffer).setUint32(at + 24, 0xfffffffe, true)
    for (const [name, bytes] of [
      ['cut.zip', whole.subarray(0, 100_000)],
      ['flipped.zip', flipped],
      ['lying.zip', lying],
    ] as const) {
      // prettier-ignore
      writeFileSync(join(folder, name), bytes)
      const { of } = await importing([join(folder, name)], { folder: join(folder, `p-${name}`) })
      expect(
        of('refused')
          .map(({ reason }) => reason)
          .join(),
        name,
      ).toMatch(/damaged|cannot have|are free/)
    }
  })

  it('a DICOMDIR chosen alone brings the files that it names', async () => {
    const folder = join(dicom, 'pydicom-test-files/test_files')
    const direct = await importing([join(folder, 'dicomdirtests')])
    const { of } = await importing([join(folder, 'dicomdirtests/DICOMDIR')])
    expect(of('series').length).toBeGreaterThan(0)
    expect(of('series').length).toBe(direct.of('series').length)
    expect(
      direct
        .of('refused')
        .map(({ reason }) => reason)
        .join(),
    ).not.toMatch(/an index of other files/)
  })
})

describe.skipIf(!there)('channels of one case', () => {
  const lesions = join(dataFolder, 'seg/ms-lesions-multimodal')

  it('registered NIfTI files on one grid, in the order that was asked for', async () => {
    const channels = { names: ['FLAIR', 'T1', 'T1POST', 'T2'], resample: false }
    const { folder, of } = await importing([join(lesions, 'MNI')], { channels })
    const many = of('series').find(({ series }) => series.channels === 4)
    expect(many?.series.name).toBe('patient19')
    expect(many?.sources.map(({ path }) => basename(path).split('_')[0])).toEqual(channels.names)
    const again = await readNiftiChannels(many!.sources.map(({ path }) => path), true) // prettier-ignore
    expect(again.ok && again.contentSha256).toBe(many!.series.contentSha256)
    expect(readCacheHeader(folder, many!.series.id)?.channels).toBe(4)
  })

  it('differing grids are refused, or resampled where that is wished', async () => {
    const paths = [join(lesions, 'longitudinal-raw/patient20')]
    const strict = await importing(paths, { channels: { names: ['FLAIR', 'T1W'], resample: false } })
    expect(strict.of('refused').map(({ reason }) => reason).join()).toMatch(/another grid.*--resample-channels/) // prettier-ignore
    const loose = await importing(paths, { channels: { names: ['FLAIR', 'T1W'], resample: true } })
    const [{ series }] = loose.of('series').filter(({ series }) => series.channels === 2)
    expect([series.status, series.reason]).toEqual(['warned', expect.stringContaining('was resampled')])
  })

  it('DICOM series of one study by their descriptions', async () => {
    const folder = unpack(join(dicom, 'brain-tumor-progression/Study3.tar.xz'))
    if (!folder) return
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const channels = { names: ['T1post', 'T1pre', 'FLAIR', 'T2'], resample: false }
    const { of } = await importing([folder], { channels })
    const many = of('series').find(({ series }) => series.channels === 4)
    expect(many?.series.grid.shape).toEqual([280, 320, 22])
    const again = await readDicomScan(many!.sources.map(({ path }) => path), many!.series.contentSha256) // prettier-ignore
    expect(again.ok && again.contentSha256).toBe(many!.series.contentSha256)
  })
})
