/** Engines that take turns, one step each, so that a busy machine slows all of them alike. */

import { setTimeout } from 'node:timers/promises'

const settle = 30 // milliseconds

/** Something that can be timed. */
export interface Engine {
  readonly name: string
  /** Do the work once; its milliseconds, and how many of them were not spent in kernels (null: unknown). */
  step(): Promise<{ milliseconds: number; outside: number | null }>
  /** Peak memory in bytes (0: not known for this work); the engine is closed. */
  close(): Promise<number>
  /** Milliseconds by kernel, if known. */
  profile?(): Promise<Map<string, number>>
}

export interface EngineResult {
  readonly case: string
  readonly engine: string
  /** Milliseconds of a step: the best says what the code can do, the median what the machine gave. */
  readonly best: number
  readonly median: number
  /** Seconds of all that was timed. */
  readonly seconds: number
  readonly rounds: number
  /** Of the best step; convolutions and matrix products only. */
  readonly gflops: number
  /** gflops as a share of the multiply-add peak of the processor's cores; null on a GPU. */
  readonly share: number | null
  /** Share of the median step that is not spent in kernels; null: unknown. */
  readonly outside: number | null
  /** Peak memory; null: not known for this work. */
  readonly peakMiB: number | null
  /** How many times faster than PyTorch, by the medians; null without PyTorch. */
  readonly timesPytorch: number | null
  /** Shares of the kernels that take the most time. */
  readonly kernels: Record<string, number>
}

const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]

/**
 * Time each engine's step in turns and close the engines. `warmUp` turns of each are not counted: the first touches memory
 * for the first time. `inRow` (default 1): steps of a turn, of which the first half is not counted either: threads that have
 * rested may share a core until the system spreads them, which takes longer than a short step. `peak`: GFLOP/s of
 * multiply-adds of all cores.
 */
export async function measure(
  name: string,
  engines: readonly Engine[],
  work: { flops: number; rounds: number; warmUp: number; inRow?: number; peak: number },
): Promise<EngineResult[]> {
  const { inRow = 1 } = work
  const times = engines.map((): number[] => [])
  const outside = engines.map((): number[] => [])
  for (let round = -work.warmUp; round < work.rounds; round++) {
    for (const [i, engine] of engines.entries()) {
      // The threads of the one before may spin on for a while (PyTorch's do).
      await setTimeout(settle)
      for (let n = 0; n < inRow; n++) {
        const step = await engine.step()
        if (round < 0 || n < Math.floor(inRow / 2)) continue
        times[i].push(step.milliseconds)
        if (step.outside !== null) outside[i].push(step.outside / step.milliseconds)
      }
    }
  }
  const pytorch = engines.findIndex((engine) => engine.name.startsWith('PyTorch'))
  const results: EngineResult[] = []
  for (const [i, engine] of engines.entries()) {
    const profile = [...((await engine.profile?.()) ?? [])].sort((a, b) => b[1] - a[1])
    const total = profile.reduce((sum, [, milliseconds]) => sum + milliseconds, 0)
    const best = Math.min(...times[i])
    const gflops = work.flops / best / 1e6
    const bytes = await engine.close()
    results.push({
      case: name,
      engine: engine.name,
      best,
      median: middle(times[i]),
      seconds: times[i].reduce((sum, milliseconds) => sum + milliseconds, 0) / 1000,
      rounds: times[i].length,
      gflops,
      share: /^CPU|PyTorch|ONNX/.test(engine.name) ? gflops / work.peak : null,
      outside: outside[i].length > 0 ? middle(outside[i]) : null,
      peakMiB: bytes > 0 ? bytes / 2 ** 20 : null,
      timesPytorch: pytorch < 0 ? null : middle(times[pytorch]) / middle(times[i]),
      kernels: Object.fromEntries(profile.slice(0, 8).map(([kernel, ms]) => [kernel, ms / total])),
    })
  }
  return results
}

export function print(results: readonly EngineResult[]): void {
  if (results.length === 0) return
  console.log(`\n${results[0].case}`)
  console.log(' best ms  median ms  GFLOP/s  of peak  not in kernels  memory MiB  × PyTorch  total s  engine')
  const percent = (share: number | null, digits: number) =>
    share === null ? '–' : `${(share * 100).toFixed(digits)} %`
  for (const r of results)
    console.log(
      `${r.best.toFixed(1).padStart(8)} ${r.median.toFixed(1).padStart(10)} ${r.gflops.toFixed(0).padStart(8)} ` +
        `${percent(r.share, 0).padStart(8)} ${percent(r.outside, 2).padStart(15)} ${(r.peakMiB?.toFixed(0) ?? '–').padStart(11)} ` +
        `${(r.timesPytorch?.toFixed(2) ?? '–').padStart(10)} ${r.seconds.toFixed(1).padStart(8)}  ${r.engine}`,
    )
  const shares = Object.entries(results[0].kernels).map(([kernel, share]) => `${kernel} ${(share * 100).toFixed(1)} %`)
  if (shares.length > 0) console.log(`  time by kernel (${results[0].engine}): ${shares.join(', ')}`)
}
