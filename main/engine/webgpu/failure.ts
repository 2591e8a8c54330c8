import { EngineError } from '../errors.ts'

export const messageOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)

/** An error of the GPU as a sentence. */
export function failure(error: unknown): EngineError {
  if (error instanceof EngineError) return error
  const memory = error?.constructor?.name === 'GPUOutOfMemoryError' || /out of memory/i.test(messageOf(error))
  return memory
    ? new EngineError(
        'memory',
        'The GPU has not enough free memory for this. Use a smaller patch or batch, or close other programs that use the GPU.',
      )
    : new EngineError('device', `The GPU failed: ${messageOf(error)}`)
}
