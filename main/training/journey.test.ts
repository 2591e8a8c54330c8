import { describe, expect, it } from 'vitest'
import type { PretrainConfig } from '../../shared/domain/trainer.ts'
import { decodeTensors } from '../engine/index.ts'
import { finetune } from './finetune.ts'
import { Cancelled, TrainingError } from './host.ts'
import { dice } from './metrics.ts'
import { predict } from './predict.ts'
import { pretrain } from './pretrain.ts'
import { memoryHost, phantom, phantomLabels as labels, phantomTuning, type Files } from './testing.ts'

const phantoms = Array.from({ length: 6 }, (_, i) => phantom(i))
const common = { runId: 'r', seed: 5, device: 'auto', threads: 1, checkpointSeconds: 1e9 }
const pretraining = (task: PretrainConfig['task'], steps: number): PretrainConfig => ({
  kind: 'pretrain',
  ...common,
  task,
  recipe: 'handful',
  budget: { steps },
  cases: phantoms.map((p) => ({ ...p.source, labelFile: null })),
  probe: [],
  labels,
})
const labelled = phantoms.slice(0, 3).map((p) => p.source)
const tuning = (steps: number, from: string | null = null) => phantomTuning(labelled, steps, { fromFolder: from })

describe('training', () => {
  it(
    'learns a known answer: pretrain, fine-tune on three phantoms, predict one never seen',
    { timeout: 120_000 },
    async () => {
      const folders = new Map<string, Files>()
      await pretrain(pretraining('restoration', 20), memoryHost(phantoms, folders, 'pre'))
      const host = memoryHost(phantoms, folders, 'tune')
      await finetune(tuning(60, 'pre'), host)
      expect(host.messages.some((m) => m.type === 'notice' && /taken over/.test(m.text))).toBe(true)

      const predicted = new Map<string, Uint8Array>()
      const unseen = { ...phantoms[5].source, outputFile: 'out' }
      await predict(
        { kind: 'predict', ...common, modelFolder: 'tune', weights: 'last', cases: [unseen] },
        memoryHost(phantoms, folders, 'predict'),
        async (file, map) => void predicted.set(file, map),
      )
      const map = predicted.get('out')!
      expect(map).toHaveLength(phantoms[5].label.length)
      expect(dice(map, phantoms[5].label, 1)).toBeGreaterThan(0.75)
      expect(dice(map, phantoms[5].label, 2)).toBeGreaterThan(0.75)
    },
  )

  it.each(['pretrain', 'finetune'] as const)(
    '%s resumed after a cancel ends with the very same weights',
    { timeout: 120_000 },
    async (kind) => {
      const watched = { ...tuning(7), watch: [phantoms[4].source] }
      const go = (folders: Map<string, Files>, cancelAfter?: number) => {
        const host = memoryHost(phantoms, folders, 'run', cancelAfter)
        return kind === 'pretrain' ? pretrain(pretraining('rotation', 7), host) : finetune(watched, host)
      }
      const whole = new Map<string, Files>()
      await go(whole)
      const halves = new Map<string, Files>()
      await expect(go(halves, 3)).rejects.toThrow(Cancelled)
      expect(halves.get('run')!.has('model.bin')).toBe(false)
      await go(halves)

      const model = (folders: Map<string, Files>) => folders.get('run')!.get('model.bin')!
      expect(Buffer.compare(model(halves), model(whole))).toBe(0)
      const tensors = decodeTensors(model(halves)).tensors
      expect([...tensors.values()].every((values) => values.every(Number.isFinite))).toBe(true)
      const decision = JSON.parse(new TextDecoder().decode(whole.get('run')!.get('device.json')))
      expect(decision).toMatchObject({
        asked: expect.any(String),
        why: expect.any(String),
        measured: expect.any(Array),
      })
      expect(decision.device.name).toMatch(/^CPU, /)
      const losses = (folders: Map<string, Files>) =>
        new TextDecoder()
          .decode(folders.get('run')!.get('metrics.jsonl'))
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as { values: unknown }).values)
      expect(losses(halves)).toEqual(losses(whole))
      if (kind === 'pretrain') return
      const best = (folders: Map<string, Files>) => folders.get('run')!.get('best.bin')!
      expect(Buffer.compare(best(halves), best(whole))).toBe(0)
      const scores = (losses(whole) as Record<string, number>[]).map(
        (values) => values['validation Dice, smoothed'] ?? 0,
      )
      expect((decodeTensors(best(whole)).meta as { smoothed: number }).smoothed).toBe(Math.max(...scores))
    },
  )

  it('gives the twin its sibling’s plan and number of steps', { timeout: 60_000 }, async () => {
    const folders = new Map<string, Files>()
    await finetune({ ...tuning(3), budget: { steps: 3 } }, memoryHost(phantoms, folders, 'a'))
    await finetune({ ...tuning(3), likeFolder: 'a', budget: {} }, memoryHost(phantoms, folders, 'b'))
    const plan = (run: string) => JSON.parse(new TextDecoder().decode(folders.get(run)!.get('plan.json')))
    expect(plan('b')).toEqual(plan('a'))
  })

  it('says in words what it can’t do', async () => {
    const host = memoryHost(phantoms, new Map(), 'x')
    await expect(finetune({ ...tuning(1), cases: [] }, host)).rejects.toThrow(/at least one labelled case/)
    await expect(finetune(tuning(1, 'nothing here'), host)).rejects.toThrow(TrainingError)
    const bare = { ...tuning(1), cases: [{ ...phantoms[0].source, labelFile: null }] }
    await expect(finetune(bare, memoryHost(phantoms, new Map(), 'y'))).rejects.toThrow(/phantom 0/)
  })
})
