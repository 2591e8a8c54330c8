/** All kinds of volumes in the viewer: isotropic, anisotropic, oblique, a single slice, several channels; panes and windows. */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { Affine } from '../../shared/domain/geometry.ts'
import { straight, turned, writePhantom } from '../integration/phantoms.ts'
import { browserPath } from './app.ts'
import { HomePage, Labelling, Worklist, type CaseView, type Plane } from './pages.ts'
import { withApp } from './withApp.ts'

const [c, s] = [Math.cos(0.4), Math.sin(0.4)]
const oblique: Affine = [
  [c, -s, 0, 0],
  [s, c, 0, 0],
  [0, 0, 2.5, 0],
  [0, 0, 0, 1],
]
const planes: Plane[] = ['axial', 'coronal', 'sagittal']

describe.skipIf(!browserPath)('volumes of all kinds', () => {
  let page: Page
  let worklist: Worklist
  const app = withApp(async () => {
    page = app.page
    const scans = join(app.home, 'scans')
    writePhantom(join(scans, 'even.nii.gz'), { shape: [24, 22, 20], affine: straight })
    writePhantom(join(scans, 'anisotropic.nii.gz'), { shape: [20, 18, 12], affine: turned })
    writePhantom(join(scans, 'oblique.nii.gz'), { shape: [24, 20, 10], affine: oblique })
    writePhantom(join(scans, 'single.nii.gz'), { shape: [32, 24, 1], affine: straight })
    await new HomePage(page).newProject('Volumes', app.home)
    const { handlers } = app.services
    const { jobId } = await handlers['import.start']({ paths: [scans], labelFolder: null })
    while ((await handlers['jobs.get']({ jobId })).state === 'running') await page.waitForTimeout(50)
    await handlers['labels.changeSet']({ labels: [{ value: 1, name: 'Thing', color: '#e69f00', key: 1 }] })
    await page.reload()
    worklist = new Worklist(page)
  })

  it.each(['even', 'anisotropic', 'oblique', 'single'])(
    '%s: seen, walked through, painted, as a surface',
    async (name) => {
      const view = await worklist.open(name)
      for (const plane of planes) {
        expect((await view.grey(plane)).spread, plane).toBeGreaterThan(5)
        await view.scroll(plane, 1)
      }
      const labelling = new Labelling(page)
      await labelling.take('Brush')
      await labelling.setRadius(4)
      await labelling.stroke('axial', [-2, 0], [2, 0])
      await labelling.saved()
      await page.locator('.surface-view[data-labels="1"]').waitFor()
      await page.keyboard.press('m')
      await view.settled()
      await page.keyboard.press('m')
      await view.settled()
    },
  )

  it('panes are moved by dragging and by keys, and stay so', async () => {
    const view: CaseView = await worklist.open('even')
    const width = async () => (await view.plane('axial').boundingBox())!.width
    const before = await width()
    const bar = page.getByRole('separator', { name: 'Width of the planes' })
    const box = (await bar.boundingBox())!
    await page.mouse.move(box.x + box.width / 2, box.y + 60)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width / 2 + 60, box.y + 60, { steps: 3 })
    await page.mouse.up()
    await view.settled()
    expect(Math.abs((await width()) - before - 60)).toBeLessThan(4)
    expect((await view.grey('axial')).spread).toBeGreaterThan(5)
    await page.reload()
    await worklist.open('even')
    expect(Math.abs((await width()) - before - 60)).toBeLessThan(4)
    await bar.focus()
    await page.keyboard.press('ArrowLeft')
    expect(await width()).toBeLessThan(before + 58)
    // Beside the place where it crosses the other one.
    await bar.dblclick({ position: { x: 4, y: 40 } })
    expect(Math.abs((await width()) - before)).toBeLessThan(4)
  })

  it('a display window that was set holds for the next scan, and can be named', async () => {
    const readout = page.locator('[data-readout="window"]')
    const view = await worklist.open('even')
    const usual = await readout.textContent()
    /** Width and level as wanted, but for rounding. */
    const shows = async (wanted: string | null) => {
      const figures = (text: string | null) => (text ?? '').match(/\d+/g)!.map(Number)
      const now = figures(await readout.textContent())
      figures(wanted).forEach((value, n) => expect(Math.abs(value - now[n])).toBeLessThan(4))
    }
    const box = (await view.plane('axial').boundingBox())!
    await page.mouse.move(box.x + 50, box.y + 50)
    await page.mouse.down({ button: 'right' })
    await page.mouse.move(box.x + 120, box.y + 50, { steps: 4 })
    await page.mouse.up({ button: 'right' })
    const wide = await readout.textContent()
    expect(wide).not.toBe(usual)
    const list = page.getByRole('combobox', { name: 'Window…' })
    await list.selectOption({ label: 'Save or remove a window…' })
    const dialog = page.getByRole('dialog', { name: 'Windows of this project' })
    await dialog.getByLabel('Name for the present window').fill('Soft')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'Reset window' }).click()
    await expect.poll(() => readout.textContent()).toBe(usual)
    await list.selectOption({ label: 'Soft' })
    await shows(wide)
    await expect
      .poll(() => JSON.stringify(app.services.handlers['preferences.get'](undefined)))
      .toMatch(/"windows":\{"/)
    await worklist.open('oblique')
    // The same ramp of values: the same window, but for the percentiles of a smaller scan.
    await shows(wide)
  })

  it('complained about nothing', () => {
    expect(app.complaints).toEqual([])
  })
})
