/**
 * How a kernel call becomes WGSL.
 *
 * A kernel is one or more *stages*; a stage is a WGSL function `run(group, lane)` over workgroups numbered from 0, so
 * that any dispatch can be cut into pieces (see executor.ts). The shape of a call is written into the text as constants
 * (the compiler then divides by them cheaply); offsets, reals and `size` come from a uniform, so calls that differ in
 * those only share a pipeline.
 *
 * What a stage's text may use
 * - `N`, `CI`, … every other integer argument in capitals (`xC` is `X_C`), unsigned
 * - `read_x(i)` and `write_x(i, value)` for every tensor argument `x`; an absent one reads as 0
 * - `$slope`, `$size`: reals and the size; `$not_beta1`: 1 - beta1, which float32 cannot find from beta1
 * - `scratch`: an array of floats that no other call needs while this one runs
 * - `operand_x(i)`, of the type `operand`, for the tensors that it names as its operands: f32, or f16 where the executor
 *   computes in half precision (half.ts); `unscale()`, by which the products of two operands are to be multiplied
 */
import { extentsOf } from '../kernels/extents.ts'
import { kernels, type KernelCall } from '../kernels/table.ts'
import type { HalfPlaces, HalfType } from './half.ts'

/** Integer arguments of a call by name. */
export type Args = Readonly<Record<string, number>>

export interface Stage {
  /** WGSL with a function `run(group: u32, lane: u32)`. */
  readonly code: string
  readonly groups: number
  /** Invocations in a workgroup; 256 unless it is said otherwise. */
  readonly lanes?: number
  /** Roughly how many operations one workgroup takes, a memory access counted as ten: for cutting work into submissions. */
  readonly workPerGroup: number
  /** Floats of scratch. */
  readonly scratch?: number
  /** Tensors that are factors of products, and may be read in half precision. */
  readonly operands?: readonly string[]
}

/** A kernel for the shape of a call; where the tensors lie plays no part. */
export type Builder = (args: Args) => Stage[]

/** Where a tensor lies: one of the buffers that make up the arena, or absent (null). */
export type Pages = Readonly<Record<string, number | null>>

/** Bytes of one call's uniform. */
export const uniformBytes = 160
const intsAt = 4
const realsAt = 24
/** The complements 1-x of the reals follow after eight. */
const complements = 8

export function argsOf({ kernel, ints }: KernelCall): Args {
  const names: readonly string[] = kernels[kernel].ints
  return Object.fromEntries(names.map((name, i) => [name, ints[i]]))
}

const constantName = (name: string): string => name.replace(/C$/, '_C').toUpperCase()
const access = (list: string, i: number): string => `P.${list}[${i >> 2}].${'xyzw'[i & 3]}`

/** The buffers that a shader sees: pages of the arena, and `halves` where convolutions are in half precision. */
export interface Buffers {
  readonly pages: number
  readonly half: HalfType | null
}

/** Storage buffers before the pages: scratch, and halves. */
export const buffersBeside = (half: HalfType | null): number => (half ? 2 : 1)

/**
 * The whole shader of a stage. `lies` tells in which page each tensor of the call lies, `places` where its operands lie in
 * half precision; without, they are read where they are.
 */
export function shaderText(
  call: KernelCall,
  stage: Stage,
  lies: Pages,
  { pages, half }: Buffers,
  places: HalfPlaces | null = null,
): string {
  const { ints, reals } = kernels[call.kernel] as { ints: readonly string[]; reals: readonly string[] }
  const tensors = extentsOf(call)
  const lines = [
    ...(half === 'f16' ? ['enable f16;'] : []),
    'struct Parameters { base: u32, end: u32, nan: u32, pad: u32, ints: array<vec4<u32>, 5>, reals: array<vec4<f32>, 4> }',
    '@group(0) @binding(0) var<uniform> P: Parameters;',
    '@group(0) @binding(1) var<storage, read_write> scratch: array<f32>;',
  ]
  if (half) lines.push(`@group(0) @binding(2) var<storage, read_write> halves: array<${half}>;`)
  const first = 1 + buffersBeside(half)
  for (let i = 0; i < pages; i++)
    lines.push(`@group(0) @binding(${i + first}) var<storage, read_write> page${i}: array<f32>;`)
  ints.forEach((name, i) => {
    if (!(name in tensors)) {
      if (name !== 'size') lines.push(`const ${constantName(name)} = ${call.ints[i]}u;`)
    } else if (lies[name] === null) {
      lines.push(`fn read_${name}(i: u32) -> f32 { return 0.0; }`, `fn write_${name}(i: u32, value: f32) { }`)
    } else {
      const place = `page${lies[name]}[${access('ints', i)} + i]`
      lines.push(`fn read_${name}(i: u32) -> f32 { return ${place}; }`)
      lines.push(`fn write_${name}(i: u32, value: f32) { ${place} = value; }`)
    }
  })
  if (stage.operands) lines.push(...operandText(stage.operands, places, half ?? 'f32'))
  const code = stage.code.replace(/\$(\w+)/g, (_, name: string) => {
    if (name === 'size') return access('ints', ints.indexOf(name))
    return name.startsWith('not_')
      ? access('reals', complements + reals.indexOf(name.slice(4)))
      : access('reals', reals.indexOf(name))
  })
  lines.push(code)
  // A dispatch has at most 65535 workgroups along an axis, hence two of them.
  lines.push(
    `@compute @workgroup_size(${stage.lanes ?? 256})`,
    'fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, @builtin(local_invocation_index) lane: u32) {',
    '  let group = P.base + id.y * count.x + id.x;',
    '  if (group < P.end) { run(group, lane); }',
    '}',
  )
  return lines.join('\n')
}

function operandText(operands: readonly string[], places: HalfPlaces | null, half: HalfType): string[] {
  const type = places ? half : 'f32'
  const value = (operand: string) => (places ? `halves[${places.starts.get(operand)}u + i]` : `read_${operand}(i)`)
  const scales = places ? operands.map((operand) => `scratch[${places.scales.get(operand)}u]`) : ['1.0']
  return [
    `alias operand = ${type};`,
    ...operands.map((operand) => `fn operand_${operand}(i: u32) -> ${type} { return ${value(operand)}; }`),
    `fn unscale() -> f32 { return ${scales.join(' * ')}; }`,
  ]
}

/** Write the uniform of a call for workgroups `base` … `end`-1. `offsets` are within the buffers. */
export function writeUniform(
  bytes: ArrayBuffer,
  at: number,
  call: KernelCall,
  offsets: readonly number[],
  [base, end]: readonly [number, number],
): void {
  const words = new Uint32Array(bytes, at, uniformBytes / 4)
  // Bits of a NaN: WGSL has no way to write one.
  words.set([base, end, 0x7fc00000], 0)
  offsets.forEach((value, i) => (words[intsAt + i] = Math.max(0, value)))
  const floats = new Float32Array(bytes, at, uniformBytes / 4)
  call.reals.forEach((value, i) => {
    floats[realsAt + i] = value
    floats[realsAt + complements + i] = 1 - value
  })
}
