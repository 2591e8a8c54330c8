import { expect, it } from 'vitest'
import type { FinetuneConfig, PretrainConfig } from '../../shared/domain/trainer.ts'
import { autoRules, chooseStart, decide } from './auto.ts'
import { readChoice } from './choice.ts'
import { finetune } from './finetune.ts'
import { Cancelled, json } from './host.ts'
import { memoryFolder, memoryHost, phantom, phantomLabels as labels, type Files } from './testing.ts'

const phantoms = Array.from({ length: 4 }, (_, i) => phantom(i))
const common = { runId: 'r', seed: 5, device: 'auto', threads: 1, checkpointSeconds: 1e9, labels }
const config: PretrainConfig = {
  kind: 'pretrain',
  ...common,
  task: 'auto',
  recipe: 'handful',
  budget: { steps: 6 },
  cases: phantoms.map((p) => ({ ...p.source, labelFile: null })),
  probe: phantoms.slice(0, 2).map((p) => p.source),
}
const tuning = (from: string): FinetuneConfig => ({
  kind: 'finetune',
  ...common,
  fromFolder: from,
  likeFolder: null,
  watch: [],
  budget: { steps: 12 },
  cases: phantoms.slice(0, 2).map((p) => p.source),
  unlabelled: phantoms.slice(2).map((p) => ({ ...p.source, labelFile: null })),
})

it('takes the best start that beats scratch by more than the margin, else scratch', () => {
  const tried = (scratch: number, a: number, b: number | null) => [
    { start: 'scratch', dice: scratch, cases: [scratch] },
    { start: 'restoration', dice: a, cases: [a] },
    { start: 'rotation', dice: b, cases: [b] },
  ]
  expect(decide(tried(0.7, 0.72, 0.75), 50).chosen).toBe('rotation')
  expect(decide(tried(0.7, 0.72, null), 50).chosen).toBe('restoration')
  expect(decide(tried(0.7, 0.7 + autoRules.margin / 2, 0.6), 50).chosen).toBe('scratch')
  expect(decide(tried(0.7, 0.72, 0.75), 50).reason).toMatch(/rotation.*50 steps.*scratch 0.700.*restoration 0.720/)
})

it('takes self-training where labels carried over bettered the chosen start by more than the margin', () => {
  const tried = (start: string, dice: number) => [
    { start: 'scratch', dice: 0.7, cases: [0.7] },
    { start: 'restoration', dice: start === 'scratch' ? 0.6 : 0.75, cases: [0.75] },
    { start, selfTraining: true, dice, cases: [dice] },
  ]
  expect(decide(tried('scratch', 0.74), 50)).toMatchObject({ chosen: 'scratch', selfTraining: true })
  expect(decide(tried('scratch', 0.7 + autoRules.labelMargin / 2), 50)).toMatchObject({ selfTraining: false })
  // Better than scratch, yet worse than the start that was chosen.
  expect(decide(tried('restoration', 0.73), 50)).toMatchObject({ chosen: 'restoration', selfTraining: false })
  expect(decide(tried('restoration', 0.79), 50)).toMatchObject({ chosen: 'restoration', selfTraining: true })
  expect(decide(tried('scratch', 0.74), 50).reason).toMatch(
    /scratch and labels carried over 0.740.*learns from those too .self-training/,
  )
})

it(
  'probes on labelled cases, resumes to the same choice, and fine-tuning follows it',
  { timeout: 120_000 },
  async () => {
    const choose = async (folders: Map<string, Files>, cancelAfter?: number) => {
      const host = memoryHost(phantoms, folders, 'auto', cancelAfter)
      await chooseStart(config, host)
      return host
    }
    const whole = new Map<string, Files>()
    const host = await choose(whole)
    const choice = (await readChoice(memoryFolder(whole.get('auto')!)))!
    const ways = choice.tried.map(({ start, selfTraining }) => (selfTraining ? 'self-training' : start))
    expect(ways).toEqual(['scratch', 'restoration', 'self-training'])
    expect(choice.tried.every(({ cases }) => cases.length === 2)).toBe(true)
    expect(choice.probeSteps).toBe(autoRules.probeSteps[0])
    expect(host.messages).toContainEqual({ type: 'notice', text: choice.reason })

    // Cancelled in the middle of a probe, and continued.
    const halves = new Map<string, Files>()
    await expect(choose(halves, 12)).rejects.toThrow(Cancelled)
    await choose(halves)
    expect(await readChoice(memoryFolder(halves.get('auto')!))).toEqual(choice)

    const from = async (chosen: string) => {
      await memoryFolder(whole.get('auto')!).write(
        'choice.json',
        json({ ...choice, chosen, selfTraining: chosen === 'scratch' }),
      )
      const winner = whole.get('auto')!.get('restoration/model.bin')!
      await memoryFolder(whole.get('auto')!).write('model.bin', winner)
      const host = memoryHost(phantoms, whole, `tuned-${chosen}`)
      await finetune(tuning('auto'), host)
      const report = JSON.parse(new TextDecoder().decode(whole.get(`tuned-${chosen}`)!.get('report.json')))
      return { notices: host.messages.flatMap((m) => (m.type === 'notice' ? [m.text] : [])), report }
    }
    const scratch = await from('scratch')
    expect(scratch.report.pretrained).toBe(false)
    expect(scratch.notices).toEqual([choice.reason, expect.stringMatching(/^Self-training/)])
    expect(scratch.report.selfTraining.scans).toEqual(['p2', 'p3'])
    const pretrained = await from('restoration')
    expect(pretrained.report.pretrained).toBe(true)
    expect(pretrained.notices).toEqual([expect.stringMatching(/taken over/)])
    expect(pretrained.report.selfTraining).toBeNull()
  },
)

it('says so when there is nothing to compare on', async () => {
  const folders = new Map<string, Files>()
  const alone = { ...config, budget: { steps: 2 }, probe: config.probe.slice(0, 1) }
  await chooseStart(alone, memoryHost(phantoms, folders, 'auto'))
  const choice = (await readChoice(memoryFolder(folders.get('auto')!)))!
  expect(choice).toMatchObject({ chosen: 'restoration', tried: [], probeSteps: 0 })
  expect(choice.reason).toMatch(/nothing to compare/)
})
