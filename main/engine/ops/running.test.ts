import { describe, expect, it } from 'vitest'
import {
  compileInference,
  compileTraining,
  Graph,
  mean,
  flatten,
  multiply,
  normalise,
  normaliseBy,
  openSession,
  runningSize,
  type Graph as GraphType,
} from '../index.ts'
import { settleRunning } from './normalise.ts'
import { adamW, noise } from '../testing.ts'

const shape = [3, 2, 3, 2, 2]
const momentum = 0.9

const parameters = (graph: GraphType) => ({
  gamma: graph.parameter('gamma', [2], { kind: 'constant', value: 1.5 }),
  beta: graph.parameter('beta', [2], { kind: 'constant', value: 0.25 }),
  average: graph.parameter('average', [1, runningSize(2)], { kind: 'constant', value: 0 }, { running: true }),
})

function training() {
  const graph = new Graph()
  const { gamma, beta, average } = parameters(graph)
  const y = flatten(
    normalise(graph.input('x', shape), gamma, beta, { batch: true, running: { average, momentum }, epsilon: 1e-3 }),
  )
  const loss = mean(multiply(y, graph.input('towards', [...y.shape], 'matrix')))
  return compileTraining({ graph, loss, optimiser: { ...adamW, decay: 0.1 } })
}

/** Mean and variance (with epsilon) of each of the two channels. */
function statistics(x: Float32Array): number[] {
  return [0, 1].flatMap((c) => {
    const values = [...x].filter((_, i) => i % 2 === c)
    const average = values.reduce((sum, v) => sum + v, 0) / values.length
    const variance = values.reduce((sum, v) => sum + (v - average) ** 2, 0) / values.length
    return [average, variance + 1e-3]
  })
}

describe.each(['reference', 'auto'] as const)('running statistics of batch norm on %s', (device) => {
  it('average over the steps taken, and nothing else moves them', async () => {
    const session = await openSession(training(), { device, threads: 1 })
    session.initialise(1)
    let expected = [0, 0, 0, 0, 0]
    session.setInput('towards', noise(72, 1, 'towards'))
    for (let step = 0; step < 3; step++) {
      const x = noise(72, step, 'x').map((v, i) => v * (1 + (i % 2)) + step)
      session.setInput('x', x)
      await session.step({ rate: 0.01 })
      await session.evaluate()
      const now = [...statistics(x), 1]
      expected = expected.map((value, i) => momentum * value + (1 - momentum) * now[i])
    }
    session.setInput('x', new Float32Array(72).fill(NaN))
    await expect(session.step({ rate: 0.01 })).rejects.toThrow(/not a number/)
    const average = (await session.parameters()).get('average')!
    average.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 4))
    await session.close()
  })

  it('settled, they normalise every sample alike', async () => {
    const graph = new Graph()
    const { gamma, beta, average } = parameters(graph)
    const y = normaliseBy(graph.input('x', shape), average, gamma, beta, { slope: 0 })
    const session = await openSession(compileInference({ graph, outputs: { y } }), { device, threads: 1 })
    session.initialise(1)
    session.setParameters(new Map([['average', Float32Array.of(0.5, 0.125, -0.25, 2, 0.5)]]))
    const x = noise(72, 9, 'x')
    session.setInput('x', x)
    await session.evaluate()
    const values = await session.output('y')
    // Means 1 and -0.5, inverse deviations 2 and 0.5.
    values.forEach((value, i) => {
      const normal = i % 2 === 0 ? 2 * (x[i] - 1) : 0.5 * (x[i] + 0.5)
      expect(value).toBeCloseTo(Math.max(0, 1.5 * normal + 0.25), 4)
    })
    await session.close()
  })
})

it('statistics that no step has filled leave values as they are', () => {
  expect([...settleRunning(new Float32Array(5))]).toEqual([0, 1, 0, 1, 1])
})
