import { expect, it } from 'vitest'
import { createLog, withoutUserPaths } from './log.ts'

it.each([
  [
    "ENOENT: no such file or directory, open '/scans/Lovelace Ada/1.dcm'",
    "ENOENT: no such file or directory, open '…'",
  ],
  ['EACCES: /scans/Lovelace^Ada/1.dcm is locked', 'EACCES: … is locked'],
  ['open "C:\\Scans\\Lovelace, Ada\\1.dcm" failed', 'open "…" failed'],
  ['C:\\Scans\\Lovelace failed', '… failed'],
  ['at work (/opt/handful/main/a.ts:12:3)', 'at work (/opt/handful/main/a.ts:12:3)'],
  ['at file:///opt/handful/main/a.js:12:3', 'at file:///opt/handful/main/a.js:12:3'],
  ['3/4 of the cases, 5 mL/s', '3/4 of the cases, 5 mL/s'],
])('%s', (text, expected) => expect(withoutUserPaths(text)).toBe(expected))

it('writes one entry with its time', () => {
  const entries: string[] = []
  createLog(
    (entry) => entries.push(entry),
    () => new Date(0),
  )('It failed.')
  expect(entries).toEqual(['1970-01-01T00:00:00.000Z It failed.\n'])
})
