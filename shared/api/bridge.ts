/** What passes between Electron's page, preload script and main process. No imports: the preload script is one small file. */

export const requestChannel = 'handful:request'
export const eventChannel = 'handful:event'

/** What the page gets at `window.handful`. Plain functions and plain data (and a dropped file): nothing else crosses Electron's context bridge. */
export interface Bridge {
  /** Resolves with an envelope (dispatch.ts). */
  invoke(name: string, input: unknown): Promise<unknown>
  /** Where a file lies that was dropped into the window; an empty text for one that lies nowhere. */
  pathOf(file: File): string
  /** Hears every event. Returns the function that stops listening. */
  listen(listener: (name: string, payload: unknown) => void): () => void
}
