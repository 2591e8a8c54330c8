/** Devices by the names that users and settings have for them, and sessions on them. */
import { chooseDevice, type Choice } from './choice.ts'
import { EngineError } from './errors.ts'
import { processorExecutor, type Executor } from './executor.ts'
import { openBackend, type BackendKind } from './kernels/index.ts'
import { checkMemory } from './memory.ts'
import { loadRuntime, openOnnx } from './onnx/index.ts'
import type { Program } from './program.ts'
import { Session } from './session.ts'
import { openInstalledTensorFlow, probeTensorFlow } from './tensorflow/index.ts'
import { findGpu, openGpu, probeGpu } from './webgpu/index.ts'

export type DeviceId = 'auto' | keyof typeof kinds | keyof typeof others

/** Devices that are more than kernels on this processor. */
const others = {
  webgpu: ({ floats }: Program) => openGpu(floats),
  'webgpu-f16': ({ floats }: Program) => openGpu(floats, true),
  tensorflow: openInstalledTensorFlow,
  onnx: openOnnx,
}

const kinds = {
  auto: 'auto',
  cpu: 'auto',
  'cpu-addon': 'addon',
  'cpu-wasm': 'wasm',
  reference: 'reference',
} as const satisfies Readonly<Record<string, BackendKind | 'auto'>>

/** A GPU has memory of its own, and so may TensorFlow. */
const withOwnMemory = new Set<DeviceId>(['webgpu', 'webgpu-f16', 'tensorflow'])

export interface SessionOptions {
  /**
   * auto takes a GPU or TensorFlow where that is clearly faster and right (choice.ts), else what cpu takes: the fastest
   * kernels for the processor that work here. The others take just that one or fail.
   */
  readonly device?: DeviceId
  readonly threads?: number
}

/**
 * Take the memory of a program and make it ready to run. Throws EngineError 'memory' if it does not fit the machine, and
 * 'device' if the device is not there.
 */
export async function openSession(program: Program, options: SessionOptions = {}): Promise<Session> {
  const { device = 'auto', threads = program.threads } = options
  const chosen = device === 'auto' ? (await chooseDevice()).device : 'cpu'
  if (chosen !== 'cpu') {
    try {
      return await openSession(program, { ...options, device: chosen })
    } catch (error) {
      if (!(error instanceof EngineError && error.code === 'memory')) throw error
      process.emitWarning(`The processor is used, since: ${error.message}`)
    }
  }
  if (!withOwnMemory.has(device)) checkMemory(program.peakBytes)
  const executor = await open(device, program, threads)
  try {
    return await Session.on(executor, program)
  } catch (error) {
    await executor.close()
    throw error
  }
}

async function open(device: DeviceId, program: Program, threads?: number): Promise<Executor> {
  if (device in others) return others[device as keyof typeof others](program)
  const kind = kinds[device as keyof typeof kinds]
  if (!kind) {
    const names = [...Object.keys(kinds), ...Object.keys(others)].join(', ')
    throw new EngineError('device', `There is no device "${device}"; there is ${names}.`)
  }
  try {
    return processorExecutor(await openBackend({ floats: program.floats, threads, kind }))
  } catch (error) {
    throw new EngineError('device', `${device}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

export interface DeviceReport {
  readonly id: DeviceId
  readonly name: string
  readonly ok: boolean
  /** Why not, or how it was checked. */
  readonly detail: string
  /** The processor acting as a GPU, or a device that serves to check others: never chosen unless it is asked for by name. */
  readonly software?: boolean
}

/** Try every device, the one that auto takes first; none is left out because it fails. */
export async function availableDevices(): Promise<DeviceReport[]> {
  const reports: DeviceReport[] = []
  for (const id of ['cpu-addon', 'cpu-wasm', 'reference'] as const) {
    try {
      const backend = await openBackend({ floats: 16, kind: kinds[id] })
      const found = backend.kind === kinds[id]
      reports.push({ id, name: backend.name, ok: found, detail: found ? 'works' : `gave ${backend.kind} instead` })
      await backend.close()
    } catch (error) {
      reports.push({ id, name: id, ok: false, detail: error instanceof Error ? error.message : String(error) })
    }
  }
  const choice = await chooseDevice()
  reports.push(...(await gpuReports(choice)), await tensorFlowReport(choice), await onnxReport())
  const isChosen = ({ id }: DeviceReport): boolean => id === choice.device
  return [...reports.filter(isChosen), ...reports.filter((report) => !isChosen(report))]
}

/** How a device stands that works. */
const standing = (id: DeviceId, { device, why }: Choice): string =>
  id === device ? `works, the fastest here: ${why}` : `works, used only when asked for: ${why}`

async function tensorFlowReport(choice: Choice): Promise<DeviceReport> {
  const found = await probeTensorFlow()
  if (typeof found === 'string') return { id: 'tensorflow', name: 'TensorFlow', ok: false, detail: found }
  return { id: 'tensorflow', name: found.name, ok: true, detail: standing('tensorflow', choice) }
}

async function onnxReport(): Promise<DeviceReport> {
  const tell = (ok: boolean, detail: string): DeviceReport => ({ id: 'onnx', name: 'ONNX Runtime, CPU', ok, detail, software: true }) // prettier-ignore
  try {
    await loadRuntime()
    return tell(true, 'works; slow, and there to check the others')
  } catch (error) {
    return tell(false, error instanceof Error ? error.message : String(error))
  }
}

/** The GPU in single precision, and in half where it has it. */
async function gpuReports(choice: Choice): Promise<DeviceReport[]> {
  const found = await findGpu()
  if (typeof found === 'string') return [{ id: 'webgpu', name: 'GPU through WebGPU', ok: false, detail: found }]
  const { name, software } = found
  const report = async (id: 'webgpu' | 'webgpu-f16'): Promise<DeviceReport> => {
    const half = id === 'webgpu-f16'
    const called = half ? `${name}, half precision` : name
    // Its kernels are tested before it is used; that takes a while, and nobody may ever want it.
    if (software) return { id, name: called, ok: true, software, detail: 'the processor acting as a GPU: slow, used only when asked for' } // prettier-ignore
    const gpu = await probeGpu(half)
    if (typeof gpu === 'string') return { id, name: called, ok: false, detail: gpu }
    return { id, name: called, ok: true, detail: standing(id, choice) }
  }
  if (found.half) return [await report('webgpu'), await report('webgpu-f16')]
  const without = { id: 'webgpu-f16', name: `${name}, half precision`, ok: false, detail: 'this GPU, or its driver, has no half precision (shader-f16)' } as const // prettier-ignore
  return [await report('webgpu'), without]
}
