/**
 * Parameters, gradients and moments, each in one flat area: so the norm of the gradient is one call, and an optimiser step
 * one call per learning-rate group (two where some of its parameters have weight decay and some have not).
 */
import type { Emitter } from './emitter.ts'
import type { ParameterAttributes } from './graph.ts'
import { align } from './plan.ts'
import type { Optimiser } from './program.ts'
import type { Buffer } from './steps.ts'
import type { Node, Tensor } from './tensor.ts'
import { count } from './tensor.ts'

/** One parameter and the views of the flat areas that belong to it. */
export interface ParameterViews extends ParameterAttributes {
  readonly tensor: Tensor
  readonly values: Buffer
  readonly gradient?: Buffer
  readonly moments: Readonly<Record<string, Buffer>>
}

/** Parameters that take the same rate and decay: a contiguous run of the flat areas. */
interface RunOfParameters {
  readonly group: string
  readonly decay: boolean
  readonly start: number
  readonly size: number
}

/** What the host writes before a step, for each group. */
export interface GroupControls {
  readonly name: string
  readonly schedule: Buffer
  readonly scale: Buffer
}

export interface FlatParameters {
  readonly parameters: readonly ParameterViews[]
  readonly groups: readonly GroupControls[]
  readonly values: Buffer
  readonly gradients?: Buffer
  readonly moments: Readonly<Record<string, Buffer>>
  readonly runs: readonly RunOfParameters[]
}

const momentNames = (optimiser?: Optimiser): string[] =>
  !optimiser ? [] : optimiser.kind === 'adamW' ? ['m', 'v'] : ['m']

/** Lay out the parameters of a graph, sorted by group and decay. Without optimiser: values only. */
export function layOutParameters(nodes: readonly Node[], e: Emitter, optimiser?: Optimiser): FlatParameters {
  const found = nodes
    .filter((node) => node.op === 'parameter')
    .map((node) => ({ tensor: node.outputs[0], ...(node.attributes as unknown as ParameterAttributes) }))
  const groupNames = [...new Set(found.map(({ group }) => group))]
  const runs: RunOfParameters[] = []
  const places: { parameter: (typeof found)[number]; shift: number }[] = []
  let total = 0
  for (const group of groupNames) {
    for (const decay of [true, false]) {
      const start = total
      for (const parameter of found) {
        if (parameter.group !== group || parameter.decay !== decay) continue
        places.push({ parameter, shift: total })
        total += align(count(parameter.shape))
      }
      if (total > start) runs.push({ group, decay, start, size: total - start })
    }
  }
  const values = e.allocate('parameters', total, true)
  const gradients = optimiser && e.allocate('gradients', total, true)
  const moments = Object.fromEntries(
    momentNames(optimiser).map((name) => [name, e.allocate(`moments ${name}`, total, true)]),
  )
  const groups = (optimiser ? groupNames : []).map((name) => ({
    name,
    schedule: e.allocate(`schedule of ${name}`, 3, true),
    scale: e.allocate(`scale of ${name}`, 1, true),
  }))
  const parameters = places.map(({ parameter, shift }) => {
    const part = (of: Buffer) => e.view(of, shift, count(parameter.shape), parameter.name)
    const views = {
      ...parameter,
      values: part(values),
      gradient: gradients && part(gradients),
      moments: Object.fromEntries(Object.entries(moments).map(([name, area]) => [name, part(area)])),
    }
    e.placeParameter(parameter.tensor, views.values, views.gradient)
    return views
  })
  return { parameters, groups, values, gradients, moments, runs }
}

/** Emit the norm of the whole gradient; the host looks at it before it lets the update run. */
export function emitNorm({ gradients }: FlatParameters, norm: Buffer, e: Emitter): void {
  e.label = 'gradient norm'
  const { partial, slabs } = e.emitPartial('squareSumPartial', { g: gradients!, size: gradients!.size })
  e.emit('squareSum', { partial, norm, slabs })
}

/** Emit the step of the optimiser. */
export function emitUpdate(flat: FlatParameters, norm: Buffer, optimiser: Optimiser, e: Emitter): void {
  e.label = 'optimiser'
  for (const { group, decay, start, size } of flat.runs) {
    const part = (of: Buffer) => e.view(of, start, size, of.label)
    const { schedule, scale: groupScale } = flat.groups.find(({ name }) => name === group)!
    const common = {
      p: part(flat.values),
      g: part(flat.gradients!),
      m: part(flat.moments.m),
      norm,
      schedule,
      groupScale,
      size,
    }
    const { clip } = optimiser
    const weightDecay = decay ? optimiser.decay : 0
    if (optimiser.kind === 'adamW') {
      const { beta1, beta2, epsilon } = optimiser
      e.emit('adamW', { ...common, v: part(flat.moments.v), beta1, beta2, epsilon, decay: weightDecay, clip })
    } else {
      e.emit('sgdNesterov', { ...common, momentum: optimiser.momentum, decay: weightDecay, clip })
    }
  }
}
