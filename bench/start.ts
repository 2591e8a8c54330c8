/** Cold start of workstation mode: from the command to an interactive page, in a Chromium that runs already. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { ensureBuilt } from '../main/cli/start/build.ts'
import { browserPath } from '../tests/browser/app.ts'
import type { BenchOptions } from './index.ts'

interface Start {
  /** Seconds from the command: the address is printed; the page's first button can be pressed. */
  readonly served: number
  readonly interactive: number
}

export async function run({ json, quick }: BenchOptions): Promise<void> {
  if (!browserPath) throw new Error('This measures in Chromium: install one, or name it in HANDFUL_CHROMIUM.')
  ensureBuilt('.', (line) => process.stderr.write(`${line}\n`))
  const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', '--disable-gpu'] })
  const starts: Start[] = []
  for (let i = 0; i < (quick ? 3 : 7); i++) starts.push(await once(browser))
  await browser.close()
  const median = (key: keyof Start) => starts.map((start) => start[key]).sort((a, b) => a - b)[starts.length >> 1]
  const result = { starts, median: { served: median('served'), interactive: median('interactive') } }
  if (json) console.log(JSON.stringify(result))
  else {
    console.log('seconds from the command   address printed   page interactive')
    for (const { served, interactive } of [...starts, result.median])
      console.log(`${''.padEnd(27)}${served.toFixed(2).padStart(15)}${interactive.toFixed(2).padStart(19)}`)
    console.log('The last line is the median.')
  }
}

/** One start in an empty home, with a browser that has not seen the page yet. */
async function once(browser: Browser): Promise<Start> {
  const home = mkdtempSync(join(tmpdir(), 'handful-start-'))
  const begin = performance.now()
  const seconds = () => (performance.now() - begin) / 1000
  const program = spawn(process.execPath, ['main/cli/start.ts', '--workstation', '--port', '0', '--no-open'], {
    env: { ...process.env, HANDFUL_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const url = await new Promise<string>((found, fail) => {
      let said = ''
      program.stdout.on('data', (data) => {
        said += data
        const address = /http:\S+/.exec(said)
        if (address) found(address[0])
      })
      program.on('exit', () => fail(new Error(`The app did not start: ${said}`)))
    })
    const served = seconds()
    const page = await (await browser.newContext()).newPage()
    await page.goto(url)
    await page.getByRole('button', { name: 'Open demo project' }).click({ trial: true })
    const interactive = seconds()
    await page.context().close()
    return { served, interactive }
  } finally {
    program.removeAllListeners('exit')
    program.kill()
    rmSync(home, { recursive: true, force: true })
  }
}
