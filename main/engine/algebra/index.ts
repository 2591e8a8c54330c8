/** Programs for libraries that know tensors but no arena: every kernel in operations on whole tensors. */
import { kernels, type KernelCall, type KernelName } from '../kernels/table.ts'
import type { Machine, Rule } from './machine.ts'
import * as convolution from './rules/convolution.ts'
import * as elementwise from './rules/elementwise.ts'
import * as losses from './rules/losses.ts'
import * as matrices from './rules/matrices.ts'
import * as normalisation from './rules/normalisation.ts'
import * as optimisers from './rules/optimisers.ts'
import * as volumes from './rules/volumes.ts'

export type { Algebra, Geometry, Triple } from './algebra.ts'
export { Areas, type Area } from './areas.ts'
export { Machine } from './machine.ts'

const rules: { readonly [K in KernelName]: Rule<K> } = {
  ...convolution,
  ...normalisation,
  ...volumes,
  ...elementwise,
  ...matrices,
  ...losses,
  ...optimisers,
}

/** Carry out one call. */
export function perform<V>(machine: Machine<V>, { kernel, ints, reals }: KernelCall): void {
  const signature = kernels[kernel]
  const named = Object.fromEntries([
    ...signature.ints.map((name, i) => [name, ints[i]]),
    ...signature.reals.map((name, i) => [name, reals[i]]),
  ])
  const rule = rules[kernel] as <U>(m: Machine<U>, i: Readonly<Record<string, number>>) => void
  rule(machine, named)
}
