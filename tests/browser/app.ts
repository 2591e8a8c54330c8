/** The built app in a real browser: real services, real server, Chromium. For the browser tests. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { startServer, type RunningServer } from '../../main/server/index.ts'
import { createServices, type Services } from '../../main/services/index.ts'
import { slowed } from './slow.ts'

/** The browser's program; undefined where there is none: then the browser tests are skipped (tests/run.ts says so). */
export const browserPath = findBrowser()

/** How it is started: as root, without a GPU, alone. */
export const browserFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface RunningApp {
  page: Page
  browser: Browser
  server: RunningServer
  services: Services
  /** An empty folder that stands for the user's home; gone after close. */
  home: string
  /** What the page complained about: uncaught errors, console errors, refused by the content security policy. */
  complaints: string[]
  /** Entries of the program's log. */
  log: string[]
  close(): Promise<void>
}

/** Delays each answer of the program by up to so many ms (slow.ts). */
const slow = Number(process.env.HANDFUL_SLOW ?? 0)

/** Starts everything and opens the page at its printed address. */
export async function openApp(): Promise<RunningApp> {
  const home = await mkdtemp(join(tmpdir(), 'handful-browser-'))
  const log: string[] = []
  const complaints: string[] = []
  const services = createServices({ homeFolder: home, log: (line) => log.push(line) })
  const server = await startServer({
    services: slow > 0 ? slowed(services, slow) : services,
    page: resolve('out/renderer'),
    port: 0,
    log: (line) => log.push(line),
  })
  const browser = await chromium.launch({ executablePath: browserPath, args: browserFlags, headless: true })
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  context.setDefaultTimeout(60_000)
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  await page.goto(server.url)
  return {
    page,
    browser,
    server,
    services,
    home,
    complaints,
    log,
    async close() {
      await browser.close()
      await server.close()
      await services.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}

function findBrowser(): string | undefined {
  const named = process.env.HANDFUL_CHROMIUM
  if (named === 'none') return undefined
  return [named, '/usr/bin/chromium'].find((path) => path !== undefined && existsSync(path))
}
