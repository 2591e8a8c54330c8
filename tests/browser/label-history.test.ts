/** What can be taken back beside strokes: the label set, complete slices, whole versions; and drafts in the project. */
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readLabelFile } from '../../main/library/index.ts'
import { startServer } from '../../main/server/index.ts'
import { browserPath } from './app.ts'
import { openProject, savedLabels, type BallScan } from './labelled-scans.ts'
import { Labelling, type Worklist } from './pages.ts'
import { withApp } from './withApp.ts'

const shape: BallScan['shape'] = [31, 31, 9]
const slice = 31 * 31
const affine: BallScan['file']['affine'] = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 2, 0],
  [0, 0, 0, 1],
]
const scan = (name: string): BallScan => ({
  name,
  shape,
  spacing: [1, 1, 2],
  radius: 4,
  file: { shape, affine },
})
/** What the program has once it is done; a slow machine takes its time. */
const eventually = <T>(read: () => T) => expect.poll(read)
/** Voxels of a circle of 2.5 mm. */
const disc = 21

describe.skipIf(!browserPath)('label set, complete slices, versions, drafts', () => {
  let worklist: Worklist
  let labelling: Labelling
  const app = withApp(async () => {
    worklist = await openProject(app, [scan('one'), scan('two'), scan('three')])
    labelling = new Labelling(app.page)
    await worklist.open('one')
    await labelling.take('Brush')
    await labelling.setRadius(2.5)
  })
  const saved = (name: string) => savedLabels(app, name)
  const set = () => app.services.context.library!.labels().map(({ name, color, key }) => [name, color, key])
  const undo = () => app.page.keyboard.press('Control+z')
  const redo = () => app.page.keyboard.press('Control+Shift+Z')

  it('sets how many pieces predictions keep of a label, and takes it back', async () => {
    const { page } = app
    const wishes = () => app.services.context.library!.labels().map(({ name, pieces }) => [name, pieces])
    const before = wishes()
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    await page.getByLabel('Name of Organ').click()
    const choice = page.getByLabel('What predictions keep of Organ')
    await choice.selectOption('one')
    await eventually(wishes).toContainEqual(['Organ', 'one'])
    await choice.selectOption('all')
    await eventually(wishes).toContainEqual(['Organ', 'all'])
    await page.getByRole('button', { name: 'Done' }).click()
    await labelling.view.plane('axial').focus()
    await undo()
    await eventually(wishes).toContainEqual(['Organ', 'one'])
    await undo()
    await eventually(wishes).toEqual(before)
  })

  it('takes changes of the label set back in their order, and leaves the selection alone', async () => {
    const first = set()
    const { page } = app
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    await page.getByLabel('Name of Organ').fill('Liver')
    await page.getByLabel('Name of Organ').press('Enter')
    await page.getByLabel('Key of Liver').selectOption('1')
    await page.getByRole('button', { name: 'Move Liver up' }).click()
    await page.getByLabel('Colour of Liver').fill('#112233')
    await page.getByRole('button', { name: 'Add label' }).click()
    await page.getByLabel('Name of Label 3').waitFor()
    await eventually(set).toEqual([
      ['Liver', '#112233', 1],
      ['Tumour', '#e69f00', null],
      ['Label 3', '#009e73', 3],
    ])
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('button', { name: /^Tumour/ }).click()
    await labelling.view.plane('axial').focus()
    const steps = [
      ['Liver', 'Tumour'],
      ['Liver', 'Tumour'],
      ['Tumour', 'Liver'],
      ['Tumour', 'Liver'],
      ['Tumour', 'Organ'],
    ]
    for (const names of steps) {
      await undo()
      await eventually(() => set().map(([name]) => name)).toEqual(names)
      await page.getByRole('button', { name: /^Tumour/, pressed: true }).waitFor()
    }
    expect(set()).toEqual(first)
    for (let n = 0; n < 5; n++) await redo()
    await eventually(set).toHaveLength(3)
    for (let n = 0; n < 5; n++) await undo()
    await eventually(set).toEqual(first)
  })

  it('deletes a label everywhere, and brings it back everywhere, between strokes', async () => {
    for (const name of ['two', 'one']) {
      await worklist.open(name)
      await app.page.keyboard.press('2')
      await labelling.stroke('axial', [-6, 0])
      await app.page.keyboard.press('1')
      await labelling.stroke('axial', [6, 0])
      await labelling.save()
    }
    const before = [saved('one').samples, saved('two').samples]
    expect(saved('one').counts).toEqual({ 1: disc, 2: disc })
    await app.page.getByRole('button', { name: 'Edit', exact: true }).click()
    await app.page.getByRole('button', { name: 'Remove Organ' }).click()
    await app.page.getByText('Organ was deleted, also where it was drawn: in 2 scans. Undo brings it back.').waitFor()
    expect([saved('one').counts, saved('two').counts]).toEqual([{ 1: disc }, { 1: disc }])
    await app.page.getByRole('button', { name: 'Done' }).click()
    await labelling.view.plane('axial').focus()
    await undo()
    await eventually(() => saved('two').counts).toEqual({ 1: disc, 2: disc })
    expect([saved('one').samples, saved('two').samples]).toEqual(before)
    // The stroke before it goes back too, as if nothing had been.
    await undo()
    await eventually(() => saved('one').counts).toEqual({ 2: disc })
    await labelling.save()
    await redo()
    await redo()
    await eventually(() => [saved('one').counts, saved('two').counts]).toEqual([{ 1: disc }, { 1: disc }])
    await undo()
    await eventually(() => saved('two').samples).toEqual(before[1])
    expect(saved('one').samples).toEqual(before[0])
    await app.page.getByRole('button', { name: 'Dismiss' }).first().click()
  })

  it('saves what is not painted outside complete slices as unknown, and takes the mark back', async () => {
    const before = saved('one').samples
    await labelling.mark('axial')
    await labelling.save()
    const count = (value: number) => saved('one').samples.reduce((sum, one) => sum + (one === value ? 1 : 0), 0)
    expect([count(255), count(0)]).toEqual([8 * slice, slice - 2 * disc])
    await labelling.view.slider('axial').fill('2')
    await labelling.mark('axial')
    // Painted and erased outside: unknown again; in a complete slice: background.
    await labelling.stroke('axial', [0, 8])
    await app.page.keyboard.press('e')
    await labelling.stroke('axial', [0, 8])
    await labelling.view.slider('axial').fill('6')
    await app.page.keyboard.press('b')
    await labelling.stroke('axial', [0, 8])
    await app.page.keyboard.press('e')
    await labelling.stroke('axial', [0, 8])
    await app.page.keyboard.press('b')
    await labelling.save()
    expect([count(255), count(0)]).toEqual([7 * slice, 2 * slice - 2 * disc])
    await app.page.getByRole('img', { name: '2 of 9 slices are complete' }).waitFor()
    await app.page.reload()
    await worklist.open('one')
    await app.page.getByRole('img', { name: '2 of 9 slices are complete' }).waitFor()
    await labelling.take('Brush')
    await labelling.view.slider('axial').fill('2')
    await labelling.mark('axial')
    await labelling.view.slider('axial').fill('4')
    await labelling.mark('axial')
    await labelling.save()
    expect(saved('one').samples).toEqual(before)
    await undo()
    await labelling.save()
    expect(count(255)).toBe(8 * slice)
    await redo()
    await labelling.save()
    expect(saved('one').samples).toEqual(before)
  })

  it('lists sittings, shows what going back would change, restores, and takes that back', async () => {
    const now = saved('one')
    const { page } = app
    await page.getByRole('button', { name: 'History' }).click()
    const list = page.getByRole('list', { name: 'History of this scan’s labels' })
    await list.getByText('· present').waitFor()
    await expect.poll(() => list.getByRole('button', { name: /saves$/ }).count()).toBe(1)
    await list.getByRole('button', { name: /saves$/ }).click()
    // The first save of all: both discs.
    const saves = list.getByRole('list').getByRole('button')
    await expect.poll(() => saves.count()).toBe(now.versions)
    await labelling.setRadius(2.5)
    await labelling.stroke('axial', [0, -8])
    await labelling.save()
    await saves.last().click()
    await page.getByText(/^Outlined: what would change/).waitFor()
    const library = app.services.context.library!
    const first = library.labelVersions(library.cases().find(({ name }) => name === 'one')!.id).at(-1)!
    const had = first.volumes.find(({ value }) => value === 1)?.voxels ?? 0
    const voxels = 2 * disc - had
    await list.getByText(`−${((voxels * 2) / 1000).toFixed(2)}`).waitFor()
    await page.getByRole('button', { name: 'Restore' }).click()
    await labelling.save()
    expect(saved('one').samples).toEqual(readLabelFile(library.folder, first))
    await page.getByRole('button', { name: 'Back to labels' }).click()
    await labelling.view.plane('axial').focus()
    await undo()
    await labelling.save()
    expect(saved('one').counts).toEqual({ 1: 2 * disc, 2: disc })
    await undo()
    await labelling.save()
    expect(saved('one').samples).toEqual(now.samples)
  })

  it('does not count an emptied label as labelled', async () => {
    await worklist.open('three')
    await labelling.stroke('axial', [0, 0])
    await labelling.save()
    await worklist.row('three').getByText('Labelled', { exact: true }).waitFor()
    await labelling.more('Clear this label in the whole scan')
    await labelling.save()
    await worklist.row('three').getByText('Unlabelled').waitFor()
    expect(savedLabels(app, 'three').counts).toEqual({})
  })

  it('finds an unsaved stroke again at another address: drafts belong to the project', async () => {
    const before = saved('two').counts
    await worklist.open('two')
    await labelling.setRadius(2.5)
    const kept = app.page.waitForResponse((reply) => reply.url().includes('/drafts/'))
    await labelling.stroke('axial', [0, 9])
    await kept
    // Before it is saved by itself the program is gone and then the page; the next one answers at another port.
    await app.server.close()
    await app.page.goto('about:blank')
    app.server = await startServer({
      services: app.services,
      page: resolve('out/renderer'),
      port: 0,
      log: (line) => app.log.push(line),
    })
    expect(saved('two').counts).toEqual(before)
    await app.page.goto(app.server.url)
    await worklist.open('two')
    await app.page.getByText('Unsaved work on this scan was recovered.').waitFor()
    await labelling.saved()
    expect(saved('two').counts).toEqual({ 1: 2 * disc, 2: disc })
  })

  it('complained about nothing but the connection that was cut', () => {
    expect(app.complaints.filter((one) => !/Failed to load resource|ERR_|WebSocket/.test(one))).toEqual([])
  })
})
