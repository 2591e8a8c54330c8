import { describe, expect, it } from 'vitest'
import { finetune } from './finetune.ts'
import { predict } from './predict.ts'
import { memoryHost, phantom, phantomTuning, type Files } from './testing.ts'
import { lookTimes } from './watch.ts'

describe('lookTimes', () => {
  const sorted = (steps: number, looks: number) => [...lookTimes(steps, looks)].toSorted((a, b) => a - b)

  it('looks often while a network learns most, then at even distances, and at the end', () => {
    const early = [5, 7, 10, 15, 21, 29, 41, 59]
    expect(sorted(1000, 20)).toEqual([...early, 83, 167, 250, 333, 417, 500, 583, 667, 750, 833, 917, 1000])
  })

  it('never looks more often than it may, nor twice after a step', () => {
    for (const steps of [1, 2, 7, 30, 100, 999]) {
      for (const looks of [1, 2, 5, 20]) {
        const times = sorted(steps, looks)
        expect(times.length).toBeLessThanOrEqual(Math.min(looks, steps))
        expect(times[0]).toBeGreaterThanOrEqual(1)
        expect(times.at(-1)).toBe(steps)
      }
    }
  })
})

it(
  'goes on learning where a scan that is watched can’t be predicted, and says so once',
  { timeout: 60_000 },
  async () => {
    const phantoms = [...Array.from({ length: 3 }, (_, i) => phantom(i)), phantom(3, [30, 30, 30])]
    const [a, b, small, large] = phantoms.map((p) => p.source)
    const folders = new Map<string, Files>()
    // Room for the small one's probabilities, not for the large one's.
    const host = { ...memoryHost(phantoms, folders, 'run'), memory: 400_000 }
    const channels = { ...small, id: 'other', channels: 2 }
    await finetune(phantomTuning([a, b], 4, { watch: [large, small, channels] }), host)
    const said = host.messages.filter((message) => message.type === 'notice' && /not watched/.test(message.text))
    expect(said).toEqual([{ type: 'notice', text: expect.stringContaining(large.name) }])
    const curves = new TextDecoder().decode(folders.get('run')!.get('metrics.jsonl'))
    expect(curves).toContain('validation Dice')
    expect(folders.get('run')!.has('model.bin')).toBe(true)

    // Nor does it end predicting, where others can be and that is wished.
    const predicted: string[] = []
    const go = async (goesOn: boolean, cases = [large, small]) =>
      predict(
        {
          kind: 'predict',
          runId: 'r',
          seed: 1,
          device: 'auto',
          threads: 1,
          modelFolder: 'run',
          weights: 'last',
          goesOn,
          cases: cases.map((source) => ({ ...source, outputFile: source.id })),
        },
        host,
        async (file) => void predicted.push(file),
      )
    await go(true)
    expect(predicted).toEqual([small.id])
    const text = expect.stringMatching(/^Not every scan was predicted. phantom 3 is too large/)
    expect(host.messages).toContainEqual({ type: 'notice', text, warning: true })
    await expect(go(false)).rejects.toThrow('Not every scan')
    await expect(go(true, [large])).rejects.toThrow('Not every scan')
  },
)
