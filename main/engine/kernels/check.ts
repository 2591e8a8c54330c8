import { extentsOf, mayBeAbsent } from './extents.ts'
import { kernels, type KernelCall, type KernelName } from './table.ts'

/** Largest number of floats of an arena: offsets are 32-bit integers. */
export const mostFloats = 2 ** 31 - 64

const flags: readonly string[] = ['accumulate', 'transpose', 'transposeA', 'transposeB', 'batch', 'perSample', 'kind']
/** Places of channels and columns, which count from 0. */
const places: readonly string[] = ['xc', 'yc']

/** The range an argument must be in. */
function range(kernel: KernelName, name: string, isOffset: boolean, floats: number): readonly [number, number] {
  if (isOffset) return [mayBeAbsent(kernel, name) ? -1 : 0, floats]
  if (flags.includes(name)) return [0, 1]
  if (/^k[dhw]$/.test(name)) return [1, 3]
  if (/^s[dhw]$/.test(name)) return [1, 2]
  if (places.includes(name)) return [0, mostFloats]
  return [1, mostFloats]
}

/**
 * Throw unless the call fits the kernel table and all it reads and writes lies inside an arena of `floats`: the native
 * kernels trust their arguments.
 */
export function checkCall(call: KernelCall, floats: number): void {
  const signature = kernels[call.kernel]
  if (!signature) throw new Error(`There is no kernel named ${JSON.stringify(call.kernel)}.`)
  const { kernel, ints, reals } = call
  const names: readonly string[] = signature.ints
  if (ints.length !== names.length || reals.length !== signature.reals.length)
    throw new Error(
      `The kernel ${kernel} takes ${names.length} integers and ${signature.reals.length} reals, ` +
        `but was given ${ints.length} and ${reals.length}.`,
    )
  const extents = extentsOf(call)
  const value = (name: string): number => ints[names.indexOf(name)]
  names.forEach((name, i) => {
    const [low, high] = range(kernel, name, name in extents, floats)
    if (!Number.isInteger(ints[i]) || ints[i] < low || ints[i] > high || (/^k[dhw]$/.test(name) && ints[i] === 2))
      throw new Error(`The kernel ${kernel} cannot have ${name} = ${ints[i]}.`)
    if (name in extents && ints[i] >= 0 && ints[i] + extents[name] > floats)
      throw new Error(
        `The kernel ${kernel} needs ${extents[name]} floats at ${name} = ${ints[i]}, but the arena has only ${floats}.`,
      )
  })
  // Each output voxel's neighbourhood must lie inside the input and its halo.
  if (names.includes('xd')) {
    const pooled = kernel.startsWith('maxPool')
    for (const axis of ['d', 'h', 'w']) {
      const [size, stride, whole] = [value(axis), value(`s${axis}`), value(`x${axis}`)]
      const right = pooled ? size * stride <= whole && whole < (size + 1) * stride : size === Math.ceil(whole / stride)
      if (!right)
        throw new Error(`The kernel ${kernel} cannot make ${axis} = ${size} from ${whole} at stride ${stride}.`)
    }
  }
  for (const [from, to] of [
    ['xC', 'xc'],
    ['yC', 'yc'],
  ])
    if (names.includes(from) && value(to) + value('c') > value(from))
      throw new Error(`The kernel ${kernel} has no ${value('c')} channels from ${value(to)} on in ${value(from)}.`)
}
