/**
 * Matrix product C[m,n] = Σk A[m,k]·B[k,n] in tiles: what all convolutions and matrix products here are made of.
 *
 * A and B are never laid out as matrices: an element's address is a sum of a part that depends on the row (or column)
 * and a part that depends on k ("implicit GEMM", Chetlur et al. 2014). Each workgroup of 128 invocations makes one tile of
 * C; slices of 16 k are brought to workgroup memory, from which every invocation takes vectors of 4 for its block of 4×4,
 * 8×4 or 8×8 sums in registers. Where there are few tiles and many k, the k are split over workgroups; a second stage
 * adds the parts. That also bounds the length of float32 sums.
 */
import type { Stage } from './shader.ts'

export interface Gemm {
  readonly rows: number
  readonly columns: number
  readonly depth: number
  /** Tensor A with bodies of `fn(row: u32) -> u32` and `fn(k: u32) -> u32` (wrapping, so that k may step back). */
  readonly a: { readonly tensor: string; readonly row: string; readonly depth: string; readonly fast: 'row' | 'depth' }
  /** Tensor B with bodies of `fn(k: u32) -> u32` and `fn(column: u32) -> u32`. */
  readonly b: { readonly tensor: string; readonly depth: string; readonly column: string }
  /** Body of `fn(row: u32) -> u32`: something about a row that `finish` needs, such as the address of its first element. */
  readonly target: string
  /** Statements that store `value: f32` of `row`, `column`, `place` (from target). */
  readonly finish: string
  /** WGSL functions that the bodies use. */
  readonly helpers?: string
}

interface Tile {
  readonly rows: number
  readonly columns: number
  /** Sums of one invocation. */
  readonly perRow: 4 | 8
  readonly perColumn: 4 | 8
}

const slice = 16
const lanes = 128
/** Workgroups that keep a large GPU busy. */
const enough = 264
/** Shortest run of k that is worth a workgroup, longest that a float32 sum should have. */
const [shortest, longest] = [256, 8192]
/** Floats of scratch for split sums. */
const mostScratch = 2 ** 24

const count = (total: number, part: number): number => Math.ceil(total / part)

function chooseTile(rows: number, columns: number): Tile {
  if (columns <= 16) return { rows: 128, columns: 16, perRow: 4, perColumn: 4 }
  if (columns <= 32) return { rows: 128, columns: 32, perRow: 8, perColumn: 4 }
  const many = count(rows, 128) * count(columns, 64) >= enough
  return many ? { rows: 128, columns: 64, perRow: 8, perColumn: 8 } : { rows: 64, columns: 64, perRow: 8, perColumn: 4 }
}

function chooseSplits(rows: number, columns: number, depth: number, tiles: number): number {
  const wanted = Math.max(count(enough, tiles), count(depth, longest))
  const possible = Math.min(Math.floor(depth / shortest), Math.floor(mostScratch / (rows * columns)))
  return Math.max(1, Math.min(wanted, possible))
}

const range = (n: number): number[] => [...Array(n).keys()]
const text = <T>(items: readonly T[], line: (item: T, i: number) => string): string => items.map(line).join('\n')

/** The stages of a product. */
export function gemm(spec: Gemm): Stage[] {
  const { rows, columns, depth, a, b, helpers = '' } = spec
  const tile = chooseTile(rows, columns)
  const [rowTiles, columnTiles] = [count(rows, tile.rows), count(columns, tile.columns)]
  const splits = chooseSplits(rows, columns, depth, rowTiles * columnTiles)
  const span = Math.max(slice, count(count(depth, splits), slice) * slice)
  const parts = Math.max(1, count(depth, span))
  const across = tile.columns / tile.perColumn
  const [rowVectors, columnVectors] = [tile.rows / 4, tile.columns / 4]
  /** Vectors of A and B that an invocation brings per slice. */
  const [loadsA, loadsB] = [(rowVectors * slice) / lanes, (columnVectors * slice) / lanes]
  const strideA = rowVectors + 1
  const blocks = { rows: range(tile.perRow / 4), columns: range(tile.perColumn / 4) }
  const xyzw = ['x', 'y', 'z', 'w']

  // Which vector of a slice an invocation brings: k fastest or rows fastest, whichever is contiguous in memory.
  const placeA = (j: number) =>
    a.fast === 'depth'
      ? { k: `lane % ${slice}u`, vector: `lane / ${slice}u + ${(j * lanes) / slice}u` }
      : { k: `lane / ${rowVectors}u + ${(j * lanes) / rowVectors}u`, vector: `lane % ${rowVectors}u` }
  const bring = (tensor: string, address: (e: number) => string, k: string, table: number, to: string) =>
    `{ let k = ${k}; var v = vec4<operand>();
       if (k0 + k < last) {
         let at = depths[half + ${table}u + k];
         v = vec4<operand>(${range(4)
           .map((e) => `operand_${tensor}(${address(e)} + at)`)
           .join(', ')});
       }
       ${to} = v; }`

  const code = `
${helpers}
fn row_a(row: u32) -> u32 { ${a.row} }
fn depth_a(k: u32) -> u32 { ${a.depth} }
fn depth_b(k: u32) -> u32 { ${b.depth} }
fn column_b(column: u32) -> u32 { ${b.column} }
fn target_of(row: u32) -> u32 { ${spec.target} }
fn finish(row: u32, column: u32, place: u32, value: f32) { ${spec.finish} }
var<workgroup> tile_a: array<vec4<operand>, ${slice * strideA}>;
var<workgroup> tile_b: array<vec4<operand>, ${slice * columnVectors}>;
// The parts of the addresses that depend on the k of this slice and, made while it is worked on, of the next: A's, then B's.
var<workgroup> depths: array<u32, ${4 * slice}>;
// The parts that depend on the row or column, and what finish wants to know of a row.
var<workgroup> rows_a: array<u32, ${tile.rows}>;
var<workgroup> columns_b: array<u32, ${tile.columns}>;
var<workgroup> targets: array<u32, ${tile.rows}>;

fn look_up(k0: u32, last: u32, half: u32, lane: u32) {
  let k = k0 + lane % ${slice}u;
  if (lane >= ${2 * slice}u || k >= last) { return; }
  if (lane < ${slice}u) { depths[half + lane] = depth_a(k); } else { depths[half + lane] = depth_b(k); }
}

fn store(row: u32, split: u32, column: u32, values: vec4<f32>) {
  for (var e = 0u; e < 4u; e++) {
    if (column + e < ${columns}u) {
      ${parts === 1 ? `finish(row, column + e, targets[row % ${tile.rows}u], values[e] * unscale());` : `scratch[(split * ${rows}u + row) * ${columns}u + column + e] = values[e];`}
    }
  }
}

fn run(group: u32, lane: u32) {
  let split = group / ${rowTiles * columnTiles}u;
  let tile = group % ${rowTiles * columnTiles}u;
  let row0 = tile / ${columnTiles}u * ${tile.rows}u;
  let column0 = tile % ${columnTiles}u * ${tile.columns}u;
  let ty = lane / ${across}u;
  let tx = lane % ${across}u;
  let first = split * ${span}u;
  let last = min(first + ${span}u, ${depth}u);
  for (var i = lane; i < ${tile.rows}u; i += ${lanes}u) {
    let row = min(row0 + i, ${rows - 1}u);
    rows_a[i] = row_a(row);
    ${parts === 1 ? 'targets[i] = target_of(row);' : ''}
  }
  if (lane < ${tile.columns}u) { columns_b[lane] = column_b(min(column0 + lane, ${columns - 1}u)); }
  var half = 0u;
  look_up(first, last, 0u, lane);
  workgroupBarrier();
${text(range(a.fast === 'row' ? 1 : loadsA), (j) => text(range(4), (e) => `  let a${j}_${e} = rows_a[(${placeA(j).vector}) * 4u + ${e}u];`))}
${text(range(4), (e) => `  let b_${e} = columns_b[lane % ${columnVectors}u * 4u + ${e}u];`)}
${text(blocks.rows, (q) => text(range(4), (e) => text(blocks.columns, (p) => `  var s${q}_${e}_${p} = vec4<f32>();`)))}
  for (var k0 = first; k0 < last; k0 += ${slice}u) {
${text(range(loadsA), (j) => {
  const { k, vector } = placeA(j)
  const rowsOf = a.fast === 'row' ? 0 : j
  return bring(a.tensor, (e) => `a${rowsOf}_${e}`, k, 0, `tile_a[k * ${strideA}u + ${vector}]`)
})}
${text(range(Math.max(1, loadsB)), (j) => {
  const k = `(lane / ${columnVectors}u + ${(j * lanes) / columnVectors}u)`
  const lines = bring(b.tensor, (e) => `b_${e}`, k, slice, `tile_b[k * ${columnVectors}u + lane % ${columnVectors}u]`) // prettier-ignore
  return loadsB < 1 ? `if (lane < ${columnVectors * slice}u) ${lines}` : lines
})}
    half = ${2 * slice}u - half;
    look_up(k0 + ${slice}u, last, half, lane);
    workgroupBarrier();
    for (var k = 0u; k < ${slice}u; k++) {
${text(blocks.rows, (q) => `      let a${q} = vec4<f32>(tile_a[k * ${strideA}u + ty + ${(q * rowVectors) / blocks.rows.length}u]);`)}
${text(blocks.columns, (p) => `      let b${p} = vec4<f32>(tile_b[k * ${columnVectors}u + tx + ${(p * columnVectors) / blocks.columns.length}u]);`)}
${text(blocks.rows, (q) => text(xyzw, (x, e) => text(blocks.columns, (p) => `      s${q}_${e}_${p} = fma(vec4<f32>(a${q}.${x}), b${p}, s${q}_${e}_${p});`)))}
    }
    workgroupBarrier();
  }
${text(blocks.rows, (q) =>
  text(range(4), (e) => {
    const row = `row0 + ty * 4u + ${(q * tile.rows) / blocks.rows.length + e}u`
    return `  { let row = ${row}; if (row < ${rows}u) { ${blocks.columns
      .map(
        (p) =>
          `store(row, split, column0 + tx * 4u + ${(p * tile.columns) / blocks.columns.length}u, s${q}_${e}_${p});`,
      )
      .join(' ')} } }`
  }),
)}
}`
  const main: Stage = {
    code,
    groups: rowTiles * columnTiles * parts,
    lanes,
    workPerGroup: 2 * tile.rows * tile.columns * Math.min(span, depth),
    scratch: parts > 1 ? parts * rows * columns : 0,
    operands: [a.tensor, b.tensor],
  }
  if (parts === 1) return [main]
  const add: Stage = {
    code: `
${helpers}
fn target_of(row: u32) -> u32 { ${spec.target} }
fn finish(row: u32, column: u32, place: u32, value: f32) { ${spec.finish} }
fn run(group: u32, lane: u32) {
  let i = group * 256u + lane;
  if (i >= ${rows * columns}u) { return; }
  // Four sums side by side: shorter chains, smaller rounding errors.
  var sums = vec4<f32>();
  var part = 0u;
  for (; part + 4u <= ${parts}u; part += 4u) {
    let at = part * ${rows * columns}u + i;
    sums += vec4<f32>(scratch[at], scratch[at + ${rows * columns}u], scratch[at + ${2 * rows * columns}u], scratch[at + ${3 * rows * columns}u]);
  }
  for (; part < ${parts}u; part++) { sums.x += scratch[part * ${rows * columns}u + i]; }
  let row = i / ${columns}u;
  finish(row, i % ${columns}u, target_of(row), ((sums.x + sums.y) + (sums.z + sums.w)) * unscale());
}`,
    groups: count(rows * columns, 256),
    workPerGroup: 256 * 10 * parts,
    scratch: parts * rows * columns,
    operands: [a.tensor, b.tensor],
  }
  return [main, add]
}
