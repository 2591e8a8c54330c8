import { expect, test } from 'vitest'
import type { LabelVersion } from '../../shared/domain/records.ts'
import { hiddenCases } from './hidden-cases.ts'
import type { LabelledCase } from './run-configs.ts'

/** Cases by name: whose scan it is, which model made the label, and how many structures are marked. */
const among = (about: Record<string, { patient?: number; model?: string; marks?: number }>) => {
  const cases = Object.keys(about).map((id) => ({ case: { id, seriesId: id }, versionId: id }) as LabelledCase)
  const labelVersion = (id: string) =>
    ({ modelId: about[id].model ?? null, volumes: Array(about[id].marks ?? 1).fill({}) }) as unknown as LabelVersion
  return hiddenCases({ labelVersion, patientOf: (id) => about[id].patient ?? null }, cases)
}

test('hides scans of one patient together, others each by itself', () => {
  expect(among({ a: { patient: 1 }, b: {}, c: { patient: 1 }, d: {} })).toEqual([
    { cases: ['a', 'c'], measured: ['a', 'c'] },
    { cases: ['b'], measured: ['b'] },
    { cases: ['d'], measured: ['d'] },
  ])
})

test('measures neither on labels accepted from a model nor where nothing is marked', () => {
  expect(among({ a: {}, b: { model: 'model-1' }, c: { marks: 0 }, d: {} }).flatMap(({ cases }) => cases)).toEqual([
    'a',
    'd',
  ])
  // Withheld nevertheless, beside one of the same patient.
  expect(among({ a: { patient: 1 }, b: { patient: 1, model: 'model-1' }, c: {} })[0]).toEqual({
    cases: ['a', 'b'],
    measured: ['a'],
  })
})

test('hides a patient’s scans together where nothing else can be measured on, too', () => {
  expect(among({ a: { patient: 1 }, b: { patient: 1 }, c: { model: 'model-1' } })).toHaveLength(1)
})

test('takes scans that all seem to be of one patient for those of several', () => {
  expect(among({ a: { patient: 1 }, b: { patient: 1 }, c: { patient: 1 } })).toHaveLength(3)
})
