import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readCacheHeader, unpackLabels } from '../../main/library/index.ts'
import { labelFile } from '../../main/library/layout.ts'
import { readDicomScan } from '../../main/workers/importer/dicom.ts'
import { runImport } from '../../main/workers/importer/import.ts'
import type { ImporterMessage, ImportRequest } from '../../main/workers/importer/messages.ts'
import { dataFolder, hasData } from './shared-data.ts'

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
