/** What passes over the line. Tensors are Float32Arrays: nothing large is ever made into text. */
import type { EngineErrorCode } from '../../errors.ts'
import type { KernelCall } from '../../kernels/table.ts'
import type { Range } from '../../program.ts'

/** Wanted of the page. What has a `question` is answered; the rest is done in the order of its coming. */
export type Wish =
  | { readonly type: 'find'; readonly question: number }
  | { readonly type: 'arena'; readonly question: number; readonly arena: number; readonly floats: number; readonly half: boolean } // prettier-ignore
  | { readonly type: 'load'; readonly question: number; readonly arena: number; readonly program: number; readonly calls: readonly KernelCall[] } // prettier-ignore
  | { readonly type: 'run'; readonly arena: number; readonly program: number }
  | { readonly type: 'write'; readonly arena: number; readonly offset: number; readonly values: Float32Array }
  | { readonly type: 'read'; readonly question: number; readonly arena: number; readonly ranges: readonly Range[] }
  | { readonly type: 'close'; readonly question: number; readonly arena: number }

export type Answer =
  | { readonly question: number; readonly ok: true; readonly value: unknown }
  | { readonly question: number; readonly ok: false; readonly code: EngineErrorCode; readonly message: string }

/** The answer to 'find'. */
export interface FoundGpu {
  readonly name: string
  readonly software: boolean
  readonly half: boolean
}
