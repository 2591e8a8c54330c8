/** PyTorch's side of the benchmark: engine-pytorch.py, a step for each line it is sent. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Engine } from './measure.ts'

/** The Python that has PyTorch, or null. */
export function pythonWithTorch(): string | null {
  const works = (python: string) => spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0
  return ['python3', '/usr/bin/python3'].find(works) ?? null
}

/** work: what engine-pytorch.py takes. */
export async function pytorch(python: string, work: { work: string } & Record<string, unknown>): Promise<Engine> {
  const script = fileURLToPath(new URL('../engine-pytorch.py', import.meta.url))
  const threads = availableParallelism()
  const child = spawn(python, [script, JSON.stringify({ ...work, threads })], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (done) throw new Error('PyTorch stopped before it was done.')
    return value
  }
  await next()
  return {
    name: `PyTorch, ${threads} threads`,
    async step() {
      child.stdin.write('\n')
      return { milliseconds: Number(await next()), outside: null }
    },
    async close() {
      const ended = once(child, 'exit')
      child.stdin.end()
      const bytes = Number(await next())
      await ended
      return work.work === 'convolution' ? 0 : bytes
    },
  }
}
