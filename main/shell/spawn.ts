/** Worker processes in Electron: its utility processes, behind the handle that main/workers/process.ts defines. */
import { utilityProcess } from 'electron'
import type { Spawn } from '../workers/process.ts'

/** Only after the app is ready: before, Electron can't start any. */
export const spawnUtility: Spawn = (file, args) => {
  const child = utilityProcess.fork(file, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    serviceName: 'Handful worker',
  })
  let running = true
  child.once('exit', () => (running = false))
  return {
    get pid() {
      return child.pid
    },
    send: (message) => void (running && child.postMessage(message)),
    onMessage: (listener) => void child.on('message', listener),
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
