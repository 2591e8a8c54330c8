/** Page objects: what a user sees and does, by accessible names. Tests say what, these say how. */
import type { Locator, Page } from 'playwright-core'

export class HomePage {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }

  async openDemo(): Promise<Worklist> {
    await this.page.getByRole('button', { name: 'Open demo project' }).click()
    const worklist = new Worklist(this.page)
    // Scans come in one by one; labels last.
    await this.page.getByRole('heading', { name: '12 scans' }).waitFor()
    await this.page.getByText('7 labelled').waitFor()
    return worklist
  }

  /** Creates a project inside `parent`, choosing the folder in the page's own dialog. */
  async newProject(name: string, parent: string): Promise<Worklist> {
    await this.page.getByRole('button', { name: 'New project…' }).click()
    const dialog = this.page.getByRole('dialog', { name: 'New project' })
    await dialog.getByLabel('Name').fill(name)
    await dialog.getByRole('button', { name: 'Choose…' }).click()
    await chooseFolder(this.page, parent)
    await dialog.getByRole('button', { name: 'Create project' }).click()
    await this.page.getByRole('heading', { name, exact: true }).waitFor()
    return new Worklist(this.page)
  }
}

/** Goes to a folder in the folder dialog that is open, once it shows the one that it begins with; the dialog. */
export async function goToFolder(page: Page, path: string): Promise<Locator> {
  const field = page.getByLabel('Folder', { exact: true })
  const dialog = page.getByRole('dialog').filter({ has: field })
  // Filling is two steps: the text must not change between them.
  await dialog.getByRole('list').waitFor()
  await field.fill(path)
  await dialog.getByRole('button', { name: 'Go' }).click()
  return dialog
}

/** Fills the folder dialog that is open. */
export async function chooseFolder(page: Page, path: string): Promise<void> {
  const dialog = await goToFolder(page, path)
  await dialog.getByRole('button', { name: /^(Use this folder|Open this project)$/ }).click()
}

export class Worklist {
  readonly page: Page
  readonly list: Locator
  readonly rows: Locator
  constructor(page: Page) {
    this.page = page
    this.list = page.getByRole('listbox', { name: 'Scans of this project' })
    this.rows = this.list.getByRole('option')
  }

  row(name: string): Locator {
    return this.rows.filter({ hasText: name })
  }

  /** How many scans the project has, from the heading: rows out of sight aren't drawn. */
  async count(): Promise<number> {
    const text = await this.page.getByRole('heading', { name: /^\d+ scans?$/ }).textContent()
    return Number.parseInt(text ?? '', 10)
  }

  async filter(text: string): Promise<void> {
    await this.page.getByRole('searchbox').fill(text)
  }

  /** Opens a scan and waits until its picture is there. */
  async open(name: string): Promise<CaseView> {
    await this.row(name).click()
    const view = new CaseView(this.page)
    await view.shows(name)
    return view
  }
}

export type Plane = 'axial' | 'coronal' | 'sagittal'

export class CaseView {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }

  async shows(name: string): Promise<void> {
    await this.page.getByRole('heading', { level: 2, name, exact: true }).waitFor()
    await this.page.locator('[data-readout="position"]').waitFor()
    await this.editable()
    await this.settled()
  }

  /** Until the labels of the scan can be edited. */
  async editable(): Promise<void> {
    await this.page.locator('[role="toolbar"][aria-disabled="false"]').waitFor()
  }

  /** Until the picture stands still: two frames, and the finer drawing that follows a zoom. */
  async settled(): Promise<void> {
    await this.page.evaluate(
      () =>
        new Promise((done) =>
          requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(done), 150))),
        ),
    )
  }

  plane(plane: Plane): Locator {
    return this.page.locator(`.viewer-plane[data-plane="${plane}"]`)
  }

  slider(plane: Plane): Locator {
    return this.page.getByRole('slider', { name: `${plane[0].toUpperCase()}${plane.slice(1)} slice` })
  }

  /** Slice number, from 0. */
  async slice(plane: Plane): Promise<number> {
    return Number(await this.slider(plane).inputValue())
  }

  async scroll(plane: Plane, notches: number): Promise<void> {
    await this.plane(plane).hover()
    for (let n = 0; n < Math.abs(notches); n++) await this.page.mouse.wheel(0, 100 * Math.sign(notches))
    await this.settled()
  }

  /** What the scan's picture is made of: mean and spread of its grey values, 0..255; its width in pixels. */
  async grey(plane: Plane): Promise<{ mean: number; spread: number; hash: number; width: number }> {
    return this.page.evaluate((name) => {
      const canvases = document.querySelectorAll<HTMLCanvasElement>(`[data-plane="${name}"] canvas:not(.viewer-labels)`)
      const canvas = [...canvases].find(
        (c) => c.width > 0 && getComputedStyle(c).display !== 'none' && c.getContext('2d'),
      )!
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
      let [sum, squares, hash] = [0, 0, 0]
      const count = data.length / 4
      for (let n = 0; n < data.length; n += 4) {
        sum += data[n]
        squares += data[n] ** 2
        hash = (hash * 31 + data[n]) | 0
      }
      return { mean: sum / count, spread: Math.sqrt(squares / count - (sum / count) ** 2), hash, width: canvas.width }
    }, plane)
  }

  /** How many pixels of the label canvas have this colour (of a filling or an outline, whatever the opacity). */
  async pixelsOf(plane: Plane, color: string): Promise<number> {
    return this.page.evaluate(
      ([name, hex]) => {
        const canvas = document.querySelector<HTMLCanvasElement>(`[data-plane="${name}"] .viewer-labels`)!
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
        const wanted = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
        let count = 0
        for (let n = 0; n < data.length; n += 4)
          if (data[n + 3] > 20 && wanted.every((value, c) => Math.abs(data[n + c] - value) <= 4)) count++
        return count
      },
      [plane, color] as const,
    )
  }
}

/** Painting in the case view. Distances in mm from the middle of a plane, to the right and down. */
export class Labelling {
  readonly view: CaseView
  readonly page: Page
  constructor(page: Page) {
    this.page = page
    this.view = new CaseView(page)
  }

  tool(name: string): Locator {
    return this.page.getByRole('toolbar', { name: 'Label tools' }).getByRole('button', { name, exact: true })
  }

  async take(name: string): Promise<void> {
    await this.tool(name).click()
  }

  /** Chooses one of a group in the tool's options, such as an outline. */
  async option(group: string, name: string): Promise<void> {
    await this.page.getByRole('radiogroup', { name: group }).getByText(name, { exact: true }).click()
  }

  /** An entry of the menu behind "More tools". */
  async more(name: string): Promise<void> {
    await this.take('More tools')
    await this.page.getByRole('menuitem', { name, exact: true }).click()
  }

  /** The field of a preview's amount. */
  amount(name: string): Locator {
    return this.page.getByRole('spinbutton', { name: new RegExp(`^${name}`) })
  }

  /** Presses "this slice is complete" of a plane. */
  async mark(plane: Plane): Promise<void> {
    await this.view.editable()
    await this.page.getByRole('button', { name: `This ${plane} slice is complete` }).click()
  }

  async accept(): Promise<void> {
    await this.page.getByRole('button', { name: 'Accept', exact: true }).click()
  }

  /** Screen position of a place in a plane, by the plane's own scale bar. */
  async at(plane: Plane, [right, down]: readonly [number, number]): Promise<{ x: number; y: number }> {
    const pane = this.page.locator(`[data-pane="${plane}"]`)
    const box = (await this.view.plane(plane).boundingBox())!
    const text = (await pane.locator('.scale').textContent()) ?? ''
    const millimetres = Number.parseFloat(text) * (text.includes('cm') ? 10 : 1)
    const pixels = await pane.locator('.scale i').evaluate((bar) => Number.parseFloat((bar as HTMLElement).style.width))
    const scale = pixels / millimetres
    return { x: box.x + box.width / 2 + right * scale, y: box.y + box.height / 2 + down * scale }
  }

  /** Presses at the first place, moves through the others, lets go. */
  async stroke(plane: Plane, ...places: (readonly [number, number])[]): Promise<void> {
    await this.view.editable()
    for (const [n, place] of places.entries()) {
      const { x, y } = await this.at(plane, place)
      await this.page.mouse.move(x, y)
      if (n === 0) await this.page.mouse.down()
    }
    await this.page.mouse.up()
  }

  async setRadius(millimetres: number): Promise<void> {
    const slider = this.page.getByLabel('Radius')
    await slider.fill(String(Math.round(Math.log(millimetres / 0.5) / 0.05) * 0.05))
    await this.page.getByText(`${millimetres} mm`, { exact: true }).waitFor()
  }

  /** Keeps painting to a range of the scan's values. */
  async setGate(low: number, high: number): Promise<void> {
    await this.page.getByLabel('Only values').check()
    await this.page.getByLabel('Lowest value that is painted').fill(String(low))
    await this.page.getByLabel('Highest value that is painted').fill(String(high))
    await this.page.getByLabel('Highest value that is painted').press('Tab')
  }

  async clearGate(): Promise<void> {
    await this.page.getByLabel('Only values').uncheck()
  }

  /** Until it has saved by itself. */
  async saved(): Promise<void> {
    await this.page.locator('[data-save-state="saved"]').waitFor()
  }

  async save(): Promise<void> {
    await this.page.keyboard.press('Control+s')
    await this.saved()
  }
}

export class ImportDialog {
  readonly page: Page
  readonly dialog: Locator
  constructor(page: Page) {
    this.page = page
    this.dialog = page.getByRole('dialog', { name: 'Import scans' })
  }

  static async open(page: Page): Promise<ImportDialog> {
    await page.getByRole('button', { name: 'Import scans…' }).first().click()
    return new ImportDialog(page)
  }

  async choose(field: 'Folder of scans' | 'Folder of labels (optional)', path: string): Promise<void> {
    await this.dialog.getByRole('group', { name: field }).getByRole('button', { name: 'Choose…' }).click()
    await chooseFolder(this.page, path)
  }

  /** Starts the import and waits for its report. */
  async run(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Import', exact: true }).click()
    await this.dialog.getByRole('button', { name: 'Done' }).waitFor()
  }

  /** File → reason of those that were left out. */
  async refused(): Promise<Record<string, string>> {
    const rows = await this.dialog.locator('[data-report="refused"] tbody tr').all()
    return Object.fromEntries(await Promise.all(rows.map((row) => row.locator('td').allTextContents())))
  }

  async done(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'Done' }).click()
  }
}

export class TrainPanel {
  readonly page: Page
  readonly start: Locator
  constructor(page: Page) {
    this.page = page
    this.start = page.getByRole('button', { name: 'Train', exact: true })
  }

  static async open(page: Page): Promise<TrainPanel> {
    await page
      .getByRole('radiogroup')
      .first()
      .getByText(/^Train/)
      .click()
    return new TrainPanel(page)
  }

  private async details(): Promise<Locator> {
    const details = this.page.locator('details', { has: this.page.getByText('Details', { exact: true }) })
    if ((await details.getAttribute('open')) === null) await details.locator('summary').click()
    return details
  }

  /** By its name in the list, such as "Rotation". */
  async setTask(name: string): Promise<void> {
    await (await this.details()).getByLabel('Pretraining task').selectOption({ label: name })
  }

  async setMinutes(minutes: number): Promise<void> {
    const details = await this.details()
    await details.getByLabel('Time in minutes').fill(String(minutes))
    await details.getByLabel('Time in minutes').blur()
  }

  stage(key: string, state?: string): Locator {
    return this.page.locator(`[data-stage="${key}"]${state ? `[data-state="${state}"]` : ''}`)
  }

  chart(title: string): Locator {
    return this.page.locator(`[data-chart="${title}"]`)
  }

  /** The heading of the training: "Training…", "Training finished", "Training was cancelled". */
  heading(name: string): Locator {
    return this.page.getByRole('heading', { name, exact: true })
  }
}
