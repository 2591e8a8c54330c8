/** The app in Electron itself. Runs wherever Electron's program is; elsewhere it says that it does not. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureBuilt } from '../../main/cli/start/build.ts'
import { installedElectron } from '../../main/cli/start/electron.ts'
import { HomePage } from '../browser/pages.ts'

const program = installedElectron('.')
const why = !program
  ? 'its program is not installed (npm start fetches it)'
  : process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY
    ? 'there is no display (xvfb-run gives one)'
    : null
if (why) console.warn(`Electron is not tested: ${why}.`)

describe.skipIf(why !== null)('the app in Electron', () => {
  let home: string
  let app: ElectronApplication
  let page: Page
  beforeAll(async () => {
    ensureBuilt('.', () => {})
    home = await mkdtemp(join(tmpdir(), 'handful-electron-'))
    const asRoot = process.platform === 'linux' && process.getuid?.() === 0 ? ['--no-sandbox'] : []
    app = await _electron.launch({
      executablePath: program!,
      args: [...asRoot, `--user-data-dir=${join(home, 'data')}`, '.'],
      env: { ...(process.env as Record<string, string>), HANDFUL_HOME: home },
    })
    page = await app.firstWindow()
    await page.getByRole('heading').first().waitFor()
  })
  afterAll(async () => {
    await app?.close()
    await rm(home, { recursive: true, force: true })
  })

  it('shows its page without node, under the policy', async () => {
    expect(page.url()).toBe('app://handful/')
    const seen = await page.evaluate(async () => {
      const reach = (url: string) => fetch(url).then(() => true, () => false) // prettier-ignore
      const ran = (() => {
        try {
          return new Function('return true')()
        } catch {
          return false
        }
      })()
      return {
        node: 'process' in window || 'require' in window,
        bridge: Object.keys((window as unknown as { handful: object }).handful).sort(),
        ran,
        network: await reach('https://example.org/'),
        files: await reach('file:///etc/hosts'),
        climbed: (await fetch('app://handful/..%2fpackage.json')).status,
      }
    })
    expect(seen).toEqual({
      node: false,
      bridge: ['invoke', 'listen'],
      ran: false,
      network: false,
      files: false,
      climbed: expect.toSatisfy((status: number) => status >= 400),
    })
  })

  it('does not leave, and opens no window', async () => {
    await page.evaluate(() => {
      window.open('https://example.org/')
      location.href = 'https://example.org/'
    })
    await page.waitForTimeout(300)
    expect(page.url()).toBe('app://handful/')
    expect(app.windows()).toHaveLength(1)
  })

  it('gives no permission', async () => {
    expect(await page.evaluate(() => Notification.requestPermission())).toBe('denied')
  })

  it('opens the demo project: importer and volumes work', async () => {
    const worklist = await new HomePage(page).openDemo()
    await worklist.open('hippocampus_104')
    expect(existsSync(join(home, 'data', 'window.json'))).toBe(false)
  })

  it('lists the GPU, or says why there is none', async () => {
    const devices = await page.evaluate(() =>
      (
        window as unknown as {
          handful: { invoke(name: string, input: unknown): Promise<{ value: { id: string; detail: string }[] }> }
        }
      ).handful // prettier-ignore
        .invoke('app.devices', undefined),
    )
    const gpu = devices.value.find(({ id }) => id === 'webgpu')
    expect(gpu?.detail.length).toBeGreaterThan(5)
  })
})
