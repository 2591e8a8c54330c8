import { describe, expect, it } from 'vitest'
import type { Evaluation } from '../../shared/domain/records.ts'
import { foldCount, minutesForFinetuning, splitMinutes } from './training-plan.ts'
import { verdict } from './verdict.ts'

const evaluation = (dice: number | null): Evaluation => ({
  modelId: 'model-a',
  cases: [{ caseId: 'case-a', name: 'a', labels: [], dice }],
  dice,
  method: 'validation' as const,
  seenInPretraining: [],
  seenInTraining: [],
})

describe('the verdict', () => {
  it('calls a small difference chance, in either direction', () => {
    expect(verdict(evaluation(0.8), evaluation(0.775))).toContain('no better than from scratch, and no worse')
    expect(verdict(evaluation(0.8), evaluation(0.825))).toContain('no better than from scratch, and no worse')
  })

  it('says so when the model is better than its twin, and when it is worse', () => {
    expect(verdict(evaluation(0.8), evaluation(0.7))).toMatch(/better than from scratch \(\+0\.100\)/)
    expect(verdict(evaluation(0.7), evaluation(0.8))).toMatch(/worse than from scratch \(−0\.100\)/)
  })

  it('does not claim what was not measured', () => {
    expect(verdict(null, null)).toContain('isn’t known')
    expect(verdict(evaluation(null), evaluation(0.5))).toContain('isn’t known')
    expect(verdict(evaluation(0.8), null)).not.toContain('scratch')
  })
})

describe('the verdict after a cross-validation', () => {
  it('says how the cases were scored', () => {
    const crossed = { ...evaluation(0.8), method: 'cross-validation' as const }
    expect(verdict(crossed, null)).toContain('1 labelled case (each predicted without its own label)')
  })
})

describe('the time of a training', () => {
  it('is split wholly between its stages', () => {
    for (const twin of [true, false]) {
      const { pretrain, finetune, scratch, rest } = splitMinutes(10, twin)
      expect(pretrain + finetune + scratch + rest).toBeCloseTo(10)
      expect(scratch > 0).toBe(twin)
    }
  })

  it('has a round of fine-tuning for each fold, and its twin, where no case is kept for validation', () => {
    expect(foldCount(3, 1)).toBe(0)
    expect(foldCount(1, 0)).toBe(0)
    expect(foldCount(3, 0)).toBe(3)
    expect(foldCount(40, 0)).toBe(5)
    for (const twin of [true, false]) {
      const { pretrain, finetune, scratch, estimate, rest } = splitMinutes(10, twin, 3)
      expect(pretrain + finetune + scratch + estimate + rest).toBeCloseTo(10)
      expect(scratch).toBe(0)
      expect(estimate).toBeCloseTo(finetune * (twin ? 6 : 3))
    }
  })

  it('gives fine-tuning its share of what is left, and never less than half of the plan', () => {
    const planned = splitMinutes(10, true)
    expect(minutesForFinetuning(10, true, planned.pretrain * 60)).toBeCloseTo(planned.finetune)
    expect(minutesForFinetuning(10, true, planned.pretrain * 60 + 60)).toBeLessThan(planned.finetune)
    expect(minutesForFinetuning(10, true, 3600)).toBeCloseTo(planned.finetune / 2)
  })
})
