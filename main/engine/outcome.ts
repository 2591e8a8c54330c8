import type { Executor } from './executor.ts'
import type { Case } from './kernels/cases.ts'

/** Run a case and give the arena that it leaves. */
export async function outcomeOn(executor: Executor, test: Case): Promise<Float32Array> {
  const all = { offset: 0, size: test.arena.length }
  executor.write(all, (values) => values.set(test.arena))
  executor.run(await executor.load(test.calls))
  return (await executor.read([all]))[0].slice()
}
