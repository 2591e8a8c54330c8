/**
 * What "auto" stands for: of the devices that are there, are right, and take small training steps clearly faster than the
 * processor, the fastest; else the processor. Found out once per process. The processor is the safe choice, so whatever goes
 * wrong with another on the way speaks for it, and is told.
 */
import { compileTraining } from './compile.ts'
import { processorExecutor, type Executor } from './executor.ts'
import { Graph } from './graph.ts'
import { openBackend } from './kernels/index.ts'
import { conv, diceCrossEntropy, normalise } from './ops/index.ts'
import type { Program } from './program.ts'
import { Session } from './session.ts'
import { openInstalledTensorFlow, probeTensorFlow } from './tensorflow/index.ts'
import { count } from './tensor.ts'
import { findGpu, openGpu, probeGpu } from './webgpu/index.ts'

/** What may be faster than the processor. */
export type Accelerator = 'webgpu' | 'webgpu-f16' | 'tensorflow'

/** Small training steps on one device. */
export interface Measured {
  /** "cpu", "cpu-addon", "cpu-wasm" or an accelerator. */
  readonly device: string
  /** The fastest of three steps after a first, and the loss after them; null if they failed. */
  readonly milliseconds: number | null
  readonly loss: number | null
  /** Why they failed, in words; else null. */
  readonly error: string | null
}

export interface Choice {
  readonly device: 'cpu' | Accelerator
  /** In words, with the times that were measured. */
  readonly why: string
  /** Empty where there was nothing to compare. */
  readonly measured: readonly Measured[]
}

type Open = (program: Program) => Promise<Executor>

interface Candidate {
  readonly device: Accelerator
  readonly open: Open
}

/** A device must be this much faster: choices that are a matter of noise would change from run to run. */
const clearly = 1.5
/** How far the loss after four steps may be from the processor's, relative. */
const agreement: Readonly<Record<Accelerator, number>> = { webgpu: 1e-3, 'webgpu-f16': 5e-3, tensorflow: 1e-3 }
/** What half precision gives away must be worth it. */
const slack: Partial<Readonly<Record<Accelerator, number>>> = { 'webgpu-f16': 1.2 }

let chosen: Promise<Choice> | null = null

export function chooseDevice(): Promise<Choice> {
  return (chosen ??= choose())
}

async function choose(): Promise<Choice> {
  const gpu = await realGpu()
  const tensorFlow = await probeTensorFlow()
  const candidates: Candidate[] = []
  if (gpu === null) candidates.push({ device: 'webgpu', open: ({ floats }) => openGpu(floats) })
  if (gpu === null && typeof (await probeGpu(true)) !== 'string')
    candidates.push({ device: 'webgpu-f16', open: ({ floats }) => openGpu(floats, true) })
  if (typeof tensorFlow !== 'string') candidates.push({ device: 'tensorflow', open: openInstalledTensorFlow })
  if (candidates.length === 0) return { device: 'cpu', why: gpu!, measured: [] }
  return compare(candidates, processor())
}

/** null if there is a GPU worth trying, else why not. */
async function realGpu(): Promise<string | null> {
  const found = await findGpu()
  if (typeof found === 'string') return found
  if (found.software) return `${found.name} is the processor acting as a GPU: slow`
  const gpu = await probeGpu()
  return typeof gpu === 'string' ? gpu : null
}

/** Let all take the same small training steps, on cubes of `size` voxels a side. */
export async function compare(candidates: readonly Candidate[], openProcessor: Open, size = 32): Promise<Choice> {
  const program = calibration(size)
  const base = await measure('cpu', program, openProcessor)
  if (base.milliseconds === null || base.loss === null) throw new Error(base.error ?? 'The processor failed.')
  const time = (milliseconds: number): string => `${milliseconds.toFixed(1)} ms for a small training step`
  const reports: string[] = []
  const all = [base]
  let best: { device: Choice['device']; milliseconds: number } = {
    device: 'cpu',
    milliseconds: base.milliseconds / clearly,
  }
  for (const { device, open } of candidates) {
    const measured = await measure(device, program, open)
    const { loss, milliseconds } = measured
    all.push(measured)
    if (milliseconds === null || loss === null) reports.push(`${device}: ${measured.error}`)
    else if (!(Math.abs(loss - base.loss) <= agreement[device] * base.loss))
      reports.push(`${device} does not learn what the processor learns (loss ${loss}, not ${base.loss})`)
    else {
      reports.push(`${device} ${time(milliseconds)}`)
      const counted = milliseconds * (slack[device] ?? 1)
      if (counted < best.milliseconds) best = { device, milliseconds: counted }
    }
  }
  return { device: best.device, why: [...reports, `cpu ${time(base.milliseconds)}`].join('; '), measured: all }
}

const processor =
  (kind?: 'addon' | 'wasm'): Open =>
  async ({ floats }) =>
    processorExecutor(await openBackend({ floats, kind }))

/** The same small training steps on every device that a run may be given: the processor's two forms, and accelerators. */
export async function calibrateDevices(): Promise<Measured[]> {
  const { measured } = await chooseDevice()
  const program = calibration(32)
  return [
    await measure('cpu-addon', program, processor('addon')),
    await measure('cpu-wasm', program, processor('wasm')),
    ...measured.filter(({ device }) => device !== 'cpu'),
  ]
}

/** What a run computes on, and why: device.json of its folder. */
export interface DeviceDecision {
  /** What the settings or the command line said. */
  readonly asked: string
  readonly device: { readonly kind: string; readonly name: string; readonly threads: number }
  readonly why: string
  readonly measured: readonly Measured[]
}

let processorMeasured: Promise<Measured> | null = null

export async function explainDevice(asked: string, device: DeviceDecision['device']): Promise<DeviceDecision> {
  if (asked !== 'auto') return { asked, device, why: 'asked for by name', measured: [] }
  const choice = await chooseDevice()
  const passedOver = choice.device !== 'cpu' && choice.device !== device.kind
  const why = passedOver ? `${choice.device} has too little memory for this run` : choice.why
  processorMeasured ??= choice.measured.length > 0 ? null : measure('cpu', calibration(32), processor())
  return { asked, device, why, measured: processorMeasured ? [await processorMeasured] : choice.measured }
}

/** Three 3³ convolutions with their norms, batch 2: 11 GFLOP a step at 32³. */
function calibration(size: number): Program {
  const graph = new Graph()
  const image = graph.input('image', [2, size, size, size, 1])
  const target = graph.input('target', [2, size, size, size], 'dense')
  let x = image
  for (const [i, [ci, co]] of [
    [1, 16],
    [16, 32],
    [32, 16],
  ].entries()) {
    const filter = graph.parameter(`filter${i}`, [3, 3, 3, ci, co], { kind: 'heNormal', fanIn: 27 * ci })
    const gamma = graph.parameter(`gamma${i}`, [co], { kind: 'constant', value: 1 })
    const beta = graph.parameter(`beta${i}`, [co], { kind: 'constant', value: 0 })
    x = normalise(conv(x, filter), gamma, beta, { slope: 0.01 })
  }
  const head = graph.parameter('head', [1, 1, 1, 16, 2], { kind: 'heNormal', fanIn: 16 })
  const loss = diceCrossEntropy(conv(x, head), target)
  return compileTraining({ graph, loss, optimiser: { kind: 'sgdNesterov', momentum: 0.9, decay: 0, clip: 0 } })
}

async function measure(device: string, program: Program, open: Open): Promise<Measured> {
  try {
    return { device, ...(await smallSteps(program, await open(program))), error: null }
  } catch (error) {
    return { device, milliseconds: null, loss: null, error: error instanceof Error ? error.message : String(error) }
  }
}

/** The fastest of three steps after a first, and the loss after them. */
async function smallSteps(program: Program, executor: Executor): Promise<{ milliseconds: number; loss: number }> {
  try {
    const session = await Session.on(executor, program)
    const voxels = count(program.inputs.find(({ name }) => name === 'target')!.shape)
    session.initialise(1)
    session.setInput(
      'image',
      Float32Array.from({ length: voxels }, (_, i) => Math.sin(i * 0.37) + Math.cos(i * 0.011)),
    )
    session.setInput(
      'target',
      Float32Array.from({ length: voxels }, (_, i) => (i % 32 < 12 ? 1 : 0)),
    )
    let [milliseconds, loss] = [Infinity, NaN]
    for (let step = 0; step < 4; step++) {
      const start = performance.now()
      loss = (await session.step({ rate: 0.01 })).loss
      if (step > 0) milliseconds = Math.min(milliseconds, performance.now() - start)
    }
    return { milliseconds, loss }
  } finally {
    await executor.close()
  }
}
