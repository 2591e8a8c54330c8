/**
 * Where the voxels of a prepared case are: in memory, or in a file of which only the box that a patch needs is read. What a
 * patch holds is the same either way, bit for bit.
 */
import type { StoredFile } from './host.ts'

type Triple = [number, number, number]

/** A part of a case. x fastest, then y, z; of the image, channel last. */
export interface Box {
  /** Its first voxel in the case, and its size. */
  readonly low: Triple
  readonly size: Triple
  readonly image: Float32Array
  /** null without a label. */
  readonly label: Uint8Array | null
}

export interface Voxels {
  /**
   * At least the voxels from `low` up to `high` (both included), as far as they are inside the case; null where none is. It
   * may be written over by the next call.
   */
  box(low: Triple, high: Triple): Box | null
  close(): void
  /** What other threads can read them by (`openShared`) as long as they are not closed; null where they can't. */
  shared(): SharedVoxels | null
}

export type SharedVoxels =
  | { kind: 'memory'; size: Triple; image: Float32Array; label: Uint8Array | null }
  | { kind: 'file'; descriptor: number; shape: Triple; channels: number; labelled: boolean }

export function inMemory(size: Triple, image: Float32Array, label: Uint8Array | null): Voxels {
  const all: Box = { low: [0, 0, 0], size, image, label }
  return { box: () => all, close: () => undefined, shared: () => null }
}

/** As inMemory, a copy that other threads can read. */
export function inSharedMemory(size: Triple, image: Float32Array, label: Uint8Array | null): Voxels {
  const memory = takeShared(image.byteLength + (label?.byteLength ?? 0))
  const own = new Float32Array(memory, 0, image.length)
  own.set(image)
  const ownLabel = label && new Uint8Array(memory, image.byteLength, label.length)
  if (label) ownLabel!.set(label)
  return {
    ...inMemory(size, own, ownLabel),
    close: () => void free.push(memory),
    shared: () => ({ kind: 'memory', size, image: own, label: ownLabel }),
  }
}

/**
 * Shared memory that was given back. The garbage collector does not count it, and so lets it pile up: a process that prepares
 * the same scans again and again takes them from here.
 */
const free: SharedArrayBuffer[] = []

function takeShared(bytes: number): SharedArrayBuffer {
  const fitting = free.filter(({ byteLength }) => byteLength >= bytes && byteLength <= 2 * bytes)
  if (fitting.length === 0) return new SharedArrayBuffer(bytes)
  const taken = fitting.reduce((a, b) => (b.byteLength < a.byteLength ? b : a))
  free.splice(free.indexOf(taken), 1)
  return taken
}

/** Room for boxes that is used again and again: it grows to the largest one. */
export class BoxRoom {
  private image = new Float32Array()
  private label = new Uint8Array()

  take(values: number, voxels: number): { image: Float32Array; label: Uint8Array } {
    if (this.image.length < values) this.image = new Float32Array(values)
    if (this.label.length < voxels) this.label = new Uint8Array(voxels)
    return { image: this.image.subarray(0, values), label: this.label.subarray(0, voxels) }
  }
}

/** What goes into a file for `onDisk`. */
export const fileParts = (image: Float32Array, label: Uint8Array | null): Uint8Array[] => [
  new Uint8Array(image.buffer, image.byteOffset, image.byteLength),
  ...(label ? [label] : []),
]

/** file: as `fileParts` made it. Boxes reach over whole rows along x: each slice of one is read at once. */
export function onDisk(file: StoredFile, shape: Triple, channels: number, labelled: boolean, room: BoxRoom): Voxels {
  const [nx, ny, nz] = shape
  return {
    box(low, high) {
      const [y0, y1] = [Math.max(0, low[1]), Math.min(ny - 1, high[1])]
      const [z0, z1] = [Math.max(0, low[2]), Math.min(nz - 1, high[2])]
      if (y1 < y0 || z1 < z0 || high[0] < 0 || low[0] >= nx) return null
      const size: Triple = [nx, y1 - y0 + 1, z1 - z0 + 1]
      const slice = size[0] * size[1]
      const voxels = slice * size[2]
      const { image, label } = room.take(voxels * channels, voxels)
      for (let z = 0; z < size[2]; z++) {
        const from = ((z0 + z) * ny + y0) * nx
        for (let c = 0; c < channels; c++) {
          const into = image.subarray(c * voxels + z * slice, c * voxels + (z + 1) * slice)
          file.read(4 * (c * nx * ny * nz + from), new Uint8Array(into.buffer, into.byteOffset, into.byteLength))
        }
        if (labelled) file.read(4 * channels * nx * ny * nz + from, label.subarray(z * slice, (z + 1) * slice))
      }
      return { low: [0, y0, z0], size, image, label: labelled ? label : null }
    },
    close: () => file.close(),
    shared: () =>
      file.descriptor === null ? null : { kind: 'file', descriptor: file.descriptor, shape, channels, labelled },
  }
}

/** In another thread. read: reads a file by its descriptor. The voxels stay whose they were: closing these does nothing. */
export function openShared(
  shared: SharedVoxels,
  read: (descriptor: number) => StoredFile['read'],
  room: BoxRoom,
): Voxels {
  if (shared.kind === 'memory') return inMemory(shared.size, shared.image, shared.label)
  const { descriptor, shape, channels, labelled } = shared
  return onDisk({ read: read(descriptor), descriptor, close: () => undefined }, shape, channels, labelled, room)
}
