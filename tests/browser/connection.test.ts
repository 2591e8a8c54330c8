/** The program goes away and comes back: the page says so and recovers by itself. */
import { describe, it } from 'vitest'
import { startServer } from '../../main/server/index.ts'
import { browserPath } from './app.ts'
import { HomePage } from './pages.ts'
import { withApp } from './withApp.ts'

describe.skipIf(!browserPath)('a lost connection', () => {
  const app = withApp(async () => {
    await new HomePage(app.page).openDemo()
  })

  it('is told calmly, and the page is of use again afterwards', async () => {
    const { page } = app
    await page.context().setOffline(true)
    await page.getByText(/Connection lost|connection to Handful was lost/).waitFor({ timeout: 20_000 })
    // What was on screen stays.
    await page.getByRole('heading', { name: '12 scans' }).waitFor()
    await page.context().setOffline(false)
    await page
      .getByText(/Connection lost|connection to Handful was lost/)
      .waitFor({ state: 'detached', timeout: 20_000 })
    await page.getByRole('option').filter({ hasText: 'hippocampus_045' }).click()
    await page.getByRole('heading', { level: 2, name: 'hippocampus_045' }).waitFor()
  })

  it('says what to do when the program was started anew', async () => {
    const { page, server, services } = app
    const port = server.port
    await server.close()
    app.server = await startServer({ services, page: 'out/renderer', port, log: (line) => app.log.push(line) })
    await page.getByText(/Open the whole address/).waitFor({ timeout: 20_000 })
  })
})
