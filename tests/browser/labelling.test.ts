/** Labels painted in the page, counted in what the program saved. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startServer } from '../../main/server/index.ts'
import { readLabelFile, type Library } from '../../main/library/index.ts'
import { nameOr } from '../../main/services/person.ts'
import { writePhantom } from '../integration/phantoms.ts'
import { browserPath } from './app.ts'
import { HomePage, ImportDialog, Labelling, Worklist } from './pages.ts'
import { withApp } from './withApp.ts'

/** Where to leave pictures to look at; none unless told. */
const pictures = process.env.HANDFUL_PICTURES

const shape = [41, 41, 21] as const
/** Middle voxel. */
const middle = [20, 20, 10] as const

/** 100 on the right half of x, 300 on the left; a ball of radius 6 mm and value 700 in the middle. */
const samples = Int16Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, n) => {
  const x = (n % shape[0]) - middle[0]
  const y = (Math.floor(n / shape[0]) % shape[1]) - middle[1]
  const z = 2 * (Math.floor(n / (shape[0] * shape[1])) - middle[2])
  if (x * x + y * y + z * z <= 36) return 700
  return x < 0 ? 100 : 300
})
const count = (inside: (x: number, y: number, z: number) => boolean): number => {
  let voxels = 0
  for (let z = 0; z < shape[2]; z++)
    for (let y = 0; y < shape[1]; y++)
      for (let x = 0; x < shape[0]; x++) if (inside(x - middle[0], y - middle[1], z - middle[2])) voxels++
  return voxels
}

describe.skipIf(!browserPath)('labels painted in the page', () => {
  let worklist: Worklist
  let labelling: Labelling
  const app = withApp(async () => {
    const scans = join(app.home, 'scans')
    const affine = [
      [1, 0, 0, -20],
      [0, 1, 0, -20],
      [0, 0, 2, -20],
      [0, 0, 0, 1],
    ] as [[1, 0, 0, number], [0, 1, 0, number], [0, 0, 2, number], [0, 0, 0, 1]]
    // Each differs in one voxel: the same scan twice would count as one.
    for (const [n, name] of ['ball_a', 'ball_b', 'ball_c'].entries()) {
      const own = samples.slice()
      own[n] = 101
      writePhantom(join(scans, `${name}.nii.gz`), { shape: [...shape], affine, samples: own })
    }
    worklist = await new HomePage(app.page).newProject('Painting', app.home)
    const dialog = await ImportDialog.open(app.page)
    await dialog.choose('Folder of scans', scans)
    await dialog.run()
    await dialog.done()
    labelling = new Labelling(app.page)
  })

  const library = (): Library => app.services.context.library!
  const caseOf = (name: string) =>
    library()
      .cases()
      .find((one) => one.name === name)!
  /** The newest saved label map of a case, and its count of each value. */
  function saved(name: string): { samples: Uint8Array; counts: Record<number, number>; versions: number } {
    const { id } = caseOf(name)
    const version = library().newestLabelVersion(id, 'label')
    const versions = library().labelVersions(id).length
    if (!version) return { samples: new Uint8Array(samples.length), counts: {}, versions }
    const counts = Object.fromEntries(version.volumes.map(({ value, voxels }) => [value, voxels]))
    return { samples: readLabelFile(library().folder, version), counts, versions }
  }

  it('says what to do without labels, and adds one', async () => {
    await worklist.open('ball_a')
    await app.page.getByText('This project has no labels yet.').waitFor()
    await app.page.getByRole('button', { name: 'Add label' }).click()
    await app.page.getByLabel('Name of Label 1').fill('Tumour')
    await app.page.getByLabel('Name of Label 1').press('Enter')
    await app.page.getByLabel('Name of Tumour').waitFor()
    await app.page.getByRole('button', { name: 'Add label' }).click()
    await app.page.getByLabel('Name of Label 2').waitFor()
    await app.page.getByRole('button', { name: 'Done' }).click()
    await app.page.getByRole('button', { name: /^Tumour/ }).click()
    expect(
      library()
        .labels()
        .map(({ value, name, key }) => [value, name, key]),
    ).toEqual([
      [1, 'Tumour', 1],
      [2, 'Label 2', 2],
    ])
  })

  it('paints a circle of exactly its voxels, saves it by itself, and the scan counts as labelled', async () => {
    await labelling.take('Brush')
    await labelling.setRadius(2.5)
    await labelling.stroke('axial', [0, 0])
    await labelling.saved()
    // Whole voxels within 2.5 mm: 1 + 4 + 4 + 4 + 8.
    expect(saved('ball_a').counts).toEqual({ 1: 21 })
    const { samples: map } = saved('ball_a')
    expect(map[middle[0] + 41 * (middle[1] + 41 * middle[2])]).toBe(1)
    await worklist.row('ball_a').getByText('Labelled').waitFor()
    expect(library().newestLabelVersion(caseOf('ball_a').id, 'label')).toMatchObject({
      author: nameOr(''),
      parentId: null,
    })
  })

  it('takes a stroke back exactly, and makes it again', async () => {
    const before = saved('ball_a').samples
    await labelling.stroke('axial', [-8, 0], [8, 0])
    await labelling.save()
    const after = saved('ball_a')
    expect(after.counts[1]).toBe(count((x, y, z) => z === 0 && Math.hypot(Math.max(0, Math.abs(x) - 8), y) <= 2.5))
    await app.page.keyboard.press('Control+z')
    await labelling.save()
    expect(saved('ball_a').samples).toEqual(before)
    await app.page.keyboard.press('Control+Shift+Z')
    await labelling.save()
    expect(saved('ball_a').samples).toEqual(after.samples)
    expect(saved('ball_a').versions).toBe(4)
  })

  it('erases with the eraser and with Ctrl', async () => {
    const before = saved('ball_a').counts[1]
    await app.page.keyboard.press('e')
    await labelling.stroke('axial', [6, 0])
    await app.page.keyboard.press('b')
    await app.page.keyboard.down('Control')
    await labelling.stroke('axial', [-6, 0])
    await app.page.keyboard.up('Control')
    await labelling.save()
    const disc = count((x, y, z) => z === 0 && Math.hypot(x, y) <= 2.5)
    expect(saved('ball_a').counts[1]).toBe(before - 2 * disc)
  })

  it('paints a sphere in millimetres, not in voxels', async () => {
    await worklist.open('ball_b')
    await app.page.keyboard.press('2')
    await app.page.getByText('Sphere', { exact: true }).click()
    await labelling.setRadius(4.5)
    // Enlarged, so that the pointer's whole pixels are far finer than the voxels.
    await labelling.view.plane('coronal').focus()
    for (let n = 0; n < 9; n++) await app.page.keyboard.press('+')
    await labelling.view.settled()
    await app.page.getByText('Nothing', { exact: true }).click()
    await labelling.stroke('coronal', [0, 0])
    // Who paints wants to see it.
    await expect.poll(() => labelling.view.pixelsOf('coronal', '#56b4e9')).toBeGreaterThan(300)
    await app.page.getByRole('button', { name: 'Fit' }).click()
    await labelling.save()
    expect(saved('ball_b').counts).toEqual({ 2: count((x, y, z) => x * x + y * y + 4 * z * z <= 4.5 ** 2) })
  })

  it('paints only values of the range, and keeps other labels where told', async () => {
    await app.page.keyboard.press('1')
    await app.page.getByLabel('Only values').check()
    await app.page.getByLabel('Lowest value that is painted').fill('600')
    await app.page.getByLabel('Highest value that is painted').fill('800')
    await app.page.getByLabel('Over other labels').uncheck()
    await labelling.setRadius(10)
    await labelling.stroke('axial', [0, 0])
    await labelling.save()
    const inner = count((x, y, z) => x * x + y * y + 4 * z * z <= 4.5 ** 2)
    const ball = count((x, y, z) => x * x + y * y + 4 * z * z <= 36)
    expect(saved('ball_b').counts).toEqual({ 1: ball - inner, 2: inner })
    await app.page.getByLabel('Only values').uncheck()
    await app.page.getByLabel('Over other labels').check()
    await app.page.getByText('Circle', { exact: true }).click()
  })

  it('fills a rectangle and what a lasso encloses', async () => {
    await worklist.open('ball_c')
    await labelling.take('Fill an outline')
    await labelling.option('Outline', 'Rectangle')
    await labelling.stroke('axial', [-3, -2], [3, 2])
    await labelling.save()
    expect(saved('ball_c').counts).toEqual({ 1: 7 * 5 })
    await app.page.keyboard.press('l')
    await labelling.stroke('axial', [-5.5, -5.5], [5.5, -5.5], [5.5, 5.5], [-5.5, 5.5])
    await labelling.save()
    expect(saved('ball_c').counts).toEqual({ 1: 11 * 11 })
  })

  it('grows a region that follows the wheel, and writes it only when accepted', async () => {
    await app.page.keyboard.press('2')
    await app.page.keyboard.press('g')
    await labelling.stroke('sagittal', [0, 0])
    await app.page.getByRole('button', { name: 'Accept' }).waitFor()
    await app.page.keyboard.press('Escape')
    await app.page.getByRole('button', { name: 'Accept' }).waitFor({ state: 'detached' })
    const before = saved('ball_c')
    await labelling.stroke('sagittal', [0, 0])
    await app.page.keyboard.press('Enter')
    await labelling.save()
    const ball = count((x, y, z) => x * x + y * y + 4 * z * z <= 36)
    expect(saved('ball_c').counts[2]).toBe(ball)
    expect(saved('ball_c').versions).toBe(before.versions + 1)
    await app.page.keyboard.press('Control+z')
    await labelling.save()
    expect(saved('ball_c').samples).toEqual(before.samples)
  })

  it('copies from the nearest slice and clears a slice', async () => {
    await app.page.keyboard.press('1')
    await labelling.view.scroll('axial', -2)
    await labelling.take('Brush')
    await labelling.take('Copy from the previous slice')
    await labelling.save()
    expect(saved('ball_c').counts).toEqual({ 1: 2 * 11 * 11 })
    await labelling.take('More tools')
    await app.page.getByRole('menuitem', { name: 'Clear this slice' }).click()
    await labelling.save()
    expect(saved('ball_c').counts).toEqual({ 1: 11 * 11 })
  })

  it('fills the gap between two labelled slices once it is accepted', async () => {
    const { counts } = saved('ball_c')
    // The same disc in slices 4 and 8: three between them.
    await app.page.keyboard.press('2')
    await labelling.take('Brush')
    await labelling.setRadius(2.5)
    await labelling.view.slider('axial').fill('4')
    await labelling.stroke('axial', [-12, -12])
    await labelling.view.slider('axial').fill('8')
    await labelling.stroke('axial', [-12, -12])
    await labelling.save()
    const before = saved('ball_c')
    expect(before.counts).toEqual({ ...counts, 2: 42 })
    await app.page.keyboard.press('f')
    await app.page.getByText(/^Adds 0\.13 mL/).waitFor()
    expect(saved('ball_c').versions).toBe(before.versions)
    await app.page.getByRole('button', { name: 'Accept' }).click()
    await labelling.save()
    expect(saved('ball_c').counts).toEqual({ ...counts, 2: 5 * 21 })
    await app.page.keyboard.press('Control+z')
    await labelling.save()
    expect(saved('ball_c').samples).toEqual(before.samples)
  })

  it('keeps the largest piece, fills holes and smooths, each shown first', async () => {
    const before = saved('ball_c')
    const choose = async (name: string) => {
      await labelling.take('More tools')
      await app.page.getByRole('menuitem', { name }).click()
    }
    await choose('Keep the largest piece')
    await app.page.getByText(/^Removes 0\.04 mL/).waitFor()
    await app.page.keyboard.press('Enter')
    await labelling.save()
    expect(saved('ball_c').counts).toEqual({ ...before.counts, 2: 21 })
    await choose('Fill holes')
    await app.page.getByText('The label has no holes.').waitFor()
    await app.page.getByRole('button', { name: 'Dismiss' }).first().click()
    await choose('Smooth')
    await app.page.getByRole('button', { name: 'Accept' }).waitFor()
    await app.page.keyboard.press('Escape')
    await app.page.getByRole('button', { name: 'Accept' }).waitFor({ state: 'detached' })
    await app.page.keyboard.press('Control+z')
    await labelling.save()
    expect(saved('ball_c').samples).toEqual(before.samples)
    // The rest of this file counts label 1 only.
    await choose('Clear this label in the whole scan')
    await labelling.save()
    await app.page.keyboard.press('1')
    await labelling.view.slider('axial').fill('12')
  })

  it('lists its keys', async () => {
    await app.page.keyboard.press('?')
    const dialog = app.page.getByRole('dialog', { name: 'Keys' })
    await dialog.getByText('Fill between slices', { exact: true }).waitFor()
    if (pictures) await app.page.screenshot({ path: join(pictures, 'keys.png') })
    await app.page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
  })

  it('keeps an unsaved stroke over a reload', async () => {
    const before = saved('ball_c').counts[1]
    await labelling.setRadius(2.5)
    await labelling.view.scroll('axial', -2)
    await labelling.stroke('axial', [0, 0])
    // At once, well before it is saved by itself.
    await app.page.reload()
    await worklist.open('ball_c')
    await expect.poll(() => saved('ball_c').counts[1]).toBe(before + 21)
  })

  it('keeps a stroke when the program is gone, and saves it to the next one', async () => {
    const before = saved('ball_c').counts[1]
    const { port } = app.server
    await labelling.take('Brush')
    await labelling.setRadius(2.5)
    await app.server.close()
    await labelling.stroke('axial', [12, 12])
    await app.page.getByText(/^Not saved: /).waitFor({ timeout: 10_000 })
    app.server = await startServer({ services: app.services, page: 'out/renderer', port, log: (l) => app.log.push(l) })
    await app.page.goto(app.server.url)
    await app.page.reload()
    await worklist.open('ball_c')
    // Nothing but the draft in the browser knows of it.
    await app.page.getByText('Unsaved work on this scan was recovered.').waitFor()
    await labelling.saved()
    expect(saved('ball_c').counts[1]).toBe(before + 21)
  })

  it('stands calmly in a small window', async () => {
    await app.page.setViewportSize({ width: 1280, height: 720 })
    await labelling.view.settled()
    await app.page.mouse.move((await labelling.at('axial', [4, 4])).x, (await labelling.at('axial', [4, 4])).y)
    await labelling.take('Brush')
    await app.page.getByLabel('Only values').check()
    await app.page.mouse.move((await labelling.at('axial', [4, 4])).x, (await labelling.at('axial', [4, 4])).y)
    if (pictures) await app.page.screenshot({ path: join(pictures, 'labelling.png') })
    const toolbar = (await app.page.getByRole('toolbar', { name: 'Label tools' }).boundingBox())!
    expect(toolbar.y + toolbar.height).toBeLessThanOrEqual(720)
    const help = (await labelling.tool('Keys').boundingBox())!
    expect(help.y + help.height).toBeLessThanOrEqual(720)
  })

  it('can be trained on', async () => {
    const request = {
      minutes: 1,
      task: 'rotation',
      recipe: 'handful',
      twin: false,
      accepted: true,
      seed: 1,
      device: 'auto',
    } as const
    const estimate = await app.services.handlers['training.estimate'](request)
    expect(estimate.labelledCases).toHaveLength(3)
    expect(estimate.obstacle).toBeNull()
  })

  it('complained about nothing but the connections that were cut', () => {
    const other = app.complaints.filter((one) => !/Failed to load resource|ERR_|WebSocket/.test(one))
    expect(other).toEqual([])
  })
})
