/** A compiled program: kernel calls over one arena, and where in the arena everything lies. Plain data. */
import type { SegmentName } from './emitter.ts'
import type { Initialiser } from './initialise.ts'
import type { KernelCall } from './kernels/index.ts'
import type { Shape, TensorKind } from './tensor.ts'

/** A tensor of the program with its place: offsets in floats. */
export interface PlacedTensor {
  readonly name: string
  readonly kind: TensorKind
  readonly shape: Shape
  readonly offset: number
}

export interface PlacedParameter extends PlacedTensor {
  readonly group: string
  readonly decay: boolean
  readonly initialiser: Initialiser
  readonly running: boolean
  /** Values (without padding). */
  readonly size: number
  /** Where its gradient lies; -1 in an inference program. */
  readonly gradient: number
  /** Where the optimiser keeps its moments for this parameter, by name ("m", "v"). */
  readonly moments: Readonly<Record<string, number>>
}

/** What the host writes before each step for a learning-rate group. */
export interface PlacedGroup {
  readonly name: string
  /** Three floats: rate, 1 - beta1^t, 1 - beta2^t. */
  readonly schedule: number
  /** One float: factor on the rate; 0 freezes the group. */
  readonly scale: number
}

export type Optimiser =
  /** Decoupled weight decay (Loshchilov & Hutter 2019); clip: largest gradient norm, 0 = any. */
  | { kind: 'adamW'; beta1: number; beta2: number; epsilon: number; decay: number; clip: number }
  | { kind: 'sgdNesterov'; momentum: number; decay: number; clip: number }

/** A run of the arena in which the host reads or clears many tensors at once. */
export interface Range {
  readonly offset: number
  readonly size: number
}

export interface Program {
  readonly kind: 'training' | 'inference'
  /** Threads to run with unless the session is told otherwise; undefined: one per core. The results do not depend on it. */
  readonly threads?: number
  /** Size of the arena. */
  readonly floats: number
  /** The values before this place outlive a run; from here on every buffer is written whole before it is read, and shares memory. */
  readonly kept: number
  /** Bytes that a session will take; known before it is opened. */
  readonly peakBytes: number
  /** Floating-point operations of convolutions and matrix products in one step (training) or run (inference). */
  readonly flops: number
  readonly parameters: readonly PlacedParameter[]
  readonly inputs: readonly PlacedTensor[]
  readonly outputs: readonly PlacedTensor[]
  /** Training only: offsets of the loss and of the norm of the whole gradient. */
  readonly loss?: number
  readonly norm?: number
  readonly groups: readonly PlacedGroup[]
  readonly optimiser?: Optimiser
  /** All parameters, and all moments, as one run each. */
  readonly parameterRange: Range
  readonly momentRange: Range
  readonly segments: Readonly<Record<SegmentName, readonly KernelCall[]>>
  /** What each call belongs to, in the order of the calls: for profiles. */
  readonly labels: Readonly<Record<SegmentName, readonly string[]>>
}
