/**
 * How long the label tools keep the window busy: the longest task of the page's own thread during each edit (above 50 ms a
 * browser counts it; above 200 ms a person feels it), and how long the edit takes until it is shown, on a scan of
 * 256 × 256 × 150 voxels, in the built app and Chromium.
 *
 *     npm run -s bench -- labelling [--json]
 */
import { openApp, type RunningApp } from '../tests/browser/app.ts'
import { openProject } from '../tests/browser/labelled-scans.ts'
import { Labelling } from '../tests/browser/pages.ts'
import type { Affine, Triple } from '../shared/domain/geometry.ts'

export interface LabellingRow {
  edit: string
  /** ms; 0: no task above 50 ms. */
  longestTask: number
  /** ms from the press of the button until the result is there. */
  shown: number
}

const shape: Triple = [256, 256, 150]
const affine: Affine = [
  [1, 0, 0, -128],
  [0, 1, 0, -128],
  [0, 0, 1.5, -100],
  [0, 0, 0, 1],
]

export async function run({ json = false }: { json?: boolean }): Promise<LabellingRow[]> {
  const app = await openApp()
  try {
    await app.page.setViewportSize({ width: 1440, height: 900 })
    const ball = { name: 'large', shape, spacing: [1, 1, 1.5] as Triple, radius: 70, file: { shape, affine } }
    const worklist = await openProject(app, [ball], (n) => (n * 2654435761) % 37)
    await worklist.open('large')
    const rows = await measure(app)
    if (json) console.log(JSON.stringify(rows))
    else console.table(Object.fromEntries(rows.map(({ edit, ...figures }) => [edit, figures])))
    if (app.complaints.length) throw new Error(app.complaints.join('\n'))
    return rows
  } finally {
    await app.close()
  }
}

async function measure(app: RunningApp): Promise<LabellingRow[]> {
  const { page } = app
  const labelling = new Labelling(page)
  const rows: LabellingRow[] = []
  await page.evaluate(() => {
    const seen: number[] = []
    Object.assign(window, { seen })
    new PerformanceObserver((list) => seen.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: 'longtask',
    })
  })
  const edit = async (name: string, act: () => Promise<void>, shown: () => Promise<void>) => {
    await page.evaluate(() => void ((window as unknown as { seen: number[] }).seen.length = 0))
    const start = performance.now()
    await act()
    await shown()
    const took = performance.now() - start
    // What comes after: draft and save belong to the edit.
    await page.waitForTimeout(3500)
    const tasks = await page.evaluate(() => (window as unknown as { seen: number[] }).seen)
    rows.push({ edit: name, longestTask: Math.round(Math.max(0, ...tasks)), shown: Math.round(took) })
  }
  const preview = () => page.getByRole('button', { name: 'Accept', exact: true }).waitFor({ timeout: 60_000 })
  const gone = async () => {
    await page.getByRole('button', { name: 'Accept', exact: true }).waitFor({ state: 'detached' })
    await labelling.view.settled()
  }
  const settled = () => labelling.view.settled()
  const undo = () => edit('undo of it', () => page.keyboard.press('Control+z'), settled)
  const previewed = async (name: string, start: () => Promise<void>) => {
    await edit(`${name}: preview`, start, preview)
    await edit(`${name}: accept`, () => labelling.accept(), gone)
    await undo()
  }

  await labelling.take('Grow a region')
  await edit('grow a region: preview', () => labelling.stroke('axial', [0, 0]), preview)
  const { x, y } = await labelling.at('axial', [0, 0])
  await page.mouse.move(x, y)
  await edit('grow a region: wheel', () => page.mouse.wheel(0, -100), settled)
  await edit('grow a region: accept', () => labelling.accept(), gone)
  await labelling.take('Brush')
  await labelling.option('Shape of the brush', 'Sphere')
  await labelling.setRadius(11.5)
  const path = Array.from({ length: 30 }, (_, n) => [-60 + 4 * n, 60 * Math.sin(n / 5)] as const)
  // Places are worked out beforehand: what is measured is the window, not how a test finds its way.
  const middle = await labelling.at('axial', [0, 0])
  const pixels = ((await labelling.at('axial', [10, 0])).x - middle.x) / 10
  const drag = async () => {
    for (const [n, [right, down]] of path.entries()) {
      await page.mouse.move(middle.x + right * pixels, middle.y + down * pixels)
      if (n === 0) await page.mouse.down()
    }
    await page.mouse.up()
  }
  await edit('sphere stroke of 30 moves', drag, settled)
  await undo()
  await previewed('smooth', () => labelling.more('Smooth'))
  await previewed('margin', () => labelling.more('Grow or shrink by a margin'))
  await labelling.take('Scissors')
  await labelling.option('Outline', 'Circle')
  await labelling.option('What is cut away', 'Outside')
  await labelling.option('How deep the scissors cut', 'All slices')
  await edit('scissors through all slices', () => labelling.stroke('axial', [0, 0], [40, 0]), settled)
  await undo()
  await edit('first complete slice', () => labelling.mark('axial'), settled)
  await undo()
  await edit('clear the label', () => labelling.more('Clear this label in the whole scan'), settled)
  await undo()
  return rows
}
