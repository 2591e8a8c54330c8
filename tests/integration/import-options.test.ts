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
  await imported({ paths: [scans], labelFolder: labels, channels: { names: ['t1', 'flair'], resample: false } })
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

/** Two patients as BraTS has them: a folder each, with the channels and the label map. */
function writePatients(folder: string, separator: string): void {
  for (const [p, patient] of ['Brats_A', 'Brats_B'].entries()) {
    const file = (part: string) => join(folder, patient, `${patient}${separator}${part}.nii.gz`)
    for (const [n, channel] of ['t1', 't1ce'].entries())
      writePhantom(file(channel), { samples: Int16Array.from({ length: 120 }, (_, v) => v + n + 2 * p) })
    writePhantom(file('seg'), { type: 'uint8', samples: labelSamples([6, 5, 4]) })
  }
  writeBytes(join(folder, 'name_mapping.csv'), 'Grade,Subject')
}
const channels = { names: ['t1', 't1ce'], resample: false }

it.each(['_', '-'])(
  'label maps beside the channels of their cases (%sseg): paired where the folder is named for both',
  async (separator) => {
    const { root, handlers, imported, names } = await project()
    const folder = join(root, 'brats')
    writePatients(folder, separator)
    const { report, message } = await imported({ paths: [folder], labelFolder: folder, channels })
    expect(report.labels.map(({ case: owner, status }) => [owner, status])).toEqual([['Brats_A', 'ready'], ['Brats_B', 'ready']]) // prettier-ignore
    expect(report.series.filter(({ status }) => status === 'refused').map(({ name }) => name)).toEqual([
      'name_mapping.csv',
    ])
    expect(message).toMatch(/^2 scans imported, 1 file refused, 2 label maps read, /)
    expect((await handlers['cases.list'](undefined)).map(({ channels, status }) => [channels, status])).toEqual([[2, 'labelled'], [2, 'labelled']]) // prettier-ignore
    // One patient again, by its own folder: nothing is new, nothing refused.
    const again = await imported({ paths: [join(folder, 'Brats_A')], labelFolder: folder, channels })
    expect(again.report.labels.filter(({ status }) => status === 'refused')).toEqual([])
    expect(await names()).toEqual(['Brats_A', 'Brats_B'])
  },
)

it('label maps beside channels are no scans; without a folder of label maps the import says what to do', async () => {
  const { root, handlers, imported, names } = await project()
  const folder = join(root, 'brats')
  writePatients(folder, '_')
  // Beside no case of theirs, they are scans as before.
  writePhantom(join(folder, 'other_seg.nii'), { samples: new Int16Array(120).fill(3) })
  const { report } = await imported({ paths: [folder], labelFolder: null, channels })
  expect(await names()).toEqual(['Brats_A', 'Brats_B', 'other_seg'])
  const told = {
    case: null,
    status: 'refused',
    reason: expect.stringContaining('Name its folder as that of the label maps'),
  }
  expect(report.labels).toEqual(['A', 'B'].map((p) => ({ name: `Brats_${p}/Brats_${p}_seg.nii.gz`, ...told })))
  expect((await handlers['cases.list'](undefined)).every(({ labelVersionId }) => labelVersionId === null)).toBe(true)
})

it('one folder of scans and their label maps without channels; a folder of label maps alone stays one', async () => {
  const { root, imported, names } = await project()
  const [both, scans, labels] = [join(root, 'both'), join(root, 'all', 'scans'), join(root, 'all', 'labels')]
  const map = { type: 'uint8' as const, samples: labelSamples([6, 5, 4]) }
  writePhantom(join(both, 'a.nii'))
  writePhantom(join(both, 'a_label.nii'), map)
  // Once taken for a scan, it is a label map all the same.
  await imported({ paths: [both], labelFolder: null })
  const { report } = await imported({ paths: [both], labelFolder: both })
  expect(report.labels).toMatchObject([{ case: 'a', status: 'ready' }])
  writePhantom(join(scans, 'b.nii'), { samples: new Int16Array(120).fill(2) })
  writePhantom(join(labels, 'b.nii'), map)
  // As a shell fills in all/*.
  const apart = await imported({ paths: [scans, labels], labelFolder: labels })
  expect(apart.report.labels).toMatchObject([{ case: 'b', status: 'ready' }])
  expect(await names()).toEqual(['a', 'a_label', 'b'])
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
