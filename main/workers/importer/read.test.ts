import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../library/testing.ts'
import { otherHalf } from './read.ts'

it('of two kinds of voxel files a header takes the one that is packed as it is itself', () => {
  const folder = temporaryFolder()
  for (const name of ['a.img', 'a.img.gz', 'b.img', 'c.IMG']) writeFileSync(join(folder, name), '')
  const half = (name: string) => otherHalf(join(folder, name))?.slice(folder.length + 1) ?? null
  expect(['a.hdr', 'a.hdr.gz', 'b.hdr.gz', 'c.HDR', 'd.hdr', 'a.nii'].map(half)).toEqual([
    'a.img',
    'a.img.gz',
    'b.img',
    'c.IMG',
    null,
    null,
  ])
})
