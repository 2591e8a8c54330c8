/** Writing protocol buffers: fields by number, as the encoding guide of the format lays them out. */

type Field = readonly [number: number, bytes: Uint8Array]

const utf8 = new TextEncoder()

/** Seven bits a byte, lowest first. Negative numbers as 64-bit two's complement. */
function varint(value: number | bigint): number[] {
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  return [...bytes, Number(rest)]
}

const [asVarint, asBytes, asFloat] = [0, 2, 5]
const key = (number: number, wire: number): number[] => varint(number * 8 + wire)

/** A whole number; a list of them is packed. */
export function integer(number: number, value: number | bigint | readonly (number | bigint)[]): Field {
  if (!Array.isArray(value))
    return [number, Uint8Array.from([...key(number, asVarint), ...varint(value as number | bigint)])]
  return data(number, Uint8Array.from(value.flatMap(varint)))
}

export function float(number: number, value: number): Field {
  const bytes = new Uint8Array(new Float32Array([value]).buffer)
  return [number, Uint8Array.from([...key(number, asFloat), ...bytes])]
}

export function data(number: number, bytes: Uint8Array): Field {
  return [number, join([Uint8Array.from([...key(number, asBytes), ...varint(bytes.length)]), bytes])]
}

export const text = (number: number, value: string): Field => data(number, utf8.encode(value))

/** A message inside a message. */
export const inside = (number: number, fields: readonly Field[]): Field => data(number, message(fields))

export const message = (fields: readonly Field[]): Uint8Array => join(fields.map(([, bytes]) => bytes))

function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
