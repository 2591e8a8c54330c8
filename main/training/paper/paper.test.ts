import { describe, expect, it } from 'vitest'
import type { FinetuneConfig, PaperTuning, PretrainConfig } from '../../../shared/domain/trainer.ts'
import { compileInference, decodeTensors, Graph, openSession } from '../../engine/index.ts'
import { finetune } from '../finetune.ts'
import { Cancelled, TrainingError } from '../host.ts'
import { dice } from '../metrics.ts'
import { predict } from '../predict.ts'
import { pretrain } from '../pretrain.ts'
import { memoryHost, phantom, phantomLabels as labels, type Files } from '../testing.ts'
import { bigHead, paperBuilder, paperCode, paperDecoder, paperEncoder, paperVoxels } from './network.ts'
import { paperSchedule } from './segmentation.ts'

const phantoms = Array.from({ length: 5 }, (_, i) => phantom(i))
const common = { runId: 'r', seed: 5, device: 'auto', threads: 1, checkpointSeconds: 1e9 }
const pretraining = (steps: number, more: Partial<PretrainConfig> = {}): PretrainConfig => ({
  kind: 'pretrain',
  ...common,
  task: 'rotation',
  recipe: 'paper',
  paper: { cube: 32, variant: 'code' },
  budget: { steps },
  cases: phantoms.map((p) => ({ ...p.source, labelFile: null })),
  labels,
  probe: [],
  ...more,
})
const tuning = (steps: number, from: string): FinetuneConfig => ({
  kind: 'finetune',
  ...common,
  fromFolder: from,
  likeFolder: null,
  watch: [],
  budget: { steps },
  cases: phantoms.slice(0, 3).map((p) => p.source),
  labels,
})
const json = (folders: Map<string, Files>, run: string, name: string) =>
  JSON.parse(new TextDecoder().decode(folders.get(run)!.get(name)))

describe('the network of the paper', () => {
  it('has the published numbers of parameters', () => {
    const graph = new Graph()
    const b = paperBuilder(graph, 'training')
    const { levels } = paperEncoder(b, graph.input('image', [1, 32, 32, 32, 1]))
    paperVoxels(b, paperDecoder(b, levels), 3)
    const count = (group: string) =>
      graph.nodes
        .filter(({ op, attributes }) => op === 'parameter' && attributes.group === group)
        // Keras has as many moving averages as we have; ours are one parameter with one number more.
        .reduce((sum, { outputs: [{ shape }], attributes }) => {
          return sum + shape.reduce((size, n) => size * n, 1) - (attributes.running ? 1 : 0)
        }, 0)
    expect(count('encoder')).toBe(3_537_424)
    expect(count('decoder') / 1e6).toBeCloseTo(2.11, 2)
  })

  it('has a map of 4³ voxels for the head at the published size, and takes tiles that are smaller than its pools', () => {
    const shapes = (side: number) => {
      const graph = new Graph()
      const { levels, pooled } = paperEncoder(
        paperBuilder(graph, 'training'),
        graph.input('image', [1, side, side, side, 1]),
      )
      return [...levels, pooled].map(({ shape }) => shape.slice(1).join())
    }
    expect(shapes(128)).toEqual(['128,128,128,16', '64,64,64,32', '32,32,32,64', '16,16,16,128', '8,8,8,256', '4,4,4,256']) // prettier-ignore
    expect(shapes(39).at(-1)).toBe('1,1,1,256')
    expect(shapes(9)).toEqual(['9,9,9,16', '4,4,4,32', '2,2,2,64', '1,1,1,128', '1,1,1,256', '1,1,1,256'])
  })

  it('gives a code and a choice for each sample by itself once training is over', async () => {
    const graph = new Graph()
    const b = paperBuilder(graph, 'inference')
    const y = bigHead(b, paperCode(b, graph.input('image', [2, 32, 32, 32, 1])), 10)
    const session = await openSession(compileInference({ graph, outputs: { y }, threads: 1 }), { threads: 1 })
    session.initialise(1)
    const untrained = [...(await session.parameters())].map(([name, v]) => [name, v] as const)
    session.setParameters(new Map(untrained)) // statistics that no step has filled leave values as they are
    const a = Float32Array.from({ length: 32 ** 3 }, (_, i) => Math.sin(i))
    const other = a.map((v) => 3 * v + 1)
    const first = async (second: Float32Array) => {
      session.setInput('image', new Float32Array([...a, ...second]))
      await session.evaluate()
      return [...(await session.output('y'))].slice(0, 10)
    }
    expect(await first(other)).toEqual(await first(a))
    await session.close()
  })
})

describe('the recipe of the paper', () => {
  it('has rate and frozen steps of each experiment', () => {
    const frozen = (of: PaperTuning, steps: number) =>
      Array.from({ length: steps }, (_, step) => paperSchedule(of, step, steps, true)).filter(
        ({ groups }) => groups.encoder === 0,
      ).length
    expect([paperSchedule('pancreas', 0, 400, false), frozen('pancreas', 400)]).toEqual([
      { rate: 1e-3, groups: { encoder: 1 } },
      25,
    ])
    expect([paperSchedule('brats', 0, 150, false).rate, frozen('brats', 150)]).toEqual([1e-4, 20])
  })

  it(
    'pretrains, is fine-tuned with its decoder and a frozen encoder first, and predicts',
    { timeout: 120_000 },
    async () => {
      const folders = new Map<string, Files>()
      await pretrain(pretraining(4), memoryHost(phantoms, folders, 'pre'))
      const { plan } = json(folders, 'pre', 'plan.json')
      expect([plan.recipe, plan.patch, plan.normalisation]).toEqual(['paper', [32, 32, 32], [{ kind: 'min-max' }]])

      const host = memoryHost(phantoms, folders, 'tune')
      await finetune(tuning(30, 'pre'), host)
      expect(host.messages.find((m) => m.type === 'notice')).toMatchObject({ text: expect.stringMatching(/50 of the encoder/) }) // prettier-ignore
      const predicted = new Map<string, Uint8Array>()
      await predict(
        { kind: 'predict', ...common, modelFolder: 'tune', weights: 'last', cases: [{ ...phantoms[4].source, outputFile: 'out' }] }, // prettier-ignore
        memoryHost(phantoms, folders, 'predict'),
        async (file, map) => void predicted.set(file, map),
      )
      expect(dice(predicted.get('out')!, phantoms[4].label, 1)).toBeGreaterThan(0.5)
    },
  )

  it(
    'resumed after a cancel ends with the very same weights and running statistics',
    { timeout: 120_000 },
    async () => {
      const go = (folders: Map<string, Files>, cancelAfter?: number) =>
        pretrain(pretraining(4, { task: 'cpc' }), memoryHost(phantoms, folders, 'run', cancelAfter))
      const whole = new Map<string, Files>()
      await go(whole)
      const halves = new Map<string, Files>()
      await expect(go(halves, 2)).rejects.toThrow(Cancelled)
      await go(halves)
      const model = (folders: Map<string, Files>) => folders.get('run')!.get('model.bin')!
      expect(Buffer.compare(model(halves), model(whole))).toBe(0)
      // The checkpoint goes on with the running averages; the model has estimates, with the same weight.
      const statistics = (file: string, name: string) =>
        decodeTensors(whole.get('run')!.get(file)!).tensors.get(`${name}encoder.0.norm1.statistics`)!
      const running = statistics('checkpoint.bin', 'parameter/')
      const estimated = statistics('model.bin', '')
      expect(running.at(-1)).toBeCloseTo(1 - 0.99 ** 4, 5)
      expect(estimated.at(-1)).toBe(running.at(-1))
      expect(estimated).not.toEqual(running)
    },
  )

  it('says in words what it can’t do', async () => {
    const host = memoryHost(phantoms, new Map(), 'x')
    await expect(pretrain(pretraining(1, { task: 'restoration' }), host)).rejects.toThrow(/in the paper.*rotation/)
    await expect(pretrain(pretraining(1, { task: 'auto' }), host)).rejects.toThrow(TrainingError)
  })

  it('tells when the cube is far larger than the scans', { timeout: 60_000 }, async () => {
    const host = memoryHost(phantoms, new Map(), 'x', 1)
    await pretrain(pretraining(2, { task: 'cpc', paper: { cube: 64, variant: 'text' } }), host).catch(() => undefined)
    expect(host.messages.find((m) => m.type === 'notice')).toMatchObject({ text: expect.stringMatching(/A cube of 32/) }) // prettier-ignore
  })
})
