import { afterEach, expect, test } from 'vitest'
import { en } from './en.ts'
import { figure, language, words } from './index.ts'
import { told } from './program.ts'
import { zh } from './zh.ts'

afterEach(() => void (language.value = 'en'))

type Entry = [path: string, value: unknown]
const entries = (part: object, path = ''): Entry[] =>
  Object.entries(part).flatMap(([key, value]): Entry[] =>
    typeof value === 'object' && value !== null
      ? entries(value as object, `${path}.${key}`)
      : [[`${path}.${key}`, value]],
  )

test('every sentence has its Chinese, with the same number of values to fill in', () => {
  const chinese = new Map(entries(zh))
  for (const [path, value] of entries(en)) {
    const other = chinese.get(path)
    expect(typeof other, path).toBe(typeof value)
    // A language may leave out a value ("1 scan"), never ask for one that nobody gives.
    if (typeof value === 'function') expect((other as () => void).length, path).toBeLessThanOrEqual(value.length)
  }
  expect(chinese.size).toBe(entries(en).length)
})

test('Chinese sentences are Chinese: no half-width comma or stop between characters, no English left over', () => {
  const same = new Set(['Handful', 'JSON', 'NIfTI（.nii.gz）', 'Dice', 'mL', 'mm', 'cm', 'R', 'L', 'A', 'P', 'S', 'I'])
  const text = (value: unknown) => (typeof value === 'function' ? String(value) : String(value))
  for (const [path, value] of entries(zh)) {
    if (typeof value === 'string' && !same.has(value)) expect(value, path).toMatch(/\p{Script=Han}/u)
    expect(text(value), path).not.toMatch(/\p{Script=Han}[,;:!?]/u)
  }
})

test('a kept part of the catalogue speaks the present language', () => {
  const says = words.cases.status
  expect(says.labelled).toBe('Labelled')
  language.value = 'zh'
  expect(says.labelled).toBe('已标注')
  expect(words.cases.count(3)).toBe('3 例影像')
})

test('figures have the same digits in each language', () => {
  expect(figure(1234.5, 2)).toBe('1234.50')
  language.value = 'zh'
  expect(figure(1234.5, 2)).toBe('1234.50')
  expect(figure(null, 2)).toBe('–')
})

test('what the program says is said in Chinese where it is known, and stays whole where not', () => {
  const plan = 'Learns your labels from 3 labelled scans.'
  expect(told(plan)).toBe(plan)
  language.value = 'zh'
  expect(told(plan)).toBe('从 3 例已标注影像学习您的标注。')
  expect(told('CPU, 2 threads, AVX-512')).toBe('CPU，2 线程，AVX-512')
  expect(told('Something nobody translated.')).toBe('Something nobody translated.')
})
