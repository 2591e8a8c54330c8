/** Makes resources/readme.png, the README's picture, from the built app: `node tests/browser/picture.ts`. */
import { stat } from 'node:fs/promises'
import { openApp } from './app.ts'
import { HomePage } from './pages.ts'

const file = 'resources/readme.png'
const app = await openApp()
try {
  await app.page.setViewportSize({ width: 1280, height: 740 })
  const worklist = await new HomePage(app.page).openDemo()
  const view = await worklist.open('hippocampus_104')
  while ((await view.pixelsOf('axial', '#e69f00')) === 0) await view.settled()
  await app.page.getByText('Labels appear here').waitFor({ state: 'hidden' })
  await app.page.waitForTimeout(500) // the surface is drawn by a worker
  await app.page.screenshot({ path: file })
  console.log(`${file}: ${Math.round((await stat(file)).size / 1000)} kB`)
} finally {
  await app.close()
}
