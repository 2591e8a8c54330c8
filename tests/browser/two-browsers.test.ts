/** One project in two browsers: both see the same, neither loses the other's work. */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { readLabelFile, type Library } from '../../main/library/index.ts'
import { writePhantom } from '../integration/phantoms.ts'
import { browserPath } from './app.ts'
import { HomePage, ImportDialog, Labelling, Worklist } from './pages.ts'
import { withApp } from './withApp.ts'

describe.skipIf(!browserPath)('a project in two browsers', () => {
  let pages: Page[]
  const app = withApp(async () => {
    const scans = join(app.home, 'scans')
    writePhantom(join(scans, 'one.nii.gz'), { shape: [31, 31, 15] })
    await new HomePage(app.page).newProject('Shared', app.home)
    const dialog = await ImportDialog.open(app.page)
    await dialog.choose('Folder of scans', scans)
    await dialog.run()
    await dialog.done()
    const other = await (await app.browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage()
    other.on('pageerror', (error) => app.complaints.push(error.message))
    await other.goto(app.server.url)
    pages = [app.page, other]
  })

  const library = (): Library => app.services.context.library!

  it('shows the same scans and labels in both', async () => {
    await new Worklist(pages[0]).open('one')
    await pages[0].getByRole('button', { name: 'Add label' }).click()
    await pages[0].getByLabel('Name of Label 1').waitFor()
    await pages[0].getByRole('button', { name: 'Done' }).click()
    await pages[1].getByRole('heading', { name: '1 scan' }).waitFor()
    await new Worklist(pages[1]).open('one')
    await pages[1].getByRole('button', { name: /^Label 1/ }).waitFor()
  })

  it('keeps every stroke as a version, whichever browser it came from, and no version replaces another', async () => {
    const { id } = library().cases()[0]
    const paint = async (page: Page, x: number) => {
      const labelling = new Labelling(page)
      await page.getByRole('button', { name: /^Label 1/ }).click()
      await labelling.take('Brush')
      await labelling.setRadius(2.5)
      await labelling.stroke('axial', [x, 0])
    }
    await paint(pages[0], -6)
    await new Labelling(pages[0]).saved()
    const first = library().newestLabelVersion(id, 'label')!
    const firstMap = readLabelFile(library().folder, first)
    await paint(pages[1], 6)
    await expect.poll(() => library().labelVersions(id).length).toBeGreaterThan(1)
    // What was saved first is there still, to the last voxel.
    expect(
      library()
        .labelVersions(id)
        .map((version) => version.id),
    ).toContain(first.id)
    expect(readLabelFile(library().folder, first)).toEqual(firstMap)
  })

  it('complained about nothing', () => expect(app.complaints).toEqual([]))
})
