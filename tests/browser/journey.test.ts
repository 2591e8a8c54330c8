/** The journey through the built app on the bundled scans: demo project, worklist, three planes, labels. */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { browserPath } from './app.ts'
import { chooseFolder, HomePage, type Plane, type Worklist } from './pages.ts'
import { withApp } from './withApp.ts'

const planes: Plane[] = ['axial', 'coronal', 'sagittal']
const anterior = '#e69f00'
const posterior = '#56b4e9'

describe.skipIf(!browserPath)('the demo project in the page', () => {
  let worklist: Worklist
  const app = withApp(async () => {
    worklist = await new HomePage(app.page).openDemo()
  })

  it('lists its twelve scans with their facts', async () => {
    await expect.poll(() => worklist.count()).toBe(12)
    await worklist.filter('104')
    await expect.poll(() => worklist.rows.count()).toBe(1)
    const text = (await worklist.rows.first().textContent()) ?? ''
    expect(text).toMatch(/hippocampus_104.*35×53×39.*mm.*Labelled/s)
    await worklist.filter('validation')
    await expect.poll(() => worklist.rows.count()).toBe(4)
    await worklist.filter('nothing like it')
    await app.page.getByText('No scan matches the filter.').waitFor()
    await worklist.filter('')
  })

  it('shows a labelled scan in three planes, with its labels in their colours', async () => {
    const view = await worklist.open('hippocampus_104')
    for (const plane of planes) {
      const { mean, spread } = await view.grey(plane)
      expect(mean).toBeGreaterThan(10)
      expect(spread).toBeGreaterThan(20)
    }
    for (const plane of planes) {
      const colored = async () => (await view.pixelsOf(plane, anterior)) + (await view.pixelsOf(plane, posterior))
      // The label's map comes after the scan.
      await expect.poll(colored).toBeGreaterThan(300)
    }
  })

  it('scrolls one plane and leaves the others', async () => {
    const view = await worklist.open('hippocampus_104')
    const before = await Promise.all(planes.map((p) => view.grey(p)))
    const from = await view.slice('axial')
    await view.scroll('axial', 3)
    await expect.poll(() => view.slice('axial')).toBe(from - 3)
    const after = await Promise.all(planes.map((p) => view.grey(p)))
    expect(after[0].hash).not.toBe(before[0].hash)
    expect(after[1].hash).toBe(before[1].hash)
    expect(after[2].hash).toBe(before[2].hash)
    await view.slider('sagittal').fill('5')
    await view.settled()
    expect((await view.grey('sagittal')).hash).not.toBe(before[2].hash)
  })

  it('goes to the place that is clicked, in all planes, with the right side on the left', async () => {
    const view = await worklist.open('hippocampus_104')
    const box = (await view.plane('axial').boundingBox())!
    await view.plane('axial').click({ position: { x: box.width / 2, y: box.height / 2 } })
    await view.settled()
    const middle = { i: await view.slice('sagittal'), j: await view.slice('coronal') }
    // The volume's middle: 35 × 53 × 39.
    expect(Math.abs(middle.i - 17)).toBeLessThanOrEqual(1)
    expect(Math.abs(middle.j - 26)).toBeLessThanOrEqual(1)
    await view.plane('axial').click({ position: { x: box.width / 2 - 40, y: box.height / 2 - 40 } })
    await view.settled()
    // Indices grow to the patient's right (left on screen) and to the front (up).
    await expect.poll(() => view.slice('sagittal')).toBeGreaterThan(middle.i)
    await expect.poll(() => view.slice('coronal')).toBeGreaterThan(middle.j)
  })

  it('hides labels one by one and all at once', async () => {
    const view = await worklist.open('hippocampus_104')
    const total = async (color: string) =>
      (await Promise.all(planes.map((p) => view.pixelsOf(p, color)))).reduce((a, b) => a + b)
    await app.page.getByLabel('Show Anterior').uncheck()
    await view.settled()
    expect(await total(anterior)).toBe(0)
    expect(await total(posterior)).toBeGreaterThan(0)
    await app.page.getByLabel('Show Anterior').check()
    await app.page.getByText('Nothing', { exact: true }).click()
    await view.settled()
    expect((await total(anterior)) + (await total(posterior))).toBe(0)
    await app.page.getByText('Both', { exact: true }).click()
    await view.settled()
    expect(await total(posterior)).toBeGreaterThan(0)
  })

  it('changes the display window by dragging with the right button, and back', async () => {
    const view = await worklist.open('hippocampus_104')
    const readout = app.page.locator('[data-readout="window"]')
    const before = { text: await readout.textContent(), ...(await view.grey('coronal')) }
    const box = (await view.plane('axial').boundingBox())!
    await app.page.mouse.move(box.x + 100, box.y + 100)
    await app.page.mouse.down({ button: 'right' })
    await app.page.mouse.move(box.x + 160, box.y + 150, { steps: 4 })
    await app.page.mouse.up({ button: 'right' })
    await view.settled()
    await expect.poll(() => readout.textContent()).not.toBe(before.text)
    expect(Math.abs((await view.grey('coronal')).mean - before.mean)).toBeGreaterThan(3)
    await app.page.getByRole('button', { name: 'Reset window' }).click()
    await view.settled()
    await expect.poll(() => readout.textContent()).toBe(before.text)
    expect((await view.grey('coronal')).hash).toBe(before.hash)
  })

  it('walks through the list by keys', async () => {
    await worklist.open('hippocampus_104')
    await worklist.list.focus()
    await app.page.keyboard.press('ArrowDown')
    await app.page.getByRole('heading', { level: 2, name: 'hippocampus_123' }).waitFor()
    await app.page.keyboard.press('Home')
    await app.page.getByRole('heading', { level: 2, name: 'hippocampus_006' }).waitFor()
  })

  it('keeps a scan for validation and takes it back', async () => {
    await worklist.open('hippocampus_123')
    const keep = app.page.getByRole('checkbox', { name: /Keep for validation/ })
    await keep.check()
    await worklist.row('hippocampus_123').getByText('Validation').waitFor()
    await keep.uncheck()
    await worklist.row('hippocampus_123').getByText('Validation').waitFor({ state: 'detached' })
  })

  it('fills the place when a plane is enlarged, and all are as before afterwards', async () => {
    const view = await worklist.open('hippocampus_104')
    const small = (await view.plane('coronal').boundingBox())!
    const before = await Promise.all(planes.map((p) => view.grey(p)))
    await app.page.getByRole('button', { name: 'Enlarge coronal' }).click()
    await view.settled()
    expect((await view.plane('coronal').boundingBox())!.width).toBeGreaterThan(1.8 * small.width)
    const large = await view.grey('coronal')
    expect(large.width).toBeGreaterThan(1.8 * before[1].width)
    expect(large.spread).toBeGreaterThan(20)
    await app.page.getByRole('button', { name: 'Show all planes' }).click()
    await view.settled()
    expect(await view.plane('coronal').boundingBox()).toEqual(small)
    expect(await Promise.all(planes.map((p) => view.grey(p)))).toEqual(before)
  })

  it('shows the scan again after a look at the Train panel', async () => {
    const view = await worklist.open('hippocampus_104')
    const before = await view.grey('axial')
    const screens = app.page.getByRole('radiogroup', { name: 'Parts of the project' })
    await screens.getByText('Train').click()
    await app.page.getByRole('heading', { name: 'Train a model' }).waitFor()
    await screens.getByText('Scans').click()
    await view.shows('hippocampus_104')
    expect(await view.grey('axial')).toEqual(before)
  })

  it('renames a label', async () => {
    await app.page.getByRole('button', { name: 'Edit' }).click()
    await app.page.getByLabel('Name of Anterior').fill('Head')
    await app.page.getByLabel('Name of Anterior').press('Enter')
    await app.page.getByLabel('Name of Head').waitFor()
    await app.page.getByRole('button', { name: 'Done' }).click()
    await app.page.getByLabel('Show Head').waitFor()
  })

  it('writes label maps for other programs', async () => {
    const folder = join(app.home, 'for-slicer')
    await mkdir(folder)
    await app.page.getByRole('button', { name: 'Export…' }).click()
    const dialog = app.page.getByRole('dialog', { name: 'Export label maps' })
    await dialog.getByText('All scans that have one (7)').waitFor()
    await dialog.getByRole('button', { name: 'Choose…' }).click()
    await chooseFolder(app.page, folder)
    await dialog.getByRole('button', { name: 'Export' }).click()
    await dialog.getByRole('status').waitFor()
    await dialog.getByRole('contentinfo').or(dialog.locator('footer')).getByRole('button', { name: 'Close' }).click()
    expect((await readdir(folder)).filter((name) => name.endsWith('.nii.gz'))).toHaveLength(7)
  })

  it('closes the project and finds it among the recent ones', async () => {
    await app.page.getByRole('button', { name: 'All projects' }).click()
    await app.page.getByRole('button', { name: /^Demo: hippocampus/ }).click()
    await app.page.getByRole('heading', { name: '12 scans' }).waitFor()
    await worklist.open('hippocampus_104')
  })

  it('complained about nothing', () => {
    expect(app.complaints).toEqual([])
  })
})
