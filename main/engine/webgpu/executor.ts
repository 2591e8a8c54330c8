/**
 * The executor over a GPUDevice. It knows nothing of its host: the device may come from the npm package `webgpu` in plain
 * Node (node.ts) or from the navigator of a page. Several executors may share a device and its compiled kernels.
 *
 * A program becomes a list of dispatches (schedule.ts). All share one bind group; a dynamic offset picks the uniform.
 */
import { EngineError } from '../errors.ts'
import type { Executor } from '../executor.ts'
import type { LoadedProgram } from '../kernels/backend.ts'
import type { KernelCall } from '../kernels/table.ts'
import type { Range } from '../program.ts'
import { layoutsFor, pipelineOn } from './compiled.ts'
import { failure } from './failure.ts'
import { halfBytes, type HalfType } from './half.ts'
import { pageTable, type PageTable } from './pages.ts'
import { Pace } from './pace.ts'
import { schedule, type Schedule } from './schedule.ts'
import { buffersBeside, uniformBytes } from './shader.ts'

// Bits of GPUBufferUsage and GPUMapMode, which exist as globals in pages only (WebGPU, section "Buffers").
const usage = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 }
const mapRead = 1

interface Dispatch {
  readonly pipeline: GPUComputePipeline
  readonly uniform: number
  readonly x: number
  readonly y: number
}

interface GpuProgram extends LoadedProgram {
  /** By the text of their shaders. */
  readonly pipelines: ReadonlyMap<string, GPUComputePipeline>
  /** Cut for this many operations a submission. */
  work: number
  /** One list per submission. */
  submissions: readonly (readonly Dispatch[])[]
  uniforms: GPUBuffer | null
  bindings: GPUBindGroup | null
  /** The buffers beside the arena that it is bound to. */
  beside: readonly GPUBuffer[]
}

export interface WebGpuOptions {
  readonly device: GPUDevice
  /** For people: "NVIDIA GeForce RTX 4070 through WebGPU". */
  readonly name: string
  /** Size of the arena. */
  readonly floats: number
  /** Convolutions in half precision (half.ts), stored so: for f16 the device must have the feature shader-f16. */
  readonly half?: HalfType | null
  /** For tests: largest buffer, and where the plan lets it end (floats); how submissions are paced. */
  readonly most?: number
  readonly unit?: number
  readonly pace?: Pace
}

/** An executor with a zeroed arena. Throws EngineError 'memory' if the GPU does not have it. The device stays open when it is closed. */
export async function openWebGpu(options: WebGpuOptions): Promise<Executor> {
  const { device, name, floats, half = null, pace = new Pace() } = options
  const { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage } = device.limits
  const largest = Math.floor(Math.min(maxStorageBufferBindingSize, maxBufferSize) / 4)
  const most = Math.min(options.most ?? largest, largest)
  const pages = pageTable(floats, most, maxStorageBuffersPerShaderStage - buffersBeside(half), options.unit)
  const machine = new Machine(device, name, pages, { floats, half, pace })
  await machine.allocate()
  return machine
}

class Machine implements Executor {
  readonly kind: 'webgpu' | 'webgpu-f16'
  readonly name: string
  readonly threads = 1
  readonly #device: GPUDevice
  readonly #pages: PageTable
  readonly #floats: number
  readonly #half: HalfType | null
  readonly #pace: Pace
  readonly #layout: GPUBindGroupLayout
  readonly #loaded = new WeakSet<LoadedProgram>()
  #arena: GPUBuffer[] = []
  readonly #uniformBuffers = new Set<GPUBuffer>()
  /** Scratch, and where there is half precision, halves; the bytes that they must have. */
  #beside: GPUBuffer[] = []
  readonly #besideBytes: number[]
  #staging: GPUBuffer | null = null
  #host = new Float32Array(0)
  #reading: Promise<unknown> = Promise.resolve()
  #problem: EngineError | null = null
  #closed = false

  constructor(
    device: GPUDevice,
    name: string,
    pages: PageTable,
    { floats, half, pace }: { floats: number; half: HalfType | null; pace: Pace },
  ) {
    this.kind = half ? 'webgpu-f16' : 'webgpu'
    this.name = half ? `${name}, half precision` : name
    this.#half = half
    this.#besideBytes = Array.from({ length: buffersBeside(half) }, () => 4)
    this.#device = device
    this.#pages = pages
    this.#floats = floats
    this.#pace = pace
    this.#layout = layoutsFor(device, this.#buffers).group
    void device.lost.then(({ message }) => {
      if (this.#closed) return
      this.#problem = new EngineError(
        'device',
        `The GPU stopped working (${message.trim() || 'no reason given'}). ` +
          'Continue from the last checkpoint, with a smaller patch or on the processor if it happens again.',
      )
    })
    device.addEventListener('uncapturederror', this.#notice)
  }

  readonly #notice = (event: Event): void => {
    this.#problem ??= failure((event as GPUUncapturedErrorEvent).error)
  }

  async allocate(): Promise<void> {
    const floats = this.#pages.sizes
    this.#arena = await this.#guarded(() =>
      floats.map((size) => this.#buffer(size * 4, usage.storage | usage.copySource | usage.copyTarget)),
    )
  }

  async load(calls: readonly KernelCall[]): Promise<LoadedProgram> {
    this.#check()
    const { work } = this.#pace
    const plan = this.#schedule(calls, work)
    const needs = [plan.scratch * 4, Math.ceil((plan.halves * halfBytes[this.#half ?? 'f16']) / 4) * 4]
    this.#besideBytes.forEach((bytes, i) => (this.#besideBytes[i] = Math.max(bytes, needs[i])))
    const shaders = new Map(plan.submissions.flat().map(({ code, label }) => [code, label]))
    const pipelines = await Promise.all(
      [...shaders].map(async ([code, label]) => {
        return [code, await pipelineOn(this.#device, this.#buffers, code, label)] as const
      }),
    )
    const program: GpuProgram = {
      calls: [...calls],
      pipelines: new Map(pipelines),
      work,
      submissions: [],
      uniforms: null,
      bindings: null,
      beside: [],
    }
    if (plan.submissions.length > 0) await this.#guarded(() => this.#cut(program, work, plan))
    this.#loaded.add(program)
    return program
  }

  /** Storage buffers that a shader sees. */
  get #buffers(): number {
    return this.#pages.sizes.length + this.#besideBytes.length
  }

  #schedule(calls: readonly KernelCall[], work: number): Schedule {
    const alignment = this.#device.limits.minUniformBufferOffsetAlignment
    return schedule(calls, { pages: this.#pages, floats: this.#floats, alignment, work, half: this.#half })
  }

  /** Lay a program out in submissions of at most `work` operations. What it computes is the same to the last bit. */
  #cut(program: GpuProgram, work: number, plan = this.#schedule(program.calls, work)): void {
    if (program.uniforms) {
      this.#uniformBuffers.delete(program.uniforms)
      program.uniforms.destroy()
    }
    program.work = work
    program.submissions = plan.submissions.map((steps) =>
      steps.map(({ code, uniform, x, y }) => ({ pipeline: program.pipelines.get(code)!, uniform, x, y })),
    )
    program.uniforms = this.#uniforms(plan.uniforms)
    program.bindings = null
  }

  run(program: LoadedProgram): void {
    if (!this.#loaded.has(program)) throw new Error('This program was loaded by another back end.')
    this.#check()
    const one = program as GpuProgram
    if (!one.uniforms) return
    if (one.work !== this.#pace.work) this.#cut(one, this.#pace.work)
    const bindings = this.#bind(one)
    const offset = [0]
    for (const dispatches of one.submissions) {
      const encoder = this.#device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      for (const { pipeline, uniform, x, y } of dispatches) {
        offset[0] = uniform
        pass.setPipeline(pipeline)
        pass.setBindGroup(0, bindings, offset)
        pass.dispatchWorkgroups(x, y)
      }
      pass.end()
      const submitted = performance.now()
      this.#device.queue.submit([encoder.finish()])
      this.#device.queue.onSubmittedWorkDone().then(
        () => this.#pace.done(submitted, performance.now()),
        () => {}, // lost: it is told elsewhere
      )
    }
    this.#pace.endOfRun(one.submissions.length)
  }

  write(range: Range, fill: (values: Float32Array) => void): void {
    this.#check()
    if (this.#host.length < range.size) this.#host = new Float32Array(range.size)
    const values = this.#host.subarray(0, range.size).fill(0)
    fill(values)
    let from = 0
    for (const { page, offset, size } of this.#pages.cut(range)) {
      this.#device.queue.writeBuffer(this.#arena[page], offset * 4, this.#host.buffer, from * 4, size * 4)
      from += size
    }
  }

  read(ranges: readonly Range[]): Promise<readonly Float32Array[]> {
    const next = this.#reading.then(() => this.#read(ranges))
    this.#reading = next.catch(() => {})
    return next
  }

  async #read(ranges: readonly Range[]): Promise<Float32Array[]> {
    this.#check()
    const total = ranges.reduce((sum, { size }) => sum + size, 0)
    if (total === 0) return ranges.map(() => new Float32Array(0))
    if (!this.#staging || this.#staging.size < total * 4) {
      this.#staging?.destroy()
      this.#staging = null
      this.#staging = await this.#guarded(() => this.#buffer(total * 4, usage.mapRead | usage.copyTarget))
    }
    const staging = this.#staging
    const encoder = this.#device.createCommandEncoder()
    let to = 0
    for (const range of ranges)
      for (const { page, offset, size } of this.#pages.cut(range)) {
        encoder.copyBufferToBuffer(this.#arena[page], offset * 4, staging, to * 4, size * 4)
        to += size
      }
    this.#device.queue.submit([encoder.finish()])
    try {
      await staging.mapAsync(mapRead, 0, total * 4)
    } catch (error) {
      // A device that is lost says so a moment later.
      await Promise.race([this.#device.lost, new Promise((resolve) => setTimeout(resolve, 100))])
      this.#check()
      throw failure(error)
    }
    const all = new Float32Array(staging.getMappedRange(0, total * 4))
    let at = 0
    const parts = ranges.map(({ size }) => all.slice(at, (at += size)))
    staging.unmap()
    this.#check()
    return parts
  }

  async close(): Promise<void> {
    if (this.#closed) return
    await this.#reading
    this.#closed = true
    for (const buffer of [...this.#arena, ...this.#uniformBuffers, ...this.#beside, this.#staging]) buffer?.destroy()
    this.#device.removeEventListener('uncapturederror', this.#notice)
    this.#host = new Float32Array(0)
  }

  #uniforms(bytes: ArrayBuffer): GPUBuffer {
    const buffer = this.#buffer(bytes.byteLength, usage.uniform | usage.copyTarget)
    this.#device.queue.writeBuffer(buffer, 0, bytes)
    this.#uniformBuffers.add(buffer)
    return buffer
  }

  /** The bind group of a program; made anew when a later program has asked for more beside the arena. */
  #bind(program: GpuProgram): GPUBindGroup {
    if (this.#besideBytes.some((bytes, i) => (this.#beside[i]?.size ?? 0) < bytes)) {
      for (const buffer of this.#beside) buffer.destroy()
      this.#beside = this.#besideBytes.map((bytes) => this.#buffer(bytes, usage.storage))
    }
    if (program.bindings && program.beside === this.#beside) return program.bindings
    program.beside = this.#beside
    program.bindings = this.#device.createBindGroup({
      layout: this.#layout,
      entries: [
        { binding: 0, resource: { buffer: program.uniforms!, size: uniformBytes } },
        ...[...this.#beside, ...this.#arena].map((buffer, i) => ({ binding: i + 1, resource: { buffer } })),
      ],
    })
    return program.bindings
  }

  #buffer(size: number, usage: number): GPUBuffer {
    return this.#device.createBuffer({ size, usage })
  }

  /** Do something that may run out of memory, and wait to hear whether it did. */
  async #guarded<T>(action: () => T): Promise<T> {
    this.#device.pushErrorScope('validation')
    this.#device.pushErrorScope('out-of-memory')
    let result: T
    try {
      result = action()
    } catch (error) {
      throw failure(error)
    } finally {
      const errors = await Promise.all([this.#device.popErrorScope(), this.#device.popErrorScope()])
      const error = errors.find((one) => one !== null)
      if (error) throw failure(error)
    }
    return result
  }

  #check(): void {
    if (this.#closed) throw new EngineError('device', 'This session has been closed.')
    if (this.#problem) throw this.#problem
  }
}
