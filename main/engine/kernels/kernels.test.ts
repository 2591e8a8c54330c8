import { afterAll, describe, expect, test } from 'vitest'
import type { Backend } from './backend.ts'
import {
  convCases,
  elementwiseCases,
  matrixCases,
  normCases,
  optimiserCases,
  transposedCases,
  volumeCases,
  type Case,
} from './cases.ts'
import { difference, expected, outcome } from './compare.ts'
import { loadAddon, levelNames } from './addon.ts'
import { openNative } from './native-backend.ts'
import { cube, kernelCases, one, two } from './testing.ts'
import { openWasm } from './wasm-backend.ts'

const cases: Case[] = [
  ...kernelCases,
  // every tile: more channels than one group has, long sums, many voxels
  ...convCases({ n: 2, in: [4, 3, 7], ci: 17, co: 33, kernel: cube, stride: one }),
  ...convCases({ n: 1, in: [6, 7, 8], ci: 16, co: 32, kernel: cube, stride: one }),
  ...convCases({ n: 1, in: [3, 4, 3], ci: 96, co: 80, kernel: cube, stride: one }, 1),
  ...transposedCases(2, [3, 4, 5], 32, 16, two),
  ...normCases(2, 5, 6, 7, 17, 0.2, 0),
  ...normCases(3, 9, 10, 12, 3, 0.01, 1),
  ...volumeCases(1, 9, 10, 33, 16),
  ...elementwiseCases(30001, 1),
  ...matrixCases(64, 16, 300),
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

  test.each(cases.map(({ name }, i) => [name, i] as const))('%s', async (_case, i) => {
    const found = outcome(await backend, cases[i])
    expect(difference(cases[i], wanted[i], found)).toBeUndefined()
    // The same again, bit for bit.
    expect(outcome(await backend, cases[i])).toEqual(found)
  })
})

test('the comparison notices a wrong value anywhere, and a value where nothing was to be written', () => {
  for (const test of cases.slice(0, 30)) {
    const right = expected(test)
    expect(difference(test, right, right)).toBeUndefined()
    const open = Array.from(right.keys()).filter((i) => !test.free.some(([from, to]) => i >= from && i < to))
    for (let k = 0; k < 20; k++) {
      const wrong = right.slice()
      const at = open[Math.floor((k / 20) * open.length)]
      wrong[at] += Math.max(1e-3, Math.abs(wrong[at]) * 1e-3)
      // A NaN cannot become more wrong.
      if (!Number.isNaN(wrong[at])) expect(difference(test, right, wrong), test.name).toBeDefined()
    }
  }
})

test.skipIf(native < 0)('the result does not depend on the number of threads', async () => {
  const [one, four] = [await openNative(size, 1), await openNative(size, 4)]
  for (const each of cases) expect(outcome(four, each)).toEqual(outcome(one, each))
  await one.close()
  await four.close()
})
