import { describe, expect, it } from 'vitest'
import { decodeTensors, encodeTensors, EngineError } from './index.ts'
import { noise } from './testing.ts'

const tensors = new Map([
  ['encoder.0.filter', noise(27 * 4, 1)],
  ['ä "name"', Float32Array.of(1, -0, NaN, Infinity, 1e-40)],
  ['empty', new Float32Array()],
])
const meta = { step: 7, note: 'a "quoted" ü', nested: { list: [1, 2] } }

describe('weights file', () => {
  const bytes = encodeTensors(tensors, meta, new Map([['encoder.0.filter', [3, 3, 3, 2, 2]]]))

  it('gives back tensors bit for bit, and the meta data', () => {
    const back = decodeTensors(bytes)
    expect(back.meta).toEqual(meta)
    expect([...back.tensors.keys()]).toEqual([...tensors.keys()])
    for (const [name, values] of tensors) {
      expect(new Uint32Array(back.tensors.get(name)!.buffer)).toEqual(new Uint32Array(values.slice().buffer))
    }
  })

  it('reads from the middle of a larger buffer', () => {
    const larger = new Uint8Array(bytes.length + 3)
    larger.set(bytes, 3)
    expect(decodeTensors(larger.subarray(3)).tensors.size).toBe(3)
  })

  it('is laid out as safetensors', () => {
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    expect((8 + length) % 8).toBe(0)
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))
    expect(header['encoder.0.filter']).toEqual({ dtype: 'F32', shape: [3, 3, 3, 2, 2], data_offsets: [0, 432] })
    for (const value of Object.values(header.__metadata__)) expect(typeof value).toBe('string')
  })

  it('refuses every truncation and every flipped bit', () => {
    for (let length = 0; length < bytes.length; length += 1 + (length >> 3)) {
      expect(() => decodeTensors(bytes.slice(0, length)), `${length} bytes`).toThrow(EngineError)
    }
    for (let at = 0; at < bytes.length; at += 5) {
      const changed = bytes.slice()
      changed[at] ^= 1 << (at % 8)
      expect(() => decodeTensors(changed), `byte ${at}`).toThrow(EngineError)
    }
    expect(() => decodeTensors(Uint8Array.of(...bytes, 0))).toThrow('damaged')
  })

  it('says so when the file is something else', () => {
    expect(() => decodeTensors(new TextEncoder().encode('this is a text and no weights file'))).toThrow(
      'not a weights file',
    )
    const foreign = new TextEncoder().encode('........{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}')
    new DataView(foreign.buffer).setBigUint64(0, BigInt(foreign.length - 8), true)
    expect(() => decodeTensors(foreign)).toThrow('checksum is missing')
  })

  it('refuses shapes that do not fit', () => {
    expect(() => encodeTensors(tensors, {}, new Map([['empty', [2]]]))).toThrow('"empty" has 0 values')
  })
})
