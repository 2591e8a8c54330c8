import { expect, test } from 'vitest'
import { compileKernels, giveUpPairing } from './wasm.ts'

test('joined vectors that were wrong once are not chosen again', () => {
  expect(compileKernels('paired').flavour).toBe('paired')
  expect(giveUpPairing()).toBe(true)
  expect(compileKernels().flavour).not.toBe('paired')
  expect(giveUpPairing()).toBe(false)
})
