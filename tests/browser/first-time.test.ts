/**
 * The first hour of somebody who has never seen the window, with nothing but what is on screen: drop a folder, make two
 * labels, label a scan with brush and fill between slices, undo, redo, go to another scan and come back.
 */
import { copyFile, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { readLabelFile } from '../../main/library/index.ts'
import { browserPath } from './app.ts'
import { Labelling, Worklist } from './pages.ts'
import { withApp } from './withApp.ts'

const pictures = process.env.HANDFUL_PICTURES

/** As if a person dragged them from a file manager and let them go in the middle of the window. */
async function dropOnWindow(page: Page, paths: string[], between = async () => {}): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const data = { items: [], files: paths, dragOperationsMask: 1 }
  const at = { x: 640, y: 400, data }
  await session.send('Input.dispatchDragEvent', { type: 'dragEnter', ...at })
  await session.send('Input.dispatchDragEvent', { type: 'dragOver', ...at })
  await between()
  await session.send('Input.dispatchDragEvent', { type: 'drop', ...at })
  await session.detach()
}

describe.skipIf(!browserPath)('the first time', () => {
  let page: Page
  let labelling: Labelling
  const worklist = () => new Worklist(page)
  const folder = () => join(app.home, 'Hippocampi')
  const app = withApp(async () => {
    page = app.page
    await page.setViewportSize({ width: 1280, height: 720 })
    labelling = new Labelling(page)
    await mkdir(join(folder(), 'week 1'), { recursive: true })
    const scans = (await readdir('resources/demo/images')).filter((name) => name.endsWith('.nii.gz')).sort()
    for (const [n, name] of scans.slice(0, 3).entries())
      await copyFile(join('resources/demo/images', name), join(folder(), n ? 'week 1' : '', name))
    await copyFile('README.md', join(folder(), 'notes.md'))
  })

  const picture = async (name: string) => {
    if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`) })
  }
  /** Voxels by label value, of the newest label that was saved. */
  function saved(name: string): Record<number, number> {
    const library = app.services.context.library!
    const one = library.cases().find((entry) => entry.name === name)!
    if (!one.labelVersionId) return {}
    const counts: Record<number, number> = {}
    for (const value of readLabelFile(library.folder, library.labelVersion(one.labelVersionId)!))
      if (value) counts[value] = (counts[value] ?? 0) + 1
    return counts
  }

  it('a folder that is dropped becomes a project', async () => {
    await page.getByRole('heading', { name: 'Handful' }).waitFor()
    await picture('tour-1-home')
    await dropOnWindow(page, [folder()], async () => {
      await page.getByText('Drop to import').waitFor()
      await picture('tour-2-drop')
    })
    const dialog = page.getByRole('dialog', { name: 'New project' })
    await expect.poll(() => dialog.getByLabel('Name').inputValue()).toBe('Hippocampi')
    await dialog.getByText('The 4 files that you dropped are imported into it.').waitFor()
    // The folder that was dropped has the name already.
    await dialog.getByLabel('Name').fill('Hippocampus study')
    await dialog.getByRole('button', { name: 'Create project' }).click()
    await page.getByText('3 scans imported.').waitFor({ timeout: 30_000 })
    await expect.poll(() => worklist().count()).toBe(3)
    await picture('tour-3-imported')
    await page.getByRole('button', { name: 'Details…' }).click()
    await page.getByRole('dialog', { name: 'What was imported' }).getByText('notes.md').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Dismiss' }).click()
  })

  it('two labels are made', async () => {
    for (const name of ['Head', 'Tail']) {
      await page.getByRole('button', { name: 'Add label' }).click()
      const field = page.getByRole('textbox', { name: /^Name of Label/ })
      await field.fill(name)
      await field.press('Enter')
      await page.getByLabel(`Name of ${name}`).waitFor()
    }
    await page.getByRole('button', { name: 'Done' }).click()
  })

  it('a scan is labelled with the brush, and slices between are filled', async () => {
    const [name] = (await worklist().rows.locator('.name').allTextContents()).sort()
    await worklist().open(name)
    await page.keyboard.press('1')
    await labelling.take('Brush')
    await labelling.setRadius(4)
    for (const slice of ['14', '20']) {
      await labelling.view.slider('axial').fill(slice)
      await labelling.view.settled()
      await labelling.stroke('axial', [-3, 0], [3, 2])
    }
    await labelling.saved()
    const before = saved(name)[1]
    await page.keyboard.press('f')
    await page.getByRole('button', { name: 'Accept' }).waitFor()
    await picture('tour-4-between')
    await page.getByRole('button', { name: 'Accept' }).click()
    await labelling.saved()
    const filled = saved(name)
    // Five slices between two alike ones.
    expect(filled[1]).toBeGreaterThan(3 * before)
    await page.keyboard.press('2')
    await labelling.view.slider('axial').fill('24')
    await labelling.view.settled()
    await labelling.stroke('axial', [0, 0], [2, 4])
    await labelling.saved()
    const both = saved(name)
    expect(both[2]).toBeGreaterThan(20)
    await page.keyboard.press('Control+z')
    await labelling.saved()
    expect(saved(name)).toEqual(filled)
    await page.keyboard.press('Control+Shift+z')
    await labelling.saved()
    expect(saved(name)).toEqual(both)
    await page.locator('.surface-view[data-labels="2"]').waitFor()
    await labelling.view.slider('axial').fill('18')
    await labelling.view.settled()
    await picture('tour-5-labelled')
  })

  it('another scan and back: all is there', async () => {
    const names = (await worklist().rows.locator('.name').allTextContents()).sort()
    const both = saved(names[0])
    await page.locator('.viewer-plane[data-plane="axial"]').focus()
    await page.keyboard.press('n')
    await labelling.view.shows(names[1])
    await page.keyboard.press('p')
    await labelling.view.shows(names[0])
    await expect.poll(() => labelling.view.pixelsOf('axial', '#e69f00')).toBeGreaterThan(50)
    expect(saved(names[0])).toEqual(both)
    await worklist().row(names[0]).getByText('Labelled', { exact: true }).waitFor()
    await picture('tour-6-back')
  })

  it('what is dropped into an open project is added to it', async () => {
    await copyFile('resources/demo/images/hippocampus_104.nii.gz', join(app.home, 'one more.nii.gz')).catch(() => {})
    await dropOnWindow(page, [join(app.home, 'one more.nii.gz')])
    await page.getByText('1 scan imported.').waitFor({ timeout: 30_000 })
    await expect.poll(() => worklist().count()).toBe(4)
  })

  it('complained about nothing', () => {
    expect(app.complaints).toEqual([])
    expect(app.log).toEqual([])
  })
})
