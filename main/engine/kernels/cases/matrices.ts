import { Draft, type Case } from './draft.ts'

export function elementwiseCases(size: number, accumulate = 0): Case[] {
  const draft = new Draft(`elementwise, ${size} floats${accumulate ? ', accumulate' : ''}`)
  const [a, b] = [draft.area(size, () => 4 * Math.sin(size + draft['values'].length)), draft.dense(size)]
  const to = (): number => draft.dense(size)
  draft.call('fill', [to(), size], [1.5])
  draft.call('scale', [a, to(), size, accumulate], [0.7])
  draft.call('add', [a, b, to(), size])
  draft.call('multiply', [a, b, to(), size, accumulate])
  draft.call('leakyRelu', [a, to(), size], [0.01])
  draft.call('leakyReluGrad', [a, b, to(), size, accumulate], [0.01])
  for (const kind of [0, 1]) {
    const y = to()
    draft.call('squash', [a, y, size, kind])
    draft.call('squash', [b, to(), size, kind])
    draft.call('squashGrad', [y, b, to(), size, kind, accumulate])
  }
  return [draft.done()]
}

export function matrixCases(m: number, n: number, k: number, accumulate = 0): Case[] {
  const cases: Case[] = []
  for (const transposeA of [0, 1])
    for (const transposeB of [0, 1]) {
      const draft = new Draft(
        `matrix product ${m}×${k} · ${k}×${n}, transposed ${transposeA}${transposeB}${accumulate ? ', accumulate' : ''}`,
      )
      const [a, b, c] = [draft.dense(m * k), draft.dense(k * n), draft.dense(m * n)]
      draft.call('matmul', [a, b, accumulate ? -1 : draft.dense(n), c, m, n, k, transposeA, transposeB, accumulate])
      cases.push(draft.done())
    }
  const rows = new Draft(`rows ${m}×${n}${accumulate ? ', accumulate' : ''}`)
  const x = rows.dense(m * n)
  rows.call('rowSum', [x, rows.dense(n), m, n, accumulate])
  const index = rows.whole(k, -1, m)
  rows.call('gatherRows', [x, index, rows.area(k * n), k, n, m])
  rows.call('gatherRowsGrad', [rows.dense(k * n), index, rows.dense(m * n), k, n, m])
  rows.call('copyColumns', [x, rows.dense(m * (n + 4)), m, n, n + 4, 0, 3, n, accumulate])
  const [unit, norms] = [rows.area(m * n), rows.area(m)]
  for (const epsilon of [1e-6, 1]) {
    rows.call('normaliseRows', [x, unit, norms, m, n], [epsilon])
    rows.call('normaliseRowsGrad', [unit, norms, rows.dense(m * n), rows.dense(m * n), m, n, accumulate], [epsilon])
  }
  const target = rows.whole(m, -1, n)
  rows.call('softmaxCrossEntropy', [x, target, rows.area(m * n), rows.area(1), rows.area(1), m, n])
  return [...cases, rows.done()]
}
