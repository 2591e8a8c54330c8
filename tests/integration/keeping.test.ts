/** Deleting and getting back, backups, moved scans: through the services that the window and the command line call. */
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { layout, readLabelFile } from '../../main/library/index.ts'
import { temporaryFolder } from '../../main/library/testing.ts'
import { openProject } from '../../main/services/context.ts'
import { importReport, startImport } from '../../main/services/importing.ts'
import { createServices } from '../../main/services/index.ts'
import { labelSamples, writePhantom } from './phantoms.ts'

async function studyOfThree() {
  const root = temporaryFolder()
  const [scans, labels, project] = ['scans', 'labels', 'project'].map((name) => join(root, name))
  for (const [n, name] of ['a', 'b', 'c'].entries()) {
    writePhantom(join(scans, `${name}.nii`), { samples: Int16Array.from({ length: 120 }, (_, v) => v * (n + 1)) })
    writePhantom(join(labels, `${name}.nii`), {
      type: 'uint8',
      samples: labelSamples([6, 5, 4]).map((v) => v * (n + 1)),
    })
  }
  const services = createServices({ mode: 'workstation', homeFolder: root })
  onTestFinished(() => services.close())
  const { handlers, context } = services
  await handlers['project.create']({ folder: project, name: 'Study' })
  const importAll = async () => {
    const { id, finished } = startImport(context, { paths: [scans], labelFolder: labels })
    await finished
    return importReport(id)
  }
  await importAll()
  const names = async () => (await handlers['cases.list'](undefined)).map(({ name, status }) => `${name} ${status}`)
  const idOf = async (name: string) =>
    (await handlers['cases.list'](undefined)).find((entry) => entry.name === name)!.id
  return { root, scans, project, handlers, context, importAll, names, idOf }
}

const all = ['a labelled', 'b labelled', 'c labelled']

it('a deleted scan leaves every list, comes back whole, and is gone for good only when the trash is emptied', async () => {
  const { project, scans, handlers, context, importAll, names, idOf } = await studyOfThree()
  const [a, b] = [await idOf('a'), await idOf('b')]
  await handlers['cases.remove']({ caseIds: [a, b] })
  expect(await names()).toEqual(['c labelled'])
  expect(await handlers['project.current'](undefined)).toMatchObject({ cases: 1, labelled: 1 })
  expect((await handlers['trash.list'](undefined)).map(({ name, labelVersions }) => [name, labelVersions])).toEqual([
    ['a', 1],
    ['b', 1],
  ])
  await handlers['trash.restore']({ caseIds: [a] })
  expect(await names()).toEqual(['a labelled', 'c labelled'])
  // Importing a scan that lies in the trash brings it back, rather than making a second one without its labels.
  const report = await importAll()
  expect(report.series.find(({ name }) => name === 'b')?.reason).toMatch(/brought back/)
  expect(await names()).toEqual(all)

  await handlers['cases.remove']({ caseIds: [b] })
  const [version] = openProject(context)
    .everyLabelVersion()
    .filter(({ caseId }) => caseId === b)
  expect(existsSync(layout.labelFile(project, version.id))).toBe(true)
  expect(await handlers['trash.empty'](undefined)).toMatchObject({ cases: 1 })
  expect(existsSync(layout.labelFile(project, version.id))).toBe(false)
  expect(readdirSync(layout.cacheFolder(project)).filter((name) => name.endsWith('.bin'))).toHaveLength(2)
  expect(readdirSync(scans)).toHaveLength(3)
  expect((await importAll()).added).toBe(1)
  expect(await names()).toEqual(all)
})

it('a backup brings back what was emptied from the trash, also over an index that is damaged', async () => {
  const { root, project, handlers, context, names, idOf } = await studyOfThree()
  const { folder } = await handlers['library.backUp']({ into: null })
  const elsewhere = join(root, 'disk')
  mkdirSync(elsewhere)
  const { folder: far } = await handlers['library.backUp']({ into: elsewhere })
  expect(far.startsWith(elsewhere)).toBe(true)
  await handlers['cases.remove']({ caseIds: [await idOf('b')] })
  await handlers['trash.empty'](undefined)
  expect((await handlers['library.backups'](undefined)).map((backup) => backup.folder)).toContain(folder)
  await handlers['library.restore']({ backup: folder })
  expect(await names()).toEqual(all)
  const library = openProject(context)
  for (const { id, sha256 } of library.everyLabelVersion())
    expect(readLabelFile(project, { id, sha256 })).toHaveLength(120)

  await expect(async () => handlers['library.restore']({ backup: root })).rejects.toThrow(/no handful.db/)
  expect(await names()).toEqual(all)

  await handlers['project.close'](undefined)
  writeFileSync(layout.databaseFile(project), 'not a database at all, whatever its name')
  await expect(async () => handlers['project.open']({ folder: project })).rejects.toThrow(/damaged|not made by Handful/)
  const { restoreBackup } = await import('../../main/library/index.ts')
  restoreBackup(project, far)
  await handlers['project.open']({ folder: project })
  expect(await names()).toEqual(all)
})

it('a backup is made by itself when a project is opened, and not twice a day', async () => {
  const { project, handlers } = await studyOfThree()
  for (let n = 0; n < 2; n++) {
    await handlers['project.close'](undefined)
    await handlers['project.open']({ folder: project })
  }
  expect((await handlers['library.backups'](undefined)).map(({ automatic, labels }) => [automatic, labels])).toEqual([
    [true, 3],
  ])
})

it('moved scans are noticed by the folder that is gone, and re-pointed', async () => {
  const { root, scans, handlers } = await studyOfThree()
  expect(await handlers['library.missing'](undefined)).toEqual([])
  const moved = join(root, 'elsewhere')
  renameSync(scans, moved)
  expect(await handlers['library.missing'](undefined)).toEqual([{ folder: scans, scans: 3, files: 3 }])
  expect(await handlers['library.relocate']({ from: scans, to: moved })).toEqual({ scans: 3, files: 3, missing: 0 })
  expect(await handlers['library.missing'](undefined)).toEqual([])
})
