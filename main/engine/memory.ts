/** Whether a plan fits the machine, asked before the memory is taken. */
import { totalmem } from 'node:os'
import { EngineError } from './errors.ts'

/**
 * Bytes that this process may still take. process.availableMemory counts what the system can free and the limits of a
 * container. On macOS it counts only pages that hold nothing at all, though most others are caches: there at least half
 * of the machine is taken as available.
 */
export function availableBytes(): number {
  const available = process.availableMemory()
  return process.platform === 'darwin' ? Math.max(available, totalmem() / 2) : available
}

const mib = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`

/** Throws EngineError 'memory' if the bytes are more than the machine can give. */
export function checkMemory(bytes: number, available = availableBytes()): void {
  if (bytes <= available) return
  throw new EngineError(
    'memory',
    `This needs ${mib(bytes)} of memory, but only ${mib(available)} are free. ` +
      'Close other programs, or use a smaller patch or batch.',
  )
}
