import { describe, expect, it } from 'vitest'
import type { Session, Tensors } from '../engine/index.ts'
import { finetune } from './finetune.ts'
import { pretrain } from './pretrain.ts'
import { memoryFolder, memoryHost, phantom, phantomLabels as labels, type Files } from './testing.ts'
import { describeTransfer, repeatChannels, transferFrom } from './transfer.ts'

describe('first convolution for another number of channels', () => {
  /** What a filter [taps, channels, 1] gives for an image that is the same in all channels. */
  const response = (filter: Float32Array) => filter.reduce((sum, value) => sum + value, 0)
  const one = Float32Array.of(1, -2, 4)

  it('gives for the same image in every channel what it gave before', () => {
    expect(response(repeatChannels(one, 3, 1, 4))).toBeCloseTo(3)
    expect(response(repeatChannels(Float32Array.of(1, 3, 5, 7), 2, 2, 3))).toBeCloseTo(16)
    expect([...repeatChannels(Float32Array.of(1, 3, 5, 7), 2, 2, 3)]).toEqual([0.5, 3, 0.5, 2.5, 7, 2.5])
  })

  it('adds up the channels where there are fewer', () => {
    expect([...repeatChannels(Float32Array.of(1, 3, 5, 7), 2, 2, 1)]).toEqual([4, 12])
    expect([...repeatChannels(Float32Array.of(1, 1, 5), 1, 3, 2)]).toEqual([6, 1])
  })
})

it('the account names what was copied, what starts at random and what is left', () => {
  const text = describeTransfer({
    copied: ['encoder.0.conv1.weight', 'decoder.0.up.weight'],
    fresh: ['head.segment0.weight'],
    left: ['head.restore.weight'],
    repeatedFrom: 1,
  })
  expect(text).toBe(
    '2 parameter tensors taken over from the pretraining (1 of the encoder, 1 of the decoder); 1 start at random (head); ' +
      '1 of the pretraining have no place here (head). The first convolution was repeated over channels: the pretraining saw 1.',
  )
})

it('a start that has learnt labels keeps its head for the same labels alone', { timeout: 60_000 }, async () => {
  const folders = new Map<string, Files>()
  const scans = [0, 1].map((i) => phantom(i))
  const common = { runId: 'r', seed: 5, device: 'auto', threads: 1, checkpointSeconds: 1e9, budget: { steps: 1 } }
  const cases = scans.map(({ source }) => source)
  const tuning = { kind: 'finetune' as const, ...common, likeFolder: null, watch: [], cases, labels }
  await finetune({ ...tuning, fromFolder: null }, memoryHost(scans, folders, 'start'))
  const session = {
    setParameters: (values: Tensors) => ({ set: [...values.keys()], missing: [], mismatched: [], unknown: [] }),
  } as unknown as Session
  const heads = async (values: number[] | null) => {
    const { copied, left } = await transferFrom(memoryFolder(folders.get('start')!), session, 1, values)
    return [copied, left].map((names) => names.filter((name) => name.startsWith('head.segment0')).length)
  }
  expect(await heads([0, 1, 2])).toEqual([2, 0])
  expect(await heads([0, 1, 3])).toEqual([0, 2])
  expect(await heads(null)).toEqual([0, 2])
  const odd = { ...tuning, fromFolder: null, paperTuning: 'brats' as const }
  await expect(finetune(odd, memoryHost(scans, folders, 'odd'))).rejects.toThrow(
    'are for a network of the recipe "paper"',
  )
})

it(
  'a pretraining on scans of one channel serves scans of two, and the report says so',
  { timeout: 60_000 },
  async () => {
    const folders = new Map<string, Files>()
    const phantoms = Array.from({ length: 3 }, (_, i) => phantom(i))
    const common = { runId: 'r', seed: 5, device: 'auto', threads: 1, checkpointSeconds: 1e9, budget: { steps: 2 } }
    const bare = phantoms.map((p) => ({ ...p.source, labelFile: null }))
    await pretrain(
      { kind: 'pretrain', ...common, task: 'rotation', recipe: 'handful', cases: bare, probe: [], labels },
      memoryHost(phantoms, folders, 'pre'),
    )
    const doubled = phantoms.map(({ source, image, label }) => ({
      source: { ...source, channels: 2 },
      image: Float32Array.of(...image, ...image.map((v) => -v)),
      label,
    }))
    const host = memoryHost(doubled, folders, 'tune')
    const cases = doubled.map((p) => p.source)
    await finetune({ kind: 'finetune', ...common, fromFolder: 'pre', likeFolder: null, watch: [], cases, labels }, host)
    expect(host.messages.find((m) => m.type === 'notice')).toMatchObject({ text: expect.stringMatching(/repeated over channels: the pretraining saw 1/) }) // prettier-ignore
    const { transfer } = JSON.parse(new TextDecoder().decode(folders.get('tune')!.get('report.json')))
    expect(transfer.copied).toContain('encoder.0.conv1.weight')
    expect(transfer.fresh.some((name: string) => name.startsWith('encoder.'))).toBe(false)
    expect(transfer.left).toEqual(['head.rotation.weight', 'head.rotation.bias'])
  },
)
