/**
 * Where this process gets a page with WebGPU from. Inside Electron the line to the shell
 * gives one; elsewhere there is none, and the npm package `webgpu` is used.
 */
import type { Line } from './webgpu/page/line.ts'

export { electronLine, type ElectronPort, type Line } from './webgpu/page/line.ts'

/** A new page with a worker that serves the GPU (serve.ts), and the line to it. Rejects with a sentence. */
export type OpenPage = () => Promise<Line>

let opener: OpenPage | null = null

/** Call before the GPU is first asked for. */
export function useGpuPage(open: OpenPage): void {
  opener = open
}

export const pageOpener = (): OpenPage | null => opener
