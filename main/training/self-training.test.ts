import { describe, expect, it } from 'vitest'
import type { FinetuneConfig } from '../../shared/domain/trainer.ts'
import { finetune } from './finetune.ts'
import { Cancelled } from './host.ts'
import { dice } from './metrics.ts'
import { openPredictor, readModel } from './predict.ts'
import { memoryFolder, memoryHost, phantom, phantomTuning, type Files, type Phantom } from './testing.ts'

const phantoms = Array.from({ length: 6 }, (_, i) => phantom(i))
const bare = ({ source }: Phantom) => ({ ...source, labelFile: null })
/** One labelled phantom, two that the network is to label for itself: their own labels are out of its reach. */
const tuning = (steps: number): FinetuneConfig =>
  phantomTuning([phantoms[0].source], steps, { unlabelled: phantoms.slice(1, 3).map(bare), selfTraining: true })
const file = (files: Files, name: string) => new TextDecoder().decode(files.get(name))

describe('self-training', () => {
  it('learns in its second half from what it labelled itself, and says so', { timeout: 120_000 }, async () => {
    const folders = new Map<string, Files>()
    const host = memoryHost(phantoms, folders, 'run')
    await finetune(tuning(80), host)
    const report = JSON.parse(file(folders.get('run')!, 'report.json'))
    expect(report.selfTraining).toEqual({ turn: 40, scans: ['p1', 'p2'] })
    expect(host.messages).toContainEqual({
      type: 'notice',
      text: expect.stringMatching(/after 40 of 80 steps.*2 scans.*carried over/),
    })

    // It went on from what it had learnt.
    const losses = file(folders.get('run')!, 'metrics.jsonl')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { values: Record<string, number> }).values['segmentation loss'])
    expect(Math.max(...losses.slice(40))).toBeLessThan(losses[0])
    // What it learnt is the known answer, on a phantom that it never saw.
    const predictor = await openPredictor(await readModel(memoryFolder(folders.get('run')!)), 'auto', 1)
    const map = await predictor.labels(phantoms[3].source, host)
    await predictor.session.close()
    expect(dice(map, phantoms[3].label, 1)).toBeGreaterThan(0.65)
    expect(dice(map, phantoms[3].label, 2)).toBeGreaterThan(0.65)
  })

  it.each([2, 3, 5])(
    'resumed after %i of 6 steps ends with the very same weights',
    { timeout: 120_000 },
    async (stop) => {
      const model = (folders: Map<string, Files>) => folders.get('run')!.get('model.bin')!
      const whole = new Map<string, Files>()
      await finetune(tuning(6), memoryHost(phantoms, whole, 'run'))
      const halves = new Map<string, Files>()
      await expect(finetune(tuning(6), memoryHost(phantoms, halves, 'run', stop))).rejects.toThrow(Cancelled)
      await finetune(tuning(6), memoryHost(phantoms, halves, 'run'))
      expect(Buffer.compare(model(halves), model(whole))).toBe(0)
      // With the labels of its own it ends elsewhere than without.
      const without = new Map<string, Files>()
      await finetune({ ...tuning(6), selfTraining: false }, memoryHost(phantoms, without, 'run'))
      expect(Buffer.compare(model(without), model(whole))).not.toBe(0)
    },
  )

  it('labels nothing before it knows what it was taught', { timeout: 120_000 }, async () => {
    const folders = new Map<string, Files>()
    // Told apart by their places, which takes longer.
    const alike = Array.from({ length: 3 }, (_, i) => phantom(i, [20, 18, 16], true))
    const host = memoryHost(alike, folders, 'run')
    await finetune({ ...tuning(4), cases: [alike[0].source], unlabelled: alike.slice(1).map(bare) }, host)
    expect(JSON.parse(file(folders.get('run')!, 'report.json')).selfTraining).toBeNull()
    expect(host.messages).toContainEqual({ type: 'notice', text: expect.stringMatching(/left out.*well enough/) })
    // It went on to the end.
    expect(file(folders.get('run')!, 'metrics.jsonl').trim().split('\n')).toHaveLength(4)
  })

  it('takes no more scans than a share of the time allows, keeps them in files if need be, and goes on without', async () => {
    const folders = new Map<string, Files>()
    const narrow = { ...memoryHost(phantoms, folders, 'run'), memory: 1 }
    // A phantom is one window, a third of what a patch costs, and registering one takes as long as nine: half of twelve steps of two
    // patches are 36.
    const many = { ...tuning(12), unlabelled: phantoms.slice(1).map(bare) }
    await finetune(many, narrow)
    expect(JSON.parse(file(folders.get('run')!, 'self-training.json')).scans).toHaveLength(3)
    expect(narrow.messages).toContainEqual({ type: 'notice', text: expect.stringMatching(/^3 of the 3 scans .* disk/) })
    expect(narrow.open.size).toBe(0)
    await finetune({ ...tuning(4), unlabelled: [] }, memoryHost(phantoms, folders, 'alone'))
    expect(JSON.parse(file(folders.get('alone')!, 'report.json')).selfTraining).toBeNull()
  })
})
