/** Exported SEG and RTSTRUCT, held against independent readers (pydicom, dciodvfy of dicom3tools) and our own importer. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Geometry, Triple } from '../../shared/domain/geometry.ts'
import { apply, invert } from '../../main/imaging/affine.ts'
import { readHeader } from '../../main/imaging/dicom.ts'
import { readLabelFile, type Library, type StoredCase } from '../../main/library/index.ts'
import { openProject } from '../../main/services/context.ts'
import { exportLabels } from '../../main/services/exporting.ts'
import { importReport, startImport } from '../../main/services/importing.ts'
import { createServices, type Services } from '../../main/services/index.ts'
import { dataFolder, hasData } from './shared-data.ts'

const there = hasData('dicom')
const python = ['/usr/bin/python3', 'python3'].find((program) => runs(program, ['-c', 'import pydicom, numpy']))
const verifier = runs('dciodvfy', ['-version']) ? 'dciodvfy' : undefined

function runs(program: string, args: string[]): boolean {
  const { error, status } = spawnSync(program, args, { stdio: 'ignore' })
  return !error && (status === 0 || program === 'dciodvfy')
}

type Format = 'seg' | 'labelmap' | 'rtstruct'
const formats: Format[] = ['seg', 'labelmap', 'rtstruct']

describe.skipIf(!there)('exported DICOM labels', () => {
  const root = mkdtempSync(join(tmpdir(), 'handful-export-'))
  let services: Services
  let library: Library
  let cases: StoredCase[]
  const written = new Map<Format, string[]>()

  beforeAll(async () => {
    // A CT of classic slices with five overlapping segments, an enhanced CT with a LABELMAP, and CT slices with contours.
    for (const part of ['seg-dcmqi', 'rtstruct-rt-utils/mock_data'])
      cpSync(join(dataFolder, 'dicom', part), join(root, 'scans', part), { recursive: true })
    services = createServices({ mode: 'workstation', homeFolder: root })
    await services.handlers['project.create']({ folder: join(root, 'project'), name: 'Export' })
    library = openProject(services.context)
    await startImport(services.context, { paths: [join(root, 'scans')], labelFolder: null }).finished
    cases = library.cases().filter(({ labelVersionId }) => labelVersionId !== null)
    for (const format of formats) {
      const outcome = await exportAs(format)
      expect(outcome.written.length, format).toBe(3)
      written.set(format, outcome.written)
    }
  })
  afterAll(async () => {
    await services?.close()
    rmSync(root, { recursive: true, force: true })
  })

  async function exportAs(format: Format, patient?: 'linked' | 'removed' | 'kept', folder = `${format}-${patient}`) {
    const wish = { caseIds: cases.map(({ id }) => id), what: 'label' as const, folder: join(root, folder) }
    return exportLabels(library, { ...wish, format, patient }, () => true)
  }

  it.each(formats)(
    '%s comes back through our own importer, voxel for voxel and under the same names',
    async (format) => {
      const other = createServices({ mode: 'workstation', homeFolder: root })
      await other.handlers['project.create']({ folder: join(root, `again-${format}`), name: 'Again' })
      const scans = cases.flatMap(({ seriesId }) => library.seriesFiles(seriesId).map(({ path }) => path))
      const { id, finished } = startImport(other.context, {
        paths: [...scans, ...written.get(format)!],
        labelFolder: null,
      })
      await finished
      const report = importReport(id)
      expect(report.labels.map(({ status, reason }) => [status, reason])).toEqual([
        ['ready', null],
        ['ready', null],
        ['ready', null],
      ])
      const back = openProject(other.context)
      for (const entry of cases) {
        const same = back.cases().find(({ name }) => name === entry.name)!
        expect(named(back, same.labelVersionId!), entry.name).toEqual(named(library, entry.labelVersionId!))
      }
      await other.close()
    },
  )

  it.skipIf(!verifier).each(formats)('%s has no error in it for dciodvfy', (format) => {
    for (const file of written.get(format)!) {
      const { stderr } = spawnSync(verifier!, [file], { encoding: 'utf8' })
      const errors = stderr.split('\n').filter((line) => line.startsWith('Error'))
      // Debian's dicom3tools is older than the LABELMAP kind, and knows no object of that name.
      expect(errors.filter((line) => format !== 'labelmap' || !line.includes('Information Object Not found'))).toEqual([]) // prettier-ignore
    }
  })

  it.skipIf(!python).each(['seg', 'labelmap'] as const)('%s holds the same voxels for pydicom', (format) => {
    for (const [n, entry] of cases.entries()) {
      const { frames, segments } = readByPydicom(written.get(format)![n])
      const samples = readLabelFile(library.folder, library.labelVersion(entry.labelVersionId!)!)
      const grid = library.series(entry.seriesId)!.grid
      const got = new Uint8Array(samples.length)
      const values = new Map(library.labels().map(({ name, value }) => [name, value]))
      for (const frame of frames) {
        const toVoxel = frameToVoxel(frame, grid)
        frame.pixels.forEach((value, p) => {
          if (value === 0) return
          const [i, j, k] = toVoxel(p % frame.columns, Math.floor(p / frame.columns))
          got[i + grid.shape[0] * (j + grid.shape[1] * k)] = values.get(segments[frame.segment ?? value])!
        })
      }
      expect(Buffer.compare(got, samples), entry.name).toBe(0)
    }
  })

  it('names nobody unless that is wished, and replaces UIDs where that is wished, alike every time', async () => {
    const identified = []
    for (const entry of cases) {
      const read = await readHeader(readFileSync(library.seriesFiles(entry.seriesId)[0].path))
      if (read.ok) identified.push({ entry, name: read.header.identity.patientName })
    }
    const [{ entry: first, name: patientName }] = identified.filter(({ name }) => /^[A-Z_0-9]{5,}$/.test(name))
    const ids = library.dicomIds(first.seriesId)!
    for (const format of formats) {
      const bytes = async (patient?: 'linked' | 'removed' | 'kept') => {
        const { written } = await exportAs(format, patient)
        return readFileSync(written[cases.indexOf(first)]).toString('latin1')
      }
      const [plain, removed, again, kept] = [await bytes(), await bytes('removed'), await bytes('removed'), await bytes('kept')] // prettier-ignore
      expect(kept).toContain(patientName)
      for (const text of [plain, removed]) {
        expect(text).not.toContain(patientName)
        expect(text).toContain('Basic Application Confidentiality Profile')
      }
      expect(plain).toContain(ids.seriesUid)
      for (const uid of [ids.seriesUid, ids.studyUid, ids.frameOfReference]) expect(removed).not.toContain(uid)
      const uids = (text: string) => new Set(text.match(/2\.25\.\d{20,}/g))
      // Of two exports the object's own UIDs differ; those of the source are the same.
      expect([...uids(removed)].filter((uid) => uids(again).has(uid)).length).toBeGreaterThanOrEqual(3)
    }
  })

  /** Value and place of each label, by the label's name: values may differ between projects. */
  function named(from: Library, versionId: string): Map<string, string> {
    const samples = readLabelFile(from.folder, from.labelVersion(versionId)!)
    const places = new Map<number, number[]>()
    samples.forEach((value, at) => {
      if (value === 0) return
      const list = places.get(value) ?? []
      if (list.length === 0) places.set(value, list)
      list.push(at)
    })
    const names = new Map(from.labels().map(({ value, name }) => [value, name]))
    return new Map([...places].map(([value, list]): [string, string] => [names.get(value)!, list.join()]).sort())
  }

  type Frame = { columns: number; position: Triple; orientation: number[]; spacing: number[]; segment: number | null; pixels: Uint8Array } // prettier-ignore

  /** All frames as pydicom sees them. */
  function readByPydicom(file: string): { frames: Frame[]; segments: Record<number, string> } {
    const script = join(root, 'read.py')
    const out = join(root, 'pixels')
    writeFileSync(script, reader)
    const answer = execFileSync(python!, [script, file, out], { encoding: 'utf8', maxBuffer: 2 ** 28 })
    const { rows, columns, frames, segments, orientation, spacing } = JSON.parse(answer)
    const pixels = new Uint8Array(readFileSync(out))
    const size = rows * columns
    return {
      segments,
      frames: frames.map((frame: Frame, n: number) => ({ ...frame, columns, orientation, spacing, pixels: pixels.subarray(n * size, (n + 1) * size) })), // prettier-ignore
    }
  }
})

const reader = `
import json, sys
import numpy, pydicom
ds = pydicom.dcmread(sys.argv[1])
pixels = ds.pixel_array.astype('uint8')
if pixels.ndim == 2: pixels = pixels[None]
pixels.tofile(sys.argv[2])
shared = ds.SharedFunctionalGroupsSequence[0]
frames = []
for group in ds.PerFrameFunctionalGroupsSequence:
    segment = group.get('SegmentIdentificationSequence')
    frames.append(dict(position=[float(v) for v in group.PlanePositionSequence[0].ImagePositionPatient],
        segment=segment[0].ReferencedSegmentNumber if segment else None))
print(json.dumps(dict(rows=ds.Rows, columns=ds.Columns, frames=frames,
    segments={int(s.SegmentNumber): str(s.SegmentLabel) for s in ds.SegmentSequence},
    orientation=[float(v) for v in shared.PlaneOrientationSequence[0].ImageOrientationPatient],
    spacing=[float(v) for v in shared.PixelMeasuresSequence[0].PixelSpacing])))
`

/** PS3.3 C.7.6.2.1.1, LPS to RAS, then to voxels of a grid. */
function frameToVoxel(
  { position, orientation, spacing }: { position: Triple; orientation: number[]; spacing: number[] },
  grid: Geometry,
) {
  const toVoxel = invert(grid.affine)
  return (column: number, row: number): Triple => {
    const [x, y, z] = [0, 1, 2].map((n) => position[n] + orientation[n] * spacing[1] * column + orientation[3 + n] * spacing[0] * row) // prettier-ignore
    return apply(toVoxel, [-x, -y, z]).map(Math.round) as Triple
  }
}
