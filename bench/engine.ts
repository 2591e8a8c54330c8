/**
 * Every device of this machine next to PyTorch (where it is installed): single convolutions, whole training steps of a
 * U-Net, the same with a core kept busy by another process, and windows of a sliding inference. GFLOP/s, share of the
 * multiply-add peak, time outside the kernels, memory. `--quick`: the smallest of each; `--only TEXT`: the cases whose names
 * hold it, such as "busy".
 */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { availableDevices, type DeviceId } from '../main/engine/index.ts'
import { loadAddon } from '../main/engine/kernels/addon.ts'
import { compileKernels, instantiate } from '../main/engine/kernels/wasm.ts'
import type { UnetOptions } from '../main/engine/testing.ts'
import { measure, print, type Engine, type EngineResult } from './engine/measure.ts'
import { convolution, inferenceProgram, slidingInference, trainingProgram, trainingStep } from './engine/ours.ts'
import { pytorch, pythonWithTorch } from './engine/pytorch.ts'
import { windowStarts, type Box } from './engine/windows.ts'
import type { BenchOptions } from './index.ts'
import { peakOf, shapes, type Pass } from './kernels.ts'

const net = { batch: 2, levels: 4, base: 16, classes: 3 } as const
const training: readonly { net: UnetOptions; rounds: number; quick?: true }[] = [
  { net: { ...net, patch: [48, 48, 48] }, rounds: 8, quick: true },
  { net: { ...net, patch: [40, 56, 40] }, rounds: 8 },
  { net: { ...net, batch: 1, base: 32, patch: [96, 96, 96] }, rounds: 3 },
  { net: { ...net, batch: 1, patch: [128, 128, 128] }, rounds: 3 },
]
const words = ({ levels, base, patch, batch }: UnetOptions): string =>
  `U-Net, ${levels} levels, base ${base}, patch ${patch.join('×')}, batch ${batch}`

const window: UnetOptions = { ...net, batch: 1, patch: [96, 96, 96] }

/** GFLOP/s of multiply-adds of all cores, by the widest vectors there are. */
function peakOfMachine(): number {
  let peak: number
  try {
    const addon = loadAddon()
    const level = addon.bestLevel()
    peak = peakOf((rounds) => addon.peak(level, rounds))
  } catch {
    const memory = new WebAssembly.Memory({ initial: 4, maximum: 65536, shared: true })
    const kernels = instantiate(compileKernels().module, memory)
    peak = peakOf((rounds) => kernels.peak(rounds))
  }
  return peak * availableParallelism()
}

export const options = { only: 'a part of the names of cases' }

export async function run(options: BenchOptions): Promise<void> {
  const tell = (line: string): void => {
    if (!options.json) console.log(line)
  }
  const python = pythonWithTorch()
  if (!python) tell('PyTorch is not installed, so there is nothing to compare with.')
  const devices = (await availableDevices()).filter(({ id, ok, software }) => ok && !software && id !== 'reference')
  const peak = peakOfMachine()
  tell(`Multiply-add peak of ${availableParallelism()} threads: ${peak.toFixed(0)} GFLOP/s.`)
  const all: EngineResult[] = []

  /** Open all engines that can do the work (saying which cannot), then let them take turns. */
  async function compare(
    name: string,
    work: { flops: number; rounds: number; warmUp?: number; inRow?: number },
    open: readonly (() => Promise<Engine>)[],
  ): Promise<void> {
    if (!name.includes(options.values.only ?? '')) return
    const engines: Engine[] = []
    for (const one of open)
      try {
        engines.push(await one())
      } catch (error) {
        tell(`\n${name}: left out: ${error instanceof Error ? error.message : String(error)}`)
      }
    const results = await measure(name, engines, { warmUp: 1, ...work, peak })
    if (!options.json) print(results)
    all.push(...results)
  }
  const torch = (work: { work: string } & Record<string, unknown>) => (python ? [() => pytorch(python, work)] : [])
  const steps = (net: UnetOptions) => [
    ...devices.map(
      ({ id }) =>
        () =>
          trainingStep(net, id),
    ),
    ...torch({ work: 'training', ...net }),
  ]

  for (const shape of shapes.slice(0, 2))
    for (const pass of ['forward', 'input gradient', 'filter gradient'] as const satisfies Pass[])
      await compare(
        `3³ convolution, ${pass}, ${shape.name}`,
        { flops: (2 * 27 * shape.n * shape.ci * shape.co) * shape.size[0] * shape.size[1] * shape.size[2], rounds: options.quick ? 2 : 10, inRow: 20 },
        [
          ...devices.filter(({ id }) => id in kinds).map(({ id }) => () => convolution(shape, pass, kinds[id]!)),
          ...torch({ work: 'convolution', pass, ...shape }),
        ],
      ) // prettier-ignore

  for (const { net, rounds, quick } of training) {
    if (options.quick && !quick) continue
    await compare(words(net), { flops: trainingProgram(net).flops, rounds: options.quick ? 3 : rounds }, steps(net))
  }

  const busy = training[0].net
  const spinning = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })
  try {
    await compare(
      `${words(busy)}, one core kept busy by another process`,
      { flops: trainingProgram(busy).flops, rounds: options.quick ? 3 : 8 },
      steps(busy),
    )
  } finally {
    spinning.kill()
  }

  const box: Box = options.quick ? [144, 144, 96] : [256, 256, 150]
  const windows = windowStarts(box, window.patch).length
  await compare(
    `Sliding inference over ${box.join('×')}: ${windows} windows of ${window.patch.join('×')}, base ${window.base}`,
    { flops: inferenceProgram(window).flops, rounds: windows },
    [
      ...devices.map(
        ({ id }) =>
          () =>
            slidingInference(window, box, id),
      ),
      ...torch({ work: 'inference', ...window, box, starts: windowStarts(box, window.patch) }),
    ],
  )
  if (options.json) console.log(JSON.stringify(all, null, 2))
}

const kinds: { readonly [id in DeviceId]?: 'addon' | 'wasm' } = { 'cpu-addon': 'addon', 'cpu-wasm': 'wasm' }
