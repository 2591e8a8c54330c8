import * as convolution from './reference/convolution.ts'
import * as elementwise from './reference/elementwise.ts'
import type { Kernel } from './reference/kernel.ts'
import * as losses from './reference/losses.ts'
import * as matrices from './reference/matrices.ts'
import * as normalisation from './reference/normalisation.ts'
import * as optimisers from './reference/optimisers.ts'
import * as volumes from './reference/volumes.ts'
import type { KernelName } from './table.ts'

export type { Kernel } from './reference/kernel.ts'

/** Every kernel of the table in plain TypeScript: the meaning of the table, and what the fast kernels are tested against. */
export const reference: Readonly<Record<KernelName, Kernel>> = {
  ...convolution,
  ...normalisation,
  ...volumes,
  ...elementwise,
  ...matrices,
  ...losses,
  ...optimisers,
}
