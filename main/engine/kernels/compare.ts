import type { Backend } from './backend.ts'
import type { Case } from './cases.ts'
import { openReference } from './reference-backend.ts'

/** How far values may be from the right ones. */
export interface Tolerance {
  /** Relative to the largest of so many neighbours. */
  readonly relative: number
  readonly neighbours: number
}

/** Single precision over long sums. Tensors begin at multiples of 16, so 16 neighbours are of one tensor. */
const single: Tolerance = { relative: 3e-5, neighbours: 16 }

/** The arena as the plain kernels leave it. */
export function expected(test: Case): Float32Array {
  const floats = test.arena.slice()
  const backend = openReference(floats)
  backend.run(backend.load(test.calls))
  return floats
}

/** Run a case on a back end (at `offset` 0 of its arena) and give what it leaves. */
export function outcome(backend: Backend, test: Case): Float32Array {
  if (backend.floats.length < test.arena.length) throw new Error(`The arena is too small for: ${test.name}`)
  backend.floats.set(test.arena)
  backend.run(backend.load(test.calls))
  return backend.floats.slice(0, test.arena.length)
}

/** A sentence on the first difference that matters, or undefined. */
export function difference(
  test: Case,
  wanted: Float32Array,
  found: Float32Array,
  { relative, neighbours } = single,
): string | undefined {
  const free = new Uint8Array(wanted.length)
  for (const [from, to] of test.free) free.fill(1, from, to)
  for (let from = 0; from < wanted.length; from += neighbours) {
    const to = Math.min(from + neighbours, wanted.length)
    let size = 0
    for (let i = from; i < to; i++)
      // Garbage around 1000 must stay exactly; it says nothing of the size of results.
      if (!free[i] && wanted[i] !== test.arena[i] && Number.isFinite(wanted[i]))
        size = Math.max(size, Math.abs(wanted[i]))
    for (let i = from; i < to; i++) {
      if (free[i] || Object.is(wanted[i], found[i])) continue
      const untouched = wanted[i] === test.arena[i]
      const error = Math.abs(wanted[i] - found[i])
      if (untouched && wanted[i] > 700 ? error > 0 : !(error <= relative * Math.max(size, 1e-3)))
        return `${test.name}: at ${i}, ${found[i]} instead of ${wanted[i]}`
    }
  }
  return undefined
}
