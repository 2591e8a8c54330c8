import { expect, test } from 'vitest'
import { encodeTensors } from '../engine/index.ts'
import { packModel, unpackModel } from './model-file.ts'

const weights = encodeTensors(new Map([['a', Float32Array.of(1, 2, 3)]]), { kind: 'segmentation' })
const header = {
  name: 'Model 1',
  created: '2026-01-02T03:04:05.000Z',
  madeWith: 'Handful 0.1.0',
  labels: [{ value: 1, name: 'Liver', color: '#e69f00', key: 1 }],
  steps: 10,
  cases: 3,
  pretrained: true,
  dice: 0.8,
}

test('a model comes back from its file as it was', () => {
  const back = unpackModel(packModel(header, weights))
  expect(back.header).toEqual(header)
  expect(Buffer.from(back.weights).equals(Buffer.from(weights))).toBe(true)
})

test('each damaged byte is noticed, and what is no model is refused in words', () => {
  const file = packModel(header, weights)
  for (const at of [20, Math.floor(file.length / 2), file.length - 1]) {
    const damaged = Uint8Array.from(file)
    damaged[at] ^= 1
    expect(() => unpackModel(damaged)).toThrow(/damaged/)
  }
  expect(() => unpackModel(file.subarray(0, file.length - 5))).toThrow('damaged')
  expect(() => unpackModel(new Uint8Array(100))).toThrow('no Handful model')
  expect(() => unpackModel(Buffer.from('HANDFUL MODEL 2\n{}\n'))).toThrow('newer Handful')
})
