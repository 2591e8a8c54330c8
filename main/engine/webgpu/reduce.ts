/**
 * Sums over many values, in two stages: workgroups sum ranges of the items in a fixed order, then one workgroup for each
 * result adds what they found. WGSL has no doubles, and compilers may undo compensated sums; short chains of float32 sums
 * joined in pairs are accurate enough (a few units in the last place) and the same in every run.
 */
import type { Stage } from './shader.ts'

export interface Reduction {
  /** Results: one for each sample and channel, or (`together`) for each channel over all samples. */
  readonly samples: number
  readonly channels: number
  readonly together?: boolean
  /** Items per sample and channel. */
  readonly items: number
  /** Statements that add item `v` of sample `b`, channel `c` to `state: vec4<f32>`. */
  readonly item: string
  /** Statements on `state` after the last item of an invocation. */
  readonly close?: string
  /** Body of `fn(a: vec4<f32>, b: vec4<f32>) -> vec4<f32>`. Adds by default. */
  readonly merge?: string
  /** Statements, run once per result by one invocation: `b`, `c`, `total: vec4<f32>`. */
  readonly finish: string
  readonly helpers?: string
  /** Operations per item. */
  readonly work?: number
}

const lanes = 256
const mostRanges = 1024

/** Joins the states of all invocations whose numbers agree modulo `stride`, in a tree. */
const tree = (stride: number): string => `
  for (var s = ${lanes / 2}u; s >= ${stride}u; s = s / 2u) {
    workgroupBarrier();
    if (lane < s) { states[lane] = merge(states[lane], states[lane + s]); }
  }`

/** The stages of a reduction. */
export function reduce(r: Reduction): Stage[] {
  const across = Math.min(32, 2 ** Math.ceil(Math.log2(r.channels)))
  const down = lanes / across
  const blocks = Math.ceil(r.channels / across)
  const ranges = Math.max(1, Math.min(mostRanges, Math.floor(r.items / (down * 16))))
  const perRange = Math.ceil(r.items / ranges)
  const shared = `
var<workgroup> states: array<vec4<f32>, ${lanes}>;
fn merge(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> { ${r.merge ?? 'return a + b;'} }`
  const first: Stage = {
    code: `${r.helpers ?? ''}${shared}
fn run(group: u32, lane: u32) {
  let c = group % ${blocks}u * ${across}u + lane % ${across}u;
  let b = group / ${blocks}u % ${r.samples}u;
  let range = group / ${blocks * r.samples}u;
  var state = vec4<f32>();
  if (c < ${r.channels}u) {
    let end = min((range + 1u) * ${perRange}u, ${r.items}u);
    for (var v = range * ${perRange}u + lane / ${across}u; v < end; v += ${down}u) { ${r.item} }
    ${r.close ?? ''}
  }
  states[lane] = state;
  ${tree(across)}
  if (lane < ${across}u && c < ${r.channels}u) {
    let total = states[lane];
    let at = ((range * ${r.samples}u + b) * ${r.channels}u + c) * 4u;
    scratch[at] = total.x; scratch[at + 1u] = total.y; scratch[at + 2u] = total.z; scratch[at + 3u] = total.w;
  }
}`,
    groups: blocks * r.samples * ranges,
    workPerGroup: lanes * Math.ceil(perRange / down) * (r.work ?? 30),
    scratch: ranges * r.samples * r.channels * 4,
  }
  const results = r.together ? r.channels : r.samples * r.channels
  const parts = r.together ? ranges * r.samples : ranges
  const second: Stage = {
    code: `${r.helpers ?? ''}${shared}
fn finish(b: u32, c: u32, total: vec4<f32>) { ${r.finish} }
fn run(group: u32, lane: u32) {
  var state = vec4<f32>();
  for (var i = lane; i < ${parts}u; i += ${lanes}u) {
    let at = (i * ${results}u + group) * 4u;
    let part = vec4<f32>(scratch[at], scratch[at + 1u], scratch[at + 2u], scratch[at + 3u]);
    if (i == lane) { state = part; } else { state = merge(state, part); }
  }
  states[lane] = state;
  ${tree(1)}
  if (lane == 0u) { finish(group / ${r.channels}u, group % ${r.channels}u, states[0]); }
}`,
    groups: results,
    workPerGroup: lanes * 40,
  }
  return [first, second]
}
