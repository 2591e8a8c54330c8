/** A small U-Net at work: gradient, learning, determinism, exact resume, frozen groups, bad input. */
import { describe, expect, it, vi } from 'vitest'
import {
  compileInference,
  compileTraining,
  conv,
  encodeTensors,
  decodeTensors,
  EngineError,
  Graph,
  globalMean,
  mean,
  openSession,
  scale,
  softmax,
  softmaxCrossEntropy,
  type Program,
  type Session,
  type TrainingState,
} from './index.ts'
import { adamW, labels, noise, unet, unetInputs, type UnetOptions } from './testing.ts'

const options = { batch: 2, patch: [4, 8, 8], levels: 3, base: 4, classes: 3 } as const

function trainingProgram(optimiser = adamW, net: UnetOptions = options): Program {
  const { graph, loss, logits } = unet(net)
  return compileTraining({ graph, loss, optimiser, outputs: { logits } })
}

async function opened(program: Program, seed = 1, net: UnetOptions = options): Promise<Session> {
  const session = await openSession(program, { device: 'reference' })
  session.initialise(seed)
  const { image, target } = unetInputs(net, 2)
  session.setInput('image', image)
  session.setInput('target', target)
  return session
}

const bits = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length)
const allBits = (tensors: ReadonlyMap<string, Float32Array>) => [...tensors].map(([name, v]) => [name, [...bits(v)]])

describe('training session', () => {
  it('has the gradient of the whole network along its own direction and along a random one', async () => {
    const larger = { ...options, patch: [8, 8, 16] }
    // Large enough that the coarsest level has voxels to take statistics of: else the loss bends within the step.
    const session = await opened(trainingProgram(adamW, larger), 1, larger)
    await session.step({ rate: 0 })
    const gradients = await session.gradients()
    const start = await session.parameters()
    for (const along of ['gradient', 'noise', 'other noise']) {
      const direction = new Map(
        [...gradients].map(([name, g]) => [name, along === 'gradient' ? g : noise(g.length, 3, name, along)]),
      )
      const length = Math.hypot(...[...direction.values()].map((d) => Math.hypot(...d)))
      const at = async (t: number) => {
        const move = (name: string, v: Float32Array) => v.map((x, i) => x + (t / length) * direction.get(name)![i])
        session.setParameters(new Map([...start].map(([name, v]) => [name, move(name, v)])))
        return (await session.evaluate()).loss!
      }
      let analytic = 0
      for (const [name, g] of gradients)
        g.forEach((value, i) => (analytic += (value * direction.get(name)![i]) / length))
      const h = 1e-3
      const numeric = ((await at(h)) - (await at(-h))) / (2 * h)
      expect(Math.abs(numeric - analytic), `${along}: ${numeric} and ${analytic}`) //
        .toBeLessThan(0.01 * Math.abs(analytic) + 2e-4)
    }
    await session.close()
  })

  it('learns: the loss falls far on one patch', async () => {
    const session = await opened(trainingProgram())
    const first = (await session.step({ rate: 0.01 })).loss
    let last = first
    for (let i = 0; i < 40; i++) last = (await session.step({ rate: 0.01 })).loss
    expect(last).toBeLessThan(first * 0.6)
    await session.close()
  })

  it('learns with Nesterov momentum, clipping and decay too', async () => {
    const session = await opened(trainingProgram({ kind: 'sgdNesterov', momentum: 0.9, decay: 1e-5, clip: 1 }))
    const first = (await session.step({ rate: 0.05 })).loss
    let last = first
    for (let i = 0; i < 40; i++) last = (await session.step({ rate: 0.05 })).loss
    expect(last).toBeLessThan(first * 0.7)
    await session.close()
  })

  it('gives the same curve and weights for the same seed, bit for bit, and others for another seed', async () => {
    const runs = []
    for (const seed of [1, 1, 2]) {
      const session = await opened(trainingProgram(), seed)
      const curve: number[] = []
      for (let i = 0; i < 5; i++) curve.push((await session.step({ rate: 0.01 })).loss)
      runs.push({ curve, parameters: allBits(await session.parameters()) })
      await session.close()
    }
    expect(runs[0]).toEqual(runs[1])
    expect(runs[0].curve).not.toEqual(runs[2].curve)
  })

  it('resumes exactly from its state, through a file', async () => {
    const rates = [0.01, 0.02, 0.01, 0.005, 0.01, 0.01]
    const groups = (i: number): Record<string, number> => (i < 2 ? { encoder: 0 } : { encoder: 0.5 })
    const whole = await opened(trainingProgram())
    for (const [i, rate] of rates.entries()) await whole.step({ rate, groups: groups(i) })

    const before = await opened(trainingProgram())
    for (const [i, rate] of rates.slice(0, 3).entries()) await before.step({ rate, groups: groups(i) })
    const { step, groupSteps, parameters, moments } = await before.state()
    const file = encodeTensors(new Map([...parameters, ...moments]), { step, groupSteps })
    await before.close()

    const read = decodeTensors(file)
    const after = await opened(trainingProgram(), 99)
    after.setState({ ...(read.meta as { step: number; groupSteps: TrainingState['groupSteps'] }), parameters: read.tensors, moments: read.tensors }) // prettier-ignore
    for (const [i, rate] of rates.slice(3).entries()) await after.step({ rate, groups: groups(i + 3) })
    expect((await after.state()).step).toBe(6)
    expect((await after.state()).groupSteps).toEqual({ encoder: 4, decoder: 6, head: 6 })
    expect(allBits(await after.parameters())).toEqual(allBits(await whole.parameters()))
    expect(allBits((await after.state()).moments)).toEqual(allBits((await whole.state()).moments))
    await whole.close()
    await after.close()
  })

  it('changes nothing by being profiled', async () => {
    const session = await opened(trainingProgram())
    await session.step({ rate: 0.01 })
    const before = await session.state()
    expect((await session.profile()).get('conv forward: conv')!.calls).toBe(11)
    expect(allBits((await session.state()).parameters)).toEqual(allBits(before.parameters))
    expect(allBits((await session.state()).moments)).toEqual(allBits(before.moments))
    await session.close()
  })

  it('leaves a frozen group bit for bit as it is', async () => {
    const session = await opened(trainingProgram({ ...adamW, kind: 'adamW', decay: 0.1 } as typeof adamW))
    const before = await session.parameters()
    for (let i = 0; i < 3; i++) await session.step({ rate: 0.01, groups: { encoder: 0 } })
    const { parameters: after, moments } = await session.state()
    for (const { name, group } of session.program.parameters) {
      if (group === 'encoder') {
        expect(bits(after.get(name)!)).toEqual(bits(before.get(name)!))
        expect(moments.get(`m/${name}`)!.every((value) => value === 0)).toBe(true)
      } else expect(bits(after.get(name)!)).not.toEqual(bits(before.get(name)!))
    }
    await session.close()
  })

  it('stops on NaN with a plain error, parameters and moments as before, and goes on with good input', async () => {
    const session = await opened(trainingProgram())
    await session.step({ rate: 0.01 })
    const before = await session.state()
    const { image } = unetInputs(options, 2)
    for (const bad of [NaN, Infinity]) {
      session.setInput('image', image.with(17, bad))
      await expect(session.step({ rate: 0.01 })).rejects.toThrow(EngineError)
      await expect(session.step({ rate: 0.01 })).rejects.toThrow('The loss is not a number after 1 steps')
    }
    expect(allBits((await session.state()).parameters)).toEqual(allBits(before.parameters))
    expect(allBits((await session.state()).moments)).toEqual(allBits(before.moments))
    expect((await session.state()).step).toBe(1)
    session.setInput('image', image)
    expect((await session.step({ rate: 0.01 })).loss).toBeGreaterThan(0)
    await session.close()
  })

  it('says what is wrong with values, names and rates', async () => {
    const session = await openSession(trainingProgram(), { device: 'reference' })
    const step =
      (rate: number, groups = {}) =>
      () =>
        session.step({ rate, groups })
    await expect(step(0.1)()).rejects.toThrow('The parameters have no values yet')
    session.initialise(1)
    await expect(step(0.1)()).rejects.toThrow('These inputs have no values yet: image, target.')
    expect(() => session.setInput('image', new Float32Array(3))).toThrow('"image" is a volume [2, 4, 8, 8, 1]: 512 values, not 3') // prettier-ignore
    expect(() => session.setInput('imag', new Float32Array(3))).toThrow('no input named "imag"; it has "image", "target"') // prettier-ignore
    session.setInput('image', new Float32Array(512))
    session.setInput('target', new Float32Array(512))
    await expect(step(NaN)()).rejects.toThrow('no learning rate')
    await expect(step(0.1, { encodr: 0 })()).rejects.toThrow(
      'no group of parameters named "encodr"; there is encoder, decoder, head',
    )
    await expect(session.output('probability')).rejects.toThrow('no output named "probability"')
    expect(() => session.setState({ step: 1, groupSteps: {}, parameters: new Map(), moments: new Map() })).toThrow('does not belong') // prettier-ignore
    await session.close()
    await expect(step(0.1)()).rejects.toThrow('has been closed')
  })

  it('tells which parameters were set, missing, unknown and of another size', async () => {
    const session = await opened(trainingProgram())
    const values = await session.parameters()
    values.delete('head.bias')
    values.set('head.filter', new Float32Array(1))
    values.set('pretext.filter', new Float32Array(1))
    const report = session.setParameters(values)
    expect(report.missing).toEqual(['head.bias'])
    expect(report.mismatched).toEqual(['head.filter'])
    expect(report.unknown).toEqual(['pretext.filter'])
    expect(report.set.length).toBe(session.program.parameters.length - 2)
    await session.close()
  })

  it('refuses a plan that does not fit the memory, with the numbers', async () => {
    const spy = vi.spyOn(process, 'availableMemory').mockReturnValue(1000)
    try {
      const program = trainingProgram()
      if (process.platform === 'darwin') return
      await expect(openSession(program)).rejects.toThrow(/This needs \d+ MiB of memory, but only 1 MiB are free/)
    } finally {
      spy.mockRestore()
    }
  })
})

describe('inference session', () => {
  it('computes what the training program computes, follows new parameters, and overwrites no input', async () => {
    const trainer = await opened(trainingProgram())
    await trainer.step({ rate: 0.01 })
    await trainer.evaluate()
    const net = unet(options)
    const program = compileInference({ graph: net.graph, outputs: { logits: net.logits, p: softmax(net.logits) } })
    expect(program.inputs.map(({ name }) => name)).toEqual(['image'])
    const session = await openSession(program, { device: 'reference' })
    session.setParameters(await trainer.parameters())
    session.setInput('image', unetInputs(options, 2).image)
    for (let i = 0; i < 2; i++) {
      expect(await session.evaluate()).toEqual({ loss: undefined, outputs: {} })
      expect(await session.output('logits')).toEqual(await trainer.output('logits'))
    }
    const p = await session.output('p')
    for (let i = 0; i < p.length; i += 3) expect(p[i] + p[i + 1] + p[i + 2]).toBeCloseTo(1, 5)
    await trainer.step({ rate: 0.01 })
    await trainer.evaluate()
    session.setParameters(await trainer.parameters())
    await session.evaluate()
    expect(await session.output('logits')).toEqual(await trainer.output('logits'))
    await expect(session.step({ rate: 1 })).rejects.toThrow('compiled for inference')
    await trainer.close()
    await session.close()
  })

  it('packs filters again that are computed from others', async () => {
    const graph = new Graph()
    const x = graph.input('x', [1, 2, 2, 2, 3])
    const w = graph.parameter('w', [1, 1, 1, 3, 4], { kind: 'uniform', limit: 1 })
    const outputs = { plain: scale(conv(x, w), 2), computed: conv(x, scale(w, 2)) }
    const session = await openSession(compileInference({ graph, outputs }), { device: 'reference' })
    session.setInput('x', noise(24, 1))
    for (const seed of [1, 2]) {
      session.initialise(seed)
      await session.evaluate()
      const [plain, computed] = [await session.output('plain'), await session.output('computed')]
      plain.forEach((value, i) => expect(computed[i]).toBeCloseTo(value, 5))
    }
    await session.close()
  })

  it('gives scalars of several outputs, an input among them', async () => {
    const graph = new Graph()
    const x = graph.input('x', [2, 2, 2, 2, 3])
    const w = graph.parameter('w', [1, 1, 1, 3, 4], { kind: 'uniform', limit: 1 })
    const logits = globalMean(conv(x, w))
    const { loss, correct } = softmaxCrossEntropy(logits, graph.input('class', [2], 'vector'))
    const session = await openSession(compileInference({ graph, outputs: { x, w, loss, correct, m: mean(logits) } }))
    session.initialise(4)
    const values = noise(48, 1)
    session.setInput('x', values)
    session.setInput('class', labels(2, 4, 1))
    const { outputs } = await session.evaluate()
    expect(Object.keys(outputs)).toEqual(['loss', 'correct', 'm'])
    expect(outputs.loss).toBeGreaterThan(0)
    expect(await session.output('x')).toEqual(values)
    expect(await session.output('w')).toEqual((await session.parameters()).get('w'))
    await session.close()
  })
})
