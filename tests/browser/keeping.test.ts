/** Deleting and getting back, moved scans, the report of an import and the formats of an export, in the window. */
import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { browserPath } from './app.ts'
import { chooseFolder, goToFolder, HomePage, ImportDialog, Worklist } from './pages.ts'
import { withApp } from './withApp.ts'

const demo = 'resources/demo'

describe.skipIf(!browserPath)('keeping a project', () => {
  let scans: string
  const files = () => app.page.getByRole('dialog', { name: 'Project files' })
  const openFiles = () => app.page.getByRole('button', { name: 'Project files…' }).click()
  /** A picture of what is on screen, where a folder for them is named. */
  const picture = async (name: string) => {
    const folder = process.env.HANDFUL_PICTURES
    if (folder) await app.page.screenshot({ path: join(folder, `${name}.png`) })
  }

  const app = withApp(async () => {
    scans = join(app.home, 'scans')
    await mkdir(scans)
    const images = (await readdir(join(demo, 'images'))).filter((name) => name.endsWith('.nii.gz')).sort()
    for (const name of images.slice(0, 3)) await cp(join(demo, 'images', name), join(scans, name))
    await writeFile(join(scans, 'notes.txt'), 'not a scan')
    await new HomePage(app.page).newProject('Kept', app.home)
  })

  it('saves the report of an import, and refuses a single channel in words', async () => {
    const dialog = await ImportDialog.open(app.page)
    await dialog.choose('Folder of scans', scans)
    await dialog.dialog.getByText('More options').click()
    await dialog.dialog.getByLabel('Scans that are channels of one case').fill('t1')
    await picture('import-options')
    await dialog.dialog.getByRole('button', { name: 'Import', exact: true }).click()
    await dialog.dialog.getByRole('alert').getByText('two or more channels').waitFor()
    await dialog.dialog.getByLabel('Scans that are channels of one case').fill('')
    await dialog.run()
    await dialog.dialog.getByText('4 files looked at').waitFor()
    await dialog.dialog.getByRole('button', { name: 'Save report…' }).click()
    await chooseFolder(app.page, app.home)
    await dialog.dialog.getByText('Saved as').waitFor()
    await picture('import-report')
    const [report] = (await readdir(app.home)).filter((name) => name.endsWith('.csv'))
    const text = await readFile(join(app.home, report), 'utf8')
    expect(text.split('\r\n')).toHaveLength(6)
    expect(text).toMatch(/notes\.txt,refused.*text file/)
    await dialog.done()
  })

  it('a deleted scan goes to the trash, comes back from there, and is gone once it is emptied twice asked', async () => {
    const worklist = new Worklist(app.page)
    await worklist.rows.first().click()
    const name = (await worklist.rows.first().locator('.name').textContent())!
    await app.page.getByRole('button', { name: 'Delete scan' }).click()
    await app.page.getByText(`${name} is in the trash.`).waitFor()
    await expect.poll(() => worklist.count()).toBe(2)
    await openFiles()
    await files().getByText(name).waitFor()
    await picture('project-files')
    await files().getByRole('button', { name: 'Restore' }).click()
    await files().getByText('The trash is empty.').waitFor()
    await files().getByRole('button', { name: 'Close' }).last().click()
    await app.page.getByRole('heading', { name: '3 scans' }).waitFor()
    await worklist.row(name).click()
    await app.page.getByRole('button', { name: 'Delete scan' }).click()
    await openFiles()
    await files().getByRole('button', { name: 'Empty trash…' }).click()
    await files().getByRole('button', { name: 'Delete 1 scan for good' }).click()
    await files().getByText('1 scan deleted for good.').waitFor()
  })

  it('finds moved scans in their new place, and checks the project', async () => {
    await files().getByText('All scans are where they were').waitFor()
    await files().getByRole('button', { name: 'Close' }).last().click()
    await rename(scans, join(app.home, 'moved'))
    await openFiles()
    await files().getByText('2 scans no longer there').waitFor()
    await picture('project-files-missing')
    await files().getByRole('button', { name: 'Find…' }).click()
    const dialog = await goToFolder(app.page, join(app.home, 'moved'))
    await dialog.getByRole('button', { name: 'It lies here now' }).click()
    await files().getByText('2 scans found in the new place.').waitFor()
    await files().getByRole('button', { name: 'Back up now' }).click()
    await files().getByText('Backed up to').waitFor()
    await files().getByRole('button', { name: 'Check now' }).click()
    await files()
      .getByText(/All is well: 2 scans/)
      .waitFor()
    await picture('project-files-checked')
    await files().getByRole('button', { name: 'Close' }).last().click()
  })

  it('offers the formats, and says what each is for', async () => {
    await app.page.getByRole('button', { name: 'Export…' }).click()
    const dialog = app.page.getByRole('dialog', { name: 'Export label maps' })
    await dialog.getByLabel('Format').selectOption('rtstruct')
    await dialog.getByLabel('Patient').selectOption('removed')
    await dialog.getByText('For giving labels away.').waitFor()
    await picture('export')
    await dialog.getByRole('button', { name: 'Close' }).first().click()
  })

  it('complained about nothing', () => {
    expect(app.complaints).toEqual([])
  })
})
