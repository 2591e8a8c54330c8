/** The memory plan, over random networks: no two live buffers overlap, and reuse changes no bit of any result. */
import { describe, expect, it } from 'vitest'
import { random } from '../../shared/domain/random.ts'
import {
  add,
  compileInference,
  compileTraining,
  concat,
  conv,
  convTransposed,
  flatten,
  globalMean,
  Graph,
  leakyRelu,
  maskedSquareError,
  matmul,
  maxPool,
  mean,
  multiply,
  normalise,
  openSession,
  reshapeMatrix,
  scale,
  slice,
  tanh,
  weightedSum,
  type Program,
  type Tensor,
} from './index.ts'
import { lifetimes, planMemory } from './plan.ts'
import { makeStep, type Buffer, type Step } from './steps.ts'
import { count } from './tensor.ts'
import { adamW, noise } from './testing.ts'

/** A network of random operations over small volumes; every tensor may be used again later. */
function randomNetwork(seed: number) {
  const r = random(seed, 'network')
  const graph = new Graph()
  const image = graph.input('image', [2, 4, 4, 4, 2])
  const pool: Tensor[] = [image]
  let parameters = 0
  const p = (shape: number[]) => graph.parameter(`p${parameters++}`, shape, { kind: 'normal', deviation: 0.4 })
  const like = (x: Tensor) => pool.filter((t) => t.shape.slice(0, 4).join() === x.shape.slice(0, 4).join())
  for (let i = 0; i < 14; i++) {
    const x = r.pick(pool)
    const c = x.shape[4]
    const small = x.shape[1] < 4
    const make: (() => Tensor)[] = [
      () => conv(x, p([3, 3, 3, c, 1 + r.integer(4)])),
      () => conv(x, p([1, 1, 1, c, 2])),
      () => normalise(x, p([c]), p([c]), { slope: 0.1, batch: r.chance() }),
      () => tanh(x),
      () => scale(x, 0.9),
      () => leakyRelu(x, 0.2),
      () => concat([x, r.pick(like(x))]),
      () => slice(x, 0, Math.max(1, c - 1)),
      () => add(x, r.pick(like(x).filter((t) => t.shape[4] === c))),
      () => multiply(x, r.pick(like(x).filter((t) => t.shape[4] === c))),
      () => (small ? convTransposed(x, p([2, 2, 2, c, 2]), { stride: [2, 2, 2] }) : maxPool(x, [2, 2, 2])),
    ]
    pool.push(r.pick(make)())
  }
  const last = pool[pool.length - 1]
  const means = globalMean(r.pick(pool.slice(1)))
  const matrix = matmul(means, p([means.shape[1], 3]))
  return { graph, pool, last, matrix, r }
}

/** A loss over several tensors of the network, so that all gradients meet. */
function network(seed: number) {
  const { graph, last, matrix, r, pool } = randomNetwork(seed)
  const other = r.pick(pool.slice(1))
  const target = graph.input('target', last.shape, 'dense')
  const mask = graph.input('mask', last.shape.slice(0, 4), 'dense')
  const flat = flatten(other)
  const loss = weightedSum([
    [maskedSquareError(last, target, mask), 1],
    [mean(tanh(reshapeMatrix(flat, [1, count(flat.shape)]))), 0.5],
    [mean(matrix), 0.1],
  ])
  return { graph, loss, outputs: { last, other } }
}

async function run(program: Program): Promise<Float32Array[]> {
  const session = await openSession(program, { device: 'reference' })
  session.initialise(5)
  for (const { name, shape } of program.inputs) session.setInput(name, noise(count(shape), 3, name))
  const results: number[] = []
  for (let i = 0; i < 2; i++) {
    if (program.kind === 'training') {
      const { loss, norm } = await session.step({ rate: 0.01 })
      results.push(loss, norm)
    } else await session.evaluate()
  }
  const all = [Float32Array.from(results), await session.output('last'), await session.output('other')]
  all.push(...(await session.parameters()).values(), ...(await session.gradients()).values())
  await session.close()
  return all
}

describe('memory plan', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])('changes no bit of random network %i', async (seed) => {
    const { graph, loss, outputs } = network(seed)
    for (const compile of [
      (reuseMemory: boolean) => compileTraining({ graph, loss, optimiser: adamW, outputs, reuseMemory }),
      (reuseMemory: boolean) => compileInference({ graph, outputs, reuseMemory }),
    ]) {
      const [shared, separate] = [compile(true), compile(false)]
      expect(shared.floats).toBeLessThanOrEqual(separate.floats)
      expect(await run(shared)).toEqual(await run(separate))
    }
  })

  it('never overlaps two buffers that are needed at the same time', () => {
    for (let seed = 0; seed < 40; seed++) {
      const r = random(seed, 'plan')
      const buffers: Buffer[] = Array.from({ length: 40 }, (_, id) => ({
        id,
        size: 1 + r.integer(300),
        label: `${id}`,
        kept: r.chance(0.1),
      }))
      const views = buffers.map((of, i) => ({ id: 40 + i, size: 1, label: '', kept: of.kept, view: { of, shift: 0 } }))
      const steps: Step[] = Array.from({ length: 60 }, (_, i) => {
        const near = () => r.pick([...buffers, ...views].filter((b) => Math.abs((b.id % 40) - i * 0.66) < 6))
        return makeStep('add', { a: near(), b: near(), y: near(), size: 1 }, '')
      })
      const page = seed % 2 ? 512 : undefined
      const plan = planMemory(buffers, steps, { page })
      const spans = [
        ...lifetimes(steps),
        ...buffers.filter(({ kept }) => kept).map((buffer) => ({ buffer, first: 0, last: Infinity })),
      ].map((life) => ({
        ...life,
        start: plan.offsetOf(life.buffer),
        end: plan.offsetOf(life.buffer) + life.buffer.size,
      }))
      for (const a of spans) {
        expect(a.start % 16).toBe(0)
        if (page) expect(Math.floor((a.end - 1) / page), 'within a page').toBe(Math.floor(a.start / page))
        expect(a.end).toBeLessThanOrEqual(plan.floats)
        for (const b of spans) {
          if (a === b || a.last < b.first || b.last < a.first) continue
          expect(a.end <= b.start || b.end <= a.start).toBe(true)
        }
      }
    }
  })

  it('reuses the memory of a chain, which needs two buffers at a time', () => {
    const graph = new Graph()
    let x: Tensor = graph.input('x', [1, 8, 8, 8, 1])
    for (let i = 0; i < 20; i++) x = multiply(x, x)
    const floats = (reuseMemory: boolean) => compileInference({ graph, outputs: { x }, reuseMemory }).floats
    expect(floats(true)).toBeLessThan(floats(false) / 4)
  })
})
