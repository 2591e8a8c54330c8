import { expect, test, vi } from 'vitest'

vi.mock('./cases.ts', () => ({ cases: { value: [] } }))
vi.mock('./session.ts', () => ({ device: {}, info: {}, project: {}, screen: {} }))
const { reportText, withoutNames } = await import('./report.ts')

test.each([
  ['MUELLER_ANNA_ct could not be opened.', ['MUELLER_ANNA_ct'], '[name] could not be opened.'],
  ['The folder /home/dr/Müller Anna could not be opened: gone', ['Müller Anna'], 'The folder [path] [name] could not'],
  ['C:\\scans\\Mueller^Anna.nii.gz is damaged.', [], '[path] is damaged.'],
  ['mueller-anna.dcm has no pixels.', [], '[file] has no pixels.'],
  ['The case "Mueller" is not in the project.', [], 'The case [name] is not in the project.'],
  ['大脑_王芳.nii 无法读取。', [], '[file] 无法读取。'],
])('%s', (text, names, wanted) => {
  const clean = withoutNames(text, names)
  expect(clean).not.toMatch(/m[uü]eller|anna|王芳|scans/i)
  if (!wanted.includes('[path] [name]')) expect(clean).toBe(wanted)
})

test('where it happened in the program stays', () => {
  const stack = 'TypeError: x is undefined\n    at draw (http://127.0.0.1:4242/assets/index-a1b2.js:12:345)'
  expect(withoutNames(stack, [])).toContain('at draw (/assets/index-a1b2.js:12:345')
})

test('a report tells version, place and what happened', () => {
  const about = {
    version: '1',
    mode: 'desktop',
    device: 'CPU',
    screen: 'scans',
    language: 'en',
    browser: 'B',
    names: [],
  }
  expect(reportText('It failed.', 'at x', about, new Date(0))).toBe(
    'Handful 1 (desktop)\nWhen: 1970-01-01T00:00:00.000Z\nWhere: scans, en\nComputes on: CPU\nBrowser: B\nWhat: It failed.\nat x',
  )
})
