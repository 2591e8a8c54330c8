/** Scans whose texts are made to run as script, or to break what is around them, wherever the page shows them. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dicomFile, sliceFields, words } from '../../main/imaging/dicom/testing.ts'
import { writeBytes, writePhantom } from '../integration/phantoms.ts'
import { browserPath } from './app.ts'
import { HomePage, ImportDialog, type Worklist } from './pages.ts'
import { withApp } from './withApp.ts'

const evil = (where: string) => `<img src=x onerror="window.hit='${where}'">`
const [columns, rows, slices] = [24, 20, 6]

describe.skipIf(!browserPath)('hostile texts', () => {
  let worklist: Worklist
  const app = withApp(async () => {
    const scans = join(app.home, 'scans')
    for (let n = 0; n < slices; n++) {
      const fields = sliceFields(n, {
        '00080060': 'CT',
        '0008103e': evil('series'),
        '00100010': evil('patient'),
        '00100020': evil('id'),
        '00280010': rows,
        '00280011': columns,
        '7fe00010': words(Array.from({ length: rows * columns }, (_, i) => (i * 7 + n * 90) % 4000)),
      })
      writeBytes(join(scans, `slice${n}.dcm`), dicomFile(fields))
    }
    writePhantom(join(scans, "<svg onload=hit='name'>.nii.gz"), { shape: [20, 20, 20] })
    writeBytes(join(scans, '<script>hit=1<', 'script>.dcm'), 'no scan at all')
    worklist = await new HomePage(app.page).newProject(evil('project'), app.home)
    const dialog = await ImportDialog.open(app.page)
    await dialog.choose('Folder of scans', scans)
    await dialog.run()
  })

  /** Elements that a text has made, and what ran. */
  const harm = () =>
    app.page.evaluate(() => ({
      hit: (window as unknown as { hit?: string }).hit,
      made: document.querySelectorAll('img[onerror], svg[onload], [src="x"]').length,
      scripts: [...document.scripts].filter((script) => !script.src).length,
    }))
  const none = { hit: undefined, made: 0, scripts: 0 }

  it('are plain words in the report of an import', async () => {
    await expect.poll(() => app.page.getByRole('dialog').textContent()).toContain('<')
    expect(await harm()).toEqual(none)
    await app.page.getByRole('button', { name: 'Done' }).click()
  })

  it('are plain words in the list, beside the picture, in the title and in every panel', async () => {
    await expect.poll(() => worklist.count()).toBe(2)
    for (let i = 0; i < 2; i++) {
      await worklist.rows.nth(i).click()
      await app.page.locator('[data-readout="position"]').waitFor()
      expect(await harm()).toEqual(none)
    }
    const texts = await app.page.locator('body').textContent()
    expect(texts).toContain(evil('project'))
    const screens = app.page.getByRole('radiogroup', { name: 'Parts of the project' })
    for (const screen of await screens.getByRole('radio').all()) {
      await screen.check({ force: true })
      await app.page.waitForTimeout(150)
      expect(await harm()).toEqual(none)
    }
  })

  it('are plain words as the name of a label, and in the list of projects', async () => {
    const screens = app.page.getByRole('radiogroup', { name: 'Parts of the project' })
    await screens.getByText('Scans').click()
    await worklist.rows.first().click()
    await app.page.getByRole('button', { name: 'Add label' }).click()
    await app.page.getByLabel('Name of Label 1').fill(evil('label'))
    await app.page.getByLabel('Name of Label 1').press('Enter')
    await app.page.getByRole('button', { name: 'Done' }).click()
    await expect.poll(() => app.page.locator('body').textContent()).toContain(evil('label'))
    expect(await harm()).toEqual(none)
    await app.page.getByRole('button', { name: 'All projects' }).click()
    await app.page.getByText(evil('project')).first().waitFor()
    expect(await harm()).toEqual(none)
  })

  it('made the page complain about nothing', () => expect(app.complaints).toEqual([]))
})
