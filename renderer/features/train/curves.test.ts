import { expect, test } from 'vitest'
import { chartsOf } from './curves.ts'

const stages = [
  { key: 'pretrain' as const, name: 'Pretraining', runId: 'p', total: 10 },
  { key: 'finetune' as const, name: 'Fine-tuning', runId: 'f', total: 20 },
  { key: 'scratch' as const, name: 'From scratch', runId: 's', total: 20 },
  { key: 'predict' as const, name: 'Predicting', runId: null, total: 0 },
]
const line = (step: number, values: Record<string, number>) => ({ step, seconds: step, values })

test('fine-tuning and its twin share a chart, pretraining has its own', () => {
  const metrics = new Map([
    ['p', [line(1, { 'pretext loss': 2 }), line(2, { 'pretext loss': 1, 'pretext validation loss': 1.5 })]],
    ['f', [line(1, { 'segmentation loss': 0.9 })]],
    ['s', [line(1, { 'segmentation loss': 1.1 })]],
  ])
  const charts = chartsOf(stages, metrics, (s) => `${s}, held-out`)
  expect(charts.map((c) => c.title)).toEqual(['pretext loss', 'segmentation loss'])
  expect(charts[0].series.map((s) => [s.name, s.points])).toEqual([
    [
      'Pretraining',
      [
        [1, 2],
        [2, 1],
      ],
    ],
    ['Pretraining, held-out', [[2, 1.5]]],
  ])
  expect(charts.map((c) => c.steps)).toEqual([10, 20])
  expect(charts[1].series.map((s) => s.name)).toEqual(['Fine-tuning', 'From scratch'])
})

test('no figures, no charts', () => {
  expect(chartsOf(stages, new Map(), String)).toEqual([])
})
