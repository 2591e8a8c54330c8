import { expect, it } from 'vitest'
import { finetune } from './finetune.ts'
import { predict } from './predict.ts'
import { memoryHost, phantom, phantomTuning, type Files } from './testing.ts'

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
