import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { prebuiltFolder } from './addon.ts'
import { reference } from './reference.ts'
import { sourceHash } from './sources.ts'
import { kernels, openBackend, probeBackends, type BackendKind, type KernelCall } from './index.ts'

const kinds: BackendKind[] = ['addon', 'wasm', 'reference']
const fill = (y: number, size: number, value: number): KernelCall => ({
  kernel: 'fill',
  ints: [y, size],
  reals: [value],
})

test('the built kernels are those of the sources', () => {
  const { files } = JSON.parse(readFileSync(new URL('manifest.json', prebuiltFolder), 'utf8')) as {
    files: Record<string, string>
  }
  expect(Object.keys(files)).toContain('kernels-linux-x64.node')
  for (const [file, hash] of Object.entries(files)) {
    expect(existsSync(new URL(file, prebuiltFolder)), file).toBe(true)
    expect(hash, `${file} is older than the sources: npm run kernels`).toBe(sourceHash())
  }
})

test('every kernel of the table has a plain form, and no other', () => {
  expect(Object.keys(reference).sort()).toEqual(Object.keys(kernels).sort())
})

test('the back ends of this machine are found, tested and named', async () => {
  const probes = await probeBackends()
  expect(probes.map((probe) => probe.kind)).toEqual(kinds)
  for (const probe of probes) expect(probe.detail, probe.kind).toBe('')
  const best = await openBackend({ floats: 100, threads: 2 })
  expect(best.kind).toBe('addon')
  expect(best.name).toMatch(/^CPU, 2 threads, /)
  await best.close()
})

describe.each(kinds)('%s', (kind) => {
  const open = (floats: number, threads = 2): ReturnType<typeof openBackend> => openBackend({ kind, floats, threads })

  test('begins with zeros, runs calls in order, several programs, again after close and reopen', async () => {
    for (let round = 0; round < 2; round++) {
      const backend = await open(1000)
      expect(backend.floats).toEqual(new Float32Array(1000))
      const first = backend.load([fill(0, 100, 1), fill(16, 32, 2)])
      const second = backend.load([{ kernel: 'add', ints: [0, 16, 112, 16], reals: [] }])
      for (let i = 0; i < 20; i++) backend.run(first)
      backend.run(second)
      expect([backend.floats[0], backend.floats[16], backend.floats[112], backend.floats[130]]).toEqual([1, 2, 3, 0])
      backend.run(backend.load([]))
      await backend.close()
    }
  })

  test('calls that do not fit the table or the arena are refused', async () => {
    const backend = await open(1000, 1)
    const refused = (call: unknown): void => expect(() => backend.load([call as KernelCall])).toThrow(/kernel/)
    refused({ kernel: 'nothing', ints: [], reals: [] })
    refused({ kernel: 'fill', ints: [0], reals: [1] })
    refused(fill(0, 1.5, 1))
    refused(fill(-1, 10, 1))
    refused(fill(992, 9, 1))
    refused({ kernel: 'copyColumns', ints: [0, 64, 2, 4, 4, 2, 0, 3, 0], reals: [] })
    refused({ kernel: 'conv', ints: [0, 0, -1, 0, 1, 2, 2, 2, 1, 1, 3, 3, 3, 1, 1, 1, 3, 2, 2, 0], reals: [] })
    refused({ kernel: 'conv', ints: [0, 0, -1, 0, 1, 2, 2, 2, 1, 1, 2, 3, 3, 1, 1, 1, 2, 2, 2, 0], reals: [] })
    expect(() => backend.load([fill(992, 8, 1)])).not.toThrow()
    await backend.close()
  })

  test('closes before, between and after runs, also when the threads have had time to fall asleep', async () => {
    for (const [runs, pause] of [
      [0, 0],
      [0, 60],
      [2, 0],
      [2, 60],
    ]) {
      const backend = await open(64, 3)
      const program = backend.load([fill(0, 64, 1)])
      for (let i = 0; i < runs; i++) backend.run(program)
      await new Promise((resolve) => setTimeout(resolve, pause))
      await backend.close()
    }
  })

  test('a program of another back end is refused', async () => {
    const [one, two] = [await open(100, 1), await open(100, 1)]
    const program = one.load([fill(0, 100, 1)])
    expect(() => two.run(program)).toThrow(/another back end/)
    await one.close()
    await two.close()
  })
})

test.each(['addon', 'wasm'] as const)(
  '%s: no call starts before the one before it is finished, however many threads',
  async (kind) => {
    const size = 2 ** 18
    const backend = await openBackend({ kind, floats: 2 * size, threads: 7 })
    // Each call reads what the one before it wrote, in 30 calls of 32 chunks: b += a, a += b, …
    const calls = Array.from({ length: 30 }, (_, i): KernelCall => {
      const [from, to] = i % 2 ? [size, 0] : [0, size]
      return { kernel: 'scale', ints: [from, to, size, 1], reals: [1] }
    })
    const program = backend.load([fill(0, size, 1), fill(size, size, 0), ...calls])
    // 1, 0 → Fibonacci's numbers.
    for (let round = 0; round < 30; round++) {
      backend.run(program)
      expect(new Set(backend.floats.subarray(0, size))).toEqual(new Set([1346269]))
      expect(new Set(backend.floats.subarray(size))).toEqual(new Set([832040]))
    }
    await backend.close()
  },
)

test('an arena that cannot be had is a sentence', async () => {
  await expect(openBackend({ floats: 2 ** 40 })).rejects.toThrow(/must have between/)
  await expect(openBackend({ floats: 100, threads: 0 })).rejects.toThrow(/threads/)
  await expect(openBackend({ kind: 'wasm', floats: 2 ** 30 + 1 })).rejects.toThrow(/4 GiB/)
})

test('a back end that nobody closed does not keep the process alive', () => {
  const index = fileURLToPath(new URL('./index.ts', import.meta.url))
  for (const kind of ['addon', 'wasm']) {
    const code = `const { openBackend } = await import(${JSON.stringify(index)});
      const b = await openBackend({ kind: '${kind}', floats: 64, threads: 3 });
      b.run(b.load([{ kernel: 'fill', ints: [0, 64], reals: [3] }]));
      console.log(b.floats[63])`
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect(out.trim()).toBe('3')
  }
})

test('memory stays flat over many runs', async () => {
  const backend = await openBackend({ floats: 4096, threads: 2 })
  const program = backend.load(Array.from({ length: 50 }, (_, i) => fill(i * 16, 16, i)))
  for (let i = 0; i < 1000; i++) backend.run(program)
  const before = process.memoryUsage()
  for (let i = 0; i < 20_000; i++) backend.run(program)
  const after = process.memoryUsage()
  expect(after.rss - before.rss).toBeLessThan(16 * 2 ** 20)
  await backend.close()
})
