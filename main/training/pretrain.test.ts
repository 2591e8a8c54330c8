import { expect, it } from 'vitest'
import { random } from '../../shared/domain/random.ts'
import type { PretrainConfig } from '../../shared/domain/trainer.ts'
import { Cancelled } from './host.ts'
import { pretrain } from './pretrain.ts'
import { memoryHost, phantom, type Files, type Phantom } from './testing.ts'

/** Scans in which brightness rises along each axis by another amount: every turn of one is plain to see. */
const ramps: Phantom[] = Array.from({ length: 12 }, (_, index) => {
  const { source } = phantom(index, [16, 16, 16])
  const draw = random(index, 'ramp')
  const image = Float32Array.from({ length: 16 ** 3 }, (_, i) => {
    const [x, y, z] = [i % 16, Math.floor(i / 16) % 16, Math.floor(i / 256)]
    return x + 3 * y + 9 * z + draw.normal()
  })
  return { source: { ...source, labelFile: null }, image, label: new Uint8Array() }
})
const steps = 400
const config: PretrainConfig = {
  kind: 'pretrain',
  runId: 'r',
  seed: 1,
  device: 'auto',
  threads: 1,
  checkpointSeconds: 1e9,
  task: 'rotation',
  recipe: 'handful',
  budget: { steps },
  cases: ramps.map(({ source }) => source),
  labels: [],
  probe: [],
}
const report = (folders: Map<string, Files>) =>
  JSON.parse(new TextDecoder().decode(folders.get('run')!.get('report.json'))) as {
    steps: number
    planned: number
    validation: Record<string, number>
  }

it('a task that is solved ends early, says so, and resumed ends at the same step', { timeout: 120_000 }, async () => {
  const whole = new Map<string, Files>()
  const host = memoryHost(ramps, whole, 'run')
  await pretrain(config, host)
  const { steps: done, planned, validation } = report(whole)
  expect(planned).toBe(steps)
  expect(done).toBeLessThan(steps)
  expect(validation['pretext validation accuracy']).toBeGreaterThanOrEqual(0.98)
  expect(host.messages.find((m) => m.type === 'notice')).toMatchObject({ text: expect.stringMatching(`after ${done} of ${steps} steps`) }) // prettier-ignore

  const model = (folders: Map<string, Files>) => Buffer.from(folders.get('run')!.get('model.bin')!).toString('base64')
  const halves = new Map<string, Files>()
  await expect(pretrain(config, memoryHost(ramps, halves, 'run', done - 3))).rejects.toThrow(Cancelled)
  await pretrain(config, memoryHost(ramps, halves, 'run'))
  expect(report(halves).steps).toBe(done)
  expect(model(halves)).toBe(model(whole))
  // Killed between the last checkpoint and the model: it is not learnt on.
  whole.get('run')!.delete('model.bin')
  await pretrain(config, memoryHost(ramps, whole, 'run'))
  expect(model(whole)).toBe(model(halves))
})
