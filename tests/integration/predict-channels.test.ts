/** handful predict --input with cases of several files, as real processes: which files go together, in which order. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Triple } from '../../shared/domain/geometry.ts'
import { writePhantom } from './phantoms.ts'

const root = mkdtempSync(join(tmpdir(), 'handful-channels-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const [project, scans, fresh] = ['project', 'scans', 'new'].map((part) => join(root, part))
const env = { ...process.env, HANDFUL_HOME: join(root, 'home') }

function handful(...args: string[]) {
  const given = ['main/cli/index.ts', ...args, '--project', project]
  const { status, stdout, stderr } = spawnSync(process.execPath, given, { env, encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

const predict = (output: string, ...args: string[]) =>
  handful('predict', '--device', 'cpu', '--input', ...args, '--output', join(root, output))

/** A block that is bright in the first channel, grey in the second. */
function writeCase(folder: string, name: string, edge: number) {
  const shape: Triple = [20, 18, 16]
  const voxels = 20 * 18 * 16
  const label = Uint8Array.from({ length: voxels }, (_, v) => (v % 20 < edge && (v / 20) % 18 < 9 ? 1 : 0))
  for (const [n, gain] of [900, 100].entries()) {
    const samples = Int16Array.from(label, (marked, v) => gain * marked + ((v * 31) % 60))
    writePhantom(join(folder, `${name}_000${n}.nii.gz`), { shape, samples })
  }
  writePhantom(join(root, 'labels', `${name}.nii.gz`), { shape, type: 'uint8', samples: label })
}

beforeAll(() => {
  writeCase(scans, 'c1', 8)
  writeCase(scans, 'c2', 11)
  writeCase(fresh, 'c302', 10)
  const imported = handful('import', scans, '--labels', join(root, 'labels'), '--channels', '0000,0001')
  expect(imported.code, imported.err).toBe(0)
  const learnt = handful('finetune', '--device', 'cpu', '--cases', 'c1,c2', '--from', 'scratch', '--steps', '4')
  expect(learnt.code, learnt.err).toBe(0)
}, 120_000)

const files = () => [0, 1].map((n) => join(fresh, `c302_000${n}.nii.gz`))

it('without the names of the channels, says that they are needed, and which', () => {
  const { code, err } = predict('none', ...files())
  expect(code).toBe(1)
  expect(err).toMatch(/c302_0000: It has 1 channel, the model needs 2 .*--channels 0000,0001\.$/m)
})

it('refuses names that are none, as import does, and channels for cases of the project', () => {
  const one = predict('none', fresh, '--channels', '0000')
  expect(one).toMatchObject({ code: 2, err: expect.stringContaining('two or more different names') })
  expect(handful('predict', '--cases', 'c1', '--channels', 'a,b')).toMatchObject({ code: 2 })
})

it('files and folders become cases; each file gets to the channel of its name, in whatever order they are given', () => {
  const straight = predict('straight', ...files(), '--channels', '0000,0001')
  expect(straight, straight.err).toMatchObject({ code: 0, out: `${join(root, 'straight', 'c302.nii.gz')}\n` })
  const turned = predict('turned', fresh, '--channels', '0001,0000')
  expect(turned.code, turned.err).toBe(0)
  const read = (output: string) => readFileSync(join(root, output, 'c302.nii.gz'))
  expect(read('turned')).toEqual(read('straight'))

  // Under names that the model does not know, the order given counts.
  const other = join(root, 'other')
  mkdirSync(other)
  for (const [n, name] of ['bright', 'grey'].entries()) copyFileSync(files()[n], join(other, `c302_${name}.nii.gz`))
  const same = predict('same', other, '--channels', 'bright,grey')
  expect(same.err).toContain('learnt from the channels 0000, 0001; bright, grey are taken')
  expect(read('same')).toEqual(read('straight'))
  predict('swapped', other, '--channels', 'grey,bright')
  expect(read('swapped')).not.toEqual(read('straight'))
})

it('never writes over a scan, be it one that does not fit the model', () => {
  const mixed = join(root, 'mixed')
  mkdirSync(mixed)
  for (const [n, file] of files().entries()) copyFileSync(file, join(mixed, `c302_000${n}.nii.gz`))
  copyFileSync(files()[0], join(mixed, 'c302.nii.gz'))
  const before = readFileSync(join(mixed, 'c302.nii.gz'))
  expect(predict('mixed', mixed, '--channels', '0000,0001')).toMatchObject({
    code: 1,
    err: expect.stringContaining('would be overwritten'),
  })
  expect(readFileSync(join(mixed, 'c302.nii.gz'))).toEqual(before)
})

it('a case that lacks a channel is refused, the others are predicted', () => {
  const lacking = join(root, 'lacking')
  mkdirSync(lacking)
  copyFileSync(files()[1], join(lacking, 'c9_0001.nii.gz'))
  const { code, err } = predict('rest', fresh, lacking, '--channels', '0000,0001')
  expect(code).toBe(1)
  expect(err).toMatch(/c9_0001.nii.gz: Its channel 0000 is not there/)
  expect(readdirSync(join(root, 'rest')).sort()).toEqual(['c302.nii.gz', 'labels.json'])
})
