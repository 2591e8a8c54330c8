import { describe, expect, it } from 'vitest'
import { decodeText, formatName } from './charset.ts'

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0))

/** The examples of PS3.5 annexes H, I and J, as bytes. */
describe('names of PS3.5', () => {
  it.each([
    ['H.3.1, Japanese', ['', 'ISO 2022 IR 87'], 'Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B', 'Yamada^Tarou=山田^太郎=やまだ^たろう'],
    ['H.3.2, half-width kana', ['ISO 2022 IR 13', 'ISO 2022 IR 87'], '\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J', 'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう'],
    ['I.2, Korean', ['', 'ISO 2022 IR 149'], 'Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf', 'Hong^Gildong=洪^吉洞=홍^길동'],
    ['J.1, Chinese in UTF-8', ['ISO_IR 192'], 'Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1=', 'Wang^XiaoDong=王^小東='],
    ['J.2, Chinese in GB18030', ['GB18030'], 'Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=', 'Wang^XiaoDong=王^小东='],
    ['Latin-1', ['ISO_IR 100'], 'Buc^J\xe9r\xf4me', 'Buc^Jérôme'],
    ['Greek by escape', ['', 'ISO 2022 IR 126'], '\x1b-F\xc4\xe9\xef\xed', 'Διον'],
    ['Cyrillic', ['ISO_IR 144'], '\xbb\xee\xda', 'Люк'],
  ])('%s', (_, sets, stored, wanted) => expect(decodeText(bytes(stored), sets)).toBe(wanted)) // prettier-ignore
})

describe('never throws', () => {
  it.each([[[]], [['nonsense']], [['ISO_IR 192']], [['ISO 2022 IR 6', 'ISO 2022 IR 87']]])('in %s', (sets) => {
    for (const text of ['\x1b', '\x1b$', '\x1b$B;', '\xff\xfe\x1b$)', 'plain\0\0 '])
      expect(typeof decodeText(bytes(text), sets)).toBe('string')
  })
})

describe('formatName', () => {
  it.each([
    ['Doe^Jane', 'Doe, Jane'],
    ['Adams^John Robert Quincy^^Rev.^B.A. M.Div.', 'Adams, Rev. John Robert Quincy B.A. M.Div.'],
    ['Yamada^Tarou=山田^太郎=やまだ^たろう', 'Yamada, Tarou (山田, 太郎)'],
    ['=洪^吉洞', '洪, 吉洞'],
    ['', ''],
  ])('%s', (stored, shown) => expect(formatName(stored)).toBe(shown))
})
