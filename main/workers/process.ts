/**
 * One wrapper owns a child process: its start, its messages, its end and why it ended. A worker is one of our own files
 * in a process of its own, so that a crash or a lack of memory there is a reason in words here, and nothing more.
 */
import { fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The little that is needed of a child process; Node's fork and Electron's utilityProcess both give it. */
export type ChildHandle = {
  readonly pid: number | undefined
  send(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
  /** `signal` is null where the system has none, or where the process ended by itself. */
  onExit(listener: (code: number | null, signal: string | null) => void): void
  /** What the child writes to its standard error. */
  onErrorOutput(listener: (text: string) => void): void
  /** Ends it at once, without asking. */
  kill(): void
}

export type Spawn = (file: string, args: string[]) => ChildHandle

/** Starts a worker with Node's fork. Messages are structured clones, so NaN and typed arrays survive. */
export const forkProcess: Spawn = (file, args) => {
  const child = fork(file, args, {
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Ctrl-C in a terminal goes to the whole process group: only the parent shall hear it, and then tell the worker.
    detached: process.platform !== 'win32',
    windowsHide: true,
  })
  return {
    get pid() {
      return child.pid
    },
    // The child may be gone by now; its exit is reported anyway, so a failed send says nothing new.
    send: (message) => void (child.connected && child.send(message as object, () => {})),
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => {
      child.on('exit', listener)
      child.on('error', () => listener(null, null))
    },
    onErrorOutput: (listener) => void child.stderr?.setEncoding('utf8').on('data', listener),
    kill: () => void child.kill('SIGKILL'),
  }
}

/** How a worker ended. reason: a plain sentence; detail: the end of its error output, for a report. */
export type WorkerEnd = { ok: true } | { ok: false; reason: string; detail: string }

export type Worker = {
  readonly pid: number | undefined
  send(message: unknown): void
  /** Settles once, when the process is gone. Never rejects. */
  readonly ended: Promise<WorkerEnd>
  /** Sends `message`, gives the worker `graceSeconds` to end by itself, then ends it. */
  stop(message: unknown, graceSeconds: number): Promise<WorkerEnd>
  kill(): void
}

/** Starts a worker file. An end with code 0 is a good one. */
export function startWorker(spawn: Spawn, file: string, args: string[], onMessage: (message: unknown) => void): Worker {
  const child = spawn(file, args)
  let errors = ''
  child.onErrorOutput((text) => (errors = (errors + text).slice(-8000)))
  child.onMessage(onMessage)
  const ended = new Promise<WorkerEnd>((settle) => {
    child.onExit((code, signal) => {
      if (code === 0) settle({ ok: true })
      else settle({ ok: false, reason: explainEnd(code, signal, errors), detail: errors })
    })
  })
  return {
    get pid() {
      return child.pid
    },
    send: child.send,
    ended,
    kill: child.kill,
    async stop(message, graceSeconds) {
      child.send(message)
      const timer = setTimeout(child.kill, graceSeconds * 1000)
      const end = await ended
      clearTimeout(timer)
      return end
    },
  }
}

function explainEnd(code: number | null, signal: string | null, errors: string): string {
  if (/heap out of memory|Array buffer allocation failed|ENOMEM|bad_alloc/i.test(errors)) {
    return 'The computer ran out of memory. Close other programs, or use fewer or smaller scans.'
  }
  if (signal === 'SIGKILL') return 'The process was ended from outside, often because the computer ran out of memory.'
  if (signal) return `The process was ended from outside (${signal}).`
  if (code === null) return 'The process could not be started.'
  return `The process ended unexpectedly (code ${code}).`
}

/**
 * The path of a worker's entry file, from `import.meta.url` of a module: the neighbour folder's .ts file when the program
 * runs from its sources, `workers/<name>.js` beside the bundle when it was built.
 */
export function workerFile(name: 'importer' | 'trainer' | 'device-probe', from: string): string {
  const extension = extname(new URL(from).pathname)
  const places = [`./${name}${extension}`, `../workers/${name}${extension}`, `./workers/${name}${extension}`]
  const found = places.map((place) => fileURLToPath(new URL(place, from))).find((file) => existsSync(file))
  if (!found) throw new Error(`worker ${name} not found beside ${from}`)
  return found
}
