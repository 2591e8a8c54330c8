/** Where the arena lies: one buffer, or several where the device cannot bind it whole. */
import { EngineError } from '../errors.ts'
import { pageFloats } from '../plan.ts'
import type { Range } from '../program.ts'

export interface Piece {
  readonly page: number
  /** Within the page, in floats. */
  readonly offset: number
  readonly size: number
}

export interface PageTable {
  /** Floats of each page. */
  readonly sizes: readonly number[]
  /** The page that holds all of a tensor. */
  locate(range: Range): Piece
  /** A range in pieces of which each lies in one page. */
  cut(range: Range): Piece[]
}

const mib = (floats: number): string => `${Math.ceil(floats / 2 ** 18)} MiB`

/** Cut an arena into pages of at most `most` floats. Throws EngineError 'memory' where that cannot be. */
export function pageTable(floats: number, most: number, mostPages: number, unit = pageFloats): PageTable {
  // The plan keeps tensors off multiples of the unit, so pages must end there.
  const size = floats <= most ? Math.max(1, floats) : Math.floor(most / unit) * unit
  const pages = size > 0 ? Math.ceil(Math.max(1, floats) / size) : Infinity
  if (pages > mostPages)
    throw new EngineError(
      'memory',
      `This needs ${mib(floats)} of GPU memory, but this GPU gives programs at most ${mib(most)} at a time. ` +
        'Use a smaller patch or batch, or another device.',
    )
  const cut = ({ offset, size: left }: Range): Piece[] => {
    const pieces: Piece[] = []
    while (left > 0) {
      const [page, start] = [Math.floor(offset / size), offset % size]
      const part = Math.min(left, size - start)
      pieces.push({ page, offset: start, size: part })
      offset += part
      left -= part
    }
    return pieces
  }
  return {
    sizes: Array.from({ length: pages }, (_, i) => Math.min(size, floats - i * size)),
    cut,
    locate(range) {
      const pieces = cut(range)
      if (pieces.length === 1) return pieces[0]
      throw new EngineError(
        'memory',
        `A tensor of ${mib(range.size)} is too large for this GPU, which gives programs at most ${mib(most)} at a time. ` +
          'Use a smaller patch or batch, or another device.',
      )
    },
  }
}
