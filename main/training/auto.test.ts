import { describe, expect, it } from 'vitest'
import type { FinetuneConfig, PretrainConfig } from '../../shared/domain/trainer.ts'
import { autoRules, carriesOver, chooseStart, decide } from './auto.ts'
import { labelPropagation, readChoice } from './choice.ts'
import { crossValidate } from './cross-validate.ts'
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
  budget: { steps: 24 },
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

it('learns from carried-over labels only where they are good, and better than what the network finds', () => {
  expect(carriesOver(0.7 + 2 * autoRules.labelMargin, 0.7)).toBe(true)
  expect(carriesOver(0.7 + autoRules.labelMargin / 2, 0.7)).toBe(false)
  expect(carriesOver(autoRules.labelDice - 0.01, 0.1)).toBe(false)
  expect(carriesOver(null, 0.1)).toBe(false)
  expect(carriesOver(0.5, null)).toBe(true)
})

it('compares nothing where but one labelled scan can be hidden, and learns from the others nevertheless', async () => {
  const empty = { ...phantoms[1], label: new Uint8Array(phantoms[1].label.length) }
  const scans = [phantoms[0], empty, ...phantoms.slice(2)]
  const folders = new Map<string, Files>()
  const [{ id }] = config.probe
  await chooseStart({ ...config, hidden: [{ cases: [id], measured: [id] }] }, memoryHost(scans, folders, 'auto'))
  const choice = (await readChoice(memoryFolder(folders.get('auto')!)))!
  expect(choice).toMatchObject({ chosen: 'restoration', tried: [] })
  expect(choice.reason).toContain('nothing to compare')
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
    expect(ways).toEqual(['scratch', 'self-training', 'restoration'])
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

it('tries nothing where all scans are labelled, and says why', async () => {
  const folders = new Map<string, Files>()
  const cases = config.cases.filter(({ id }) => config.probe.some((labelled) => labelled.id === id))
  const host = memoryHost(phantoms, folders, 'auto')
  await chooseStart({ ...config, cases }, host)
  const choice = (await readChoice(memoryFolder(folders.get('auto')!)))!
  expect(choice).toMatchObject({ chosen: 'scratch', selfTraining: false, labelled: [], tried: [] })
  expect(choice.reason).toMatch(/^Automatic choice: no pretraining\. All training scans are labelled/)
  // Fine-tuning takes over its plan, and starts as if there had been no pretraining.
  await finetune({ ...tuning('auto'), unlabelled: [], budget: { steps: 1 } }, memoryHost(phantoms, folders, 'tuned'))
  const report = JSON.parse(new TextDecoder().decode(folders.get('tuned')!.get('report.json')))
  expect(report).toMatchObject({ pretrained: false, selfTraining: null })
})

describe('labels carried over', () => {
  const alike = Array.from({ length: 4 }, (_, i) => phantom(i, [20, 18, 16], true))
  const labelled = alike.slice(0, 2).map((p) => p.source)
  const bare = (from: number) => alike.slice(from).map((p) => ({ ...p.source, labelFile: null }))
  const wish: PretrainConfig = { ...config, cases: bare(0), probe: labelled, budget: { steps: 70 } }
  const file = (folders: Map<string, Files>, run: string, name: string) => folders.get(run)!.get(name)!
  const report = (folders: Map<string, Files>, run: string, name = 'report.json') =>
    JSON.parse(new TextDecoder().decode(file(folders, run, name)))

  it('are learnt from in the pretraining where they are better, resumed or not', { timeout: 120_000 }, async () => {
    const folders = new Map<string, Files>()
    const host = memoryHost(alike, folders, 'auto')
    await chooseStart(wish, host)
    expect(host.messages.filter(({ type }) => type === 'metric')).toHaveLength(30)
    const choice = (await readChoice(memoryFolder(folders.get('auto')!)))!
    expect(choice).toMatchObject({ chosen: labelPropagation, selfTraining: true, labelled: ['p0', 'p1'] })
    // What two probes of 20 steps leave of 70.
    expect(report(folders, 'auto')).toMatchObject({ kind: 'pretrain', steps: 30, selfTraining: { turn: 15 } })

    const halves = new Map<string, Files>()
    await expect(chooseStart(wish, memoryHost(alike, halves, 'auto', 60))).rejects.toThrow(Cancelled)
    await chooseStart(wish, memoryHost(alike, halves, 'auto'))
    expect(Buffer.compare(file(halves, 'auto', 'model.bin'), file(folders, 'auto', 'model.bin'))).toBe(0)

    // Fine-tuning goes on from it, its head and all, and labels the further scans before its first step.
    const next = { ...tuning('auto'), cases: labelled, unlabelled: bare(2) }
    await finetune(next, memoryHost(alike, folders, 'tuned'))
    expect(report(folders, 'tuned')).toMatchObject({ pretrained: true, transfer: { fresh: [] } })
    expect(report(folders, 'tuned').selfTraining).toEqual({ turn: 0, scans: ['p2', 'p3'] })

    // Its curve begins with what the start knows.
    const watched = { ...next, budget: { steps: 40 }, unlabelled: bare(2).slice(0, 1), watch: [alike[3].source] }
    await finetune(watched, memoryHost(alike, folders, 'watched'))
    const [first] = new TextDecoder().decode(file(folders, 'watched', 'metrics.jsonl')).split('\n')
    expect(JSON.parse(first).values['validation Dice']).toBeGreaterThan(0.3)

    // Where a label that it knows is hidden, it would tell: such a training starts from scratch.
    await crossValidate({ ...next, kind: 'cross-validate', modelId: 'm' }, memoryHost(alike, folders, 'estimate'))
    for (const fold of [1, 2]) {
      expect(report(folders, 'estimate', `fold-${fold}/report.json`)).toMatchObject({ pretrained: false })
    }
    const other = memoryHost(alike, folders, 'other')
    await finetune({ ...next, cases: labelled.slice(1) }, other)
    expect(other.messages).toContainEqual({ type: 'notice', text: expect.stringMatching(/may not know.*from scratch/) })
  })

  it('leave out the pretraining where the time is too short for it', { timeout: 120_000 }, async () => {
    const folders = new Map<string, Files>()
    await chooseStart({ ...wish, budget: { steps: 50 } }, memoryHost(alike, folders, 'auto'))
    const choice = (await readChoice(memoryFolder(folders.get('auto')!)))!
    expect(choice).toMatchObject({ chosen: 'scratch', selfTraining: true, labelled: [] })
    expect(choice.reason).toMatch(/too short/)
  })

  it('are not looked for where even that takes too long', { timeout: 120_000 }, async () => {
    const folders = new Map<string, Files>()
    await chooseStart({ ...wish, budget: { minutes: 0.001 } }, memoryHost(alike, folders, 'auto'))
    const choice = (await readChoice(memoryFolder(folders.get('auto')!)))!
    expect(choice).toMatchObject({ chosen: 'scratch', selfTraining: false, tried: [], probeSteps: 0 })
    expect(choice.reason).toMatch(/too short to compare/)
  })

  it('are held against a budget of minutes, too', { timeout: 120_000 }, async () => {
    const folders = new Map<string, Files>()
    await chooseStart({ ...wish, budget: { minutes: 0.12 } }, memoryHost(alike, folders, 'auto'))
    // On a slow machine nothing is left of them for the pretraining.
    const { chosen } = (await readChoice(memoryFolder(folders.get('auto')!)))!
    if (chosen !== 'scratch') expect(report(folders, 'auto').steps).toBeGreaterThan(0)
    expect(report(folders, 'auto', 'timing/plan.json').secondsPerStep).toBeGreaterThan(0)
  })
})
