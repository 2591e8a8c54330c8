import type { KernelName } from '../kernels/table.ts'
import * as convolution from './convolution.ts'
import * as elementwise from './elementwise.ts'
import * as losses from './losses.ts'
import * as matrices from './matrices.ts'
import * as normalisation from './normalisation.ts'
import * as optimisers from './optimisers.ts'
import type { Builder } from './shader.ts'
import * as volumes from './volumes.ts'

/** Every kernel of the table in WGSL. */
export const builders: Readonly<Record<KernelName, Builder>> = {
  ...convolution,
  ...normalisation,
  ...volumes,
  ...elementwise,
  ...matrices,
  ...losses,
  ...optimisers,
}
