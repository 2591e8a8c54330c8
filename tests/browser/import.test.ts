/** Importing a folder that holds good scans, damaged ones and foreign files. */
import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { browserPath } from './app.ts'
import { goToFolder, HomePage, ImportDialog, Worklist } from './pages.ts'
import { withApp } from './withApp.ts'

const demo = 'resources/demo'

describe.skipIf(!browserPath)('importing in the page', () => {
  let scans: string
  let labels: string
  const app = withApp(async () => {
    scans = join(app.home, 'scans')
    labels = join(app.home, 'labels')
    await mkdir(scans)
    await mkdir(labels)
    const images = (await readdir(join(demo, 'images'))).filter((name) => name.endsWith('.nii.gz')).sort()
    for (const name of images.slice(0, 3)) await cp(join(demo, 'images', name), join(scans, name))
    const masks = await readdir(join(demo, 'labels'))
    const paired = images.slice(0, 3).filter((name) => masks.includes(name))
    for (const name of paired) await cp(join(demo, 'labels', name), join(labels, name))
    const whole = await readFile(join(demo, 'images', images[3]))
    await writeFile(join(scans, 'cut_short.nii.gz'), whole.subarray(0, whole.length / 2))
    await writeFile(join(scans, 'empty.nii'), '')
    await writeFile(join(scans, 'notes.txt'), 'not a scan')
  })

  it('takes the good scans and says why each of the others was left out', async () => {
    await new HomePage(app.page).newProject('Mixed folder', app.home)
    await app.page.getByText('No scans yet.').waitFor()
    const dialog = await ImportDialog.open(app.page)
    await dialog.choose('Folder of scans', scans)
    await dialog.choose('Folder of labels (optional)', labels)
    await dialog.dialog.getByText('More options').click()
    await dialog.dialog.getByLabel('Kind of scan').selectOption('MR')
    await dialog.run()
    await dialog.dialog.getByText('3 scans imported.').waitFor()
    const refused = await dialog.refused()
    const damaged = Object.entries(refused).filter(([name]) => /cut_short|empty/.test(name))
    expect(damaged).toHaveLength(2)
    for (const [, reason] of damaged) expect(reason.length).toBeGreaterThan(15)
    await dialog.done()
    const worklist = new Worklist(app.page)
    await expect.poll(() => worklist.count()).toBe(3)
    await expect.poll(() => worklist.rows.filter({ hasText: 'Labelled' }).count()).toBeGreaterThan(0)
    expect(await worklist.rows.filter({ has: app.page.getByText('MR', { exact: true }) }).count()).toBe(3)
  })

  it('tells what training lacks, in words', async () => {
    await app.page.getByRole('radiogroup', { name: 'Parts of the project' }).getByText('Train').click()
    await app.page.getByText('Learns from 3 scans').waitFor()
  })

  it('refuses a folder that is not there', async () => {
    await ImportDialog.open(app.page)
    const choose = app.page.getByRole('group', { name: 'Folder of scans' }).getByRole('button', { name: 'Choose…' })
    await choose.click()
    const folders = await goToFolder(app.page, join(app.home, 'nowhere'))
    await folders.getByRole('alert').waitFor()
    await expect.poll(() => folders.getByRole('button', { name: 'Use this folder' }).isDisabled()).toBe(true)
  })

  it('complained about nothing', () => {
    expect(app.complaints).toEqual([])
  })
})
