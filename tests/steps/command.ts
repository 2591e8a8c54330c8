/** Child processes of the test run: each runs in this very Node, never in the machine's own. */
import { spawn } from 'node:child_process'
import { failure, nothing, type Tally } from './tally.ts'

export interface Outcome {
  code: number
  output: string
}

/**
 * Runs `node ...args` from the project's root. With `live`, its output is shown as it comes, else collected.
 * A process that outlives `limit` (ms) is killed and counts as failed.
 */
export function node(args: string[], limit: number, live: boolean, env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const stdio = live ? 'inherit' : 'pipe'
    const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: ['ignore', stdio, stdio] })
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text))
    const timer = setTimeout(() => {
      output += `\nStopped: it took longer than ${limit / 1000} s.`
      if (live) console.log(`Stopped: it took longer than ${limit / 1000} s.`)
      child.kill('SIGKILL')
    }, limit)
    child.on('error', (error) => (output += error.message))
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code: code ?? 1, output })
    })
  })
}

/** A command as one test: quiet when it passes, its whole output when it fails. */
export async function runCommand(args: string[], limit: number, env: NodeJS.ProcessEnv = {}): Promise<Tally> {
  const { code, output } = await node(args, limit, false, { FORCE_COLOR: process.stdout.isTTY ? '1' : '0', ...env })
  if (code === 0) return { ...nothing, passed: 1 }
  console.log(output.trim())
  return failure(args.join(' '))
}
