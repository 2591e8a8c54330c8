import { appendFileSync, cpSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { layout } from '../../main/library/index.ts'
import { checkLibrary } from '../../main/services/checking.ts'
import { missingFiles, relocate } from '../../main/services/moved-files.ts'
import { importReport, startImport } from '../../main/services/importing.ts'
import { createServices } from '../../main/services/index.ts'
import { openProject } from '../../main/services/context.ts'
import { dataFolder, hasData } from './shared-data.ts'

const there = hasData('dicom')

describe.skipIf(!there)('library check', () => {
  it('finds moved, changed and missing files, re-points them, and makes volumes again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'handful-check-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const [scans, moved, project] = ['scans', 'moved', 'project'].map((name) => join(folder, name))
    cpSync(join(dataFolder, 'dicom/seg-dcmqi'), scans, { recursive: true })
    cpSync(join(dataFolder, 'dicom/dcm_qa_enh/In/Philips'), join(scans, 'philips'), { recursive: true })
    const services = createServices({ mode: 'workstation' })
    const { context } = services
    await services.handlers['project.create']({ folder: project, name: 'check' })
    const library = openProject(context)
    const { id, finished } = startImport(context, { paths: [scans], labelFolder: null })
    await finished
    expect(importReport(id).added).toBe(5)

    const check = async (contents = true) => {
      const { findings } = await checkLibrary(context, library, { contents, repair: true, goOn: () => true })
      return findings.map(({ area, state, message }) => `${area} ${state}: ${message}`)
    }
    expect(await check()).toEqual([])

    renameSync(scans, moved)
    expect((await check(false)).filter((text) => text.includes('no longer where they were'))).toHaveLength(5)
    expect(missingFiles(library)).toEqual([{ folder: scans, scans: 5, files: expect.any(Number) }])
    expect(relocate(library, scans, moved)).toMatchObject({ scans: 5, missing: 0 })
    expect(await check()).toEqual([])

    // A prepared volume is lost, another file changes, a label map is damaged, left-overs lie about.
    const [series] = library.allSeries()
    rmSync(layout.volumeFile(project, series.id))
    writeFileSync(join(layout.cacheFolder(project), 'nobody.bin'), 'x')
    const [label] = readdirSync(layout.labelFolder(project)).filter((name) => name.endsWith('.gz'))
    appendFileSync(join(layout.labelFolder(project), label), 'x')
    writeFileSync(join(layout.labelFolder(project), label), 'x')
    appendFileSync(join(moved, 'philips/IM_0027_fMAP.dcm'), 'x')
    const found = await check()
    expect(found).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^cache repaired: .*made again/),
        expect.stringMatching(/^folder repaired: 1 left-over/),
        expect.stringMatching(/^label problem: Label version/),
        expect.stringMatching(/^scan problem: .*another size/),
      ]),
    )
    await services.close()
  })
})
