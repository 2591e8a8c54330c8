/** Text of DICOM's character sets (PS3.3 C.12.1.1.2, PS3.5 6.1.2.5) as strings, for display. */

/** Single-byte and whole-text encodings: defined term, without "ISO_IR " or "ISO 2022 IR ", to TextDecoder label. */
const decoders: Record<string, string> = {
  6: 'windows-1252',
  13: 'shift_jis',
  100: 'windows-1252',
  101: 'iso-8859-2',
  109: 'iso-8859-3',
  110: 'iso-8859-4',
  126: 'iso-8859-7',
  127: 'iso-8859-6',
  138: 'iso-8859-8',
  144: 'iso-8859-5',
  148: 'windows-1254',
  166: 'windows-874',
  192: 'utf-8',
  203: 'iso-8859-15',
  GB18030: 'gb18030',
  GBK: 'gbk',
  // Multi-byte sets of ISO 2022: as the upper half (G1) of these.
  58: 'gbk',
  87: 'euc-jp',
  149: 'euc-kr',
  159: 'euc-jp',
}

/** What an escape sequence (the bytes after ESC) brings in: a decoder, and how its bytes must be dressed for it. */
const escapes: [sequence: string, label: string, dress: 'asIs' | 'upper' | 'jis212'][] = [
  ['(B', 'windows-1252', 'asIs'],
  ['(J', 'shift_jis', 'asIs'],
  [')I', 'shift_jis', 'asIs'],
  ['-A', 'windows-1252', 'asIs'],
  ['-B', 'iso-8859-2', 'asIs'],
  ['-C', 'iso-8859-3', 'asIs'],
  ['-D', 'iso-8859-4', 'asIs'],
  ['-F', 'iso-8859-7', 'asIs'],
  ['-G', 'iso-8859-6', 'asIs'],
  ['-H', 'iso-8859-8', 'asIs'],
  ['-L', 'iso-8859-5', 'asIs'],
  ['-M', 'windows-1254', 'asIs'],
  ['-T', 'windows-874', 'asIs'],
  ['-b', 'iso-8859-15', 'asIs'],
  ['$)A', 'gbk', 'asIs'],
  ['$)C', 'euc-kr', 'asIs'],
  ['$B', 'euc-jp', 'upper'],
  ['$(D', 'euc-jp', 'jis212'],
]

/**
 * A text in the character sets that (0008,0005) names; unknown sets are read as Latin-1. Never throws: bytes that make no
 * sense become the replacement character.
 */
export function decodeText(bytes: Uint8Array, characterSets: readonly string[]): string {
  const initial = labelOf(characterSets[0] ?? '')
  const text = bytes.includes(0x1b) ? decodeEscaped(bytes, initial) : decode(bytes, initial)
  return text.replaceAll('\0', '').trim()
}

/**
 * A person's name for display: "Family, Given Middle", the alphabetic form first and the ideographic one in brackets.
 * `text` is a decoded PN: five components parted by ^, three forms parted by =.
 */
export function formatName(text: string): string {
  const forms = text.split('=').map((form) => {
    const [family = '', given = '', middle = '', prefix = '', suffix = ''] = form.split('^').map((part) => part.trim())
    const rest = [prefix, given, middle].filter(Boolean).join(' ')
    return [[family, rest].filter(Boolean).join(', '), suffix].filter(Boolean).join(' ')
  })
  const [alphabetic, ideographic] = forms
  return alphabetic && ideographic ? `${alphabetic} (${ideographic})` : alphabetic || ideographic || forms[2] || ''
}

function labelOf(term: string): string {
  const key = term.replace(/^ISO[_ ](2022[_ ])?IR[_ ]?/i, '').trim()
  return decoders[key] ?? 'windows-1252'
}

function decodeEscaped(bytes: Uint8Array, initial: string): string {
  let out = ''
  let start = 0
  let label = initial
  let dress: 'asIs' | 'upper' | 'jis212' = 'asIs'
  for (let at = 0; at <= bytes.length; at++) {
    const ends = at === bytes.length || bytes[at] === 0x1b
    // Delimiters and line ends bring back the first character set, except inside two-byte text that uses the same bytes.
    const resets = !ends && dress === 'asIs' && [0x0a, 0x0d, 0x3d, 0x5c, 0x5e].includes(bytes[at])
    if (!ends && !resets) continue
    out += decode(dressed(bytes.subarray(start, at), dress), label)
    start = at
    if (resets) {
      label = initial
      continue
    }
    const known = escapes.find(([sequence]) =>
      [...sequence].every((char, n) => bytes[at + 1 + n] === char.charCodeAt(0)),
    )
    if (known) {
      // ")I", "-A"… and "$)…" change the upper half only; ASCII in the lower half is common to all of these decoders.
      ;[, label, dress] = known
      if (known[0] === '(B') label = initial === 'utf-8' || initial.startsWith('gb') ? 'windows-1252' : initial
      start = at + 1 + known[0].length
      at = start - 1
    } else start = at + 1
  }
  return out
}

function dressed(bytes: Uint8Array, dress: 'asIs' | 'upper' | 'jis212'): Uint8Array {
  if (dress === 'asIs') return bytes
  const out: number[] = []
  for (let n = 0; n + 1 < bytes.length; n += 2) {
    if (dress === 'jis212') out.push(0x8f)
    out.push(bytes[n] | 0x80, bytes[n + 1] | 0x80)
  }
  return Uint8Array.from(out)
}

const made = new Map<string, TextDecoder>()

function decode(bytes: Uint8Array, label: string): string {
  const decoder = made.get(label) ?? new TextDecoder(label)
  made.set(label, decoder)
  return decoder.decode(bytes)
}
