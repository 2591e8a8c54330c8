import { expect, it } from 'vitest'
import { finetune } from './finetune.ts'
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
  },
)
