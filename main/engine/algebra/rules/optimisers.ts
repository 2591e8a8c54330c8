import type { Machine, Rule } from '../machine.ts'

export const squareSumPartial: Rule<'squareSumPartial'> = (m, i) =>
  m.putDense(i.partial, m.algebra.sum(m.square(m.dense(i.g, [i.size])), [0]))

export const squareSum: Rule<'squareSum'> = (m, i) => {
  const norm = m.algebra.sqrt(m.dense(i.partial, [1]))
  m.putDense(i.norm, m.algebra.select(m.finite(norm), norm, m.number(NaN)))
}

interface Common {
  readonly g: number
  readonly norm: number
  readonly schedule: number
  readonly groupScale: number
  readonly size: number
  readonly clip: number
}

/** The clipped gradient, the group's rate, and a way to write that leaves all as it is where the step must not be taken. */
function prepare<V>(m: Machine<V>, i: Common) {
  const { algebra } = m
  let g = m.dense(i.g, [i.size])
  const group = i.groupScale < 0 ? m.number(1) : m.dense(i.groupScale, [1])
  let take = i.groupScale < 0 ? m.number(1) : algebra.greater(algebra.abs(group), m.number(0))
  if (i.norm >= 0) {
    const norm = m.dense(i.norm, [1])
    take = algebra.multiply(take, m.finite(norm))
    const clip = m.number(i.clip)
    const factor = algebra.select(algebra.greater(norm, clip), algebra.divide(clip, norm), m.number(1))
    if (i.clip > 0) g = algebra.multiply(g, factor)
  }
  const rate = algebra.multiply(m.dense(i.schedule, [1]), group)
  const put = (at: number, value: V) => m.putDense(at, algebra.select(take, value, m.dense(at, [i.size])))
  return { g, rate, put }
}

export const adamW: Rule<'adamW'> = (m, i) => {
  const { algebra } = m
  const { g, rate, put } = prepare(m, i)
  const towards = (old: typeof g, to: typeof g, beta: number) =>
    algebra.add(algebra.multiply(old, m.number(beta)), algebra.multiply(to, m.number(1 - beta)))
  const first = towards(m.dense(i.m, [i.size]), g, i.beta1)
  const second = towards(m.dense(i.v, [i.size]), m.square(g), i.beta2)
  const p = m.dense(i.p, [i.size])
  const length = algebra.sqrt(algebra.divide(second, m.dense(i.schedule + 2, [1])))
  const step = algebra.divide(
    algebra.divide(first, m.dense(i.schedule + 1, [1])),
    algebra.add(length, m.number(i.epsilon)),
  )
  const whole = algebra.add(step, algebra.multiply(p, m.number(i.decay)))
  put(i.p, algebra.subtract(p, algebra.multiply(rate, whole)))
  put(i.m, first)
  put(i.v, second)
}

export const sgdNesterov: Rule<'sgdNesterov'> = (m, i) => {
  const { algebra } = m
  const { g, rate, put } = prepare(m, i)
  const p = m.dense(i.p, [i.size])
  const gradient = algebra.add(g, algebra.multiply(p, m.number(i.decay)))
  const momentum = m.number(i.momentum)
  const velocity = algebra.add(algebra.multiply(m.dense(i.m, [i.size]), momentum), gradient)
  const step = algebra.add(gradient, algebra.multiply(velocity, momentum))
  put(i.p, algebra.subtract(p, algebra.multiply(rate, step)))
  put(i.m, velocity)
}
