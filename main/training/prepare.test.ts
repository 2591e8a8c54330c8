/** Prepared cases in memory and in files: the same patches, bit for bit. */
import { describe, expect, it } from 'vitest'
import { random } from '../../shared/domain/random.ts'
import type { FinetuneConfig, PretrainConfig, TrainerCase } from '../../shared/domain/trainer.ts'
import { drawWarp } from './augment.ts'
import { finetune } from './finetune.ts'
import type { Host } from './host.ts'
import { cutPatch, warpPatch, type PatchTarget } from './patch.ts'
import { makePlan } from './plan.ts'
import { closeCases, prepareCases, type PreparedCase } from './prepare.ts'
import { pretrain } from './pretrain.ts'
import { memoryHost, phantom, type Files } from './testing.ts'

type Triple = [number, number, number]
const phantoms = Array.from({ length: 4 }, (_, i) => phantom(i, [20, 18, 16]))
// Two channels, the second the first upside down.
const doubled = phantoms.map((p) => ({
  ...p,
  source: { ...p.source, channels: 2 },
  image: Float32Array.from([...p.image, ...p.image.map((v) => -v)]),
}))
const fingerprint = (cases: TrainerCase[]) => ({
  cases: cases.map(({ id, shape, spacing }) => ({ id, shape, spacing })),
  modality: 'MR',
  channels: cases[0].channels,
  intensities: cases.slice(0, cases[0].channels).map(() => ({ low: 0, high: 1, mean: 0, deviation: 1 })),
})
const within = (memory: number, host = memoryHost(doubled, new Map(), 'x')) => ({ ...host, memory })
const bytes = 20 * 18 * 16 * (4 * 2 + 1)

async function prepare(memory: number): Promise<{ cases: PreparedCase[]; host: ReturnType<typeof within> }> {
  const sources = doubled.map((p) => p.source)
  const host = within(memory)
  return { host, cases: await prepareCases(sources, makePlan(fingerprint(sources)), host, { labels: [0, 1, 2] }) }
}

describe('cases that do not fit in memory', () => {
  it('are kept in files from the first on that does not fit, said so, and closed', async () => {
    const { cases, host } = await prepare(2 * bytes)
    expect(host.open.size).toBe(2)
    for (const file of host.open) expect(file.length).toBe(bytes)
    expect(host.messages.find((m) => m.type === 'notice')).toMatchObject({ text: expect.stringMatching(/^2 of the 4 scans/) }) // prettier-ignore
    closeCases(cases)
    expect(host.open.size).toBe(0)
    expect((await prepare(4 * bytes)).host.open.size).toBe(0)
  })

  it('give the same patches, straight and turned, inside, across the border and beyond it', async () => {
    const [memory, files] = [(await prepare(4 * bytes)).cases, (await prepare(0)).cases]
    const draw = random(5, 'patches')
    const patch: Triple = [9, 7, 8]
    const target = (): PatchTarget & { label: Float32Array; inside: Float32Array } => ({
      patch,
      image: new Float32Array(2 * 9 * 7 * 8).fill(7),
      label: new Float32Array(9 * 7 * 8).fill(7),
      inside: new Float32Array(9 * 7 * 8).fill(7),
    })
    let beyond = 0
    for (let n = 0; n < 120; n++) {
      // Middles up to a patch beyond every border.
      const centre = [20, 18, 16].map((size, axis) => draw.uniform(-patch[axis], size + patch[axis])) as Triple
      const warp = n % 2 ? drawWarp(draw, { spacing: [1, 1, 1], patch }) : null
      const [a, b] = [memory[n % 4], files[n % 4]].map((from) => {
        const t = target()
        if (warp) warpPatch(from, centre, warp, t)
        else cutPatch(from, centre, t)
        return t
      })
      if (!warp && b.inside.every((v) => v === 0)) beyond++
      expect(b.image).toEqual(a.image)
      expect(b.label).toEqual(a.label)
      expect(b.inside).toEqual(a.inside)
    }
    expect(beyond).toBeGreaterThan(0)
  })

  it('pretrain and fine-tune to the very same weights', { timeout: 60_000 }, async () => {
    const common = { runId: 'r', seed: 5, device: 'auto', threads: 1, checkpointSeconds: 1e9, budget: { steps: 3 }, labels: [{ value: 1, name: 'bright', color: '#ff0000', key: 1 }] } // prettier-ignore
    const sources = phantoms.map((p) => p.source)
    const pretraining: PretrainConfig = { kind: 'pretrain', ...common, task: 'exemplar', recipe: 'handful', cases: sources, probe: [] } // prettier-ignore
    const tuning: FinetuneConfig = { kind: 'finetune', ...common, fromFolder: 'pre', likeFolder: null, watch: [], cases: sources } // prettier-ignore
    const go = async (memory: number) => {
      const folders = new Map<string, Files>()
      const host = (run: string): Host => ({ ...memoryHost(phantoms, folders, run), memory })
      await pretrain(pretraining, host('pre'))
      await finetune(tuning, host('tune'))
      return ['pre', 'tune'].map((run) => Buffer.from(folders.get(run)!.get('model.bin')!).toString('base64'))
    }
    expect(await go(0)).toEqual(await go(2 ** 30))
  })
})
