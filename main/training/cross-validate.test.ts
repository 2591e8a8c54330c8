import { describe, expect, it } from 'vitest'
import type { CrossValidateConfig } from '../../shared/domain/trainer.ts'
import { crossValidate, drawFolds } from './cross-validate.ts'
import { finetune } from './finetune.ts'
import { Cancelled } from './host.ts'
import { memoryHost, phantom, phantomTuning, type Files } from './testing.ts'

describe('drawFolds', () => {
  it('leaves one out below five cases, and makes five even folds from there', () => {
    expect([...drawFolds(3, 1)].sort()).toEqual([0, 1, 2])
    const eleven = drawFolds(11, 1)
    for (let fold = 0; fold < 5; fold++) expect([2, 3]).toContain(eleven.filter((f) => f === fold).length)
  })
})

const phantoms = Array.from({ length: 3 }, (_, i) => phantom(i))
const config = phantomTuning(
  phantoms.map((p) => p.source),
  6,
)
const estimate: CrossValidateConfig = {
  ...config,
  kind: 'cross-validate',
  modelId: 'm',
  budget: {},
  likeFolder: 'model',
}

describe('crossValidate', () => {
  it(
    'scores each case once, by a model that never saw its label, and resumes to the same',
    { timeout: 60_000 },
    async () => {
      const folders = new Map<string, Files>()
      await finetune(config, memoryHost(phantoms, folders, 'model'))
      const whole = await crossValidate(estimate, memoryHost(phantoms, folders, 'a'))
      expect(whole.method).toBe('cross-validation')
      expect(whole.cases.map((c) => c.name).sort()).toEqual(['phantom 0', 'phantom 1', 'phantom 2'])
      // Every fold took the sibling's plan and steps, and learnt from the two other cases.
      const files = folders.get('a')!
      for (const fold of [1, 2, 3]) {
        const plan = JSON.parse(new TextDecoder().decode(files.get(`fold-${fold}/plan.json`)))
        expect(plan.steps).toBe(6)
        expect(plan.cases).toHaveLength(2)
        expect(plan.cases).not.toContain(whole.cases[fold - 1].caseId)
      }
      await expect(crossValidate(estimate, memoryHost(phantoms, folders, 'b', 8))).rejects.toThrow(Cancelled)
      expect(await crossValidate(estimate, memoryHost(phantoms, folders, 'b'))).toEqual(whole)
    },
  )

  it(
    'always learns from scans that are not to be hidden, and measures on those alone that are',
    { timeout: 60_000 },
    async () => {
      const folders = new Map<string, Files>()
      const empty = phantom(4)
      empty.label.fill(0)
      const all = [...phantoms.slice(0, 2), empty]
      const host = () => memoryHost(all, folders, 'd')
      const cases = all.map((p) => p.source)
      const hidden = [0, 1].map((i) => ({ cases: [cases[i].id], measured: [cases[i].id] }))
      const budget = { steps: 2 }
      const found = await crossValidate({ ...estimate, likeFolder: null, budget, cases, hidden }, host())
      expect(found.cases.map((c) => c.caseId).sort()).toEqual([cases[0].id, cases[1].id])
      for (const fold of [1, 2]) {
        const plan = JSON.parse(new TextDecoder().decode(folders.get('d')!.get(`fold-${fold}/plan.json`)))
        expect(plan.cases).toContain(empty.source.id)
        expect(plan.cases).toHaveLength(2)
      }
    },
  )

  it('refuses a single case, in words', async () => {
    const alone = { ...estimate, cases: [phantoms[0].source] }
    await expect(crossValidate(alone, memoryHost(phantoms, new Map(), 'c'))).rejects.toThrow(/at least two/)
  })
})
