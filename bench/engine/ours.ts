/** Our engine's side of the benchmark: training steps, windows of a sliding inference, and single convolution kernels. */
import { availableParallelism } from 'node:os'
import { compileInference, compileTraining, openSession, softmax, type DeviceId } from '../../main/engine/index.ts'
import { openBackend, type BackendKind } from '../../main/engine/kernels/index.ts'
import { adamW, noise, unet, unetInputs, type UnetOptions } from '../../main/engine/testing.ts'
import { passes, type Pass, type Shape } from '../kernels.ts'
import type { Engine } from './measure.ts'
import { windowStarts, type Box } from './windows.ts'

export const trainingProgram = (options: UnetOptions) => {
  const { graph, loss } = unet(options)
  return compileTraining({ graph, loss, optimiser: adamW })
}

export async function trainingStep(options: UnetOptions, device: DeviceId): Promise<Engine> {
  const program = trainingProgram(options)
  const session = await openSession(program, { device })
  session.initialise(1)
  const { image, target } = unetInputs(options, 1)
  return {
    name: session.device.name,
    async step() {
      const start = performance.now()
      session.setInput('image', image)
      session.setInput('target', target)
      await session.step({ rate: 1e-3 })
      const milliseconds = performance.now() - start
      return { milliseconds, outside: milliseconds - session.kernelMilliseconds }
    },
    async close() {
      await session.close()
      return program.peakBytes
    },
    async profile() {
      const byKernel = new Map<string, number>()
      for (const [label, { milliseconds }] of await session.profile()) {
        const kernel = label.split(': ')[1]
        byKernel.set(kernel, (byKernel.get(kernel) ?? 0) + milliseconds)
      }
      return byKernel
    },
  }
}

export const inferenceProgram = (options: UnetOptions) => {
  const { graph, logits } = unet(options)
  return compileInference({ graph, outputs: { probability: softmax(logits) } })
}

/** Each step is the next window: cut out, computed, and its probabilities added, weighted, to those of the volume. */
export async function slidingInference(options: UnetOptions, box: Box, device: DeviceId): Promise<Engine> {
  const program = inferenceProgram(options)
  const session = await openSession(program, { device })
  session.initialise(1)
  const [D, H, W] = box
  const [d, h, w] = options.patch
  const { classes } = options
  const volume = noise(D * H * W, 2)
  const [sum, weights] = [new Float32Array(D * H * W * classes), new Float32Array(D * H * W)]
  const patch = new Float32Array(d * h * w)
  const starts = windowStarts(box, options.patch)
  let next = 0
  return {
    name: session.device.name,
    async step() {
      const start = performance.now()
      const [z0, y0, x0] = starts[next++ % starts.length]
      for (let z = 0, v = 0; z < d; z++)
        for (let y = 0; y < h; y++, v += w) {
          const at = ((z0 + z) * H + y0 + y) * W + x0
          patch.set(volume.subarray(at, at + w), v)
        }
      session.setInput('image', patch)
      await session.evaluate()
      const probability = await session.output('probability')
      for (let z = 0, v = 0; z < d; z++)
        for (let y = 0; y < h; y++)
          for (let x = 0, at = ((z0 + z) * H + y0 + y) * W + x0; x < w; x++, at++) {
            weights[at] += 1
            for (let c = 0; c < classes; c++, v++) sum[at * classes + c] += probability[v]
          }
      const milliseconds = performance.now() - start
      return { milliseconds, outside: milliseconds - session.kernelMilliseconds }
    },
    async close() {
      await session.close()
      return program.peakBytes + 4 * (volume.length + sum.length + weights.length)
    },
  }
}

/** One pass of one 3³ convolution. */
export async function convolution(shape: Shape, pass: Pass, kind: BackendKind): Promise<Engine> {
  const { floats, calls, filters } = passes(shape)
  const backend = await openBackend({ floats, kind, threads: availableParallelism() })
  backend.run(backend.load(filters))
  const program = backend.load(calls[pass])
  return {
    name: backend.name,
    step() {
      const start = performance.now()
      backend.run(program)
      return Promise.resolve({ milliseconds: performance.now() - start, outside: null })
    },
    async close() {
      await backend.close()
      return 0
    },
  }
}
