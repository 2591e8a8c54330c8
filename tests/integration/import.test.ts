/** Import through the services, with the real importer process. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { canonicalPermutation } from '../../main/imaging/canonical.ts'
import { alone, assemble, groupSeries, readHeader } from '../../main/imaging/dicom.ts'
import { dicomFile, sliceFields, type Fields } from '../../main/imaging/dicom/testing.ts'
import { readNifti } from '../../main/imaging/nifti.ts'
import { cacheFolder, volumeFile } from '../../main/library/layout.ts'
import { temporaryFolder } from '../../main/library/testing.ts'
import { createServices, type Services } from '../../main/services/index.ts'
import type { ImportReport } from '../../shared/api/contract.ts'
import { dataFolder, hasData } from '../data/shared-data.ts'
import { labelSamples, niftiBytes, straight, turned, writeBytes, writePhantom } from './phantoms.ts'

async function newProject(): Promise<{ services: Services; folder: string }> {
  const home = temporaryFolder()
  const services = createServices({ homeFolder: home })
  onTestFinished(() => services.close())
  const folder = join(home, 'project')
  await services.handlers['project.create']({ folder, name: 'Study' })
  return { services, folder }
}

async function importInto(services: Services, paths: string[], labelFolder: string | null = null) {
  const { jobId } = await services.handlers['import.start']({ paths, labelFolder })
  const ended = new Promise<void>((resume) => {
    const stop = services.on('job', (job) => {
      if (job.id !== jobId || job.state === 'running') return
      stop()
      resume()
    })
  })
  if ((await services.handlers['jobs.get']({ jobId })).state === 'running') await ended
  const job = await services.handlers['jobs.get']({ jobId })
  const report = await services.handlers['import.report']({ jobId })
  return { job, report }
}

const byName = (report: ImportReport) => new Map(report.series.map((series) => [series.name, series]))

/** The volume of a folder of DICOM files of one series, read file by file in this thread. */
async function plainVolume(folder: string) {
  const files = readdirSync(folder).sort().map((name) => readFileSync(join(folder, name))) // prettier-ignore
  const headers = await Promise.all(files.map((bytes) => readHeader(bytes)))
  const [plan] = groupSeries(headers.map((read) => (read.ok ? read.header : expect.fail(read.reason))))
  if (!plan.ok) throw new Error(plan.reason)
  const read = await assemble(plan, alone(async (n) => files[n]), canonicalPermutation(plan.geometry)) // prettier-ignore
  return read.ok ? read.volume : expect.fail(read.reason)
}

/** 75 slices; `change` of each, by its number. */
function writeSeries(folder: string, change: (n: number) => Fields): string {
  for (let n = 0; n < 75; n++) writeBytes(join(folder, `${100 + n}.dcm`), dicomFile(sliceFields(n, change(n))))
  return folder
}

describe('an importer that is kept ready', () => {
  it('does one import after the other, with all threads, and gives what one thread gives', async () => {
    const { services, folder } = await newProject()
    const scans = join(temporaryFolder(), 'scans')
    const of = (series: string, n: number) => ({ '0020000e': `1.2.${series}`, '00080018': `1.2.${series}.${n}` })
    const folders = [
      writeSeries(join(scans, 'axial'), (n) => of('3', n)),
      writeSeries(join(scans, 'sagittal'), (n) => ({ ...of('4', n), '00200037': '0\\1\\0\\0\\0\\-1', '00200032': `${3 * n}\\0\\0` })), // prettier-ignore
      writeSeries(join(scans, 'tilted'), (n) => ({ ...of('5', n), '00200032': `0\\${0.05 * n}\\${2 * n}` })),
      writeSeries(join(scans, 'wide'), (n) => ({ ...of('6', n), '00281052': n === 70 ? '40000' : '-1024' })),
    ]
    for (const [n, from] of folders.entries()) {
      await services.handlers['import.prepare'](undefined)
      const { report } = await importInto(services, [from])
      expect(report.series.map(({ status }) => status)).toEqual([n === 2 ? 'warned' : 'ready'])
      const [{ id, dtype }] = report.series
      const expected = await plainVolume(from)
      expect(dtype).toBe(expected.type)
      const { buffer, byteLength } = expected.samples
      expect(readFileSync(volumeFile(folder, id)).equals(Buffer.from(buffer as ArrayBuffer, 0, byteLength))).toBe(true)
    }
    expect(services.context.importers.pid).toBeGreaterThan(0)
    const before = readdirSync(cacheFolder(folder)).sort()
    expect(before.every((name) => /^series-\w+\.(bin|json|png)$/.test(name))).toBe(true)
    expect((await importInto(services, folders)).report.series.every(({ reason }) => reason?.includes('Already in the project'))).toBe(true) // prettier-ignore
    expect(readdirSync(cacheFolder(folder)).sort()).toEqual(before)
  })

  it('that was ended meanwhile is replaced', async () => {
    const { services } = await newProject()
    const scans = writeSeries(join(temporaryFolder(), 'scans'), () => ({}))
    await services.handlers['import.prepare'](undefined)
    const pid = services.context.importers.pid!
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => services.context.importers.pid).toBeUndefined()
    expect((await importInto(services, [scans])).job.state).toBe('done')
    await services.handlers['import.prepare'](undefined)
    expect(services.context.importers.pid).not.toBe(pid)
  })
})

describe('import', () => {
  it('reads the good ones and names the reason for each of the others', async () => {
    const { services } = await newProject()
    const folder = join(temporaryFolder(), 'mixed')
    writePhantom(join(folder, 'good.nii.gz'))
    writePhantom(join(folder, 'deep', 'er', 'turned.nii'), { affine: turned })
    writeBytes(join(folder, 'empty.nii'), '')
    writeBytes(join(folder, 'notes.txt'), 'patient moved')
    writeBytes(join(folder, 'report.pdf'), '%PDF-1.7 …')
    writeBytes(join(folder, 'no-nifti.nii'), 'these are not the voxels you are looking for')
    writePhantom(join(folder, 'short.nii'))
    truncateSync(join(folder, 'short.nii'), 400)
    writeFileSync(join(folder, 'torn.nii.gz'), gzipSync(niftiBytes({ shape: [30, 30, 30] })).subarray(0, 300))
    const random = Buffer.from(niftiBytes({})).reverse()
    writeFileSync(join(folder, 'noise.bin'), random)
    writeBytes(join(folder, 'broken.dcm'), `${'\0'.repeat(128)}DICM${'\xff'.repeat(60)}`)
    symlinkSync(folder, join(folder, 'deep', 'circle'))
    symlinkSync(join(folder, 'gone.nii'), join(folder, 'link.nii'))

    const { job, report } = await importInto(services, [folder])
    expect(job.state).toBe('done')
    const found = byName(report)
    expect(found.get('good')?.status).toBe('ready')
    expect(found.get('turned')).toMatchObject({
      status: 'ready',
      affine: turned,
      shape: [6, 5, 4],
      spacing: [1.5, 3, 2],
    })
    const refused = report.series.filter((series) => series.status === 'refused')
    expect(refused.map((series) => series.name).sort()).toEqual(
      [
        'broken.dcm',
        'empty.nii',
        'link.nii',
        'no-nifti.nii',
        'noise.bin',
        'notes.txt',
        'report.pdf',
        'short.nii',
        'torn.nii.gz',
      ].sort(),
    )
    for (const series of refused) expect(series.reason).toMatch(/^[A-Z].{10,}[.]/)
    expect(await services.handlers['cases.list'](undefined)).toHaveLength(2)
  })

  it('recognises what it has, follows a moved file, and keeps a new version of a corrected label', async () => {
    const { services } = await newProject()
    const folder = temporaryFolder()
    const [images, labels] = [join(folder, 'images'), join(folder, 'labels')]
    const shape: [number, number, number] = [6, 5, 4]
    const map = labelSamples(shape)
    writePhantom(join(images, 'a.nii.gz'), { affine: turned })
    writePhantom(join(labels, 'a_seg.nii.gz'), { affine: turned, type: 'uint8', samples: map })
    const first = await importInto(services, [images], labels)
    expect(first.report.labels).toMatchObject([{ case: 'a', status: 'ready' }])
    const [before] = await services.handlers['cases.list'](undefined)
    expect(before.status).toBe('labelled')

    // A second time, from another place: nothing new.
    mkdirSync(join(folder, 'moved'))
    renameSync(join(images, 'a.nii.gz'), join(folder, 'moved', 'b.nii.gz'))
    const second = await importInto(services, [join(folder, 'moved')])
    expect(second.report.series).toMatchObject([
      { id: first.report.series[0].id, name: 'a', reason: expect.stringContaining('Already') },
    ])
    expect(await services.handlers['cases.list'](undefined)).toEqual([before])

    // The same label map again, then a corrected one (which pairs with the case by its first name).
    await importInto(services, [join(folder, 'moved')], labels)
    expect(await services.handlers['labels.versions']({ caseId: before.id })).toHaveLength(1)
    map[3] = 9
    writePhantom(join(labels, 'a_seg.nii.gz'), { affine: turned, type: 'uint8', samples: map })
    await importInto(services, [join(folder, 'moved')], labels)
    const versions = await services.handlers['labels.versions']({ caseId: before.id })
    expect(versions.map((version) => version.parentId)).toEqual([versions[1].id, null])
    expect((await services.handlers['labels.set'](undefined)).map((label) => label.name)).toEqual([
      'Label 1',
      'Label 2',
      'Label 9',
    ])
  })

  it('refuses label maps that do not fit, each with its reason, and fits those that differ by an axis permutation', async () => {
    const { services } = await newProject()
    const folder = temporaryFolder()
    const [images, labels] = [join(folder, 'scans'), join(folder, 'scans', 'labels')]
    const shape: [number, number, number] = [6, 5, 4]
    const samples = labelSamples(shape)
    const floats = (change: (v: number) => number) =>
      Float32Array.from(samples, (value, n) => (n === 5 ? change(value) : value))
    for (const [n, name] of ['good', 'flipped', 'shifted', 'size', 'half', 'large', 'minus', 'alone'].entries()) {
      writePhantom(join(images, `${name}.nii`), { samples: Int16Array.from({ length: 120 }, (_, v) => v + n) })
    }
    writePhantom(join(labels, 'good.nii'), { type: 'uint8', samples })
    // The same label map stored with its first axis turned round.
    const turnedRound = Uint8Array.from(samples, (_, n) => samples[n - (n % 6) + 5 - (n % 6)])
    const mirrored: typeof straight = [[-1, 0, 0, 5], straight[1], straight[2], straight[3]]
    writePhantom(join(labels, 'flipped.nii'), { affine: mirrored, type: 'uint8', samples: turnedRound })
    writePhantom(join(labels, 'shifted.nii'), {
      affine: [[1, 0, 0, 2.5], straight[1], straight[2], straight[3]],
      type: 'uint8',
      samples,
    })
    writePhantom(join(labels, 'size.nii'), { shape: [6, 5, 5], type: 'uint8', samples: labelSamples([6, 5, 5]) })
    writePhantom(join(labels, 'half.nii'), { type: 'float32', samples: floats(() => 0.5) })
    writePhantom(join(labels, 'large.nii'), { type: 'int16', samples: Int16Array.from(floats(() => 300)) })
    writePhantom(join(labels, 'minus.nii'), { type: 'float32', samples: floats(() => -1) })
    writePhantom(join(labels, 'stray.nii'), { type: 'uint8', samples })

    const { job, report } = await importInto(services, [images], labels)
    expect(report.series).toHaveLength(8)
    const of = (name: string) => report.labels.find((label) => label.name === `${name}.nii`)
    expect(of('good')).toMatchObject({ case: 'good', status: 'ready' })
    expect(of('flipped')).toMatchObject({ case: 'flipped', status: 'ready' })
    expect(of('shifted')).toMatchObject({
      case: 'shifted',
      status: 'refused',
      reason: expect.stringContaining('lies elsewhere'),
    })
    expect(of('size')?.reason).toContain('6 × 5 × 5')
    expect(of('half')?.reason).toContain('0.5, which is not a whole number')
    expect(of('large')?.reason).toContain('300')
    expect(of('minus')?.reason).toContain('-1')
    expect(of('stray')).toMatchObject({ case: null, reason: expect.stringContaining('No scan of this name') })
    expect(job.message).toContain('6 scans without a label map')

    // Both fitted label maps are the same voxels.
    const cases = new Map((await services.handlers['cases.list'](undefined)).map((entry) => [entry.name, entry]))
    const hash = async (name: string) =>
      (await services.handlers['labels.versions']({ caseId: cases.get(name)?.id ?? '' }))[0]?.sha256
    expect(await hash('flipped')).toBe(await hash('good'))
  })

  it('takes 255 beside other labels as not looked at; alone it may be a mask, and is refused', async () => {
    const { services } = await newProject()
    const folder = temporaryFolder()
    const mask = labelSamples([6, 5, 4]).map((value) => (value === 0 ? 0 : 255))
    const partly = labelSamples([6, 5, 4])
    partly[0] = 255
    for (const [name, samples] of Object.entries({ partly, mask })) {
      writePhantom(join(folder, 'images', `${name}.nii.gz`), {
        affine: turned,
        samples: Int16Array.from(samples, (_, n) => n + name.length),
      })
      writePhantom(join(folder, 'labels', `${name}.nii.gz`), { affine: turned, type: 'uint8', samples })
    }
    const report = await importInto(services, [join(folder, 'images')], join(folder, 'labels'))
    expect(JSON.stringify(report)).toMatch(/save it with the value 1/)
    const status = Object.fromEntries(
      (await services.handlers['cases.list'](undefined)).map((entry) => [entry.name, entry.labelVersionId !== null]),
    )
    expect(status).toEqual({ partly: true, mask: false })
  })

  it('brings exported labels back onto the grid of the source, voxel for voxel', async () => {
    const { services } = await newProject()
    const folder = temporaryFolder()
    const samples = labelSamples([6, 5, 4])
    writePhantom(join(folder, 'images', 'a.nii.gz'), { affine: turned })
    writePhantom(join(folder, 'labels', 'a.nii.gz'), { affine: turned, type: 'uint8', samples })
    await importInto(services, [join(folder, 'images')], join(folder, 'labels'))
    const [{ id }] = await services.handlers['cases.list'](undefined)
    const { jobId } = await services.handlers['export.start']({
      caseIds: [id],
      what: 'best',
      folder: join(folder, 'out'),
    })
    while ((await services.handlers['jobs.get']({ jobId })).state === 'running')
      await new Promise((resume) => setTimeout(resume, 20))
    const read = await readNifti(gunzipSync(readFileSync(join(folder, 'out', 'a.nii.gz'))))
    if (!read.ok) throw new Error(read.reason)
    expect(read.volume.geometry.affine).toEqual(turned)
    expect(read.volume.samples).toEqual(samples)

    // Never over the scan itself.
    const clash = await services.handlers['export.start']({
      caseIds: [id],
      what: 'best',
      folder: join(folder, 'images'),
    })
    while ((await services.handlers['jobs.get'](clash)).state === 'running')
      await new Promise((resume) => setTimeout(resume, 20))
    expect((await services.handlers['jobs.get'](clash)).message).toContain('is the scan itself')
  })

  it('makes a volume again when the cache was deleted, and says so plainly when the source is gone or has changed', async () => {
    const { services, folder } = await newProject()
    const source = join(temporaryFolder(), 'a.nii')
    writePhantom(source, { affine: turned })
    await importInto(services, [source])
    const [{ id }] = await services.handlers['cases.list'](undefined)
    const before = await services.handlers['volume.open']({ caseId: id })
    const clear = () => rmSync(join(folder, 'cache'), { recursive: true })
    clear()
    expect(await services.handlers['volume.open']({ caseId: id })).toEqual(before)
    const picture = await services.files(`/thumbnail/${id}.png`)
    expect(picture && 'path' in picture && existsSync(picture.path)).toBe(true)
    clear()
    writePhantom(source, { affine: straight })
    await expect(services.handlers['volume.open']({ caseId: id })).rejects.toThrow('has changed since it was imported')
    rmSync(source)
    await expect(services.handlers['volume.open']({ caseId: id })).rejects.toThrow(
      'no longer where it was imported from',
    )
  })

  it('can be cancelled; what was read stays', async () => {
    const { services } = await newProject()
    const folder = temporaryFolder()
    for (let n = 0; n < 60; n++) {
      writePhantom(join(folder, `${n}.nii.gz`), {
        shape: [40, 40, 40],
        samples: Int16Array.from({ length: 64000 }, (_, v) => v * (n + 1)),
      })
    }
    const { jobId } = await services.handlers['import.start']({ paths: [folder], labelFolder: null })
    await new Promise<void>((resume) => {
      services.on('job', (job) => job.done >= 3 && resume())
    })
    await services.handlers['jobs.cancel']({ jobId })
    while ((await services.handlers['jobs.get']({ jobId })).state === 'running')
      await new Promise((resume) => setTimeout(resume, 20))
    const job = await services.handlers['jobs.get']({ jobId })
    expect(job).toMatchObject({ state: 'cancelled', message: expect.stringContaining('Cancelled') })
    const { series } = await services.handlers['import.report']({ jobId })
    expect(series.length).toBeLessThan(60)
    expect(await services.handlers['cases.list'](undefined)).toHaveLength(series.length)
  })
})

describe.skipIf(!hasData('seg/hippocampus-msd/dirty'))('import of real scans', () => {
  it('reports an image without a label and labels without an image', async () => {
    const { services } = await newProject()
    const dirty = join(dataFolder, 'seg/hippocampus-msd/dirty')
    const { job, report } = await importInto(
      services,
      [join(dirty, 'image-without-label')],
      join(dirty, 'label-without-image'),
    )
    expect(report.series).toMatchObject([{ name: 'hippocampus_118', status: 'ready' }])
    expect(report.labels.map(({ status, case: owner }) => [status, owner])).toEqual([
      ['refused', null],
      ['refused', null],
    ])
    expect(job.message).toContain('hippocampus_118')
  })

  it('reads a folder of DICOM, NIfTI and odd files without a crash, and names no patient', async () => {
    const { services } = await newProject()
    const folder = temporaryFolder()
    const take = (from: string, as: string) => copyFileSync(join(dataFolder, from), join(folder, as))
    take('nifti/nibabel/anatomical.nii', 'anatomical.nii')
    take('nifti/nifti-reader-js/not-nifti.nii', 'not-nifti.nii')
    take('dicom/pydicom-test-files/test_files/CT_small.dcm', 'a')
    take('dicom/pydicom-test-files/test_files/MR_truncated.dcm', 'b')
    take('dicom/pydicom-test-files/test_files/JPEG2000.dcm', 'c')
    const { job, report } = await importInto(services, [folder])
    expect(job.state).toBe('done')
    expect(report.series.map(({ name, status }) => [name, status]).sort()).toEqual([
      ['CT 1', 'warned'],
      ['anatomical', 'ready'],
      ['b', 'refused'],
      ['c', 'refused'],
      ['not-nifti.nii', 'refused'],
    ])
    expect(JSON.stringify([report, job])).not.toMatch(/CompressedSamples/i)
  })
})
