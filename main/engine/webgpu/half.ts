/**
 * Half precision for convolutions: what is multiplied is stored as f16, what is summed stays f32. Products of f16 are exact
 * in f32, so all that is lost are the last 13 of 24 bits of each factor. Gradients would lose more, as most of them are
 * smaller than the smallest f16: so each operand is first brought near 2^12 by a power of two, found from its largest value
 * on the GPU, which the result is multiplied back by ("block floating point", Wilkinson 1963).
 */
import type { Case } from '../kernels/cases.ts'
import type { Tolerance } from '../kernels/compare.ts'
import { extentsOf } from '../kernels/extents.ts'
import type { KernelCall } from '../kernels/table.ts'
import { each } from './places.ts'
import { reduce } from './reduce.ts'
import type { Stage } from './shader.ts'

const isNarrow = ({ kernel }: KernelCall): boolean => kernel.startsWith('conv')

/** Type of the elements of `halves`. f32, rounded to what f16 can hold, serves to test all of this on GPUs without f16. */
export type HalfType = 'f16' | 'f32'

export const halfBytes: Readonly<Record<HalfType, number>> = { f16: 2, f32: 4 }

/**
 * What a case may differ by; the usual where nothing is in half precision. Relative to the largest of all results: where large
 * terms cancel out, what is left of their last digits is not small beside the result.
 */
export const halfTolerance = (test: Case): Tolerance | undefined =>
  test.calls.some(isNarrow) ? { relative: 2e-3, neighbours: Infinity } : undefined

/** Where the operands of a call lie in half precision. */
export interface HalfPlaces {
  /** First element in `halves`, by operand. */
  readonly starts: ReadonlyMap<string, number>
  /** Where in `scratch` the power of two lies by which the operand's elements are multiplied back, by operand. */
  readonly scales: ReadonlyMap<string, number>
  /** Elements of `halves`. */
  readonly size: number
}

/** The stages of a call with those before them that make its operands; null places where it has no operands. */
export function narrow(
  call: KernelCall,
  stages: readonly Stage[],
  type: HalfType,
): { stages: Stage[]; places: HalfPlaces | null } {
  const operands = [...new Set(stages.flatMap((stage) => stage.operands ?? []))]
  // Matrix products (of heads, recurrent units, contrastive losses) are small, and stay as they are.
  if (operands.length === 0 || !isNarrow(call)) return { stages: [...stages], places: null }
  const extents = extentsOf(call)
  const [starts, scales] = [new Map<string, number>(), new Map<string, number>()]
  // Beyond what the stages themselves keep there, and the sums over an operand (reduce.ts).
  let scale = Math.max(4096, ...stages.map((stage) => stage.scratch ?? 0))
  let start = 0
  const before: Stage[] = []
  for (const operand of operands) {
    starts.set(operand, start)
    scales.set(operand, scale)
    before.push(...toHalf(operand, extents[operand], start, scale, type))
    start += extents[operand]
    scale += 2
  }
  return { stages: [...before, ...stages], places: { starts, scales, size: start } }
}

/** The power of two to `scratch[scale]`, its inverse beside it; then the elements. */
function toHalf(tensor: string, size: number, start: number, scale: number, type: HalfType): Stage[] {
  const rounded = type === 'f16' ? 'f16' : 'quantizeToF16'
  const [largest, found] = reduce({
    samples: 1,
    channels: 1,
    items: size,
    item: `state.x = max(state.x, abs(read_${tensor}(v)));`,
    merge: 'return max(a, b);',
    // A float with this exponent and nothing behind the point. (Infinity and NaN stay what they are, however scaled.)
    finish: `let e = clamp(frexp(total.x).exp - 12, -110, 110);
  scratch[${scale}u] = bitcast<f32>(u32(127 + e) << 23u);
  scratch[${scale + 1}u] = bitcast<f32>(u32(127 - e) << 23u);`,
    work: 12,
  })
  const convert = each(size, `halves[${start}u + i] = ${rounded}(read_${tensor}(i) * scratch[${scale + 1}u]);`)
  return [largest, { ...found, scratch: scale + 2 }, convert]
}
