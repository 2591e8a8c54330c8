/** The plan of the `paper` recipe: nothing of it comes from the data but the number of channels. */
import type { Fingerprint, Plan } from '../../../shared/domain/plan.ts'
import type { PaperOptions } from '../../../shared/domain/trainer.ts'
import type { Host } from '../host.ts'
import { quantile } from '../plan.ts'
import { paperNetwork } from './network.ts'

/** Scans per step of fine-tuning: configs/finetune/*_3d.json of the released code; slices (*_2d_pancreas.json). */
const batch = 2
const slices = 64

/** Makes the plan, and tells the user where the cube is far larger than the scans. */
export function makePaperPlan(
  fingerprint: Fingerprint,
  { cube }: PaperOptions,
  host: Host,
  dimensions: 2 | 3 = 3,
): Plan {
  const planar = dimensions === 2
  const typical = (planar ? [0, 1] : [0, 1, 2]).map((axis) => Math.round(quantile(fingerprint.cases.map((c) => c.shape[axis]), 0.5))) // prettier-ignore
  const enough = Math.max(32, Math.ceil(Math.max(...typical) / 16) * 16)
  if (cube > 1.5 * enough) {
    host.tell({
      type: 'notice',
      text: `Every ${planar ? 'slice' : 'scan'} is enlarged to ${typical.map(() => cube).join('×')} voxels, although it has about ${typical.join('×')}. ${planar ? 'A square' : 'A cube'} of ${enough} holds the same and takes about ${Math.round((cube / enough) ** typical.length)} times less work.`,
    })
  }
  const { features } = paperNetwork
  return {
    version: 1,
    recipe: 'paper',
    spacing: [1, 1, 1],
    patch: [cube, cube, planar ? 1 : cube],
    batch: planar ? slices : batch,
    channels: fingerprint.channels,
    normalisation: fingerprint.intensities.map(() => ({ kind: 'min-max' })),
    features,
    pools: features.slice(1).map(() => [2, 2, planar ? 1 : 2]),
    kernels: features.map(() => [3, 3, planar ? 1 : 3]),
  }
}
