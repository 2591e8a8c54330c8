import { describe, expect, it } from 'vitest'
import { inOrderOf, misfit, otherNames } from './model-channels.ts'

const model = { number: 2, names: ['t1', 'flair'] }
const wish = (...names: string[]) => ({ names, resample: false })

describe('channels of files for a model', () => {
  it('the model’s own names get to its channels, however they are typed; others stay as they are', () => {
    expect(inOrderOf(model, wish('FLAIR', 'T1')).names).toEqual(['t1', 'flair'])
    expect(inOrderOf(model, wish('t2', 't1')).names).toEqual(['t2', 't1'])
    expect(inOrderOf({ number: 2, names: null }, wish('flair', 't1')).names).toEqual(['flair', 't1'])
  })
  it('other names are taken for its channels aloud', () => {
    expect(otherNames(model, wish('flair', 't1'))).toBeNull()
    expect(otherNames({ number: 2, names: null }, wish('a', 'b'))).toBeNull()
    expect(otherNames(model, wish('0000', '0001'))).toMatch(/from the channels t1, flair; 0000, 0001 are taken/)
  })
  it('says how many are needed, and where to name them', () => {
    expect(misfit(model, 2, null)).toBeNull()
    expect(misfit({ number: null, names: null }, 3, null)).toBeNull()
    expect(misfit(model, 1, null)).toMatch(/^It has 1 channel, the model needs 2 .* --channels t1,flair\.$/)
    expect(misfit({ number: 2, names: null }, 1, null)).toMatch(/such as --channels t1,flair\.$/)
    expect(misfit(model, 1, wish('t1', 'flair'))).toBe('It has 1 channel, the model needs 2 (t1, flair).')
    expect(misfit({ number: 1, names: null }, 2, null)).toBe('It has 2 channels, the model needs 1.')
  })
})
