import type { Kernel } from './kernel.ts'

export const fill: Kernel = (floats, ints, reals, thread) => {
  if (thread !== 0) return
  const [y, size] = Array.from(ints)
  floats.fill(reals[0], y, y + size)
}

export const scale: Kernel = (floats, ints, reals, thread) => {
  if (thread !== 0) return
  const [x, y, size, accumulate] = Array.from(ints)
  for (let i = 0; i < size; i++) floats[y + i] = reals[0] * floats[x + i] + (accumulate ? floats[y + i] : 0)
}

export const add: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [a, b, y, size] = Array.from(ints)
  for (let i = 0; i < size; i++) floats[y + i] = floats[a + i] + floats[b + i]
}

export const multiply: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [a, b, y, size, accumulate] = Array.from(ints)
  for (let i = 0; i < size; i++) floats[y + i] = floats[a + i] * floats[b + i] + (accumulate ? floats[y + i] : 0)
}

export const leakyRelu: Kernel = (floats, ints, reals, thread) => {
  if (thread !== 0) return
  const [x, y, size] = Array.from(ints)
  for (let i = 0; i < size; i++) floats[y + i] = floats[x + i] > 0 ? floats[x + i] : reals[0] * floats[x + i]
}

export const leakyReluGrad: Kernel = (floats, ints, reals, thread) => {
  if (thread !== 0) return
  const [y, dy, dx, size, accumulate] = Array.from(ints)
  for (let i = 0; i < size; i++)
    floats[dx + i] = floats[dy + i] * (floats[y + i] > 0 ? 1 : reals[0]) + (accumulate ? floats[dx + i] : 0)
}

export const squash: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [x, y, size, kind] = Array.from(ints)
  for (let i = 0; i < size; i++) floats[y + i] = kind ? Math.tanh(floats[x + i]) : 1 / (1 + Math.exp(-floats[x + i]))
}

export const squashGrad: Kernel = (floats, ints, _reals, thread) => {
  if (thread !== 0) return
  const [y, dy, dx, size, kind, accumulate] = Array.from(ints)
  for (let i = 0; i < size; i++) {
    const value = floats[y + i]
    const slope = kind ? 1 - value * value : value * (1 - value)
    floats[dx + i] = floats[dy + i] * slope + (accumulate ? floats[dx + i] : 0)
  }
}
