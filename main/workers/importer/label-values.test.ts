import { describe, expect, it } from 'vitest'
import { assignValues } from './label-values.ts'

describe('values of named segments', () => {
  it('follow the name, then the number, then what is free', () => {
    const known = new Map([
      [1, 'Liver'],
      [2, 'Label 2'],
    ])
    const given = assignValues(known, new Map([[1, 'Kidney'], [2, 'liver'], [3, 'Spleen']])) // prettier-ignore
    expect([...given]).toEqual([
      [1, { value: 2, name: 'Kidney' }],
      [2, { value: 1, name: 'Liver' }],
      [3, { value: 3, name: 'Spleen' }],
    ])
    expect(assignValues(known, new Map([[7, 'SPLEEN']])).get(7)).toEqual({ value: 3, name: 'Spleen' })
  })
})
