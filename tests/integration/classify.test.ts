/** `handful classify` on images drawn here: whose grade is how large a disc they show. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { random } from '../../shared/domain/random.ts'
import { encodePng } from '../png.ts'

const folder = mkdtempSync(join(tmpdir(), 'handful-classify-'))
afterAll(() => rmSync(folder, { recursive: true }))
const images = join(folder, 'photos')
const grades = join(folder, 'grades.csv')
const output = join(folder, 'out')

const handful = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['main/cli/index.ts', 'classify', ...args], { encoding: 'utf8' }) // prettier-ignore
  return { code: status, out: stdout, err: stderr }
}

beforeAll(() => {
  mkdirSync(images)
  const lines = ['image,level']
  for (let i = 0; i < 30; i++) {
    const draw = random(i, 'photo')
    const grade = i % 3
    const [cx, cy] = [draw.uniform(14, 34), draw.uniform(14, 34)]
    const inside = (x: number, y: number) => Math.hypot(x - cx, y - cy) < [0, 6, 13][grade]
    const png = encodePng(48, 48, (x, y, c) => (inside(x, y) ? [220, 180, 90][c] : 60 + draw.integer(30)))
    writeFileSync(join(images, `eye_${i}.png`), png)
    if (i < 24) lines.push(`eye_${i},${grade}`)
  }
  writeFileSync(grades, lines.join('\n'))
})

const learn = ['--images', images, '--grades', grades, '--output', output, '--size', '32', '--task', 'rotation', '--pretrain-steps', '2', '--steps', '50', '--validation', '40', '--twin'] // prettier-ignore

it('pretrains on all images, learns grades, measures kappa, has a twin, and grades other images', () => {
  const made = handful(...learn, '--json')
  expect(made.code, made.err).toBe(0)
  const report = JSON.parse(made.out) as Record<string, unknown> & { model: { kappa: number }; twin: { kappa: number } }
  expect(report).toMatchObject({ images: 30, graded: 24, learnt: 15, validation: 9, grades: 3, refused: [] })
  expect(report.model.kappa).toBeGreaterThan(0.4)
  expect(report.twin.kappa).toBeLessThanOrEqual(1)
  // What is measured on was in no pretraining.
  const { split } = JSON.parse(readFileSync(join(output, 'report.json'), 'utf8')) as { split: { validation: string[] } }
  const pool = readFileSync(join(output, 'pretrain', 'config.json'), 'utf8')
  for (const name of split.validation) expect(pool).not.toContain(`"${name}"`)
  const csv = readFileSync(join(output, 'predictions.csv'), 'utf8').trim().split('\n')
  expect(csv[0]).toBe('image,grade,reaches 1,reaches 2')
  expect(csv).toHaveLength(31)

  const file = join(folder, 'more.csv')
  const graded = handful('--images', images, '--model', output, '--output', file)
  expect(graded.code, graded.err).toBe(0)
  expect(readFileSync(file, 'utf8')).toBe(readFileSync(join(output, 'predictions.csv'), 'utf8'))

  const again = handful(...learn)
  expect(again.code, again.err).toBe(0)
  expect(again.out).toContain('quadratic weighted kappa')
  expect(handful(...learn.with(learn.indexOf('50'), '60'))).toMatchObject({ code: 1, err: expect.stringMatching(/other settings/) }) // prettier-ignore
})

it('cannot tell which way up noise is, although it is higher than wide; names grades that nobody gave', () => {
  const [noise, list, place] = ['noise', 'noise.csv', 'noise-out'].map((name) => join(folder, name))
  mkdirSync(noise)
  const lines: string[] = []
  for (let i = 0; i < 40; i++) {
    const draw = random(i, 'noise')
    const png = encodePng(51, 64, () => 40 + draw.integer(200))
    writeFileSync(join(noise, `n${i}.png`), png)
    lines.push(`n${i},${i % 2 ? 3 : 0}`)
  }
  writeFileSync(list, lines.join('\n'))
  const made = handful('--images', noise, '--grades', list, '--output', place, '--size', '64', '--task', 'rotation', '--pretrain-steps', '20', '--steps', '1', '--json') // prettier-ignore
  expect(made.code, made.err).toBe(0)
  const { validation, chance } = JSON.parse(readFileSync(join(place, 'pretrain', 'report.json'), 'utf8')) as {
    validation: Record<string, number>
    chance: number
  }
  expect(chance).toBe(0.25)
  // 1 after as many steps where the black beside an image is cut along.
  expect(validation['pretext validation accuracy']).toBeLessThan(0.5)
  expect(made.err).toMatch(/No image to learn from has grade 1, 2,/)
  expect(JSON.parse(made.out)).toMatchObject({ grades: 4, missing: [1, 2] })
  expect(JSON.parse(readFileSync(join(place, 'report.json'), 'utf8'))).toMatchObject({ missing: [1, 2] })
})

it('refuses images of one grade alone, wherever two are needed', () => {
  const list = join(folder, 'one.csv')
  const place = join(folder, 'one-out')
  const refused = (grade: (i: number) => number, ...args: string[]) => {
    writeFileSync(list, Array.from({ length: 30 }, (_, i) => `eye_${i},${grade(i)}`).join('\n'))
    const { code, err } = handful('--images', images, '--grades', list, '--output', place, '--size', '32', ...args)
    expect(code).toBe(1)
    return err
  }
  expect(refused(() => 3)).toMatch(
    /All images that .*one.csv names have one and the same grade, 3: .* Give images of two/,
  )
  expect(existsSync(place)).toBe(false)
  // The only image of another grade is learnt from: there is none to measure on.
  expect(refused((i) => (i === 7 ? 1 : 0))).toMatch(
    /kept to measure on have one and the same grade, 0: .* larger share/,
  )
  expect(existsSync(join(place, 'pretrain'))).toBe(false)
})

it('says in words what it cannot work with, and leaves nothing', () => {
  const none = join(folder, 'none')
  const wrong = (...args: string[]) => handful('--images', images, '--output', none, ...args)
  expect(wrong()).toMatchObject({ code: 2, err: expect.stringMatching(/--grades to learn, or --model/) })
  expect(wrong('--grades', grades, '--size', '50')).toMatchObject({ code: 2, err: expect.stringMatching(/multiple of 16/) }) // prettier-ignore
  expect(wrong('--grades', join(folder, 'missing.csv'))).toMatchObject({ code: 1, err: expect.stringMatching(/could not be read/) }) // prettier-ignore
  expect(wrong('--model', folder)).toMatchObject({ code: 1, err: expect.stringMatching(/no model/) })
  expect(existsSync(none)).toBe(false)
})
