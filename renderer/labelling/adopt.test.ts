import { expect, test } from 'vitest'
import { adopt, onlyValues } from './adopt.ts'

const proposal = Uint8Array.of(1, 1, 2, 2, 0, 1)
const drawn = Uint8Array.of(0, 2, 0, 1, 2, 255)

test('a proposal fills what nobody has drawn, and leaves what a person drew', () => {
  expect([...adopt(drawn, proposal, [1, 2])]).toEqual([1, 2, 2, 1, 2, 1])
  expect([...drawn]).toEqual([0, 2, 0, 1, 2, 255])
})

test('only the labels that were accepted are taken', () => {
  expect([...adopt(drawn, proposal, [2])]).toEqual([0, 2, 2, 1, 2, 255])
  expect([...onlyValues(proposal, [2])]).toEqual([0, 0, 2, 2, 0, 0])
})
