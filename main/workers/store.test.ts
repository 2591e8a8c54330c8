import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, expect, it } from 'vitest'
import { cutPatch } from '../training/patch.ts'
import { makePlan } from '../training/plan.ts'
import { closeCases, prepareCases } from '../training/prepare.ts'
import { memoryHost, phantom } from '../training/testing.ts'
import { storeFile } from './store.ts'

const folder = mkdtempSync(join(tmpdir(), 'handful-store-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('a stored file gives back any of its bytes, and is gone when it is closed', async () => {
  const path = join(folder, 'a.bin')
  const file = await storeFile(path, [Uint8Array.of(1, 2, 3), new Uint8Array(), Uint8Array.of(4, 5)])
  const into = new Uint8Array(3)
  file.read(1, into)
  expect([...into]).toEqual([2, 3, 4])
  expect(() => file.read(3, into)).toThrow('ends early')
  file.close()
  expect(existsSync(path)).toBe(false)
})

it('a folder that is not there is an error, not a file elsewhere', async () => {
  await expect(storeFile(join(folder, 'none', 'a.bin'), [])).rejects.toThrow(/ENOENT/)
})

it('a pool of twelve scans takes the memory that it was given, and no more', { timeout: 60_000 }, async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const used = () => {
    collect()
    return process.memoryUsage().arrayBuffers
  }
  const shape: [number, number, number] = [96, 96, 64]
  const scan = 4 * 96 * 96 * 64
  const { source, image } = phantom(0, [8, 8, 8])
  const samples = Float32Array.from({ length: scan / 4 }, (_, i) => image[i % image.length])
  const cases = Array.from({ length: 12 }, (_, i) => ({ ...source, id: `p${i}`, shape, labelFile: null }))
  const plan = makePlan({
    cases: cases.map(({ id, spacing }) => ({ id, shape, spacing })),
    modality: 'MR',
    channels: 1,
    intensities: [{ low: 0, high: 1, mean: 0, deviation: 1 }],
  })
  let n = 0
  const host = {
    ...memoryHost([], new Map(), 'x'),
    memory: 2 * scan,
    volume: async () => ({ geometry: source, channels: 1, type: 'float32' as const, samples }),
    store: (parts: readonly Uint8Array[]) => storeFile(join(folder, `${n++}.bin`), parts),
  }
  const before = used()
  const pool = await prepareCases(cases, plan, host, { labels: false })
  const patch = new Float32Array(plan.patch[0] * plan.patch[1] * plan.patch[2])
  for (const from of pool) cutPatch(from, [48, 48, 32], { patch: plan.patch, image: patch, label: null })
  expect(n).toBe(10)
  // Two scans in memory; room for the largest box, which is no more than a scan; the patch. What is collected is given back
  // a little later.
  await expect.poll(() => used() - before).toBeLessThan(3.5 * scan)
  expect(used() - before).toBeGreaterThan(1.9 * scan)
  closeCases(pool)
  expect(readdirSync(folder)).toEqual([])
})
