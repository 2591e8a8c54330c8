/**
 * Siemens' private "CSA" header: named lists of texts in (0029,xx10). Two layouts; both little endian whatever the file's
 * encoding. Layout as described in nibabel's documentation ("Siemens format DICOM with CSA header").
 */

/** The items of one entry, '' items left out; [] where the entry or the header is not there. Never throws. */
export function csaValues(bytes: Uint8Array, name: string): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const second = ascii(bytes, 0, 4) === 'SV10'
  let at = second ? 8 : 0
  if (at + 8 > bytes.length) return []
  const tags = view.getUint32(at, true)
  at += 8
  for (let tag = 0; tag < Math.min(tags, 1024) && at + 84 <= bytes.length; tag++) {
    const own = ascii(bytes, at, 64) === name
    const items = view.getUint32(at + 76, true)
    at += 84
    const values: string[] = []
    for (let item = 0; item < Math.min(items, 4096) && at + 16 <= bytes.length; item++) {
      const length = view.getUint32(at + (second ? 4 : 0), true)
      at += 16
      if (length > bytes.length - at) return []
      if (own && length > 0) values.push(ascii(bytes, at, length))
      at += Math.ceil(length / 4) * 4
    }
    if (own) return values.filter((value) => value !== '')
  }
  return []
}

/** Text up to its first zero byte. */
function ascii(bytes: Uint8Array, at: number, count: number): string {
  let out = ''
  for (let n = at; n < at + count && bytes[n]; n++) out += String.fromCharCode(bytes[n])
  return out.trim()
}
