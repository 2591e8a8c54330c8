import { EngineError } from '../errors.ts'
import { messageOf } from './failure.ts'
import { uniformBytes } from './shader.ts'

// The bit of GPUShaderStage.COMPUTE, which exists as a global in pages only.
const computeStage = 4
/** What executors on one device share: layouts by the number of storage buffers, and pipelines by their text. */
interface Compiled {
  readonly layouts: Map<number, { group: GPUBindGroupLayout; pipeline: GPUPipelineLayout }>
  readonly pipelines: Map<string, Promise<GPUComputePipeline>>
}

const compiled = new WeakMap<GPUDevice, Compiled>()

function compiledOn(device: GPUDevice): Compiled {
  let found = compiled.get(device)
  if (!found) compiled.set(device, (found = { layouts: new Map(), pipelines: new Map() }))
  return found
}

/** One uniform with a dynamic offset, then so many storage buffers. */
export function layoutsFor(device: GPUDevice, storage: number) {
  const { layouts } = compiledOn(device)
  let found = layouts.get(storage)
  if (found) return found
  const buffers = Array.from({ length: storage }, (_, i): GPUBindGroupLayoutEntry => ({
    binding: i + 1,
    visibility: computeStage,
    buffer: { type: 'storage' },
  }))
  const buffer = { type: 'uniform', hasDynamicOffset: true, minBindingSize: uniformBytes } as const
  const group = device.createBindGroupLayout({
    entries: [{ binding: 0, visibility: computeStage, buffer }, ...buffers],
  })
  found = { group, pipeline: device.createPipelineLayout({ bindGroupLayouts: [group] }) }
  layouts.set(storage, found)
  return found
}

/** The pipeline of a shader over a number of storage buffers; compiled once per device. */
export function pipelineOn(
  device: GPUDevice,
  storage: number,
  code: string,
  label: string,
): Promise<GPUComputePipeline> {
  const { pipelines } = compiledOn(device)
  let pipeline = pipelines.get(code)
  if (pipeline) return pipeline
  const module = device.createShaderModule({ code, label })
  const layout = layoutsFor(device, storage).pipeline
  pipeline = device
    .createComputePipelineAsync({ label, layout, compute: { module, entryPoint: 'main' } })
    .catch(async (error: unknown) => {
      const { messages } = await module.getCompilationInfo()
      const found = messages.map(({ lineNum, message }) => `${code.split('\n')[lineNum - 1]?.trim()}: ${message}`)
      throw new EngineError(
        'device',
        `The driver of the GPU refuses the kernel ${label}: ${[...found, messageOf(error)][0]}`,
      )
    })
  pipelines.set(code, pipeline)
  return pipeline
}
