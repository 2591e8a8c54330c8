import { describe, expect, it } from 'vitest'
import { planLanes, projectOf, workInLanes } from './lanes.ts'

const pause = () => new Promise((done) => setTimeout(done, 1))
const nowhere = () => null

describe('workInLanes', () => {
  it('does every unit once, in order, as many at a time as there are lanes', async () => {
    const begun: string[] = []
    const busy = new Set<number>()
    let most = 0
    await workInLanes(['a', 'b', 'c', 'd', 'e'], 2, nowhere, async (unit, project) => {
      expect(busy.has(project)).toBe(false)
      busy.add(project)
      most = Math.max(most, busy.size)
      begun.push(unit)
      await pause()
      busy.delete(project)
    })
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(most).toBe(2)
  })

  it('goes on with a unit in the project where it was begun, also with fewer lanes than there were', async () => {
    const begun = new Map([
      ['a', 1],
      ['b', 2],
    ])
    const where: [string, number][] = []
    const busy = new Set<number>()
    await workInLanes(
      ['a', 'b', 'c', 'd'],
      2,
      (unit) => begun.get(unit) ?? null,
      async (unit, project) => {
        expect(busy.has(project)).toBe(false)
        busy.add(project)
        where.push([unit, project])
        await pause()
        busy.delete(project)
      },
    )
    expect(Object.fromEntries(where)).toMatchObject({ a: 1, b: 2 })
    expect(where).toHaveLength(4)
  })

  it('begins nothing after a failure, ends what is at work and throws the failure', async () => {
    const ended: string[] = []
    const work = async (unit: string) => {
      if (unit === 'a') throw new Error('no disk')
      await pause()
      ended.push(unit)
    }
    await expect(workInLanes(['a', 'b', 'c'], 2, nowhere, work)).rejects.toThrow('no disk')
    expect(ended).toEqual(['b'])
  })
})

describe('planLanes', () => {
  it('takes what is asked for, no more than there is to do, and shares the cores', () => {
    expect(planLanes({ jobs: '3' }, 2).lanes).toBe(2)
    expect(planLanes({ jobs: '1' }, 9)).toEqual({ lanes: 1, computing: [] })
    expect(planLanes({ jobs: '1', device: 'cpu' }, 9).computing).toEqual(['--device', 'cpu'])
    expect(planLanes({ jobs: '2' }, 9).computing[0]).toBe('--threads')
    expect(planLanes({}, 9).lanes).toBeGreaterThan(0)
    expect(() => planLanes({ jobs: '0' }, 9)).toThrow('whole number')
  })

  it('leaves the first project where it has always been', () => {
    expect(projectOf('x', 0)).toBe('x/project')
    expect(projectOf('x', 1)).toBe('x/project-2')
  })
})
