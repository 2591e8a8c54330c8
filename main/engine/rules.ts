/**
 * What an operation sees while it is compiled: it asks for the buffers of its tensors and emits steps.
 * Forward rules use `Forward`; gradient rules use `Backward`, which also hands out gradient buffers and settles who
 * writes first and who adds when a tensor is used in several places.
 */
import type { KernelName } from './kernels/index.ts'
import type { Buffer, StepArguments } from './steps.ts'
import type { Node, Tensor } from './tensor.ts'

export type PartialName = Extract<KernelName, `${string}Partial`>

/** Partial sums in a scratch area: their number and the floats of each. */
export interface PartialSums {
  readonly partial: Buffer
  readonly slabs: number
  readonly slabSize: number
}

export interface Forward {
  emit<K extends KernelName>(kernel: K, named: StepArguments<K>): void
  /** Emit a kernel that writes partial sums, with room for them; tells what the reducing kernel wants to know. */
  emitPartial<K extends PartialName>(kernel: K, named: Omit<StepArguments<K>, 'partial'>): PartialSums
  /** The buffer with the values of a tensor. */
  buffer(tensor: Tensor): Buffer
  /** A buffer for the moment. */
  scratch(label: string, size: number): Buffer
  /** A buffer that the gradient rule of the same node finds again under the same name. */
  saved(node: Node, name: string, size: number): Buffer
  /** Filters in the executor's own order, packed once in a program. */
  packed(filter: Tensor, transpose: 0 | 1): Buffer
  /** Let `output` lie in the memory of `input` (same values, another shape). */
  share(output: Tensor, input: Tensor): void
  /** A buffer for `output`: the input's own where nobody else needs the input any more, and the kernel may work in place. */
  over(output: Tensor, input: Tensor): Buffer
}

export interface Backward extends Forward {
  /** The complete gradient with respect to a tensor (an output of the node). */
  gradient(tensor: Tensor): Buffer
  /** The gradient with respect to a scalar: a number known now, since scalars are only weighted and added. */
  scalarGradient(tensor: Tensor): number
  addScalarGradient(tensor: Tensor, value: number): void
  needsGradient(tensor: Tensor): boolean
  /** Contribute to a gradient by a kernel with an `accumulate` flag. Not called if nobody needs it. */
  contribute(tensor: Tensor, write: (gradient: Buffer, accumulate: 0 | 1) => void): void
  /** As `contribute`, by a kernel that may work in place on `spent`, a gradient that nothing after needs. */
  contributeOver(tensor: Tensor, spent: Buffer, write: (gradient: Buffer, accumulate: 0 | 1) => void): void
  /** Contribute by a kernel that can only replace. */
  contributeFresh(tensor: Tensor, write: (gradient: Buffer) => void): void
  /** Contribute by a kernel that can only add, or that writes a part. */
  contributeAdding(tensor: Tensor, write: (gradient: Buffer) => void): void
  /** Contribute factor · buffer, without a copy where possible: the buffer must not be used by anything after. */
  handOver(tensor: Tensor, buffer: Buffer, factor?: number): void
}
