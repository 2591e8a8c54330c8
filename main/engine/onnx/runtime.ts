/**
 * onnxruntime-node, where it is installed: it is large, and the product computes without it. The tests use it, as an answer
 * from elsewhere.
 */
import { EngineError } from '../errors.ts'

export type Runtime = typeof import('onnxruntime-node')

export async function loadRuntime(): Promise<Runtime> {
  try {
    // Named by a variable, so that nobody needs the package to build this.
    const name = 'onnxruntime-node'
    return (await import(/* @vite-ignore */ name)) as Runtime
  } catch (error) {
    const code = (error as { code?: string }).code ?? ''
    throw new EngineError(
      'device',
      code.includes('MODULE_NOT_FOUND')
        ? 'The package "onnxruntime-node" is not installed; it serves to check the other devices: npm install onnxruntime-node'
        : `The package "onnxruntime-node" does not work on this system: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
