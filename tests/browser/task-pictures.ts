/** Makes docs/pictures/tasks.png, what each pretext task shows and asks, from the built app: `node tests/browser/task-pictures.ts`. */
import { writeFile } from 'node:fs/promises'
import { openApp } from './app.ts'
import { HomePage, TrainPanel } from './pages.ts'

const tasks = ['restoration', 'rotation', 'jigsaw', 'relative-location', 'cpc', 'exemplar']
const app = await openApp()
try {
  const { page } = app
  await page.setViewportSize({ width: 1280, height: 1000 })
  const worklist = await new HomePage(page).openDemo()
  await worklist.open('hippocampus_104')
  const panel = await TrainPanel.open(page)
  await panel.setMinutes(5)
  const figures: string[] = []
  for (const task of tasks) {
    const choice = page.getByLabel('Pretraining task')
    await choice.selectOption(task)
    await page.locator('[data-task-picture] canvas').first().waitFor()
    await page.waitForTimeout(500) // until the picture is that of the task
    const name = await choice.locator('option:checked').textContent()
    const picture = await page.locator('[data-task-picture]').screenshot()
    figures.push(`<section><h3>${name}</h3><img src="data:image/png;base64,${picture.toString('base64')}"></section>`)
  }
  const sheet = await page.context().newPage()
  await sheet.setViewportSize({ width: 1200, height: 800 })
  await sheet.setContent(
    `<style>body { margin: 16px; background: #12151a; color: #e8ebef; font: 14px sans-serif; display: grid;
      grid-template-columns: 1fr 1fr; gap: 16px } h3 { margin: 0 0 8px } img { width: 100% }</style>${figures.join('')}`,
  )
  await writeFile('docs/pictures/tasks.png', await sheet.screenshot({ fullPage: true }))
} finally {
  await app.close()
}
