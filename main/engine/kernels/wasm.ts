import { readFileSync } from 'node:fs'
import { prebuiltFolder } from './addon.ts'

/** What the WebAssembly module (c/wasm.c) exports. Addresses are byte offsets into its memory. */
export interface WasmKernels {
  /** Fill in the chunks of encoded calls; returns the scratch floats each thread needs. */
  prepare(calls: number, count: number): number
  run(control: number, arena: number, scratch: number, scratchPerThread: number, calls: number, count: number): void
  help(control: number, thread: number): void
  /** Do fused multiply-adds for this many rounds; returns the number of flops done. */
  peak(rounds: number): number
}

export type WasmFlavour = 'relaxed' | 'simd'

/** Bytes of stack that each thread gets. */
export const stackBytes = 65536

/** The compiled module, the fastest this engine takes unless a flavour is given. */
export function compileKernels(flavour?: WasmFlavour): { module: WebAssembly.Module; flavour: WasmFlavour } {
  const wanted: WasmFlavour[] = flavour ? [flavour] : ['relaxed', 'simd']
  for (const one of wanted) {
    const bytes = readFileSync(new URL(`kernels-${one}.wasm`, prebuiltFolder))
    if (WebAssembly.validate(bytes)) return { module: new WebAssembly.Module(bytes), flavour: one }
  }
  throw new Error('This JavaScript engine does not support WebAssembly SIMD.')
}

/** An instance on a shared memory, with its own stack below `stackTop`. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory, stackTop?: number): WasmKernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  if (stackTop !== undefined) (exports.__stack_pointer as WebAssembly.Global).value = stackTop
  return exports as unknown as WasmKernels
}
