/**
 * How the viewer feels, in Chromium without a graphics card: a 256 × 256 × 150 volume in three planes at 1440 × 900.
 * Scrolling, a stroke of 30 moves with a sphere, switching between scans in memory, memory over 50 switches.
 *
 *     npm run -s bench -- viewer [--quick] [--json]
 */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { ensureBuilt } from '../main/cli/start/build.ts'
import { openApp, type RunningApp } from '../tests/browser/app.ts'
import { HomePage, Labelling, Worklist, type CaseView, type Plane } from '../tests/browser/pages.ts'
import { straight, writePhantom } from '../tests/integration/phantoms.ts'

const shape: [number, number, number] = [256, 256, 150]
const planes: Plane[] = ['axial', 'coronal', 'sagittal']

export interface ViewerReport {
  /** Frames a second in which a plane showed another slice than before, while the wheel turns, by plane. */
  scrolling: Record<Plane, number>
  /** The same with a sphere of labels over it, in the axial plane. */
  scrollingWithLabels: number
  /** Milliseconds from the press to the frame after the release, 30 moves between. */
  stroke: number
  /** Milliseconds from the key to the picture of a scan that is in memory: median and worst. */
  switching: { median: number; worst: number }
  /** MB of the page after a garbage collection: after the first round through all scans, and after all switches. */
  memory: { before: number; after: number; switches: number }
}

export async function run({ json = false, quick = false }: { json?: boolean; quick?: boolean }): Promise<ViewerReport> {
  ensureBuilt('.', () => {})
  const app = await openApp()
  try {
    const report = await measure(app, quick)
    if (json) console.log(JSON.stringify(report))
    else show(report)
    return report
  } finally {
    await app.close()
  }
}

async function measure(app: RunningApp, quick: boolean): Promise<ViewerReport> {
  const { page } = app
  await page.setViewportSize({ width: 1440, height: 900 })
  for (const [n, name] of ['one', 'two', 'three'].entries())
    writePhantom(join(app.home, 'scans', `${name}.nii.gz`), {
      shape,
      affine: straight,
      samples: noisyBall(n + 1),
    })
  await new HomePage(page).newProject('Viewer', app.home)
  const { jobId } = await app.services.handlers['import.start']({ paths: [join(app.home, 'scans')], labelFolder: null })
  while ((await app.services.handlers['jobs.get']({ jobId })).state === 'running') await page.waitForTimeout(200)
  await app.services.handlers['labels.changeSet']({ labels: [{ value: 1, name: 'Ball', color: '#e69f00', key: 1 }] })
  await page.reload()
  const worklist = new Worklist(page)
  const view = await worklist.open('one')

  const seconds = quick ? 2 : 5
  const scrolling = {} as Record<Plane, number>
  for (const plane of planes) scrolling[plane] = await framesWhileScrolling(page, view, plane, seconds)
  const stroke = await paintStroke(page, view)
  const scrollingWithLabels = await framesWhileScrolling(page, view, 'axial', seconds)

  for (const name of ['two', 'three', 'one']) await worklist.open(name)
  const before = await megabytes(page)
  const switches = quick ? 10 : 50
  const times: number[] = []
  for (let n = 0; n < switches; n++) times.push(await switchTo(page, ['two', 'three', 'one'][n % 3]))
  times.sort((a, b) => a - b)
  const after = await megabytes(page)
  return {
    scrolling,
    scrollingWithLabels,
    stroke,
    switching: { median: times[Math.floor(times.length / 2)], worst: times.at(-1)! },
    memory: { before, after, switches },
  }
}

/** A ball with soft noise: values 0..1000, as of an MR scan. */
function noisyBall(seed: number): Int16Array {
  const samples = new Int16Array(shape[0] * shape[1] * shape[2])
  let state = seed
  for (let z = 0, n = 0; z < shape[2]; z++)
    for (let y = 0; y < shape[1]; y++)
      for (let x = 0; x < shape[0]; x++, n++) {
        state = (Math.imul(state, 1664525) + 1013904223) | 0
        const away = Math.hypot(x - 128, y - 128, (z - 75) * 1.5)
        samples[n] = (away < 90 ? 600 : 80) + ((state >>> 24) % 200)
      }
  return samples
}

/** The wheel turns a notch each 16 ms; counts the frames in which the plane's canvas was drawn anew. */
async function framesWhileScrolling(page: Page, view: CaseView, plane: Plane, seconds: number): Promise<number> {
  await view.slider(plane).fill('20')
  await view.settled()
  return page.evaluate(
    ([name, time]) =>
      new Promise<number>((resolve) => {
        const element = document.querySelector<HTMLElement>(`.viewer-plane[data-plane="${name}"]`)!
        let drawn = 0
        const count = () => drawn++
        element.addEventListener('CORNERSTONE_IMAGE_RENDERED', count)
        const start = performance.now()
        let turns = 0
        const box = element.getBoundingClientRect()
        const turn = () => {
          const now = performance.now()
          if (now - start > time * 1000) {
            element.removeEventListener('CORNERSTONE_IMAGE_RENDERED', count)
            return resolve(drawn / ((now - start) / 1000))
          }
          // There and back: 100 slices each way.
          const deltaY = Math.floor(turns++ / 100) % 2 ? 100 : -100
          const at = { clientX: box.x + 50, clientY: box.y + 50 }
          element.dispatchEvent(new WheelEvent('wheel', { deltaY, bubbles: true, cancelable: true, ...at }))
          setTimeout(turn, 16)
        }
        turn()
      }),
    [plane, seconds] as const,
  )
}

async function paintStroke(page: Page, view: CaseView): Promise<number> {
  const labelling = new Labelling(page)
  await labelling.take('Brush')
  await page.getByRole('radiogroup', { name: 'Shape of the brush' }).getByText('Sphere').click()
  await labelling.setRadius(10)
  await view.slider('axial').fill('75')
  const from = await labelling.at('axial', [-40, -30])
  const to = await labelling.at('axial', [40, 30])
  await page.mouse.move(from.x, from.y)
  const start = performance.now()
  await page.mouse.down()
  await page.mouse.move(to.x, to.y, { steps: 30 })
  await page.mouse.up()
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  return performance.now() - start
}

/** Clicks the row; done when the heading is the scan's and its picture has been drawn. */
function switchTo(page: Page, name: string): Promise<number> {
  return page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const row = [...document.querySelectorAll('[role="option"]')].find((one) =>
          one.querySelector('.name')?.textContent?.includes(wanted),
        ) as HTMLElement
        const drawn = new Set<string>()
        const start = performance.now()
        const done = (event: Event) => {
          drawn.add((event.currentTarget as HTMLElement).dataset.plane!)
          if (drawn.size < 3) return
          for (const element of elements) element.removeEventListener('CORNERSTONE_IMAGE_RENDERED', done)
          requestAnimationFrame(() => resolve(performance.now() - start))
        }
        const elements = [...document.querySelectorAll('.viewer-plane')]
        for (const element of elements) element.addEventListener('CORNERSTONE_IMAGE_RENDERED', done)
        row.click()
      }),
    name,
  )
}

/** Of all that the page holds: its objects, and its arrays of samples, which the heap's own figure leaves out. */
async function megabytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await page.waitForTimeout(3000)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize, backingStorageSize = 0 } = (await session.send('Runtime.getHeapUsage')) as {
    usedSize: number
    backingStorageSize?: number
  }
  await session.detach()
  return (usedSize + backingStorageSize) / 2 ** 20
}

function show({ scrolling, scrollingWithLabels, stroke, switching, memory }: ViewerReport): void {
  const line = (what: string, value: string, bar: string) =>
    console.log(`${what.padEnd(46)}${value.padStart(16)}   ${bar}`)
  for (const plane of planes) line(`scrolling, ${plane}`, `${scrolling[plane].toFixed(1)} frames/s`, 'at least 20')
  line('scrolling, axial, with labels', `${scrollingWithLabels.toFixed(1)} frames/s`, 'at least 20')
  line('stroke of 30 moves, sphere of 10 mm', `${Math.round(stroke)} ms`, 'under 1500 ms')
  line('case switch from memory, median', `${Math.round(switching.median)} ms`, 'under 1000 ms')
  line('case switch from memory, worst', `${Math.round(switching.worst)} ms`, 'under 1000 ms')
  const grown = `${memory.before.toFixed(0)} to ${memory.after.toFixed(0)} MB`
  line(`memory over ${memory.switches} case switches`, grown, 'flat')
}
