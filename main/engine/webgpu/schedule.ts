/**
 * A list of calls as dispatches: which shader, over which workgroups, with which uniform; cut into submissions of about the
 * same work (pace.ts says how much).
 */
import { checkCall } from '../kernels/check.ts'
import { extentsOf } from '../kernels/extents.ts'
import { kernels, type KernelCall } from '../kernels/table.ts'
import { narrow, type HalfType } from './half.ts'
import type { PageTable } from './pages.ts'
import { argsOf, shaderText, uniformBytes, writeUniform, type Pages } from './shader.ts'
import { builders } from './table.ts'

/** Workgroups along an axis; WebGPU promises 65535. */
const mostGroups = 32768

export interface Step {
  /** Text of the shader, and the kernel that it belongs to. */
  readonly code: string
  readonly label: string
  /** Where its uniform starts, in bytes. */
  readonly uniform: number
  /** Workgroups. */
  readonly x: number
  readonly y: number
}

export interface Schedule {
  readonly submissions: readonly (readonly Step[])[]
  /** All uniforms. */
  readonly uniforms: ArrayBuffer
  /** Floats of scratch that the calls need. */
  readonly scratch: number
  /** Elements of half precision that they need. */
  readonly halves: number
}

export interface Place {
  readonly pages: PageTable
  /** Size of the arena in floats. */
  readonly floats: number
  /** Uniforms start at multiples of this many bytes. */
  readonly alignment: number
  /** Operations per submission. */
  readonly work: number
  /** Convolutions in half precision (half.ts), stored so. */
  readonly half: HalfType | null
}

/** Throws on a call that does not fit the kernel table or the arena. */
export function schedule(calls: readonly KernelCall[], place: Place): Schedule {
  const { pages, floats, alignment, work, half } = place
  const step = Math.ceil(uniformBytes / alignment) * alignment
  const submissions: Step[][] = []
  const uniforms: { call: KernelCall; offsets: number[]; groups: readonly [number, number] }[] = []
  const buffers = { pages: pages.sizes.length, half }
  let [room, scratch, halves] = [0, 1, 2]
  for (const call of calls) {
    checkCall(call, floats)
    const { offsets, lies } = locate(call, pages)
    const built = builders[call.kernel](argsOf(call))
    const { stages, places } = half ? narrow(call, built, half) : { stages: built, places: null }
    halves = Math.max(halves, places?.size ?? 0)
    for (const stage of stages) {
      scratch = Math.max(scratch, stage.scratch ?? 0)
      const code = shaderText(call, stage, lies, buffers, places)
      for (let base = 0, end = 0; base < stage.groups; base = end) {
        if (room < stage.workPerGroup) {
          submissions.push([])
          room = work
        }
        end = Math.min(stage.groups, base + Math.max(1, Math.floor(room / stage.workPerGroup)))
        room -= (end - base) * stage.workPerGroup
        const [x, y] = [Math.min(end - base, mostGroups), Math.ceil((end - base) / mostGroups)]
        submissions[submissions.length - 1].push({ code, label: call.kernel, uniform: uniforms.length * step, x, y })
        uniforms.push({ call, offsets, groups: [base, end] })
      }
    }
  }
  const bytes = new ArrayBuffer(uniforms.length * step)
  uniforms.forEach(({ call, offsets, groups }, i) => writeUniform(bytes, i * step, call, offsets, groups))
  return { submissions, uniforms: bytes, scratch, halves }
}

/** Offsets within the pages, in the order of the call's integers, and the page of every tensor. */
function locate(call: KernelCall, pages: PageTable): { offsets: number[]; lies: Pages } {
  const extents = extentsOf(call)
  const names: readonly string[] = kernels[call.kernel].ints
  const lies: Record<string, number | null> = {}
  const offsets = names.map((tensor, i) => {
    if (!(tensor in extents)) return call.ints[i]
    lies[tensor] = null
    if (call.ints[i] < 0) return 0
    const { page, offset } = pages.locate({ offset: call.ints[i], size: extents[tensor] })
    lies[tensor] = page
    return offset
  })
  return { offsets, lies }
}
