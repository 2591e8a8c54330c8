import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { prebuiltFolder } from './addon.ts'

/** What the WebAssembly module (c/wasm.c) exports. Addresses are byte offsets into its memory. */
export interface WasmKernels {
  /** Fill in the chunks of encoded calls; returns the scratch floats each thread needs. */
  prepare(calls: number, count: number): number
  run(control: number, arena: number, scratch: number, scratchPerThread: number, calls: number, count: number): void
  help(control: number, thread: number): void
  /** Do fused multiply-adds for this many rounds; returns the number of flops done. */
  peak(rounds: number): number
  /** The same with vectors of four floats, whatever the flavour. */
  narrowPeak(rounds: number): number
}

/**
 * relaxed: fused multiply-adds. paired: the same, written so that the engine joins its vectors of four floats in pairs
 * (c/paired.h). simd: the same bits on every machine.
 */
export type WasmFlavour = 'paired' | 'relaxed' | 'simd'

/** How each flavour is named to people. */
export const flavourNames: Readonly<Record<WasmFlavour, string>> = {
  paired: 'WebAssembly (relaxed SIMD, 256 bit)',
  relaxed: 'WebAssembly (relaxed SIMD)',
  simd: 'WebAssembly',
}

export interface CompiledKernels {
  readonly module: WebAssembly.Module
  readonly flavour: WasmFlavour
}

/** Bytes of stack that each thread gets. */
export const stackBytes = 65536

const compiled = new Map<WasmFlavour, WebAssembly.Module | null>()

/**
 * The compiled module: that of the flavour, or the fastest that works here. Compiled once per process.
 * Throws a sentence where there is none.
 */
export function compileKernels(flavour?: WasmFlavour): CompiledKernels {
  for (const one of flavour ? [flavour] : (['paired', 'relaxed', 'simd'] as const)) {
    if (one === 'paired' && !flavour && !mayPair()) continue
    const module = compileOnce(one)
    if (module && (flavour || one !== 'paired' || pairs(module))) return { module, flavour: one }
  }
  throw new Error('This JavaScript engine does not support WebAssembly SIMD.')
}

/** Do not choose the paired flavour in this process any more; whether it had been chosen. */
export function giveUpPairing(): boolean {
  const was = !!compiled.get('paired')
  compiled.set('paired', null)
  return was
}

/** The module of a flavour, or null where the engine does not know its instructions. */
function compileOnce(flavour: WasmFlavour): WebAssembly.Module | null {
  let module = compiled.get(flavour)
  if (module === undefined) {
    const bytes = readFileSync(new URL(`kernels-${flavour}.wasm`, prebuiltFolder))
    module = !WebAssembly.validate(bytes)
      ? null
      : flavour === 'paired'
        ? compilePaired(bytes)
        : new WebAssembly.Module(bytes)
    compiled.set(flavour, module)
  }
  return module
}

/** Flags of V8 for a module compiled at once, by the optimising compiler, vectors joined in pairs; and back again. */
const pairing = ['experimental-wasm-revectorize', 'no-wasm-lazy-compilation', 'no-liftoff']
const opposite = (flag: string): string => (flag.startsWith('no-') ? flag.slice(3) : `no-${flag}`)

function compilePaired(bytes: BufferSource): WebAssembly.Module {
  if (!mayPair()) return new WebAssembly.Module(bytes)
  for (const flag of pairing) setFlagsFromString(`--${flag}`)
  try {
    return new WebAssembly.Module(bytes)
  } finally {
    for (const flag of pairing) setFlagsFromString(`--${opposite(flag)}`)
  }
}

/** Whether this Node's V8 was built with the pass that joins vectors (x64 only). Electron's flags are left alone. */
function mayPair(): boolean {
  const { v8_enable_wasm_simd256_revec: built } = process.config.variables as unknown as Record<string, unknown>
  return process.arch === 'x64' && Number(built) === 1 && !process.versions.electron
}

/** Whether vectors really were joined: the processor must have AVX2. A millisecond of multiply-adds tells. */
function pairs(module: WebAssembly.Module): boolean {
  const kernels = instantiate(module, new WebAssembly.Memory({ initial: 4, maximum: 65536, shared: true }))
  const speed = (measure: (rounds: number) => number): number => {
    const start = performance.now()
    return measure(10_000) / (performance.now() - start)
  }
  let [paired, narrow] = [0, 0]
  for (let i = 0; i < 10; i++) {
    paired = Math.max(paired, speed(kernels.peak))
    narrow = Math.max(narrow, speed(kernels.narrowPeak))
  }
  return paired > 1.3 * narrow
}

/** An instance on a shared memory, with its own stack below `stackTop`. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory, stackTop?: number): WasmKernels {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  if (stackTop !== undefined) (exports.__stack_pointer as WebAssembly.Global).value = stackTop
  return exports as unknown as WasmKernels
}
