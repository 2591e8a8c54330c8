/** Worker processes in Electron: its utility processes, behind the handle that main/workers/process.ts defines. */
import { utilityProcess, type UtilityProcess } from 'electron'
import { gpuWish, isGpuWish, type GpuReply } from '../../shared/api/gpuPage.ts'
import type { Spawn } from '../workers/process.ts'
import type { GpuWindow } from './gpu-window.ts'

/** Only after the app is ready: before, Electron can't start any. */
export const utilitySpawner =
  (openGpu: () => Promise<GpuWindow>): Spawn =>
  (file, args) => {
    const child = utilityProcess.fork(file, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      serviceName: 'Handful worker',
    })
    let running = true
    child.once('exit', () => (running = false))
    giveGpu(child, openGpu)
    return {
      get pid() {
        return child.pid
      },
      send: (message) => void (running && child.postMessage(message)),
      onMessage: (listener) => void child.on('message', (message) => void (isGpuWish(message) || listener(message))),
      onExit: (listener) => void child.once('exit', (code) => listener(code, null)),
      onErrorOutput(listener) {
        child.stderr?.on('data', (data) => listener(String(data)))
        // Such as a full heap; Electron tells of it here instead of on standard error.
        child.on('error', (type, location) => listener(`${type}: ${location}\n`))
      },
      kill() {
        // Electron's own kill asks politely (SIGTERM), which the trainer answers with a checkpoint.
        if (!running) return
        if (process.platform === 'win32' || child.pid === undefined) child.kill()
        else process.kill(child.pid, 'SIGKILL')
      },
    }
  }

/** Opens a hidden window for each wish of the process, and closes them with it. */
function giveGpu(child: UtilityProcess, openGpu: () => Promise<GpuWindow>): void {
  const windows: GpuWindow[] = []
  let gone = false
  child.on('message', async (message) => {
    if (!isGpuWish(message)) return
    const reply = (problem?: string): GpuReply => ({ type: gpuWish, problem })
    try {
      const window = await openGpu()
      if (gone) return window.close()
      windows.push(window)
      child.postMessage(reply(), [window.port])
    } catch (error) {
      if (!gone) child.postMessage(reply(error instanceof Error ? error.message : String(error)))
    }
  })
  child.once('exit', () => {
    gone = true
    for (const window of windows) window.close()
  })
}
