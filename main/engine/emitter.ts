/** Collects the steps of a program while its operations are compiled, and the buffers that they name. */
import { EngineError } from './errors.ts'
import { kernels, packedFilterSize, partialSize, partialSlabs, partialSlabSize } from './kernels/index.ts'
import type { KernelName } from './kernels/index.ts'
import type { Backward, PartialName, PartialSums } from './rules.ts'
import { makeStep, type Buffer, type Step, type StepArguments } from './steps.ts'
import { describe, floatsOf, type Node, type Tensor } from './tensor.ts'

export interface EmitterOptions {
  /** In a training program gradients need the forward values, so nothing is overwritten. */
  readonly training: boolean
  /** Tensors whose values must outlive the program. */
  readonly kept: ReadonlySet<Tensor>
  /** Tensors on a path from a parameter to the loss. */
  readonly gradients: ReadonlySet<Tensor>
  /** How many nodes of the program use a tensor. */
  readonly uses: ReadonlyMap<Tensor, number>
}

/** Segments of a program, run in this order. `prepare` is run once after parameters change (inference only). */
export type SegmentName = 'prepare' | 'forward' | 'backward' | 'update'

export class Emitter implements Backward {
  readonly buffers: Buffer[] = []
  readonly segments: Record<SegmentName, Step[]> = { prepare: [], forward: [], backward: [], update: [] }
  /** Where steps go, and what they are labelled with. */
  segment: SegmentName = 'forward'
  label = ''
  readonly #options: EmitterOptions
  readonly #values = new Map<Tensor, Buffer>()
  readonly #gradients = new Map<Tensor, Buffer>()
  readonly #started = new Set<Tensor>()
  readonly #scalarGradients = new Map<Tensor, number>()
  readonly #saved = new Map<Node, Map<string, Buffer>>()
  readonly #packed = new Map<string, Buffer>()
  readonly #shared = new Set<Tensor>()
  readonly #parameters = new Set<Tensor>()

  constructor(options: EmitterOptions) {
    this.#options = options
  }

  emit<K extends KernelName>(kernel: K, named: StepArguments<K>): void {
    this.segments[this.segment].push(makeStep(kernel, named, this.label))
  }

  emitPartial<K extends PartialName>(kernel: K, named: Omit<StepArguments<K>, 'partial'>): PartialSums {
    const sizes = kernels[kernel].ints.map((name) => {
      const value = (named as Record<string, unknown>)[name]
      return typeof value === 'number' ? value : 0
    })
    const slabSize = partialSlabSize(kernel, sizes)
    const slabs = partialSlabs(kernel, sizes)
    const partial = this.allocate(`partial sums of ${this.label}`, partialSize(kernel, sizes))
    this.emit(kernel, { ...named, partial } as unknown as StepArguments<K>)
    return { partial, slabs, slabSize }
  }

  // --- buffers -------------------------------------------------------------------------------------------------------

  allocate(label: string, size: number, kept = false): Buffer {
    const buffer = { id: this.buffers.length, size, label, kept }
    this.buffers.push(buffer)
    return buffer
  }

  view(of: Buffer, shift: number, size: number, label: string): Buffer {
    const buffer = { id: this.buffers.length, size, label, kept: of.kept, view: { of, shift } }
    this.buffers.push(buffer)
    return buffer
  }

  /** Fix the buffers of a parameter in advance: values and gradients lie in flat areas. */
  placeParameter(tensor: Tensor, values: Buffer, gradient?: Buffer): void {
    this.#parameters.add(tensor)
    this.#values.set(tensor, values)
    if (gradient) this.#gradients.set(tensor, gradient)
  }

  buffer(tensor: Tensor): Buffer {
    let buffer = this.#values.get(tensor)
    if (!buffer) {
      buffer = this.allocate(describe(tensor), floatsOf(tensor), this.#options.kept.has(tensor))
      this.#values.set(tensor, buffer)
    }
    return buffer
  }

  scratch(label: string, size: number): Buffer {
    return this.allocate(label, size)
  }

  saved(node: Node, name: string, size: number): Buffer {
    let named = this.#saved.get(node)
    if (!named) this.#saved.set(node, (named = new Map()))
    let buffer = named.get(name)
    if (!buffer) named.set(name, (buffer = this.allocate(`${node.op} ${name}`, size)))
    return buffer
  }

  share(output: Tensor, input: Tensor): void {
    const buffer = this.buffer(input)
    if (this.#options.kept.has(output) && !buffer.kept) {
      this.emit('scale', { x: buffer, y: this.buffer(output), size: floatsOf(input), accumulate: 0, a: 1 })
      return
    }
    this.#values.set(output, buffer)
    this.#shared.add(output).add(input)
  }

  over(output: Tensor, input: Tensor): Buffer {
    const { training, kept, uses } = this.#options
    const free = !training && !kept.has(input) && !kept.has(output) && uses.get(input) === 1
    if (!free || this.#shared.has(input) || this.buffer(input).kept) return this.buffer(output)
    this.#values.set(output, this.buffer(input))
    return this.buffer(input)
  }

  packed(filter: Tensor, transpose: 0 | 1): Buffer {
    const key = `${filter.id}/${transpose}`
    let buffer = this.#packed.get(key)
    if (buffer) return buffer
    const [kd, kh, kw, ci, co] = filter.shape
    // Only parameters stay the same from run to run; other filters are packed where they are made.
    const once = !this.#options.training && this.#parameters.has(filter)
    const taps = kd * kh * kw
    const size = transpose ? packedFilterSize(taps, co, ci) : packedFilterSize(taps, ci, co)
    buffer = this.allocate(`packed filter ${filter.id}`, size, once)
    this.#packed.set(key, buffer)
    const segment = this.segment
    if (once) this.segment = 'prepare'
    this.emit('packFilter', { filter: this.buffer(filter), packed: buffer, taps, ci, co, transpose })
    this.segment = segment
    return buffer
  }

  // --- gradients -----------------------------------------------------------------------------------------------------

  needsGradient(tensor: Tensor): boolean {
    return this.#options.gradients.has(tensor)
  }

  gradient(tensor: Tensor): Buffer {
    if (!this.#started.has(tensor)) throw new EngineError('graph', `No gradient reaches ${describe(tensor)}.`)
    return this.#gradientBuffer(tensor)
  }

  /** Whether anything has contributed to the gradient of a tensor yet. */
  hasGradient(tensor: Tensor): boolean {
    return this.#started.has(tensor) || this.#scalarGradients.has(tensor)
  }

  contribute(tensor: Tensor, write: (gradient: Buffer, accumulate: 0 | 1) => void): void {
    if (!this.needsGradient(tensor)) return
    const accumulate = this.#started.has(tensor) ? 1 : 0
    this.#started.add(tensor)
    write(this.#gradientBuffer(tensor), accumulate)
  }

  contributeOver(tensor: Tensor, spent: Buffer, write: (gradient: Buffer, accumulate: 0 | 1) => void): void {
    if (this.needsGradient(tensor) && this.#isFresh(tensor)) this.#gradients.set(tensor, spent)
    this.contribute(tensor, write)
  }

  contributeFresh(tensor: Tensor, write: (gradient: Buffer) => void): void {
    this.contribute(tensor, (gradient, accumulate) => {
      if (!accumulate) return write(gradient)
      const part = this.scratch('part of a gradient', gradient.size)
      write(part)
      this.emit('scale', { x: part, y: gradient, size: gradient.size, accumulate: 1, a: 1 })
    })
  }

  contributeAdding(tensor: Tensor, write: (gradient: Buffer) => void): void {
    this.contribute(tensor, (gradient, accumulate) => {
      if (!accumulate) this.emit('fill', { y: gradient, size: gradient.size, value: 0 })
      write(gradient)
    })
  }

  handOver(tensor: Tensor, buffer: Buffer, factor = 1): void {
    if (!this.needsGradient(tensor)) return
    this.contributeOver(tensor, buffer, (gradient, accumulate) => {
      if (gradient === buffer && factor === 1) return
      this.emit('scale', { x: buffer, y: gradient, size: floatsOf(tensor), accumulate, a: factor })
    })
  }

  scalarGradient(tensor: Tensor): number {
    return this.#scalarGradients.get(tensor) ?? 0
  }

  addScalarGradient(tensor: Tensor, value: number): void {
    this.#scalarGradients.set(tensor, this.scalarGradient(tensor) + value)
  }

  /** Whether nothing has contributed yet and no place is fixed, as it is for parameters. */
  #isFresh(tensor: Tensor): boolean {
    return !this.#started.has(tensor) && !this.#gradients.has(tensor)
  }

  #gradientBuffer(tensor: Tensor): Buffer {
    let buffer = this.#gradients.get(tensor)
    if (!buffer) {
      buffer = this.allocate(`gradient of ${describe(tensor)}`, floatsOf(tensor))
      this.#gradients.set(tensor, buffer)
    }
    return buffer
  }
}
