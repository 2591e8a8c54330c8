/**
 * Steps: kernel calls before the memory plan, with buffers where the final call has offsets. The list of steps is the
 * whole program in order; the time in which a buffer is needed is the span of the steps that name it.
 */
import { EngineError } from './errors.ts'
import { kernels, type KernelCall, type KernelName } from './kernels/table.ts'

/** A stretch of the arena that has no place yet. A view lies inside another buffer, `shift` floats from its start. */
export interface Buffer {
  readonly id: number
  readonly size: number
  readonly label: string
  /** Kept buffers hold their place during the whole program: parameters, inputs, outputs. */
  readonly kept: boolean
  readonly view?: { readonly of: Buffer; readonly shift: number }
}

export interface Step {
  readonly kernel: KernelName
  readonly ints: readonly (number | Buffer | null)[]
  readonly reals: readonly number[]
  /** What the step belongs to, for profiles: "conv forward". */
  readonly label: string
}

type IntName<K extends KernelName> = (typeof kernels)[K]['ints'][number]
type RealName<K extends KernelName> = (typeof kernels)[K]['reals'][number]

/** The arguments of a kernel by name. Buffers where the table has offsets, null for an absent one. */
export type StepArguments<K extends KernelName> = Readonly<
  Record<IntName<K>, number | Buffer | null> & Record<RealName<K>, number>
>

export function makeStep<K extends KernelName>(kernel: K, named: StepArguments<K>, label: string): Step {
  const take = (name: string) => (named as Record<string, number | Buffer | null>)[name]
  const { ints, reals } = kernels[kernel]
  for (const name of [...ints, ...reals]) {
    if (take(name) === undefined) throw new EngineError('graph', `${kernel}: argument ${name} is missing.`)
  }
  return { kernel, ints: ints.map(take), reals: reals.map((name) => take(name) as number), label }
}

/** The buffer that owns the memory of a buffer. */
export const owner = (buffer: Buffer): Buffer => (buffer.view ? owner(buffer.view.of) : buffer)

/** Floats from the start of the owner to the start of the buffer. */
export const shiftInOwner = (buffer: Buffer): number =>
  buffer.view ? buffer.view.shift + shiftInOwner(buffer.view.of) : 0

/** The buffers that a step names. */
export const buffersOf = (step: Step): Buffer[] =>
  step.ints.filter((value): value is Buffer => typeof value === 'object' && value !== null)

/** The final call, with the offset of each buffer. */
export function toCall(step: Step, offsetOf: (buffer: Buffer) => number): KernelCall {
  const ints = step.ints.map((value) => (value === null ? -1 : typeof value === 'number' ? value : offsetOf(value)))
  return { kernel: step.kernel, ints, reals: step.reals }
}
