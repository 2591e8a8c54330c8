/** The optimisers against their formulas in double precision, with groups, decay and clipping. */
import { describe, expect, it } from 'vitest'
import { compileTraining, Graph, matmul, mean, multiply, openSession, type Optimiser } from './index.ts'
import { noise } from './testing.ts'

/** loss = mean((x·w + b)²): gradients that change from step to step. */
function problem() {
  const graph = new Graph()
  const x = graph.input('x', [6, 5])
  const w = graph.parameter('w', [5, 3], { kind: 'normal', deviation: 1 }, { group: 'body' })
  const b = graph.parameter('b', [3], { kind: 'normal', deviation: 1 }, { group: 'head' })
  const y = matmul(x, w, { bias: b })
  return { graph, loss: mean(multiply(y, y)) }
}

async function compare(optimiser: Optimiser, update: (v: Values, t: number, rate: number, decay: number) => void) {
  const { graph, loss } = problem()
  const session = await openSession(compileTraining({ graph, loss, optimiser }), { device: 'reference' })
  session.initialise(3)
  session.setInput('x', noise(30, 1))
  const own = new Map<string, Values>()
  for (const [name, p] of await session.parameters()) {
    own.set(name, { p: [...p], g: [], m: p.length ? [...p].map(() => 0) : [], v: [...p].map(() => 0) })
  }
  const factors = { body: 1, head: 0.3 }
  const steps = { w: 0, b: 0 }
  for (let i = 0; i < 6; i++) {
    // The body is frozen for the first two steps: its moments and bias correction start at the third.
    const groups = { ...factors, body: i < 2 ? 0 : 1 }
    const { norm } = await session.step({ rate: 0.05, groups })
    const factor = optimiser.clip > 0 ? Math.min(1, optimiser.clip / norm) : 1
    for (const [name, g] of await session.gradients()) {
      const values = own.get(name)!
      values.g = [...g].map((value) => value * factor)
      const scale = name === 'w' ? groups.body : groups.head
      if (scale === 0) continue
      steps[name as 'w' | 'b']++
      update(values, steps[name as 'w' | 'b'], 0.05 * scale, name === 'w' ? optimiser.decay : 0)
    }
    for (const [name, p] of await session.parameters()) {
      p.forEach((value, k) => expect(value, `${name}[${k}] after step ${i}`).toBeCloseTo(own.get(name)!.p[k], 5))
    }
  }
  await session.close()
}

interface Values {
  p: number[]
  g: number[]
  m: number[]
  v: number[]
}

describe('optimisers', () => {
  it('AdamW', () =>
    compare({ kind: 'adamW', beta1: 0.9, beta2: 0.99, epsilon: 1e-8, decay: 0.1, clip: 1.5 }, (s, t, rate, decay) => {
      s.p.forEach((_, i) => {
        s.m[i] = 0.9 * s.m[i] + 0.1 * s.g[i]
        s.v[i] = 0.99 * s.v[i] + 0.01 * s.g[i] ** 2
        const step = s.m[i] / (1 - 0.9 ** t) / (Math.sqrt(s.v[i] / (1 - 0.99 ** t)) + 1e-8)
        s.p[i] -= rate * (step + decay * s.p[i])
      })
    }))

  it('SGD with Nesterov momentum', () =>
    compare({ kind: 'sgdNesterov', momentum: 0.8, decay: 0.01, clip: 0.7 }, (s, _t, rate, decay) => {
      s.p.forEach((_, i) => {
        const g = s.g[i] + decay * s.p[i]
        s.m[i] = 0.8 * s.m[i] + g
        s.p[i] -= rate * (g + 0.8 * s.m[i])
      })
    }))
})
