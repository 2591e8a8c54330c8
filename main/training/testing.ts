/** For tests: a host in memory, and phantom scans whose labels can be told from their intensities and shapes. */
import type { FinetuneConfig, TrainerCase, TrainerMessage } from '../../shared/domain/trainer.ts'
import { random } from '../../shared/domain/random.ts'
import type { Host, RunFolder } from './host.ts'

export type Files = Map<string, Uint8Array>

export function memoryFolder(files: Files, prefix = ''): RunFolder {
  const bytes = (content: Uint8Array | string) =>
    typeof content === 'string' ? new TextEncoder().encode(content) : content.slice()
  return {
    read: async (name) => files.get(prefix + name) ?? null,
    write: async (name, content) => void files.set(prefix + name, bytes(content)),
    inside: (name) => memoryFolder(files, name === '.' ? prefix : `${prefix}${name}/`),
    append: async (last, text) => {
      const name = prefix + last
      const old = files.get(name) ?? new Uint8Array()
      const more = new TextEncoder().encode(text)
      const all = new Uint8Array(old.length + more.length)
      all.set(old)
      all.set(more, old.length)
      files.set(name, all)
    },
  }
}

export interface Phantom {
  source: TrainerCase
  image: Float32Array
  label: Uint8Array
}

/**
 * A noisy scan with a bright ball (label 1) and a dim ball (label 2) somewhere in it. Shape [x, y, z]. alike: both are bright,
 * so that only their places tell them apart.
 */
export function phantom(index: number, shape: [number, number, number] = [20, 18, 16], alike = false): Phantom {
  const draw = random(index, 'phantom')
  const [nx, ny, nz] = shape
  const image = new Float32Array(nx * ny * nz)
  const label = new Uint8Array(image.length)
  const balls = [1, 2].map((value) => ({
    value,
    at: shape.map((n, axis) => (axis === 0 ? (value === 1 ? 0.3 : 0.7) * n : 0.5 * n) + draw.uniform(-1.5, 1.5)),
    radius: draw.uniform(3, 4.5),
  }))
  for (let i = 0; i < image.length; i++) {
    const at = [i % nx, Math.floor(i / nx) % ny, Math.floor(i / (nx * ny))]
    for (const ball of balls) if (Math.hypot(...at.map((p, a) => p - ball.at[a])) < ball.radius) label[i] = ball.value
    image[i] = 100 + [0, 80, alike ? 80 : -60][label[i]] + 20 * draw.normal()
  }
  const source: TrainerCase = {
    id: `p${index}`,
    name: `phantom ${index}`,
    modality: 'MR',
    volumeFile: '',
    type: 'float32',
    shape,
    spacing: [1, 1, 1],
    affine: [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ],
    channels: 1,
    labelFile: `p${index}`,
  }
  return { source, image, label }
}

/** The labels of a phantom's balls. */
export const phantomLabels = [
  { value: 1, name: 'bright', color: '#ff0000', key: 1 },
  { value: 2, name: 'dim', color: '#00ff00', key: 2 },
]

/** A fine-tuning from scratch on phantoms, of two balls unless `wish` says otherwise. */
export const phantomTuning = (
  cases: TrainerCase[],
  steps: number,
  wish: Partial<FinetuneConfig> = {},
): FinetuneConfig => ({
  kind: 'finetune',
  runId: 'r',
  seed: 5,
  device: 'auto',
  threads: 1,
  checkpointSeconds: 1e9,
  fromFolder: null,
  likeFolder: null,
  watch: [],
  budget: { steps },
  cases,
  labels: phantomLabels,
  ...wish,
})

export interface MemoryHost extends Host {
  readonly messages: TrainerMessage[]
  /** Files made by `store` that are not closed yet. */
  readonly open: Set<Uint8Array>
}

/** `folders` holds the files of each run by path; `run` is the path of this run. cancelAfter: steps after which to cancel. */
export function memoryHost(
  phantoms: readonly Phantom[],
  folders: Map<string, Files>,
  run: string,
  cancelAfter = Infinity,
): MemoryHost {
  const folder = (path: string) => {
    if (!folders.has(path)) folders.set(path, new Map())
    return memoryFolder(folders.get(path)!)
  }
  const find = (source: TrainerCase) => phantoms.find((p) => p.source.id === source.id)!
  const messages: TrainerMessage[] = []
  const open = new Set<Uint8Array>()
  let steps = 0
  return {
    messages,
    open,
    run: folder(run),
    cores: 1,
    memory: 2 ** 30,
    store: async (parts) => {
      const bytes = Uint8Array.from(parts.flatMap((part) => [...part]))
      open.add(bytes)
      return {
        read: (from, into) => into.set(bytes.subarray(from, from + into.length)),
        close: () => void open.delete(bytes),
        descriptor: null,
      }
    },
    makeAhead: null,
    folder,
    volume: async (source) => ({
      geometry: { shape: source.shape, spacing: source.spacing, affine: source.affine },
      channels: source.channels,
      type: 'float32',
      samples: find(source).image,
    }),
    label: async (source) =>
      source.labelFile === null
        ? null
        : {
            geometry: { shape: source.shape, spacing: source.spacing, affine: source.affine },
            samples: find(source).label,
          },
    tell: (message) => {
      messages.push(message)
      if (message.type === 'progress' && /training|tuning|Estimating/.test(message.stage)) steps++
    },
    cancelled: () => steps >= cancelAfter,
    seconds: () => performance.now() / 1000,
    breathe: async () => undefined,
  }
}
