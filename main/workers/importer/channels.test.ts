import { describe, expect, it } from 'vitest'
import { groupChannels, missingChannels } from './channels.ts'

const files = (...paths: string[]) => paths.map((path) => ({ path, relative: '', size: 1, modifiedMs: 0 }))
const grouped = (names: string[], ...paths: string[]) => {
  const { groups, others } = groupChannels(files(...paths), names)
  return {
    groups: groups.map(({ base, files: found }) => [base, ...found.map((file) => file?.path)]),
    others: others.map(({ path }) => path),
  }
}

describe('channels by file name', () => {
  it('ends of names, t1ce not taken for t1, upper and lower case alike', () => {
    expect(grouped(['t1', 't1ce'], '/a/x_T1.nii.gz', '/a/x_t1ce.nii.gz', '/a/y-t1.nii', '/a/z.nii')).toEqual({
      groups: [
        ['x', '/a/x_T1.nii.gz', '/a/x_t1ce.nii.gz'],
        ['y', '/a/y-t1.nii', undefined],
      ],
      others: ['/a/z.nii'],
    })
  })
  it('numbers, each folder for itself', () => {
    expect(grouped(['0000', '0001'], '/a/c_0000.nii', '/b/c_0000.nii', '/b/c_0001.nii').groups).toEqual([
      ['c', '/a/c_0000.nii', undefined],
      ['c', '/b/c_0000.nii', '/b/c_0001.nii'],
    ])
  })
  it('beginnings of names: one case a folder, named after it', () => {
    expect(grouped(['T1', 'FLAIR'], '/p/19/FLAIR_reg.nii', '/p/19/T1_reg.nii', '/p/20/T1.nii').groups).toEqual([
      ['19', '/p/19/T1_reg.nii', '/p/19/FLAIR_reg.nii'],
      ['20', '/p/20/T1.nii', undefined],
    ])
  })
  it('says which are missing', () => {
    expect(missingChannels([1, undefined, undefined], ['a', 'b', 'c'])).toMatch(/channels b, c are not there/)
    expect(missingChannels([1, 2], ['a', 'b'])).toBeUndefined()
  })
})
