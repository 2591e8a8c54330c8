/** A whole training step as one ONNX model, run by ONNX Runtime, against our own executor. */
import { expect, it } from 'vitest'
import { compileInference, compileTraining, EngineError, openSession, type Optimiser } from '../index.ts'
import { adamW, unet, unetInputs, type UnetOptions } from '../testing.ts'
import { loadRuntime } from './runtime.ts'
import { trainingModel } from './training-model.ts'

const options: UnetOptions = { batch: 2, patch: [8, 12, 20], levels: 3, base: 6, classes: 3 }
const distance = (a: Float32Array, b: Float32Array): number => Math.hypot(...a.map((value, i) => value - b[i]))

const optimisers: Optimiser[] = [
  { ...adamW, decay: 0.01, clip: 0.1 } as Optimiser,
  { kind: 'sgdNesterov', momentum: 0.9, decay: 1e-3, clip: 0 },
]

it.each(optimisers)('holds forward, gradients and optimiser ($kind)', async (optimiser) => {
  const { graph, loss, logits } = unet(options)
  const program = compileTraining({ graph, loss, optimiser, outputs: { logits } })
  const session = await openSession(program, { device: 'cpu' })
  session.initialise(1)
  const inputs = unetInputs(options, 1)
  session.setInput('image', inputs.image)
  session.setInput('target', inputs.target)
  const before = await session.state()
  const rate = 0.01
  const step = await session.step({ rate, groups: { encoder: 0.5, head: 0 } })
  const after = await session.state()

  const { InferenceSession, Tensor } = await loadRuntime()
  const model = await InferenceSession.create(trainingModel(program), { logSeverityLevel: 3 })
  const given: Record<string, Float32Array> = { ...inputs, ...Object.fromEntries([...before.parameters, ...before.moments]) } // prettier-ignore
  for (const [group, scale] of Object.entries({ encoder: 0.5, decoder: 1, head: 0 })) {
    given[`schedule/${group}`] = Float32Array.of(rate, 0.1, 0.001)
    given[`scale/${group}`] = Float32Array.of(scale)
  }
  const shapes = new Map(model.inputMetadata.map((input) => [input.name, 'shape' in input ? input.shape : []]))
  const found = await model.run(
    Object.fromEntries(Object.entries(given).map(([name, values]) => [name, new Tensor('float32', values, shapes.get(name) as number[])])), // prettier-ignore
  )
  const values = (name: string) => found[name].data as Float32Array

  expect(Math.abs(values('loss')[0] - step.loss)).toBeLessThan(1e-4 * step.loss)
  expect(Math.abs(values('norm')[0] - step.norm)).toBeLessThan(1e-3 * step.norm)
  expect(distance(await session.output('logits'), values('output/logits'))).toBeLessThan(1e-2)
  for (const [name, gradient] of await session.gradients())
    expect(distance(gradient, values(`gradient/${name}`)), name).toBeLessThan(1e-3 * Math.hypot(...gradient) + 1e-6)
  for (const [name, next] of [...after.parameters, ...after.moments]) {
    const old = before.parameters.get(name) ?? before.moments.get(name)!
    expect(distance(next, values(`next/${name}`)), name).toBeLessThan(1e-2 * distance(next, old) + 1e-6)
  }
  expect(after.parameters.get('head.filter')).toEqual(values('next/head.filter')) // frozen
  await model.release()
  await session.close()
})

it('says that an inference program has no training step', () => {
  const { graph, logits } = unet(options)
  const program = compileInference({ graph, outputs: { logits } })
  expect(() => trainingModel(program)).toThrow(EngineError)
})
