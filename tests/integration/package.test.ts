/** What would be in the installers: everything that the app needs, nothing else. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureBuilt } from '../../main/cli/start/build.ts'
import { pack, type Packed, type System } from './pack.ts'

const target = mkdtempSync(join(tmpdir(), 'handful-pack-'))
beforeAll(() => ensureBuilt('.', () => {}))
afterAll(() => rmSync(target, { recursive: true }))

const systems: [System, 'x64' | 'arm64', string][] = [
  ['linux', 'x64', 'linux-x64'],
  ['windows', 'x64', 'win32-x64'],
  ['mac', 'arm64', 'darwin-arm64'],
]

/** Packages that may be absent: loaded where they are, and done without where they are not. */
const optional = ['webgpu', 'onnxruntime-node', '@tensorflow']
const mostBytes = 150e6

describe.each(systems)('the app for %s %s', (system, arch, name) => {
  let app: Packed
  let paths: string[]
  beforeAll(async () => {
    app = await pack(system, arch, target)
    paths = [...app.files.keys()]
  })

  it.each([
    'package.json',
    'LICENSE',
    'NOTICE',
    'out/main/index.js',
    'out/main/workers/importer.js',
    'out/main/workers/trainer.js',
    'out/main/workers/device-probe.js',
    'out/main/engine/kernels/kernels-worker.js',
    'out/preload/index.cjs',
    'out/preload/gpu.cjs',
    'out/renderer/index.html',
    'out/renderer/gpu.html',
    'node_modules/better-sqlite3/LICENSE',
  ])('has %s', (path) => expect(paths).toContain(path))

  it('has every file of the build', () => {
    const built = readdirSync('out', { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).replaceAll('\\', '/'))
      .filter((path) => !path.endsWith('.node') && path !== 'out/sources.sha256')
    expect(built.filter((path) => !app.files.has(path))).toEqual([])
  })

  it('has native code of this platform alone, outside of the archive, and the kernels in WebAssembly', () => {
    const native = paths.filter((path) => /\.(node|dll|so|dylib|exe)$/.test(path))
    expect(native.sort()).toEqual([
      `node_modules/better-sqlite3/prebuilds/${name}.node`,
      `out/main/engine/kernels/prebuilt/kernels-${name}.node`,
    ])
    const kernels = ['relaxed.wasm', 'simd.wasm'].map((kind) => `out/main/engine/kernels/prebuilt/kernels-${kind}`)
    for (const path of [...native, ...kernels]) expect(app.files.get(path), path).toMatchObject({ unpacked: true })
  })

  it('has nothing else', () => {
    const ours = /^(out\/(main|preload|renderer)\/|node_modules\/|package\.json$|LICENSE$|NOTICE$)/
    expect(paths.filter((path) => !ours.test(path))).toEqual([])
    const foreign = /\.(ts|mts|cts|map|vue|c|cc|cpp|h|gyp|sha256|tgz)$|\.test\.|(^|\/)\.|\/(test|tests|bench|docs?)\//
    expect(paths.filter((path) => foreign.test(path))).toEqual([])
    const allowed = ['dependencies'].flatMap((key) => Object.keys(JSON.parse(app.read('package.json'))[key]))
    const packages = new Set(paths.flatMap((path) => /^node_modules\/((@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []))
    expect([...packages].sort()).toEqual(allowed.sort())
  })

  it('finds every package that it imports', () => {
    const missing = new Set<string>()
    for (const path of paths.filter((path) => /^out\/main\/.*\.js$/.test(path)))
      for (const [, from] of app.read(path).matchAll(/^(?:import|export)\b[^'"\n]*["']([^"'.][^"']*)["']/gm)) {
        const wanted = /^(@[^/]+\/)?[^/]+/.exec(from)![0]
        const there = isBuiltin(from) || wanted === 'electron' || app.files.has(`node_modules/${wanted}/package.json`)
        if (!there && !optional.some((one) => wanted.startsWith(one))) missing.add(`${wanted} in ${path}`)
      }
    expect([...missing]).toEqual([])
  })

  it(`takes less than ${mostBytes / 1e6} MB beside Electron itself`, () => {
    console.log(`The app for ${name}: ${(app.bytes / 1e6).toFixed(1)} MB in ${paths.length} files`)
    expect(app.bytes).toBeLessThan(mostBytes)
    expect(app.bytes).toBeGreaterThan(5e6)
  })

  it.runIf(system === 'linux')('has the demo scans beside it', () => {
    expect(app.extra).toContain(join('demo', 'manifest.json'))
    expect(app.extra.filter((path) => path.endsWith('.nii.gz')).length).toBeGreaterThanOrEqual(12)
  })
})
