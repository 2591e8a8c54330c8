/**
 * A whole training step of the U-Net on every device, next to PyTorch where it is installed: milliseconds, GFLOP/s, time
 * outside the kernels, memory. The engines take turns, one step each, so that a busy machine slows all of them alike; the
 * best of the rounds says what the code can do, the median what the machine gave.
 */
import { spawn, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { availableDevices, compileTraining, openSession, type DeviceId } from '../main/engine/index.ts'
import { adamW, unet, unetInputs, type UnetOptions } from '../main/engine/testing.ts'

interface Case {
  readonly name: string
  readonly net: UnetOptions
}

const net = { batch: 2, levels: 4, base: 16, classes: 3 } as const
const cases: readonly Case[] = [
  { name: 'U-Net, 4 levels, base 16, patch 48×48×48, batch 2', net: { ...net, patch: [48, 48, 48] } },
  { name: 'U-Net, 4 levels, base 16, patch 40×56×40, batch 2', net: { ...net, patch: [40, 56, 40] } },
]

/** Something that can take training steps. */
interface Engine {
  readonly name: string
  /** Take a step; its milliseconds, and how many of them were not spent in kernels (null: unknown). */
  step(): Promise<{ milliseconds: number; outside: number | null }>
  /** Peak memory in bytes; the engine is closed. */
  close(): Promise<number>
  /** Milliseconds by kernel, if known. */
  profile?(): Promise<Map<string, number>>
}

export interface EngineResult {
  readonly case: string
  readonly engine: string
  readonly best: number
  readonly median: number
  /** Of the best step; convolutions and matrix products only. */
  readonly gflops: number
  /** Share of the median step that is not spent in kernels; null: unknown. */
  readonly outside: number | null
  readonly peakMiB: number
  /** Shares of the kernels that take the most time. */
  readonly kernels: Record<string, number>
}

async function ours(options: UnetOptions, device: DeviceId): Promise<Engine> {
  const { graph, loss } = unet(options)
  const program = compileTraining({ graph, loss, optimiser: adamW })
  const session = await openSession(program, { device })
  session.initialise(1)
  const { image, target } = unetInputs(options, 1)
  return {
    name: session.device.name,
    async step() {
      const start = performance.now()
      session.setInput('image', image)
      session.setInput('target', target)
      await session.step({ rate: 1e-3 })
      const milliseconds = performance.now() - start
      return { milliseconds, outside: milliseconds - session.kernelMilliseconds }
    },
    async close() {
      await session.close()
      return program.peakBytes
    },
    async profile() {
      const byKernel = new Map<string, number>()
      for (const [label, { milliseconds }] of await session.profile()) {
        const kernel = label.split(': ')[1]
        byKernel.set(kernel, (byKernel.get(kernel) ?? 0) + milliseconds)
      }
      return byKernel
    },
  }
}

/** The Python that has PyTorch, or null. */
function pythonWithTorch(): string | null {
  const works = (python: string) => spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0
  return ['python3', '/usr/bin/python3'].find(works) ?? null
}

async function pytorch(options: UnetOptions, python: string): Promise<Engine> {
  const script = fileURLToPath(new URL('engine-pytorch.py', import.meta.url))
  const child = spawn(python, [script, JSON.stringify({ ...options, threads: availableParallelism() })], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (done) throw new Error('PyTorch stopped before it was done.')
    return value
  }
  await next()
  return {
    name: `PyTorch, ${availableParallelism()} threads`,
    async step() {
      child.stdin.write('\n')
      return { milliseconds: Number(await next()), outside: null }
    },
    async close() {
      child.stdin.end()
      return Number(await next())
    },
  }
}

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b)
const median = (values: readonly number[]): number => sorted(values)[values.length >> 1]

async function measure({ name, net }: Case, engines: readonly Engine[], rounds: number): Promise<EngineResult[]> {
  const times = engines.map((): number[] => [])
  const outside = engines.map((): (number | null)[] => [])
  for (let round = -1; round < rounds; round++) {
    for (const [i, engine] of engines.entries()) {
      const step = await engine.step()
      if (round < 0) continue // the first step of each touches its memory for the first time
      times[i].push(step.milliseconds)
      outside[i].push(step.outside === null ? null : step.outside / step.milliseconds)
    }
  }
  const { graph, loss } = unet(net)
  const { flops } = compileTraining({ graph, loss, optimiser: adamW })
  const results: EngineResult[] = []
  for (const [i, engine] of engines.entries()) {
    const profile = [...((await engine.profile?.()) ?? [])].sort((a, b) => b[1] - a[1])
    const total = profile.reduce((sum, [, milliseconds]) => sum + milliseconds, 0)
    const best = Math.min(...times[i])
    const shares = outside[i].filter((share) => share !== null)
    results.push({
      case: name,
      engine: engine.name,
      best,
      median: median(times[i]),
      gflops: flops / best / 1e6,
      outside: shares.length > 0 ? median(shares) : null,
      peakMiB: (await engine.close()) / 2 ** 20,
      kernels: Object.fromEntries(profile.slice(0, 8).map(([kernel, ms]) => [kernel, ms / total])),
    })
  }
  return results
}

function print(results: readonly EngineResult[]): void {
  console.log(`\n${results[0].case}`)
  console.log('  best ms  median ms  GFLOP/s (best)  not in kernels  memory MiB  engine')
  for (const r of results) {
    const outside = r.outside === null ? '–' : `${(r.outside * 100).toFixed(2)} %`
    console.log(
      `${r.best.toFixed(0).padStart(9)} ${r.median.toFixed(0).padStart(10)} ${r.gflops.toFixed(0).padStart(15)} ` +
        `${outside.padStart(15)} ${r.peakMiB.toFixed(0).padStart(11)}  ${r.engine}`,
    )
  }
  const { kernels } = results[0]
  const shares = Object.entries(kernels).map(([kernel, share]) => `${kernel} ${(share * 100).toFixed(1)} %`)
  console.log(`  time by kernel (${results[0].engine}): ${shares.join(', ')}`)
}

export async function run(options: { json: boolean; quick: boolean }): Promise<void> {
  const python = pythonWithTorch()
  const devices = (await availableDevices()).filter(({ id, ok, software }) => ok && !software && id !== 'reference')
  if (!options.json && !python) console.log('PyTorch is not installed, so there is nothing to compare with.')
  const all: EngineResult[] = []
  for (const one of options.quick ? cases.slice(0, 1) : cases) {
    const engines: Engine[] = []
    for (const { id } of devices) engines.push(await ours(one.net, id))
    if (python) engines.push(await pytorch(one.net, python))
    const results = await measure(one, engines, options.quick ? 3 : 8)
    if (!options.json) print(results)
    all.push(...results)
  }
  if (options.json) console.log(JSON.stringify(all, null, 2))
}
