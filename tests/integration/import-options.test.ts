/** What an import may be asked for: volumes of one file, channels and their undoing, and its report as a file. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { layout, readCacheHeader } from '../../main/library/index.ts'
import { temporaryFolder } from '../../main/library/testing.ts'
import { checkLibrary } from '../../main/services/checking.ts'
import { openProject } from '../../main/services/context.ts'
import { importReport, startImport, type ImportOptions } from '../../main/services/importing.ts'
import { createServices } from '../../main/services/index.ts'
import { writeNifti } from '../../main/imaging/nifti.ts'
import { makeGeometry } from '../../main/imaging/geometry.ts'
import { labelSamples, straight, writeBytes, writePhantom } from './phantoms.ts'

async function project() {
  const root = temporaryFolder()
  const services = createServices({ mode: 'workstation', homeFolder: root })
  onTestFinished(() => services.close())
  const { handlers, context } = services
  await handlers['project.create']({ folder: join(root, 'project'), name: 'Study' })
  const imported = async (options: ImportOptions) => {
    const { id, finished } = startImport(context, options)
    const { message } = await finished
    return { id, message, report: importReport(id) }
  }
  const finish = async ({ jobId }: { jobId: string }) => {
    while ((await handlers['jobs.get']({ jobId })).state === 'running')
      await new Promise((resume) => setTimeout(resume, 20))
    return handlers['jobs.get']({ jobId })
  }
  const names = async () => (await handlers['cases.list'](undefined)).map(({ name }) => name)
  return { root, folder: join(root, 'project'), handlers, context, imported, finish, names }
}

it.each([
  ['channels', ['run'], [3]],
  ['first', ['run'], [1]],
  ['each', ['run 1', 'run 2', 'run 3'], [1, 1, 1]],
] as const)('a 4D file read as %s, and made again from its file', async (fourth, wanted, channels) => {
  const { root, folder, handlers, context, imported, names } = await project()
  const samples = Int16Array.from({ length: 360 }, (_, n) => n)
  const file = join(root, 'scans', 'run.nii')
  writeBytes(file, writeNifti({ geometry: makeGeometry([6, 5, 4], straight), channels: 3, type: 'int16', samples }))
  await imported({ paths: [file], labelFolder: null, fourth })
  expect(await names()).toEqual(wanted)
  const library = openProject(context)
  const cases = library.cases()
  expect(cases.map((entry) => entry.channels)).toEqual(channels)
  const bytes = () => cases.map(({ seriesId }) => readFileSync(layout.volumeFile(folder, seriesId)))
  const before = bytes()
  expect(before.at(-1)!.readInt16LE(0)).toBe(fourth === 'each' ? 240 : 0)
  const { findings } = await checkLibrary(context, library, { contents: true, repair: true, goOn: () => true })
  expect(findings).toEqual([])
  rmSync(layout.cacheFolder(folder), { recursive: true })
  for (const { id, seriesId } of cases) {
    await handlers['volume.open']({ caseId: id })
    expect(readCacheHeader(folder, seriesId)?.channels).toBe(channels[0])
  }
  expect(bytes()).toEqual(before)
})

it('channels are named, and undone: each scan alone again, the label with the first, the case of all in the trash', async () => {
  const { root, handlers, imported, finish, names } = await project()
  const [scans, labels] = [join(root, 'scans'), join(root, 'labels')]
  for (const [n, channel] of ['t1', 'flair'].entries())
    writePhantom(join(scans, `ann_${channel}.nii`), { samples: Int16Array.from({ length: 120 }, (_, v) => v + n) })
  writePhantom(join(labels, 'ann.nii'), { type: 'uint8', samples: labelSamples([6, 5, 4]) })
  const channels = { names: ['t1', 'flair'], resample: false }
  await imported({ paths: [scans], labelFolder: labels, channels })
  const [ann] = await handlers['cases.list'](undefined)
  expect(ann).toMatchObject({ name: 'ann', channels: 2, channelNames: ['t1', 'flair'], status: 'labelled' })
  const job = await finish(await handlers['cases.splitChannels']({ caseId: ann.id }))
  expect(job).toMatchObject({ state: 'done', message: expect.stringMatching(/2 scans instead of the 2 channels/) })
  const apart = await handlers['cases.list'](undefined)
  expect(apart.map(({ name, status }) => [name, status])).toEqual([['ann_flair', 'unlabelled'], ['ann_t1', 'labelled']]) // prettier-ignore
  expect((await handlers['trash.list'](undefined)).map(({ name }) => name)).toEqual(['ann'])
  await expect(async () => handlers['cases.splitChannels']({ caseId: apart[0].id })).rejects.toThrow(
    /not made of several/,
  )
  await handlers['trash.restore']({ caseIds: [ann.id] })
  expect(await names()).toEqual(['ann', 'ann_flair', 'ann_t1'])
})

it('the report says what was read and refused and why, as a table, JSON and text', async () => {
  const { root, handlers, imported } = await project()
  const scans = join(root, 'scans')
  writePhantom(join(scans, 'good.nii'))
  writeBytes(join(scans, '=cmd, "quoted".txt'), 'not a scan')
  const { id, message } = await imported({ paths: [scans], labelFolder: null })
  expect(message).toMatch(/2 files in \d/)
  const out = join(root, 'out')
  const read = async (format: 'csv' | 'json' | 'text') =>
    readFileSync((await handlers['import.saveReport']({ jobId: id, folder: out, format })).file, 'utf8')
  const [csv, text] = [await read('csv'), await read('text')]
  expect(csv.split('\r\n')[0]).toBe('kind,name,outcome,case,modality,voxels,spacing (mm),channels,remark')
  expect(csv).toContain('scan,good,read,good,unknown,6 × 5 × 4,1 × 1 × 1,1,')
  expect(csv).toContain(`"'=cmd, ""quoted"".txt",refused`)
  expect(text).toMatch(/2 files looked at in .*\n\nRefused: 1\n {2}=cmd, "quoted".txt.*text file/s)
  expect(JSON.parse(await read('json'))).toMatchObject({ files: 2, series: [{ status: 'refused' }, { name: 'good' }] })
})
