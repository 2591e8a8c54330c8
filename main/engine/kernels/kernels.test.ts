import { afterAll, describe, expect, test } from 'vitest'
import type { Backend } from './backend.ts'
import {
  convCases,
  elementwiseCases,
  lossCases,
  matrixCases,
  normCases,
  optimiserCases,
  poolCases,
  selfTestCases,
  transposedCases,
  volumeCases,
  type Case,
} from './cases.ts'
import { difference, expected, outcome } from './compare.ts'
import { loadAddon, levelNames } from './addon.ts'
import { openNative } from './native-backend.ts'
import { openWasm } from './wasm-backend.ts'

const cube = [3, 3, 3] as const
const one = [1, 1, 1] as const
const two = [2, 2, 2] as const

const cases: Case[] = [
  ...selfTestCases(),
  // 1 channel, few, odd, many; batch 1 and 2; small and odd sizes
  ...convCases({ n: 2, in: [5, 6, 13], ci: 1, co: 16, kernel: cube, stride: one }),
  ...convCases({ n: 1, in: [3, 4, 3], ci: 1, co: 1, kernel: cube, stride: one }, 1),
  ...convCases({ n: 2, in: [4, 3, 7], ci: 17, co: 33, kernel: cube, stride: one }),
  ...convCases({ n: 1, in: [1, 5, 30], ci: 48, co: 3, kernel: one, stride: one }, 1),
  ...convCases({ n: 1, in: [6, 7, 8], ci: 16, co: 32, kernel: cube, stride: one }),
  ...convCases({ n: 1, in: [3, 4, 3], ci: 96, co: 80, kernel: cube, stride: one }, 1),
  ...convCases({ n: 2, in: [3, 9, 9], ci: 4, co: 16, kernel: [1, 3, 3], stride: one }),
  // strides
  ...convCases({ n: 2, in: [5, 4, 7], ci: 8, co: 20, kernel: cube, stride: two }),
  ...convCases({ n: 1, in: [4, 6, 8], ci: 16, co: 32, kernel: cube, stride: two }, 1),
  ...convCases({ n: 1, in: [3, 6, 5], ci: 3, co: 5, kernel: [1, 3, 3], stride: [1, 2, 2] }),
  ...convCases({ n: 2, in: [5, 5, 5], ci: 7, co: 16, kernel: one, stride: two }),
  ...convCases({ n: 1, in: [1, 1, 1], ci: 2, co: 2, kernel: cube, stride: two }),
  ...transposedCases(2, [3, 4, 5], 32, 16, two),
  ...transposedCases(1, [2, 3, 3], 7, 3, [1, 2, 2], 1),
  ...transposedCases(1, [2, 3, 3], 3, 40, one, 1),
  ...normCases(2, 5, 6, 7, 17, 0.2, 0),
  ...normCases(2, 4, 4, 4, 32, 1, 1, 1),
  ...normCases(1, 1, 1, 2, 1, 0, 0),
  ...normCases(3, 9, 10, 12, 3, 0.01, 1),
  ...volumeCases(1, 3, 3, 17, 1, 1),
  ...volumeCases(2, 4, 3, 5, 33, 1),
  ...volumeCases(1, 9, 10, 33, 16),
  ...poolCases(2, [4, 5, 7], 17, two, 1),
  ...poolCases(1, [3, 4, 6], 16, [1, 2, 2]),
  ...elementwiseCases(1),
  ...elementwiseCases(30001, 1),
  ...matrixCases(1, 1, 1),
  ...matrixCases(33, 40, 70, 1),
  ...matrixCases(64, 16, 300),
  ...lossCases(1, 3, 4, 17, 2, 1),
  ...lossCases(2, 5, 9, 20, 9, 1),
  ...lossCases(1, 1, 1, 3, 1, 0),
  ...optimiserCases(1),
  ...optimiserCases(20000),
]
const wanted = cases.map(expected)
const size = Math.max(...cases.map((one) => one.arena.length))

const native = ((): number => {
  try {
    return loadAddon().bestLevel()
  } catch {
    return -1
  }
})()
const subjects: [string, () => Promise<Backend>][] = []
for (let level = 0; level <= native; level++)
  subjects.push([`addon, ${levelNames[level]}`, () => openNative(size, 2, level)])
for (const threads of [1, 3])
  if (native >= 0) subjects.push([`addon, ${threads} threads`, () => openNative(size, threads)])
subjects.push(['WebAssembly, relaxed SIMD, paired', () => openWasm(size, 2, 'paired')])
subjects.push(['WebAssembly, relaxed SIMD', () => openWasm(size, 2, 'relaxed')])
subjects.push(['WebAssembly, SIMD, 3 threads', () => openWasm(size, 3, 'simd')])

describe.each(subjects)('%s', (_name, open) => {
  const backend = open()
  afterAll(async () => (await backend).close())

  test.each(cases.map((one, i) => [one.name, i] as const))('%s', async (_case, i) => {
    const found = outcome(await backend, cases[i])
    expect(difference(cases[i], wanted[i], found)).toBeUndefined()
    // The same again, bit for bit.
    expect(outcome(await backend, cases[i])).toEqual(found)
  })
})

test('the comparison notices a wrong value anywhere, and a value where nothing was to be written', () => {
  for (const one of cases.slice(0, 30)) {
    const right = expected(one)
    expect(difference(one, right, right)).toBeUndefined()
    const open = Array.from(right.keys()).filter((i) => !one.free.some(([from, to]) => i >= from && i < to))
    for (let k = 0; k < 20; k++) {
      const wrong = right.slice()
      const at = open[Math.floor((k / 20) * open.length)]
      wrong[at] += Math.max(1e-3, Math.abs(wrong[at]) * 1e-3)
      // A NaN cannot become more wrong.
      if (!Number.isNaN(wrong[at])) expect(difference(one, right, wrong), one.name).toBeDefined()
    }
  }
})

test.skipIf(native < 0)('the result does not depend on the number of threads', async () => {
  const [one, four] = [await openNative(size, 1), await openNative(size, 4)]
  for (const each of cases) expect(outcome(four, each)).toEqual(outcome(one, each))
  await one.close()
  await four.close()
})
