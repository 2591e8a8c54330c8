/**
 * TensorFlow.js over the native TensorFlow library, where the user has installed it. Nothing here installs it, and where it
 * is not there nothing is loaded.
 */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import util from 'node:util'

export type TensorFlow = typeof import('@tensorflow/tfjs-core')
export type Tensor = import('@tensorflow/tfjs-core').Tensor

export interface Found {
  readonly tf: TensorFlow
  /** For people: "TensorFlow through tfjs-node-gpu, GPU". */
  readonly name: string
}

/** The one for NVIDIA's GPUs first. */
const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']

const missing =
  'The optional package @tensorflow/tfjs-node-gpu (NVIDIA GPUs, CUDA 11.2, Linux) is not installed. ' +
  'docs/devices.md tells how to get it.'

/** The library if it can be loaded; else why not, in a sentence. `from`: the module whose packages are looked through. */
export async function loadTensorFlow(from = import.meta.url): Promise<Found | string> {
  const require = createRequire(from)
  const found = packages.flatMap((name) => {
    try {
      return [{ name, file: require.resolve(name) }]
    } catch {
      return []
    }
  })
  if (found.length === 0) return missing
  mendUtil()
  const [{ name, file }] = found
  try {
    const loaded = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { default: TensorFlow }
    const tf = loaded.default
    await tf.ready()
    const { isUsingGpuDevice = false } = tf.backend() as { isUsingGpuDevice?: boolean }
    return { tf, name: `TensorFlow through ${name.slice(name.indexOf('/') + 1)}, ${isUsingGpuDevice ? 'GPU' : 'CPU'}` }
  } catch (error) {
    return `The package ${name} is installed but cannot be used: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** What tfjs-node calls on every operation went from Node with version 23 (tfjs issue 8609). */
function mendUtil(): void {
  const old = util as { isNullOrUndefined?: (value: unknown) => boolean }
  old.isNullOrUndefined ??= (value) => value === null || value === undefined
}
