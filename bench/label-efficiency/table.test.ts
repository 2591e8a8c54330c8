import { expect, it } from 'vitest'
import { diceAt, drawSteps } from './figure.ts'
import type { Cell } from './runs.ts'
import { computedOn, summarise, writeTable } from './table.ts'

const cell = (row: string, seed: number, dice: number): Cell => ({
  row,
  labels: 5,
  seed,
  dice,
  pretrainSeconds: 0,
  finetuneSeconds: 10,
  curve: [[10, dice / 2], [20, dice]], // prettier-ignore
  chosen: null,
})
const cells = [
  ...[0.5, 0.6].map((dice, seed) => cell('scratch', seed, dice)),
  ...[0.6, 0.8].map((dice, seed) => cell('rotation', seed, dice)),
  ...[0.3, 0.3].map((dice, seed) => cell('scratch, 2D', seed, dice)),
  ...[0.4, 0.3].map((dice, seed) => cell('rotation, 2D', seed, dice)),
]
const names = ['scratch', 'rotation', 'scratch, 2D', 'rotation, 2D']

it('holds every row against the twin from scratch that has its own dimensions, seed by seed', () => {
  const twinOf = (name: string) => (name.endsWith(', 2D') ? 'scratch, 2D' : 'scratch')
  const rows = summarise(cells, names, [5], twinOf)
  const gains = rows.map(({ entries }) => entries[5]!.gain)
  expect(gains.map((gain) => gain && Number(gain.toFixed(3)))).toEqual([null, 0.15, null, 0.05])
  expect(rows[1].entries[5]).toMatchObject({ mean: 0.7, seeds: 2 })
  // Rotation's curve passes 95 % of what scratch ended with (0.475 and 0.57) between its two looks.
  expect(rows[1].entries[5]!.stepsTo95!).toBeCloseTo((10 + (10 * (0.475 - 0.3)) / 0.3 + 10 + (10 * (0.57 - 0.4)) / 0.4) / 2, 6) // prettier-ignore
  expect(writeTable(rows, [5], 'heading', ' %')).toMatch(/\| rotation, 2D +\| 0\.350 ± 0\.071 \(\+0\.050\)/)
})

it('says what computed the figures, and that there were several devices', () => {
  const on = (device?: string) => ({ ...cell('scratch', 0, 0.5), device })
  expect(computedOn([on()])).toBe('')
  expect(computedOn([on('CPU, 2 threads, AVX2'), on('CPU, 1 thread, AVX2')])).toBe('Computed on: CPU, AVX2.')
  expect(computedOn([on('CPU, 2 threads'), on('GPU')])).toMatch(/several devices.*: CPU; GPU\.$/)
})

it('draws the mean of curves that were looked at in different steps', () => {
  const curve: Cell['curve'] = [[10, 0.4], [20, 0.6], [30, 0.7]] // prettier-ignore
  expect([10, 15, 20, 28, 30].map((step) => Number(diceAt(curve, step).toFixed(3)))).toEqual([0.4, 0.5, 0.6, 0.68, 0.7])
  const other: Cell['curve'] = [[12, 0.5], [30, 0.8]] // prettier-ignore
  const both = [curve, other].map((own, seed) => ({ ...cell('scratch', seed, 0.7), curve: own }))
  const [, points] = /<polyline[^>]* points="([^"]*)"/.exec(drawSteps(both, ['scratch'], 5, 'heading')) ?? []
  // At 12, 20 and 30 steps.
  expect(points.split(' ')).toHaveLength(3)
})
