/** The command line, as real processes: grammar, exit codes, JSON on stdout, files written. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileInference, openSession } from '../../main/engine/index.ts'
import { readNifti } from '../../main/imaging/nifti.ts'
import { readModel, segmentationNetwork } from '../../main/training/predict.ts'
import { runFolder } from '../../main/workers/run-folder.ts'
import { straight, turned, writeBytes, writePhantom } from './phantoms.ts'

const folder = mkdtempSync(join(tmpdir(), 'handful-cli-'))
const project = join(folder, 'study')
const demo = resolve('resources/demo')
const env = { ...process.env, HANDFUL_HOME: join(folder, 'home') }
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Ended = { code: number | null; out: string; err: string }

function handful(...args: string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['main/cli/index.ts', ...args], {
    env,
    encoding: 'utf8',
  })
  return { code: status, out: stdout, err: stderr }
}

function json<T>(ended: Ended): T {
  expect(ended.code, ended.err).toBe(0)
  return JSON.parse(ended.out) as T
}

type Imported = {
  series: { name: string; status: string; affine: number[][]; shape: number[]; reason: string | null }[]
  labels: { status: string }[]
}

describe('handful', () => {
  it('explains itself, and tells wrong usage from failure', () => {
    const help = handful('--help')
    expect(help.code).toBe(0)
    for (const name of [
      'import',
      'pretrain',
      'finetune',
      'predict',
      'evaluate',
      'export',
      'train',
      'serve',
      'demo',
      'doctor',
      'resume',
      'cases',
    ]) {
      expect(help.out).toContain(`  ${name} `)
    }
    for (const name of ['import', 'predict']) {
      expect(handful(name, '--help').out).toMatch(/Examples?:\n {2}handful /)
    }
    expect(handful('improt').code).toBe(2)
    expect(handful('import', folder).code).toBe(2)
    expect(handful('pretrain', '--project', folder, '--steps', '5', '--minutes', '1').code).toBe(2)
    expect(handful('pretrain', '--project', folder, '--task', 'telepathy').code).toBe(2)
    expect(handful('evaluate', '--project', folder, '--region', 'Whole').err).toContain('such as "Whole tumour=1+2+4"')
    expect(handful('import', join(folder, 'nothing-here'), '--project', project)).toMatchObject({
      code: 2,
      err: expect.stringContaining('no file or folder'),
    })
    const none = handful('cases', '--project', join(folder, 'none'), '--json')
    expect(none.code).toBe(1)
    expect(JSON.parse(none.out)).toEqual({ error: expect.stringContaining('no folder') })
    expect(none.err).not.toContain('    at ')
  })

  it('doctor: devices, versions, memory and disk', () => {
    const report = json<{
      versions: Record<string, string>
      devices: { id: string; ok: boolean }[]
      memory: Record<string, number>
      disk: Record<string, number>
      calibration: { device: string; why: string; measured: { device: string; milliseconds: number | null }[] }
    }>(handful('doctor', '--json'))
    expect(report.calibration.measured.slice(0, 2)).toMatchObject([
      { device: 'cpu-addon', milliseconds: expect.any(Number), error: null },
      { device: 'cpu-wasm', milliseconds: expect.any(Number), error: null },
    ])
    expect(report.calibration.why).not.toBe('')
    expect(report.versions).toMatchObject({
      handful: '0.1.0',
      node: process.versions.node,
      sqlite: expect.stringMatching(/^3\./),
    })
    expect(report.devices.some((device) => device.ok)).toBe(true)
    expect(report.memory.totalBytes).toBeGreaterThan(1e8)
    expect(report.disk.freeBytes).toBeGreaterThan(0)
  })

  it('import, cases, export: geometry of the source in, the same out', async () => {
    const scans = join(folder, 'scans')
    const samples = Uint8Array.from({ length: 120 }, (_, n) => (n % 5 === 0 ? 3 : 0))
    writePhantom(join(scans, 'one.nii'), { affine: turned })
    writePhantom(join(scans, 'two.nii.gz'), { affine: straight })
    writeBytes(join(scans, 'readme.txt'), 'hello')
    writePhantom(join(folder, 'maps', 'one_label.nii.gz'), { affine: turned, type: 'uint8', samples })
    const small = join(folder, 'small')
    const imported = json<Imported>(
      handful('import', scans, '--project', small, '--labels', join(folder, 'maps'), '--label', '3=Tumour', '--json'),
    )
    expect(imported.series.map(({ name, status }) => [name, status])).toEqual([
      ['one', 'ready'],
      ['readme.txt', 'refused'],
      ['two', 'ready'],
    ])
    expect(imported.series[0]).toMatchObject({ affine: turned, shape: [6, 5, 4] })
    expect(imported.labels).toMatchObject([{ status: 'ready' }])

    expect(handful('cases', '--project', small, '--role', 'validation', '--cases', 'two').code).toBe(0)
    const listed = json<{ cases: { name: string; role: string; status: string }[] }>(
      handful('cases', '--project', small, '--json'),
    )
    expect(listed.cases).toMatchObject([
      { name: 'one', role: 'training', status: 'labelled' },
      { name: 'two', role: 'validation', status: 'unlabelled' },
    ])
    const unknown = handful('cases', '--project', small, '--cases', 'one,three')
    expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining('"three"') })

    const out = join(folder, 'out')
    expect(handful('export', '--project', small, '--output', out).code).toBe(0)
    const read = await readNifti(gunzipSync(readFileSync(join(out, 'one.nii.gz'))))
    if (!read.ok) throw new Error(read.reason)
    expect(read.volume.geometry.affine).toEqual(turned)
    expect(read.volume.samples).toEqual(samples)
    expect(JSON.parse(readFileSync(join(out, 'labels.json'), 'utf8'))).toMatchObject([{ value: 3, name: 'Tumour' }])
    expect(existsSync(join(out, 'two.nii.gz'))).toBe(false)
  })
})

describe('handful, from scans to scores', () => {
  const training = 'hippocampus_104,hippocampus_178'
  let pretraining = ''
  let model = ''
  let finetuning = ''

  beforeAll(() => {
    const images = join(demo, 'images')
    const imported = handful(
      'import',
      images,
      '--project',
      project,
      '--labels',
      join(demo, 'labels'),
      '--label',
      '1=Anterior',
      '--label',
      '2=Posterior',
    )
    expect(imported.code, imported.err).toBe(0)
    expect(
      handful('cases', '--project', project, '--role', 'validation', '--cases', 'hippocampus_006,hippocampus_045').code,
    ).toBe(0)
  })

  it('pretrain prints the run on the last line; validation cases stay out of the pool', () => {
    const ended = handful(
      'pretrain',
      '--project',
      project,
      '--task',
      'rotation',
      '--recipe',
      'handful',
      '--steps',
      '2',
      '--seed',
      '4',
    )
    expect(ended.code, ended.err).toBe(0)
    pretraining = ended.out.trim().split('\n').at(-1) ?? ''
    expect(pretraining).toMatch(/^pretrain-/)
    const config = readFileSync(join(project, 'runs', pretraining, 'config.json'), 'utf8')
    expect(config).toContain('hippocampus_104')
    expect(config).not.toContain('hippocampus_006')
  })

  it('finetune takes a file of names, starts from the run, and refuses cases without a label', () => {
    const list = join(folder, 'cases.txt')
    writeFileSync(list, `# labelled\n${training.replace(',', '\n')}\n`)
    const made = json<{ model: string; run: string; from: string; steps: number }>(
      handful('finetune', '--project', project, '--cases', list, '--from', pretraining, '--steps', '2', '--json'),
    )
    expect(made).toMatchObject({ from: pretraining, steps: 2 })
    model = made.model
    finetuning = made.run
    const refused = handful(
      'finetune',
      '--project',
      project,
      '--cases',
      'hippocampus_104,hippocampus_033',
      '--from',
      'scratch',
      '--steps',
      '2',
    )
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('hippocampus_033') })
    expect(
      handful('finetune', '--project', project, '--cases', training, '--from', 'pretrain-none', '--steps', '2').code,
    ).toBe(1)
  })

  it('predict writes on the input’s own grid, or keeps proposals', async () => {
    const input = join(folder, 'new', 'turned_scan.nii')
    // A real scan stored the other way round: the same voxels, axes named differently.
    const real = await readNifti(gunzipSync(readFileSync(join(demo, 'images', 'hippocampus_350.nii.gz'))))
    if (!real.ok) throw new Error(real.reason)
    writePhantom(input, {
      shape: real.volume.geometry.shape,
      affine: turned,
      type: real.volume.type,
      samples: real.volume.samples,
    })
    const output = join(folder, 'predicted')
    const predicted = handful(
      'predict',
      '--project',
      project,
      '--model',
      model,
      '--input',
      input,
      join(demo, 'NOTICE'),
      '--output',
      output,
    )
    expect(predicted).toMatchObject({
      code: 1,
      out: `${join(output, 'turned_scan.nii')}\n`,
      err: expect.stringContaining('NOTICE'),
    })
    const read = await readNifti(readFileSync(join(output, 'turned_scan.nii')))
    if (!read.ok) throw new Error(read.reason)
    expect(read.volume).toMatchObject({
      type: 'uint8',
      geometry: { shape: real.volume.geometry.shape, affine: turned },
    })
    expect(
      handful('predict', '--project', project, '--model', model, '--input', input, '--output', join(folder, 'new')).err,
    ).toContain('overwritten')

    const ran = handful('predict', '--project', project, '--cases', 'hippocampus_006,hippocampus_350', '--json')
    expect(ran.err).toMatch(/^Model: .+, the active one of this project\.$/m)
    const kept = json<{ predictions: { case: string; file: string | null }[] }>(ran)
    expect(kept.predictions).toMatchObject([
      { case: 'hippocampus_006', file: null },
      { case: 'hippocampus_350', file: null },
    ])
  })

  it('export writes a model as ONNX; ONNX Runtime gives what our network gives', async () => {
    const file = join(folder, 'network.onnx')
    const written = json<{ written: string[] }>(
      handful('export', '--project', project, '--format', 'onnx', '--model', model, '--output', file, '--json'),
    )
    expect(written).toEqual({ written: [file] })
    const { plan, values, weights, labels } = await readModel(runFolder(join(project, 'runs', finetuning)))
    const classes = values.length
    const { graph, probability } = segmentationNetwork(plan, classes)
    const session = await openSession(compileInference({ graph, outputs: { probability } }), { device: 'cpu' })
    session.setParameters(weights)
    const [x, y, z] = plan.patch
    const image = Float32Array.from({ length: x * y * z }, (_, i) => Math.sin(i * 0.37) + Math.cos(i * 0.011))
    session.setInput('image', image)
    await session.evaluate()
    const ours = await session.output('probability')
    const { InferenceSession, Tensor } = await import('onnxruntime-node')
    const network = await InferenceSession.create(file)
    const found = await network.run({ image: new Tensor('float32', image, [1, 1, z, y, x]) })
    expect(found.probability.dims).toEqual([1, classes, z, y, x])
    const theirs = found.probability.data as Float32Array
    const off = ours.map((p, i) => Math.abs(p - theirs[(i % classes) * image.length + Math.floor(i / classes)]))
    expect(off.reduce((a, b) => Math.max(a, b))).toBeLessThan(1e-4)
    const text = readFileSync(file, 'utf8')
    for (const part of [plan, plan.normalisation, plan.spacing, labels.map(({ value, name }) => ({ value, name }))])
      expect(text).toContain(JSON.stringify(part))
    await network.release()
    await session.close()

    const named = handful('export', '--project', project, '--format', 'onnx', '--model', model, '--output', folder)
    expect(named.out).toBe(`${join(folder, `${model}.onnx`)}\n`)
    expect(readFileSync(join(folder, `${model}.onnx`))).toEqual(readFileSync(file))
    const wish = ['export', '--project', project, '--output', file]
    expect(handful(...wish, '--format', 'onnx')).toMatchObject({
      code: 0,
      err: expect.stringContaining('the active one of this project'),
    })
    expect(handful(...wish, '--model', model)).toMatchObject({ code: 2, err: expect.stringContaining('onnx') })
    const none = handful(...wish, '--format', 'onnx', '--model', 'nobody')
    expect(none).toMatchObject({ code: 1, err: expect.stringContaining('no model nobody') })
    expect(handful(...wish, '--format', 'onnx', '--model', model, '--weights', 'best').code).toBe(0)
  })

  it('evaluate gives Dice, HD95 and volumes per case and label, and says what the model has seen', () => {
    type Scores = {
      dice: number
      cases: {
        case: string
        labels: { name: string; dice: number | null; hd95: number | null; referenceMillilitres: number }[]
        regions: { name: string; dice: number | null }[]
      }[]
      means: { labels: unknown[]; regions: unknown[] }
      seenInTraining: string[]
      seenInPretraining: string[]
    }
    const scores = json<Scores>(
      handful(
        'evaluate',
        '--project',
        project,
        '--model',
        model,
        '--cases',
        'hippocampus_006,hippocampus_104',
        '--region',
        'Head=1',
        '--region',
        'Whole hippocampus=1+2',
        '--json',
      ),
    )
    expect(scores.cases.map((entry) => entry.case)).toEqual(['hippocampus_006', 'hippocampus_104'])
    expect(scores.cases[0].labels.map((label) => label.name)).toEqual(['Anterior', 'Posterior'])
    // 2308 voxels of 1 mm³ are labelled 1 in this case.
    expect(scores.cases[0].labels[0].referenceMillilitres).toBeGreaterThan(1)
    expect(scores.means.labels).toHaveLength(2)
    // A region of one label is that label; of both, where one is taken for the other is no mistake.
    const [{ labels, regions }] = scores.cases
    expect(regions.map(({ name }) => name)).toEqual(['Head', 'Whole hippocampus'])
    expect(regions[0].dice).toBe(labels[0].dice)
    expect(regions[1].dice).toBeGreaterThanOrEqual(Math.min(...labels.map(({ dice }) => dice ?? 0)))
    expect(scores.means.regions).toHaveLength(2)
    expect(scores).toMatchObject({ seenInTraining: ['hippocampus_104'], seenInPretraining: ['hippocampus_104'] })
  })

  it('evaluate measures what a model predicts in the way that is asked for, and keeps only its own figures', () => {
    const cases = ['--project', project, '--cases', 'hippocampus_006']
    const measure = (...way: string[]) => handful('evaluate', '--model', model, ...cases, ...way, '--json')
    const ofModel = () =>
      json<{ models: { id: string; dice: number | null }[] }>(handful('models', '--project', project, '--json')).models
    // A proposal that was made as the model makes it stands already, and is measured as it is.
    expect(measure().err).not.toContain('Predicting')
    const before = ofModel()
    const best = measure('--weights', 'best')
    expect(best.err).toContain('Predicting')
    expect(best.err).toContain('stay as they were')
    expect(ofModel()).toEqual(before)
    // Nor are proposals of another kind taken for the model's own.
    handful('predict', '--model', model, ...cases, '--all-pieces')
    expect(measure().err).toContain('Predicting')
  })

  it('evaluate leaves out what can’t be predicted, and says so', () => {
    for (const name of ['images/pair_t1.nii', 'images/pair_t2.nii']) writePhantom(join(folder, 'pairs', name))
    writePhantom(join(folder, 'pairs/labels/pair.nii'), { type: 'uint8', samples: new Uint8Array(120).fill(1) })
    const pairs = ['--channels', 't1,t2', '--labels', join(folder, 'pairs/labels')]
    handful('import', join(folder, 'pairs/images'), '--project', project, ...pairs)
    const measure = (cases: string) =>
      handful('evaluate', '--project', project, '--model', model, '--cases', cases, '--json')
    const some = measure('pair,hippocampus_006')
    expect(some.err).toContain('pair has 2 channels, the model needs 1')
    expect(json<{ cases: { case: string }[] }>(some).cases).toMatchObject([{ case: 'hippocampus_006' }])
    // Nor does it matter that all others are predicted already.
    handful('predict', '--project', project, '--model', model, '--cases', 'hippocampus_006')
    expect(json<{ cases: { case: string }[] }>(measure('hippocampus_006,pair')).cases).toHaveLength(1)
    const none = measure('pair')
    expect(none).toMatchObject({ code: 1, err: expect.stringContaining('the model needs 1') })
    // It would fail again.
    expect(none.err).not.toContain('Resume it')
    const deleted = handful('cases', '--project', project, '--cases', 'pair', '--delete', '--json')
    const left = json<{ cases: { name: string }[] }>(deleted).cases.map(({ name }) => name)
    expect(left).toContain('hippocampus_006')
    expect(left).not.toContain('pair')
  })

  it('a run stopped by Ctrl-C ends with 130 and is resumed; meanwhile the project is closed to others', async () => {
    const child = spawn(
      process.execPath,
      ['main/cli/index.ts', 'pretrain', '--project', project, '--task', 'restoration', '--steps', '6', '--json'],
      { env },
    )
    let err = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
    while (!/Pretraining {8}/.test(err) && child.exitCode === null)
      await new Promise((resume) => setTimeout(resume, 50))
    expect(handful('cases', '--project', project, '--json').code).toBe(0)
    expect(handful('import', demo, '--project', project).err).toContain('open in another Handful')
    child.kill('SIGINT')
    const code = child.exitCode ?? (await new Promise((resume) => child.on('exit', resume)))
    const run = /pretrain-[0-9a-z]+/.exec(err)?.[0] ?? ''
    // On a slow machine the signal comes in time; on a fast one all six steps may be done by then.
    expect([0, 130], err).toContain(code)
    if (code === 0) return
    expect(
      json<{ run: string; steps: number }>(handful('resume', '--project', project, '--run', run, '--json')),
    ).toMatchObject({ run, steps: 6 })
    expect(handful('resume', '--project', project, '--run', run)).toMatchObject({
      code: 1,
      err: expect.stringContaining('nothing to resume'),
    })
  })

  it('train does what the button does, and its report can be written', () => {
    const ended = handful('train', '--project', project, '--minutes', '0.2', '--task', 'rotation')
    expect(ended.code, ended.err).toBe(0)
    expect(ended.err).toContain('From scratch: done')
    const [, training] = /^Training (\S+)$/m.exec(ended.out) ?? []
    expect(ended.out).toMatch(/Mean Dice 0\.\d{3} on \d validation cases/)
    expect(ended.out).toMatch(/case +label +Dice +from scratch +difference/)
    const report = join(folder, 'report.html')
    expect(handful('report', training, '--project', project, '--output', report)).toMatchObject({ code: 0 })
    expect(readFileSync(report, 'utf8')).toContain('Pretraining')
    expect(handful('train', '--project', project, '--minutes', '0.01')).toMatchObject({
      code: 2,
      err: expect.stringContaining('0.2'),
    })
  })

  it('a network of slices is pretrained, fine-tuned from, and has a twin from scratch', () => {
    const project2d = ['--project', project, '--steps', '1', '--dimensions', '2']
    const { run } = json<{ run: string }>(handful('pretrain', ...project2d, '--task', 'jigsaw', '--json'))
    const tune = (...more: string[]) =>
      handful('finetune', '--project', project, '--cases', training, '--steps', '1', '--json', ...more)
    const runs = [tune('--from', run), tune('--dimensions', '2')].map((ended) => json<{ run: string }>(ended).run)
    for (const id of [run, ...runs]) {
      const { plan } = JSON.parse(readFileSync(join(project, 'runs', id, 'plan.json'), 'utf8')) as {
        plan: { patch: number[] }
      }
      expect(plan.patch[2]).toBe(1)
    }
    expect(tune('--dimensions', '2', '--from', run)).toMatchObject({ code: 2, err: expect.stringMatching(/own plan/) })
    expect(handful('pretrain', '--project', project, '--dimensions', '4').code).toBe(2)
  })
})
