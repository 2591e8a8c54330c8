/** The line to the page with the GPU, its two ends in one process. What a page computes is tested in Chromium (tests/browser). */
import { afterEach, expect, it } from 'vitest'
import { portLine } from './line.ts'
import type { OpenPage } from '../../gpu-page.ts'
import { findPageGpu } from './remote.ts'
import { serveGpu } from './serve.ts'

const ports: MessagePort[] = []
afterEach(() => ports.splice(0).forEach((port) => port.close()))

/** Counts the pages that were opened; `serve` gets their end of the line. */
function pages(serve: (port: MessagePort) => void): { open: OpenPage; opened: MessagePort[] } {
  const opened: MessagePort[] = []
  const open: OpenPage = async () => {
    const { port1, port2 } = new MessageChannel()
    ports.push(port1, port2)
    opened.push(port2)
    serve(port2)
    return portLine(port1)
  }
  return { open, opened }
}

/** A page that has a GPU by name, and nothing to compute with. */
const named = () =>
  pages((port) => {
    const line = portLine(port)
    line.onMessage((message) => {
      const { question, type } = message as { question: number; type: string }
      line.send({
        question,
        ok: true,
        value: type === 'find' ? { name: 'Card through WebGPU', software: false } : null,
      })
    })
  })

it('says why there is no GPU: the page has none, does not answer, does not open', async () => {
  const none = pages((port) => serveGpu(portLine(port), undefined))
  expect(await findPageGpu(none.open)).toMatch(/no WebGPU on this system/)
  const silent = pages(() => {})
  expect(await findPageGpu(silent.open, { patience: 20, idle: 1000 })).toMatch(/page does not answer/)
  const broken = () => Promise.reject(new Error('The window did not open.'))
  expect(await findPageGpu(broken)).toMatch(/cannot be reached.*did not open/)
})

it('closes a page that nobody uses, and opens another when one is wanted again', async () => {
  const { open, opened } = named()
  const gpu = await findPageGpu(open, { patience: 1000, idle: 30 })
  if (typeof gpu === 'string') throw new Error(gpu)
  const first = await gpu.arena(16)
  await new Promise((resume) => setTimeout(resume, 80))
  await first.read([{ offset: 0, size: 1 }])
  expect(opened).toHaveLength(1)
  const closed = new Promise((resolve) => opened[0].addEventListener('close', resolve))
  await first.close()
  await closed
  const second = await gpu.arena(16)
  expect(opened).toHaveLength(2)
  await second.close()
})

it('fails what is asked of a page that is gone', async () => {
  const { open, opened } = named()
  const gpu = await findPageGpu(open)
  if (typeof gpu === 'string') throw new Error(gpu)
  const executor = await gpu.arena(16)
  opened[0].close()
  await expect(executor.read([{ offset: 0, size: 1 }])).rejects.toMatchObject({ code: 'device', message: /has ended/ })
  expect(() => executor.write({ offset: 0, size: 1 }, () => {})).toThrow(/has ended/)
  await executor.close()
})
