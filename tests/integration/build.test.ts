/** The build: does what was bundled find its parts, and would an installer get the right files? */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensureBuilt } from '../../main/cli/start/build.ts'
import { buildState } from '../../main/cli/start/sources.ts'

beforeAll(() => ensureBuilt('.', () => {}))

/** Runs a script in a Node of its own, which knows nothing of the sources. Resolves with what it printed as JSON. */
const run = (script: string): unknown =>
  JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', timeout: 60_000 }).trim(),
  )

describe('the build', () => {
  it('is marked as that of the present sources', () => expect(buildState('.')).toBe('fresh'))

  it.each([
    'index.js',
    'workers/importer.js',
    'workers/trainer.js',
    'workers/trainer/batch-thread.js',
    'workers/device-probe.js',
    'engine/kernels/kernels-worker.js',
  ])('has the entry %s', (file) => expect(existsSync(resolve('out/main', file))).toBe(true))

  it('has a preload script in one piece, which a sandbox can run', () => {
    const script = readFileSync('out/preload/index.cjs', 'utf8')
    expect([...script.matchAll(/require\("([^"]+)"\)/g)].map((match) => match[1])).toEqual(['electron'])
    expect(script).not.toMatch(/^import /m)
    expect(script.length).toBeLessThan(4000)
  })

  it('has a page that loads nothing from elsewhere and runs no inline script', () => {
    const page = readFileSync('out/renderer/index.html', 'utf8')
    expect(page).not.toMatch(/https?:\/\//)
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)/)
  })

  it('finds its kernels and threads: the same devices as the sources', () => {
    const devices = (from: string) =>
      run(`import { availableDevices } from '${from}'; console.log(JSON.stringify(await availableDevices()))`)
    expect(devices(`${resolve('out/main/engine/index.js')}`)).toEqual(devices(resolve('main/engine/index.ts')))
  })

  it('finds the thread that makes batches', () => {
    const script = `
      import { makePlan } from '${resolve('out/main/training/plan.js')}'
      import { startBatchThreads } from '${resolve('out/main/workers/trainer/batches.js')}'
      const [shape, spacing] = [[24, 24, 24], [1, 1, 1]]
      const intensities = [{ low: 0, high: 1, mean: 0, deviation: 1 }]
      const plan = makePlan({ cases: [{ id: 'a', shape, spacing }], modality: 'MR', channels: 1, intensities })
      const voxels = { kind: 'memory', size: shape, image: new Float32Array(24 ** 3), label: new Uint8Array(24 ** 3) }
      const scan = { id: 'a', name: 'a', channels: 1, shape, voxels, labelled: true, mean: 0, foreground: [], source: { shape, spacing } }
      const course = { begin: 0, steps: 2 }
      const threads = startBatchThreads({ kind: 'finetune', plan, seed: 0, classes: 2, course, cases: [scan], proposed: [] }, 1)
      await threads.started
      await threads.take(0)
      console.log(JSON.stringify([...(await threads.take(1)).keys()]))
      process.exit(0)`
    expect(run(script)).toContain('image')
  })

  it('finds its importer and the demo scans', () => {
    const script = `
      import { mkdtempSync, rmSync } from 'node:fs'
      import { createServices } from '${resolve('out/main/services/index.js')}'
      const homeFolder = mkdtempSync('${resolve('/tmp')}/handful-build-')
      const services = createServices({ homeFolder })
      const { cases, labelled } = await services.handlers['project.demo'](undefined)
      await services.close()
      rmSync(homeFolder, { recursive: true })
      console.log(JSON.stringify({ cases, labelled }))
      process.exit(0)`
    const { cases, labelled } = run(script) as { cases: number; labelled: number }
    expect(cases).toBeGreaterThanOrEqual(10)
    expect(labelled).toBeGreaterThanOrEqual(3)
  })
})

it('the configuration of the installer is one that electron-builder understands', async () => {
  const require = createRequire(import.meta.url)
  const { getConfig, validateConfiguration } = require('app-builder-lib/out/util/config/config.js')
  const { DebugLogger } = require('builder-util')
  const config = await getConfig(resolve('.'), 'electron-builder.yml', null)
  await validateConfiguration(config, new DebugLogger(false))
  expect(config.electronFuses.runAsNode).toBe(false)
  const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  expect(config.electronVersion).toBe(devDependencies.electron)
})
