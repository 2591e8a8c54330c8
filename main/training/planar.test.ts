/** Networks of slices (2D): the same code with a patch that is one slice thick. */
import { describe, expect, it } from 'vitest'
import type { FinetuneConfig, PretrainConfig } from '../../shared/domain/trainer.ts'
import { isPlanar } from '../../shared/domain/plan.ts'
import { compileTraining, Graph, openSession } from '../engine/index.ts'
import { finetune } from './finetune.ts'
import { dice } from './metrics.ts'
import { paperBuilder, paperDecoder, paperEncoder, paperVoxels } from './paper/network.ts'
import { makePaperPlan } from './paper/plan.ts'
import { makePlan } from './plan.ts'
import { predict, windowStarts } from './predict.ts'
import { prepareCases } from './prepare.ts'
import { pretextTasks } from './pretext/index.ts'
import { pretrain } from './pretrain.ts'
import { memoryHost, phantom, phantomLabels as labels, type Files } from './testing.ts'

const phantoms = Array.from({ length: 4 }, (_, i) => phantom(i, [32, 32, 12]))
const sources = phantoms.map((p) => p.source)
const fingerprint = {
  cases: sources.map(({ id, shape }) => ({ id, shape, spacing: [1, 1, 3] as [number, number, number] })),
  modality: 'MR',
  channels: 1,
  intensities: [{ low: 0, high: 1, mean: 0, deviation: 1 }],
}
const host = memoryHost(phantoms, new Map(), 'x')

describe('the plan of a network of slices', () => {
  it('pools and convolves within the slice alone, down to a few voxels, whatever the slices’ distance', () => {
    for (const plan of [makePlan(fingerprint, 2), makePaperPlan(fingerprint, { cube: 32, variant: 'code' }, host, 2)]) {
      expect(isPlanar(plan)).toBe(true)
      expect(plan.patch).toEqual([32, 32, 1])
      expect(plan.batch).toBeGreaterThanOrEqual(32)
      for (const pool of plan.pools) expect(pool).toEqual([2, 2, 1])
      for (const kernel of plan.kernels) expect(kernel).toEqual([3, 3, 1])
    }
  })

  it('keeps a large slice within the memory of a 3D patch, and fewer of them', () => {
    const cases = [{ id: 'a', shape: [512, 512, 90] as [number, number, number], spacing: [0.7, 0.7, 2.5] as [number, number, number] }] // prettier-ignore
    const { patch, batch, pools } = makePlan({ ...fingerprint, cases }, 2)
    expect(patch[0] * patch[1]).toBeGreaterThan(80_000)
    expect(patch[0] * patch[1]).toBeLessThan(112_000)
    expect(batch).toBe(2)
    expect(pools).toHaveLength(4)
  })

  it('gives the network of the paper nine taps, not 27', () => {
    const graph = new Graph()
    const b = paperBuilder(graph, 'training')
    const { levels, pooled } = paperEncoder(b, graph.input('image', [1, 1, 128, 128, 1]))
    const logits = paperVoxels(b, paperDecoder(b, levels), 3)
    expect([levels.at(-1)!.shape, pooled.shape, logits.shape]).toEqual([[1, 1, 8, 8, 256], [1, 1, 4, 4, 256], [1, 1, 128, 128, 3]]) // prettier-ignore
    const filters = graph.nodes.filter(({ attributes }) => /conv\d\.weight$/.test(String(attributes.name)))
    expect(filters).toHaveLength(18)
    for (const { outputs } of filters) expect(outputs[0].shape.slice(0, 3)).toEqual([1, 3, 3])
  })
})

it('a window one slice thick stands on every slice once', () => {
  expect(windowStarts(5, 1)).toEqual([0, 1, 2, 3, 4])
  expect(windowStarts(1, 1)).toEqual([0])
})

const recipes = ['handful', 'paper'] as const
const exercises = recipes.flatMap((recipe) =>
  pretextTasks.filter((task) => recipe === 'handful' || task.paper).map((task) => ({ recipe, name: task.name, task })),
)

describe.each(exercises)('$name in 2D, recipe $recipe', ({ recipe, task }) => {
  it('learns: its loss falls on a batch of slices seen again and again', { timeout: 120_000 }, async () => {
    const plan =
      recipe === 'paper' ? makePaperPlan(fingerprint, { cube: 32, variant: 'code' }, host, 2) : makePlan(fingerprint, 2)
    const cases = await prepareCases(sources, plan, host, { labels: false })
    const { graph, loss, outputs, feed, chance } =
      recipe === 'paper' ? task.paper!.build(plan, { mode: 'training', variant: 'code' }) : task.build(plan, cases)
    for (const node of graph.nodes) {
      if (node.op === 'input' && node.outputs[0].shape.length === 5) expect(node.outputs[0].shape[1]).toBe(1)
    }
    if (task.name === 'rotation') expect(chance).toBe(1 / 4)
    if (task.name === 'relative-location') expect(chance).toBe(1 / 8)
    const optimiser = { kind: 'adamW' as const, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, decay: 0, clip: 12 }
    const session = await openSession(compileTraining({ graph, loss, outputs, optimiser, threads: 2 }), { threads: 2 })
    try {
      session.initialise(1)
      feed(session, cases, 1, 0)
      const losses: number[] = []
      for (let i = 0; i < 6; i++) losses.push((await session.step({ rate: 2e-3 })).loss)
      expect(losses.at(-1)).toBeLessThan(0.9 * losses[0])
    } finally {
      await session.close()
    }
  })
})

const common = { runId: 'r', seed: 5, device: 'auto', threads: 2, checkpointSeconds: 1e9 }

it.each(recipes)(
  'is pretrained, fine-tuned, and predicts a whole volume slice by slice (recipe %s)',
  { timeout: 120_000 },
  async (recipe) => {
    const folders = new Map<string, Files>()
    const pretraining: PretrainConfig = {
      kind: 'pretrain',
      ...common,
      task: 'rotation',
      recipe,
      paper: { cube: 32, variant: 'code' },
      dimensions: 2,
      budget: { steps: 3 },
      cases: sources.map((source) => ({ ...source, labelFile: null })),
      labels,
      probe: [],
    }
    await pretrain(pretraining, memoryHost(phantoms, folders, 'pre'))
    const tuning: FinetuneConfig = {
      kind: 'finetune',
      ...common,
      fromFolder: 'pre',
      likeFolder: null,
      watch: [],
      budget: { steps: recipe === 'paper' ? 8 : 40 },
      cases: sources.slice(0, 3),
      labels,
    }
    const tuner = memoryHost(phantoms, folders, 'tune')
    await finetune(tuning, tuner)
    expect(tuner.messages.find((m) => m.type === 'notice')).toMatchObject({ text: expect.stringMatching(/taken over/) })
    const predicted = new Map<string, Uint8Array>()
    await predict(
      { kind: 'predict', ...common, modelFolder: 'tune', weights: 'last', cases: [{ ...sources[3], outputFile: 'out' }] }, // prettier-ignore
      memoryHost(phantoms, folders, 'predict'),
      async (file, map) => void predicted.set(file, map),
    )
    const map = predicted.get('out')!
    expect(map.length).toBe(32 * 32 * 12)
    const losses = new TextDecoder().decode(folders.get('tune')!.get('metrics.jsonl')).trim().split('\n')
    const loss = (line: string) => (JSON.parse(line) as { values: Record<string, number> }).values['segmentation loss']
    expect(loss(losses.at(-1)!)).toBeLessThan(0.95 * loss(losses[0]))
    // Too few steps for batch norm's running averages, which the paper's network predicts by.
    if (recipe === 'paper') return
    for (const label of [1, 2]) expect(dice(map, phantoms[3].label, label)).toBeGreaterThan(0.5)
  },
)
