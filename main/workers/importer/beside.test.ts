import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../library/testing.ts'
import { labelMapsAmong, labelsOfGroups, without } from './beside.ts'
import { groupChannels } from './channels.ts'
import { walk } from './walk.ts'

function folderOf(...names: string[]): string {
  const folder = temporaryFolder()
  for (const name of names) writeFileSync(join(folder, name), '')
  return folder
}
const namesOf = (files: Iterable<{ path: string }>) => [...files].map(({ path }) => basename(path))

it('a folder named for both: label maps by their names, all else scans', () => {
  const folder = folderOf('X_t1.nii', 'X_Seg.nii', 'Y.nii.gz', 'Y-label.nii.gz', 'Z_seg.nii', 'a_mask.nii', 'list.csv')
  const labels = labelMapsAmong([folder], `${folder}/`) ?? expect.fail()
  expect(namesOf(labels)).toEqual(['X_Seg.nii', 'Y-label.nii.gz', 'Z_seg.nii'])
  expect(namesOf(without(walk([folder]).files, labels))).toEqual(['a_mask.nii', 'list.csv', 'X_t1.nii', 'Y.nii.gz'])
  expect(labelMapsAmong([join(folder, 'X_t1.nii')], folder)).toEqual(labels)
  // A channel may be called so.
  expect(namesOf(labelMapsAmong([folder], folder, ['t1', 'seg']) ?? [])).toEqual(['Y-label.nii.gz'])
})

it('a folder of label maps alone, or that was not named for scans, is none of both', () => {
  const labels = folderOf('X_seg.nii', 'Y.nii', 'X1.nii')
  expect(labelMapsAmong([labels], labels)).toBeUndefined()
  const described = folderOf('X_seg.nii', 'X_seg.json', 'X_mask.nii', 'Y.nii')
  expect(labelMapsAmong([described], described)).toBeUndefined()
  const mixed = folderOf('X_t1.nii', 'X_seg.nii')
  expect(labelMapsAmong([labels], mixed)).toBeUndefined()
  expect(labelMapsAmong([`${mixed}-2`], mixed)).toBeUndefined()
})

it('label maps of cases whose channels lie beside them', () => {
  const files = ['/p/X_t1.nii', '/p/x_seg.nii', '/q/X_seg.nii', '/p/Y_seg.nii', '/19/T1.nii', '/19/19-seg.nii']
  const found = files.map((path) => ({ path, relative: '', size: 1, modifiedMs: 0 }))
  const { groups, others } = groupChannels(found, ['t1', 'flair'])
  expect([...labelsOfGroups(others, groups)].map(({ path }) => path)).toEqual(['/p/x_seg.nii', '/19/19-seg.nii'])
})
