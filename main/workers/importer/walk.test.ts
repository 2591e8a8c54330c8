import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../library/testing.ts'
import { shortName, walk } from './walk.ts'

describe('walking folders', () => {
  it('finds every file once, in human order, and passes over what systems keep for themselves', () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'sub'))
    for (const name of ['s10', 's2', '.DS_Store', '._s2', 'Thumbs.db', 'sub/x']) writeFileSync(join(folder, name), '1')
    const { files, unreadable } = walk([folder, join(folder, 's2')])
    expect(files.map(shortName)).toEqual(['s2', 's10', 'sub/x'])
    expect(unreadable).toEqual([])
  })

  it('ends in circles of links, and names a broken link', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '1')
    symlinkSync(folder, join(folder, 'again'))
    symlinkSync(join(folder, 'nowhere'), join(folder, 'broken'))
    symlinkSync(join(folder, 'loop'), join(folder, 'loop'))
    const { files, unreadable } = walk([folder])
    expect(files.map(shortName)).toEqual(['file'])
    expect(unreadable.map(({ reason }) => reason)).toEqual(
      Array(2).fill('It is a link whose target is missing or cannot be read.'),
    )
  })

  it('leaves out the folder of label maps, also where it is given differently', () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'labels'))
    writeFileSync(join(folder, 'labels', 'a'), '1')
    writeFileSync(join(folder, 'a'), '1')
    expect(walk([folder], `${folder}/./labels/`).files.map(shortName)).toEqual(['a'])
  })
})
