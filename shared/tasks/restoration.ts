/**
 * Masked-volume restoration: blocks of the scan are blanked out and the network must paint them back. After the masked
 * autoencoders for 3D medical U-Nets (S3D, CVPR 2025; OpenMind, ICCV 2025), which transfer encoder and decoder.
 * Loss: squared error on the masked voxels only. There is no chance level; 1.0 is the error of painting the mean.
 */
import type { Random } from '../domain/random.ts'
import { middlePlanes, type Picture } from './picture.ts'

export const restorationRecipe = {
  /** Share of blocks that are masked, drawn uniformly for each sample. Source: 60-75 % in the papers above. */
  masked: [0.6, 0.75] as const,
  /** Side of a block, voxels: 16 in the papers at patch 160³; smaller for small patches, so that some 5 blocks fit along each axis. */
  block: (patch: readonly [number, number, number]): number => {
    const side = patch[2] === 1 ? Math.sqrt(patch[0] * patch[1]) : Math.cbrt(patch[0] * patch[1] * patch[2])
    return side >= 112 ? 16 : side >= 24 ? 8 : 4
  },
}

/**
 * Fills `mask` (x fastest, then y, z; one value a voxel) with 1 where the voxel is masked, else 0. The grid of blocks is
 * shifted by a random offset, so that no voxel lies at a block's border more often than others.
 */
export function drawMask(
  random: Random,
  patch: readonly [number, number, number],
  block: number,
  share: number,
  mask: Float32Array,
): void {
  const offset = [random.integer(block), random.integer(block), random.integer(block)]
  const blocks = patch.map((n, axis) => Math.ceil((n + offset[axis]) / block))
  const total = blocks[0] * blocks[1] * blocks[2]
  const order = random.shuffle(Array.from({ length: total }, (_, i) => i))
  const hidden = new Uint8Array(total)
  for (const i of order.slice(0, Math.round(share * total))) hidden[i] = 1
  let at = 0
  for (let z = 0; z < patch[2]; z++) {
    const bz = Math.floor((z + offset[2]) / block) * blocks[1]
    for (let y = 0; y < patch[1]; y++) {
      const by = (bz + Math.floor((y + offset[1]) / block)) * blocks[0]
      for (let x = 0; x < patch[0]; x++) mask[at++] = hidden[by + Math.floor((x + offset[0]) / block)]
    }
  }
}

/** Blanks the masked voxels of `image` (channels fastest): 0 is the mean of a normalised scan. */
export function blank(image: Float32Array, mask: Float32Array, channels: number): void {
  for (let v = 0; v < mask.length; v++) {
    if (mask[v] !== 0) image.fill(0, v * channels, (v + 1) * channels)
  }
}

/** The scan with blocks hidden as the network sees it, and whole. */
export const picture: Picture = ({ size, grey }, random) => {
  const hidden = random.uniform(...restorationRecipe.masked)
  const mask = new Float32Array(grey.length)
  drawMask(random, size, restorationRecipe.block(size), hidden, mask)
  const masked = grey.slice()
  blank(masked, mask, 1)
  return {
    panels: [...middlePlanes({ size, grey: masked }, 'masked'), ...middlePlanes({ size, grey }, 'scan')],
    answer: { task: 'restoration', hidden: mask.reduce((sum, m) => sum + m, 0) / mask.length },
  }
}
