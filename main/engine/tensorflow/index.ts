/** TensorFlow as an executor, tested before its first use. */
import { EngineError } from '../errors.ts'
import type { Executor } from '../executor.ts'
import { selfTestCases } from '../kernels/cases.ts'
import { difference, expected } from '../kernels/compare.ts'
import { outcomeOn } from '../outcome.ts'
import { openTensorFlow } from './executor.ts'
import { loadTensorFlow, type Found } from './library.ts'

/** The library if it is there and right; else why not, in a sentence. Tried once per process. */
export function probeTensorFlow(): Promise<Found | string> {
  return (probed ??= loadTensorFlow().then((found) => (typeof found === 'string' ? found : test(found))))
}

let probed: Promise<Found | string> | null = null

/** The same, unless its answers are wrong. */
export async function test(found: Found): Promise<Found | string> {
  const cases = selfTestCases()
  const executor = openTensorFlow({ ...found, floats: Math.max(...cases.map(({ arena }) => arena.length)) })
  try {
    for (const test of cases) {
      const wrong = difference(test, expected(test), await outcomeOn(executor, test))
      if (wrong) return `${found.name} gives wrong answers and is not used (${wrong}).`
    }
    return found
  } catch (error) {
    return `${found.name} cannot be used: ${error instanceof Error ? error.message : String(error)}`
  } finally {
    await executor.close()
  }
}

/** An executor on TensorFlow. Throws EngineError 'device' where it is not there or wrong. */
export async function openInstalledTensorFlow(place: { floats: number; kept: number }): Promise<Executor> {
  const found = await probeTensorFlow()
  if (typeof found === 'string') throw new EngineError('device', found)
  return openTensorFlow({ ...found, floats: place.floats, kept: place.kept })
}
