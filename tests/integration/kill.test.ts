import { expect, it } from 'vitest'
import { killMany } from '../../bench/kill.ts'

it('killed in imports and while labels are saved: nothing saved is lost, the project opens, the check is clean', async () => {
  const { problems, labelsSaved, duringImport, duringSaving } = await killMany(8)
  expect(problems).toEqual([])
  expect([duringImport, duringSaving]).toEqual([4, 4])
  expect(labelsSaved).toBeGreaterThan(0)
})
