import { expect, it } from 'vitest'
import { pretrainKey, rowNames, startOf, unitsOf } from './rows.ts'

it('has five tasks by two recipes, each beside a random start of the same network', () => {
  const tasks = ['rotation', 'jigsaw', 'relative-location', 'cpc', 'exemplar']
  for (const task of tasks) {
    expect(rowNames).toEqual(expect.arrayContaining([task, `${task}-paper`]))
    expect(startOf(task)).toEqual({ fresh: false, task, options: [], twin: 'scratch' })
    const paper = startOf(`${task}-paper`)
    expect(paper).toMatchObject({ fresh: false, task, twin: 'scratch-paper' })
    expect(paper.options.slice(0, 2)).toEqual(['--recipe', 'paper'])
  }
  expect(startOf('scratch-paper')).toMatchObject({ fresh: true, task: 'rotation', twin: 'scratch-paper' })
})

it('shares a pretraining among numbers of labels, but for the automatic choice, and never between recipes', () => {
  const units = unitsOf({ seeds: [0], rows: ['rotation', 'auto', 'scratch'], labels: [3, 5] })
  expect(units.map(({ row, labels }) => [row, labels])).toEqual([
    ['rotation', [3, 5]],
    ['auto', [3]],
    ['auto', [5]],
    ['scratch', [3]],
    ['scratch', [5]],
  ])
  const all = unitsOf({ seeds: [0, 1], rows: rowNames, labels: [3, 5] })
  const keys = new Map<string, string>()
  for (const unit of all) {
    const { task, options, fresh } = startOf(unit.row)
    const made = JSON.stringify([task, options, fresh ? 1 : 400, unit.seed, unit.row === 'auto' ? unit.labels : null])
    const key = pretrainKey(unit, 400)
    expect(keys.get(key) ?? made).toBe(made)
    keys.set(key, made)
  }
})
