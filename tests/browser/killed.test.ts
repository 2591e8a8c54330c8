/**
 * The page and the program killed in the middle of the journey: importing, in the middle of a stroke, training. What was
 * kept before the kill is there afterwards. Moments are drawn from a fixed seed; what they hit is chance.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLibrary, readLabelFile } from '../../main/library/index.ts'
import { random } from '../../shared/domain/random.ts'
import { writePhantom } from '../integration/phantoms.ts'
import { browserFlags, browserPath } from './app.ts'
import { HomePage, ImportDialog, Labelling, TrainPanel, Worklist } from './pages.ts'

const seed = 20261121
const minute = 60_000
const names = ['one', 'two', 'three']
const side = 28

describe.skipIf(!browserPath)('killed in the middle of the journey', () => {
  const home = mkdtempSync(join(tmpdir(), 'handful-killed-'))
  const project = join(home, 'Killed')
  const draw = random(seed, 'killed')
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let program: ChildProcess
  let labelling: Labelling

  /** The program as its user starts it, and a new page at the address that it prints. */
  async function start(...options: string[]): Promise<void> {
    const args = ['main/cli/index.ts', 'serve', '--port', '0', ...options]
    const env = { ...process.env, HANDFUL_HOME: home }
    program = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] })
    const [address] = (await once(program.stdout!, 'data')) as [Buffer]
    await openPage(address.toString().trim())
  }
  async function openPage(address: string): Promise<void> {
    page = await context.newPage()
    labelling = new Labelling(page)
    await page.goto(address)
    await page.getByRole('heading').first().waitFor()
  }
  const pause = (milliseconds: number) => new Promise((resume) => setTimeout(resume, milliseconds))
  async function killProgram(): Promise<void> {
    const ended = once(program, 'exit')
    program.kill('SIGKILL')
    await ended
  }
  async function killPage(): Promise<void> {
    const crashed = page.waitForEvent('crash')
    page.goto('chrome://crash').catch(() => {})
    await crashed
    await page.close()
  }
  /** The saved labels of a scan, of a project that no program has open. */
  function saved(name: string): Uint8Array {
    const library = openLibrary(project)
    try {
      const { id } = library.cases().find((one) => one.name === name)!
      return readLabelFile(library.folder, library.newestLabelVersion(id, 'label')!)
    } finally {
      library.close()
    }
  }
  /** Presses and paints; resolves, the button still held, once part of the stroke is kept. */
  async function beginStroke(down: number): Promise<void> {
    const at = (n: number) => labelling.at('axial', [n - 8, down])
    const move = async (n: number) => {
      const { x, y } = await at(n)
      await page.mouse.move(x, y)
    }
    await move(0)
    const kept = page.waitForResponse((reply) => reply.url().includes('/drafts/') && reply.ok())
    await page.mouse.down()
    for (let n = 1; n <= 8; n++) await move(n)
    await kept
    await pause(draw.integer(100))
  }
  const recovered = () => page.getByText('Unsaved work on this scan was recovered.').waitFor()
  /** Voxels that the part of a stroke at `down` mm must have painted: 1 mm voxels, whole numbers along the row. */
  const paintedRow = (map: Uint8Array) => map.reduce((sum, value) => sum + (value === 1 ? 1 : 0), 0)

  beforeAll(async () => {
    mkdirSync(home, { recursive: true })
    for (const [n, name] of names.entries()) {
      const samples = Int16Array.from({ length: side ** 3 }, (_, v) => ((v % side) - 14) ** 2 + n + ((v * 31) % 17))
      writePhantom(join(home, 'scans', `${name}.nii.gz`), { shape: [side, side, side], samples })
    }
    browser = await chromium.launch({ executablePath: browserPath, args: browserFlags, headless: true })
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    await start()
    await new HomePage(page).newProject('Killed', home)
  })
  afterAll(async () => {
    program?.kill('SIGKILL')
    await browser?.close()
    // What the program had started notices that it is gone, but may write for a moment.
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  })

  it('an import that was killed is finished by importing again, each scan once', async () => {
    const dialog = await ImportDialog.open(page)
    await dialog.choose('Folder of scans', join(home, 'scans'))
    await dialog.dialog.getByRole('button', { name: 'Import', exact: true }).click()
    await pause(draw.integer(400))
    await killProgram()
    await page.close()
    await start('--project', project)
    await page.getByRole('heading', { name: 'Killed', exact: true }).waitFor()
    const again = await ImportDialog.open(page)
    await again.choose('Folder of scans', join(home, 'scans'))
    await again.run()
    await again.done()
    expect(await new Worklist(page).count()).toBe(3)
  })

  it('a page killed in the middle of a stroke: what was painted before is there', async () => {
    await killProgram()
    const library = openLibrary(project)
    library.setLabels([{ value: 1, name: 'Tumour', color: '#e69f00', key: 1 }])
    library.close()
    await page.close()
    await start('--project', project)
    const address = page.url()
    await new Worklist(page).open('one')
    await labelling.take('Brush')
    await labelling.setRadius(2.5)
    await beginStroke(0)
    await killPage()
    await openPage(address)
    await new Worklist(page).open('one')
    await recovered()
    await labelling.saved()
  })

  it('a program killed in the middle of a stroke, and the page with it: likewise', async () => {
    await new Worklist(page).open('two')
    await labelling.take('Brush')
    await labelling.setRadius(2.5)
    await beginStroke(4)
    await killProgram()
    await killPage()
    // A whole disc and more was under the brush before the draft went.
    expect(paintedRow(saved('one'))).toBeGreaterThan(20)
    await start('--project', project)
    await new Worklist(page).open('two')
    await recovered()
    await labelling.saved()
  })

  it(
    'a page killed after a save, and a program killed while it trains: what is finished stays',
    async () => {
      const address = page.url()
      await killPage()
      await openPage(address)
      let panel = await TrainPanel.open(page)
      await panel.setMinutes(0.4)
      await expect.poll(() => panel.start.isEnabled(), { timeout: minute }).toBe(true)
      await panel.start.click()
      await panel.stage('pretrain', 'done').waitFor({ timeout: minute })
      await panel.stage('finetune', 'running').waitFor({ timeout: minute })
      await pause(draw.integer(500))
      await killProgram()
      await page.close()
      expect(paintedRow(saved('two'))).toBeGreaterThan(20)
      await start('--project', project)
      panel = await TrainPanel.open(page)
      await panel.heading('Training was interrupted').waitFor()
      await panel.stage('pretrain', 'done').waitFor()
      await page.getByRole('button', { name: 'Resume' }).click()
      await panel.stage('finetune', 'running').or(panel.stage('finetune', 'done')).waitFor({ timeout: minute })
      await panel.stage('pretrain', 'done').waitFor()
    },
    3 * minute,
  )
})
