import { availableParallelism } from 'node:os'
import type { Backend, BackendKind } from './backend.ts'
import { selfTestCases } from './cases.ts'
import { mostFloats } from './check.ts'
import { difference, expected, outcome } from './compare.ts'
import { allocateFloats } from './memory.ts'
import { openNative } from './native-backend.ts'
import { openReference } from './reference-backend.ts'
import { openWasm } from './wasm-backend.ts'
import { giveUpPairing } from './wasm.ts'

export type { Backend, BackendKind, LoadedProgram } from './backend.ts'
export { diceSumsSize, normStatsSize, partialSize, partialSlabs, partialSlabSize } from './sizes.ts'
export * from './table.ts'

export interface OpenOptions {
  /** Size of the arena in floats. */
  readonly floats: number
  /** Threads, the calling one included; by default one per core. */
  readonly threads?: number
  /** auto (default): the addon, else WebAssembly, else the plain kernels; the first that gives right answers. */
  readonly kind?: BackendKind | 'auto'
  /** Told, in a sentence, why a back end of `auto` was passed over. By default a process warning. */
  readonly onPassedOver?: (reason: string) => void
}

export interface Probe {
  readonly kind: BackendKind
  readonly ok: boolean
  readonly name: string
  /** Why it cannot be used; empty if it can. */
  readonly detail: string
}

const kinds: readonly BackendKind[] = ['addon', 'wasm', 'reference']
const message = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * Open a back end with a zeroed arena. Each kind is tested against the plain kernels the first time it is opened, and not
 * used if it is wrong. Throws a plain sentence if the memory cannot be had or the kind that was asked for cannot run.
 */
export async function openBackend(options: OpenOptions): Promise<Backend> {
  const { floats, threads = availableParallelism(), kind = 'auto' } = options
  if (!Number.isInteger(floats) || floats < 0 || floats > mostFloats)
    throw new Error(`The arena must have between 0 and ${mostFloats} floats, not ${floats}.`)
  if (!Number.isInteger(threads) || threads < 1 || threads > 256)
    throw new Error(`The number of threads must be between 1 and 256, not ${threads}.`)
  if (kind !== 'auto') {
    const problem = await testOnce(kind)
    if (problem) throw new Error(problem)
    return open(kind, floats, threads)
  }
  const passedOver = options.onPassedOver ?? ((reason: string) => process.emitWarning(reason))
  for (const one of kinds) {
    const problem = await testOnce(one)
    if (!problem) return open(one, floats, threads)
    passedOver(problem)
  }
  throw new Error('No compute back end works on this machine.')
}

/** What works on this machine, best first. */
export async function probeBackends(): Promise<Probe[]> {
  const probes: Probe[] = []
  for (const kind of kinds) {
    const detail = (await testOnce(kind)) ?? ''
    let name: string = kind
    if (!detail) {
      const backend = await open(kind, 16, 1)
      name = backend.name
      await backend.close()
    }
    probes.push({ kind, ok: !detail, name, detail })
  }
  return probes
}

function open(kind: BackendKind, floats: number, threads: number): Promise<Backend> {
  if (kind === 'addon') return openNative(floats, threads)
  if (kind === 'wasm') return openWasm(floats, threads)
  return Promise.resolve(openReference(allocateFloats(floats)))
}

const tests: Readonly<Record<BackendKind, () => Promise<string | undefined>>> = {
  addon: () => selfTest('addon'),
  wasm: wasmSelfTest,
  reference: () => Promise.resolve(undefined),
}
const tested = new Map<BackendKind, Promise<string | undefined>>()

/** Why a kind cannot be used, or undefined; found out once per process. */
function testOnce(kind: BackendKind): Promise<string | undefined> {
  let result = tested.get(kind)
  if (!result) tested.set(kind, (result = tests[kind]()))
  return result
}

/** Joined vectors are an experiment of V8's: where they go wrong, the others may still be right. */
async function wasmSelfTest(): Promise<string | undefined> {
  const problem = await selfTest('wasm')
  return problem && giveUpPairing() ? selfTest('wasm') : problem
}

async function selfTest(kind: BackendKind): Promise<string | undefined> {
  const cases = selfTestCases()
  let backend: Backend | undefined
  try {
    backend = await open(kind, Math.max(...cases.map((one) => one.arena.length)), 2)
    for (const one of cases) {
      const wrong = difference(one, expected(one), outcome(backend, one))
      if (wrong) return `The ${kind} kernels give wrong answers on this machine and are not used (${wrong}).`
    }
    return undefined
  } catch (error) {
    return `The ${kind} kernels cannot be used: ${message(error)}`
  } finally {
    await backend?.close()
  }
}
