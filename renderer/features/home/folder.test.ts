import { expect, test } from 'vitest'
import { projectFolder } from './folder.ts'

test('a new project lies inside its parent, under its name', () => {
  expect(projectFolder('/home/me', 'Liver MR')).toBe('/home/me/Liver MR')
  expect(projectFolder('C:\\Users\\me', 'Liver')).toBe('C:\\Users\\me\\Liver')
  expect(projectFolder('/', 'Liver')).toBe('/Liver')
})

test('a name can’t leave the parent folder or break the file system', () => {
  expect(projectFolder('/home/me', '../../etc')).toBe('/home/me/-..-etc')
  expect(projectFolder('/home/me', 'CT: a/b?')).toBe('/home/me/CT- a-b-')
  expect(projectFolder('/home/me', '...')).toBe('/home/me/project')
})
