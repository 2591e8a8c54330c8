/**
 * Speed of the convolution kernels on the processor, per back end: GFLOP/s, and the share of what the same cores reach on
 * fused multiply-adds alone. Best of many runs, since the machine may be busy; the median stands beside it.
 */
import { availableParallelism } from 'node:os'
import { levelNames, loadAddon } from '../main/engine/kernels/addon.ts'
import type { Backend } from '../main/engine/kernels/backend.ts'
import { openNative } from '../main/engine/kernels/native-backend.ts'
import { partialSize, partialSlabs } from '../main/engine/kernels/sizes.ts'
import { packedFilterSize, volumeSize, type KernelCall } from '../main/engine/kernels/table.ts'
import { openWasm } from '../main/engine/kernels/wasm-backend.ts'
import { compileKernels, instantiate } from '../main/engine/kernels/wasm.ts'

export interface Shape {
  readonly name: string
  readonly n: number
  readonly size: readonly [number, number, number]
  readonly ci: number
  readonly co: number
}

export const shapes: readonly Shape[] = [
  { name: 'S1: 2×32³, 16→32', n: 2, size: [32, 32, 32], ci: 16, co: 32 },
  { name: 'S2: 2×16³, 64→64', n: 2, size: [16, 16, 16], ci: 64, co: 64 },
  { name: '2×48³, 16→16', n: 2, size: [48, 48, 48], ci: 16, co: 16 },
  { name: '2×40×56×40, 16→16', n: 2, size: [40, 56, 40], ci: 16, co: 16 },
  { name: '2×48³, 1→16', n: 2, size: [48, 48, 48], ci: 1, co: 16 },
  { name: '2×5×7×5, 256→256', n: 2, size: [5, 7, 5], ci: 256, co: 256 },
]

export type Pass = 'forward' | 'input gradient' | 'filter gradient'
export interface KernelSpeed {
  readonly backend: string
  readonly shape: string
  readonly pass: Pass
  /** GFLOP/s: best and median run. */
  readonly best: number
  readonly median: number
  /** Share of the multiply-add peak of the same threads, from the best run. */
  readonly share: number
}

const milliseconds = (run: () => void): number => {
  const start = performance.now()
  run()
  return performance.now() - start
}

/** Flops per second of one thread: the best of a few short measurements. */
export function peakOf(measure: (rounds: number) => number): number {
  let best = 0
  for (let i = 0; i < 15; i++) {
    const start = performance.now()
    const flops = measure(400_000)
    best = Math.max(best, flops / (performance.now() - start) / 1e6)
  }
  return best
}

/** The calls of each pass of a 3³ convolution, over an arena filled with small numbers. */
export function passes({ n, size, ci, co }: Shape): {
  floats: number
  calls: Record<Pass, KernelCall[]>
  filters: KernelCall[]
} {
  const [d, h, w] = size
  let floats = 0
  const area = (count: number): number => {
    const at = floats
    floats += Math.ceil(count / 16) * 16
    return at
  }
  const sizes = [n, d, h, w, ci, co, 3, 3, 3, 1, 1, 1, d, h, w]
  const [x, y] = [area(volumeSize(n, d, h, w, ci)), area(volumeSize(n, d, h, w, co))]
  const filter = area(27 * ci * co)
  const packed = area(packedFilterSize(27, ci, co))
  const transposed = area(packedFilterSize(27, co, ci))
  const gradient = [x, y, 0, ...sizes]
  const partial = area(partialSize('convFilterGradPartial', gradient))
  const [dx, dw] = [area(volumeSize(n, d, h, w, ci)), area(27 * ci * co)]
  return {
    floats,
    filters: [
      { kernel: 'fill', ints: [0, floats], reals: [0.01] },
      { kernel: 'packFilter', ints: [filter, packed, 27, ci, co, 0], reals: [] },
      { kernel: 'packFilter', ints: [filter, transposed, 27, ci, co, 1], reals: [] },
    ],
    calls: {
      forward: [{ kernel: 'conv', ints: [x, packed, -1, y, ...sizes, 0], reals: [] }],
      'input gradient': [
        { kernel: 'conv', ints: [y, transposed, -1, dx, n, d, h, w, co, ci, 3, 3, 3, 1, 1, 1, d, h, w, 0], reals: [] },
      ],
      'filter gradient': [
        { kernel: 'convFilterGradPartial', ints: [x, y, partial, ...sizes], reals: [] },
        {
          kernel: 'reducePartials',
          ints: [partial, dw, 27 * ci * co, partialSlabs('convFilterGradPartial', gradient), 0],
          reals: [],
        },
      ],
    },
  }
}

export async function measure(
  open: (floats: number) => Promise<Backend>,
  peak: number,
  budget: number,
): Promise<KernelSpeed[]> {
  const speeds: KernelSpeed[] = []
  for (const shape of shapes) {
    const { floats, calls, filters } = passes(shape)
    const backend = await open(floats)
    backend.run(backend.load(filters))
    const [d, h, w] = shape.size
    const gflop = (2 * 27 * shape.n * d * h * w * shape.ci * shape.co) / 1e9
    for (const pass of Object.keys(calls) as Pass[]) {
      const program = backend.load(calls[pass])
      const times: number[] = []
      const end = performance.now() + budget
      while (times.length < 5 || (performance.now() < end && times.length < 500))
        times.push(milliseconds(() => backend.run(program)))
      times.sort((a, b) => a - b)
      const [best, median] = [times[0], times[times.length >> 1]].map((time) => gflop / (time / 1000))
      speeds.push({
        backend: backend.name,
        shape: shape.name,
        pass,
        best,
        median,
        share: best / (peak * backend.threads),
      })
    }
    await backend.close()
  }
  return speeds
}

export function print(speeds: readonly KernelSpeed[], peak: number): void {
  console.log(
    `\n${speeds[0].backend}: ${peak.toFixed(0)} GFLOP/s of multiply-adds per thread. GFLOP/s best / median (share of peak)`,
  )
  const cell = (speed: KernelSpeed): string =>
    `${speed.best.toFixed(0)} / ${speed.median.toFixed(0)} (${Math.round(speed.share * 100)} %)`.padEnd(22)
  console.log(
    `${''.padEnd(22)}${['forward', 'input gradient', 'filter gradient'].map((pass) => pass.padEnd(22)).join('')}`,
  )
  for (const { name } of shapes) {
    const row = speeds.filter((speed) => speed.shape === name)
    console.log(name.padEnd(22) + row.map(cell).join(''))
  }
}

/** Print the table (or JSON). quick: half a second a shape instead of two. */
export async function run(options: { json: boolean; quick: boolean }): Promise<void> {
  const threads = availableParallelism()
  const budget = options.quick ? 150 : 600
  const all: KernelSpeed[] = []
  const subject = async (open: (floats: number) => Promise<Backend>, peak: number): Promise<void> => {
    const speeds = await measure(open, peak, budget)
    all.push(...speeds)
    if (!options.json) print(speeds, peak)
  }
  try {
    const addon = loadAddon()
    for (let level = addon.bestLevel(); level >= 0 && !(options.quick && level < addon.bestLevel()); level--)
      await subject(
        (floats) => openNative(floats, threads, level),
        peakOf((rounds) => addon.peak(level, rounds)),
      )
  } catch (error) {
    if (!options.json)
      console.log(`No native kernels: ${error instanceof Error ? error.message : error} (${levelNames.join(', ')})`)
  }
  const fastest = compileKernels().flavour
  for (const flavour of options.quick ? [fastest] : [...new Set([fastest, 'relaxed', 'simd'] as const)]) {
    const memory = new WebAssembly.Memory({ initial: 4, maximum: 65536, shared: true })
    const kernels = instantiate(compileKernels(flavour).module, memory)
    await subject(
      (floats) => openWasm(floats, threads, flavour),
      peakOf((rounds) => kernels.peak(rounds)),
    )
  }
  if (options.json) console.log(JSON.stringify(all, null, 2))
}
