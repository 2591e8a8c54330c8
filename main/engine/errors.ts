/**
 * What the engine says when something is wrong: a plain sentence for the user, what was expected and what to do.
 * `code` lets a caller tell the cases apart without reading the words.
 */
export type EngineErrorCode =
  | 'shape' // shapes or kinds that do not fit, found while the graph is built
  | 'graph' // a graph that cannot be compiled
  | 'memory' // the plan does not fit the machine
  | 'input' // values given to a session that do not fit its program
  | 'not-finite' // NaN or infinity in a loss or a gradient; parameters are as before the step
  | 'file' // a damaged or foreign weights file
  | 'device' // a device that is missing or failed

export class EngineError extends Error {
  readonly code: EngineErrorCode

  constructor(code: EngineErrorCode, message: string) {
    super(message)
    this.name = 'EngineError'
    this.code = code
  }
}
