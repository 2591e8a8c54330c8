/** Convolutions as implicit matrix products (gemm.ts). The halo of zeros takes the place of every test for borders. */
import { partialSlabs } from '../kernels/sizes.ts'
import { kernels, type KernelName } from '../kernels/table.ts'
import { gemm } from './gemm.ts'
import { cell, clearHalo, each, type Extent } from './places.ts'
import type { Args, Builder, Stage } from './shader.ts'

type Three = readonly [number, number, number]

/** Sizes that convolutions have in common. */
const sizes = (a: Args) => ({
  kernel: [a.kd, a.kh, a.kw] as Three,
  stride: [a.sd, a.sh, a.sw] as Three,
  pad: [a.kd >> 1, a.kh >> 1, a.kw >> 1] as Three,
  taps: a.kd * a.kh * a.kw,
  input: { n: a.n, d: a.xd, h: a.xh, w: a.xw, c: a.ci } as Extent,
  output: { n: a.n, d: a.d, h: a.h, w: a.w, c: a.co } as Extent,
})

/** Numbers the points of a grid in a volume: n, then start + step·(d, h, w). Gives the index of channel 0. */
const gridCell = (name: string, of: Extent, grid: Three, step: Three, start: Three): string => `
${cell(`${name}_cell`, of)}
fn ${name}(point: u32) -> u32 {
  let w = point % ${grid[2]}u; let row = point / ${grid[2]}u;
  let h = row % ${grid[1]}u; let plane = row / ${grid[1]}u;
  return ${name}_cell(plane / ${grid[0]}u, ${[`plane % ${grid[0]}u`, 'h', 'w'].map((v, i) => `${v} * ${step[i]}u + ${start[i] >>> 0}u`).join(', ')});
}`

/** Body of a function of k = tap·channels + channel: floats from a cell to its neighbour. Steps of the taps in voxels. */
const neighbour = (of: Extent, taps: Three, channels: number, step: Three = [1, 1, 1]): string => {
  const [plane, row] = [(of.h + 2) * (of.w + 2) * of.c, (of.w + 2) * of.c]
  return `let tap = k / ${channels}u;
  let i = tap / ${taps[1] * taps[2]}u; let j = tap / ${taps[2]}u % ${taps[1]}u; let l = tap % ${taps[2]}u;
  return i * ${(step[0] * plane) >>> 0}u + j * ${(step[1] * row) >>> 0}u + l * ${(step[2] * of.c) >>> 0}u + k % ${channels}u;`
}

const negative = (v: Three): Three => [-v[0], -v[1], -v[2]]
/** Statements that store, or add, a value at `place + column`. */
const store = (tensor: string, accumulate: number, value = 'value'): string =>
  `let at = place + column; write_${tensor}(at, ${value}${accumulate ? ` + read_${tensor}(at)` : ''});`

/** Filters as rows of tap and input channel, with the output channels rounded up to 16. */
export const packFilter: Builder = ({ taps, ci, co, transpose }) => {
  const [inputs, outputs] = transpose ? [co, ci] : [ci, co]
  const width = Math.ceil(outputs / 16) * 16
  const from = transpose
    ? `((TAPS - 1u - row / ${inputs}u) * CI + column) * CO + row % ${inputs}u`
    : `row * CO + column`
  return [
    each(
      taps * inputs * width,
      `let row = i / ${width}u; let column = i % ${width}u;
  var value = 0.0;
  if (column < ${outputs}u) { value = read_filter(${from}); }
  write_packed(i, value);`,
    ),
  ]
}

export const conv: Builder = (a) => {
  const { kernel, stride, pad, taps, input, output } = sizes(a)
  const grid: Three = [a.d, a.h, a.w]
  const width = Math.ceil(a.co / 16) * 16
  const product = gemm({
    rows: a.n * a.d * a.h * a.w,
    columns: a.co,
    depth: taps * a.ci,
    helpers:
      gridCell('source', input, grid, stride, negative(pad)) + gridCell('to', output, grid, [1, 1, 1], [0, 0, 0]),
    a: { tensor: 'x', row: 'return source(row);', depth: neighbour(input, kernel, a.ci), fast: 'depth' },
    b: { tensor: 'packed', depth: `return k * ${width}u;`, column: 'return column;' },
    target: 'return to(row);',
    finish: store('y', a.accumulate, a.bias < 0 ? 'value' : 'value + read_bias(column)'),
  })
  return a.accumulate ? product : [...product, clearHalo('y', output)]
}

/**
 * With stride 2 the voxels of dx fall into classes by parity, and each class has its own few taps: one product per class,
 * without a multiplication by zero.
 */
export const convInputGradStrided: Builder = (a) => {
  const { kernel, stride, pad, input, output } = sizes(a)
  const axes = [a.xd, a.xh, a.xw].map((size, i) =>
    [...Array(stride[i]).keys()].map((start) => {
      const taps = [...Array(kernel[i]).keys()].filter((tap) => (start + pad[i] - tap) % stride[i] === 0)
      // Position start + stride·q takes output q + (start + pad - tap) / stride: one less for each further tap.
      return {
        start,
        count: Math.ceil((size - start) / stride[i]),
        taps,
        first: taps.length ? (start + pad[i] - taps[0]) / stride[i] : 0,
      }
    }),
  )
  const stages: Stage[] = []
  for (const d of axes[0])
    for (const h of axes[1])
      for (const w of axes[2]) {
        const of = [d, h, w]
        const three = (value: (axis: (typeof of)[number]) => number) => of.map(value) as unknown as Three
        const grid = three(({ count }) => count)
        const taps = three((axis) => axis.taps.length)
        const [rows, depth] = [a.n * grid[0] * grid[1] * grid[2], taps[0] * taps[1] * taps[2] * a.co]
        if (rows === 0 || (depth === 0 && a.accumulate)) continue
        const [i, j, l] = [
          ['tap', taps[1] * taps[2], taps[0]],
          ['tap', taps[2], taps[1]],
          ['tap', 1, taps[2]],
        ].map(([name, by, size], n) => {
          const first = of[n].taps[0] ?? 0
          return `(${name} / ${Math.max(1, Number(by))}u % ${Math.max(1, Number(size))}u * ${stride[n]}u + ${first}u)`
        })
        stages.push(
          ...gemm({
            rows,
            columns: a.ci,
            depth,
            helpers:
              gridCell(
                'source',
                output,
                grid,
                [1, 1, 1],
                three(({ first }) => first),
              ) +
              gridCell(
                'to',
                input,
                grid,
                stride,
                three(({ start }) => start),
              ),
            a: {
              tensor: 'dy',
              row: 'return source(row);',
              depth: depth ? neighbour(output, taps, a.co, [-1, -1, -1]) : 'return 0u;',
              fast: 'depth',
            },
            b: {
              tensor: 'filter',
              depth: `let tap = k / CO; return ((${i} * KH + ${j}) * KW + ${l}) * CI * CO + k % CO;`,
              column: 'return column * CO;',
            },
            target: 'return to(row);',
            finish: store('dx', a.accumulate),
          }),
        )
      }
  return a.accumulate ? stages : [...stages, clearHalo('dx', input)]
}

/** Sums go to the first slab; the others are zero. */
const storeSlabs = (kernel: KernelName, a: Args, size: number, index: string): string => {
  const names: readonly string[] = kernels[kernel].ints
  const slabs = partialSlabs(
    kernel,
    names.map((name) => a[name]),
  )
  return `let at = ${index}; write_partial(at, value);
  for (var slab = 1u; slab < ${slabs}u; slab++) { write_partial(slab * ${size}u + at, 0.0); }`
}

export const convFilterGradPartial: Builder = (a) => {
  const { kernel, stride, pad, taps, input, output } = sizes(a)
  const grid: Three = [a.d, a.h, a.w]
  return gemm({
    rows: taps * a.ci,
    columns: a.co,
    depth: a.n * a.d * a.h * a.w,
    helpers:
      gridCell('source', input, grid, stride, negative(pad)) + gridCell('to', output, grid, [1, 1, 1], [0, 0, 0]),
    a: {
      tensor: 'x',
      row: `let k = row; ${neighbour(input, kernel, a.ci)}`,
      depth: 'return source(k);',
      fast: 'row',
    },
    b: { tensor: 'dy', depth: 'return to(k);', column: 'return column;' },
    target: 'return row * CO;',
    finish: storeSlabs('convFilterGradPartial', a, taps * a.ci * a.co, 'place + column'),
  })
}

export const reducePartials: Builder = ({ size, accumulate }) => [
  each(
    size,
    `var sum = 0.0;
  for (var slab = 0u; slab < SLABS; slab++) { sum += read_partial(slab * ${size}u + i); }
  ${accumulate ? 'write_out(i, read_out(i) + sum);' : 'write_out(i, sum);'}`,
  ),
]

/** Sizes of transposed convolutions, whose windows do not overlap. */
const upSizes = (a: Args) => ({
  grid: [a.d, a.h, a.w] as Three,
  stride: [a.sd, a.sh, a.sw] as Three,
  taps: a.sd * a.sh * a.sw,
  small: { n: a.n, d: a.d, h: a.h, w: a.w, c: a.ci } as Extent,
  large: { n: a.n, d: a.d * a.sd, h: a.h * a.sh, w: a.w * a.sw, c: a.co } as Extent,
})

export const convTransposed: Builder = (a) => {
  const { grid, stride, taps, small, large } = upSizes(a)
  const product = gemm({
    rows: a.n * a.d * a.h * a.w,
    columns: taps * a.co,
    depth: a.ci,
    helpers:
      gridCell('source', small, grid, [1, 1, 1], [0, 0, 0]) +
      gridCell('to', large, grid, stride, [0, 0, 0]) +
      `fn part(k: u32) -> u32 { ${neighbour(large, stride, a.co)} }`,
    a: { tensor: 'x', row: 'return source(row);', depth: 'return k;', fast: 'depth' },
    b: { tensor: 'filter', depth: 'return k * CO;', column: 'return column / CO * CI * CO + column % CO;' },
    target: 'return to(row);',
    finish: `write_y(place + part(column), value${a.bias < 0 ? '' : ' + read_bias(column % CO)'});`,
  })
  return [...product, clearHalo('y', large)]
}

export const convTransposedInputGrad: Builder = (a) => {
  const { grid, stride, taps, small, large } = upSizes(a)
  const product = gemm({
    rows: a.n * a.d * a.h * a.w,
    columns: a.ci,
    depth: taps * a.co,
    helpers: gridCell('source', large, grid, stride, [0, 0, 0]) + gridCell('to', small, grid, [1, 1, 1], [0, 0, 0]),
    a: { tensor: 'dy', row: 'return source(row);', depth: neighbour(large, stride, a.co), fast: 'depth' },
    b: { tensor: 'filter', depth: 'return k / CO * CI * CO + k % CO;', column: 'return column * CO;' },
    target: 'return to(row);',
    finish: store('dx', a.accumulate),
  })
  return a.accumulate ? product : [...product, clearHalo('dx', small)]
}

export const convTransposedFilterGradPartial: Builder = (a) => {
  const { grid, stride, taps, small, large } = upSizes(a)
  return gemm({
    rows: a.ci,
    columns: taps * a.co,
    depth: a.n * a.d * a.h * a.w,
    helpers: gridCell('source', small, grid, [1, 1, 1], [0, 0, 0]) + gridCell('to', large, grid, stride, [0, 0, 0]),
    a: { tensor: 'x', row: 'return row;', depth: 'return source(k);', fast: 'row' },
    b: { tensor: 'dy', depth: 'return to(k);', column: `let k = column; ${neighbour(large, stride, a.co)}` },
    target: 'return row;',
    finish: storeSlabs(
      'convTransposedFilterGradPartial',
      a,
      taps * a.ci * a.co,
      '(column / CO * CI + place) * CO + column % CO',
    ),
  })
}
