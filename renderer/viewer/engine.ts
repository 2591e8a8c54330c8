/**
 * cornerstone: one rendering engine with three planar viewports for the life of the window (graphics memory is not
 * returned before), and the volumes that they show.
 */
import {
  cache,
  Enums,
  getRenderingCapabilities,
  init,
  RenderingEngine,
  utilities,
  volumeLoader,
  type PlanarViewport,
  type Types,
} from '@cornerstonejs/core'
import type { Index3, Plane } from './planes.ts'
import { planes } from './planes.ts'
import type { PaintedSamples } from './samples.ts'

const engineId = 'handful'
const orientations: Record<Plane, Enums.OrientationAxis> = {
  axial: Enums.OrientationAxis.AXIAL,
  coronal: Enums.OrientationAxis.CORONAL,
  sagittal: Enums.OrientationAxis.SAGITTAL,
}

let engine: RenderingEngine | null = null

/** Starts cornerstone and gives each element its viewport; later calls do nothing. The elements must have a size. */
export function startEngine(elements: Record<Plane, HTMLDivElement>): void {
  if (engine) return
  const rendering = {
    useGenericViewport: true,
    webGlContextCount: 1,
    // Software WebGL is several times slower than painting on the CPU directly.
    planar: { renderBackend: hasGpu() ? Enums.RenderBackends.GPU : Enums.RenderBackends.CPU },
  }
  // Merged over the defaults at run time; the type asks for all of them.
  init({ rendering } as unknown as Types.Cornerstone3DConfig)
  engine = new RenderingEngine(engineId)
  for (const plane of planes)
    engine.enableElement({
      viewportId: plane,
      element: elements[plane],
      type: Enums.ViewportType.PLANAR_NEXT,
      defaultOptions: { orientation: orientations[plane], background: [0, 0, 0] },
    })
}

function hasGpu(): boolean {
  const capabilities = getRenderingCapabilities()
  return capabilities.webgl && !capabilities.softwareRasterizer
}

export function viewportOf(plane: Plane): PlanarViewport {
  return engine!.getViewport(plane) as unknown as PlanarViewport
}

/**
 * Fits viewports to their elements, which must have a size. The engine's own resize leaves CPU viewports black, and does
 * nothing at all while a frame is pending: hence the direct calls, and a second try.
 */
export function resizeViewports(inSight: readonly Plane[]): void {
  if (!engine) return
  engine.resize(true, true)
  for (const plane of inSight) {
    viewportOf(plane).resize()
    viewportOf(plane).render()
  }
  setTimeout(() => engine?.resize(true, true), 60)
}

/**
 * The frame that volumes are painted in: cornerstone's world is LPS, so RAS indices run along −x, −y, +z, in mm of the
 * spacing, from the first voxel. Rotations and offsets of the scanner stay out of it (see planes.ts).
 */
export const worldOf = (index: readonly number[], spacing: readonly number[]): Types.Point3 => [
  -index[0] * spacing[0],
  -index[1] * spacing[1],
  index[2] * spacing[2],
]
export const indexOf = (world: readonly number[], spacing: readonly number[]): Index3 => [
  -world[0] / spacing[0],
  -world[1] / spacing[1],
  world[2] / spacing[2],
]

/** A viewport's map from voxel index to CSS pixels, as one affine step: asking cornerstone for every point is slow. */
export function placing(
  plane: Plane,
  spacing: readonly number[],
): (index: readonly number[]) => readonly [number, number] {
  const viewport = viewportOf(plane)
  const at = (index: readonly number[]) => viewport.worldToCanvas(worldOf(index, spacing))
  const zero = at([0, 0, 0])
  const steps = [at([1, 0, 0]), at([0, 1, 0]), at([0, 0, 1])].map((p) => [p[0] - zero[0], p[1] - zero[1]])
  return (index) => [
    zero[0] + index[0] * steps[0][0] + index[1] * steps[1][0] + index[2] * steps[2][0],
    zero[1] + index[0] * steps[0][1] + index[1] * steps[1][1] + index[2] * steps[2][1],
  ]
}

/** Makes a volume known to cornerstone under `id` (no ':' in it). */
export function addVolume(id: string, samples: PaintedSamples, shape: Index3, spacing: Index3): void {
  const volume = volumeLoader.createLocalVolume(id, {
    metadata: { Modality: 'MR', FrameOfReferenceUID: id } as Types.Metadata,
    dimensions: shape,
    spacing,
    origin: [0, 0, 0],
    direction: [-1, 0, 0, 0, -1, 0, 0, 0, 1],
    scalarData: samples,
  })
  utilities.genericViewportDisplaySetMetadataProvider.add(id, {
    kind: 'planar',
    imageIds: volume.imageIds,
    volumeId: id,
  })
}

/** Forgets a volume and its slices. */
export function removeVolume(id: string): void {
  const volume = cache.getVolume(id)
  if (!volume) return
  const imageIds = [...volume.imageIds]
  cache.removeVolumeLoadObject(id)
  for (const imageId of imageIds) if (cache.getImageLoadObject(imageId)) cache.removeImageLoadObject(imageId)
  utilities.genericViewportDisplaySetMetadataProvider.remove(id)
}
